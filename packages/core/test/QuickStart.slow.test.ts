import { assert, describe, it } from "@effect/vitest"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const program = new URL("../examples/quick-start.ts", import.meta.url)

describe("the quick start", () => {
  it.scopedLive("prints its last line, with one acquisition", () =>
    Effect.gen(function*() {
      const { url } = yield* SandboxServer.SandboxServer
      const env = {
        PATH: process.env["PATH"],
        JINDOUYUN_BASE_URL: url,
        JINDOUYUN_USERNAME: "user1",
        JINDOUYUN_PASSWORD: "pass1"
      }
      const output = yield* Effect.async<string>((resume) => {
        execFile(process.execPath, ["--import", "tsx", fileURLToPath(program)], { env }, (error, stdout, stderr) =>
          resume(Effect.succeed(error === null ? stdout : stderr)))
      })
      const instant = /\d{4}-\d\d-\d\dT[\d:.]+Z/
      const [lastLine = ""] = readFileSync(program, "utf8").trim().split("\n").slice(-1)
      assert.strictEqual(output.replace(instant, "…"), `${lastLine.replace("// ", "").replace(instant, "…")}\n`)
      const { requests } = yield* Sandbox.Sandbox
      assert.deepStrictEqual(yield* requests, { acquire: 1, refresh: 0, report: 0 })
    }).pipe(Effect.provide(SandboxServer.layer())))
})
