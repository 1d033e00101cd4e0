import { assert, describe, it, vi } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import { identity } from "effect/Function"
import * as Supervisor from "effect/Supervisor"
import * as TestClock from "effect/TestClock"
import { VirtualClock } from "../../../../simulation/world/VirtualClock.js"
import * as Timeout from "../../../src/internal/edition/timeout.js"

const options = { context: Context.empty(), settings: identity, onTimeout: () => "too late" as const }

describe("a time limit", () => {
  it.effect("ends each effect at its own time, and lets pass what comes before", () =>
    Effect.gen(function*() {
      const within = (yield* Timeout.make)(1000)
      const first = yield* Effect.fork(Effect.exit(within(options)(Effect.never)))
      yield* TestClock.adjust(400)
      const second = yield* Effect.fork(Effect.exit(within(options)(Effect.never)))
      const third = yield* Effect.fork(Effect.exit(within(options)(Effect.delay(Effect.succeed(3), 900))))
      yield* TestClock.adjust(599)
      assert.isNull(first.unsafePoll())
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(yield* Fiber.join(first), Exit.fail("too late"))
      assert.isNull(second.unsafePoll())
      yield* TestClock.adjust(400)
      assert.deepStrictEqual(yield* Fiber.join(second), Exit.fail("too late"))
      assert.deepStrictEqual(yield* Fiber.join(third), Exit.succeed(3))
    }))

  it.effect("an effect that is interrupted ends before its caller does, and takes no other with it", () =>
    Effect.gen(function*() {
      const within = (yield* Timeout.make)(1000)
      let ended = 0
      const work = Effect.onInterrupt(Effect.never, () => Effect.sync(() => ended++))
      const [one, other] = yield* Effect.all([Effect.fork(within(options)(work)), Effect.fork(within(options)(work))])
      yield* Effect.yieldNow()
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(one)
      assert.strictEqual(ended, 1)
      assert.isNull(other.unsafePoll())
      yield* TestClock.adjust(1000)
      assert.strictEqual(yield* Effect.flip(Fiber.join(other)), "too late")
    }))

  it.effect("an effect has ended, with all that it has started, before its caller goes on", () =>
    Effect.gen(function*() {
      const within = (yield* Timeout.make)(1000)
      let ended = 0
      const child = Effect.onInterrupt(Effect.never, () => Effect.sync(() => ended++))
      yield* within(options)(Effect.zipRight(Effect.fork(child), Effect.yieldNow()))
      assert.strictEqual(ended, 1)
    }))

  it.effect("what an effect brings does not stay with its fiber", () => {
    const exits: Array<Exit.Exit<unknown, unknown>> = []
    class CallObserver extends Supervisor.AbstractSupervisor<void> {
      override value = Effect.void
      override onEnd<A, E>(exit: Exit.Exit<A, E>): void {
        exits.push(exit)
      }
    }
    return Effect.gen(function*() {
      const within = (yield* Timeout.make)(1000)
      assert.strictEqual(yield* within(options)(Effect.succeed(7)), 7)
      assert.isNotEmpty(exits)
      for (const exit of exits.filter(Exit.isSuccess)) {
        assert.isUndefined(exit.value)
      }
    }).pipe(Effect.locally(FiberRef.currentSupervisor, new CallObserver()))
  })

  // The fiber gives way before its nth operation, and is interrupted there.
  it.live("whenever its caller is interrupted, no effect is left behind", () =>
    Effect.gen(function*() {
      let begun = 0
      let ended = 0
      const work = Effect.onExit(
        Effect.suspend(() => {
          begun++
          return Effect.never
        }),
        () => Effect.sync(() => ended++)
      )
      const within = (yield* Timeout.make)(1000)
      for (let nth = 1; nth <= 40; nth++) {
        const tasks: Array<() => void> = []
        let operations = 0
        const caller: Fiber.RuntimeFiber<unknown, unknown> = Effect.runFork(within(options)(work), {
          scheduler: {
            shouldYield: (fiber) => fiber === caller && ++operations === nth ? 0 : false,
            scheduleTask: (task) => {
              tasks.push(task)
            }
          },
          immediate: false
        })
        const drain = () => {
          for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
            task()
          }
        }
        tasks.shift()?.()
        caller.unsafeInterruptAsFork(caller.id())
        drain()
        assert.isNotNull(caller.unsafePoll(), `interrupted at operation ${nth}`)
        assert.strictEqual(ended, begun, `interrupted at operation ${nth}`)
      }
      assert.isAbove(begun, 0)
    }))

  it.live("any number of effects share one timer, which ends with the last of them", () => {
    const clock = new VirtualClock(0)
    return Effect.gen(function*() {
      // A layer may be built where nothing can be interrupted.
      const within = (yield* Effect.uninterruptible(Timeout.make))(1000)
      const gate = yield* Deferred.make<void>()
      const fibers = yield* Effect.fork(
        Effect.all(Array.from({ length: 10 }, () => within(options)(Deferred.await(gate))), {
          concurrency: "unbounded"
        })
      )
      yield* settle
      assert.strictEqual(clock.sleepers, 1)
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(fibers)
      yield* settle
      assert.strictEqual(clock.sleepers, 0)
    }).pipe(Effect.withClock(clock))
  })

  it.live("effects one after the other share one timer, too", () => {
    const clock = new VirtualClock(0)
    const sleep = vi.spyOn(clock, "sleep")
    return Effect.gen(function*() {
      const within = (yield* Timeout.make)(1000)
      for (let i = 0; i < 10; i++) {
        yield* Effect.exit(within(options)(i % 2 === 0 ? Effect.yieldNow() : Effect.fail("no")))
      }
      assert.strictEqual(sleep.mock.calls.length, 1)
      yield* settle
      assert.strictEqual(clock.sleepers, 0)
    }).pipe(Effect.withClock(clock))
  })
})

const settle = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))
