import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { account, serve, signedIn } from "./command.js"
import { shell, withoutProgress } from "./shell.js"

/** Every line that prints a result. `sandbox` would run until Ctrl-C. */
const lines: ReadonlyArray<string> = [
  "token",
  "token --json",
  "refresh",
  "refresh --json",
  "status",
  "status --json",
  "call /api/report/echo",
  "call /api/report/echo --raw",
  "doctor",
  "doctor --json",
  "doctor --probe",
  "sandbox",
  "sandbox --json",
  "login",
  "login --json",
  "--help",
  "help",
  "help login",
  "call --help",
  "--version",
  "--completions bash",
  "--completions zsh",
  "--completions fish",
  "logout",
  "logout --json"
]

/** Each command once, without `sandbox`, which would not end. */
const each = lines.filter((line) => !/^sandbox|--json|--raw|zsh|fish|^help$/.test(line))

const isFullDevice = existsSync("/dev/full")

describe("a result that cannot be written", () => {
  it.scopedLive.skipIf(!isFullDevice)(
    "because stdout is full is exit code 8, in one line on stderr",
    () =>
      Effect.gen(function*() {
        const { url } = yield* serve()
        const home = yield* signedIn(url)
        for (const line of lines) {
          const { code, err: all } = yield* shell(home, `jindouyun ${line} > /dev/full`, account(url))
          const err = withoutProgress(all)
          assert.strictEqual(code, 8, `${line}: ${err}`)
          assert.match(err, /^[^\n]*ENOSPC[^\n]*\n$/, line)
          if (line.includes("--json")) {
            assert.deepInclude(JSON.parse(err), { error: "OutputFailure", exitCode: 8 }, line)
          }
        }
      }),
    120_000
  )

  it.scopedLive(
    "to a file that has reached its limit, or is not open for writing, is exit code 8 too",
    () =>
      Effect.gen(function*() {
        const { url } = yield* serve()
        const home = yield* signedIn(url)
        const data = join(home.home, "data.json")
        writeFileSync(data, JSON.stringify({ text: "x".repeat(100_000) }))
        const out = join(home.home, "out")
        const limited = yield* shell(home, `ulimit -f 16; jindouyun call /api/report/echo --data @${data} > ${out}`)
        assert.strictEqual(limited.code, 8, limited.err)
        assert.match(limited.err, /EFBIG/)
        const read = yield* shell(home, `jindouyun token 1< ${data}`)
        assert.strictEqual(read.code, 8, read.err)
        assert.match(read.err, /EBADF/)
      }),
    60_000
  )

  it.scopedLive("because the reader is gone is silent", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const home = yield* signedIn(url)
      for (const line of each) {
        const { err, out } = yield* shell(
          home,
          `exec 3>&1; { jindouyun ${line}; echo "code $?" >&3; } | true`,
          account(url)
        )
        assert.strictEqual(withoutProgress(err), "", line)
        assert.strictEqual(out, "code 0\n", line)
      }
    }), 120_000)

  it.scopedLive("because stdout was closed before the start is no defect", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const home = yield* signedIn(url)
      for (const line of each) {
        const { code, err } = yield* shell(home, `jindouyun ${line} >&-`, account(url))
        assert.include([0, 8], code, `${line}: ${err}`)
        assert.notInclude(err, "defect")
      }
    }), 120_000)

  it.scopedLive.skipIf(!isFullDevice)("on stderr changes no exit code", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const home = yield* signedIn(url)
      for (const line of each) {
        const { code, out } = yield* shell(home, `jindouyun ${line} 2> /dev/full`, account(url))
        assert.strictEqual(code, 0, line)
        assert.notStrictEqual(out, "", line)
      }
      const rows = [["nope", 2], ["token --set x=1", 3], ["token --username nobody", 4], ["call /api/none", 5]] as const
      for (const [line, expected] of rows) {
        for (const redirection of ["2> /dev/full", "2>&-", "> /dev/full 2>&1"]) {
          const { code } = yield* shell(home, `jindouyun ${line} ${redirection}`, {
            JINDOUYUN_BASE_URL: url,
            ...(line.includes("nobody") ? {} : { JINDOUYUN_USERNAME: "user1", JINDOUYUN_PASSWORD: "pass1" })
          })
          assert.strictEqual(code, expected, `${line} ${redirection}`)
        }
      }
    }), 120_000)
})

describe("a large result", () => {
  it.scopedLive("arrives whole in a file and at a slow reader", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const home = yield* signedIn(url)
      const data = join(home.home, "data.json")
      const text = "0123456789".repeat(60_000)
      writeFileSync(data, JSON.stringify({ text }))
      const call = `jindouyun call /api/report/echo --raw --data @${data}`
      const file = join(home.home, "out.json")
      yield* shell(home, `${call} > ${file}`)
      const whole = readFileSync(file, "utf8")
      assert.include(whole, text)
      JSON.parse(whole)
      const piped = yield* shell(home, `${call} | { sleep 1; cat; }`)
      assert.strictEqual(piped.code, 0, piped.err)
      assert.strictEqual(piped.out, whole)
    }), 60_000)
})
