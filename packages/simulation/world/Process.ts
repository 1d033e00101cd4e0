import type * as Fiber from "effect/Fiber"
import type * as Scheduler from "effect/Scheduler"
import type { ControlledScheduler } from "./ControlledScheduler.js"

/**
 * The fibers of one provider, as a process: a signal stops them wherever they are, to go on later or never again. What
 * they have sent is on its way, and what they are sent meanwhile is there when they go on.
 */
export class Process implements Scheduler.Scheduler {
  private state: "running" | "paused" | "killed" = "running"
  private readonly held: Array<() => void> = []
  private readonly scheduler: ControlledScheduler

  constructor(scheduler: ControlledScheduler) {
    this.scheduler = scheduler
  }

  get isRunning(): boolean {
    return this.state === "running"
  }

  get isPaused(): boolean {
    return this.state === "paused"
  }

  shouldYield(fiber: Fiber.RuntimeFiber<unknown, unknown>): number | false {
    return this.isRunning ? this.scheduler.shouldYield(fiber) : 0
  }

  scheduleTask(task: () => void): void {
    this.scheduler.scheduleTask(() => {
      if (this.isRunning) {
        task()
      } else {
        this.held.push(task)
      }
    })
  }

  stop(): void {
    this.state = "paused"
  }

  kill(): void {
    this.state = "killed"
  }

  /** Goes on where it was paused; of what was killed that is the end of the world. */
  goOn(): void {
    this.state = "running"
    this.held.splice(0).forEach((task) => this.scheduleTask(task))
  }
}
