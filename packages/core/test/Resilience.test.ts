import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Jindouyun from "../src/Jindouyun.js"
import * as RetryBudget from "../src/RetryBudget.js"
import * as RetryPolicy from "../src/RetryPolicy.js"
import * as TokenProvider from "../src/TokenProvider.js"
import type * as TokenRecord from "../src/TokenRecord.js"
import * as TokenStore from "../src/TokenStore.js"
import { inTime, platform } from "./platform.js"

const services = Effect.all({ provider: TokenProvider.TokenProvider, sandbox: Sandbox.Sandbox })

const right = { username: "user1", password: Redacted.make("pass1") }
const wrong = { username: "user1", password: Redacted.make("wrong") }

const acquired = (provider: TokenProvider.Service) =>
  Effect.zipLeft(inTime(provider.accessToken), TestClock.adjust("1 second"))

const withCredentials = <E>(credentials: Effect.Effect<typeof right, E>) =>
  Layer.provideMerge(
    Jindouyun.layerCredentials(credentials, { renewalTimeout: "5 seconds" }),
    Sandbox.layerHttpClient()
  )

/** A store in memory, some of whose steps are those given. */
const overStore = (broken: (store: TokenStore.Service) => Partial<TokenStore.Service>, settings = {}) =>
  Layer.build(
    Layer.fresh(platform(settings)).pipe(
      Layer.provide(
        Layer.effect(
          TokenStore.TokenStore,
          Effect.map(TokenStore.makeMemory, (store) => ({ ...store, ...broken(store) }))
        )
      )
    )
  )

/** One process after another over the store and the platform in the context. */
const inProcess = <A, E, R>(
  run: (provider: TokenProvider.Service) => Effect.Effect<A, E, R>,
  account: typeof right = right
) => Effect.flatMap(TokenProvider.TokenProvider, run).pipe(Effect.provide(Layer.fresh(Jindouyun.layer(account))))

const processes = Effect.provide([TokenStore.layerMemory, Sandbox.layerHttpClient()])

const misbehaviours = {
  "never answers": Effect.never,
  "dies": Effect.die("boom"),
  "interrupts itself": Effect.interrupt,
  "never answers and cannot be interrupted": Effect.uninterruptible(Effect.never)
}

