import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Report from "@jindouyun/sandbox/Report"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { readFileSync } from "node:fs"
import * as Endpoint from "../src/Endpoint.js"
import * as Hint from "../src/Hint.js"
import * as Jindouyun from "../src/Jindouyun.js"
import { StoreFailure } from "../src/JindouyunError.js"
import * as PlatformClient from "../src/PlatformClient.js"
import * as RetryPolicy from "../src/RetryPolicy.js"
import type * as ReturnCode from "../src/ReturnCode.js"
import type * as Token from "../src/Token.js"
import * as TokenProvider from "../src/TokenProvider.js"
import * as TokenStore from "../src/TokenStore.js"
import * as recorder from "./edition/recorder.js"
import { hitsOf, type Stage } from "./leaks/stage.js"
import { inTime, platform } from "./platform.js"

const services = Effect.all({ provider: TokenProvider.TokenProvider, sandbox: Sandbox.Sandbox })

const slow = { latency: "1 second" } as const

const generationOf = <E>(token: Effect.Effect<Token.AccessToken, E>) =>
  Effect.map(token, ({ generation }) => generation)

const numbers: Array<number> = []

/** The tests of a guarantee, by its number in `docs/guarantees.md`. */
const guarantee = (number: number, sentence: string, tests: () => void) => {
  numbers.push(number)
  describe(`guarantee ${number}: ${sentence}`, () => {
    tests()
  })
}

/** A first token, and the minimum interval after it. */
const acquired = (provider: TokenProvider.Service) =>
  Effect.zipLeft(inTime(provider.accessToken), TestClock.adjust("1 second"))

guarantee(1, "At most one token request is in flight per account", () => {
  it.effect("a thousand callers without a token cause one acquisition", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      const tokens = yield* inTime(Effect.all(Arr.replicate(provider.accessToken, 1000), { concurrency: "unbounded" }))
      assert.deepStrictEqual(Arr.dedupe(tokens.map(({ generation }) => generation)), [1])
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
    }).pipe(Effect.provide(platform({}, slow))))

  it.effect("a thousand callers with an expired token cause one refresh", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* acquired(provider)
      yield* TestClock.adjust("25 hours")
      const tokens = yield* inTime(Effect.all(Arr.replicate(provider.accessToken, 1000), { concurrency: "unbounded" }))
      assert.deepStrictEqual(Arr.dedupe(tokens.map(({ generation }) => generation)), [2])
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 1, report: 0 })
    }).pipe(Effect.provide(platform({}, slow))))

  it.effect("reads, forced refreshes and rejections together never overlap", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      const rejecting = Effect.flatMap(provider.accessToken, (token) => provider.invalidate(token))
      yield* inTime(Effect.all(
        Arr.flatten(Arr.replicate([rejecting, provider.refresh, provider.accessToken, rejecting], 20)),
        { concurrency: "unbounded", mode: "either" }
      ))
      assert.strictEqual(yield* sandbox.maxOverlap, 1)
    }).pipe(Effect.provide(platform({}, slow))), 20_000)

  it.effect("two providers over one store cause one acquisition", () =>
    Effect.gen(function*() {
      const store = yield* TokenStore.makeMemory
      const sandbox = yield* Sandbox.Sandbox
      const start = Layer.build(Layer.fresh(
        Jindouyun.layer({ username: "user1", password: Redacted.make("pass1") }).pipe(
          Layer.provide(Layer.succeed(TokenStore.TokenStore, store))
        )
      ))
      const read = Effect.flatMap(start, (context) =>
        Effect.provide(
          Effect.flatMap(TokenProvider.TokenProvider, (provider) => provider.accessToken),
          context
        ))
      const tokens = yield* inTime(Effect.all([read, read], { concurrency: "unbounded" }))
      assert.deepStrictEqual(tokens[0].value, tokens[1].value)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
    }).pipe(Effect.scoped, Effect.provide(Sandbox.layerHttpClient(slow))))
})

guarantee(2, "A caller never receives a token that is expired or known to be rejected", () => {
  it.effect("a token is served until its margin begins, and renewed after that", () =>
    Effect.gen(function*() {
      const { provider } = yield* services
      assert.strictEqual(yield* generationOf(inTime(provider.accessToken)), 1)
      const { accessExpiresAt } = yield* provider.status
      const margin = Option.getOrThrow(accessExpiresAt).epochMillis - 60_000
      yield* TestClock.setTime(margin - 1)
      assert.strictEqual(yield* generationOf(provider.accessToken), 1)
      yield* TestClock.setTime(margin)
      assert.strictEqual(yield* generationOf(inTime(provider.accessToken)), 2)
    }).pipe(Effect.provide(platform({ earlyRefresh: 0 }))))

  it.effect("a lifetime is counted from the moment the request was sent", () =>
    Effect.gen(function*() {
      const { provider } = yield* services
      const start = yield* Clock.currentTimeMillis
      yield* inTime(provider.accessToken)
      const { accessExpiresAt, refreshExpiresAt } = yield* provider.status
      assert.strictEqual(Option.getOrThrow(accessExpiresAt).epochMillis, start + 24 * 3_600_000)
      assert.strictEqual(Option.getOrThrow(refreshExpiresAt).epochMillis, start + 30 * 24 * 3_600_000)
    }).pipe(Effect.provide(platform({}, { latency: "5 seconds" }))))

  it.effect("a rejected token is not served again", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      const token = yield* acquired(provider)
      yield* sandbox.revoke("accessTokens")
      yield* provider.invalidate(token)
      const next = yield* inTime(provider.accessToken)
      assert.strictEqual(next.generation, 2)
      assert.isTrue(yield* sandbox.accepts(next.value))
    }).pipe(Effect.provide(platform())))

  it.effect("a waiting caller does not receive a token that another caller rejects first", () =>
    Effect.gen(function*() {
      const { provider } = yield* services
      const rejecting = Effect.flatMap(provider.accessToken, (token) => provider.invalidate(token))
      const [, token] = yield* inTime(Effect.all([rejecting, provider.accessToken], { concurrency: "unbounded" }))
      assert.strictEqual(token.generation, 2)
    }).pipe(Effect.provide(platform({}, slow))))

  it.effect("a pair that has expired on receipt is not served", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* sandbox.inject("acquire", Fault.delay("10 seconds"))
      const token = yield* inTime(provider.accessToken)
      assert.strictEqual(token.generation, 2)
      assert.isTrue(yield* sandbox.accepts(token.value))
    }).pipe(Effect.provide(platform(
      { accessTokenLifetime: "10 seconds", refreshTokenLifetime: "1 hour" },
      { accessTokenLifetime: "10 seconds" }
    ))))

  it.effect("if every answer takes longer than the lifetime, the renewal fails after four requests", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      const failure = yield* Effect.flip(inTime(provider.accessToken))
      assert.deepInclude(failure, { _tag: "TransportFailure", reason: "timeout", delivery: "ambiguous" })
      const { acquire, refresh } = yield* sandbox.requests
      assert.strictEqual(acquire + refresh, 4)
      assert.strictEqual((yield* provider.status).phase, "cooling")
    }).pipe(Effect.provide(platform({ accessTokenLifetime: "1 second" }, { latency: "2 seconds" }))))

  it.effect("a refresh that returns the rejected value again is followed by an acquisition", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      const token = yield* acquired(provider)
      yield* provider.invalidate(token)
      const next = yield* inTime(provider.accessToken)
      assert.notDeepEqual(Redacted.value(next.value), Redacted.value(token.value))
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 2, refresh: 1, report: 0 })
    }).pipe(Effect.provide(platform({}, { earlyRefresh: "samePair" }))))
})

