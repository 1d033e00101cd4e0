// Tools that are too heavy for everybody's install, each in a folder of its own that git ignores, installed on first use.
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))

/** Installs exactly these versions below `build/<name>`, without peers, and gives the folder. */
export const installApart = (name, dependencies) => {
  const folder = `${root}build/${name}`
  const manifest = JSON.stringify({ private: true, type: "module", dependencies }, null, 2)
  const done = `${folder}/installed.json`
  if (!existsSync(done) || readFileSync(done, "utf8") !== manifest) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(`${folder}/package.json`, manifest)
    const { status } = spawnSync("npm install --no-audit --no-fund --legacy-peer-deps --ignore-scripts", {
      cwd: folder,
      shell: true,
      // The output of the script that asked belongs to that script.
      stdio: ["ignore", 2, 2]
    })
    if (status !== 0) process.exit(status ?? 1)
    writeFileSync(done, manifest)
  }
  return folder
}
