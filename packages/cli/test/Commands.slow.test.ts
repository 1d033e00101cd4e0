import { assert, describe, it } from "@effect/vitest"
import * as TokenStore from "@jindouyun/core/TokenStore"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { account, makeHome, serve, signedIn } from "./command.js"
import { withoutProgress } from "./shell.js"

const key = Buffer.alloc(32, 7).toString("base64")

/** Everything that is kept in a folder, as one text. */
const contents = (folder: string): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
    .join("\n")

describe("jindouyun login", () => {
  it.scopedLive("stores the pair and not the password", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const { run, start, state } = yield* makeHome
      const { code, err, out } = yield* start(
        ["login", "--base-url", url, "--username", "user1", "--password-stdin"],
        { stdin: "pass1\n" }
      )
      assert.strictEqual(code, 0, err)
      assert.match(out, /^user1 is logged in at http:.*: the access token is valid for 23 h 59 min, until \S+Z\n$/)
      assert.notInclude(contents(state), "pass1")
      assert.strictEqual((yield* run("token")).code, 0)
    }))

  it.scopedLive("takes the password from the environment, too", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const { start } = yield* makeHome
      const { code, out } = yield* start(["login", "--json"], { env: account(url) })
      assert.strictEqual(code, 0)
      const { accessExpiresAt, ...rest } = JSON.parse(out) as Record<string, unknown>
      assert.isString(accessExpiresAt)
      assert.deepStrictEqual(rest, {
        username: "user1",
        baseUrl: url,
        store: "file",
        generation: 1,
        remembered: false
      })
    }))

  it.scopedLive("sends a password as it is, commas, blanks and all", () =>
    Effect.gen(function*() {
      const password = " p,a=s s\u{20}"
      const { url } = yield* serve({ password })
      const { start } = yield* makeHome
      const piped = yield* start(
        ["login", "--base-url", url, "--username", "user1", "--password-stdin"],
        { stdin: `${password}\n` }
      )
      assert.strictEqual(piped.code, 0, piped.err)
      const told = yield* start(["login"], { env: { ...account(url), JINDOUYUN_PASSWORD: password } })
      assert.strictEqual(told.code, 0, told.err)
    }))

  it.scopedLive("asks no question without a terminal", () =>
    Effect.gen(function*() {
      const { run } = yield* makeHome
      const { code, err } = yield* run("login", "--username", "user1")
      assert.strictEqual(code, 2)
      assert.match(err, /^jindouyun: stdin is not a terminal, so no question can be asked\. .*--password-stdin.*\n$/)
    }))

  it.scopedLive("leaves the pair that is stored alone when the password is wrong", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const { run, start } = yield* signedIn(url)
      const { code, err } = yield* start(["login", "--username", "user1", "--password-stdin"], { stdin: "wrong" })
      assert.strictEqual(code, 4)
      assert.match(withoutProgress(err), /^jindouyun: \/api\/access_token: return code 40001, .*jindouyun login.*\n$/)
      assert.strictEqual((yield* run("token")).code, 0)
    }))

  it.scopedLive("asks the platform also where a pair is stored, and is the way out of a refused password", () =>
    Effect.gen(function*() {
      const { sandbox, url } = yield* serve()
      const { run, start } = yield* makeHome
      const wrong = { ...account(url), JINDOUYUN_PASSWORD: "wrong" }
      assert.strictEqual((yield* start(["token"], { env: wrong })).code, 4)
      assert.strictEqual((yield* start(["token"], { env: wrong })).code, 4)
      // The second process knows that the password was refused.
      assert.strictEqual((yield* sandbox.requests).acquire, 1)
      assert.match((yield* start(["status"], { env: wrong })).out, /login +was refused \(AuthenticationFailed\)/)
      assert.strictEqual((yield* start(["login"], { env: account(url) })).code, 0)
      assert.strictEqual((yield* run("token", "--base-url", url, "-u", "user1")).code, 0)
      assert.strictEqual((yield* start(["login"], { env: account(url) })).code, 0)
      assert.strictEqual((yield* sandbox.requests).acquire, 3)
    }))

  it.scopedLive("is not needed to lift a refusal whose return code JINDOUYUN_RETURN_CODES retries now", () =>
    Effect.gen(function*() {
      const { sandbox, url } = yield* serve()
      const { start } = yield* makeHome
      yield* sandbox.inject("acquire", Fault.returnCode(41009))
      const env = account(url)
      const advised = { ...env, JINDOUYUN_RETURN_CODES: "41009=retry" }
      assert.match((yield* start(["token"], { env })).err, /return code 41009.*JINDOUYUN_RETURN_CODES/)
      assert.notStrictEqual((yield* start(["token"], { env })).code, 0)
      assert.strictEqual((yield* sandbox.requests).acquire, 1)
      assert.match((yield* start(["status"], { env })).out, /was refused \(UnrecognizedReturnCode\)/)
      assert.notMatch((yield* start(["status"], { env: advised })).out, /was refused/)
      const { code, err, out } = yield* start(["token"], { env: advised })
      assert.strictEqual(code, 0, err)
      assert.strictEqual((yield* sandbox.requests).acquire, 2)
      // The pair takes the place of the refusal, for every process.
      assert.strictEqual((yield* start(["token"], { env })).out, out)
    }))

  it.scopedLive(
    "keeps the password with --remember, encrypted, and only where there is a key",
    () =>
      Effect.gen(function*() {
        const { sandbox, url } = yield* serve()
        const { run, start, state } = yield* makeHome
        const refused = yield* start(["login", "--remember"], { env: account(url) })
        assert.strictEqual(refused.code, 3)
        assert.match(refused.err, /^jindouyun: encryptionKey \(JINDOUYUN_ENCRYPTION_KEY\) is not set; without it, /)
        assert.strictEqual((yield* sandbox.requests).acquire, 0)

        const withKey = { JINDOUYUN_ENCRYPTION_KEY: key }
        const kept = yield* start(["login", "--remember"], { env: { ...account(url), ...withKey } })
        assert.strictEqual(kept.code, 0, kept.err)
        const file = join(state, "passwords", `${TokenStore.keyOf(url, "user1")}.json`)
        assert.strictEqual((statSync(file).mode & 0o777).toString(8), "600")
        assert.notInclude(contents(state), "pass1")

        yield* sandbox.revoke("allTokens")
        const again = yield* start(["refresh"], { env: withKey })
        assert.strictEqual(again.code, 0, again.err)
        assert.strictEqual((yield* sandbox.requests).acquire, 2)
        const keylessStatus = yield* run("status")
        assert.strictEqual(keylessStatus.code, 7)
        assert.match(keylessStatus.err, /the record is encrypted, but .*JINDOUYUN_ENCRYPTION_KEY.* is not set.* logout/)

        yield* sandbox.revoke("allTokens")
        const keyless = yield* run("refresh")
        assert.strictEqual(keyless.code, 7)
        assert.strictEqual((yield* start(["logout"])).code, 0)
        assert.isEmpty(readdirSync(join(state, "passwords")))
      }),
    60_000
  )
})

