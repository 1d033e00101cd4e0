import * as FastCheck from "effect/FastCheck"
import type { Violation } from "../oracle/Rules.js"
import { Histories, type History, show } from "../world/History.js"
import * as World from "../world/World.js"

/** How many commands a history has. */
export const length = 50

/** How many histories are drawn from one seed of their own: the unit of work of a thread. */
export const size = 250

/** A number of histories, determined by the seed of the whole run and the number of the batch. */
export interface Batch {
  readonly seed: number
  readonly number: number
  readonly runs: number
}

/** What running a batch came to; `needed` histories were run until a guarantee was broken. */
export interface Report {
  readonly runs: number
  readonly steps: number
  readonly requests: number
  readonly found: Found | undefined
}

export interface Found extends Violation {
  readonly needed: number
  readonly history: string
}

/** Runs a batch up to the first violation and makes that as plain as it gets. */
export const check = (batch: Batch, options: {
  readonly isShrunk?: boolean
  readonly subject?: World.Subject
} = {}): Report => {
  const subject = options.subject ?? World.subject
  let runs = 0
  let steps = 0
  let requests = 0
  let isShrinking = false
  const property = FastCheck.property(new Histories(length), (history) => {
    const result = World.run(history, { subject })
    if (!isShrinking) {
      runs += 1
      steps += result.steps
      requests += result.requests
    }
    isShrinking ||= result.violation !== undefined
    return result.violation === undefined
  })
  // Stacks of the failures that are part of the game cost more than the game.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    const { counterexample, errorInstance, failed } = FastCheck.check(property, {
      seed: mix(batch.seed, batch.number),
      numRuns: batch.runs,
      endOnFailure: options.isShrunk === false
    })
    const [history] = counterexample ?? []
    return {
      runs,
      steps,
      requests,
      found: failed && history !== undefined ? { ...retell(history, subject, errorInstance), needed: runs } : undefined
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

const retell = (history: History, subject: World.Subject, error: unknown): Omit<Found, "needed"> => {
  const told = [
    `setup ${JSON.stringify(history.setup)}`,
    ...history.steps.map((step, index) => `${index + 1}. ${show(step)}`)
  ]
  try {
    const { trace, violation } = World.run(history, { subject, isTraced: true })
    return violation === undefined
      ? { guarantee: 0, invariant: String(error), history: told.join("\n") }
      : { ...violation, history: [told[0], ...trace].join("\n") }
  } catch (thrown) {
    return { guarantee: 0, invariant: `the simulation broke: ${String(thrown)}`, history: told.join("\n") }
  }
}

/** One seed of 32 bits from two numbers, far apart for neighbours. */
const mix = (seed: number, number: number): number => {
  let x = (seed ^ Math.imul(number + 1, 0x9e3779b1)) | 0
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}
