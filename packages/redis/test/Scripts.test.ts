import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as scripts from "../src/internal/scripts.js"
import * as RedisServer from "./redisServer.js"
import { clientOf, hash, lease } from "./support.js"

const server = Effect.gen(function*() {
  const { port } = yield* RedisServer.start()
  const redis = yield* clientOf(port)
  return {
    redis,
    run: (script: string, ...parameters: ReadonlyArray<string>) =>
      Effect.promise(() => redis.eval(script, 2, hash, lease, ...parameters))
  }
})

describe.skipIf(!RedisServer.isInstalled)("the scripts of the Redis store", () => {
  it.scopedLive("a lease is given once to who asks twice, as a client does that sends again", () =>
    Effect.gen(function*() {
      const { redis, run } = yield* server
      const fence = yield* run(scripts.acquire, "one", "50")
      assert.strictEqual(yield* run(scripts.acquire, "one", "10000"), fence)
      assert.isAbove(yield* Effect.promise(() => redis.pttl(lease)), 5000)
      assert.isNull(yield* run(scripts.acquire, "other", "10000"))
      assert.strictEqual(yield* Effect.promise(() => redis.hget(hash, "fence")), fence)
    }))

  it.scopedLive("a lease that was asked for late is given back by who asked, and by nobody else", () =>
    Effect.gen(function*() {
      const { redis, run } = yield* server
      yield* run(scripts.acquire, "one", "10000")
      assert.strictEqual(yield* run(scripts.release, "other"), 0)
      assert.strictEqual(yield* run(scripts.renew, "other", "10000"), 0)
      assert.strictEqual(yield* run(scripts.renew, "one", "20000"), 1)
      assert.isAbove(yield* Effect.promise(() => redis.pttl(lease)), 10_000)
      assert.strictEqual(yield* run(scripts.release, "one"), 1)
      assert.strictEqual(yield* run(scripts.release, "one"), 0)
    }))

  it.scopedLive("a number is at least the time of Redis in milliseconds, and one more than the last", () =>
    Effect.gen(function*() {
      const { redis, run } = yield* server
      const [seconds = 0] = yield* Effect.promise(() => redis.time())
      const first = Number(yield* run(scripts.acquire, "one", "10000"))
      assert.isAtLeast(first, seconds * 1000)
      assert.isAtMost(first, (seconds + 10) * 1000)
      yield* run(scripts.release, "one")
      // As large as a time can be.
      yield* Effect.promise(() => redis.hset(hash, "fence", "8640000000000000"))
      assert.strictEqual(yield* run(scripts.acquire, "two", "10000"), "8640000000000001")
    }))

  it.scopedLive("generations are compared as numbers, and kept as they came", () =>
    Effect.gen(function*() {
      const { redis, run } = yield* server
      const stored = Effect.promise(() => redis.hget(hash, "generation"))
      assert.strictEqual(yield* run(scripts.save, "record", "9"), 1)
      assert.strictEqual(yield* run(scripts.save, "record", "10"), 1)
      assert.strictEqual(yield* run(scripts.save, "record", "9"), 0)
      assert.strictEqual(yield* run(scripts.save, "record", "8639999999999999"), 1)
      assert.strictEqual(yield* run(scripts.save, "record", "8640000000000000"), 1)
      assert.strictEqual(yield* run(scripts.save, "record", "8639999999999999"), 0)
      assert.strictEqual(yield* stored, "8640000000000000")
    }))

  it.scopedLive("a lease saves while no other has been given, though its time is up, and its number stays", () =>
    Effect.gen(function*() {
      const { redis, run } = yield* server
      const fence = String(yield* run(scripts.acquire, "one", "1"))
      yield* Effect.sleep("20 millis")
      assert.strictEqual(yield* run(scripts.save, "first", "1", fence), 1)
      assert.strictEqual(yield* run(scripts.save, "second", "1"), 1)
      assert.strictEqual(yield* Effect.promise(() => redis.hget(hash, "fence")), fence)
      yield* run(scripts.acquire, "other", "10000")
      assert.strictEqual(yield* run(scripts.save, "third", "2", fence), 0)
      assert.strictEqual(yield* Effect.promise(() => redis.hget(hash, "record")), "second")
    }))
})
