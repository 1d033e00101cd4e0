import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import * as RedisServer from "../../redis/test/redisServer.js"
import { account, makeHome, serve } from "./command.js"

describe("stores", () => {
  it.scopedLive("none keeps nothing: each command logs in", () =>
    Effect.gen(function*() {
      const { sandbox, url } = yield* serve()
      const { start, state } = yield* makeHome
      const env = { ...account(url), JINDOUYUN_STORE: "none" }
      assert.strictEqual((yield* start(["token"], { env })).code, 0)
      assert.strictEqual((yield* start(["token"], { env })).code, 0)
      assert.strictEqual((yield* sandbox.requests).acquire, 2)
      assert.isFalse(existsSync(state))
      assert.match((yield* start(["login"], { env })).out, /the pair is not stored/)
    }))

  it.scopedLive("of files are encrypted where there is a key", () =>
    Effect.gen(function*() {
      const { sandbox, url } = yield* serve()
      const { start } = yield* makeHome
      const env = { ...account(url), JINDOUYUN_ENCRYPTION_KEY: Buffer.alloc(32, 3).toString("base64") }
      const first = yield* start(["token"], { env })
      const second = yield* start(["token"], { env })
      assert.strictEqual(first.code, 0, first.err)
      assert.strictEqual(second.out, first.out)
      assert.match((yield* start(["doctor"], { env })).out, /store +file in .*, encrypted, holds a pair/)
      assert.strictEqual((yield* sandbox.requests).acquire, 1)
    }))

  it.scopedLive.skipIf(!RedisServer.isInstalled)(
    "in Redis are shared by homes that share nothing else",
    () =>
      Effect.gen(function*() {
        const { sandbox, url } = yield* serve()
        const redis = yield* RedisServer.start()
        const one = yield* makeHome
        const other = yield* makeHome
        const env = { ...account(url), JINDOUYUN_REDIS_URL: `redis://127.0.0.1:${redis.port}` }
        const outcomes = yield* Effect.all([
          one.start(["token", "--store", "redis"], { env }),
          other.start(["token", "--store", "redis"], { env })
        ], { concurrency: 2 })
        assert.strictEqual(outcomes[0].code, 0, outcomes[0].err)
        assert.strictEqual(outcomes[0].out, outcomes[1].out)
        assert.strictEqual((yield* sandbox.requests).acquire, 1)
        assert.isFalse(existsSync(one.state))
        assert.strictEqual((yield* one.start(["logout", "--store", "redis"], { env })).code, 0)
        assert.match((yield* other.start(["status", "--store", "redis"], { env })).out, /no token is stored/)
      })
  )

  // The bundle shortens names, except those by which the Redis client tells its errors apart.
  it.scopedLive.skipIf(!RedisServer.isInstalled)("in Redis report what Redis answers", () =>
    Effect.gen(function*() {
      const redis = yield* RedisServer.start({ parameters: ["--requirepass", "secret"] })
      const { start } = yield* makeHome
      const env = { ...account("http://127.0.0.1:1"), JINDOUYUN_REDIS_URL: `redis://127.0.0.1:${redis.port}` }
      const { code, err } = yield* start(["status", "--store", "redis"], { env })
      assert.strictEqual(code, 7, err)
      assert.include(err, "load failed: NOAUTH")
    }))
})
