import { assert, describe, it } from "@effect/vitest"
import { execFile, execFileSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../..", import.meta.url))

/** The sources in a folder of their own, as a fresh checkout has them: without a bundle. */
const checkout = () => {
  const copy = mkdtempSync(join(tmpdir(), "jindouyun-bundle-"))
  cpSync(join(root, "pnpm-lock.yaml"), join(copy, "pnpm-lock.yaml"))
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"))
  for (const name of ["core", "redis", "sandbox", "cli"]) {
    const [from, to] = [join(root, "packages", name), join(copy, "packages", name)]
    mkdirSync(to, { recursive: true })
    for (const part of ["src", "scripts", "package.json"]) {
      if (existsSync(join(from, part))) {
        cpSync(join(from, part), join(to, part), { recursive: true })
      }
    }
    symlinkSync(join(from, "node_modules"), join(to, "node_modules"))
    // The packages find each other by these links, with what was built of them.
    symlinkSync(join(from, "dist"), join(to, "dist"))
  }
  rmSync(join(copy, "packages/cli/dist"))
  return copy
}

const run = (copy: string) =>
  new Promise<{ readonly code: number; readonly err: string }>((resolve) => {
    const bundle =
      "node packages/cli/scripts/bundle.mjs --if-stale && node packages/cli/dist/bundle/jindouyun.js --version"
    execFile("sh", ["-c", bundle], { cwd: copy }, (error, _out, err) => resolve({ code: error === null ? 0 : 1, err }))
  })

describe("the bundle", () => {
  it("is written by four processes at once, and each of them can start it", async () => {
    const copy = checkout()
    try {
      for (let round = 0; round < 2; round++) {
        const outcomes = await Promise.all(Array.from({ length: 4 }, () => run(copy)))
        assert.deepStrictEqual(outcomes, Array.from({ length: 4 }, () => ({ code: 0, err: "" })))
        assert.deepStrictEqual(readdirSync(join(copy, "packages/cli/dist")), ["bundle"])
        // The next round replaces a bundle that is there.
        execFileSync("touch", [join(copy, "packages/cli/src/bin.ts")])
      }
    } finally {
      rmSync(copy, { recursive: true, force: true })
    }
  }, 300_000)
})
