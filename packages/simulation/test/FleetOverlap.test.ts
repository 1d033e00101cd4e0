import { assert, describe, it } from "@effect/vitest"
import { type ProcessEvidence, verdictOf } from "../runs/fleet/overlap.js"
import type { TokenRequest } from "../runs/fleet/platform.js"

const lease = 3000

const request = (process: number, arrivedAt: number, endedAt: number): TokenRequest => ({
  process,
  kind: "refresh",
  arrivedAt,
  endedAt,
  code: "20000"
})

/** Process 1 sends first and process 2 second. */
const found = ({ first = {}, losses = [], second = {}, at = [10, 4000], same = false }: {
  readonly first?: Partial<ProcessEvidence>
  readonly second?: Partial<ProcessEvidence>
  readonly losses?: ReadonlyArray<number>
  readonly at?: readonly [number, number]
  readonly same?: boolean
}) => {
  const evidence: Readonly<Record<number, ProcessEvidence>> = {
    1: { renewals: [0], pauses: [], ...first },
    2: { renewals: [at[1] - 10], pauses: [], ...second }
  }
  const verdict = verdictOf(
    { start: 0, lease, of: (process) => evidence[process] ?? { renewals: [], pauses: [] }, losses },
    { earlier: request(1, at[0], 4100), later: request(same ? 1 : 2, at[1], 4200) }
  )
  return verdict._tag === "Excused" ? verdict.cause : verdict.sentence
}

const sentence = (reason: string, at: readonly [number, number] = [10, 4000], later = 2) =>
  `token requests of process 1 (refresh, ${at[0]} to 4100 ms) and process ${later} (refresh, ${
    at[1]
  } to 4200 ms) overlapped: ${reason}`

const heldByBoth = "both held a lease, and the store had lost none"
const ranOut = (process: number, end: number) =>
  `the lease of process ${process} ended at ${end} ms, when it was not paused`

describe("an overlap of two token requests", () => {
  it.each([
    ["is excused if the earlier process was paused when its lease ended", {
      first: { pauses: [{ from: 20, to: 3900 }] }
    }],
    [
      "is excused if the later process was paused when its lease ended",
      {
        at: [1510, 4000] as const,
        first: { renewals: [1500] },
        second: { renewals: [500], pauses: [{ from: 600, to: 3990 }] }
      }
    ],
    ["is excused if the process is still paused", { first: { pauses: [{ from: 20, to: Infinity }] } }]
  ])("%s", (_name, given) => {
    assert.strictEqual(found(given), "paused")
  })

  it("is excused if the store lost the lease of the earlier process", () => {
    assert.strictEqual(found({ at: [10, 500], losses: [200] }), "storeLost")
  })

  it.each([
    ["if nothing happened", { at: [10, 500] as const }, sentence(heldByBoth, [10, 500])],
    [
      "if a pause ended before the lease",
      { first: { pauses: [{ from: 20, to: 2990 }] } },
      sentence(ranOut(1, 3000))
    ],
    ["if a pause began after the lease", { first: { pauses: [{ from: 3010, to: 3900 }] } }, sentence(ranOut(1, 3000))],
    ["if another process was paused", { second: { pauses: [{ from: 20, to: 3900 }] } }, sentence(ranOut(1, 3000))],
    [
      "if both leases ended, and one process was awake",
      { first: { pauses: [{ from: 20, to: 3900 }] }, second: { renewals: [100] } },
      sentence(ranOut(2, 3100))
    ],
    [
      "if a pause did not reach the end of the lease",
      { at: [10, 500] as const, first: { pauses: [{ from: 20, to: 480 }] } },
      sentence(heldByBoth, [10, 500])
    ],
    [
      "if the store was emptied before the lease",
      { at: [10, 500] as const, losses: [-1] },
      sentence(heldByBoth, [10, 500])
    ],
    ["if the store was emptied afterwards", { at: [10, 500] as const, losses: [501] }, sentence(heldByBoth, [10, 500])],
    ["if the store was emptied and a lease ended", { losses: [200] }, sentence(ranOut(1, 3000))],
    ["if a process had no lease", { first: { renewals: [] } }, sentence("process 1 had no lease")],
    [
      "if a process renewed its lease afterwards only",
      { first: { renewals: [11] } },
      sentence("process 1 had no lease")
    ],
    [
      "if one process sent both",
      { same: true, first: { pauses: [{ from: 20, to: 3900 }] } },
      sentence("one process sends one request at a time", [10, 4000], 1)
    ]
  ])("is named %s", (_name, given, expected) => {
    assert.strictEqual(found(given), expected)
  })
})