describe("jindouyun status", () => {
  it.scopedLive("tells how long each half still lives and where it is stored, and sends nothing", () =>
    Effect.gen(function*() {
      const { sandbox, url } = yield* serve()
      const { run, state } = yield* signedIn(url)
      yield* sandbox.clear
      const { code, out } = yield* run("status")
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(out.split("\n").map((line) => line.split(/ {2,}/)[0]?.split(" ")[0]), [
        "account",
        "platform",
        "store",
        "access",
        "refresh",
        "generation",
        "password",
        ""
      ])
      assert.match(out, /access +valid for 23 h 59 min, until /)
      assert.match(out, /refresh +valid for 29 d 23 h, until /)
      assert.include(out, join(state, "tokens"))
      assert.isEmpty(yield* sandbox.journal)
    }))

  it.scopedLive("tells the same in JSON, and the record it reads is the one that token stores", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const { run, state } = yield* signedIn(url)
      const status = JSON.parse((yield* run("status", "--json")).out) as {
        readonly accessToken: { readonly secondsLeft: number }
        readonly generation: number
        readonly store: unknown
        readonly username: unknown
      }
      assert.deepStrictEqual(status.username, { source: "last login", value: "user1" })
      assert.deepStrictEqual(status.store, { source: "default", value: "file", place: join(state, "tokens") })
      assert.strictEqual(status.generation, 1)
      assert.isTrue(status.accessToken.secondsLeft > 86_000)
    }))

  it.scopedLive("names the missing login", () =>
    Effect.gen(function*() {
      const { run } = yield* makeHome
      const { code, out } = yield* run("status")
      assert.strictEqual(code, 0)
      assert.match(out, /account +none: run jindouyun login/)
    }))
})