describe("a step of the consumer's that misbehaves fails as that step, in time, and cools down", () => {
  for (const [how, step] of Object.entries(misbehaviours)) {
    it.effect(`credentials: ${how}`, () =>
      Effect.gen(function*() {
        const context = yield* Layer.build(withCredentials(step))
        const { provider, sandbox } = yield* Effect.provide(services, context)
        const start = yield* Clock.currentTimeMillis
        assert.strictEqual((yield* Effect.flip(inTime(provider.accessToken)))._tag, "CredentialsUnavailable")
        assert.isAtMost((yield* Clock.currentTimeMillis) - start, 5100)
        assert.strictEqual((yield* provider.status).phase, "cooling")
        assert.deepStrictEqual(yield* sandbox.requests, { acquire: 0, refresh: 0, report: 0 })
      }).pipe(Effect.scoped))

    it.effect(`the load of a store: ${how}`, () =>
      Effect.gen(function*() {
        const context = yield* overStore(() => ({ load: () => step }))
        const { provider } = yield* Effect.provide(services, context)
        assert.deepInclude(yield* Effect.flip(inTime(provider.accessToken)), {
          _tag: "StoreFailure",
          operation: "load"
        })
        assert.strictEqual((yield* provider.status).phase, "cooling")
      }).pipe(Effect.scoped))

    it.effect(`the save of a store: ${how}, and the pair is served at once`, () =>
      Effect.gen(function*() {
        const scope = yield* Scope.make()
        const context = yield* Scope.extend(overStore(() => ({ save: () => step })), scope)
        const { provider } = yield* Effect.provide(services, context)
        const start = yield* Clock.currentTimeMillis
        assert.strictEqual((yield* inTime(provider.accessToken)).generation, 1)
        assert.isAtMost((yield* Clock.currentTimeMillis) - start, 200)
        assert.strictEqual((yield* inTime(provider.refresh)).generation, 2)
      }))

    if (how !== "never answers and cannot be interrupted") {
      it.effect(`the lease of a store: ${how}`, () =>
        Effect.gen(function*() {
          const context = yield* overStore(() => ({ lease: () => step }))
          const { provider } = yield* Effect.provide(services, context)
          assert.deepInclude(yield* Effect.flip(inTime(provider.accessToken)), {
            _tag: "StoreFailure",
            operation: "lease"
          })
          assert.strictEqual((yield* provider.status).phase, "cooling")
        }).pipe(Effect.scoped))

      it.effect(`the retry policy: ${how}`, () =>
        Effect.gen(function*() {
          const { provider, sandbox } = yield* services
          yield* sandbox.inject("acquire", ...Arr.replicate(Fault.returnCode(50000), 9))
          assert.strictEqual((yield* Effect.flip(inTime(provider.accessToken)))._tag, "ServerFailure")
          assert.strictEqual((yield* Effect.flip(provider.accessToken))._tag, "ServerFailure")
          assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
        }).pipe(
          Effect.provide(
            Layer.provide(platform(), RetryPolicy.layer(Schedule.tapOutput(Schedule.forever, () => step)))
          )
        ))
    }
  }

  it.effect("a reset over a store that does not answer", () =>
    Effect.gen(function*() {
      const context = yield* overStore(() => ({ clear: () => Effect.never }))
      const { provider } = yield* Effect.provide(services, context)
      assert.deepInclude(yield* Effect.flip(inTime(provider.reset)), { _tag: "StoreFailure", operation: "clear" })
    }).pipe(Effect.scoped))

  it.effect("a policy whose delay reaches beyond the deadline is not waited for", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      const start = yield* Clock.currentTimeMillis
      yield* sandbox.inject("acquire", Fault.returnCode(50000))
      yield* Effect.flip(inTime(provider.accessToken))
      assert.isAtMost((yield* Clock.currentTimeMillis) - start, 200)
    }).pipe(Effect.provide(Layer.provide(platform(), RetryPolicy.layer(Schedule.spaced("1 hour"))))))
})

describe("a refused acquisition", () => {
  it.effect("is remembered through an outage of the credentials", () => {
    let reads = 0
    return Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      const tags: Array<string> = []
      for (const _ of Arr.range(1, 3)) {
        tags.push((yield* Effect.flip(inTime(provider.accessToken)))._tag)
        yield* TestClock.adjust("10 minutes")
      }
      assert.deepStrictEqual(tags, ["AuthenticationFailed", "CredentialsUnavailable", "AuthenticationFailed"])
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
    }).pipe(
      Effect.provide(withCredentials(Effect.suspend(() => ++reads === 2 ? Effect.fail("down") : Effect.succeed(wrong))))
    )
  })

  it.effect("is forgotten by a reset while the credentials are being read", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* Effect.flip(inTime(provider.accessToken))
      yield* sandbox.configure({ password: "wrong" })
      yield* TestClock.adjust("1 minute")
      const reader = yield* Effect.fork(provider.accessToken)
      yield* TestClock.adjust("500 millis")
      yield* provider.reset
      assert.strictEqual((yield* inTime(Fiber.join(reader))).generation, 1)
    }).pipe(Effect.provide(withCredentials(Effect.delay(Effect.succeed(wrong), "1 second")))))

  it.effect("gives way to a newer pair of another process", () =>
    Effect.gen(function*() {
      yield* inProcess((late) =>
        Effect.gen(function*() {
          yield* Effect.flip(inTime(late.accessToken))
          const newer = yield* inProcess(acquired)
          yield* TestClock.adjust("25 hours")
          assert.isAbove((yield* inTime(late.accessToken)).generation, newer.generation)
        }), wrong)
    }).pipe(processes))
})

