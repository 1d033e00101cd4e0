import type * as Fiber from "effect/Fiber"
import type { Chooser } from "./Chooser.js"
import { type AnyFiber, FiberScheduler } from "./edition/FiberScheduler.js"

/** Which fibers yield at operations that the chooser picks, besides the operations at which they wait. */
export type Yields = "none" | "callers" | "all"

/** After so many operations without an end, a run counts as endless. */
const defaultLimit = 200_000

/** A task takes at least a few operations. */
const operationsOfATask = 4

/** Runs one ready task at a time; the chooser picks the task. No task runs by itself. */
export class ControlledScheduler extends FiberScheduler {
  private readonly tasks: Array<() => void> = []
  private readonly callers = new WeakSet<AnyFiber>()
  /** Fibers that never yield: the steps from one wake to the next wait are one step. */
  private readonly atomic = new WeakSet<AnyFiber>()
  private operations = 0
  private isStarting = false
  private isEndless = false
  readonly chooser: Chooser
  private readonly yields: Yields
  private readonly limit: number

  constructor(chooser: Chooser, yields: Yields, limit = defaultLimit) {
    super()
    this.chooser = chooser
    this.yields = yields
    this.limit = limit
  }

  mayContinue(fiber: AnyFiber): boolean {
    this.operations += 1
    if (this.operations > this.limit) {
      this.isEndless = true
      return false
    }
    if (this.yields === "none" || this.isStarting) {
      return true
    }
    const mayYield = this.yields === "all" ? !this.atomic.has(fiber) : this.callers.has(fiber)
    return !mayYield || this.chooser.next(48) !== 1
  }

  scheduleTask(task: () => void): void {
    this.tasks.push(task)
  }

  /** Starts a fiber that never yields. */
  atomically<A, E>(start: () => Fiber.RuntimeFiber<A, E>): Fiber.RuntimeFiber<A, E> {
    this.isStarting = true
    try {
      const fiber = start()
      this.atomic.add(fiber)
      return fiber
    } finally {
      this.isStarting = false
    }
  }

  /** Marks a fiber as a caller's. */
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

  /** Runs the ready tasks and the tasks that become ready; `false` if there is no end to them. */
  drain(): boolean {
    this.operations = 0
    let left = this.limit / operationsOfATask
    while (left > 0 && !this.isEndless && this.step()) {
      left -= 1
    }
    return left > 0 && !this.isEndless
  }
}
