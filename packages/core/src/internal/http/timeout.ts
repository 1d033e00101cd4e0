import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import * as Runtime from "effect/Runtime"

interface Options<R, E> {
  readonly context: Context.Context<R>
  readonly updateRefs: (refs: FiberRefs.FiberRefs, id: FiberId.Runtime) => FiberRefs.FiberRefs
  readonly onTimeout: () => E
}

/**
 * Runs an effect in a fiber of its own, and interrupts that when its time is over. The fiber is born with the services
 * and the settings it needs: setting them for a part of a fiber, and setting them back, costs more.
 *
 * @internal
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
 * One limit for any number of effects at once. `Effect.timeoutFail` starts two fibers for each; these share one that
 * sleeps until the first of them is due, and ends after the last, if no other follows at once.
 *
 * @internal
 */
export const make = (millis: number): Effect.Effect<Timeout> =>
  Effect.map(Effect.zip(Effect.clock, Effect.runtime()), ([clock, layer]) => {
    // In the order of their deadlines, for all have the same time.
    const runners = new Set<Runner>()
    const scheduler = FiberRefs.getOrDefault(layer.fiberRefs, FiberRef.currentScheduler)
    let watcher: Fiber.RuntimeFiber<void> | undefined
    const nanos = BigInt(Math.round(millis * 1e6))

    const watch: Effect.Effect<void> = Effect.suspend(() => {
      const now = clock.unsafeCurrentTimeNanos()
      for (const runner of runners) {
        if (runner.deadline > now) {
          return Effect.zipRight(clock.sleep(Duration.nanos(runner.deadline - now)), watch)
        }
        runners.delete(runner)
        runner.isOverdue = true
        runner.fiber.unsafeInterruptAsFork(FiberId.none)
      }
      watcher = undefined
      return Effect.void
    })

    const enter = (runner: Runner) => {
      runners.add(runner)
      watcher ??= Runtime.runFork(layer, Effect.interruptible(watch), { immediate: false })
    }

    const rest = () => {
      if (runners.size === 0) {
        watcher?.unsafeInterruptAsFork(FiberId.none)
        watcher = undefined
      }
    }

    // A fiber that goes on with its next effect at once finds the watcher at its post.
    const leave = (runner: Runner) => {
      runners.delete(runner)
      if (runners.size === 0) {
        scheduler.scheduleTask(rest, 0)
      }
    }

    return <R, E2>({ context, onTimeout, updateRefs }: Options<R, E2>) => <A, E>(self: Effect.Effect<A, E, R>) =>
      Effect.flatMap(Effect.runtime(), (runtime) =>
        Effect.uninterruptibleMask((restore) => {
          let fiber: Fiber.RuntimeFiber<void, E> | undefined
          const outcome = Effect.async<A, E | E2>((resume) => {
            // Not in its exit: a fiber that has ended is no garbage to the collector's small rounds, nor is what it holds.
            let brought: A
            const bring = Effect.map(self, (value) => {
              brought = value
            })
            const born = Runtime.runFork(
              Runtime.make({ ...runtime, context: Context.merge(runtime.context, context) }),
              bring,
              { immediate: false, updateRefs }
            )
            fiber = born
            const runner: Runner = { fiber: born, deadline: clock.unsafeCurrentTimeNanos() + nanos, isOverdue: false }
            enter(runner)
            born.addObserver((exit) => {
              resume(
                Exit.isSuccess(exit)
                  ? Effect.succeed(brought)
                  : runner.isOverdue && Exit.isInterrupted(exit)
                  ? Effect.fail(onTimeout())
                  : Effect.failCause(exit.cause)
              )
              leave(runner)
            })
          })
          // Around the wait, not in it: between the fork and the wait nobody would see to the fiber.
          return Effect.catchAllCause(
            restore(outcome),
            (cause) =>
              Effect.zipRight(fiber === undefined ? Effect.void : Fiber.interrupt(fiber), Effect.failCause(cause))
          )
        }))
  })
