import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { account, makeHome, serve, signedIn } from "./command.js"

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

describe("jindouyun token", () => {
  it.scopedLive("prints the token alone, in a line of its own", () =>
    Effect.gen(function*() {
      const { sandbox, url } = yield* serve()
      const { start } = yield* makeHome
      const { code, err, out } = yield* start(["token"], { env: account(url) })
      assert.strictEqual(err, "")
      assert.strictEqual(code, 0)
      assert.match(out, /^\S+\n$/)
      assert.isTrue(yield* sandbox.accepts(Redacted.make(out.trim())))
    }))

  it.scopedLive("takes it from the store the next time, without a password", () =>
    Effect.gen(function*() {
      const { sandbox, url } = yield* serve()
      const { run, start } = yield* makeHome
      const first = yield* start(["token"], { env: account(url) })
      const second = yield* run("token", "--base-url", url, "--username", "user1")
      assert.strictEqual(second.out, first.out)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
    }))

  it.scopedLive(
    "sixteen times at once on an empty store is one login and sixteen equal tokens",
    () =>
      Effect.gen(function*() {
        const { sandbox, url } = yield* serve({ latency: "300 millis" })
        const { start } = yield* makeHome
        const outcomes = yield* Effect.all(
          Array.from({ length: 16 }, () => start(["token"], { env: account(url) })),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(outcomes.map(({ code }) => code), Array.from({ length: 16 }, () => 0))
        assert.strictEqual(new Set(outcomes.map(({ out }) => out)).size, 1)
        assert.match(outcomes[0]?.out ?? "", /^\S+\n$/)
        assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
      }),
    60_000
  )

  it.scopedLive("keeps the pair in files of its owner's own", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const { state } = yield* signedIn(url)
      assert.strictEqual(modeOf(join(state, "tokens")), "700")
      const entries = readdirSync(join(state, "tokens"), { recursive: true, withFileTypes: true })
      assert.isTrue(entries.some((entry) => entry.isFile()))
      for (const entry of entries) {
        assert.strictEqual(modeOf(join(entry.parentPath, entry.name)), entry.isDirectory() ? "700" : "600", entry.name)
      }
      assert.strictEqual(modeOf(join(state, "last-login.json")), "600")
    }))

  it.scopedLive("renews with the refresh token when the access token has expired, without a password", () =>
    Effect.gen(function*() {
      const { sandbox, url } = yield* serve({ accessTokenLifetime: "1 second" })
      const { run, start } = yield* makeHome
      const flags = ["--base-url", url, "--username", "user1", "--set", "accessTokenLifetime=1 second"]
      const first = yield* start(["token", ...flags], { env: account(url) })
      yield* Effect.sleep("1 second")
      const second = yield* run("token", ...flags)
      assert.strictEqual(second.code, 0, second.err)
      assert.notStrictEqual(second.out, first.out)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 1, report: 0 })
    }))

  it.scopedLive("says what to do where both halves have expired and no password is at hand", () =>
    Effect.gen(function*() {
      const { url } = yield* serve({ accessTokenLifetime: "100 millis", refreshTokenLifetime: "200 millis" })
      const { run, start } = yield* makeHome
      const flags = [
        "--base-url",
        url,
        "--username",
        "user1",
        "--set",
        "accessTokenLifetime=100 millis",
        "--set",
        "refreshTokenLifetime=200 millis"
      ]
      yield* start(["login", ...flags, "--password-stdin"], { stdin: "pass1" })
      yield* Effect.sleep("300 millis")
      const { code, err, out } = yield* run("token", ...flags)
      assert.strictEqual(code, 4)
      assert.strictEqual(out, "")
      assert.match(
        err,
        /^jindouyun: the credentials are not available: .*\. Run jindouyun login, or set .*JINDOUYUN_PASSWORD\.\n$/
      )
    }))

  it.scopedLive("renews early only where that is set, and prints the good token if the platform refuses", () =>
    Effect.gen(function*() {
      const { sandbox, url } = yield* serve({ earlyRefresh: "refused" })
      const { run } = yield* signedIn(url)
      const early = ["--set", "accessTokenLifetime=400 hours", "--set", "earlyRefresh=100 hours"]
      const first = yield* run("token")
      assert.strictEqual((yield* sandbox.requests).refresh, 0)
      const refused = yield* run("token", ...early)
      assert.strictEqual(refused.code, 0, refused.err)
      assert.strictEqual(refused.out, first.out)
      yield* sandbox.configure({ earlyRefresh: "accepted" })
      const renewed = yield* run("token", ...early)
      assert.notStrictEqual(renewed.out, first.out)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 2, report: 0 })
    }))

  it.scopedLive("says in JSON what else is known of the token", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const { run } = yield* signedIn(url)
      const token = (yield* run("token")).out.trim()
      const { out } = yield* run("token", "--json")
      const { accessExpiresAt, refreshExpiresAt, ...rest } = JSON.parse(out) as Record<string, unknown>
      assert.deepStrictEqual(rest, { accessToken: token, generation: 1, username: "user1", baseUrl: url })
      const hours = (Date.parse(String(accessExpiresAt)) - Date.now()) / 3_600_000
      assert.isTrue(hours > 23.9 && hours <= 24, String(accessExpiresAt))
      assert.isTrue(Date.parse(String(refreshExpiresAt)) > Date.parse(String(accessExpiresAt)))
    }))
})
