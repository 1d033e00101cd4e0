import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { identity } from "effect/Function"
import * as References from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import * as Timeout from "../../../src/internal/edition/timeout.js"

class Place extends Context.Service<Place, string>()("test/Place") {}

const options = { context: Context.empty(), settings: identity, onTimeout: () => "too late" as const }

describe("a time limit", () => {
  it.effect("ends each effect at its own time, and lets pass what comes before", () =>
    Effect.gen(function*() {
      const within = (yield* Timeout.make)(1000)
      const first = yield* Effect.forkChild(Effect.exit(within(options)(Effect.never)))
      yield* TestClock.adjust(400)
      const second = yield* Effect.forkChild(Effect.exit(within(options)(Effect.never)))
      const third = yield* Effect.forkChild(Effect.exit(within(options)(Effect.delay(Effect.succeed(3), 900))))
      yield* TestClock.adjust(599)
      assert.isUndefined(first.pollUnsafe())
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(yield* Fiber.join(first), Exit.fail("too late"))
      assert.isUndefined(second.pollUnsafe())
      yield* TestClock.adjust(400)
      assert.deepStrictEqual(yield* Fiber.join(second), Exit.fail("too late"))
      assert.deepStrictEqual(yield* Fiber.join(third), Exit.succeed(3))
    }))

  it.effect("an effect that is interrupted ends before its caller does, and takes no other with it", () =>
    Effect.gen(function*() {
      const within = (yield* Timeout.make)(1000)
      let ended = 0
      const work = Effect.onInterrupt(Effect.never, () => Effect.sync(() => ended++))
      const [one, other] = yield* Effect.all([
        Effect.forkChild(within(options)(work)),
        Effect.forkChild(within(options)(work))
      ])
      yield* Effect.yieldNow
      yield* Fiber.interrupt(one)
      assert.strictEqual(ended, 1)
      assert.isUndefined(other.pollUnsafe())
      yield* TestClock.adjust(1000)
      assert.strictEqual(yield* Effect.flip(Fiber.join(other)), "too late")
    }))

  it.effect("an effect has ended, with all that it has started, before its caller goes on", () =>
    Effect.gen(function*() {
      const within = (yield* Timeout.make)(1000)
      let ended = 0
      const child = Effect.onInterrupt(Effect.never, () => Effect.sync(() => ended++))
      yield* within(options)(Effect.andThen(Effect.forkChild(child), Effect.yieldNow))
      assert.strictEqual(ended, 1)
    }))

  it.effect("an effect runs with its own services and settings, and not with those of its caller", () =>
    Effect.gen(function*() {
      const within = (yield* Timeout.make)(1000)
      const run = within({
        ...options,
        context: Context.make(Place, "its own"),
        settings: Context.add(References.TracerEnabled, false)
      })
      const found = yield* run(Effect.all([Effect.service(Place), References.TracerEnabled]))
      assert.deepStrictEqual(found, ["its own", false])
    }).pipe(Effect.provideService(Place, "its caller's")))
})
