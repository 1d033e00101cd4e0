import { parentPort } from "node:worker_threads"
import * as Batch from "./Batch.js"

/** What a thread is told to do. */
export interface Task {
  readonly batch: Batch.Batch
  readonly isShrunk: boolean
}

parentPort?.on("message", ({ batch, isShrunk }: Task) => {
  parentPort?.postMessage(Batch.check(batch, { isShrunk }))
})
