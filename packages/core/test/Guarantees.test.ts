import { assert, describe, it } from "@effect/vitest"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Jindouyun from "../src/Jindouyun.js"
import * as RetryPolicy from "../src/RetryPolicy.js"
import type * as Token from "../src/Token.js"
import * as TokenProvider from "../src/TokenProvider.js"
import * as TokenStore from "../src/TokenStore.js"
import { inTime, platform } from "./platform.js"

const services = Effect.all({ provider: TokenProvider.TokenProvider, sandbox: Sandbox.Sandbox })

const slow = { latency: "1 second" } as const

const generationOf = <E>(token: Effect.Effect<Token.AccessToken, E>) =>
  Effect.map(token, ({ generation }) => generation)

/** A first token, with the floor behind it. */
const acquired = (provider: TokenProvider.Service) =>
  Effect.zipLeft(inTime(provider.accessToken), TestClock.adjust("1 second"))

describe("guarantee 1: at most one request is in flight", () => {
  it.effect("a callers on an absent token makes one acquisition", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      const tokens = yield* inTime(Effect.all(Arr.replicate(provider.accessToken, 1000), { concurrency: "unbounded" }))
      assert.deepStrictEqual(Arr.dedupe(tokens.map(({ generation }) => generation)), [1])
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
    }).pipe(Effect.provide(platform({}, slow))))

  it.effect("a callers on an expired token makes one refresh", () =>
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
      const reader = Effect.flatMap(provider.accessToken, (token) => provider.invalidate(token))
      yield* inTime(Effect.all(
        Arr.flatten(Arr.replicate([reader, provider.refresh, provider.accessToken, reader], 20)),
        { concurrency: "unbounded", mode: "either" }
      ))
      assert.strictEqual(yield* sandbox.maxOverlap, 1)
    }).pipe(Effect.provide(platform({}, slow))))

  it.effect("two providers over one store make one acquisition", () =>
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

describe("guarantee 2: nobody is handed a token known to be expired or rejected", () => {
  it.effect("a token is served until its margin, and renewed from then on", () =>
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

  it.effect("a lifetime counts from the moment the request was sent", () =>
    Effect.gen(function*() {
      const { provider } = yield* services
      const start = yield* Clock.currentTimeMillis
      yield* inTime(provider.accessToken)
      const { accessExpiresAt, refreshExpiresAt } = yield* provider.status
      assert.strictEqual(Option.getOrThrow(accessExpiresAt).epochMillis, start + 24 * 3_600_000)
      assert.strictEqual(Option.getOrThrow(refreshExpiresAt).epochMillis, start + 30 * 24 * 3_600_000)
    }).pipe(Effect.provide(platform({}, { latency: "5 seconds" }))))

  it.effect("a rejected token is not handed out again", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      const token = yield* acquired(provider)
      yield* sandbox.revoke("accessTokens")
      yield* provider.invalidate(token)
      const next = yield* inTime(provider.accessToken)
      assert.strictEqual(next.generation, 2)
      assert.isTrue(yield* sandbox.accepts(next.value))
    }).pipe(Effect.provide(platform())))

  it.effect("a waiter does not get what was rejected before its turn", () =>
    Effect.gen(function*() {
      const { provider } = yield* services
      const rejecting = Effect.flatMap(provider.accessToken, (token) => provider.invalidate(token))
      const [, token] = yield* inTime(Effect.all([rejecting, provider.accessToken], { concurrency: "unbounded" }))
      assert.strictEqual(token.generation, 2)
    }).pipe(Effect.provide(platform({}, slow))))

  it.effect("a pair that had expired when it arrived is not handed out", () =>
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

  it.effect("answers that always take longer than a token lives end in a failure, not in a loop", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      const failure = yield* Effect.flip(inTime(provider.accessToken))
      assert.deepInclude(failure, { _tag: "TransportFailure", reason: "timeout", delivery: "ambiguous" })
      const { acquire, refresh } = yield* sandbox.requests
      assert.strictEqual(acquire + refresh, 4)
      assert.strictEqual((yield* provider.status).phase, "cooling")
    }).pipe(Effect.provide(platform({ accessTokenLifetime: "1 second" }, { latency: "2 seconds" }))))

  it.effect("a refresh that brings the rejected value again is followed by an acquisition", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      const token = yield* acquired(provider)
      yield* provider.invalidate(token)
      const next = yield* inTime(provider.accessToken)
      assert.notDeepEqual(Redacted.value(next.value), Redacted.value(token.value))
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 2, refresh: 1, report: 0 })
    }).pipe(Effect.provide(platform({}, { earlyRefresh: "samePair" }))))
})

