import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import * as RetryPolicy from "../src/RetryPolicy.js"
import { second, start, transport } from "./utils.js"

const failure = transport("reset", "ambiguous")
const caps = [200, 400, 800, 1600, 3200, 5000, 5000, 5000]

/** The delays the policy asks for, in milliseconds, after as many failures as there are caps. */
const delaysOf = (policy: RetryPolicy.Policy) =>
  Effect.map(
    Schedule.run(Schedule.delays(policy), start, Arr.replicate(failure, caps.length)),
    (delays) => Arr.map(Array.from(delays), Duration.toMillis)
  )

describe("RetryPolicy", () => {
  describe("exponential", () => {
    it.effect("waits from nothing to the doubled delay, and never longer than 5 seconds", () =>
      Effect.gen(function*() {
        const runs = yield* Effect.replicateEffect(delaysOf(RetryPolicy.exponential), 500)
        for (const delays of runs) {
          assert.strictEqual(delays.length, caps.length)
        }
        caps.forEach((cap, index) => {
          const delays = runs.map((run) => run[index] ?? Number.NaN)
          assert.isAtLeast(Math.min(...delays), 0)
          assert.isAtMost(Math.max(...delays), cap)
          assert.isBelow(Math.min(...delays), cap * 0.1, "full jitter reaches down to nothing")
          assert.isAbove(Math.max(...delays), cap * 0.9, "full jitter reaches up to the cap")
        })
      }).pipe(Effect.withRandom(Random.make("a seed"))))

    it.effect("has no end of its own: attempts, deadline and budget bound it", () =>
      Effect.gen(function*() {
        const outputs = yield* Schedule.run(RetryPolicy.exponential, start, Arr.replicate(failure, 2000))
        assert.strictEqual(Chunk.size(outputs), 2000)
      }))

    it.effect("driven, it sleeps by the Clock and never beyond its cap", () =>
      Effect.gen(function*() {
        const driver = yield* Schedule.driver(RetryPolicy.exponential)
        for (const cap of caps) {
          const before = yield* Clock.currentTimeMillis
          const fiber = yield* Effect.fork(Effect.zipRight(driver.next(failure), Clock.currentTimeMillis))
          yield* Effect.yieldNow()
          yield* TestClock.adjust(cap)
          const waited = (yield* Fiber.join(fiber)) - before
          assert.isAtMost(waited, cap)
        }
      }))
  })

  it.effect("never allows no second attempt", () =>
    Effect.gen(function*() {
      const driver = yield* Schedule.driver(RetryPolicy.never)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(driver.next(failure))))
    }))

  it.effect("in force is exponential, unless a layer says otherwise", () =>
    Effect.gen(function*() {
      const mine = Schedule.spaced(second)
      assert.strictEqual(yield* RetryPolicy.RetryPolicy, RetryPolicy.exponential)
      assert.strictEqual(yield* Effect.provide(RetryPolicy.RetryPolicy, RetryPolicy.layer(mine)), mine)
    }))
})
