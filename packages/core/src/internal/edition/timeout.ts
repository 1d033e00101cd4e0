import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import * as Runtime from "effect/Runtime"
import { interruptNow } from "./interruptNow.js"
import type { Settings } from "./untraced.js"

interface Options<R, E> {
  readonly context: Context.Context<R>
  readonly settings: Settings
  readonly onTimeout: () => E
}

/**
 * Runs an effect on a fiber of its own and interrupts the fiber when the time is over. The fiber starts with the services
 * and settings it needs: setting them for a part of a fiber and back again costs more.
 */
export interface Timeout {
  <R, E2>(options: Options<R, E2>): <A, E>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E | E2>
}

interface Runner {
  readonly fiber: Fiber.RuntimeFiber<unknown, unknown>
  readonly deadline: bigint
  isOverdue: boolean
}

/**
 * One limit for any number of effects at once. `Effect.timeoutFail` starts two fibers for each effect; these effects share
 * one fiber, which sleeps until the first deadline and ends after the last effect unless another follows at once.
 */
export const make: Effect.Effect<(millis: number) => Timeout> = Effect.map(
  Effect.zip(Effect.clock, Effect.runtime()),
  ([clock, layer]) => (millis) => {
    const { enter, leave } = makeWatch(clock, layer)
    const nanos = BigInt(Math.round(millis * 1e6))

    return <R, E2>({ context, onTimeout, settings }: Options<R, E2>) => <A, E>(self: Effect.Effect<A, E, R>) =>
      Effect.flatMap(Effect.runtime(), (runtime) =>
        Effect.uninterruptibleMask((restore) => {
          let running: Fiber.RuntimeFiber<void, E> | undefined
          const outcome = Effect.async<A, E | E2>((resume) => {
            // Not in the exit of the fiber: minor garbage collections keep an ended fiber and everything it refers to.
            let result: A
            const keepResult = Effect.map(self, (value) => {
              result = value
            })
            const fiber = Runtime.runFork(
              Runtime.make({ ...runtime, context: Context.merge(runtime.context, context) }),
              keepResult,
              { immediate: false, updateRefs: settings }
            )
            running = fiber
            const runner = { fiber, deadline: clock.unsafeCurrentTimeNanos() + nanos, isOverdue: false }
            enter(runner)
            fiber.addObserver((exit) => {
              resume(
                Exit.isSuccess(exit)
                  ? Effect.succeed(result)
                  : runner.isOverdue && Exit.isInterrupted(exit)
                  ? Effect.fail(onTimeout())
                  : Effect.failCause(exit.cause)
              )
              leave(runner)
            })
          })
          // Around the wait, not in it: an interruption between the fork and the wait would leave the fiber running.
          return Effect.catchAllCause(
            restore(outcome),
            (cause) =>
              Effect.zipRight(running === undefined ? Effect.void : Fiber.interrupt(running), Effect.failCause(cause))
          )
        }))
  }
)

/** Interrupts each runner at its deadline. */
const makeWatch = (clock: Clock.Clock, layer: Runtime.Runtime<never>) => {
  // In the order of their deadlines, because all have the same limit.
  const runners = new Set<Runner>()
  const scheduler = FiberRefs.getOrDefault(layer.fiberRefs, FiberRef.currentScheduler)
  let watcher: Fiber.RuntimeFiber<void> | undefined

  const watch: Effect.Effect<void> = Effect.suspend(() => {
    const now = clock.unsafeCurrentTimeNanos()
    for (const runner of runners) {
      if (runner.deadline > now) {
        return Effect.zipRight(clock.sleep(Duration.nanos(runner.deadline - now)), watch)
      }
      runners.delete(runner)
      runner.isOverdue = true
      interruptNow(runner.fiber)
    }
    watcher = undefined
    return Effect.void
  })

  const rest = () => {
    if (runners.size === 0) {
      if (watcher !== undefined) {
        interruptNow(watcher)
      }
      watcher = undefined
    }
  }

  return {
    enter: (runner: Runner) => {
      runners.add(runner)
      watcher ??= Runtime.runFork(layer, Effect.interruptible(watch), { immediate: false })
    },
    // An effect that follows at once finds the watcher still running.
    leave: (runner: Runner) => {
      runners.delete(runner)
      if (runners.size === 0) {
        scheduler.scheduleTask(rest, 0)
      }
    }
  }
}
