import type { ControlledScheduler } from "./ControlledScheduler.js"
import { type AnyFiber, FiberScheduler } from "./edition/FiberScheduler.js"

/**
 * The fibers of one provider, as a process. A signal pauses or kills them at any point. Their requests stay in flight, and
 * answers wait until the process resumes.
 */
export class Process extends FiberScheduler {
  private state: "running" | "paused" | "killed" = "running"
  private readonly held: Array<() => void> = []
  private readonly scheduler: ControlledScheduler

  constructor(scheduler: ControlledScheduler) {
    super()
    this.scheduler = scheduler
  }

  get isRunning(): boolean {
    return this.state === "running"
  }

  get isPaused(): boolean {
    return this.state === "paused"
  }

  mayContinue(fiber: AnyFiber): boolean {
    return this.isRunning && this.scheduler.mayContinue(fiber)
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

  pause(): void {
    this.state = "paused"
  }

  kill(): void {
    this.state = "killed"
  }

  /** Continues where the process was paused. A killed process is resumed only at the very end. */
  resume(): void {
    this.state = "running"
    this.held.splice(0).forEach((task) => this.scheduleTask(task))
  }
}
