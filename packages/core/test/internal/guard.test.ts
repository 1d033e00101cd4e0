import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import { contained } from "../../src/internal/guard.js"
import { renderings } from "../utils.js"

class Broken {
  readonly _tag = "Broken"
}

const broken = new Broken()
const canary = "CANARY-in-a-request"

const asBroken = contained(() => broken)

describe("contained", () => {
  it.effect("a success passes, and no failure is made for it", () =>
    Effect.gen(function*() {
      let made = 0
      const value = yield* contained(() => {
        made++
        return broken
      })(Effect.succeed(42))
      assert.strictEqual(value, 42)
      assert.strictEqual(made, 0)
    }))

  it.effect("a failure passes as it is, and no other is made for it", () =>
    Effect.gen(function*() {
      let made = 0
      const failure = { _tag: "Theirs" } as const
      const exit = yield* Effect.exit(
        contained(() => {
          made++
          return broken
        })(Effect.fail(failure))
      )
      assert.isTrue(Exit.isFailure(exit) && Cause.squash(exit.cause) === failure)
      assert.strictEqual(made, 0)
    }))

  it.effect.each<[string, Effect.Effect<unknown>]>([
    ["a defect", Effect.die(new Error(canary))],
    ["a defect that is no Error", Effect.die(canary)],
    [
      "something thrown",
      Effect.sync(() => {
        throw new Error(canary)
      })
    ],
    ["a promise that is rejected", Effect.promise(() => Promise.reject(new Error(canary)))],
    ["a failure made a defect", Effect.orDie(Effect.fail(canary))],
    ["a defect of a finalizer", Effect.ensuring(Effect.void, Effect.die(canary))],
    ["two defects side by side", Effect.all([Effect.die(canary), Effect.die(canary)], { concurrency: "unbounded" })],
    ["an interruption of its own making", Effect.interrupt],
    ["the interruption of a fiber it joins", Effect.flatMap(Effect.fork(Effect.interrupt), Fiber.join)],
    [
      "the interruption of a fiber it interrupts and joins",
      Effect.flatMap(Effect.fork(Effect.never), (fiber) => Effect.zipRight(Fiber.interrupt(fiber), Fiber.join(fiber)))
    ],
    ["a cause without anything in it", Effect.failCause(Cause.empty)],
    [
      "an interruption and a defect",
      Effect.failCause(Cause.sequential(Cause.interrupt(FiberId.none), Cause.die(canary)))
    ]
  ])("%s becomes the failure, and nothing of it is left", ([, self]) =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(asBroken(self))
      assert.deepStrictEqual(exit, Exit.fail(broken))
      assert.notInclude(renderings(exit), "CANARY")
      assert.notInclude(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", "CANARY")
    }))

  it.effect.each<[string, (theirs: Cause.Cause<string>, defect: Cause.Cause<never>) => Cause.Cause<string>]>([
    ["and then a defect", (theirs, defect) => Cause.sequential(theirs, defect)],
    ["after a defect", (theirs, defect) => Cause.sequential(defect, theirs)],
    ["beside a defect", (theirs, defect) => Cause.parallel(defect, theirs)],
    ["beside an interruption", (theirs) => Cause.parallel(Cause.interrupt(FiberId.none), theirs)]
  ])("a failure %s is that failure alone", ([, join]) =>
    Effect.gen(function*() {
      const self = Effect.failCause(join(Cause.fail("theirs"), Cause.die(canary)))
      const exit = yield* Effect.exit(asBroken(self))
      assert.deepStrictEqual(exit, Exit.fail("theirs"))
    }))

  it.effect("an interruption from outside passes, and finalizers run", () =>
    Effect.gen(function*() {
      let finalized = false
      let made = false
      const begun = yield* Deferred.make<void>()
      const fiber = yield* Effect.fork(
        Deferred.succeed(begun, undefined).pipe(
          Effect.zipRight(Effect.never),
          Effect.onInterrupt(() =>
            Effect.sync(() => {
              finalized = true
            })
          ),
          contained(() => {
            made = true
            return broken
          })
        )
      )
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(fiber)
      const exit = yield* Fiber.await(fiber)
      assert.isTrue(Exit.isInterrupted(exit))
      assert.isTrue(Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause))
      assert.isTrue(finalized)
      assert.isFalse(made)
    }))

  it.effect("nothing that follows a contained step runs when it is interrupted from outside", () =>
    Effect.gen(function*() {
      let followed = false
      const begun = yield* Deferred.make<void>()
      const fiber = yield* Effect.fork(
        asBroken(Effect.zipRight(Deferred.succeed(begun, undefined), Effect.never)).pipe(
          Effect.catchAll(() =>
            Effect.sync(() => {
              followed = true
            })
          )
        )
      )
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(fiber)
      assert.isFalse(followed)
    }))
})