describe("a reset", () => {
  it.effect("in a process that has read nothing yet makes the store forget its pair", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      yield* inProcess(acquired)
      const token = yield* inProcess((provider) => Effect.zipRight(provider.reset, inTime(provider.accessToken)))
      assert.isAbove(token.generation, 1)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 2, refresh: 0, report: 0 })
    }).pipe(processes))

  it.effect("clears stored refused credentials too", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      yield* inProcess((provider) => Effect.flip(inTime(provider.accessToken)), wrong)
      yield* sandbox.configure({ password: "wrong" })
      yield* inProcess((provider) => Effect.zipRight(provider.reset, inTime(provider.accessToken)), wrong)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 2, refresh: 0, report: 0 })
    }).pipe(processes))

  it.effect("while an arrived pair is being saved sends nothing twice", () =>
    Effect.gen(function*() {
      const context = yield* overStore((store) => ({
        save: (key, record, lease) =>
          Effect.delay(store.save(key, record, lease), Option.isSome(lease) ? "1 second" : "1 millis")
      }))
      const { provider, sandbox } = yield* Effect.provide(services, context)
      yield* Effect.fork(provider.accessToken)
      yield* TestClock.adjust("500 millis")
      yield* inTime(provider.reset)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
    }).pipe(Effect.scoped))

  it.effect("is not undone by a read that has loaded the refusedCredentials, and comes to it when all is forgotten", () =>
    Effect.gen(function*() {
      let loads = 0
      const context = yield* overStore(
        (store) => ({
          // What a read finds after the reset has begun, and looked, reaches it late.
          load: (key) => ++loads === 2 ? Effect.zipLeft(store.load(key), Effect.sleep("1 second")) : store.load(key)
        }),
        { password: Redacted.make("wrong") }
      )
      const { provider, sandbox } = yield* Effect.provide(services, context)
      yield* Effect.flip(inTime(provider.accessToken))
      yield* sandbox.configure({ password: "wrong" })
      loads = 0
      const reset = yield* Effect.fork(provider.reset)
      yield* Effect.fork(provider.accessToken)
      yield* TestClock.adjust("500 millis")
      yield* Fiber.join(reset)
      yield* TestClock.adjust("1 second")
      yield* inTime(provider.accessToken)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 2, refresh: 0, report: 0 })
    }).pipe(Effect.scoped))

  it.effect("is not undone by a read that takes the pair from the store before it is forgotten there", () =>
    Effect.gen(function*() {
      const store = yield* TokenStore.makeMemory
      const slow: TokenStore.Service = {
        ...store,
        clear: (key) => Effect.delay(store.clear(key), "1 second")
      }
      yield* Effect.gen(function*() {
        yield* inProcess(acquired)
        yield* inProcess((provider) =>
          Effect.gen(function*() {
            const reset = yield* Effect.fork(provider.reset)
            yield* TestClock.adjust("500 millis")
            assert.strictEqual((yield* inTime(provider.accessToken)).generation, 1)
            yield* inTime(Fiber.join(reset))
            assert.isAbove((yield* inTime(provider.accessToken)).generation, 1)
            // The layer closes only after the save of the second pair.
            yield* TestClock.adjust("1 millis")
          })
        )
      }).pipe(Effect.provide(Layer.succeed(TokenStore.TokenStore, slow)), Effect.provide(Sandbox.layerHttpClient()))
    }))
})

describe("a forced refresh", () => {
  it.effect("in a new process over a store brings a new pair, not the stored one", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      yield* inProcess(acquired)
      assert.strictEqual((yield* inProcess((provider) => inTime(provider.refresh))).generation, 2)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 1, report: 0 })
    }).pipe(processes))

  it.effect("that joins a renewal whose pair is there already is followed by another", () =>
    Effect.gen(function*() {
      const context = yield* overStore((store) => ({
        save: (key, record, lease) => Effect.delay(store.save(key, record, lease), "5 seconds")
      }))
      const { provider } = yield* Effect.provide(services, context)
      assert.strictEqual((yield* inTime(provider.accessToken)).generation, 1)
      assert.strictEqual((yield* inTime(provider.refresh)).generation, 2)
    }).pipe(Effect.scoped))

  it.effect("that is refused after a retry counts both attempts", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* acquired(provider)
      yield* sandbox.inject("refresh", Fault.returnCode(50000), Fault.returnCode(40003))
      const failure = yield* Effect.flip(inTime(provider.refresh))
      assert.deepInclude(failure, { _tag: "TokenRejected", attempts: 2 })
    }).pipe(Effect.provide(platform())))
})

