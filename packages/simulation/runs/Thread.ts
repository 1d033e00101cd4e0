import { Worker } from "node:worker_threads"
import type { Report } from "./Batch.js"
import type { Task } from "./worker.js"

/** A worker that runs one task at a time. */
export class Thread {
  private readonly worker: Worker

  constructor(file: string) {
    // Fibers are many and short-lived: a larger young generation makes them a third cheaper.
    this.worker = new Worker(file, { resourceLimits: { maxYoungGenerationSizeMb: 192 } })
  }

  run(task: Task): Promise<Report> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.worker.off("message", onReport)
        this.worker.off("error", onError)
      }
      const onReport = (report: Report) => {
        settle()
        resolve(report)
      }
      const onError = (error: unknown) => {
        settle()
        reject(error)
      }
      this.worker.on("message", onReport)
      this.worker.on("error", onError)
      this.worker.postMessage(task)
    })
  }

  async end(): Promise<void> {
    await this.worker.terminate()
  }
}
