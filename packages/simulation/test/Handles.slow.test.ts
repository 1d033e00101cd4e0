import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

const run = (program: string, ...parameters: ReadonlyArray<string>): Promise<Ended> =>
  new Promise((resolve) => {
    const file = fileURLToPath(new URL(program, import.meta.url))
    const child = spawn(process.execPath, ["--expose-gc", "--import", "tsx", file, ...parameters])
    let out = ""
    let err = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => out += text)
    child.stderr.setEncoding("utf8").on("data", (text: string) => err += text)
    child.on("close", (code) => resolve({ code, out, err }))
  })

describe("the run of handles", () => {
  it("leaves nothing behind after 2,000 callers in 3 seconds", async () => {
    const { code, err, out } = await run("../runs/handles.ts", "--fibers", "2000", "--seconds", "3")
    assert.strictEqual(err, "")
    assert.strictEqual(code, 0, out)
    assert.match(out, /^seed 1$/m)
    assert.match(out, /^\| fetch \| 1,050 \|.*\| ok \|$/m)
    assert.match(out, /^\| node \| 1,050 \|.*\| ok \|$/m)
  }, 180_000)

  it("finds each thing that is left behind on purpose", async () => {
    const { err, out } = await run("handles/program.ts")
    assert.strictEqual(err, "")
    const problems = JSON.parse(out) as ReadonlyArray<string>
    for (
      const problem of [
        /^the heap grew by [0-9]+ bytes$/,
        /^1 callers still wait$/,
        /^1 callers died: .*left behind/,
        /^1 requests are still in flight$/,
        /^2 connections are still open$/,
        /^handles are left: .*[0-9]+ Timeout/,
        /^handles are left: .*1 listener of SIGUSR2/,
        /^2 fibers are left$/,
        /^2 errors outside of a fiber: .*left behind$/,
        /^[0-9]+ token requests came while another one of the account was in flight$/,
        /^[0-9]+ accounts have metric series, of which 11 are open$/,
        /^[0-9]+ accounts have metric series, of which none is open$/
      ]
    ) {
      assert.isTrue(problems.some((each) => problem.test(each)), `${problem} is not in ${out}`)
    }
  }, 180_000)
})
