// Removes what the other scripts write, so that no file of a deleted module survives in `dist`.
import { readdirSync, rmSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))
const packages = readdirSync(`${root}packages`).map((name) => `packages/${name}/`)

for (const folder of ["", "scratchpad/", ...packages]) {
  for (const output of ["build", "coverage", "dist"]) {
    rmSync(`${root}${folder}${output}`, { recursive: true, force: true })
  }
}
for (const folder of packages) rmSync(`${root}${folder}docs`, { recursive: true, force: true })