describe("guarantee 3: a failed refresh displaces nothing", () => {
  it.effect("readers are served at once while early refreshes fail, and the next one succeeds", () =>
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

  it.effect("no reader waits for an early refresh", () =>
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

describe("guarantee 4: invalidate drops the token that was rejected, never its successor", () => {
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

describe("guarantee 5: a caller who is interrupted takes nobody with it", () => {
  it.effect("the first caller goes at any moment, the others are served by the same request", () =>
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

  it.effect("closing the layer in mid-flight answers those who wait, and those who come later", () =>
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

describe("guarantee 6: a pair that has arrived is kept", () => {
  it.effect("every caller has gone, and the next read needs no request", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      const callers = yield* Effect.forkAll(Arr.replicate(provider.accessToken, 10))
      yield* TestClock.adjust("500 millis")
      yield* Fiber.interrupt(callers)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* generationOf(provider.accessToken), 1)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
    }).pipe(Effect.provide(platform({}, slow))))

  it.effect("it outlives the provider in a store", () =>
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

describe("guarantee 7: a refused refresh turns into an acquisition when no token can be served", () => {
  it.effect("callers see one success", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* acquired(provider)
      yield* TestClock.adjust("25 hours")
      yield* sandbox.revoke("allTokens")
      const tokens = yield* inTime(Effect.all(Arr.replicate(provider.accessToken, 10), { concurrency: "unbounded" }))
      assert.deepStrictEqual(Arr.dedupe(tokens.map(({ generation }) => generation)), [2])
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 2, refresh: 1, report: 0 })
    }).pipe(Effect.provide(platform())))

  it.effect("any code that is not worth a retry is a refusal, and so is a bare 401", () =>
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

  it.effect("an expired refresh token is not even sent", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* acquired(provider)
      yield* TestClock.adjust("31 days")
      assert.strictEqual(yield* generationOf(inTime(provider.accessToken)), 2)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 2, refresh: 0, report: 0 })
    }).pipe(Effect.provide(platform())))

  it.effect("while a token can be served only the caller of a forced refresh gets the refusal", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* acquired(provider)
      const refusal = yield* Effect.flip(inTime(provider.refresh))
      assert.deepInclude(refusal, { _tag: "TokenRejected", code: 40003 })
      assert.strictEqual(yield* generationOf(provider.accessToken), 1)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 1, report: 0 })
    }).pipe(Effect.provide(platform({}, { earlyRefresh: "refused" }))))

  it.effect("a refused early refresh is not repeated, warns once, and the renewal comes at expiry", () => {
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

describe("guarantee 8: an ambiguous refresh is tried again, then logged in", () => {
  it.effect("the answer was lost and the refresh token spent: refused, then an acquisition, before expiry too", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* acquired(provider)
      yield* sandbox.inject("refresh", Fault.resetAfterActing)
      const token = yield* inTime(provider.refresh)
      assert.isTrue(yield* sandbox.accepts(token.value))
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 2, refresh: 2, report: 0 })
    }).pipe(Effect.provide(platform({}, { refreshTokenUse: "once" }))))

  it.effect("no more than two refreshes a renewal", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* acquired(provider)
      yield* sandbox.inject("refresh", ...Arr.replicate(Fault.resetBeforeActing, 10))
      yield* inTime(provider.refresh)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 2, refresh: 2, report: 0 })
    }).pipe(Effect.provide(platform())))

  it.effect("the doubt outlives the renewal: a refusal met by the next one leads to an acquisition", () =>
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

describe("guarantee 9: refused credentials are remembered", () => {
  const wrong = { password: Redacted.make("wrong") }

  it.effect("however many read, the password is sent once and all get the same failure", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      const failures = yield* inTime(
        Effect.all(Arr.replicate(Effect.flip(provider.accessToken), 100), { concurrency: "unbounded" })
      )
      yield* TestClock.adjust("40 days")
      const late = yield* Effect.flip(inTime(provider.accessToken))
      const forced = yield* Effect.flip(inTime(provider.refresh))
      assert.deepStrictEqual(Arr.dedupe([...failures, late, forced]), [failures[0]!])
      assert.deepInclude(late, { _tag: "AuthenticationFailed", code: 40001, disposition: "fatal" })
      assert.strictEqual((yield* provider.status).phase, "credentialsRefused")
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
    }).pipe(Effect.provide(platform(wrong))))

  it.effect("any refusal is remembered: unknown codes, wrong codes, a bare 401 or 403", () =>
    Effect.forEach(
      [40003, 40000, 30005, 12345, 99999].map(Fault.returnCode).concat(Fault.status(401), Fault.status(403)),
      (fault) =>
        Effect.gen(function*() {
          const { provider, sandbox } = yield* services
          yield* sandbox.inject("acquire", fault)
          yield* Effect.flip(inTime(provider.accessToken))
          yield* TestClock.adjust("1 day")
          yield* Effect.flip(inTime(provider.accessToken))
          assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
        }).pipe(Effect.provide(Layer.fresh(platform())))
    ))

  it.effect("until reset", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* Effect.flip(inTime(provider.accessToken))
      yield* sandbox.configure({ password: "wrong" })
      yield* Effect.flip(inTime(provider.accessToken))
      yield* provider.reset
      assert.strictEqual(yield* generationOf(inTime(provider.accessToken)), 1)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 2, refresh: 0, report: 0 })
    }).pipe(Effect.provide(platform(wrong))))

  it.effect("or until the credentials differ; they are read once for all who meet the refusedCredentials", () => {
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
      assert.strictEqual(reads, 2)
      password = "pass1"
      assert.strictEqual(yield* generationOf(inTime(provider.accessToken)), 1)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 2, refresh: 0, report: 0 })
    }).pipe(
      Effect.provide(Layer.provideMerge(Jindouyun.layerCredentials(credentials), Sandbox.layerHttpClient()))
    )
  })

  it.effect("a restart over a store that remembers does not send the password again", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      const read = Effect.flatMap(TokenProvider.TokenProvider, (provider) => Effect.flip(inTime(provider.accessToken)))
        .pipe(Effect.provide(Layer.fresh(Jindouyun.layer({ username: "user1", ...wrong }))))
      const failures = yield* Effect.all([read, read, read])
      assert.deepStrictEqual(Arr.dedupe(failures.map(({ _tag }) => _tag)), ["AuthenticationFailed"])
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
    }).pipe(Effect.provide(TokenStore.layerMemory), Effect.provide(Sandbox.layerHttpClient())))

  it.effect("a token that is still good is served meanwhile", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* acquired(provider)
      yield* sandbox.configure({ password: "rotated" })
      yield* sandbox.inject("refresh", ...Arr.replicate(Fault.resetBeforeActing, 2))
      assert.strictEqual((yield* Effect.flip(inTime(provider.refresh)))._tag, "AuthenticationFailed")
      assert.strictEqual(yield* generationOf(provider.accessToken), 1)
    }).pipe(Effect.provide(platform())))
})

