import type * as Fiber from "effect/Fiber"
import type * as Scheduler from "effect/Scheduler"

/** A fiber, whatever its result. */
export type AnyFiber = Fiber.RuntimeFiber<unknown, unknown>

/** A scheduler that decides before each operation of a fiber whether the fiber yields. */
export abstract class FiberScheduler implements Scheduler.Scheduler {
  abstract mayContinue(fiber: AnyFiber): boolean

  abstract scheduleTask(task: () => void): void

  shouldYield(fiber: AnyFiber): number | false {
    return this.mayContinue(fiber) ? false : 0
  }
}
