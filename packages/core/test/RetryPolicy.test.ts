import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import { stepper } from "../src/internal/edition/schedule.js"
import * as RetryPolicy from "../src/RetryPolicy.js"
import { second, start, transport } from "./utils.js"

const failure = transport("reset", "ambiguous")
const caps = [200, 400, 800, 1600, 3200, 5000, 5000, 5000]

/** The delays the policy asks for, in milliseconds, after this many failures. */
const delaysOf = (policy: RetryPolicy.Policy, failures: number) =>
  Effect.suspend(() => Effect.all(Arr.replicate(stepper(policy, () => start)(failure), failures))).pipe(
    Effect.map((delays) => Arr.getSomes(delays))
  )

describe("RetryPolicy", () => {
  describe("exponential", () => {
    it.effect("waits from nothing to the doubled delay, and never longer than 5 seconds", () =>
      Effect.gen(function*() {
        const runs = yield* Effect.replicateEffect(delaysOf(RetryPolicy.exponential, caps.length), 500)
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
        assert.lengthOf(yield* delaysOf(RetryPolicy.exponential, 2000), 2000)
      }))

    it.effect("driven, it sleeps by the Clock and never beyond its cap", () =>
      Effect.gen(function*() {
        const attempts: Array<number> = []
        const attempt = Effect.zipRight(
          Effect.map(Clock.currentTimeMillis, (now) => attempts.push(now)),
          Effect.fail(failure)
        )
        const fiber = yield* Effect.fork(Effect.retry(attempt, RetryPolicy.exponential))
        yield* Effect.yieldNow()
        for (const [index, cap] of caps.entries()) {
          assert.isAbove(attempts.length, index)
          yield* TestClock.adjust(cap)
          assert.isAtMost((attempts[index + 1] ?? Infinity) - (attempts[index] ?? 0), cap)
        }
        yield* Fiber.interrupt(fiber)
      }))
  })

  it.effect("never allows no second attempt", () =>
    Effect.gen(function*() {
      assert.lengthOf(yield* delaysOf(RetryPolicy.never, 1), 0)
    }))

  it.effect("in force is exponential, unless a layer says otherwise", () =>
    Effect.gen(function*() {
      const mine = Schedule.spaced(second)
      assert.strictEqual(yield* RetryPolicy.RetryPolicy, RetryPolicy.exponential)
      assert.strictEqual(yield* Effect.provide(RetryPolicy.RetryPolicy, RetryPolicy.layer(mine)), mine)
    }))
})
