// Why two token requests overlapped, found from the evidence of the run.
import type { Overlap, TokenRequest } from "./platform.js"

/** Milliseconds of the monotonic clock of the machine. */
export interface Interval {
  readonly from: number
  readonly to: number
}

/** The lease of a process and the pauses that the run made. */
export interface ProcessEvidence {
  /** When the process began each renewal of its lease; it begins one before each request. */
  readonly renewals: ReadonlyArray<number>
  readonly pauses: ReadonlyArray<Interval>
}

export interface Evidence {
  /** How long a lease lasts from the start of its renewal, in milliseconds. */
  readonly lease: number
  readonly of: (process: number) => ProcessEvidence
  /** When the run emptied the store. */
  readonly losses: ReadonlyArray<number>
  /** When the run began. */
  readonly start: number
}

/** A cause that a lease cannot exclude, or, for any other overlap, the sentence that names it. */
export type Verdict =
  | { readonly _tag: "Excused"; readonly cause: "paused" | "storeLost" }
  | { readonly _tag: "Broken"; readonly sentence: string }

/** When the lease under which a request was sent runs out, unless the process renews it. */
const endOfLease = ({ lease, of }: Evidence, { arrivedAt, process }: TokenRequest): number | undefined => {
  const renewedAt = of(process).renewals.filter((at) => at <= arrivedAt).at(-1)
  return renewedAt === undefined ? undefined : renewedAt + lease
}

export const verdictOf = (evidence: Evidence, overlap: Overlap): Verdict => {
  const { earlier, later } = overlap
  const broken = (reason: string): Verdict => ({ _tag: "Broken", sentence: sentence(evidence, overlap, reason) })
  if (earlier.process === later.process) {
    return broken("one process sends one request at a time")
  }
  const began = later.arrivedAt
  const ends = [earlier, later].map((request) => ({ process: request.process, end: endOfLease(evidence, request) }))
  const without = ends.find(({ end }) => end === undefined)
  if (without !== undefined) {
    return broken(`process ${without.process} had no lease`)
  }
  const overdue = ends.filter(({ end = began }) => end < began)
  const awake = overdue.find(({ end = began, process }) =>
    !evidence.of(process).pauses.some(({ from, to }) => from <= end && end <= to)
  )
  if (awake !== undefined) {
    const { end = began, process } = awake
    return broken(`the lease of process ${process} ended at ${round(end - evidence.start)} ms, when it was not paused`)
  }
  if (overdue.length > 0) {
    return { _tag: "Excused", cause: "paused" }
  }
  const firstRenewal = Math.min(...ends.map(({ end = 0 }) => end)) - evidence.lease
  return evidence.losses.some((at) => firstRenewal <= at && at <= began)
    ? { _tag: "Excused", cause: "storeLost" }
    : broken("both held a lease, and the store had lost none")
}

const round = (millis: number): number => Math.round(millis)

const sentence = ({ start }: Evidence, { earlier, later }: Overlap, reason: string): string => {
  const say = ({ arrivedAt, endedAt, kind, process }: TokenRequest) =>
    `process ${process} (${kind}, ${round(arrivedAt - start)} to ${
      endedAt === undefined ? "the end" : round(endedAt - start)
    } ms)`
  return `token requests of ${say(earlier)} and ${say(later)} overlapped: ${reason}`
}
