import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as inTurn from "../../src/internal/inTurn.js"

describe("inTurn", () => {
  it.effect("runs as many effects at once as there are lanes, in the order of arrival", () =>
    Effect.gen(function*() {
      const inOrder = yield* inTurn.make(3)
      const started: Array<number> = []
      let running = 0
      let most = 0
      yield* Effect.forEach(
        Array.from({ length: 100 }, (_, number) => number),
        (number) =>
          inOrder(Effect.gen(function*() {
            started.push(number)
            most = Math.max(most, ++running)
            yield* Effect.yieldNow()
            running -= 1
          })),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(most, 3)
      assert.deepStrictEqual(started, [...started].sort((one, other) => one - other))
    }))

  it.effect("lets the next effect run after one that fails, dies or is interrupted", () =>
    Effect.gen(function*() {
      const inOrder = yield* inTurn.make(1)
      yield* Effect.exit(inOrder(Effect.fail("failed")))
      yield* Effect.exit(inOrder(Effect.die("died")))
      yield* Effect.flatMap(Effect.fork(inOrder(Effect.never)), (fiber) =>
        Effect.zipRight(Effect.yieldNow(), Fiber.interrupt(fiber)))
      assert.strictEqual(yield* inOrder(Effect.succeed(1)), 1)
    }))

  it.effect("keeps the turn of the effects behind one that is interrupted while it waits", () =>
    Effect.gen(function*() {
      const inOrder = yield* inTurn.make(1)
      const gate = yield* Deferred.make<void>()
      const ended: Array<string> = []
      const named = (name: string) => Effect.sync(() => ended.push(name))
      const first = yield* Effect.fork(inOrder(Effect.zipRight(Deferred.await(gate), named("first"))))
      yield* Effect.yieldNow()
      const second = yield* Effect.fork(inOrder(named("second")))
      yield* Effect.yieldNow()
      const third = yield* Effect.fork(inOrder(named("third")))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(second)
      assert.deepStrictEqual(ended, [])
      yield* Deferred.succeed(gate, undefined)
      yield* Effect.all([Fiber.join(first), Fiber.join(third)])
      assert.deepStrictEqual(ended, ["first", "third"])
    }))
})
