import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as RetryBudget from "../src/RetryBudget.js"

describe("RetryBudget", () => {
  it.effect("is full at first, pays 5 for a retry and earns 1 with a success", () =>
    Effect.gen(function*() {
      const bucket = yield* RetryBudget.make(500)
      assert.strictEqual(yield* bucket.left, 500)
      assert.isTrue(yield* bucket.take)
      assert.strictEqual(yield* bucket.left, 495)
      yield* bucket.reward
      assert.strictEqual(yield* bucket.left, 496)
    }))

  it.effect("of 500 pays for a hundred retries in a row, and then for one in five successes", () =>
    Effect.gen(function*() {
      const bucket = yield* RetryBudget.make(500)
      const paid = yield* Effect.replicateEffect(bucket.take, 200)
      assert.strictEqual(paid.filter((each) => each).length, 100)
      yield* Effect.repeatN(bucket.reward, 3)
      assert.isFalse(yield* bucket.take)
      yield* bucket.reward
      assert.isTrue(yield* bucket.take)
    }))

  it.effect("takes nothing when it holds too little", () =>
    Effect.gen(function*() {
      const bucket = yield* RetryBudget.make(4)
      assert.isFalse(yield* bucket.take)
      assert.strictEqual(yield* bucket.left, 4)
    }))

  it.effect("of nothing never pays", () =>
    Effect.gen(function*() {
      const bucket = yield* RetryBudget.make(0)
      yield* bucket.reward
      assert.isFalse(yield* bucket.take)
      assert.strictEqual(yield* bucket.left, 0)
    }))

  it.effect.prop("never holds less than nothing or more than its size, and pays for what it took", [
    FastCheck.nat(50),
    FastCheck.array(FastCheck.constantFrom("take" as const, "reward" as const), { maxLength: 100 })
  ], ([capacity, steps]) =>
    Effect.gen(function*() {
      const bucket = yield* RetryBudget.make(capacity)
      for (const step of steps) {
        const before = yield* bucket.left
        if (step === "take") {
          assert.strictEqual(yield* bucket.take, before >= 5)
          assert.strictEqual(yield* bucket.left, before >= 5 ? before - 5 : before)
        } else {
          yield* bucket.reward
          assert.strictEqual(yield* bucket.left, Math.min(capacity, before + 1))
        }
      }
    }))

  it.effect("without a layer each asker gets a bucket of its own", () =>
    Effect.gen(function*() {
      const [one, other] = yield* Effect.all([RetryBudget.sharedOrMake(10), RetryBudget.sharedOrMake(20)])
      yield* one.take
      assert.strictEqual(yield* one.left, 5)
      assert.strictEqual(yield* other.left, 20)
    }))

  it.effect("with a layer all askers share its bucket, whatever size they ask for", () =>
    Effect.gen(function*() {
      const [one, other] = yield* Effect.all([RetryBudget.sharedOrMake(10), RetryBudget.sharedOrMake(20)])
      yield* one.take
      assert.strictEqual(yield* other.left, 95)
    }).pipe(Effect.provide(RetryBudget.layer(100))))
})