describe("what a store remembers", () => {
  it.effect("a pair that arrived is saved though the layer is closed meanwhile", () =>
    Effect.gen(function*() {
      const saved: Array<TokenRecord.TokenRecord> = []
      const scope = yield* Scope.make()
      const context = yield* Scope.extend(
        overStore(() => ({
          save: (_key, record) => Effect.delay(Effect.sync(() => saved.push(record) > 0), "1 second")
        })),
        scope
      )
      const { provider } = yield* Effect.provide(services, context)
      yield* Effect.fork(provider.accessToken)
      yield* TestClock.adjust("500 millis")
      yield* inTime(Scope.close(scope, Exit.void))
      assert.deepStrictEqual(saved.map(({ generation }) => generation), [1])
    }))

  it.effect("a token that was rejected is not handed out after a restart", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      yield* inProcess(acquired)
      yield* sandbox.configure({ password: "rotated" })
      yield* sandbox.revoke("allTokens")
      yield* inProcess((provider) =>
        Effect.gen(function*() {
          yield* provider.invalidate(yield* inTime(provider.accessToken))
          yield* Effect.flip(inTime(provider.accessToken))
        })
      )
      const failure = yield* inProcess((provider) => Effect.flip(inTime(provider.accessToken)))
      assert.strictEqual(failure._tag, "AuthenticationFailed")
    }).pipe(processes))
})

describe("waits", () => {
  it.effect("a floor longer than the deadline delays a caller and does not fail it", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* inTime(provider.accessToken)
      assert.strictEqual((yield* inTime(provider.refresh)).generation, 2)
      const [first, second] = yield* sandbox.journal
      assert.isAtLeast(second!.at - first!.at, 60_000)
    }).pipe(Effect.provide(platform({ minRequestInterval: "1 minute" }))))

  it.effect("a small correction of the wall clock cancels neither cooldown nor Retry-After", () =>
    Effect.gen(function*() {
      const clock = yield* Effect.clock
      let offset = 0
      const corrected: Clock.Clock = {
        [Clock.ClockTypeId]: Clock.ClockTypeId,
        unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis() + offset,
        unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos(),
        currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now + offset),
        currentTimeNanos: clock.currentTimeNanos,
        sleep: (duration) => clock.sleep(duration)
      }
      const context = yield* Effect.withClock(Layer.build(Layer.fresh(platform())), corrected)
      const { provider, sandbox } = yield* Effect.provide(services, context)
      yield* sandbox.inject("acquire", Fault.status(429, { retryAfter: 120 }))
      yield* Effect.flip(inTime(provider.accessToken))
      offset = -200
      yield* Effect.flip(inTime(provider.accessToken))
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
    }).pipe(Effect.scoped))

  it.effect("no request is sent that would be cut off by the deadline", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* sandbox.inject("acquire", Fault.status(503, { retryAfter: 49 }))
      const failure = yield* Effect.flip(inTime(provider.accessToken))
      assert.deepInclude(failure, { _tag: "UnexpectedResponse", reason: "status", attempts: 1 })
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
    }).pipe(Effect.provide(platform({}, { latency: "500 millis" }))))
})

