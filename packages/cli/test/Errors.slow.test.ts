import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { account, makeHome, serve, signedIn } from "./command.js"
import { withoutProgress } from "./shell.js"

/** A port of loopback without a listener. */
const nowhere = "http://127.0.0.1:18998"

describe("what goes wrong", () => {
  it.scopedLive("is a usage error of one line where the command line is wrong", () =>
    Effect.gen(function*() {
      const { run } = yield* makeHome
      const lines = [
        ["nope"],
        ["token", "--nope"],
        ["token", "too", "many"],
        ["call"],
        ["call", "no/slash"],
        ["call", "/api/../x"],
        ["call", "/api/x", "--data", "{"],
        ["call", "/api/x", "--data", "@/no/such/file"],
        ["token", "--store", "shelf"]
      ]
      const outcomes = yield* Effect.all(lines.map((line) => run(...line)), { concurrency: 3 })
      outcomes.forEach(({ code, err, out }, index) => {
        assert.strictEqual(code, 2, lines[index]?.join(" "))
        assert.strictEqual(out, "")
        assert.match(err, /^jindouyun: [^\n]+\n$/)
      })
    }), 60_000)

  it.scopedLive("never repeats a password that was typed where none belongs", () =>
    Effect.gen(function*() {
      const { run } = yield* makeHome
      const lines = [["login", "--password", "hunter2"], ["login", "--password=hunter2"], ["login", "user1", "hunter2"]]
      const outcomes = yield* Effect.all([
        ...lines.map((line) => run(...line)),
        run("login", "--json", "--pwd=hunter2")
      ], { concurrency: 3 })
      for (const { code, err, out } of outcomes) {
        assert.strictEqual(code, 2)
        assert.notInclude(out + err, "hunter2")
      }
    }))

  it.scopedLive(
    "is 3 for settings, 4 for credentials, 5 for the platform, 6 for the network, 7 for the store",
    () =>
      Effect.gen(function*() {
        const { url } = yield* serve()
        const { home, run, start, state } = yield* makeHome
        const env = account(url)
        writeFileSync(join(home, "broken.json"), "{")
        assert.strictEqual((yield* run("token", "--config", join(home, "broken.json"))).code, 3)
        assert.strictEqual((yield* run("token", "--config", join(home, "missing.json"))).code, 3)
        assert.strictEqual((yield* start(["token"], { env: { ...env, JINDOUYUN_MAX_ATTEMPTS: "many" } })).code, 3)
        assert.strictEqual((yield* start(["token", "--store", "redis"], { env })).code, 3)
        assert.strictEqual((yield* run("token")).code, 4)
        assert.strictEqual((yield* start(["call", "/api/none"], { env })).code, 5)
        const unreached = { ...env, JINDOUYUN_BASE_URL: nowhere, JINDOUYUN_MAX_ATTEMPTS: "2" }
        assert.strictEqual((yield* start(["token"], { env: unreached })).code, 6)
        chmodSync(join(state, "tokens"), 0o755)
        const store = yield* start(["refresh"], { env })
        assert.strictEqual(store.code, 7, store.err)
        assert.match(store.err, /tokens \(owner [0-9]+, mode 755\) is open to other users: use chmod 700,/)
        const redis = { ...env, JINDOUYUN_REDIS_URL: "redis://127.0.0.1:18997", JINDOUYUN_RENEWAL_TIMEOUT: "3 seconds" }
        assert.strictEqual((yield* start(["token", "--store", "redis"], { env: redis })).code, 7)
      }),
    60_000
  )

  it.scopedLive("is said in Chinese where the shell is Chinese, and in JSON where JSON was asked for", () =>
    Effect.gen(function*() {
      const { run, start } = yield* makeHome
      const chinese = yield* start(["token"], { env: { LANG: "zh_CN.UTF-8" } })
      assert.match(chinese.err, /^jindouyun: 无法取得凭据：没有指定账号，也没有登录记录。请运行 jindouyun login/)
      const json = yield* run("token", "--json")
      assert.strictEqual(json.out, "")
      assert.deepInclude(JSON.parse(json.err), { error: "CredentialsUnavailable", exitCode: 4 })
      assert.match(json.err, /^[^\n]+\n$/)
    }))

  it.scopedLive("says after a second that it waits for the platform, on stderr, and not to a program", () =>
    Effect.gen(function*() {
      const { url } = yield* serve({ latency: "1500 millis" })
      const { start } = yield* makeHome
      const env = account(url)
      const told = yield* start(["refresh"], { env })
      assert.strictEqual(told.err, `waiting for ${url} …\n`)
      const json = yield* start(["refresh", "--json"], { env })
      assert.strictEqual(json.err, "")
    }))

  it.scopedLive(
    "has no colours where there is no terminal, neither in errors nor in help",
    () =>
      Effect.gen(function*() {
        const { run } = yield* makeHome
        for (const args of [["--help"], ["token", "--help"], ["token"], ["--version"], ["--completions", "bash"]]) {
          const { err, out } = yield* run(...args)
          assert.notInclude(out + err, "\u{1b}", args.join(" "))
        }
      }),
    60_000
  )

  it.scopedLive("is nothing where the reader has gone", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const { start } = yield* signedIn(url)
      const { err } = yield* start(["doctor"], { whileRunning: (child) => child.stdout?.destroy() })
      assert.strictEqual(withoutProgress(err), "")
    }))
})