guarantee(3, "A failed refresh never discards a valid token and never delays a caller that can be served", () => {
  it.effect("callers are served at once while early refreshes fail, until one succeeds", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* acquired(provider)
      yield* TestClock.adjust("23 hours")
      yield* TestClock.adjust("31 minutes")
      yield* sandbox.inject("refresh", ...Arr.replicate(Fault.returnCode(50000), 10))
      const reads = yield* Effect.replicateEffect(
        Effect.zipLeft(generationOf(provider.accessToken), TestClock.adjust("10 seconds")),
        120
      )
      assert.isAtLeast((yield* sandbox.requests).refresh, 11)
      assert.isAtLeast(reads.lastIndexOf(1), 4)
      assert.strictEqual(reads.at(-1), 2)
      assert.strictEqual((yield* sandbox.requests).acquire, 1)
    }).pipe(Effect.provide(platform())))

  it.effect("no caller waits for an early refresh", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* inTime(provider.accessToken)
      yield* sandbox.configure({ latency: "10 seconds" })
      yield* TestClock.adjust("23 hours")
      yield* TestClock.adjust("31 minutes")
      assert.strictEqual(yield* generationOf(provider.accessToken), 1)
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* generationOf(provider.accessToken), 1)
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* generationOf(provider.accessToken), 2)
    }).pipe(Effect.provide(platform())))
})

guarantee(4, "`invalidate` drops the rejected token, never its successor", () => {
  it.effect("a late rejection leaves the newer token alone", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      const old = yield* acquired(provider)
      yield* inTime(provider.refresh)
      yield* provider.invalidate(old)
      assert.strictEqual(yield* generationOf(provider.accessToken), 2)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 1, report: 0 })
    }).pipe(Effect.provide(platform())))

  it.effect("generations count arrivals where the platform answers equal values", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      const old = yield* acquired(provider)
      const next = yield* inTime(provider.refresh)
      assert.strictEqual(Redacted.value(next.value), Redacted.value(old.value))
      yield* provider.invalidate(old)
      assert.strictEqual(yield* generationOf(provider.accessToken), 2)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 1, report: 0 })
    }).pipe(Effect.provide(platform({}, { earlyRefresh: "samePair" }))))

  it.effect("a reset does not make an old generation current again", () =>
    Effect.gen(function*() {
      const { provider } = yield* services
      const old = yield* acquired(provider)
      yield* provider.reset
      assert.strictEqual(yield* generationOf(inTime(provider.accessToken)), 2)
      yield* provider.invalidate(old)
      assert.strictEqual(yield* generationOf(provider.accessToken), 2)
    }).pipe(Effect.provide(platform())))
})

guarantee(5, "An interrupted caller affects no other caller", () => {
  it.effect("the first caller is interrupted at any moment, the others are served by the same request", () =>
    Effect.forEach(Arr.range(0, 12), (moments) =>
      Effect.gen(function*() {
        const { provider, sandbox } = yield* services
        const first = yield* Effect.fork(provider.accessToken)
        yield* Effect.repeatN(Effect.yieldNow(), moments)
        const others = yield* Effect.fork(
          Effect.all(Arr.replicate(provider.accessToken, 10), { concurrency: "unbounded" })
        )
        yield* Fiber.interrupt(first)
        const tokens = yield* inTime(Fiber.join(others))
        assert.deepStrictEqual(Arr.dedupe(tokens.map(({ generation }) => generation)), [1])
        assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
      }).pipe(Effect.provide(Layer.fresh(platform({}, slow))))))

  it.effect("closing the layer during a request fails the waiting callers and all later callers", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(platform({}, slow), scope)
      const { provider, sandbox } = yield* Effect.provide(services, context)
      const waiting = yield* Effect.fork(provider.accessToken)
      yield* TestClock.adjust("500 millis")
      yield* Scope.close(scope, Exit.void)
      const failure = yield* Effect.flip(Fiber.join(waiting))
      assert.deepInclude(failure, { _tag: "ProviderClosed", delivery: "ambiguous" })
      assert.deepInclude(yield* Effect.flip(provider.accessToken), { _tag: "ProviderClosed", delivery: "unsent" })
      assert.strictEqual((yield* provider.status).phase, "closed")
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
    }))
})

guarantee(6, "A new pair is kept even if every caller has been interrupted", () => {
  it.effect("after every caller was interrupted, the next read needs no request", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      const callers = yield* Effect.forEach(Arr.replicate(provider.accessToken, 10), Effect.fork)
      yield* TestClock.adjust("500 millis")
      yield* Fiber.interruptAll(callers)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* generationOf(provider.accessToken), 1)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
    }).pipe(Effect.provide(platform({}, slow))))

  it.effect.each(["accessToken", "refresh"] as const)(
    "a pair that is received while the layer closes is saved, and nothing else is sent: %s",
    (operation) =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        const open = Effect.gen(function*() {
          const scope = yield* Scope.make()
          const context = yield* Layer.buildWithScope(
            Layer.fresh(Jindouyun.layer({ username: "user1", password: Redacted.make("pass1") })),
            scope
          )
          return { provider: Context.get(context, TokenProvider.TokenProvider), scope }
        })
        const first = yield* open
        yield* operation === "refresh" ? inTime(first.provider.accessToken) : Effect.void
        const waiting = yield* Effect.fork(first.provider[operation])
        yield* TestClock.adjust("500 millis")
        const closing = yield* Effect.fork(Scope.close(first.scope, Exit.void))
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(closing)
        assert.deepInclude(yield* Effect.flip(Fiber.join(waiting)), { _tag: "ProviderClosed" })
        const sent = yield* sandbox.requests
        const second = yield* open
        assert.strictEqual(yield* generationOf(inTime(second.provider.accessToken)), operation === "refresh" ? 2 : 1)
        assert.deepStrictEqual(yield* sandbox.requests, sent)
        yield* Scope.close(second.scope, Exit.void)
      }).pipe(Effect.provide(TokenStore.layerMemory), Effect.provide(Sandbox.layerHttpClient(slow)))
  )

  it.live("a request that does not end within `closeTimeout` is aborted when the layer closes", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(platform({ closeTimeout: 50 }, { latency: "1 hour" }), scope)
      yield* Effect.fork(Context.get(context, TokenProvider.TokenProvider).accessToken)
      yield* Effect.sleep("20 millis")
      const [elapsed] = yield* Effect.timed(Scope.close(scope, Exit.void))
      assert.isAtLeast(Duration.toMillis(elapsed), 49)
      assert.isBelow(Duration.toMillis(elapsed), 2000)
    }))

  it.effect("the pair outlives the provider in a store", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      const read = Effect.flatMap(TokenProvider.TokenProvider, (provider) => inTime(provider.accessToken)).pipe(
        Effect.provide(Layer.fresh(Jindouyun.layer({ username: "user1", password: Redacted.make("pass1") })))
      )
      const tokens = yield* Effect.all([read, read])
      assert.deepStrictEqual(tokens[0].value, tokens[1].value)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
    }).pipe(Effect.provide(TokenStore.layerMemory), Effect.provide(Sandbox.layerHttpClient())))
})

