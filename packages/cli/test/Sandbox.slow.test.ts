import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { makeHome } from "./command.js"

interface Running {
  readonly url: string
  readonly [field: string]: unknown
}

/** Runs `jindouyun sandbox` while a test uses it, and returns what the command wrote. */
const running = (args: ReadonlyArray<string>, use: (running: Running) => Promise<void>) =>
  Effect.gen(function*() {
    const { home, start } = yield* makeHome
    const rows = "[{\"day\":\"2021-12-12\",\"id\":\"1285704473650888702\"}]"
    writeFileSync(join(home, "daily.json"), `\ufeff${rows}`)
    let failure: unknown
    const outcome = yield* start(
      ["sandbox", "--json", ...args.map((arg) => arg.replace("HOME", home))],
      {
        whileRunning: (child) => {
          child.stdout?.once("data", (line: string) => {
            void use(JSON.parse(line) as Running).catch((error: unknown) => {
              failure = error
            }).finally(() => setTimeout(() => child.kill("SIGTERM"), 200))
          })
        }
      }
    )
    if (failure !== undefined) {
      return yield* Effect.die(failure)
    }
    assert.strictEqual(outcome.code, 143, outcome.err)
    return outcome
  })

const post = async (url: string, body: unknown, headers: Readonly<Record<string, string>> = { APIVersion: "3" }) => {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json;charset=UTF-8", ...headers },
    body: JSON.stringify(body)
  })
  return JSON.parse(await response.text() || "null") as {
    readonly code: string
    readonly data: { readonly accessToken: string; readonly refreshToken: string }
  }
}

const acquire = (url: string, username: string, password: string) =>
  post(`${url}/api/access_token`, { username, password })

