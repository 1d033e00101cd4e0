import { parentPort } from "node:worker_threads"
import * as Batch from "./Batch.js"

/** The task of a thread. */
export interface Task {
  readonly batch: Batch.Batch
  readonly isShrunk: boolean
}

parentPort?.on("message", ({ batch, isShrunk }: Task) => {
  parentPort?.postMessage(Batch.check(batch, isShrunk))
})