guarantee(7, "If no token can be served, a rejected or expired refresh token leads to an acquisition", () => {
  it.effect("all callers receive the token of that acquisition", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* acquired(provider)
      yield* TestClock.adjust("25 hours")
      yield* sandbox.revoke("allTokens")
      const tokens = yield* inTime(Effect.all(Arr.replicate(provider.accessToken, 10), { concurrency: "unbounded" }))
      assert.deepStrictEqual(Arr.dedupe(tokens.map(({ generation }) => generation)), [2])
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 2, refresh: 1, report: 0 })
    }).pipe(Effect.provide(platform())))

  it.effect("any code with a disposition other than `retry` is a refusal, and so is a bare 401", () =>
    Effect.forEach(
      [Fault.returnCode(40000), Fault.returnCode(41234), Fault.status(401)],
      (fault) =>
        Effect.gen(function*() {
          const { provider, sandbox } = yield* services
          yield* acquired(provider)
          yield* TestClock.adjust("25 hours")
          yield* sandbox.inject("refresh", fault)
          assert.strictEqual(yield* generationOf(inTime(provider.accessToken)), 2)
          assert.deepStrictEqual(yield* sandbox.requests, { acquire: 2, refresh: 1, report: 0 })
        }).pipe(Effect.provide(Layer.fresh(platform())))
    ))

  it.effect("an expired refresh token is not sent", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* acquired(provider)
      yield* TestClock.adjust("31 days")
      assert.strictEqual(yield* generationOf(inTime(provider.accessToken)), 2)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 2, refresh: 0, report: 0 })
    }).pipe(Effect.provide(platform())))

  it.effect("if the renewal has no time left, the acquisition follows in the first renewal after the cooldown", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* acquired(provider)
      yield* TestClock.adjust("25 hours")
      yield* sandbox.revoke("allTokens")
      yield* sandbox.inject("refresh", Fault.delay("9.5 seconds"))
      const failure = yield* Effect.flip(inTime(provider.accessToken))
      assert.deepInclude(failure, { _tag: "TokenRejected", code: 40003 })
      yield* TestClock.setTime(Option.getOrThrow((yield* provider.status).nextTryAt).epochMillis)
      assert.strictEqual(yield* generationOf(inTime(provider.accessToken)), 2)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 2, refresh: 2, report: 0 })
    }).pipe(Effect.provide(platform({ renewalTimeout: "10 seconds" }))))

  it.effect("if a token can be served, only the caller of a forced refresh gets the refusal", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* acquired(provider)
      const refusal = yield* Effect.flip(inTime(provider.refresh))
      assert.deepInclude(refusal, { _tag: "TokenRejected", code: 40003 })
      assert.strictEqual(yield* generationOf(provider.accessToken), 1)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 1, report: 0 })
    }).pipe(Effect.provide(platform({}, { earlyRefresh: "refused" }))))

  it.effect("a refused early refresh is not repeated, logs one warning, and is followed by a renewal at expiry", () => {
    const warnings: Array<unknown> = []
    return Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* acquired(provider)
      yield* TestClock.adjust("23 hours")
      yield* TestClock.adjust("31 minutes")
      for (const _ of Arr.range(1, 5)) {
        assert.strictEqual(yield* generationOf(provider.accessToken), 1)
        yield* TestClock.adjust("1 minute")
      }
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 1, report: 0 })
      yield* TestClock.adjust("30 minutes")
      assert.strictEqual(yield* generationOf(inTime(provider.accessToken)), 2)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 2, report: 0 })
      assert.lengthOf(warnings, 1)
    }).pipe(
      Effect.provide(platform({}, { earlyRefresh: "refused" })),
      Effect.provide(Logger.replace(Logger.defaultLogger, Logger.make(({ message }) => warnings.push(message))))
    )
  })
})

guarantee(8, "An ambiguous refresh is retried a bounded number of times, then an acquisition follows", () => {
  it.effect("a refresh token that was used up by a lost answer is refused, then an acquisition follows, also before expiry", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* acquired(provider)
      yield* sandbox.inject("refresh", Fault.resetAfterActing)
      const token = yield* inTime(provider.refresh)
      assert.isTrue(yield* sandbox.accepts(token.value))
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 2, refresh: 2, report: 0 })
    }).pipe(Effect.provide(platform({}, { refreshTokenUse: "once" }))))

  it.effect("a renewal sends at most two refreshes that may have reached the platform", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* acquired(provider)
      yield* sandbox.inject("refresh", ...Arr.replicate(Fault.resetBeforeActing, 10))
      yield* inTime(provider.refresh)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 2, refresh: 2, report: 0 })
    }).pipe(Effect.provide(platform())))

  it.effect("the last attempt of a renewal belongs to the acquisition", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* acquired(provider)
      yield* sandbox.inject("refresh", ...Arr.replicate(Fault.resetBeforeActing, 10))
      yield* inTime(provider.refresh)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 2, refresh: 1, report: 0 })
    }).pipe(Effect.provide(platform({ maxAttempts: 2 }))))

  it.effect("if the renewal fails, a refusal in the next renewal leads to an acquisition, also before expiry", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* acquired(provider)
      yield* sandbox.inject("refresh", ...Arr.replicate(Fault.resetAfterActing, 2))
      yield* sandbox.inject("acquire", ...Arr.replicate(Fault.returnCode(50000), 2))
      assert.strictEqual((yield* Effect.flip(inTime(provider.refresh)))._tag, "ServerFailure")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* generationOf(inTime(provider.refresh)), 2)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 4, refresh: 3, report: 0 })
    }).pipe(Effect.provide(platform({}, { refreshTokenUse: "once" }))))
})

