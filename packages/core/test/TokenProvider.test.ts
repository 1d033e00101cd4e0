import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Credentials from "../src/Credentials.js"
import { accountKey } from "../src/internal/digest.js"
import * as JindouyunConfig from "../src/JindouyunConfig.js"
import type { TokenRequestError } from "../src/JindouyunError.js"
import * as Token from "../src/Token.js"
import * as TokenApi from "../src/TokenApi.js"
import * as TokenProvider from "../src/TokenProvider.js"
import * as TokenStore from "../src/TokenStore.js"
import { observedTracer } from "./edition/observedTracer.js"
import { series } from "./edition/telemetry.js"
import { answered, assertSame, day, hour, minute, second, start, transport } from "./utils.js"

// A close of a provider aborts its request at once.
const config = Layer.orDie(JindouyunConfig.layer({ baseUrl: "http://localhost:1234", closeTimeout: 0 }))

// Metrics are kept for the whole process: each provider has an account of its own.
let accounts = 0

const grantAt = (sentAt: number): Token.TokenGrant =>
  new Token.TokenGrant({
    accessToken: Redacted.make("access"),
    refreshToken: new Token.RefreshToken({ value: Redacted.make("refresh") }),
    sentAt
  })

/** A provider over requests that need no platform: each takes a second, and brings a pair or the next failure. */
const makeProvider = Effect.suspend(() => makeProviderOver(TokenStore.none))

const makeProviderOver = (store: TokenStore.Service) =>
  Effect.gen(function*() {
    yield* TestClock.setTime(start)
    const sent: Array<"acquire" | "refresh"> = []
    const scripted: Array<TokenRequestError> = []
    const gates: Array<Effect.Effect<Token.TokenGrant, TokenRequestError>> = []
    const request = (kind: "acquire" | "refresh") =>
      Effect.suspend(() => {
        sent.push(kind)
        const gate = gates.shift()
        if (gate !== undefined) {
          return gate
        }
        const failure = scripted.shift()
        const serial = sent.length
        return Effect.flatMap(Clock.currentTimeMillis, (sentAt) =>
          Effect.delay(
            failure === undefined
              ? Effect.succeed(
                new Token.TokenGrant({
                  accessToken: Redacted.make(`access${serial}`),
                  refreshToken: new Token.RefreshToken({ value: Redacted.make(`refresh${serial}`) }),
                  sentAt
                })
              )
              : Effect.fail(failure),
            "1 second"
          ))
      })
    const scope = yield* Scope.make()
    const account = `user${++accounts}`
    const key = accountKey("http://localhost:1234", account)
    const provider = yield* TokenProvider.make.pipe(
      Effect.provideService(Scope.Scope, scope),
      Effect.provideService(TokenStore.TokenStore, store),
      Effect.provideService(TokenApi.TokenApi, {
        acquire: () => request("acquire"),
        refresh: () => request("refresh")
      }),
      Effect.provideService(Credentials.Credentials, {
        account,
        current: Effect.succeed(
          { username: "user1", password: Redacted.make("pass1") }
        )
      }),
      Effect.provide(config)
    )
    return { close: Scope.close(scope, Exit.void), gates, key, provider, scripted, sent }
  })

/** What an effect comes to within so many seconds of one second each. */
const within = <A, E>(seconds: number, effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    for (let n = 0; n < seconds && fiber.unsafePoll() === null; n++) {
      yield* TestClock.adjust("1 second")
    }
    return yield* Fiber.join(fiber)
  })

const utc = (millis: number) => DateTime.unsafeMake(millis)

const assertStatus = (found: TokenProvider.Status, expected: TokenProvider.Status) =>
  assertSame({ ...found }, { ...expected })

const blank: TokenProvider.Status = new TokenProvider.Status({
  phase: "absent",
  generation: 0,
  accessExpiresAt: Option.none(),
  refreshExpiresAt: Option.none(),
  lastFailure: Option.none(),
  nextTryAt: Option.none(),
  storeFailure: Option.none()
})

