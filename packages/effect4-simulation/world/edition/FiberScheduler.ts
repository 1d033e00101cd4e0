import type * as Fiber from "effect/Fiber"
import type * as Scheduler from "effect/Scheduler"

/** A fiber, whatever its result. */
export type AnyFiber = Fiber.Fiber<unknown, unknown>

/** A scheduler that decides before each operation of a fiber whether the fiber yields. */
export abstract class FiberScheduler implements Scheduler.Scheduler, Scheduler.SchedulerDispatcher {
  readonly executionMode = "async"

  abstract mayContinue(fiber: AnyFiber): boolean

  abstract scheduleTask(task: () => void): void

  shouldYield(fiber: AnyFiber): boolean {
    return !this.mayContinue(fiber)
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    return this
  }

  flush(): void {
    // Only a synchronous run flushes, and it has a scheduler of its own.
  }
}
