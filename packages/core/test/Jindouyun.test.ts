import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Report from "@jindouyun/sandbox/Report"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Arr from "effect/Array"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Accounts from "../src/Accounts.js"
import * as Endpoint from "../src/Endpoint.js"
import * as Jindouyun from "../src/Jindouyun.js"
import type { InvalidConfiguration } from "../src/JindouyunError.js"
import * as PlatformClient from "../src/PlatformClient.js"
import type * as RetryPolicy from "../src/RetryPolicy.js"
import * as TokenProvider from "../src/TokenProvider.js"
import * as TokenStore from "../src/TokenStore.js"
import { inTime } from "./platform.js"
import { withEnvironment } from "./utils.js"

const account = { username: "user1", password: Redacted.make("pass1") }

interface Overrides {
  readonly retryPolicy?: RetryPolicy.Policy
  readonly store?: Layer.Layer<TokenStore.TokenStore>
}

type Provider = Effect.Effect<TokenProvider.Service, InvalidConfiguration, HttpClient.HttpClient | Scope.Scope>

const provider = <E, R>(layer: Layer.Layer<Jindouyun.Services, E, R>) =>
  Effect.map(Layer.build(Layer.fresh(layer)), Context.get(TokenProvider.TokenProvider))

/** The provider of each layer. */
const layers: ReadonlyArray<[name: string, make: (overrides: Overrides) => Provider]> = [
  ["layer", (overrides) => provider(Jindouyun.layer({ ...account, ...overrides }))],
  ["layerCredentials", (overrides) => provider(Jindouyun.layerCredentials(Effect.succeed(account), overrides))],
  [
    "layerConfig",
    (overrides) =>
      Effect.withConfigProvider(
        provider(
          Jindouyun.layerConfig({ username: Config.string("NAME"), password: Config.redacted("SECRET") }, overrides)
        ),
        ConfigProvider.fromMap(new Map([["NAME", "user1"], ["SECRET", "pass1"]]))
      )
  ],
  [
    "layerFromEnv",
    (overrides) =>
      Effect.zipRight(
        withEnvironment({ JINDOUYUN_USERNAME: "user1", JINDOUYUN_PASSWORD: "pass1" }),
        provider(Jindouyun.layerFromEnv(overrides))
      )
  ],
  [
    "layerAccounts",
    (overrides) =>
      Effect.map(
        Layer.build(Layer.fresh(Jindouyun.layerAccounts(() => Effect.succeed(account), overrides))),
        (context) => Context.get(context, Accounts.Accounts).get("user1")
      )
  ]
]

/** A memory store that counts its operations, as a layer. */
const counted = Effect.map(TokenStore.makeMemory, (memory) => {
  const operations: Array<string> = []
  const count = <A, E>(name: string, operation: Effect.Effect<A, E>) =>
    Effect.zipRight(Effect.sync(() => operations.push(name)), operation)
  return {
    operations,
    layer: Layer.succeed(TokenStore.TokenStore, {
      load: (key) => count("load", memory.load(key)),
      save: (key, record, lease) => count("save", memory.save(key, record, lease)),
      clear: (key) => count("clear", memory.clear(key)),
      lease: (key, duration) => count("lease", memory.lease(key, duration))
    })
  }
})

const requests = Effect.map(Effect.flatMap(Sandbox.Sandbox, ({ requests }) => requests), ({ acquire }) => acquire)

const failing = (count: number) =>
  Effect.flatMap(Sandbox.Sandbox, ({ inject }) => inject("acquire", ...Arr.replicate(Fault.returnCode(50000), count)))

const overSandbox = Effect.provide(Sandbox.layerHttpClient())

describe("the options of Jindouyun's layers", () => {
  for (const [name, make] of layers) {
    it.scoped(`${name}: the token pair is kept in the store given as an option`, () =>
      Effect.gen(function*() {
        const { layer, operations } = yield* counted
        const first = yield* inTime((yield* make({ store: layer })).accessToken)
        assert.deepStrictEqual(operations, ["load", "lease", "load", "save"])
        const second = yield* inTime((yield* make({ store: layer })).accessToken)
        assert.strictEqual(Redacted.value(second.value), Redacted.value(first.value))
        assert.strictEqual(yield* requests, 1)
      }).pipe(overSandbox))

    it.scoped(`${name}: retries follow the schedule given as an option`, () =>
      Effect.gen(function*() {
        yield* failing(9)
        const once = yield* make({ retryPolicy: Schedule.recurs(1) })
        assert.strictEqual((yield* Effect.flip(inTime(once.accessToken)))._tag, "ServerFailure")
        assert.strictEqual(yield* requests, 2)
      }).pipe(overSandbox))
  }

  it.scoped("an option wins over a layer in the context", () =>
    Effect.gen(function*() {
      const { layer, operations } = yield* counted
      const other = yield* counted
      const { accessToken } = yield* provider(
        Layer.provide(Jindouyun.layer({ ...account, store: layer }), other.layer)
      )
      yield* inTime(accessToken)
      assert.isNotEmpty(operations)
      assert.isEmpty(other.operations)
    }).pipe(overSandbox))
})

describe("maxAttempts", () => {
  it.scoped("does not end the schedule of the user", () =>
    Effect.gen(function*() {
      yield* failing(20)
      const { accessToken } = yield* provider(
        Jindouyun.layer({ ...account, retryPolicy: Schedule.recurs(6), maxAttempts: 2 })
      )
      assert.deepInclude(yield* Effect.flip(inTime(accessToken)), { _tag: "ServerFailure", attempts: 7 })
      assert.strictEqual(yield* requests, 7)
    }).pipe(overSandbox))

  for (const [attempts, options] of [[4, {}], [2, { maxAttempts: 2 }]] as const) {
    it.scoped(`ends the default schedule after ${attempts} attempts`, () =>
      Effect.gen(function*() {
        yield* failing(20)
        const { accessToken } = yield* provider(Jindouyun.layer({ ...account, ...options }))
        assert.deepInclude(yield* Effect.flip(inTime(accessToken)), { _tag: "ServerFailure", attempts })
        assert.strictEqual(yield* requests, attempts)
      }).pipe(overSandbox))
  }

  it.scoped("bounds a call in the same way: only under the default schedule", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      const echo = Endpoint.make({ path: Report.echoPath, data: Schema.Unknown, idempotent: true })
      const callsWith = (overrides: Overrides) =>
        Effect.gen(function*() {
          const before = (yield* sandbox.requests).report
          yield* sandbox.inject("report", ...Arr.replicate(Fault.returnCode(50000), 20))
          const layer = Jindouyun.layer({ ...account, ...overrides, maxAttempts: 2 })
          const client = yield* Effect.map(Layer.build(Layer.fresh(layer)), Context.get(PlatformClient.PlatformClient))
          yield* Effect.flip(inTime(client.call(echo)()))
          return (yield* sandbox.requests).report - before
        })
      assert.strictEqual(yield* callsWith({}), 2)
      assert.strictEqual(yield* callsWith({ retryPolicy: Schedule.recurs(6) }), 7)
    }).pipe(overSandbox))
})
