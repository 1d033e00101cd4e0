/**
 * Measures this library beside what a user would pick instead: `npm run bench -- [--json] [--only NAME] [--quick]`.
 *
 * --quick measures without the peers and fails where `expected.ts` is not met: CI runs it. --update writes the results
 * into results.json, and from there into RESULTS.md and results.svg.
 */
import { execFileSync, fork, spawnSync } from "node:child_process"
import { statSync } from "node:fs"
import { cpus, loadavg } from "node:os"
import { parseArgs } from "node:util"
import { bundle, output } from "./bundle.js"
import * as Document from "./document.js"
import { failuresOf } from "./expected.js"
import { message } from "./measure.js"
import type { Measured, Result, Setting } from "./Result.js"

const cases = [
  "read",
  "callers",
  "renew",
  "call",
  "load",
  "replay",
  "accounts",
  "fleet",
  "import",
  "commands",
  "size",
  "types"
]

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    only: { type: "string" },
    quick: { type: "boolean", default: false },
    update: { type: "boolean", default: false }
  }
})

const say = (text: string): void => console.error(text)

/** The peers are no part of the workspace: who only runs the gate never installs them. */
const installPeers = (): void => {
  const folder = "packages/bench/peers"
  const modified = (file: string) => statSync(`${folder}/${file}`, { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (modified("node_modules/.package-lock.json") < modified("package-lock.json")) {
    say("installing the peers")
    execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
      cwd: folder,
      shell: process.platform === "win32",
      stdio: ["ignore", 2, 2]
    })
  }
}

const environment = () => ({
  node: process.version,
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  load: Number(loadavg()[0]?.toFixed(2))
})

const measure = async (name: string, setting: Setting): Promise<Measured> => {
  const before = environment()
  const child = fork(`${output}/${name}.mjs`, [JSON.stringify(setting)], {
    execArgv: ["--expose-gc", "--max-semi-space-size=32"],
    stdio: ["ignore", 2, 2, "ipc"]
  })
  const result = await message(child, name) as Result
  return { ...result, environment: before, peers: setting.peers }
}

const isHere = (name: string): boolean => {
  if (name === "fleet" && spawnSync("redis-server", ["--version"]).status !== 0) {
    say("fleet is left out: there is no redis-server")
    return false
  }
  return true
}

const chosen = values.only === undefined ? cases : cases.filter((name) => name === values.only)
if (chosen.length === 0) {
  throw new Error(`--only takes one of ${cases.join(", ")}`)
}
const peers = !values.quick
if (peers) {
  installPeers()
}
await bundle()
const server = fork(`${output}/server.mjs`, { stdio: ["ignore", 2, 2, "ipc"] })
const url = `http://127.0.0.1:${String(await message(server, "the server"))}`
const measured: Record<string, Measured> = {}
for (const name of chosen.filter(isHere)) {
  say(`\n${name}`)
  const found = await measure(name, { url, quick: values.quick, peers })
  measured[name] = found
  say(Document.text(name, found))
}
server.disconnect()

if (values.json) {
  console.log(JSON.stringify(measured))
}
if (values.update) {
  if (values.quick) {
    throw new Error("what is kept is measured in full")
  }
  Document.update(measured)
}
if (values.quick) {
  const failures = failuresOf(measured)
  failures.forEach((failure) => say(`regression: ${failure}`))
  process.exitCode = failures.length === 0 ? 0 : 1
}
