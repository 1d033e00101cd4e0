// Runs as `prepack` of every package, and always fails: the tarballs are packed from copies, in tarballs.mjs.
const { npm_package_name: name = "this package" } = process.env
console.error(
  `${name} cannot be packed or published from its folder: its package.json points at TypeScript sources of this repository. `
    + "Run `npm run tarballs` at the root of the repository, and install or publish the file that it writes to build/tarballs."
)
process.exit(1)
