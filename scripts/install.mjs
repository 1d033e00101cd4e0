// Installs with the pinned pnpm, so that every script runs on a machine that has only Node and npm.
import { spawnSync } from "node:child_process"
import { readFileSync, statSync, utimesSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const marker = `${root}node_modules/.modules.yaml`
const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

if (modified(marker) < modified(`${root}pnpm-lock.yaml`)) {
  const { packageManager } = JSON.parse(readFileSync(`${root}package.json`, "utf8"))
  // Its output goes to stderr: stdout belongs to the script that follows.
  const { status } = spawnSync(`npx --yes ${packageManager} install --frozen-lockfile`, {
    cwd: root,
    shell: true,
    stdio: ["ignore", 2, 2]
  })
  if (status !== 0) process.exit(status ?? 1)
  // pnpm leaves the marker alone when there was nothing to do.
  utimesSync(marker, new Date(), new Date())
}
