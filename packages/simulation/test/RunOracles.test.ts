import { assert, describe, it } from "@effect/vitest"
import * as Scaling from "../runs/scaling/oracle.js"
import * as Soak from "../runs/soak/oracle.js"

const life: Soak.Life = {
  seed: 1,
  failing: 5,
  days: 2,
  reads: 48_000,
  failedReads: 0,
  delayedReads: 0,
  badTokens: 0,
  longestWaitMillis: 270,
  requests: { acquire: 2, refresh: 3, mostAtOnce: 1 },
  leastRequests: 3,
  faults: { "HTTP 502": 1 },
  heapMegabytes: { before: 23, afterADay: 24, after: 27 }
}

describe("the oracle of a soak", () => {
  it("finds no problem in a life that keeps the guarantees", () => {
    assert.deepStrictEqual(Soak.problemsOf(life), [])
  })

  it.each<[Partial<Soak.Life>, string]>([
    [{ badTokens: 1 }, "1 reads got a token that the platform would have rejected"],
    [{ delayedReads: 2 }, "2 reads failed or waited although a token was valid"],
    [
      { failedReads: 3, faults: {}, requests: { acquire: 1, refresh: 2, mostAtOnce: 1 } },
      "3 reads failed, and no answer did"
    ],
    [{ longestWaitMillis: 50_001 }, "a read waited 50001 ms"],
    [{ requests: { acquire: 2, refresh: 3, mostAtOnce: 2 } }, "2 token requests at once"],
    [
      { requests: { acquire: 3, refresh: 3, mostAtOnce: 1 } },
      "6 requests, where 3 are needed and 1 answers failed"
    ],
    [{ requests: { acquire: 1, refresh: 1, mostAtOnce: 1 } }, "2 requests, fewer than the 3 that are needed"],
    [{ heapMegabytes: { before: 23, afterADay: 24, after: 31 } }, "the heap grew by 7.0 MB"],
    [{ reads: 47_999 }, "47999 reads in 2 days"]
  ])("names %o", (part, problem) => {
    assert.deepStrictEqual(Soak.problemsOf({ ...life, ...part }), [problem])
  })
})

const outcome: Scaling.Outcome = {
  requests: 1,
  operations: 80,
  mostAMillisecond: 20,
  longestWaitMillis: 0,
  lastUpToDateMillis: 50
}

const growth: Scaling.Growth = {
  processes: 10,
  startOnNothing: { ...outcome, longestWaitMillis: 600 },
  startOnAPair: { ...outcome, requests: 0 },
  renewal: outcome,
  rejection: { ...outcome, longestWaitMillis: 300 }
}

describe("the oracle of a growing fleet", () => {
  it("finds no problem in a fleet that sends one request at a time", () => {
    assert.deepStrictEqual(Scaling.problemsOf(growth), [])
  })

  it.each<[Partial<Scaling.Growth>, string]>([
    [{ startOnNothing: { ...outcome, requests: 2 } }, "start on nothing: 2 requests, where 1 are needed"],
    [{ startOnAPair: outcome }, "start on a pair: 1 requests, where 0 are needed"],
    [{ renewal: { ...outcome, requests: 10 } }, "renewal: 10 requests, where 1 are needed"],
    [{ renewal: { ...outcome, longestWaitMillis: 1 } }, "renewal: a caller waited 1 ms"],
    [{ rejection: { ...outcome, longestWaitMillis: 1501 } }, "rejection: a caller waited 1501 ms"],
    [{ rejection: { ...outcome, operations: 87 } }, "rejection: 87 store operations, more than 86"],
    [{ rejection: { ...outcome, lastUpToDateMillis: 1501 } }, "rejection: a process had the new pair after 1501 ms"]
  ])("names %o", (part, problem) => {
    assert.deepStrictEqual(Scaling.problemsOf({ ...growth, ...part }), [`10 processes, ${problem}`])
  })
})