guarantee(
  9,
  "A refused acquisition is not repeated until the credentials differ, `reset` is called, or the refusal lapses",
  () => {
    const wrong = { password: Redacted.make("wrong") }

    it.effect("the password is sent once and every caller gets the same failure", () =>
      Effect.gen(function*() {
        const { provider, sandbox } = yield* services
        const failures = yield* inTime(
          Effect.all(Arr.replicate(Effect.flip(provider.accessToken), 100), { concurrency: "unbounded" })
        )
        yield* TestClock.adjust("40 days")
        const late = yield* Effect.flip(inTime(provider.accessToken))
        const forced = yield* Effect.flip(inTime(provider.refresh))
        assert.lengthOf(Arr.dedupe(failures), 1)
        assert.deepStrictEqual(forced, late)
        assert.deepInclude(late, { _tag: "AuthenticationFailed", code: 40001, disposition: "fatal" })
        // The message says since when, and that nothing was sent.
        assert.include(late.message, "1970-01-01T00:00:00")
        assert.include(late.message, "no request was sent")
        assert.strictEqual((yield* provider.status).phase, "credentialsRefused")
        assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
      }).pipe(Effect.provide(platform(wrong))))

    // What follows at the end of an hour: the number of acquisitions.
    it.effect.each<[string, Fault.Fault, ReturnCode.Dispositions, number]>([
      ["40001", Fault.returnCode(40001), {}, 1],
      ["40003", Fault.returnCode(40003), {}, 2],
      ["40000", Fault.returnCode(40000), {}, 2],
      ["30005", Fault.returnCode(30005), {}, 2],
      ["an unknown code", Fault.returnCode(12345), {}, 2],
      ["a code that is set to fatal", Fault.returnCode(41009), { 41009: "fatal" }, 1],
      ["a code that is set to reauthenticate", Fault.returnCode(50000), { 50000: "reauthenticate" }, 2],
      ["HTTP 401 without an envelope", Fault.status(401), {}, 2],
      ["HTTP 403 without an envelope", Fault.status(403), {}, 2]
    ])(
      "a refusal by %s is remembered, and lapses after an hour unless it is final",
      ([, fault, returnCodes, acquire]) =>
        Effect.gen(function*() {
          const { provider, sandbox } = yield* services
          yield* sandbox.inject("acquire", fault)
          yield* Effect.flip(inTime(provider.accessToken))
          yield* TestClock.adjust("59 minutes")
          yield* Effect.flip(inTime(provider.accessToken))
          assert.deepInclude(yield* sandbox.requests, { acquire: 1 })
          yield* TestClock.adjust("1 minute")
          yield* Effect.exit(inTime(provider.accessToken))
          assert.deepInclude(yield* sandbox.requests, { acquire })
        }).pipe(Effect.provide(Layer.fresh(platform({ returnCodes }))))
    )

    it.effect("a refusal starts a cooldown: other wrong passwords are not sent at once", () => {
      let attempt = 0
      const credentials = Effect.sync(() => ({ username: "user1", password: Redacted.make(`wrong ${++attempt}`) }))
      return Effect.gen(function*() {
        const { provider, sandbox } = yield* services
        const waits: Array<number> = []
        for (let n = 0; n < 6; n++) {
          const failure = yield* Effect.flip(inTime(provider.accessToken))
          assert.deepStrictEqual(yield* Effect.flip(provider.accessToken), failure)
          const wait = Option.getOrThrow((yield* provider.status).nextTryAt).epochMillis -
            (yield* Clock.currentTimeMillis)
          yield* TestClock.adjust(Duration.millis(wait))
          waits.push(wait)
        }
        assert.deepInclude(yield* sandbox.requests, { acquire: 6 })
        assert.isAbove(Math.max(...waits), 1000)
      }).pipe(
        Effect.provide(Layer.provideMerge(Jindouyun.layerCredentials(credentials), Sandbox.layerHttpClient()))
      )
    })

    it.effect("eight wrong passwords in turn are sent once each, also after another process has succeeded", () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        const read = (password: string) =>
          Effect.flatMap(TokenProvider.TokenProvider, (provider) => Effect.exit(inTime(provider.accessToken))).pipe(
            Effect.provide(Layer.fresh(Jindouyun.layer({ username: "user1", password: Redacted.make(password) })))
          )
        const wrongOnes = Arr.makeBy(8, (n) => `wrong ${n}`)
        const attempts = Effect.forEach(
          wrongOnes,
          (password) => Effect.zipLeft(read(password), TestClock.adjust("1 day"))
        )
        yield* attempts
        yield* attempts
        assert.deepInclude(yield* sandbox.requests, { acquire: 8 })
        assert.isTrue(Exit.isSuccess(yield* read("pass1")))
        yield* TestClock.adjust("31 days")
        yield* attempts
        assert.deepInclude(yield* sandbox.requests, { acquire: 9, refresh: 0 })
      }).pipe(Effect.provide(TokenStore.layerMemory), Effect.provide(Sandbox.layerHttpClient())))

    it.effect("after `reset` the credentials are sent again", () =>
      Effect.gen(function*() {
        const { provider, sandbox } = yield* services
        yield* Effect.flip(inTime(provider.accessToken))
        yield* sandbox.configure({ password: "wrong" })
        yield* Effect.flip(inTime(provider.accessToken))
        yield* provider.reset
        assert.strictEqual(yield* generationOf(inTime(provider.accessToken)), 1)
        assert.deepStrictEqual(yield* sandbox.requests, { acquire: 2, refresh: 0, report: 0 })
      }).pipe(Effect.provide(platform(wrong))))

    it.effect("a caller after a reset does not get the failure of a renewal that began before it", () => {
      let atWarning: (() => void) | undefined
      return Effect.gen(function*() {
        const { provider, sandbox } = yield* services
        const callers: Array<Fiber.RuntimeFiber<Token.AccessToken, unknown>> = []
        atWarning = () => {
          // The early refresh was refused, and its renewal has not ended.
          callers.push(Effect.runFork(Effect.zipRight(provider.reset, provider.accessToken)))
        }
        yield* acquired(provider)
        yield* TestClock.adjust("1425 minutes")
        yield* sandbox.inject("refresh", Fault.returnCode(40003))
        yield* provider.accessToken
        yield* TestClock.adjust("1 second")
        assert.lengthOf(callers, 1)
        yield* TestClock.adjust("1 second")
        const tokens = yield* Effect.forEach(callers, (caller) => inTime(Fiber.join(caller)))
        assert.deepStrictEqual(tokens.map(({ generation }) => generation), [2])
        assert.deepStrictEqual(yield* sandbox.requests, { acquire: 2, refresh: 1, report: 0 })
      }).pipe(
        Effect.provide(platform()),
        Effect.provide(Logger.replace(Logger.defaultLogger, Logger.make(() => atWarning?.())))
      )
    })

    it.effect.each(["an acquisition", "a refresh"] as const)(
      "a reset during %s: the pair is neither served nor saved",
      (request) =>
        Effect.gen(function*() {
          const { provider, sandbox } = yield* services
          const store = yield* TokenStore.TokenStore
          if (request === "a refresh") {
            yield* inTime(provider.accessToken)
            yield* Effect.fork(provider.refresh)
          }
          const caller = yield* Effect.fork(provider.accessToken)
          yield* TestClock.adjust("500 millis")
          yield* provider.reset
          const later = yield* Effect.fork(provider.accessToken)
          const before = yield* sandbox.requests
          const token = yield* inTime(Fiber.join(later))
          assert.deepStrictEqual(yield* sandbox.requests, { ...before, acquire: before.acquire + 1 })
          assert.isTrue(yield* sandbox.accepts(token.value))
          if (request === "an acquisition") {
            assert.deepStrictEqual(yield* inTime(Fiber.join(caller)), token)
          }
          const key = TokenStore.keyOf("https://jdy.cigdata.cn", "user1")
          const saved = Option.flatMap(yield* store.load(key), ({ pair }) => pair)
          assert.deepStrictEqual(Option.getOrThrow(saved).accessToken, token)
        }).pipe(
          Effect.provide(platform({}, slow)),
          Effect.provide(Layer.fresh(TokenStore.layerMemory))
        )
    )

    it.effect("if another process clears the store during a renewal, the status has the save that failed", () =>
      Effect.gen(function*() {
        const { provider } = yield* services
        const store = yield* TokenStore.TokenStore
        const caller = yield* Effect.fork(provider.accessToken)
        yield* TestClock.adjust("500 millis")
        const key = TokenStore.keyOf("https://jdy.cigdata.cn", "user1")
        yield* store.clear(key)
        yield* inTime(Fiber.join(caller))
        assert.deepStrictEqual(yield* store.load(key), Option.none())
        assert.deepInclude(Option.getOrThrow((yield* provider.status).storeFailure), { operation: "save" })
      }).pipe(Effect.provide(platform({}, slow)), Effect.provide(Layer.fresh(TokenStore.layerMemory))))

    it.effect("different credentials are sent; one renewal reads the credentials for all callers", () => {
      let reads = 0
      let password = "wrong"
      const credentials = Effect.delay(
        Effect.sync(() => {
          reads += 1
          return { username: "user1", password: Redacted.make(password) }
        }),
        "1 second"
      )
      return Effect.gen(function*() {
        const { provider, sandbox } = yield* services
        yield* Effect.flip(inTime(provider.accessToken))
        yield* inTime(
          Effect.all(Arr.replicate(Effect.flip(provider.accessToken), 10), { concurrency: "unbounded" })
        )
        assert.strictEqual(reads, 1)
        yield* TestClock.adjust("1 minute")
        yield* inTime(
          Effect.all(Arr.replicate(Effect.flip(provider.accessToken), 10), { concurrency: "unbounded" })
        )
        assert.strictEqual(reads, 2)
        password = "pass1"
        assert.strictEqual(yield* generationOf(inTime(provider.accessToken)), 1)
        assert.deepStrictEqual(yield* sandbox.requests, { acquire: 2, refresh: 0, report: 0 })
      }).pipe(
        Effect.provide(Layer.provideMerge(Jindouyun.layerCredentials(credentials), Sandbox.layerHttpClient()))
      )
    })

    it.effect("a provider over the same store does not send the refused password again", () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        const read = Effect.flatMap(
          TokenProvider.TokenProvider,
          (provider) => Effect.flip(inTime(provider.accessToken))
        )
          .pipe(Effect.provide(Layer.fresh(Jindouyun.layer({ username: "user1", ...wrong }))))
        const failures = yield* Effect.all([read, read, read])
        assert.deepStrictEqual(
          Arr.dedupe(failures.map(({ _tag }) => _tag)),
          ["AuthenticationFailed"]
        )
        assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
      }).pipe(Effect.provide(TokenStore.layerMemory), Effect.provide(Sandbox.layerHttpClient())))

    it.effect("a refusal counts only if the settings in force make its code one", () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        yield* sandbox.inject("acquire", Fault.returnCode(41009))
        const read = (returnCodes: ReturnCode.Dispositions) =>
          Effect.flatMap(TokenProvider.TokenProvider, ({ accessToken }) => Effect.either(inTime(accessToken))).pipe(
            Effect.provide(
              Layer.fresh(Jindouyun.layer({ username: "user1", password: Redacted.make("pass1"), returnCodes }))
            )
          )
        assert.isTrue(Either.isLeft(yield* read({})))
        assert.isTrue(Either.isLeft(yield* read({ 41010: "retry" })))
        assert.deepInclude(yield* sandbox.requests, { acquire: 1 })
        assert.isTrue(Either.isRight(yield* read({ 41009: "retry" })))
      }).pipe(Effect.provide(TokenStore.layerMemory), Effect.provide(Sandbox.layerHttpClient())))

    it.effect("a valid token is still served", () =>
      Effect.gen(function*() {
        const { provider, sandbox } = yield* services
        yield* acquired(provider)
        yield* sandbox.configure({ password: "rotated" })
        yield* sandbox.inject("refresh", ...Arr.replicate(Fault.resetBeforeActing, 2))
        assert.strictEqual((yield* Effect.flip(inTime(provider.refresh)))._tag, "AuthenticationFailed")
        assert.strictEqual(yield* generationOf(provider.accessToken), 1)
      }).pipe(Effect.provide(platform())))
  }
)

