import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Jindouyun from "@jindouyun/core/Jindouyun"
import * as TokenProvider from "@jindouyun/core/TokenProvider"
import * as TokenStore from "@jindouyun/core/TokenStore"
import * as RedisTokenStore from "@jindouyun/redis/RedisTokenStore"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { Redis } from "ioredis"
import * as RedisServer from "../../redis/test/redisServer.js"
import { clientOf, duration, encryptionKey, urlOf, wordsOf } from "../../redis/test/support.js"

/** The provider of another process: all they have in common is the platform and Redis. */
const processOver = (
  store: Layer.Layer<TokenStore.TokenStore, unknown>,
  settings: Partial<Jindouyun.Options> = {}
) =>
  Effect.map(
    Layer.build(
      Layer.fresh(
        Jindouyun.layer({
          username: "user1",
          password: Redacted.make("pass1"),
          ...settings,
          store: Layer.fresh(store)
        })
      )
    ),
    Context.get(TokenProvider.TokenProvider)
  )

const platform = <A, E>(test: Effect.Effect<A, E, Sandbox.Sandbox | HttpClient.HttpClient | Scope.Scope>) =>
  test.pipe(Effect.provide(Sandbox.layerHttpClient()), Logger.withMinimumLogLevel(LogLevel.None))

const counts = Effect.flatMap(Sandbox.Sandbox, ({ requests }) => requests)

/** Readers have the token a little before it is saved and the lease is given back. */
const settled = (redis: Redis) =>
  Effect.repeat(Effect.promise(() => redis.keys("*:lease")), { until: (leases) => leases.length === 0 })

describe.skipIf(!RedisServer.isInstalled)("providers over one Redis", () => {
  it.scopedLive("make one acquisition and one refresh, and have one pair", () =>
    Effect.gen(function*() {
      const url = urlOf(yield* RedisServer.start())
      const [one, other] = yield* Effect.all([
        processOver(RedisTokenStore.layer({ url })),
        processOver(RedisTokenStore.layer({ url }))
      ])
      const tokens = yield* Effect.all([one.accessToken, other.accessToken], { concurrency: 2 })
      assert.strictEqual(Redacted.value(tokens[0].value), Redacted.value(tokens[1].value))
      assert.deepInclude(yield* counts, { acquire: 1, refresh: 0 })
      const renewed = yield* one.refresh
      yield* other.invalidate(tokens[1])
      assert.strictEqual(Redacted.value((yield* other.accessToken).value), Redacted.value(renewed.value))
      assert.deepInclude(yield* counts, { acquire: 1, refresh: 1 })
    }).pipe(platform))

  it.scopedLive("do not log in again after a restart", () =>
    Effect.gen(function*() {
      const store = RedisTokenStore.layer({ url: urlOf(yield* RedisServer.start()), encryptionKey })
      const start = Effect.scoped(Effect.flatMap(processOver(store), ({ accessToken }) => accessToken))
      const before = yield* start
      assert.strictEqual(Redacted.value((yield* start).value), Redacted.value(before.value))
      assert.deepInclude(yield* counts, { acquire: 1, refresh: 0 })
    }).pipe(platform))

  it.scopedLive("do not send a refused password again after a restart", () =>
    Effect.gen(function*() {
      const store = RedisTokenStore.layer({ url: urlOf(yield* RedisServer.start()) })
      const start = (password: string) =>
        Effect.scoped(Effect.flatMap(
          processOver(store, { password: Redacted.make(password) }),
          ({ accessToken }) => Effect.either(accessToken)
        ))
      for (const _ of [1, 2, 3]) {
        assert.isTrue(Either.isLeft(yield* start("wrong")))
      }
      assert.deepInclude(yield* counts, { acquire: 1, refresh: 0 })
      assert.isTrue(Either.isRight(yield* start("pass1")))
    }).pipe(platform))

  it.scopedLive("serve a token that is good while Redis is down, and log in alone only where they may", () =>
    Effect.gen(function*() {
      const server = yield* RedisServer.start()
      const store = RedisTokenStore.layer({ url: urlOf(server) })
      const one = yield* processOver(store)
      const token = yield* one.accessToken
      yield* settled(yield* clientOf(server.port))
      yield* server.kill("SIGKILL")
      assert.strictEqual(yield* one.accessToken, token)
      const strict = yield* processOver(store)
      assert.strictEqual(yield* wordsOf(strict.accessToken), "load: ECONNREFUSED")
      assert.deepInclude(yield* counts, { acquire: 1, refresh: 0 })
      const alone = yield* processOver(store, { acquireWithoutStore: true })
      assert.isTrue((yield* alone.accessToken).generation > 0)
      assert.deepInclude(yield* counts, { acquire: 2, refresh: 0 })
    }).pipe(platform))
})

