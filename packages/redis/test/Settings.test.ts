import { assert, describe, it } from "@effect/vitest"
import { fromEnv } from "@jindouyun/core/JindouyunConfig"
import * as TokenStore from "@jindouyun/core/TokenStore"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { inspect } from "node:util"
import { codeOf } from "../src/internal/problem.js"
import * as RedisTokenStore from "../src/RedisTokenStore.js"
import * as RedisServer from "./redisServer.js"
import { account, clientOf, encryptionKey, generationOf, granted, record, urlOf } from "./support.js"

const canary = "canary-4f1d"

const refusalOf = <E>(layer: Layer.Layer<TokenStore.TokenStore, E>) =>
  Effect.flip(Effect.provide(Effect.fail("accepted"), layer)) as Effect.Effect<E>

const withEnvironment = (variables: Record<string, string>): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => Object.assign(process.env, variables)),
    () =>
      Effect.sync(() => {
        for (const name of Object.keys(variables)) {
          delete process.env[name]
        }
      })
  )

describe("the settings of the Redis store", () => {
  const urls: ReadonlyArray<[string, string]> = [
    [canary, "is not a URL"],
    ["", "is not a URL"],
    [`http://:${canary}@localhost`, "is neither redis: nor rediss:"],
    [`redis://:${canary}@`, "is not a URL"],
    ["redis:6379", "has no host"],
    [`redis://:${canary}@localhost?family=6`, "has a query or a fragment"],
    [`redis://:${canary}@localhost#0`, "has a query or a fragment"],
    [`redis://:${canary}@localhost/zero`, "has a database that is not a number"],
    [`redis://:${canary}%@localhost`, "has a % that is not followed by two digits"]
  ]
  it.effect("a wiped URL is refused", () =>
    Effect.gen(function*() {
      const url = Redacted.make("redis://localhost")
      Redacted.unsafeWipe(url)
      const refusal = yield* refusalOf(RedisTokenStore.layer({ url }))
      assert.deepInclude(refusal, { _tag: "InvalidConfiguration", setting: "url", problem: "was wiped" })
    }))

  it.effect.each<[unknown, string]>([
    [Redacted.make(undefined), "is missing"],
    [undefined, "is missing"],
    ["redis://localhost", "is no Redacted"]
  ])("a URL that is no Redacted of a text is refused: %s", ([url, problem]) =>
    Effect.gen(function*() {
      const refusal = yield* refusalOf(RedisTokenStore.layer({ url: url as Redacted.Redacted }))
      assert.deepInclude(refusal, { _tag: "InvalidConfiguration", setting: "url", problem })
    }))

  for (const [url, problem] of urls) {
    it.effect(`a URL that ${problem} is refused, and not repeated: ${url.replace(canary, "…")}`, () =>
      Effect.gen(function*() {
        const refusal = yield* refusalOf(RedisTokenStore.layer({ url: Redacted.make(url) }))
        assert.deepInclude(refusal, { _tag: "InvalidConfiguration", setting: "url", variable: undefined, problem })
        assert.notInclude(`${inspect(refusal)} ${JSON.stringify(refusal)} ${refusal.message}`, canary)
      }))
  }

  for (const prefix of ["", "two words", "{tag}", "a}", "x".repeat(101)]) {
    it.effect(`no prefix is ${JSON.stringify(prefix)}`, () =>
      Effect.gen(function*() {
        const refusal = yield* refusalOf(RedisTokenStore.layer({ url: Redacted.make("redis://localhost"), prefix }))
        assert.deepInclude(refusal, { setting: "prefix", variable: undefined })
      }))
  }

  it.effect("what ioredis refuses is a setting that is wrong, not a defect", () =>
    Effect.gen(function*() {
      const refusal = yield* refusalOf(
        RedisTokenStore.layer({ url: Redacted.make("redis://localhost"), options: { sentinels: [] } })
      )
      assert.deepInclude(refusal, { _tag: "InvalidConfiguration", setting: "options" })
    }))

  it.scoped("the environment has its settings under names of their own", () =>
    Effect.gen(function*() {
      assert.deepInclude(yield* refusalOf(RedisTokenStore.layerFromEnv()), { setting: "url", problem: "is missing" })
      yield* withEnvironment({ JINDOUYUN_REDIS_URL: `redis://:${canary}@localhost:0x` })
      assert.deepInclude(yield* refusalOf(RedisTokenStore.layerFromEnv()), {
        setting: "url",
        variable: "JINDOUYUN_REDIS_URL",
        problem: "is not a URL"
      })
      const url = Redacted.make("localhost")
      assert.deepInclude(yield* refusalOf(RedisTokenStore.layerFromEnv({ url })), {
        setting: "url",
        variable: undefined
      })
      yield* withEnvironment({ JINDOUYUN_REDIS_URL: "redis://localhost", JINDOUYUN_REDIS_PREFIX: "{" })
      assert.deepInclude(yield* refusalOf(RedisTokenStore.layerFromEnv()), {
        setting: "prefix",
        variable: "JINDOUYUN_REDIS_PREFIX"
      })
      yield* withEnvironment({ JINDOUYUN_REDIS_PREFIX: "fleet", JINDOUYUN_ENCRYPTION_KEY: canary })
      assert.deepInclude(yield* refusalOf(RedisTokenStore.layerFromEnv()), { setting: "encryptionKey" })
      yield* withEnvironment({ JINDOUYUN_PREVIOUS_ENCRYPTION_KEY: canary })
      assert.deepInclude(yield* refusalOf(RedisTokenStore.layerFromEnv({ encryptionKey })), {
        setting: "previousEncryptionKey"
      })
    }))

  for (
    const variable of [
      "JINDOUYUN_REDIS_URL",
      "JINDOUYUN_REDIS_PREFIX",
      "JINDOUYUN_ENCRYPTION_KEY",
      "JINDOUYUN_PREVIOUS_ENCRYPTION_KEY"
    ]
  ) {
    it.scoped(`a ${variable} of zero length is unset, one of white space only is an error that names it`, () =>
      Effect.gen(function*() {
        const read = Effect.either(fromEnv(RedisTokenStore.config))
        const unset = yield* read
        yield* withEnvironment({ [variable]: "" })
        assert.deepStrictEqual(yield* read, unset)
        yield* withEnvironment({ [variable]: " \t" })
        assert.deepInclude(yield* refusalOf(RedisTokenStore.layerFromEnv()), {
          _tag: "InvalidConfiguration",
          variable,
          problem: "is white space only"
        })
      }))
  }

  it.effect("a value that is missing is named as the consumer names it", () =>
    Effect.gen(function*() {
      const layer = RedisTokenStore.layerConfig({ url: Config.redacted("CACHE_URL") })
      const refusal = yield* Effect.withConfigProvider(refusalOf(layer), ConfigProvider.fromMap(new Map()))
      assert.deepInclude(refusal, {
        _tag: "InvalidConfiguration",
        setting: "CACHE_URL",
        problem: "is missing",
        expected:
          "redis://user:password@host:port/database, or rediss:// for TLS; special characters of a password as %XX"
      })
    }))

  it("of an error no more than a word is repeated", () => {
    class ReplyError extends Error {
      override readonly name = "ReplyError"
    }
    assert.strictEqual(codeOf(new ReplyError(`ERR unknown command '${canary}'`)), "ERR")
    assert.strictEqual(codeOf(new ReplyError(`NOAUTH ${canary}`)), "NOAUTH")
    assert.strictEqual(codeOf(new ReplyError(canary)), undefined)
    assert.strictEqual(codeOf(new ReplyError("CANARY")), undefined)
    assert.strictEqual(codeOf(new Error(`CANARY ${canary}`)), undefined)
    for (const code of ["ECONNRESET", "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "ERR_TLS_CERT_ALTNAME_INVALID"]) {
      assert.strictEqual(codeOf(Object.assign(new Error(canary), { code })), code)
    }
    assert.strictEqual(codeOf(Object.assign(new Error(canary), { code: canary })), undefined)
    assert.strictEqual(
      codeOf(Object.assign(new Error(canary), { lastNodeError: new ReplyError("LOADING it") })),
      "LOADING"
    )
    assert.strictEqual(codeOf(canary), undefined)
  })
})

describe.skipIf(!RedisServer.isInstalled)("the layers of the Redis store", () => {
  const saved = Effect.flatMap(
    TokenStore.TokenStore,
    (store) => Effect.as(store.save(account, record(1), Option.none()), store)
  )

  const keysOf = (port: number, db = 0) =>
    Effect.flatMap(clientOf(port, { db }), (client) => Effect.promise(() => client.keys("*")))

  it.scopedLive("provide the store in force", () =>
    Effect.gen(function*() {
      const { port } = yield* RedisServer.start()
      assert.notStrictEqual(
        yield* Effect.provide(saved, RedisTokenStore.layer({ url: urlOf({ port }) })),
        TokenStore.none
      )
      assert.deepStrictEqual(yield* keysOf(port), [`jindouyun:{${account}}`])
    }))

  it.scopedLive("take user, password, database and prefix from where they are told", () =>
    Effect.gen(function*() {
      const { port } = yield* RedisServer.start({ config: "user ü on >p@ss%/: ~* &* +@all" })
      const url = `redis://${encodeURIComponent("ü")}:${encodeURIComponent("p@ss%/:")}@127.0.0.1:${port}/3`
      yield* withEnvironment({ JINDOUYUN_REDIS_URL: url, JINDOUYUN_REDIS_PREFIX: "environment" })
      yield* Effect.provide(saved, RedisTokenStore.layerFromEnv())
      yield* Effect.provide(saved, RedisTokenStore.layerFromEnv({ prefix: "given" }))
      yield* Effect.provide(
        saved,
        RedisTokenStore.layerConfig({ url: Config.succeed(Redacted.make(url)), prefix: Config.string("PREFIX") })
      ).pipe(Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["PREFIX", "config"]]))))
      assert.sameMembers(
        yield* keysOf(port, 3),
        ["environment", "given", "config"].map((prefix) => `${prefix}:{${account}}`)
      )
    }))

  it.scopedLive("encrypt what they keep where there is a key", () =>
    Effect.gen(function*() {
      const { port } = yield* RedisServer.start()
      const client = yield* clientOf(port)
      const stored = Effect.promise(() => client.hget(`jindouyun:{${account}}`, "record"))
      yield* Effect.provide(saved, RedisTokenStore.layer({ url: urlOf({ port }) }))
      assert.include(String(yield* stored), "access-canary-1")
      yield* Effect.provide(saved, RedisTokenStore.layer({ url: urlOf({ port }), encryptionKey }))
      assert.notInclude(String(yield* stored), "canary")
    }))

  it.scopedLive("keep a record for ever", () =>
    Effect.gen(function*() {
      const { port } = yield* RedisServer.start()
      const client = yield* clientOf(port)
      yield* Effect.provide(saved, RedisTokenStore.layer({ url: urlOf({ port }) }))
      assert.strictEqual(yield* Effect.promise(() => client.pttl(`jindouyun:{${account}}`)), -1)
    }))

  it.scopedLive("ignore and replace what cannot be read", () =>
    Effect.gen(function*() {
      const { port } = yield* RedisServer.start()
      const client = yield* clientOf(port)
      const store = yield* RedisTokenStore.make({ url: urlOf({ port }) })
      yield* Effect.promise(() =>
        client.hset(`jindouyun:{${account}}`, { record: "{", generation: "?", format: "?", fence: "?" })
      )
      assert.isUndefined(generationOf(yield* store.load(account)))
      assert.isTrue(yield* store.save(account, record(1), Option.some(yield* granted(store))))
      assert.strictEqual(generationOf(yield* store.load(account)), 1)
    }).pipe(Logger.withMinimumLogLevel(LogLevel.None)))
})