guarantee(10, "A transient failure starts a cooldown, in which a caller that cannot be served fails at once", () => {
  const failing = (n: number) => Arr.replicate(Fault.returnCode(50000), n)

  it.effect("the renewal sends four requests, all its callers get its failure, and reads fail at once until `nextTryAt`", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* sandbox.inject("acquire", ...failing(4))
      const failures = yield* inTime(
        Effect.all(Arr.replicate(Effect.flip(provider.accessToken), 10), { concurrency: "unbounded" })
      )
      assert.lengthOf(Arr.dedupe(failures), 1)
      const [failure] = failures
      assert.deepInclude(failure, { _tag: "ServerFailure", attempts: 4 })
      assert.deepStrictEqual(yield* Effect.flip(provider.accessToken), failure)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 4, refresh: 0, report: 0 })
      yield* TestClock.setTime(Option.getOrThrow((yield* provider.status).nextTryAt).epochMillis)
      assert.strictEqual(yield* generationOf(inTime(provider.accessToken)), 1)
    }).pipe(Effect.provide(platform())))

  it.effect("the cooldown doubles with each failure in a row up to its cap, and restarts after a success", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      const waits = yield* Effect.replicateEffect(
        Effect.gen(function*() {
          yield* sandbox.inject("acquire", ...failing(2))
          const failure = yield* Effect.flip(inTime(provider.accessToken))
          const { nextTryAt } = yield* provider.status
          const wait = Option.getOrThrow(nextTryAt).epochMillis - (yield* Clock.currentTimeMillis)
          assert.strictEqual(failure._tag, "ServerFailure")
          yield* TestClock.adjust(Duration.millis(wait))
          return wait
        }),
        12
      )
      waits.forEach((wait, n) => assert.isAtMost(wait, Math.min(1000 * 2 ** n, 300_000)))
      assert.isAbove(Math.max(...waits), 60_000)
      yield* inTime(provider.accessToken)
      yield* provider.reset
      yield* sandbox.inject("acquire", ...failing(2))
      yield* Effect.flip(inTime(provider.accessToken))
      const { nextTryAt } = yield* provider.status
      assert.isAtMost(Option.getOrThrow(nextTryAt).epochMillis - (yield* Clock.currentTimeMillis), 1000)
    }).pipe(Effect.provide(platform({ maxAttempts: 2 }))))

  it.effect("`Retry-After` delays the retry within the renewal, or the cooldown if it is longer", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* sandbox.inject("acquire", Fault.status(503, { retryAfter: 7 }))
      yield* inTime(provider.accessToken)
      const [first, second] = yield* sandbox.journal
      assert.isAtLeast(second!.at - first!.at, 7000)
      yield* provider.reset
      yield* sandbox.inject("acquire", Fault.status(429, { retryAfter: 120 }))
      yield* Effect.flip(inTime(provider.accessToken))
      const { nextTryAt } = yield* provider.status
      const third = (yield* sandbox.journal)[2]!
      assert.isAtLeast(Option.getOrThrow(nextTryAt).epochMillis - third.at, 120_000)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 3, refresh: 0, report: 0 })
    }).pipe(Effect.provide(platform())))

  it.effect("a minimum interval separates any two requests, also after a success, and fails no caller", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* inTime(provider.accessToken)
      for (const _ of Arr.range(1, 5)) {
        yield* inTime(provider.refresh)
      }
      const times = (yield* sandbox.journal).map(({ at }) => at)
      assert.lengthOf(times, 6)
      Arr.zip(times, times.slice(1)).forEach(([a, b]) => assert.isAtLeast(b - a, 200))
    }).pipe(Effect.provide(platform())))

  it.effect("if the platform never answers, a caller waits until the deadline of the renewal", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      const start = yield* Clock.currentTimeMillis
      const failure = yield* Effect.flip(inTime(provider.accessToken))
      assert.deepInclude(failure, { _tag: "TransportFailure", reason: "timeout", delivery: "ambiguous" })
      assert.isAtMost((yield* Clock.currentTimeMillis) - start, 40_100)
      assert.strictEqual(yield* sandbox.maxOverlap, 1)
    }).pipe(Effect.provide(platform({ renewalTimeout: "40 seconds" }, { latency: "1 hour" }))))

  it.effect("a timeout of one caller ends the wait of that caller only", () =>
    Effect.gen(function*() {
      const { provider } = yield* services
      const patient = yield* Effect.fork(provider.accessToken)
      const hasty = yield* inTime(Effect.timeoutOption(provider.accessToken, "300 millis"))
      assert.isTrue(Option.isNone(hasty))
      assert.strictEqual(yield* generationOf(inTime(Fiber.join(patient))), 1)
    }).pipe(Effect.provide(platform({}, slow))))

  it.effect("a retry costs budget, and an empty budget ends the renewal", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* sandbox.inject("acquire", ...failing(4))
      yield* Effect.flip(inTime(provider.accessToken))
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 3, refresh: 0, report: 0 })
    }).pipe(Effect.provide(platform({ retryBudget: 12 }))))

  it.effect("the retry policy can be replaced", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* sandbox.inject("acquire", ...failing(1))
      yield* Effect.flip(inTime(provider.accessToken))
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
    }).pipe(Effect.provide(Layer.provide(platform(), RetryPolicy.layer(RetryPolicy.never)))))

  it.effect("credentials that cannot be read start a cooldown, and nothing is sent", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      const failure = yield* Effect.flip(inTime(provider.accessToken))
      assert.strictEqual(failure._tag, "CredentialsUnavailable")
      assert.deepStrictEqual(yield* Effect.flip(provider.accessToken), failure)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 0, refresh: 0, report: 0 })
    }).pipe(
      Effect.provide(Layer.provideMerge(Jindouyun.layerCredentials(Effect.fail("vault")), Sandbox.layerHttpClient()))
    ))
})

guarantee(11, "A short token lifetime never causes a refresh loop", () => {
  it.effect("reads every 100 ms of a token that lives 4 seconds cause at most one refresh in 3 seconds", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      for (const _ of Arr.range(1, 400)) {
        yield* inTime(provider.accessToken)
        yield* TestClock.adjust("100 millis")
      }
      const { acquire, refresh } = yield* sandbox.requests
      assert.strictEqual(acquire, 1)
      assert.isAtMost(refresh, 40_000 / 3000 + 1)
    }).pipe(Effect.provide(platform({ accessTokenLifetime: "4 seconds" }, { accessTokenLifetime: "4 seconds" }))))
})

