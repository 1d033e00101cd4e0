/** The counts of one event in a fleet. */
export interface Outcome {
  readonly requests: number
  readonly operations: number
  readonly mostAMillisecond: number
  readonly longestWaitMillis: number
  readonly lastUpToDateMillis: number
}

/** A fleet of so many processes, and its four events. */
export interface Growth {
  readonly processes: number
  readonly startOnNothing: Outcome
  readonly startOnAPair: Outcome
  readonly renewal: Outcome
  readonly rejection: Outcome
}

/** A process loads, asks for the lease and polls; only the lease holder also renews, saves and releases. */
const operationsOfAHolder = 6
const operationsOfAProcess = 8

/** A request, the longest pause between two polls, and the time in which the store serves 10,000 processes. */
const longestWait = 1500

/** The problems of an event that needs so many requests. */
const problemsOfEvent = (name: string, processes: number, outcome: Outcome, needed: number, mayWait: boolean) => {
  const { lastUpToDateMillis, longestWaitMillis, operations, requests } = outcome
  const mostOperations = operationsOfAHolder + operationsOfAProcess * processes
  const checks: ReadonlyArray<readonly [isBroken: boolean, problem: string]> = [
    [requests !== needed, `${requests} requests, where ${needed} are needed`],
    [operations > mostOperations, `${operations} store operations, more than ${mostOperations}`],
    [longestWaitMillis > (mayWait ? longestWait : 0), `a caller waited ${longestWaitMillis} ms`],
    [lastUpToDateMillis > longestWait, `a process had the new pair after ${lastUpToDateMillis} ms`]
  ]
  return checks.flatMap(([isBroken, problem]) => isBroken ? [`${processes} processes, ${name}: ${problem}`] : [])
}

/** The problems of a fleet; none if each event took the requests that it needs and no caller waited for long. */
export const problemsOf = (
  { processes, rejection, renewal, startOnAPair, startOnNothing }: Growth
): ReadonlyArray<string> => [
  ...problemsOfEvent("start on nothing", processes, startOnNothing, 1, true),
  ...problemsOfEvent("start on a pair", processes, startOnAPair, 0, true),
  ...problemsOfEvent("renewal", processes, renewal, 1, false),
  ...problemsOfEvent("rejection", processes, rejection, 1, true)
]
