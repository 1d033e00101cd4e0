// How long `jindouyun token` takes from a warm file store, beside a program that only imports what it stands on: medians
// of interleaved runs. `node packages/cli/scripts/speed.mjs [--runs 15] [--json]`
import { execFileSync, spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const bin = join(root, "dist/bundle/jindouyun.js")
const at = process.argv.indexOf("--runs")
const runs = at < 0 ? 15 : Number(process.argv[at + 1])

const home = mkdtempSync(join(tmpdir(), "jindouyun-speed-"))
// Beside the package, for imports are found from where a file is.
const imports = join(root, "build/imports.mjs")
mkdirSync(join(root, "build"), { recursive: true })
const env = { PATH: process.env.PATH, HOME: home }

const time = (file, ...args) => {
  const begin = performance.now()
  execFileSync(process.execPath, [file, ...args], { env })
  return performance.now() - begin
}
const median = (times) => times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)]

const sandbox = spawn(process.execPath, [bin, "sandbox", "--json"], { env, stdio: ["ignore", "pipe", "inherit"] })
try {
  const url = await new Promise((resolve, reject) => {
    sandbox.stdout.once("data", (line) => resolve(JSON.parse(String(line)).url))
    sandbox.once("exit", () => reject(new Error("the sandbox did not start")))
  })
  writeFileSync(imports, "import \"effect/Effect\"\nimport \"effect/Layer\"\nimport \"@effect/platform/FileSystem\"\n")
  execFileSync(process.execPath, [bin, "login", "--base-url", url, "--username", "user1", "--password-stdin"], {
    env,
    input: "pass1",
    stdio: ["pipe", "ignore", "inherit"]
  })
  const token = []
  const baseline = []
  // The first run of each is for the caches of the file system.
  for (let run = 0; run <= runs; run++) {
    baseline.push(time(imports))
    token.push(time(bin, "token"))
  }
  const [ours, theirs] = [median(token.slice(1)), median(baseline.slice(1))]
  const ratio = ours / theirs
  console.log(
    process.argv.includes("--json")
      ? JSON.stringify({ runs, tokenMillis: ours, importsMillis: theirs, ratio })
      : `jindouyun token ${ours.toFixed(0)} ms, its imports alone ${theirs.toFixed(0)} ms: ${ratio.toFixed(2)} times`
  )
} finally {
  sandbox.kill()
  rmSync(home, { recursive: true, force: true })
  rmSync(imports, { force: true })
}
