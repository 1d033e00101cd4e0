// Tries an `effect` beyond the peer range of the packages for Effect 4: `npm run edition:newest [-- VERSION]`, the newest 4 by default. It
// compiles the sources of the packages and a program of a consumer, and runs the program. It needs `npm run build` before it.
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { packAll } from "../packages/tarballs.mjs"

const root = fileURLToPath(new URL("../..", import.meta.url))
const project = mkdtempSync(join(tmpdir(), "newest-"))
process.on("exit", () => rmSync(project, { recursive: true, force: true }))

const run = (command) => {
  const { output, status, stdout } = spawnSync(command, { cwd: project, shell: true, encoding: "utf8" })
  return { output: output.join(""), isGood: status === 0, stdout }
}

const end = (text, code, output = "") => {
  console.log(`${output}${text}`)
  process.exit(code)
}

const range = JSON.parse(readFileSync(`${root}packages/effect4/package.json`, "utf8")).peerDependencies.effect
const [, least, below] = /^>=(\S+) <(\S+)$/.exec(range)
const isBelow = (version, other) => version.localeCompare(other, "en", { numeric: true }) < 0

const [given] = process.argv.slice(2)
const newest = given ??
  [JSON.parse(run("npm view effect@^4 version --json").stdout)].flat().sort((one, other) =>
    isBelow(one, other) ? -1 : 1
  ).at(-1)
if (given === undefined && !isBelow(newest, least) && isBelow(newest, below)) {
  end(`effect ${newest} is the newest, and the peer range ${range} has it: nothing to widen`, 0)
}

const packed = packAll().filter(({ manifest: { name } }) => name.startsWith("@jindouyun/effect4"))
writeFileSync(`${project}/package.json`, JSON.stringify({ private: true, type: "module" }))
const tarballs = packed.map(({ tarball }) => tarball).join(" ")
const installed = run(`npm i ${tarballs} effect@${newest} --legacy-peer-deps --no-audit --no-fund`)
if (!installed.isGood) end(`effect ${newest} cannot be installed`, 1, installed.output)

const compilerOptions = { composite: false, declarationMap: false, incremental: false, noEmit: true }
writeFileSync(
  `${project}/tsconfig.json`,
  JSON.stringify({ extends: `${root}tsconfig.base.json`, compilerOptions, include: ["src", "effect4.ts"] })
)
for (const { manifest: { name }, source } of packed) {
  mkdirSync(`${project}/src`, { recursive: true })
  cpSync(`${source}/src`, `${project}/src/${name.replace("@jindouyun/", "")}`, { recursive: true })
}
cpSync(`${root}scripts/packages/effect4.ts`, `${project}/effect4.ts`)

const results = {
  "the sources and a program compile": run(`${root}node_modules/.bin/tsc -p .`),
  "the program runs": run(`${root}node_modules/.bin/tsx effect4.ts`)
}
for (const [title, { isGood, output }] of Object.entries(results)) {
  console.log(`${isGood ? "✓" : "✗"} effect ${newest}: ${title}${isGood ? "" : `\n${output}`}`)
}
if (Object.values(results).every(({ isGood }) => isGood)) {
  end(`the peer range ${range} may be widened to effect ${newest} if npm run test:4 passes with it`, 0)
}
end(`the peer range ${range} must not be widened to effect ${newest}`, 1)