describe("jindouyun refresh and logout", () => {
  it.scopedLive("get a new pair while the present one is good, and drop it without a request", () =>
    Effect.gen(function*() {
      const { sandbox, url } = yield* serve()
      const { run, state } = yield* signedIn(url)
      const before = (yield* run("token")).out
      const renewed = yield* run("refresh")
      assert.strictEqual(renewed.code, 0, renewed.err)
      assert.match(renewed.out, /^renewed: generation 2, valid for /)
      const after = (yield* run("token")).out
      assert.notStrictEqual(after, before)
      const requests = yield* sandbox.requests
      assert.deepStrictEqual(requests, { acquire: 1, refresh: 1, report: 0 })

      const dropped = yield* run("logout")
      assert.strictEqual(dropped.code, 0, dropped.err)
      assert.deepStrictEqual(yield* sandbox.requests, requests)
      assert.notInclude(contents(state), after.trim())
      assert.isTrue(yield* sandbox.accepts(Redacted.make(after.trim())))
      assert.strictEqual((yield* run("token")).code, 4)
    }))
})

describe("jindouyun call", () => {
  it.scopedLive("prints all of a long answer", () =>
    Effect.gen(function*() {
      const rows = Array.from({ length: 20_000 }, (_, visits) => ({ visits, name: "数据" }))
      const { url } = yield* serve({ reports: { "/api/long": () => ({ data: { rows } }) } })
      const { run } = yield* signedIn(url)
      const { code, err, out } = yield* run("call", "/api/long")
      assert.strictEqual(code, 0, err)
      assert.deepStrictEqual(JSON.parse(out), { rows })
    }))

  it.scopedLive("prints the data of a report, from an argument, a file and stdin", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const { home, run, start } = yield* signedIn(url)
      const parameters = { day: "2021-12-12" }
      writeFileSync(join(home, "day.json"), JSON.stringify(parameters))
      const outcomes = [
        yield* run("call", "/api/report/echo", "--data", JSON.stringify(parameters)),
        yield* run("call", "--data", `@${home}/day.json`, "/api/report/echo"),
        yield* start(["call", "/api/report/echo", "-d", "-"], { stdin: JSON.stringify(parameters) })
      ]
      for (const { code, err, out } of outcomes) {
        assert.strictEqual(code, 0, err)
        assert.deepStrictEqual(JSON.parse(out), { method: "POST", parameters })
      }
    }))

  it.scopedLive("has its parameters in the query of a GET", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const { run } = yield* signedIn(url)
      const { out } = yield* run("call", "/api/report/echo", "--method", "GET", "--data", "{\"day\":1}")
      assert.deepStrictEqual(JSON.parse(out), { method: "GET", parameters: { day: "1" } })
    }))

  it.scopedLive("prints the whole envelope with --raw, of a refusal too", () =>
    Effect.gen(function*() {
      const { url } = yield* serve({
        reports: {
          "/api/daily": () => ({ data: { visits: 7 } }),
          "/api/none": () => ({ code: 41002, message: "none" })
        }
      })
      const { run } = yield* signedIn(url)
      const good = yield* run("call", "/api/daily", "--raw")
      assert.deepStrictEqual(JSON.parse(good.out), { code: "20000", message: "数据返回正确", data: { visits: 7 } })
      const bad = yield* run("call", "/api/none", "--raw")
      assert.strictEqual(bad.code, 5)
      assert.deepStrictEqual(JSON.parse(bad.out), { code: "41002", message: "none", data: {} })
      assert.match(bad.err, /^jindouyun: \/api\/none: return code 41002: "none"\. .*JINDOUYUN_RETURN_CODES.*\n$/)
    }))

  it.scopedLive("renews a token that the platform has forgotten, and calls once more", () =>
    Effect.gen(function*() {
      const { sandbox, url } = yield* serve()
      const { run } = yield* signedIn(url)
      yield* sandbox.revoke("accessTokens")
      const { code, err } = yield* run("call", "/api/report/echo")
      assert.strictEqual(code, 0, err)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 1, report: 2 })
    }))
})

