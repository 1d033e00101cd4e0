/** Everything that a command reads as text is read in one way, wherever it comes from. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { account, bin, type Home, makeHome, type Outcome, serve } from "./command.js"

const bom = Buffer.from([0xef, 0xbb, 0xbf])
const bytes = (...parts: ReadonlyArray<string | Buffer | number>) =>
  Buffer.concat(parts.map((part) => typeof part === "number" ? Buffer.from([part]) : Buffer.from(part)))

const valid = "{\"day\":\"2021-12-12\"}"

const inputs: ReadonlyArray<readonly [name: string, input: Buffer, problem: RegExp | undefined]> = [
  ["JSON", bytes(valid), undefined],
  ["JSON after a byte order mark", bytes(bom, valid), undefined],
  ["JSON between white space", bytes(bom, "\r\n\t ", valid, " \r\n"), undefined],
  ["two byte order marks", bytes(bom, bom, valid), /is not JSON/],
  ["bytes that are not UTF-8", bytes("{\"day\":\"", 0xb5, 0xfe, "\"}"), /is not UTF-8/],
  ["a character cut in two", bytes("{\"day\":\"", 0xe6, 0x97, "\"}"), /is not UTF-8/],
  ["nothing", bytes(), /is empty/],
  ["a byte order mark alone", bytes(bom), /is empty/],
  ["white space alone", bytes(" \r\n\t"), /is empty/],
  ["no JSON", bytes("day=2021-12-12"), /is not JSON/],
  ["JSON and more", bytes(valid, valid), /is not JSON/],
  ["white space that JSON does not have", bytes("\u{a0}", valid), /is not JSON/]
]

/** Starts the command by a shell, because an argument of Node cannot have bytes that are not UTF-8. */
const byShell = (home: Home, line: string, env: Record<string, string>) =>
  shell(home, `"${process.execPath}" "${bin}" ${line}`, env)

const shell = ({ environment, home }: Home, script: string, env: Record<string, string>) =>
  Effect.async<{ readonly code: number | null; readonly err: string; readonly out: string }>((resume) => {
    const child = execFile(
      "sh",
      ["-c", script],
      { cwd: home, env: { ...environment, ...env } },
      (_, out, err) => resume(Effect.succeed({ code: child.exitCode, err, out }))
    )
  })

const places = [
  ["an argument", "--data \"$(cat input)\""],
  ["an argument after =", "--data=\"$(cat input)\""],
  ["a file", "--data @input"],
  ["stdin", "--data - < input"],
  ["stdin as a file", "-d @- < input"]
] as const

describe("--data", () => {
  it.scopedLive.each(inputs)(
    "%s is read in the same way from an argument, a file and stdin",
    ([, input, problem]) =>
      Effect.gen(function*() {
        const home = yield* makeHome
        writeFileSync(join(home.home, "input"), input)
        // Nothing listens there: parameters are read before anything is sent.
        const env = { ...account("http://127.0.0.1:18996"), JINDOUYUN_STORE: "none", JINDOUYUN_MAX_ATTEMPTS: "2" }
        for (const [name, place] of places) {
          const { code, err, out } = yield* byShell(home, `call /api/report/echo ${place}`, env)
          assert.strictEqual(out, "")
          assert.strictEqual(code, problem === undefined ? 6 : 2, `${name}: ${err}`)
          if (problem !== undefined) {
            assert.match(err, problem, name)
            assert.include(err, "--data", name)
          }
        }
      }),
    30_000
  )
})

describe("an input without an end", () => {
  for (
    const line of [
      "call /api/report/echo --data - < /dev/zero",
      "call /api/report/echo --data @/dev/zero",
      "login --password-stdin < /dev/zero"
    ]
  ) {
    it.scopedLive.skipIf(!existsSync("/dev/zero"))(`is refused: ${line}`, () =>
      Effect.gen(function*() {
        const home = yield* makeHome
        const { code, err } = yield* byShell(home, line, account("http://127.0.0.1:18996"))
        assert.strictEqual(code, 2, err)
        assert.match(err, /cannot be read: more than 67108864 bytes\./)
      }), 60_000)
  }
})