describe("jindouyun sandbox", () => {
  it.scopedLive("has the accounts, lifetimes and reports of its options, also after a reset", () =>
    running([
      "--account",
      "user2:pa:ss2",
      "--account=user3:pass3",
      "--access-token-lifetime",
      "90 seconds",
      "--refresh-token-lifetime=120000",
      "--report",
      "/api/report/daily=HOME/daily.json"
    ], async ({ accounts, url }) => {
      assert.deepStrictEqual(accounts, ["user2", "user3"])
      const check = async () => {
        assert.strictEqual((await acquire(url, "user1", "pass1")).code, "40001")
        assert.strictEqual((await acquire(url, "user3", "pass3")).code, "20000")
        const { data } = await acquire(url, "user2", "pa:ss2")
        const headers = { accessToken: data.accessToken }
        assert.deepStrictEqual(await post(`${url}/api/report/daily`, {}, headers), {
          code: "20000",
          message: "数据返回正确",
          data: [{ day: "2021-12-12", id: "1285704473650888702" }]
        } as never)
        assert.strictEqual((await post(`${url}/api/report/echo`, {}, headers)).code, "20000")
        await post(`${url}/_sandbox/clock/advance`, { by: "91 seconds" })
        assert.strictEqual((await post(`${url}/api/report/echo`, {}, headers)).code, "40003")
        await post(`${url}/_sandbox/clock/advance`, { by: "30 seconds" })
        const refresh = await post(`${url}/api/refresh_token`, { refreshToken: data.refreshToken })
        assert.strictEqual(refresh.code, "40003")
      }
      await check()
      await post(`${url}/_sandbox/accounts`, { username: "user1", password: "pass1" })
      await post(`${url}/_sandbox/reports`, { path: "/api/report/daily", data: {} })
      await post(`${url}/_sandbox/reset`, {})
      await check()
    }), 60_000)

  it.scopedLive(
    "writes a line for each request on stderr, without a secret, and none with --quiet",
    () =>
      Effect.gen(function*() {
        const requests = async ({ url }: Running) => {
          await acquire(url, "user1", "pass1")
          await post(`${url}/api/refresh_token`, { token: "a" })
          await post(`${url}/_sandbox/faults`, { endpoint: "acquire", fault: { _tag: "Refuse", code: 41009 } })
          await acquire(url, "user1", "pass1")
          await post(`${url}/api/pass1`, {})
        }
        const { err, out } = yield* running([], requests)
        assert.lengthOf(out.trim().split("\n"), 1)
        const lines = err.trim().split("\n").map((line) => line.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /, ""))
        assert.deepStrictEqual(lines, [
          "POST /api/access_token 200 20000",
          "POST /api/refresh_token 200 40000 field token, expected refreshToken or refresh_token",
          "POST /api/access_token Refuse 41009",
          "POST /api/<redacted> 404 40000 the sandbox has no report at this path; its reports: /api/report/echo"
        ])
        assert.strictEqual((yield* running(["--quiet"], requests)).err, "")
      }),
    60_000
  )

  it.scopedLive("writes nothing but these lines, however many there are", () =>
    Effect.gen(function*() {
      const { err } = yield* running([], async ({ url }) => {
        for (let i = 0; i < 30; i++) {
          await acquire(url, "user1", "pass1")
        }
      })
      const lines = err.trim().split("\n")
      assert.lengthOf(lines, 30)
      assert.deepStrictEqual(lines.filter((line) => !line.endsWith("POST /api/access_token 200 20000")), [])
    }), 60_000)

  it.scopedLive(
    "prints a key if other machines can connect, and takes the key that it is given",
    () =>
      Effect.gen(function*() {
        const check = async ({ controlKey, url }: Running) => {
          const ask = (key: string) => fetch(`${url}/_sandbox/accounts`, { headers: { "X-Sandbox-Key": key } })
          assert.strictEqual((await ask(String(controlKey))).status, 200)
          assert.strictEqual((await ask("wrong")).status, 403)
        }
        yield* running(["--host", "0.0.0.0"], async (running) => {
          assert.match(String(running["controlKey"]), /^[\w-]{24}$/)
          await check(running)
        })
        yield* running(["--control-key", "k1"], async (running) => {
          assert.strictEqual(running["controlKey"], "k1")
          await check(running)
        })
        yield* running([], ({ controlKey }) => Promise.resolve(assert.isUndefined(controlKey)))
      }),
    60_000
  )

  it.scopedLive("names its page, and says on its first lines that it is for tests only", () =>
    Effect.gen(function*() {
      const { start } = yield* makeHome
      const { out } = yield* start(["sandbox"], {
        whileRunning: (child) => child.stdout?.once("data", () => child.kill("SIGTERM"))
      })
      assert.match(out, /^page +http:\/\/127\.0\.0\.1:\d+\/: /m)
      assert.include(out, "For tests only, not for production")
    }), 60_000)

  const mistakes: ReadonlyArray<readonly [args: ReadonlyArray<string>, message: RegExp]> = [
    [["--host", "203.0.113.1"], /--host is not available: EADDRNOTAVAIL.*127\.0\.0\.1, ::1 or 0\.0\.0\.0/s],
    [["--host", "nowhere.invalid"], /--host is not available: E/],
    [["--control-key", "a b"], /--control-key cannot be sent as a header/],
    [["--account", "s3cret"], /--account has no colon.*such as user2:pass2/s],
    [["--account", ":s3cret"], /--account has no username/],
    [["--account", "s3cret:"], /--account has no password/],
    [["--access-token-lifetime", "soon"], /--access-token-lifetime is not a duration.*"90 seconds"/s],
    [["--access-token-lifetime", "0"], /--access-token-lifetime is not a duration/],
    [["--access-token-lifetime=-5 seconds"], /--access-token-lifetime is not a duration/],
    [["--refresh-token-lifetime", "99999999 days"], /--refresh-token-lifetime is not a duration/],
    [["--report", "/api/x"], /--report is not path=file.*such as \/api\/report\/daily=daily\.json/s],
    [["--report", "/api/access_token=HOME/daily.json"], /--report has a path that no report can have/],
    [["--report", "api/x=HOME/daily.json"], /--report has a path that no report can have/],
    [["--report", "/api/x=HOME/none.json"], /--report cannot be read: ENOENT/],
    [["--report", "/api/x=/dev/zero"], /--report cannot be read: (more than 67108864 bytes|ENOENT)/],
    [["--report", "/api/x=HOME"], /--report cannot be read: /],
    [["--report", "/api/x=HOME/bad.json"], /--report has a file that is not JSON in UTF-8/],
    [["--report", "/api/x=HOME/large.json"], /--report has a file that contains the number 1285704473650888702/]
  ]
  for (const [args, message] of mistakes) {
    it.scopedLive(`refuses ${args.join(" ")}, and says what would be right`, () =>
      Effect.gen(function*() {
        const { home, run } = yield* makeHome
        writeFileSync(join(home, "daily.json"), "{}")
        writeFileSync(join(home, "bad.json"), "{")
        writeFileSync(join(home, "large.json"), "{\"id\":1285704473650888702}")
        const { code, err, out } = yield* run("sandbox", ...args.map((arg) => arg.replace("HOME", home)))
        assert.strictEqual(code, 3, err)
        assert.match(err, message)
        assert.notInclude(out + err, "s3cret")
      }), 60_000)
  }
})