/** A server with everything that is asked of it, by name and number, in order of the names. */
const counted = Effect.gen(function*() {
  const { port } = yield* RedisServer.start()
  const redis = yield* clientOf(port)
  let asked: Array<string> = []
  const client: RedisTokenStore.Client = {
    get status() {
      return redis.status
    },
    connect: () => redis.connect(),
    call: (command, ...parameters) => {
      asked.push(command)
      return redis.call(command, ...parameters)
    }
  }

  /** What the store sends, and what Redis executes for it within scripts too. */
  const costOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.gen(function*() {
      asked = []
      yield* Effect.promise(() => redis.config("RESETSTAT"))
      yield* effect
      yield* settled(redis)
      const stats = yield* Effect.promise(() => redis.info("commandstats"))
      const executed = [...stats.matchAll(/cmdstat_(\w+):calls=(\d+)/g)]
        .filter(([, name = ""]) => RedisTokenStore.commands.includes(name))
        .map(([, name, calls]) => `${calls} ${name}`)
      return { sent: asked.sort().join(", "), executed: executed.sort().join(", ") }
    })

  return { client, costOf, redis }
})

describe.skipIf(!RedisServer.isInstalled)("what a fleet costs Redis", () => {
  const request = {
    sent: "eval, eval, eval, eval, hget, hget",
    executed: "1 del, 1 pexpire, 1 set, 1 time, 2 hset, 3 get, 4 eval, 8 hget"
  }

  it.scopedLive("six commands for a start when nothing is stored, and for a renewal", () =>
    Effect.gen(function*() {
      const { client, costOf } = yield* counted
      const one = yield* processOver(RedisTokenStore.layer({ client }))
      assert.deepStrictEqual(yield* costOf(one.accessToken), request)
      assert.deepStrictEqual(yield* costOf(one.refresh), request)
    }).pipe(platform))

  it.scopedLive("one command for a start when a pair is stored", () =>
    Effect.gen(function*() {
      const { client, costOf } = yield* counted
      const store = RedisTokenStore.layer({ client })
      yield* costOf(Effect.flatMap(processOver(store), ({ accessToken }) => accessToken))
      const other = yield* processOver(store)
      assert.deepStrictEqual(yield* costOf(other.accessToken), { sent: "hget", executed: "1 hget" })
    }).pipe(platform))

  it.scopedLive("nothing for reading a token that is fresh", () =>
    Effect.gen(function*() {
      const { client, costOf } = yield* counted
      const one = yield* processOver(RedisTokenStore.layer({ client }))
      yield* costOf(one.accessToken)
      assert.deepStrictEqual(yield* costOf(Effect.replicateEffect(one.accessToken, 1000)), { sent: "", executed: "" })
    }).pipe(platform))

  it.scopedLive(
    "two commands for each look of a process that waits for the lease, at most six looks a second",
    () =>
      Effect.gen(function*() {
        const { client, redis } = yield* counted
        const baseUrl = "https://platform.example"
        const holder = yield* RedisTokenStore.make({ client })
        yield* holder.lease(TokenStore.keyOf(baseUrl, "user1"), duration)
        const waiting = yield* processOver(RedisTokenStore.layer({ client }), { baseUrl })
        yield* Effect.promise(() => redis.config("RESETSTAT"))
        const waiter = yield* Effect.fork(waiting.accessToken)
        yield* Effect.sleep("2 seconds")
        const stats = yield* Effect.promise(() => redis.info("commandstats"))
        const callsOf = (name: string) => Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1])
        assert.isAtLeast(callsOf("eval"), 5)
        assert.isAtMost(callsOf("eval"), 12)
        assert.closeTo(callsOf("hget"), callsOf("eval"), 1)
        yield* Fiber.interrupt(waiter)
      }).pipe(platform),
    10_000
  )

  it.scopedLive("some hundred bytes for an account, in one key", () =>
    Effect.gen(function*() {
      const sizeOf = (keys: Partial<RedisTokenStore.UrlOptions>) =>
        Effect.gen(function*() {
          const { client, costOf, redis } = yield* counted
          const one = yield* processOver(RedisTokenStore.layer({ client, ...keys }))
          yield* costOf(one.accessToken)
          const stored = yield* Effect.promise(() => redis.keys("*"))
          assert.lengthOf(stored, 1)
          return Number(yield* Effect.promise(() => redis.memory("USAGE", stored[0] ?? "", "SAMPLES", 0)))
        })
      const plain = yield* sizeOf({})
      const encrypted = yield* sizeOf({ encryptionKey })
      // 600 and 792 with the allocator of Redis 7.0 on 64 bits, for tokens of 32 characters.
      assert.closeTo(plain, 600, 100)
      assert.closeTo(encrypted, 792, 100)
    }).pipe(platform))
})