describe("the password at stdin", () => {
  const login = ["login", "--username", "user1", "--password-stdin"]

  it.scopedLive.each<readonly [name: string, input: Buffer]>([
    ["without a line end", bytes("pass1")],
    ["with a line end", bytes("pass1\n")],
    ["with the line end of Windows", bytes("pass1\r\n")],
    ["after a byte order mark", bytes(bom, "pass1\n")]
  ])("%s is sent as it is", ([, input]) =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const { start } = yield* makeHome
      const { code, err } = yield* start([...login, "--base-url", url], { stdin: input })
      assert.strictEqual(code, 0, err)
    }), 30_000)

  it.scopedLive.each<readonly [name: string, input: Buffer, problem: RegExp]>([
    ["bytes that are not UTF-8", bytes("pass", 0xe9, "1\n"), /: the password at stdin is not UTF-8\./],
    ["UTF-16", bytes(0xff, 0xfe, "p\0a\0s\0s\0"), /: the password at stdin is not UTF-8\./],
    ["UTF-16 without a byte order mark", bytes("p\0a\0s\0s\0"), /: the password at stdin has a control character/],
    ["two lines", bytes("pass1\nuser: user1\n"), /: the password at stdin has a control character/],
    ["a tab inside", bytes("pass\t1"), /: the password at stdin has a control character/],
    ["an escape sequence", bytes("\u{1b}[200~pass1\u{1b}[201~"), /: the password at stdin has a control character/],
    ["a delete character", bytes("pass2\u{7f}1"), /: the password at stdin has a control character/],
    ["nothing", bytes(), /: the password at stdin is empty\./],
    ["a line end alone", bytes(bom, "\r\n"), /: the password at stdin is empty\./],
    ["white space alone", bytes(" \t\n"), /: the password at stdin is white space only\./]
  ])("%s is refused before anything is sent", ([, input, problem]) =>
    Effect.gen(function*() {
      const { sandbox, url } = yield* serve()
      const { start } = yield* makeHome
      const { code, err } = yield* start([...login, "--base-url", url], { stdin: input })
      assert.strictEqual(code, 2, err)
      assert.match(err, problem)
      assert.isEmpty(yield* sandbox.journal)
    }), 30_000)
})

describe("JINDOUYUN_PASSWORD", () => {
  it.scopedLive.each<readonly [name: string, password: Buffer, problem: RegExp]>([
    ["bytes that are not UTF-8", bytes("pass", 0xe9, "1"), /JINDOUYUN_PASSWORD\) is not UTF-8\./],
    ["two lines", bytes("pass1\nuser: user1"), /JINDOUYUN_PASSWORD\) has a control character/],
    ["an escape character", bytes("pass\u{1b}1"), /JINDOUYUN_PASSWORD\) has a control character/]
  ])("is refused before anything is sent if it has %s", ([, password, problem]) =>
    Effect.gen(function*() {
      const { sandbox, url } = yield* serve()
      const home = yield* makeHome
      writeFileSync(join(home.home, "password"), password)
      const { JINDOUYUN_PASSWORD: _, ...env } = account(url)
      for (const command of ["login", "token", "call /api/report/echo", "doctor --probe"]) {
        const script = `export JINDOUYUN_PASSWORD="$(cat password)"; "${process.execPath}" "${bin}" ${command}`
        const { code, err } = yield* shell(home, script, env)
        assert.strictEqual(code, 3, err)
        assert.match(err, problem)
      }
      assert.isEmpty(yield* sandbox.journal)
    }), 60_000)
})

/** A process that a signal ended has no text on stderr, so the whole outcome is shown. */
const assertRefused = (outcome: Outcome) =>
  assert.deepInclude(outcome, { code: 4, signal: null }, JSON.stringify(outcome))

describe("a refused password that ends in white space", () => {
  const ends = ["pass1\r", "pass1\n", "pass1 ", "pass1\t", "pass1\u{3000}", "pass1\r\n"]

  it.scopedLive.each(ends)(
    "is sent as it is, and named by each command and by doctor: %j",
    (password) =>
      Effect.gen(function*() {
        const { url } = yield* serve()
        const { start } = yield* makeHome
        const env = { ...account(url), JINDOUYUN_PASSWORD: password, JINDOUYUN_STORE: "none", JINDOUYUN_COOLDOWN: "1" }
        const note = /Note that JINDOUYUN_PASSWORD ends in white space\.[\n"]/
        for (
          const args of [["token"], ["token", "--json"], ["call", "/api/report/echo"], ["call", "/api/x", "--raw"]]
        ) {
          const outcome = yield* start(args, { env })
          assertRefused(outcome)
          assert.match(outcome.err, note)
        }
        const chinese = yield* start(["login"], { env: { ...env, LANG: "zh_CN.UTF-8" } })
        assertRefused(chinese)
        assert.match(chinese.err, /请注意：JINDOUYUN_PASSWORD 以空白字符结尾。\n$/)
        const piped = yield* start(["login", "--password-stdin"], { env, stdin: `${password}\r\n` })
        assertRefused(piped)
        assert.match(piped.err, /Note that the password at stdin ends in white space\.\n$/)
        const doctor = yield* start(["doctor"], { env })
        assert.match(doctor.out, /set +account +user1 .*: JINDOUYUN_PASSWORD ends in white space\n/)
      }),
    60_000
  )

  it.scopedLive("is accepted if it is the password", () =>
    Effect.gen(function*() {
      for (const password of [ends[0] ?? "", ends[2] ?? ""]) {
        const { url } = yield* serve({ password })
        const { start } = yield* makeHome
        const piped = yield* start(["login", "--base-url", url, "-u", "user1", "--password-stdin"], {
          stdin: `${password}\n`
        })
        assert.strictEqual(piped.code, password.endsWith("\r") ? 4 : 0, piped.err)
        const { code, err } = yield* start(["login"], { env: { ...account(url), JINDOUYUN_PASSWORD: password } })
        assert.strictEqual(code, 0, err)
      }
    }), 60_000)
})
