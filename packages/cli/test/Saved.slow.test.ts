import { assert, describe, it } from "@effect/vitest"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { chmodSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { serve as serveRedis } from "../../redis/test/fakeRedis.js"
import { account, type Home, makeHome, serve, signedIn } from "./command.js"
import { withoutProgress } from "./shell.js"

/** A store that stops to work between the request of a command and its save. */
const brokenRedis = serveRedis(([name, script]) =>
  name === "HGET" ? "$-1" : script?.includes("'record', ARGV[1]") === true ? "-OOM no memory" : grants(script)
)

// A lease is a bulk string with its fence; renewing and releasing answer 1.
const grants = (script: string | undefined) => script?.includes("'SET'") === true ? "$1\r\n7" : ":1"

const redisAt = (port: number) => ({ JINDOUYUN_STORE: "redis", JINDOUYUN_REDIS_URL: `redis://127.0.0.1:${port}/3` })

const place = (port: number) => `Redis at 127.0.0.1:${port}, database 3`

describe("a pair that the store did not keep", () => {
  for (const command of ["login", "refresh"]) {
    it.scopedLive(`fails ${command} with exit code 7, which names the store`, () =>
      Effect.gen(function*() {
        const { sandbox, url } = yield* serve()
        const redis = yield* brokenRedis
        const { start } = yield* makeHome
        const env = { ...account(url), ...redisAt(redis.port) }
        const plain = yield* start([command], { env })
        assert.strictEqual(plain.code, 7, plain.err)
        assert.strictEqual(plain.out, "")
        assert.match(
          withoutProgress(plain.err),
          /^jindouyun: token store: save failed: OOM[^\n]*JINDOUYUN_REDIS_URL[^\n]*\n$/
        )
        assert.include(plain.err, place(redis.port))
        const json = yield* start([command, "--json"], { env })
        assert.strictEqual(json.code, 7)
        assert.strictEqual(json.out, "")
        assert.deepInclude(JSON.parse(json.err), { error: "StoreFailure", operation: "save", exitCode: 7 })
        assert.strictEqual((yield* sandbox.requests).acquire, 2)
      }))
  }

  it.scopedLive("is a warning of token and call, also with --json", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const redis = yield* brokenRedis
      const { start } = yield* makeHome
      const env = { ...account(url), ...redisAt(redis.port) }
      const plain = yield* start(["token"], { env })
      assert.strictEqual(plain.code, 0)
      assert.match(plain.out, /^\S+\n$/)
      assert.match(withoutProgress(plain.err), /^jindouyun: token store: save failed: OOM[^\n]*\n$/)
      const json = yield* start(["token", "--json"], { env })
      assert.strictEqual(json.err, "")
      const { warnings } = JSON.parse(json.out) as { readonly warnings: ReadonlyArray<string> }
      assert.lengthOf(warnings, 1)
      assert.include(warnings[0], "save failed: OOM")
      const call = yield* start(["call", "/api/report/echo", "--json"], { env })
      assert.strictEqual(call.code, 0)
      assert.notProperty(JSON.parse(call.out), "warnings")
      assert.lengthOf((JSON.parse(call.err) as { readonly warnings: ReadonlyArray<string> }).warnings, 1)
    }))

  it.scopedLive("is 7 too if other users have access to the folder of the file store", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const home = yield* makeHome
      mkdirSync(join(home.state, "tokens"), { recursive: true, mode: 0o700 })
      for (const command of ["login", "refresh", "logout"]) {
        chmodSync(join(home.state, "tokens"), 0o755)
        const outcome = yield* home.start([command], { env: account(url) })
        assert.strictEqual(outcome.code, 7, `${command}: ${outcome.err}`)
      }
    }))
})

const logoutDuring = (
  home: Home,
  command: string,
  env: { readonly [name: string]: string },
  after: Duration.DurationInput = "2500 millis"
) =>
  Effect.all([
    home.start([command], { env }),
    Effect.delay(home.start(["logout"], { env }), after)
  ], { concurrency: 2 })

describe("a logout during a renewal of another process", () => {
  for (const command of ["login", "refresh"]) {
    it.scopedLive(`wins: ${command} fails with 7, and no token is left`, () =>
      Effect.gen(function*() {
        const { sandbox, url } = yield* serve()
        const home = yield* signedIn(url)
        yield* sandbox.configure({ latency: "6 seconds" })
        const [renewed, deleted] = yield* logoutDuring(home, command, account(url))
        assert.strictEqual(deleted.code, 0, deleted.err)
        assert.strictEqual(renewed.code, 7, `${renewed.out}${renewed.err}`)
        assert.match(renewed.err, /logged out/)
        const { out } = yield* home.start(["status"], { env: account(url) })
        assert.include(out, "no token is stored")
      }), 60_000)

    it.scopedLive(
      `wins over ${command} that waits for the lease of another process, too`,
      () =>
        Effect.gen(function*() {
          const { sandbox, url } = yield* serve()
          const home = yield* signedIn(url)
          yield* sandbox.configure({ latency: "9 seconds" })
          const env = account(url)
          const [waiting] = yield* Effect.all([
            Effect.delay(home.start([command], { env }), "1500 millis"),
            logoutDuring(home, "refresh", env, "6500 millis")
          ], { concurrency: 2 })
          assert.strictEqual(waiting.code, 7, `${waiting.out}${waiting.err}`)
          assert.match(waiting.err, /logged out/)
          const { out } = yield* home.start(["status"], { env })
          assert.include(out, "no token is stored")
        }),
      60_000
    )
  }
})

describe("--store none", () => {
  it.scopedLive("keeps nothing, and login, refresh and logout say so", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const home = yield* signedIn(url)
      for (
        const [command, text] of [["login", /not stored/], ["refresh", /not stored/], [
          "logout",
          /is not deleted/
        ]] as const
      ) {
        const { code, err, out } = yield* home.start([command, "--store", "none"], { env: account(url) })
        assert.strictEqual(code, 0, err)
        assert.match(out, text)
      }
      assert.strictEqual((yield* home.start(["status"], { env: account(url) })).out.includes("no token"), false)
    }), 60_000)
})

describe("a store that fails", () => {
  it.scopedLive(
    "in the lease or in the deletion is exit code 7 of login, refresh and logout",
    () =>
      Effect.gen(function*() {
        const { url } = yield* serve()
        const { start } = yield* makeHome
        const redis = yield* serveRedis(([name]) => name === "SELECT" ? "+OK" : "-LOADING Redis is loading")
        const refused = yield* serveRedis(([name]) => name === "SELECT" ? "-ERR DB index is out of range" : ":1")
        for (const command of ["login", "refresh", "logout"]) {
          for (const { port } of [redis, refused]) {
            const { code, err } = yield* start([command, "--json"], { env: { ...account(url), ...redisAt(port) } })
            assert.strictEqual(code, 7, `${command}: ${err}`)
            assert.include(JSON.parse(err).message, place(port))
          }
        }
      }),
    60_000
  )
})