describe("the help", () => {
  it.scopedLive("of each command shows an example, and the overview names all of them", () =>
    Effect.gen(function*() {
      const { run } = yield* makeHome
      const commands = ["token", "refresh", "status", "login", "logout", "call", "doctor", "sandbox"]
      const overview = yield* run("--help")
      assert.strictEqual(overview.code, 0)
      assert.strictEqual((yield* run()).out, overview.out)
      for (const command of commands) {
        assert.include(overview.out, `\n  ${command}`)
      }
      const pages = yield* Effect.all(commands.map((command) => run(command, "--help")), { concurrency: 3 })
      assert.strictEqual((yield* run("call", "/api/report/daily", "-h")).out, pages[5]?.out)
      pages.forEach(({ code, out }, index) => {
        assert.strictEqual(code, 0)
        assert.match(
          out,
          new RegExp(`USAGE\\n {2}jindouyun ${commands[index]} [^]*EXAMPLES[^]*\\$ (.* )?jindouyun ${commands[index]}`)
        )
      })
    }), 60_000)

  it.scopedLive("completes commands in bash", () =>
    Effect.gen(function*() {
      const { run } = yield* makeHome
      const { code, out } = yield* run("--completions", "bash")
      assert.strictEqual(code, 0)
      assert.match(out, /complete -F \S+ .*jindouyun/)
      assert.include(out, "logout")
    }))
})

describe("secrets", () => {
  const title = "are in no output, also where the platform repeats them, but for the token on the stdout of token"
  it.scopedLive(title, () =>
    Effect.gen(function*() {
      const { url } = yield* serve({ echo: true })
      const { start, state } = yield* signedIn(url)
      const token = (yield* start(["token"])).out.trim()
      const refreshTokens: Array<string> = []
      // A refresh token can be seen in the store alone.
      const learn = () => {
        const names = readdirSync(join(state, "tokens"), { recursive: true, encoding: "utf8" })
        const record = names.find((name) => name.includes("record."))
        const written = readFileSync(join(state, "tokens", record ?? ""), "utf8")
        refreshTokens.push(/"refreshToken":"([^"]+)"/.exec(written)?.[1] ?? assert.fail("there is no refresh token"))
      }
      learn()
      const env = { ...account(url), JINDOUYUN_PASSWORD: "s3cret" }
      const outcomes = yield* Effect.all([
        start(["status"], { env }),
        start(["status", "--json"], { env }),
        start(["doctor"], { env }),
        start(["doctor", "--probe"], { env }),
        start(["login", "--log-level", "debug"], { env }),
        start(["call", "/api/none", "--raw"], { env }),
        start(["call", "/api/none", "--json"], { env }),
        start(["refresh", "--log-level", "debug"])
      ], { concurrency: 1 })
      learn()
      assert.notStrictEqual(refreshTokens[0], refreshTokens[1])
      outcomes.push(yield* start(["token", "--json"]))
      for (const { err, out } of outcomes) {
        for (const secret of ["s3cret", token, ...refreshTokens]) {
          assert.notInclude(out + err, secret)
        }
      }
    }), 60_000)
})
