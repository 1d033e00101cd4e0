import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Report from "@jindouyun/sandbox/Report"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import * as Endpoint from "../src/Endpoint.js"
import * as Jindouyun from "../src/Jindouyun.js"
import * as PlatformClient from "../src/PlatformClient.js"
import * as TokenProvider from "../src/TokenProvider.js"
import * as TokenStore from "../src/TokenStore.js"
import { inTime } from "./platform.js"
import { day, hour, minute, start } from "./utils.js"

const echo = Endpoint.make({ path: Report.echoPath, data: Schema.Unknown })

/** The clock of a machine whose wall clock is ahead. */
const ahead = (clock: Clock.Clock, millis: number): Clock.Clock => ({
  [Clock.ClockTypeId]: Clock.ClockTypeId,
  unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis() + millis,
  currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now + millis),
  unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos(),
  currentTimeNanos: clock.currentTimeNanos,
  sleep: (duration) => clock.sleep(duration)
})

/** A process with a wall clock of its own, over the platform in the context, whose clock is right. */
const process = (store: TokenStore.Service, millisAhead: number) =>
  Effect.gen(function*() {
    const clock = yield* Effect.clock
    const client = HttpClient.transformResponse(yield* HttpClient.HttpClient, Effect.withClock(clock))
    const services = yield* Layer.build(
      Layer.fresh(Jindouyun.layer({
        username: "user1",
        password: Redacted.make("pass1"),
        store: Layer.succeed(TokenStore.TokenStore, store)
      })).pipe(Layer.provide(Layer.succeed(HttpClient.HttpClient, client)))
    ).pipe(Effect.withClock(ahead(clock, millisAhead)))
    return {
      provider: Context.get(services, TokenProvider.TokenProvider),
      call: Effect.withClock(
        Context.get(services, PlatformClient.PlatformClient).call(echo)(),
        ahead(clock, millisAhead)
      )
    }
  })

const overSandbox = Effect.provide(Sandbox.layerHttpClient())

const tokenRequests = Effect.gen(function*() {
  const { acquire, refresh } = yield* (yield* Sandbox.Sandbox).requests
  return acquire + refresh
})

describe("two processes of a fleet whose wall clocks differ", () => {
  const steadily = <A, E, R>(call: Effect.Effect<A, E, R>) =>
    Effect.repeat(Effect.exit(call), Schedule.spaced("400 millis").pipe(Schedule.upTo("20 seconds")))

  const cases: ReadonlyArray<readonly [difference: string, millis: number]> = [
    ["23 hours 40 minutes", 23 * hour + 40 * minute],
    ["25 hours", 25 * hour],
    ["-25 hours", -25 * hour],
    ["3 days", 3 * day],
    ["40 days", 40 * day]
  ]
  for (const [difference, millis] of cases) {
    it.scoped(`by ${difference} do not renew by turns`, () =>
      Effect.gen(function*() {
        yield* TestClock.setTime(start)
        const store = yield* TokenStore.makeMemory
        const one = yield* process(store, 0)
        const other = yield* process(store, millis)
        yield* inTime(Effect.all([steadily(one.call), steadily(other.call)], { concurrency: "unbounded" }))
        const before = yield* tokenRequests
        assert.isAtLeast(before, 2)
        assert.isAtMost(before, 4)
        yield* inTime(
          Effect.all([steadily(one.call), steadily(other.call), Effect.sleep("1 minute")], { concurrency: "unbounded" })
        )
        assert.strictEqual(yield* tokenRequests, before)
      }).pipe(overSandbox))
  }

  it.scoped.each([10 * minute, 5 * hour, -5 * hour])(
    "by %d milliseconds share one pair",
    (millis) =>
      Effect.gen(function*() {
        yield* TestClock.setTime(start)
        const store = yield* TokenStore.makeMemory
        const one = yield* process(store, 0)
        const other = yield* process(store, millis)
        yield* inTime(Effect.all([steadily(one.call), steadily(other.call)], { concurrency: "unbounded" }))
        assert.strictEqual(yield* tokenRequests, 1)
        assert.isTrue(Option.isNone((yield* one.provider.status).lastFailure))
        assert.isTrue(Option.isNone((yield* other.provider.status).lastFailure))
      }).pipe(overSandbox)
  )

  it.scoped("cause no cooldown if a process starts on a pair that has really expired", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(start)
      const store = yield* TokenStore.makeMemory
      yield* inTime((yield* process(store, 0)).call)
      yield* TestClock.adjust("26 hours")
      const later = yield* process(store, 0)
      yield* inTime(later.call)
      assert.isTrue(Option.isNone((yield* later.provider.status).lastFailure))
      assert.strictEqual(yield* tokenRequests, 2)
    }).pipe(overSandbox))
})
