import type * as Fiber from "effect/Fiber"
import type * as Scheduler from "effect/Scheduler"
import type { Chooser } from "./Chooser.js"

type AnyFiber = Fiber.RuntimeFiber<unknown, unknown>

/** Which fibers give way at operations of the chooser's choice, besides those at which they wait. */
export type Yields = "nobody" | "callers" | "everybody"

/** More operations than this without an end, and the program runs in a circle. */
const circle = 200_000

/**
 * Runs one task at a time and lets the chooser say which of those that are ready. No task runs by itself.
 */
export class ControlledScheduler implements Scheduler.Scheduler {
  private readonly tasks: Array<() => void> = []
  private readonly callers = new WeakSet<AnyFiber>()
  private operations = 0
  private isAtomic = false
  hasRunInCircles = false
  readonly chooser: Chooser
  readonly yields: Yields

  constructor(chooser: Chooser, yields: Yields) {
    this.chooser = chooser
    this.yields = yields
  }

  shouldYield(fiber: AnyFiber): number | false {
    this.operations += 1
    if (this.operations > circle) {
      this.hasRunInCircles = true
      throw new Error("a fiber runs in circles")
    }
    if (this.yields === "nobody" || this.isAtomic) {
      return false
    }
    const isCaller = this.callers.has(fiber)
    return (this.yields === "everybody" ? !this.exempt.has(fiber) : isCaller) && this.chooser.next(48) === 1 ? 0 : false
  }

  scheduleTask(task: () => void): void {
    this.tasks.push(task)
  }

  /** Fibers that never give way: what they do after waking is one step. */
  private readonly exempt = new WeakSet<AnyFiber>()

  /** Starts a fiber whose first steps, and those after each wake, are not interleaved with anything. */
  atomically<A, E>(start: () => Fiber.RuntimeFiber<A, E>): Fiber.RuntimeFiber<A, E> {
    this.isAtomic = true
    try {
      const fiber = start()
      this.exempt.add(fiber)
      return fiber
    } finally {
      this.isAtomic = false
    }
  }

  /** Marks a fiber as one of a caller's. */
  yielding<A, E>(fiber: Fiber.RuntimeFiber<A, E>): Fiber.RuntimeFiber<A, E> {
    this.callers.add(fiber)
    return fiber
  }

  get isIdle(): boolean {
    return this.tasks.length === 0
  }

  step(): boolean {
    const { length } = this.tasks
    if (length === 0) {
      return false
    }
    const chosen = this.chooser.next(length)
    const [task] = this.tasks.splice(chosen, 1)
    task?.()
    return true
  }

  /** Runs what is ready and what becomes ready by it; `false` when that has no end. */
  drain(): boolean {
    this.operations = 0
    let left = 50_000
    while (left > 0 && this.step()) {
      left -= 1
    }
    return left > 0 && !this.hasRunInCircles
  }
}