describe("what is shared", () => {
  it.effect("two accounts in one program have a provider each, and each its own origin", () => {
    class Second extends Context.Tag("Second")<Second, TokenProvider.Service>() {}
    const sent: Array<string> = []
    const fetch: typeof globalThis.fetch = (url) => {
      sent.push(String(url))
      const data = { accessToken: `token${sent.length}`, refreshToken: "refresh" }
      return Promise.resolve(new Response(JSON.stringify({ code: 20000, message: "", data })))
    }
    const first = Jindouyun.layer({ ...right, baseUrl: "https://a.example" })
    const second = Layer.effect(Second, TokenProvider.TokenProvider).pipe(
      Layer.provide(Jindouyun.layer({ ...right, username: "user2", baseUrl: "https://b.example" }))
    )
    return Effect.gen(function*() {
      const one = yield* inTime(Effect.flatMap(TokenProvider.TokenProvider, (provider) => provider.accessToken))
      const two = yield* inTime(Effect.flatMap(Second, (provider) => provider.accessToken))
      assert.deepStrictEqual(sent, ["https://a.example/api/access_token", "https://b.example/api/access_token"])
      assert.deepStrictEqual([one, two].map(({ value }) => Redacted.value(value)), ["token1", "token2"])
    }).pipe(
      Effect.provide(
        Layer.mergeAll(first, second).pipe(
          Layer.provide(FetchHttpClient.layer),
          Layer.provide(Layer.succeed(FetchHttpClient.Fetch, fetch))
        )
      )
    )
  })

  it.effect("a budget that is shared is the one that is used, and charged for retries that are made only", () =>
    Effect.gen(function*() {
      const bucket = yield* RetryBudget.make(12)
      const shared = Layer.succeed(RetryBudget.RetryBudget, Option.some(bucket))
      const run = Effect.gen(function*() {
        const { provider, sandbox } = yield* services
        yield* sandbox.inject("acquire", ...Arr.replicate(Fault.returnCode(50000), 9))
        yield* Effect.flip(inTime(provider.accessToken))
        return yield* sandbox.requests
      })
      const never = RetryPolicy.layer(RetryPolicy.never)
      yield* Effect.provide(run, Layer.fresh(platform()).pipe(Layer.provide([shared, never])))
      assert.strictEqual(yield* bucket.left, 12)
      const requests = yield* Effect.provide(run, Layer.fresh(platform()).pipe(Layer.provide(shared)))
      assert.deepStrictEqual(requests, { acquire: 3, refresh: 0, report: 0 })
      assert.strictEqual(yield* bucket.left, 2)
    }))

  it.effect("a RequestInit given to the layer goes out with every request, but for its redirect", () => {
    const inits: Array<RequestInit | undefined> = []
    const fetch: typeof globalThis.fetch = (_url, init) => {
      inits.push(init)
      const data = { accessToken: "token", refreshToken: "refresh" }
      return Promise.resolve(new Response(JSON.stringify({ code: 20000, message: "", data })))
    }
    return Effect.gen(function*() {
      yield* inTime(Effect.flatMap(TokenProvider.TokenProvider, (provider) => provider.accessToken))
      assert.deepInclude(inits[0], { credentials: "include", redirect: "manual" })
    }).pipe(
      Effect.provide(
        Jindouyun.layer(right).pipe(
          Layer.provide(FetchHttpClient.layer),
          Layer.provide([
            Layer.succeed(FetchHttpClient.Fetch, fetch),
            Layer.succeed(FetchHttpClient.RequestInit, { credentials: "include", redirect: "follow" })
          ])
        )
      )
    )
  })
})

describe("what is given back", () => {
  it.effect("an invalidation and a reset give nothing, above all not the state", () =>
    Effect.gen(function*() {
      const { provider } = yield* services
      const token = yield* acquired(provider)
      assert.isUndefined(yield* provider.invalidate(token))
      assert.isUndefined(yield* provider.reset)
    }).pipe(Effect.provide(platform())))
})

describe("the stream of changes", () => {
  it.effect("ends with the closing, and tells it", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(Layer.fresh(platform()), scope)
      const { provider } = yield* Effect.provide(services, context)
      const watcher = yield* Effect.fork(Stream.runCollect(provider.changes))
      yield* Effect.yieldNow()
      yield* acquired(provider)
      yield* Scope.close(scope, Exit.void)
      const seen = Array.from(yield* inTime(Fiber.join(watcher))).map(({ phase }) => phase)
      assert.deepStrictEqual(seen, ["absent", "renewing", "fresh", "closed"])
      const late = Array.from(yield* inTime(Stream.runCollect(provider.changes))).map(({ phase }) => phase)
      assert.deepStrictEqual(late, ["closed"])
    }))
})