guarantee(12, "A wall clock that jumps forward or back causes one renewal, not a loop", () => {
  const jumps: ReadonlyArray<Duration.DurationInput> = ["40 days", "1 day", "1 hour"]

  const jumping = (offset: Ref.Ref<number>) =>
    Effect.map(Effect.clock, (clock): Clock.Clock => {
      const jump = () => Effect.runSync(Ref.get(offset))
      return {
        ...clock,
        [Clock.ClockTypeId]: Clock.ClockTypeId,
        unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis() + jump(),
        unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos(),
        currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now + jump()),
        currentTimeNanos: clock.currentTimeNanos,
        sleep: (duration) => clock.sleep(duration)
      }
    })

  const onJumpingClock = <A, E>(
    body: (offset: Ref.Ref<number>) => Effect.Effect<A, E, TokenProvider.TokenProvider | Sandbox.Sandbox>
  ) =>
    Effect.gen(function*() {
      const offset = yield* Ref.make(0)
      const clock = yield* jumping(offset)
      const context = yield* Effect.withClock(Layer.build(Layer.fresh(platform())), clock)
      yield* Effect.provide(body(offset), context)
    }).pipe(Effect.scoped)

  for (const jump of jumps) {
    for (const sign of [1, -1]) {
      it.effect(`by ${sign > 0 ? "+" : "-"}${jump} between two reads`, () =>
        onJumpingClock((offset) =>
          Effect.gen(function*() {
            const { provider, sandbox } = yield* services
            yield* acquired(provider)
            yield* Ref.set(offset, sign * Duration.toMillis(jump))
            for (const _ of Arr.range(1, 10)) {
              yield* inTime(provider.accessToken)
              yield* TestClock.adjust("1 second")
            }
            const { acquire, refresh } = yield* sandbox.requests
            assert.isAtMost(acquire - 1 + refresh, 2, "a refused refresh and its acquisition")
            const isStillValid = sign > 0 && jump === "1 hour"
            assert.strictEqual((yield* provider.accessToken).generation, isStillValid ? 1 : 2)
          })
        ))

      it.effect(`by ${sign > 0 ? "+" : "-"}${jump} during a request`, () =>
        onJumpingClock((offset) =>
          Effect.gen(function*() {
            const { provider, sandbox } = yield* services
            yield* sandbox.configure({ latency: "1 second" })
            const caller = yield* Effect.fork(provider.accessToken)
            yield* TestClock.adjust("500 millis")
            yield* Ref.set(offset, sign * Duration.toMillis(jump))
            yield* inTime(Fiber.join(caller))
            for (const _ of Arr.range(1, 10)) {
              yield* inTime(provider.accessToken)
              yield* TestClock.adjust("1 second")
            }
            const { acquire, refresh } = yield* sandbox.requests
            assert.isAtMost(acquire + refresh, 2)
          })
        ))

      it.effect(`by ${sign > 0 ? "+" : "-"}${jump} during a cooldown`, () =>
        onJumpingClock((offset) =>
          Effect.gen(function*() {
            const { provider, sandbox } = yield* services
            yield* sandbox.inject("acquire", ...Arr.replicate(Fault.returnCode(50000), 4))
            yield* Effect.flip(inTime(provider.accessToken))
            yield* Ref.set(offset, sign * Duration.toMillis(jump))
            assert.strictEqual(yield* generationOf(inTime(provider.accessToken)), 1)
          })
        ))
    }
  }
})

guarantee(13, "No timer runs unless `layerKeepFresh` is added, and none sleeps longer than an hour", () => {
  /** A clock, how long each sleep on it lasts that has not ended, and how long the longest was. */
  const observed = Effect.map(Effect.clock, (clock) => {
    const sleeping: Array<number> = []
    const longest = { millis: 0 }
    const observing: Clock.Clock = {
      [Clock.ClockTypeId]: Clock.ClockTypeId,
      unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis(),
      unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos(),
      currentTimeMillis: clock.currentTimeMillis,
      currentTimeNanos: clock.currentTimeNanos,
      sleep: (duration) =>
        Effect.acquireUseRelease(
          Effect.sync(() => {
            const millis = Duration.toMillis(duration)
            longest.millis = Math.max(longest.millis, millis)
            sleeping.push(millis)
            return millis
          }),
          () => clock.sleep(duration),
          (millis) => Effect.sync(() => sleeping.splice(sleeping.indexOf(millis), 1))
        )
    }
    return { clock: observing, longest, sleeping }
  })

  it.effect("no sleep is left after an acquisition, a refresh, a failure or a refusal", () =>
    Effect.gen(function*() {
      const { clock, sleeping } = yield* observed
      const context = yield* Effect.withClock(Layer.build(Layer.fresh(platform({}, slow))), clock)
      const { provider, sandbox } = yield* Effect.provide(services, context)
      const caller = yield* Effect.fork(provider.accessToken)
      yield* TestClock.adjust("500 millis")
      assert.isNotEmpty(sleeping)
      yield* inTime(Fiber.join(caller))
      assert.isEmpty(sleeping)
      yield* inTime(provider.refresh)
      assert.isEmpty(sleeping)
      yield* sandbox.inject("refresh", ...Arr.replicate(Fault.returnCode(50000), 2), Fault.returnCode(40003))
      yield* Effect.flip(inTime(provider.refresh))
      assert.isEmpty(sleeping)
      yield* TestClock.adjust("10 seconds")
      yield* Effect.flip(inTime(provider.refresh))
      assert.isEmpty(sleeping)
    }).pipe(Effect.scoped))

  it.effect("with `layerKeepFresh` one timer runs, of an hour at most", () =>
    Effect.gen(function*() {
      const { clock, longest, sleeping } = yield* observed
      const keptFresh = Layer.provideMerge(TokenProvider.layerKeepFresh, platform())
      yield* Effect.withClock(Layer.build(Layer.fresh(keptFresh)), clock)
      for (const _ of Arr.range(1, 50)) {
        yield* TestClock.adjust("30 minutes")
        assert.lengthOf(sleeping, 1)
      }
      assert.strictEqual(longest.millis, 3_600_000)
    }).pipe(Effect.scoped))
})

guarantee(14, "No password, access token or refresh token appears in any rendering of any value", () => {
  /** The platform repeats what it was sent; the journal, the status and each outcome are rendered. */
  const everything = ({ client, provider, recording, sandbox, observer }: Stage) =>
    Effect.gen(function*() {
      for (const fault of [Fault.returnCode(40001), Fault.resetAfterActing, Fault.truncate(60), Fault.html502]) {
        yield* sandbox.inject("acquire", fault)
        yield* observer("acquisition", provider.accessToken)
        yield* provider.reset
        yield* observer("token", provider.accessToken)
        yield* sandbox.inject("refresh", fault)
        yield* observer("refresh", provider.refresh)
        yield* sandbox.inject("report", fault)
        yield* observer("call", client.call(Endpoint.make({ path: Report.echoPath, data: Schema.Unknown }))())
        yield* observer("request", client.httpClient.get(Report.echoPath))
        yield* provider.reset
      }
      yield* sandbox.configure({ password: "another" })
      yield* observer("refused", provider.accessToken)
      yield* recorder.metrics(recording)
    })

  for (const tokenPlacement of ["header", "query"] as const) {
    it.live(`errors, logs, spans, metrics and the status show none, with the token in the ${tokenPlacement}`, () =>
      Effect.gen(function*() {
        const settings = { settings: { tokenPlacement }, sandbox: { tokenPlacement } }
        assert.deepStrictEqual(yield* hitsOf(settings, everything), [])
      }))
  }

  it.effect("a secret is cut out of the platform's message, and the rest of the message is kept", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* sandbox.inject("acquire", Fault.rawBody(`{"code":40001,"message":"no canary here"}`))
      const failure = yield* Effect.flip(inTime(provider.accessToken))
      assert.deepInclude(failure, { _tag: "AuthenticationFailed", returnMessage: "no <redacted> here" })
    }).pipe(Effect.provide(platform({ password: Redacted.make("canary") }))))
})