describe("jindouyun doctor", () => {
  it.scopedLive("says where each value came from, and that all is well", () =>
    Effect.gen(function*() {
      const { sandbox, url } = yield* serve()
      const { config, start } = yield* signedIn(url)
      mkdirSync(config, { recursive: true })
      writeFileSync(join(config, "config.json"), "{\"maxAttempts\":7}")
      yield* sandbox.clear
      const { code, err, out } = yield* start(["doctor", "--set", "tokenName=token", "--json"], {
        env: { JINDOUYUN_COOLDOWN: "2 seconds" }
      })
      assert.strictEqual(code, 0, err)
      const { checks, settings } = JSON.parse(out) as {
        readonly checks: ReadonlyArray<{ readonly name: string; readonly state: string }>
        readonly settings: Record<string, unknown>
      }
      assert.deepStrictEqual(settings["tokenName"], { value: "token", source: "flag" })
      assert.deepStrictEqual(settings["cooldown"], { value: "2 seconds", source: "environment" })
      assert.deepStrictEqual(settings["maxAttempts"], { value: "7", source: "config file" })
      assert.deepStrictEqual(settings["baseUrl"], { value: url, source: "last login" })
      assert.deepStrictEqual(settings["expiryMargin"], { value: "60 seconds", source: "default" })
      assert.deepStrictEqual(checks.map(({ name, state }) => `${name} ${state}`), [
        "config file ok",
        "account ok",
        "store ok",
        "permissions ok",
        "store writes ok",
        "proxy ok",
        "platform ok",
        "clock ok"
      ])
      const { acquire, refresh } = yield* sandbox.requests
      assert.strictEqual(acquire + refresh, 0)
    }))

  it.scopedLive("fails as a command would, with what is wrong", () =>
    Effect.gen(function*() {
      const { run } = yield* makeHome
      const { code, err, out } = yield* run("doctor", "--base-url", "http://127.0.0.1:18999")
      assert.strictEqual(code, 6)
      assert.match(out, /failed +platform +\/: refused \(ECONNREFUSED\), the request was not sent/)
      assert.match(err, /^jindouyun: .*\n$/)
    }))

  it.scopedLive("asks with --probe what is open, at the price of two requests and a call, and leaves a good pair", () =>
    Effect.gen(function*() {
      const { sandbox, url } = yield* serve({ codeType: "number" })
      const { run, start } = yield* makeHome
      const { code, err, out } = yield* start(["doctor", "--probe", "--path", "/api/report/echo", "--json"], {
        env: account(url)
      })
      assert.strictEqual(code, 0, err)
      const { probe } = JSON.parse(out) as {
        readonly probe: ReadonlyArray<{ readonly point: string; readonly state: string; readonly text: string }>
      }
      assert.deepStrictEqual(probe.map(({ point, state }) => `${point} ${state}`), [
        "code type ok",
        "field name ok",
        "early refresh ok",
        "revocation ok",
        "placement ok"
      ])
      assert.match(probe[0]?.text ?? "", /number/)
      assert.match(probe[3]?.text ?? "", /^a refresh revokes/)
      const entries = yield* sandbox.journal
      const requests = entries.filter(({ endpoint }) => endpoint === "acquire" || endpoint === "refresh")
      assert.strictEqual(requests.length, 2)
      const token = yield* run("token", "--base-url", url, "-u", "user1")
      assert.isTrue(yield* sandbox.accepts(Redacted.make(token.out.trim())))
    }))

  it.scopedLive("says what to set where the platform does otherwise", () =>
    Effect.gen(function*() {
      const { url } = yield* serve({ earlyRefresh: "refused", tokenPlacement: "query" })
      const { start } = yield* makeHome
      const { code, out } = yield* start(["doctor", "--probe", "--path", "/api/report/echo"], { env: account(url) })
      assert.strictEqual(code, 0)
      assert.match(out, /set +early refresh +.*JINDOUYUN_EARLY_REFRESH=0/)
      assert.match(out, /set +placement +.*JINDOUYUN_TOKEN_PLACEMENT=query/)
    }))
})

describe("jindouyun sandbox", () => {
  let stop = (): unknown => undefined

  it.scopedLive("runs the platform with its page until Ctrl-C", () =>
    Effect.gen(function*() {
      const { start } = yield* makeHome
      const { start: other } = yield* makeHome
      const ready = yield* Deferred.make<string>()
      const running = yield* Effect.fork(start(["sandbox", "--json"], {
        whileRunning: (child) => {
          child.stdout?.once("data", (line: Buffer) => {
            Deferred.unsafeDone(ready, Effect.succeed(String(line)))
          })
          stop = () => child.kill("SIGINT")
        }
      }))
      const { page, password, url, username } = JSON.parse(yield* Deferred.await(ready)) as Record<string, string>
      const env = {
        JINDOUYUN_BASE_URL: url ?? "",
        JINDOUYUN_USERNAME: username ?? "",
        JINDOUYUN_PASSWORD: password ?? ""
      }
      assert.strictEqual((yield* other(["token"], { env })).code, 0)
      assert.strictEqual((yield* Effect.promise(() => fetch(page ?? ""))).status, 200)
      stop()
      assert.strictEqual((yield* Fiber.join(running)).code, 130)
    }))

  it.scopedLive("says that a port is taken", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const { run } = yield* makeHome
      const { code, err } = yield* run("sandbox", "--port", new URL(url).port)
      assert.strictEqual(code, 3)
      assert.match(err, /^jindouyun: --port is not available: EADDRINUSE\. /)
    }))
})
