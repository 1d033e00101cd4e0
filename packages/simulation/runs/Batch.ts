import * as FastCheck from "effect/FastCheck"
import type { Violation } from "../oracle/Rules.js"
import { Histories, type History, show } from "../world/History.js"
import * as World from "../world/World.js"

/** How many commands a history has. */
export const length = 50

/** How many histories are drawn from one seed of their own: the unit of work of a thread. */
export const size = 250

/** Histories, determined by the seed of the whole run and the number of the batch. */
export interface Batch {
  readonly seed: number
  readonly number: number
  readonly runs: number
}

/** The result of a batch. */
export interface Report {
  readonly runs: number
  readonly steps: number
  readonly requests: number
  readonly found: Found | undefined
}

/** A violation, and how many histories it took to find it. */
export interface Found extends Violation {
  readonly needed: number
  readonly history: string
}

/** The batch of a number in a run of so many histories. */
export const batchOf = (seed: number, number: number, runs: number): Batch => ({
  seed,
  number,
  runs: Math.min(size, runs - number * size)
})

/** Runs a batch up to its first violation, and shrinks the history that has it. */
export const check = (batch: Batch, isShrunk = true): Report => {
  let runs = 0
  let steps = 0
  let requests = 0
  let isShrinking = false
  const property = FastCheck.property(new Histories(length), (history) => {
    const result = World.run(history)
    if (!isShrinking) {
      runs += 1
      steps += result.steps
      requests += result.requests
    }
    isShrinking ||= result.violation !== undefined
    return result.violation === undefined
  })
  // The stacks of the failures that a history contains would cost more than the history.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    const { counterexample, errorInstance, failed } = FastCheck.check(property, {
      seed: mix(batch.seed, batch.number),
      numRuns: batch.runs,
      endOnFailure: !isShrunk
    })
    const [history] = counterexample ?? []
    const found = failed && history !== undefined ? { ...retell(history, errorInstance), needed: runs } : undefined
    return { runs, steps, requests, found }
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** Runs a history once more and records what happens. */
const retell = (history: History, error: unknown): Omit<Found, "needed"> => {
  const commands = [
    `setup ${JSON.stringify(history.setup)}`,
    ...history.steps.map((step, index) => `${index + 1}. ${show(step)}`)
  ]
  try {
    const { trace, violation } = World.run(history, true)
    return violation === undefined
      ? { guarantee: 0, invariant: String(error), history: commands.join("\n") }
      : { ...violation, history: [commands[0], ...trace].join("\n") }
  } catch (thrown) {
    return { guarantee: 0, invariant: `the simulation failed: ${String(thrown)}`, history: commands.join("\n") }
  }
}

/** One seed of 32 bits from two numbers; neighbours get distant seeds. */
const mix = (seed: number, number: number): number => {
  let x = (seed ^ Math.imul(number + 1, 0x9e3779b1)) | 0
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}
