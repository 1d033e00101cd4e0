/** A provider that is read for days, seen from outside: the counts of its callers and of the platform. */
export interface Life {
  readonly seed: number
  readonly failing: number
  readonly days: number
  readonly reads: number
  readonly failedReads: number
  /** Reads that failed or waited although the provider had received a token that was still valid. */
  readonly delayedReads: number
  /** Reads that got a token which the platform would have rejected. */
  readonly badTokens: number
  readonly longestWaitMillis: number
  readonly requests: { readonly acquire: number; readonly refresh: number; readonly mostAtOnce: number }
  readonly leastRequests: number
  readonly faults: Readonly<Record<string, number>>
  readonly heapMegabytes: { readonly before: number; readonly afterADay: number; readonly after: number }
}

/** By how many megabytes the heap may grow after the first day: three bytes a read. */
const mayGrow = 6

/** The deadline of a renewal, in milliseconds. */
const longestRenewal = 50_000

export const failedAnswersOf = ({ faults }: Life): number =>
  Object.values(faults).reduce((sum, count) => sum + count, 0)

/** The problems of a life; none if every guarantee was kept. */
export const problemsOf = (life: Life): ReadonlyArray<string> => {
  const { badTokens, days, delayedReads, failedReads, heapMegabytes, leastRequests, longestWaitMillis, reads } = life
  const { acquire, mostAtOnce, refresh } = life.requests
  const requests = acquire + refresh
  const failed = failedAnswersOf(life)
  const growth = heapMegabytes.after - heapMegabytes.afterADay
  const checks: ReadonlyArray<readonly [isBroken: boolean, problem: string]> = [
    [badTokens > 0, `${badTokens} reads got a token that the platform would have rejected`],
    [delayedReads > 0, `${delayedReads} reads failed or waited although a token was valid`],
    [failed === 0 && failedReads > 0, `${failedReads} reads failed, and no answer did`],
    [longestWaitMillis > longestRenewal, `a read waited ${longestWaitMillis} ms`],
    [mostAtOnce > 1, `${mostAtOnce} token requests at once`],
    // A failed answer is repeated. If the platform has executed the refresh, a refused refresh and an acquisition follow.
    [
      requests > leastRequests + 2 * failed,
      `${requests} requests, where ${leastRequests} are needed and ${failed} answers failed`
    ],
    [requests < leastRequests, `${requests} requests, fewer than the ${leastRequests} that are needed`],
    [growth > mayGrow, `the heap grew by ${growth.toFixed(1)} MB`],
    [reads !== days * 24_000, `${reads} reads in ${days} days`]
  ]
  return checks.flatMap(([isBroken, problem]) => isBroken ? [problem] : [])
}