guarantee(15, "Credentials and tokens go to the configured origin only", () => {
  const origin = "https://platform.example"

  /** Each request as it leaves the library, answered with the outcome of `answer`. */
  const sending = (answer: () => Response) => {
    const sent: Array<HttpClientRequest.HttpClientRequest> = []
    const client = HttpClient.make((request) =>
      Effect.sync(() => {
        sent.push(request)
        return HttpClientResponse.fromWeb(request, answer())
      })
    )
    return { sent, client: Layer.succeed(HttpClient.HttpClient, client) }
  }

  const pair = () =>
    Response.json({ code: 20000, message: "", data: { accessToken: "access", refreshToken: "refresh" } })

  const account = { baseUrl: origin, username: "user1", password: Redacted.make("pass1") }

  it.effect("also a report call and a request of the caller's own, and without a tracing header", () => {
    const { client, sent } = sending(pair)
    return Effect.gen(function*() {
      const provider = yield* TokenProvider.TokenProvider
      const { call, httpClient } = yield* PlatformClient.PlatformClient
      yield* inTime(provider.accessToken)
      yield* inTime(provider.refresh)
      yield* call(Endpoint.make({ path: "/api/report", data: Schema.Unknown }))()
      yield* httpClient.get("/api/report")
      for (const url of ["https://elsewhere.example/", "http://platform.example/", `${origin}.elsewhere.example/`]) {
        assert.include(["RequestError", "HttpClientError"], (yield* Effect.flip(httpClient.get(url)))._tag)
      }
      assert.deepStrictEqual(sent.map(({ url }) => new URL(url).origin), Arr.replicate(origin, 4))
      const names = sent.flatMap(({ headers }) => Object.keys(headers))
      assert.include(names, "accesstoken")
      assert.notInclude(names, "b3")
      assert.notInclude(names, "traceparent")
    }).pipe(Effect.withSpan("caller"), Effect.provide(Layer.provide(Jindouyun.layer(account), client)))
  })

  it.effect("a redirect is not followed", () => {
    const asked: Array<readonly [string, string | undefined]> = []
    const answers = [pair, () => Response.redirect("https://elsewhere.example/", 307)]
    const fetch: typeof globalThis.fetch = (url, init) => {
      asked.push([String(url), init?.redirect])
      return Promise.resolve((answers.shift() ?? pair)())
    }
    return Effect.gen(function*() {
      const provider = yield* TokenProvider.TokenProvider
      const { call } = yield* PlatformClient.PlatformClient
      yield* inTime(provider.accessToken)
      const failure = yield* Effect.flip(call(Endpoint.make({ path: "/api/report", data: Schema.Unknown }))())
      assert.deepInclude(failure, { _tag: "UnexpectedResponse", reason: "redirect" })
      assert.deepStrictEqual(asked, [[`${origin}/api/access_token`, "manual"], [`${origin}/api/report`, "manual"]])
    }).pipe(
      Effect.provide(Layer.provide(Jindouyun.layer(account), FetchHttpClient.layer)),
      Effect.provideService(FetchHttpClient.Fetch, fetch)
    )
  })

  it.effect("plain HTTP outside loopback is refused, unless `allowInsecureHttp` is true", () =>
    Effect.gen(function*() {
      const { client, sent } = sending(pair)
      const read = (settings: Partial<Jindouyun.Options>) =>
        Effect.flatMap(TokenProvider.TokenProvider, (provider) => inTime(provider.accessToken)).pipe(
          Effect.provide(Layer.provide(Jindouyun.layer({ ...account, ...settings }), client))
        )
      const baseUrl = "http://platform.example"
      const failure = yield* Effect.flip(read({ baseUrl }))
      assert.deepInclude(failure, { _tag: "InvalidConfiguration", setting: "baseUrl" })
      assert.isEmpty(sent)
      yield* read({ baseUrl, allowInsecureHttp: true })
      yield* read({ baseUrl: "http://localhost:1234" })
      assert.lengthOf(sent, 2)
    }))
})

guarantee(16, "One rejected token starts at most one renewal, and each call that it rejected is sent once more", () => {
  const path = "/api/report/echo"
  const endpoint = Endpoint.make({ path, data: Schema.Unknown })
  const ways = {
    "client.call": Effect.flatMap(PlatformClient.PlatformClient, (client) => Effect.asVoid(client.call(endpoint)())),
    "client.httpClient": Effect.flatMap(
      PlatformClient.PlatformClient,
      ({ httpClient }) => Effect.asVoid(httpClient.get(path))
    )
  }

  /** Settings with which the platform finds no token in a report call. */
  const misplaced = { tokenName: "another-name" }

  const warningsOf = <A, E, R>(effect: Effect.Effect<A, E, R>) => {
    const warnings: Array<unknown> = []
    const logger = Logger.make<unknown, void>(({ logLevel, message }) => {
      if (logLevel._tag === "Warning") {
        warnings.push(...Arr.ensure(message))
      }
    })
    return Effect.as(effect, warnings).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
  }

  const rejectedOf = (call: Effect.Effect<void, unknown, PlatformClient.PlatformClient>, count: number) =>
    Effect.forEach(
      Arr.range(1, count),
      () => Effect.map(Effect.flip(inTime(call)), (failure) => assert.propertyVal(failure, "_tag", "TokenRejected"))
    )

  /** The client of another process. */
  const clientOver = (store: TokenStore.Service, settings: Partial<Jindouyun.Options>) =>
    Layer.build(Layer.fresh(Jindouyun.layer({
      username: "user1",
      password: Redacted.make("pass1"),
      store: Layer.succeed(TokenStore.TokenStore, store),
      ...settings
    })))

  it.effect("a return code of the endpoint shows that the new token is accepted", () =>
    Effect.gen(function*() {
      class NoData extends Data.TaggedError("NoData")<Endpoint.Refusal> {}
      const { sandbox } = yield* services
      const client = yield* PlatformClient.PlatformClient
      const call = client.call(Endpoint.make({ path, data: Schema.Unknown, errors: { 41002: NoData } }))()
      yield* sandbox.inject("report", Fault.returnCode(40003), Fault.returnCode(41002))
      assert.propertyVal(yield* Effect.flip(inTime(call)), "_tag", "NoData")
      yield* sandbox.inject("report", Fault.returnCode(40003))
      yield* inTime(call)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 2, report: 4 })
    }).pipe(Effect.provide(platform())))

  for (const [way, call] of Object.entries(ways)) {
    it.effect(`fifty calls with a misplaced token cause one renewal and one warning (${way})`, () =>
      Effect.gen(function*() {
        const { provider, sandbox } = yield* services
        const warnings = yield* warningsOf(rejectedOf(call, 50))
        assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 1, report: 51 })
        assert.strictEqual((yield* provider.status).phase, "fresh")
        assert.lengthOf(warnings, 1)
        assert.match(String(warnings[0]), /tokenPlacement \(now header\) and tokenName \(now another-name\)/)
      }).pipe(Effect.provide(platform(misplaced))))

    it.effect(`fifty calls that HTTP 401 rejects without an envelope cause one renewal and one warning (${way})`, () =>
      Effect.gen(function*() {
        const { sandbox } = yield* services
        yield* sandbox.inject("report", ...Arr.replicate(Fault.status(401), 51))
        const failures = Effect.all(Arr.replicate(Effect.flip(inTime(call)), 50))
        assert.lengthOf(
          yield* warningsOf(Effect.map(failures, (failures) => {
            failures.forEach((failure) => assert.deepInclude(failure, { _tag: "UnexpectedResponse", status: 401 }))
            assert.match(String(failures[49]), /tokenPlacement .* tokenName/)
          })),
          1
        )
        assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 1, report: 51 })
      }).pipe(Effect.provide(platform())))

    it.effect(`fifty calls at once cause one renewal, and each is sent twice (${way})`, () =>
      Effect.gen(function*() {
        const { sandbox } = yield* services
        const calls = Effect.all(Arr.replicate(Effect.flip(call), 50), { concurrency: "unbounded" })
        assert.lengthOf(yield* warningsOf(inTime(calls)), 1)
        assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 1, report: 100 })
      }).pipe(Effect.provide(platform(misplaced, { latency: "100 millis" }))))

    it.effect(`each cooldown is followed by one renewal, and lasts twice as long up to its cap (${way})`, () =>
      Effect.gen(function*() {
        const { sandbox } = yield* services
        yield* rejectedOf(call, 3)
        for (const [index, millis] of [1000, 2000, 4000, 5000, 5000].entries()) {
          yield* TestClock.adjust(millis - 1)
          yield* rejectedOf(call, 3)
          assert.deepInclude(yield* sandbox.requests, { refresh: 1 + index })
          yield* TestClock.adjust(1)
          yield* rejectedOf(call, 3)
          assert.deepInclude(yield* sandbox.requests, { acquire: 1, refresh: 2 + index })
        }
      }).pipe(Effect.provide(platform({ ...misplaced, maxCooldown: "5 seconds", minRequestInterval: 0 }))))

    it.effect(`the fleet of a store renews the rejected token once (${way})`, () =>
      Effect.gen(function*() {
        const store = yield* TokenStore.makeMemory
        const sandbox = yield* Sandbox.Sandbox
        for (let process = 0; process < 3; process++) {
          yield* Effect.provide(rejectedOf(call, 10), yield* clientOver(store, misplaced))
        }
        assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 1, report: 31 })
      }).pipe(Effect.scoped, Effect.provide(Sandbox.layerHttpClient())))

    it.effect(`a call that succeeds with the new token resets the count (${way})`, () =>
      Effect.gen(function*() {
        const { sandbox } = yield* services
        const rejection = Fault.returnCode(40003)
        for (let cooldowns = 0; cooldowns < 4; cooldowns++) {
          yield* sandbox.inject("report", rejection, rejection)
          yield* rejectedOf(call, 1)
          yield* TestClock.adjust("10 seconds")
        }
        assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 4, report: 8 })
        yield* inTime(call)
        yield* sandbox.inject("report", rejection, rejection, rejection)
        yield* rejectedOf(call, 2)
        yield* TestClock.adjust("1 second")
        yield* sandbox.inject("report", rejection)
        yield* inTime(call)
        assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 6, report: 14 })
      }).pipe(Effect.provide(platform())))

    it.effect(`tokens that are revoked after a success are renewed each time, without a pause (${way})`, () =>
      Effect.gen(function*() {
        const { sandbox } = yield* services
        yield* inTime(call)
        for (let revocations = 0; revocations < 3; revocations++) {
          yield* sandbox.revoke("accessTokens")
          yield* inTime(call)
        }
        assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 3, report: 7 })
      }).pipe(Effect.provide(platform())))
  }

  it.effect("an endpoint that rejects every token beside one that succeeds causes one renewal a cooldown", () =>
    Effect.gen(function*() {
      const { sandbox } = yield* services
      const rejecting = Endpoint.make({ path: "/api/report/closed", data: Schema.Unknown })
      const client = yield* PlatformClient.PlatformClient
      for (let second = 0; second < 3; second++) {
        for (let calls = 0; calls < 5; calls++) {
          yield* Effect.flip(inTime(client.call(rejecting)()))
          yield* inTime(client.call(endpoint)())
        }
        assert.deepInclude(yield* sandbox.requests, { acquire: 1, refresh: 1 + second })
        yield* TestClock.adjust("1 second")
      }
    }).pipe(
      Effect.provide(platform({}, {
        reports: { [path]: Report.echo, "/api/report/closed": () => ({ code: 40003 }) }
      }))
    ))

  it.effect("a token that replaced one that the program rejected is a new token for a cooldown", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* provider.invalidate(yield* inTime(provider.accessToken))
      yield* rejectedOf(ways["client.call"], 2)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 1, report: 2 })
      yield* provider.invalidate(yield* inTime(provider.accessToken))
      assert.strictEqual((yield* provider.status).phase, "rejected")
      yield* rejectedOf(ways["client.call"], 2)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 2, report: 4 })
      yield* TestClock.adjust("1 second")
      yield* rejectedOf(ways["client.call"], 2)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 3, report: 7 })
    }).pipe(Effect.provide(platform(misplaced))))

  it.effect("the hint names the settings that place the token, in both languages", () =>
    Effect.gen(function*() {
      for (const call of Object.values(ways)) {
        const failure = yield* Effect.flip(inTime(call))
        const { en, zh } = "hint" in failure ? Hint.of(failure) : { en: "", zh: "" }
        for (const hint of [en, zh]) {
          assert.include(hint, "tokenPlacement")
          assert.include(hint, "tokenName")
        }
      }
    }).pipe(Effect.provide(platform(misplaced))))
})