describe("guarantee 10: a transient failure cools down", () => {
  const failing = (n: number) => Arr.replicate(Fault.returnCode(50000), n)

  it.effect("the renewal tries four times, all its waiters get its failure, and reads fail at once until its next try", () =>
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

  it.effect("the cooldown doubles with each failure in a row up to its cap, and starts anew after a success", () =>
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

  it.effect("Retry-After is waited for inside the renewal, and by the cooldown where it is longer", () =>
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

  it.effect("a floor lies between any two requests, after success too, and no caller fails by it", () =>
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

  it.effect("a platform that never answers costs a reader no more than the renewal deadline", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      const start = yield* Clock.currentTimeMillis
      const failure = yield* Effect.flip(inTime(provider.accessToken))
      assert.deepInclude(failure, { _tag: "TransportFailure", reason: "timeout", delivery: "ambiguous" })
      assert.isAtMost((yield* Clock.currentTimeMillis) - start, 40_100)
      assert.strictEqual(yield* sandbox.maxOverlap, 1)
    }).pipe(Effect.provide(platform({}, { latency: "1 hour" }))))

  it.effect("a reader's own limit is its own timeout, and ends nobody else's wait", () =>
    Effect.gen(function*() {
      const { provider } = yield* services
      const patient = yield* Effect.fork(provider.accessToken)
      const hasty = yield* inTime(Effect.timeoutOption(provider.accessToken, "300 millis"))
      assert.isTrue(Option.isNone(hasty))
      assert.strictEqual(yield* generationOf(inTime(Fiber.join(patient))), 1)
    }).pipe(Effect.provide(platform({}, slow))))

  it.effect("a retry is paid from the budget, and an empty one ends the renewal", () =>
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

  it.effect("credentials that cannot be read cool down, and nothing is sent", () =>
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

describe("guarantee 11: a short lifetime cannot loop", () => {
  it.effect("readers at every 100 ms of a token that lives 4 seconds cause one refresh a lifetime", () =>
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

describe("guarantee 12: a wall clock that jumps ends in one renewal", () => {
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
            assert.isAtMost((yield* provider.accessToken).generation, 2)
          })
        ))

      it.effect(`by ${sign > 0 ? "+" : "-"}${jump} in mid-request`, () =>
        onJumpingClock((offset) =>
          Effect.gen(function*() {
            const { provider, sandbox } = yield* services
            yield* sandbox.configure({ latency: "1 second" })
            const reader = yield* Effect.fork(provider.accessToken)
            yield* TestClock.adjust("500 millis")
            yield* Ref.set(offset, sign * Duration.toMillis(jump))
            yield* inTime(Fiber.join(reader))
            for (const _ of Arr.range(1, 10)) {
              yield* inTime(provider.accessToken)
              yield* TestClock.adjust("1 second")
            }
            const { acquire, refresh } = yield* sandbox.requests
            assert.isAtMost(acquire + refresh, 2)
          })
        ))

      it.effect(`by ${sign > 0 ? "+" : "-"}${jump} while it cools down`, () =>
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

describe("guarantee 13: no timer runs unless asked for", () => {
  it.effect("nothing sleeps after an acquire, a refresh, a failure or a refusal", () =>
    Effect.gen(function*() {
      const clock = yield* Effect.clock
      let sleeping = 0
      const counting: Clock.Clock = {
        [Clock.ClockTypeId]: Clock.ClockTypeId,
        unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis(),
        unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos(),
        currentTimeMillis: clock.currentTimeMillis,
        currentTimeNanos: clock.currentTimeNanos,
        sleep: (duration) =>
          Effect.acquireUseRelease(
            Effect.sync(() => sleeping += 1),
            () => clock.sleep(duration),
            () => Effect.sync(() => sleeping -= 1)
          )
      }
      const context = yield* Effect.withClock(Layer.build(Layer.fresh(platform({}, slow))), counting)
      const { provider, sandbox } = yield* Effect.provide(services, context)
      const reader = yield* Effect.fork(provider.accessToken)
      yield* TestClock.adjust("500 millis")
      assert.isAbove(sleeping, 0)
      yield* inTime(Fiber.join(reader))
      assert.strictEqual(sleeping, 0)
      yield* inTime(provider.refresh)
      assert.strictEqual(sleeping, 0)
      yield* sandbox.inject("refresh", ...Arr.replicate(Fault.returnCode(50000), 2), Fault.returnCode(40003))
      yield* Effect.flip(inTime(provider.refresh))
      assert.strictEqual(sleeping, 0)
      yield* TestClock.adjust("10 seconds")
      yield* Effect.flip(inTime(provider.refresh))
      assert.strictEqual(sleeping, 0)
    }).pipe(Effect.scoped))
})

describe("the status", () => {
  it.effect("tells what a read would meet, and holds no secret", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      const phase = Effect.map(provider.status, (status) => status.phase)
      assert.strictEqual(yield* phase, "absent")
      const reader = yield* Effect.fork(provider.accessToken)
      yield* TestClock.adjust("500 millis")
      assert.strictEqual(yield* phase, "renewing")
      const token = yield* inTime(Fiber.join(reader))
      assert.strictEqual(yield* phase, "fresh")
      yield* TestClock.adjust("23 hours")
      yield* TestClock.adjust("35 minutes")
      assert.strictEqual(yield* phase, "due")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* phase, "expired")
      yield* inTime(provider.accessToken)
      yield* provider.invalidate(yield* provider.accessToken)
      assert.strictEqual(yield* phase, "rejected")
      yield* sandbox.inject("refresh", ...Arr.replicate(Fault.status(503), 4))
      yield* sandbox.inject("acquire", ...Arr.replicate(Fault.status(503), 4))
      yield* Effect.flip(inTime(provider.accessToken))
      const status = yield* provider.status
      assert.strictEqual(status.phase, "cooling")
      assert.isTrue(Option.exists(status.lastFailure, ({ _tag }) => _tag === "UnexpectedResponse"))
      assert.isTrue(DateTime.lessThan(yield* DateTime.now, Option.getOrThrow(status.nextTryAt)))
      assert.notInclude(JSON.stringify(status), Redacted.value(token.value))
    }).pipe(Effect.provide(platform({}, slow))))

  it.effect("is streamed as it changes", () =>
    Effect.gen(function*() {
      const { provider } = yield* services
      const seen = yield* Ref.make<ReadonlyArray<string>>([])
      const watcher = yield* Effect.fork(
        Stream.runForEach(provider.changes, ({ generation, phase }) =>
          Ref.update(seen, (all) => [...all, `${phase} ${generation}`]))
      )
      yield* Effect.yieldNow()
      yield* acquired(provider)
      yield* provider.invalidate(yield* provider.accessToken)
      yield* inTime(provider.accessToken)
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(watcher)
      assert.deepStrictEqual(Arr.dedupeAdjacent(yield* Ref.get(seen)), [
        "absent 0",
        "renewing 0",
        "fresh 1",
        "rejected 1",
        "renewing 1",
        "fresh 2"
      ])
    }).pipe(Effect.provide(platform({}, slow))))
})