const statusWith = (more: Partial<TokenProvider.Status>) => new TokenProvider.Status({ ...blank, ...more })

describe("TokenProvider", () => {
  it("is known under its own name", () => {
    assert.strictEqual(TokenProvider.TokenProvider.key, "@jindouyun/core/TokenProvider")
  })

  describe("status", () => {
    it.effect("tells everything about a pair, a cooldown and a refused acquisition, and takes each back", () =>
      Effect.gen(function*() {
        const { provider, scripted } = yield* makeProvider
        assertStatus(yield* provider.status, blank)
        // By the margin, the provider stops returning it a minute earlier.
        assert.strictEqual(DateTime.toEpochMillis((yield* within(2, provider.accessToken)).expiresAt), start + day)
        const first = statusWith({
          phase: "fresh",
          generation: 1,
          accessExpiresAt: Option.some(utc(start + day)),
          refreshExpiresAt: Option.some(utc(start + 30 * day))
        })
        assertStatus(yield* provider.status, first)

        scripted.push(answered(40003, "reauthenticate"))
        const refused = yield* Effect.flip(within(9, provider.refresh))
        assert.strictEqual(Option.getOrUndefined((yield* provider.status).lastFailure), refused)
        assertStatus(
          yield* provider.status,
          statusWith({ ...first, lastFailure: Option.some(refused) })
        )

        yield* provider.reset
        scripted.push(answered(40001, "fatal"))
        const failure = yield* Effect.flip(within(9, provider.accessToken))
        assert.strictEqual(failure._tag, "AuthenticationFailed")
        const { nextTryAt } = yield* provider.status
        assert.isAbove(DateTime.toEpochMillis(Option.getOrThrow(nextTryAt)), start + 4 * second)
        assertStatus(
          yield* provider.status,
          statusWith({ phase: "credentialsRefused", generation: 1, lastFailure: Option.some(failure), nextTryAt })
        )

        yield* provider.reset
        assertStatus(yield* provider.status, statusWith({ generation: 1 }))
        // With the floor behind it the renewal ends to the second.
        yield* TestClock.adjust("1 second")
        scripted.push(transport("tls", "unsent", "fatal"))
        const broken = yield* Effect.flip(within(9, provider.accessToken))
        const status = yield* provider.status
        assert.strictEqual(status.phase, "cooling")
        assert.strictEqual(Option.getOrUndefined(status.lastFailure), broken)
        assertSame(status.lastFailure, Option.some(broken))
        assertSame(status.nextTryAt, Option.fromNullable("nextTryAt" in broken ? broken.nextTryAt : null))
        assert.isTrue(Option.isSome(status.nextTryAt))
      }))

    it.effect("is streamed now, at each change and no more often, and for the last time when the provider closes", () =>
      Effect.gen(function*() {
        const { close, provider } = yield* makeProvider
        const all = yield* Effect.fork(Stream.runCollect(provider.changes))
        const others = yield* Effect.fork(Stream.runCollect(provider.changes))
        yield* Effect.yieldNow()
        const token = yield* within(2, provider.accessToken)
        yield* TestClock.adjust("1 second")
        for (let n = 0; n < 3; n++) {
          yield* provider.invalidate(token)
          yield* TestClock.adjust("1 second")
        }
        yield* close
        const expected = ["absent 0", "renewing 0", "fresh 1", "rejected 1", "closed 1"]
        for (const watcher of [all, others]) {
          const seen = Array.from(yield* Fiber.join(watcher))
          assert.deepStrictEqual(seen.map(({ generation, phase }) => `${phase} ${generation}`), expected)
        }
        assert.deepStrictEqual(
          Array.from(yield* Stream.runCollect(provider.changes)).map(({ phase }) => phase),
          ["closed"]
        )
      }))
  })

  describe("a read", () => {
    it.effect("in the early window is served at once, and renews in the background, once", () =>
      Effect.gen(function*() {
        const { provider, sent } = yield* makeProvider
        yield* within(2, provider.accessToken)
        yield* TestClock.setTime(start + day - 20 * minute)
        for (let n = 0; n < 3; n++) {
          assert.strictEqual((yield* provider.accessToken).generation, 1)
        }
        assert.strictEqual((yield* provider.status).phase, "due")
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual((yield* provider.accessToken).generation, 2)
        assert.deepStrictEqual(sent, ["acquire", "refresh"])
      }))

    it.effect("that waits gets the failure of the renewal, and the token where it has become good meanwhile", () =>
      Effect.gen(function*() {
        const { gates, provider, scripted } = yield* makeProvider
        yield* within(2, provider.accessToken)
        yield* TestClock.setTime(start + day)
        scripted.push(transport("tls", "unsent", "fatal"))
        const fiber = yield* Effect.fork(Effect.flip(provider.accessToken))
        yield* Effect.yieldNow()
        yield* TestClock.adjust("1 second")
        assert.deepInclude(yield* Fiber.join(fiber), { _tag: "TransportFailure", reason: "tls" })

        yield* TestClock.adjust("1 hour")
        const gate = yield* Deferred.make<never, TokenRequestError>()
        gates.push(Deferred.await(gate))
        const late = yield* Effect.fork(provider.accessToken)
        yield* TestClock.adjust(0)
        yield* TestClock.setTime(start + hour)
        assert.isNull(late.unsafePoll())
        yield* Deferred.fail(gate, transport("tls", "unsent", "fatal"))
        assert.strictEqual((yield* Fiber.join(late)).generation, 1)
      }))

    it.effect("is counted where it is served without a wait, beside the expiry of the token", () =>
      Effect.gen(function*() {
        const { key, provider } = yield* makeProvider
        const seen = Effect.map(series, (all) => {
          const ours = all.filter(({ labels, name }) =>
            name.startsWith("jindouyun_token_") && name !== "jindouyun_token_requests_total" &&
            Object.values(labels).includes(key)
          )
          return Object.fromEntries(ours.map(({ name, state }) => [name, state.value ?? state.count]))
        })
        const served = (hits: number, expiry: number) => ({
          jindouyun_token_cache_hits_total: hits,
          jindouyun_token_expiry_timestamp_seconds: expiry / 1000
        })
        assert.deepStrictEqual(yield* seen, {})
        yield* within(2, provider.accessToken)
        assert.deepStrictEqual(yield* seen, served(0, start + day))
        yield* TestClock.setTime(start + hour)
        yield* provider.accessToken
        assert.deepStrictEqual(yield* seen, served(1, start + day))
        yield* within(2, provider.refresh)
        assert.deepStrictEqual(yield* seen, served(1, start + hour + day))
        yield* TestClock.setTime(start + hour + day - 20 * minute)
        yield* provider.accessToken
        assert.deepStrictEqual(yield* seen, served(2, start + hour + day))
        yield* Effect.flatMap(provider.accessToken, provider.invalidate)
        yield* within(2, provider.accessToken)
        assert.deepStrictEqual(yield* seen, served(3, start + hour + day - 20 * minute + day))
      }))

    it.effect("gets what a renewal brings that takes no time at all", () =>
      Effect.gen(function*() {
        const { gates, provider } = yield* makeProvider
        gates.push(Effect.succeed(grantAt(start)))
        assert.strictEqual((yield* provider.accessToken).generation, 1)
      }))

    it.effect("that met a refusal of no concern to it, the token having been good by then, makes its own renewal", () =>
      Effect.gen(function*() {
        // The moment between the refusal and its being told is the one at which it is logged.
        let reject: Effect.Effect<void> = Effect.void
        const logger = Logger.make(() => Effect.runSync(reject))
        const { gates, provider } = yield* makeProvider.pipe(
          Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
          Effect.provide(Logger.add(logger))
        )
        const token = yield* within(2, provider.accessToken)
        yield* TestClock.setTime(start + day)
        const gate = yield* Deferred.make<never, TokenRequestError>()
        gates.push(Deferred.await(gate))
        const late = yield* Effect.fork(provider.accessToken)
        yield* TestClock.adjust(0)
        yield* TestClock.setTime(start + hour)
        reject = provider.invalidate(token)
        yield* Deferred.fail(gate, answered(40003, "reauthenticate"))
        assert.strictEqual((yield* within(3, Fiber.join(late))).generation, 2)
      }))

    it.effect("fails with the refusal of an acquisition also where an early refresh was refused before", () =>
      Effect.gen(function*() {
        const { provider, scripted } = yield* makeProvider
        yield* within(2, provider.accessToken)
        yield* TestClock.setTime(start + day - 20 * minute)
        scripted.push(answered(40003, "reauthenticate"))
        yield* provider.accessToken
        yield* TestClock.adjust("2 seconds")
        yield* TestClock.setTime(start + day)
        scripted.push(answered(40003, "reauthenticate"), answered(40001, "fatal"))
        assert.strictEqual((yield* Effect.flip(within(9, provider.accessToken)))._tag, "AuthenticationFailed")
      }))

    it.effect("of a token rejected while its refresh was refused is no part of that refusal", () =>
      Effect.gen(function*() {
        const { provider, scripted, sent } = yield* makeProvider
        const token = yield* within(2, provider.accessToken)
        yield* TestClock.adjust("1 second")
        scripted.push(answered(40003, "reauthenticate"))
        const forced = yield* Effect.fork(Effect.flip(provider.refresh))
        yield* Effect.yieldNow()
        yield* TestClock.adjust("999 millis")
        yield* provider.invalidate(token)
        const reader = yield* Effect.fork(provider.accessToken)
        yield* Effect.yieldNow()
        yield* within(9, Fiber.join(reader))
        yield* Fiber.interrupt(forced)
        assert.strictEqual((yield* provider.accessToken).generation, 2)
        assert.isAtMost(sent.length, 4)
      }))
  })

  describe("refresh", () => {
    it.effect("brings a pair that arrives after now, also where it joins a renewal that had brought one before", () =>
      Effect.gen(function*() {
        const { provider, sent } = yield* makeProvider
        assert.strictEqual((yield* within(3, provider.refresh)).generation, 1)
        assert.strictEqual((yield* within(3, provider.refresh)).generation, 2)
        const both = Effect.all([provider.refresh, provider.refresh], { concurrency: "unbounded" })
        const [one, other] = yield* within(3, both)
        assert.deepStrictEqual([one.generation, other.generation], [3, 3])
        assert.deepStrictEqual(sent, ["acquire", "refresh", "refresh"])
      }))

    it.effect("called after a pair has arrived, but before its renewal is over, brings the next one", () =>
      Effect.gen(function*() {
        const memory = yield* TokenStore.makeMemory
        const { provider, sent } = yield* makeProviderOver({
          ...memory,
          save: (...record) => Effect.delay(memory.save(...record), "1 second")
        })
        assert.strictEqual((yield* within(1, provider.accessToken)).generation, 1)
        assert.strictEqual((yield* within(9, provider.refresh)).generation, 2)
        assert.deepStrictEqual(sent, ["acquire", "refresh"])
      }))

    it.effect("fails of a closed provider, as a read does, and nothing is sent", () =>
      Effect.gen(function*() {
        const { close, provider, sent } = yield* makeProvider
        yield* close
        for (const effect of [provider.refresh, provider.accessToken]) {
          assert.deepInclude(yield* Effect.flip(effect), { _tag: "ProviderClosed", delivery: "unsent" })
        }
        assert.deepStrictEqual(sent, [])
      }))

    it.effect("and reset are spans of their own", () =>
      Effect.gen(function*() {
        const names: Array<string> = []
        const tracer = observedTracer(({ name }) => names.push(name))
        const { provider } = yield* makeProvider
        yield* within(3, provider.refresh).pipe(Effect.withTracer(tracer))
        yield* provider.reset.pipe(Effect.withTracer(tracer))
        assert.deepStrictEqual(names, ["TokenProvider.refresh", "TokenProvider.reset"])
      }))
  })

  it.effect("closing waits for the request, and fails the callers as ambiguous", () =>
    Effect.gen(function*() {
      const { close, provider, sent } = yield* makeProvider
      const readers = yield* Effect.fork(Effect.all([provider.accessToken, provider.refresh].map(Effect.flip), {
        concurrency: "unbounded"
      }))
      yield* TestClock.adjust("500 millis")
      yield* close
      for (const failure of yield* Fiber.join(readers)) {
        assert.deepInclude(failure, { _tag: "ProviderClosed", delivery: "ambiguous" })
      }
      assert.strictEqual((yield* provider.status).phase, "closed")
      assert.deepStrictEqual(sent, ["acquire"])
    }))

  it.effect("closing ends with the renewal", () =>
    Effect.gen(function*() {
      const { close, gates, provider } = yield* makeProvider
      gates.push(Effect.onInterrupt(Effect.never, () => Effect.sleep("1 second")))
      yield* Effect.fork(provider.accessToken)
      yield* TestClock.adjust("5 seconds")
      const closing = yield* Effect.fork(close)
      yield* TestClock.adjust("999 millis")
      assert.isNull(closing.unsafePoll())
      yield* TestClock.adjust("1 millis")
      assert.isNotNull(closing.unsafePoll())
    }))

  describe("layerKeepFresh", () => {
    /** A provider of which the test says everything, and that tells when it was read. */
    const kept = Effect.gen(function*() {
      yield* TestClock.setTime(start)
      const reads: Array<number> = []
      const changed = yield* PubSub.unbounded<TokenProvider.Status>()
      let current = statusWith({ phase: "fresh", generation: 1 })
      const double: TokenProvider.Service = {
        accessToken: Effect.flatMap(Clock.currentTimeMillis, (now) => {
          reads.push(now - start)
          return Effect.fail(transport("reset", "ambiguous"))
        }),
        refresh: Effect.never,
        invalidate: () => Effect.void,
        reset: Effect.void,
        status: Effect.sync(() => current),
        changes: Stream.concat(Stream.sync(() => current), Stream.fromPubSub(changed))
      }
      const is = (status: TokenProvider.Status) => {
        current = status
      }
      const becomes = (status: TokenProvider.Status) =>
        Effect.suspend(() => {
          is(status)
          return Effect.zipRight(PubSub.publish(changed, status), TestClock.adjust(0))
        })
      const begin = Layer.build(
        TokenProvider.layerKeepFresh.pipe(
          Layer.provide(Layer.succeed(TokenProvider.TokenProvider, double)),
          Layer.provide(config)
        )
      ).pipe(Effect.zipRight(TestClock.adjust(0)))
      return { becomes, begin, is, reads }
    })

    it.effect("looks every hour where nothing is known of an end", () =>
      Effect.gen(function*() {
        const { begin, reads } = yield* kept
        yield* begin
        yield* TestClock.adjust("59 minutes")
        assert.deepStrictEqual(reads, [0])
        yield* TestClock.adjust("61 minutes")
        assert.deepStrictEqual(reads, [0, hour, 2 * hour])
      }).pipe(Effect.scoped))

    it.effect("looks when the renewal falls due, when the token cannot be served any more, and when a try is allowed", () =>
      Effect.gen(function*() {
        const { begin, is, reads } = yield* kept
        is(statusWith({ phase: "fresh", generation: 1, accessExpiresAt: Option.some(utc(start + 50 * minute)) }))
        yield* begin
        yield* TestClock.adjust("20 minutes")
        assert.deepStrictEqual(reads, [0, 20 * minute])
        yield* TestClock.adjust("29 minutes")
        assert.deepStrictEqual(reads, [0, 20 * minute, 49 * minute])
        is(statusWith({ phase: "cooling", generation: 1, nextTryAt: Option.some(utc(start + 2 * hour)) }))
        yield* TestClock.adjust("1 hour")
        yield* TestClock.adjust("11 minutes")
        assert.deepStrictEqual(reads.slice(3), [109 * minute, 2 * hour])
      }).pipe(Effect.scoped))

    it.effect("looks no more often than every second, however near the next moment is", () =>
      Effect.gen(function*() {
        const { begin, is, reads } = yield* kept
        is(statusWith({ phase: "cooling", nextTryAt: Option.some(utc(start + 10)) }))
        yield* begin
        yield* TestClock.adjust("999 millis")
        assert.deepStrictEqual(reads, [0])
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual(reads, [0, second])
      }).pipe(Effect.scoped))

    it.effect.each<[TokenProvider.Phase, boolean]>([
      ["absent", true],
      ["expired", true],
      ["rejected", true],
      ["fresh", false],
      ["due", false],
      ["renewing", false],
      ["cooling", false],
      ["credentialsRefused", false]
    ])("whether it looks at once when a token becomes %s: %s", ([phase, looks]) =>
      Effect.gen(function*() {
        const { becomes, begin, reads } = yield* kept
        yield* begin
        yield* TestClock.adjust("1 minute")
        yield* becomes(statusWith({ phase, generation: 2 }))
        assert.deepStrictEqual(reads, looks ? [0, minute] : [0])
      }).pipe(Effect.scoped))

    it.effect("looks at once when a cooldown begins, to learn when it ends", () =>
      Effect.gen(function*() {
        const { becomes, begin, reads } = yield* kept
        yield* begin
        const cooling = statusWith({ phase: "fresh", nextTryAt: Option.some(utc(start + 5 * minute)) })
        yield* becomes(cooling)
        yield* becomes(cooling)
        assert.deepStrictEqual(reads, [0, 0])
        yield* TestClock.adjust("5 minutes")
        assert.deepStrictEqual(reads, [0, 0, 5 * minute])
      }).pipe(Effect.scoped))

    it.effect("ends when the provider is closed", () =>
      Effect.gen(function*() {
        const { becomes, begin, reads } = yield* kept
        yield* begin
        yield* becomes(statusWith({ phase: "closed" }))
        yield* TestClock.adjust("3 hours")
        assert.deepStrictEqual(reads, [0, 0])
      }).pipe(Effect.scoped))
  })

  describe("the doubles for tests", () => {
    it.effect("layerStatic hands out its token and no other, whatever is asked of it", () =>
      Effect.gen(function*() {
        const provider = yield* TokenProvider.TokenProvider
        const token = new Token.AccessToken({
          value: Redacted.make("fixed"),
          generation: 1,
          expiresAt: DateTime.unsafeMake(8.64e15)
        })
        assert.deepStrictEqual(yield* provider.accessToken, token)
        assert.deepStrictEqual(yield* provider.refresh, token)
        assert.isUndefined(yield* provider.invalidate(token))
        assert.isUndefined(yield* provider.reset)
        assert.deepStrictEqual(yield* provider.accessToken, token)
        const status = statusWith({ phase: "fresh", generation: 1 })
        assert.deepStrictEqual(yield* provider.status, status)
        assert.deepStrictEqual(Array.from(yield* Stream.runCollect(provider.changes)), [status])
      }).pipe(Effect.provide(TokenProvider.layerStatic(Redacted.make("fixed")))))

    it.effect("layerFailing fails with its error and no other, and says so in its status", () => {
      const error = answered(50000, "retry")
      return Effect.gen(function*() {
        const provider = yield* TokenProvider.TokenProvider
        assert.strictEqual(yield* Effect.flip(provider.accessToken), error)
        assert.strictEqual(yield* Effect.flip(provider.refresh), error)
        assert.isUndefined(
          yield* provider.invalidate(
            new Token.AccessToken({ value: Redacted.make("any"), generation: 1, expiresAt: DateTime.unsafeMake(0) })
          )
        )
        assert.isUndefined(yield* provider.reset)
        const status = statusWith({ lastFailure: Option.some(error) })
        assert.deepStrictEqual(yield* provider.status, status)
        assert.deepStrictEqual(Array.from(yield* Stream.runCollect(provider.changes)), [status])
      }).pipe(Effect.provide(TokenProvider.layerFailing(error)))
    })
  })
})