guarantee(17, "Success is reported only for what was saved", () => {
  const failures = ["ENOSPC", "the store died"] as const

  const run = (
    reason: typeof failures[number],
    command: (provider: TokenProvider.Service) => TokenProvider.Service["refresh"]
  ) =>
    Effect.gen(function*() {
      const memory = yield* TokenStore.makeMemory
      let isBroken = true
      const store: TokenStore.Service = {
        ...memory,
        save: (...record) =>
          Effect.suspend(() =>
            !isBroken
              ? memory.save(...record)
              : reason === "ENOSPC"
              ? Effect.fail(new StoreFailure({ operation: "save", detail: reason }))
              : Effect.die(reason)
          )
      }
      const warnings: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => {
        if (logLevel._tag === "Warning") {
          warnings.push(String(message))
        }
      })
      yield* Effect.gen(function*() {
        const provider = yield* TokenProvider.TokenProvider
        assert.isTrue(Option.isNone((yield* provider.status).storeFailure))
        yield* command(provider)
        const { phase, storeFailure } = yield* provider.status
        assert.strictEqual(phase, "fresh")
        assert.strictEqual(Option.getOrThrow(storeFailure).operation, "save")
        assert.deepStrictEqual(warnings, [Option.getOrThrow(storeFailure).message])
        isBroken = false
        yield* TestClock.adjust("1 second")
        yield* inTime(provider.refresh)
        assert.isTrue(Option.isNone((yield* provider.status).storeFailure))
        assert.lengthOf(warnings, 1)
      }).pipe(
        Effect.provide(platform({ store: Layer.succeed(TokenStore.TokenStore, store) })),
        Effect.provide(Logger.replace(Logger.defaultLogger, logger))
      )
    })

  for (const reason of failures) {
    it.effect(`a read succeeds if only the save fails (${reason}); the status and one warning have the failure`, () =>
      run(reason, (provider) => inTime(provider.accessToken)))

    it.effect(`so does a forced refresh (${reason})`, () => run(reason, (provider) => inTime(provider.refresh)))
  }
})

guarantee(18, "A refresh replaces both tokens and restarts both lifetimes", () => {
  const hour = 3_600_000

  const expiries = (provider: TokenProvider.Service) =>
    Effect.map(provider.status, ({ accessExpiresAt, refreshExpiresAt }) => ({
      access: Option.getOrThrow(accessExpiresAt).epochMillis,
      refresh: Option.getOrThrow(refreshExpiresAt).epochMillis
    }))

  it.effect("both are counted from the moment the request was sent, however late the answer comes", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      const first = yield* acquired(provider)
      yield* TestClock.adjust("10 hours")
      const sentAt = yield* Clock.currentTimeMillis
      yield* sandbox.configure({ latency: "9 seconds" })
      const second = yield* inTime(provider.refresh)
      assert.isAtLeast(yield* Clock.currentTimeMillis, sentAt + 9000)
      assert.deepStrictEqual(yield* expiries(provider), { access: sentAt + 24 * hour, refresh: sentAt + 720 * hour })
      assert.notStrictEqual(Redacted.value(second.value), Redacted.value(first.value))
    }).pipe(Effect.provide(platform())))

  it.effect("a refresh that is retried counts from its last request", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* acquired(provider)
      yield* sandbox.inject("refresh", Fault.status(503, { retryAfter: 7 }))
      yield* inTime(provider.refresh)
      const sentAt = (yield* sandbox.journal).at(-1)!.at
      assert.deepStrictEqual(yield* expiries(provider), { access: sentAt + 24 * hour, refresh: sentAt + 720 * hour })
    }).pipe(Effect.provide(platform())))

  it.effect("the next refresh sends the new refresh token", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* acquired(provider)
      yield* inTime(provider.refresh)
      yield* TestClock.adjust("1 second")
      yield* inTime(provider.refresh)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 2, report: 0 })
    }).pipe(Effect.provide(platform({}, { refreshTokenUse: "once" }))))
})

describe("docs/guarantees.md", () => {
  const page = readFileSync(new URL("../../../docs/guarantees.md", import.meta.url), "utf8")
  const sections = page.split(/^## (?=\d)/m).slice(1)

  it("has one section for each guarantee that is tested here", () => {
    assert.deepStrictEqual(sections.map((section) => Number.parseInt(section)), numbers)
  })

  it("names in each section the tests of that guarantee", () => {
    for (const section of sections) {
      assert.match(section, new RegExp(`\\bguarantee ${Number.parseInt(section)}\\b`))
    }
  })
})
