import { assert, describe, it } from "@effect/vitest"
import * as TokenRecord from "@jindouyun/core/TokenRecord"
import * as Effect from "effect/Effect"
import * as scripts from "../src/internal/scripts.js"
import * as RedisServer from "./redisServer.js"
import { clientOf, hash, lease } from "./support.js"

const format = String(TokenRecord.format)

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
  it.scopedLive("an owner that asks twice, as a client does that sends again, gets one lease", () =>
    Effect.gen(function*() {
      const { redis, run } = yield* server
      const fence = yield* run(scripts.lease, "one", "50")
      assert.strictEqual(yield* run(scripts.lease, "one", "10000"), fence)
      assert.isAbove(yield* Effect.promise(() => redis.pttl(lease)), 5000)
      assert.isNull(yield* run(scripts.lease, "other", "10000"))
      assert.strictEqual(yield* Effect.promise(() => redis.hget(hash, "fence")), fence)
    }))

  it.scopedLive("a lease without a time to live lapses after the duration that the next owner asks for", () =>
    Effect.gen(function*() {
      const { redis, run } = yield* server
      for (
        const make of [() => run(scripts.lease, "gone", "10000"), () => Effect.promise(() => redis.set(lease, ""))]
      ) {
        yield* make()
        yield* Effect.promise(() => redis.persist(lease))
        assert.isNull(yield* run(scripts.lease, "one", "300"))
        assert.isNull(yield* run(scripts.lease, "other", "10000"))
        assert.isAtMost(yield* Effect.promise(() => redis.pttl(lease)), 300)
        yield* Effect.sleep("400 millis")
        assert.isString(yield* run(scripts.lease, "other", "10000"))
        yield* run(scripts.release, "other")
      }
      const fence = yield* run(scripts.lease, "one", "10000")
      yield* Effect.promise(() => redis.persist(lease))
      assert.strictEqual(yield* run(scripts.lease, "one", "10000"), fence)
      assert.isAbove(yield* Effect.promise(() => redis.pttl(lease)), 5000)
    }))

  it.scopedLive("only the owner of a lease renews and releases it", () =>
    Effect.gen(function*() {
      const { redis, run } = yield* server
      yield* run(scripts.lease, "one", "10000")
      assert.strictEqual(yield* run(scripts.release, "other"), 0)
      assert.strictEqual(yield* run(scripts.renew, "other", "10000"), 0)
      assert.strictEqual(yield* run(scripts.renew, "one", "20000"), 1)
      assert.isAbove(yield* Effect.promise(() => redis.pttl(lease)), 10_000)
      assert.strictEqual(yield* run(scripts.release, "one"), 1)
      assert.strictEqual(yield* run(scripts.release, "one"), 0)
    }))

  it.scopedLive("a fence is at least the time of Redis in milliseconds, and above the last fence and generation", () =>
    Effect.gen(function*() {
      const { redis, run } = yield* server
      const [seconds = 0] = yield* Effect.promise(() => redis.time())
      const first = Number(yield* run(scripts.lease, "one", "10000"))
      assert.isAtLeast(first, seconds * 1000)
      assert.isAtMost(first, (seconds + 10) * 1000)
      yield* run(scripts.release, "one")
      // As large as a time can be.
      yield* Effect.promise(() => redis.hset(hash, "fence", "8640000000000000"))
      assert.strictEqual(yield* run(scripts.lease, "two", "10000"), "8640000000000001")
      yield* run(scripts.release, "two")
      yield* Effect.promise(() => redis.hset(hash, "generation", "8640000000000005"))
      assert.strictEqual(yield* run(scripts.lease, "three", "10000"), "8640000000000006")
    }))

  it.scopedLive("generations are compared as numbers, and kept as written", () =>
    Effect.gen(function*() {
      const { redis, run } = yield* server
      const stored = Effect.promise(() => redis.hget(hash, "generation"))
      assert.strictEqual(yield* run(scripts.save, "record", "9", format), 1)
      assert.strictEqual(yield* run(scripts.save, "record", "10", format), 1)
      assert.strictEqual(yield* run(scripts.save, "record", "9", format), 0)
      assert.strictEqual(yield* run(scripts.save, "record", "8639999999999999", format), 1)
      assert.strictEqual(yield* run(scripts.save, "record", "8640000000000000", format), 1)
      assert.strictEqual(yield* run(scripts.save, "record", "8639999999999999", format), 0)
      assert.strictEqual(yield* stored, "8640000000000000")
    }))

  it.scopedLive("a lease saves after its time until another lease is granted, and its fence stays", () =>
    Effect.gen(function*() {
      const { redis, run } = yield* server
      const fence = String(yield* run(scripts.lease, "one", "1"))
      yield* Effect.sleep("20 millis")
      assert.strictEqual(yield* run(scripts.save, "first", "1", format, fence), 1)
      assert.strictEqual(yield* run(scripts.save, "second", "1", format), 1)
      assert.strictEqual(yield* Effect.promise(() => redis.hget(hash, "fence")), fence)
      yield* run(scripts.lease, "other", "10000")
      assert.strictEqual(yield* run(scripts.save, "third", "2", format, fence), 0)
      assert.strictEqual(yield* Effect.promise(() => redis.hget(hash, "record")), "second")
    }))

  it.scopedLive("a record of a newer format is not replaced, also by a newer generation", () =>
    Effect.gen(function*() {
      const { redis, run } = yield* server
      const stored = Effect.promise(() => redis.hmget(hash, "record", "generation", "format"))
      assert.strictEqual(yield* run(scripts.save, "newer", "1", "2"), 1)
      assert.strictEqual(yield* run(scripts.save, "older", "9", "1"), 0)
      assert.deepStrictEqual(yield* stored, ["newer", "1", "2"])
      assert.strictEqual(yield* run(scripts.save, "newest", "9", "10"), 1)
      assert.strictEqual(yield* run(scripts.save, "older", "9", "2"), 0)
      assert.deepStrictEqual(yield* stored, ["newest", "9", "10"])
    }))

  it.scopedLive("a clear keeps nothing but a fence above the last fence and generation", () =>
    Effect.gen(function*() {
      const { redis, run } = yield* server
      const stored = Effect.promise(() => redis.hgetall(hash))
      const [seconds = 0] = yield* Effect.promise(() => redis.time())
      yield* run(scripts.clear)
      assert.isAtLeast(Number((yield* stored).fence), seconds * 1000)
      yield* Effect.promise(() => redis.hset(hash, { fence: "8640000000000000" }))
      yield* run(scripts.save, "record", "5", format)
      yield* run(scripts.clear)
      assert.deepStrictEqual(yield* stored, { fence: "8640000000000001" })
      yield* run(scripts.save, "record", "8640000000000007", format)
      yield* run(scripts.clear)
      assert.deepStrictEqual(yield* stored, { fence: "8640000000000008" })
    }))

  it.scopedLive("a clear leaves the lease with its owner, who can no longer save", () =>
    Effect.gen(function*() {
      const { run } = yield* server
      const fence = String(yield* run(scripts.lease, "one", "10000"))
      yield* run(scripts.clear)
      assert.isNull(yield* run(scripts.lease, "other", "10000"))
      assert.strictEqual(yield* run(scripts.save, "record", "1", format, fence), 0)
      assert.strictEqual(yield* run(scripts.release, "one"), 1)
      assert.isAbove(Number(yield* run(scripts.lease, "other", "10000")), Number(fence))
    }))
})
