import { failureNames } from "./FlappingPlatform.js"
import { openAccounts, type Seen } from "./Play.js"

/** The series of how many closed accounts the library keeps at most (docs/decisions/metric-series.md). */
const closedAccountsWithSeries = 99

/**
 * By how many bytes the heap may grow after the warm-up: code is compiled late. Of 75,000 callers, each would have to leave
 * less behind than the smallest fiber.
 */
const mayGrow = 5_000_000

/** The problems of a run; none if the run leaves nothing behind. */
export const problemsOf = (seen: Seen): ReadonlyArray<string> => {
  const {
    accounts,
    accountsWithSeries,
    callers,
    defects,
    failedAnswers,
    heapBytes,
    left,
    requests,
    strayErrors,
    waiting
  } = seen
  const growth = (heapBytes.at(-1) ?? 0) - (heapBytes[0] ?? 0)
  const checks: ReadonlyArray<readonly [isBroken: boolean, problem: string]> = [
    [growth > mayGrow, `the heap grew by ${growth} bytes`],
    [waiting > 0, `${waiting} callers still wait`],
    [defects.length > 0, `${defects.length} callers died: ${defects[0]}`],
    [left.requests > 0, `${left.requests} requests are still in flight`],
    [left.connections > 0, `${left.connections} connections are still open`],
    [left.handles.length > 0, `handles are left: ${left.handles.join(", ")}`],
    [left.fibers !== 0, `${left.fibers} fibers are left`],
    [strayErrors.length > 0, `${strayErrors.length} errors outside of a fiber: ${strayErrors[0]}`],
    [requests.overlaps > 0, `${requests.overlaps} token requests came while another one of the account was in flight`],
    [
      accountsWithSeries.whileOpen > openAccounts + closedAccountsWithSeries,
      `${accountsWithSeries.whileOpen} accounts have metric series, of which ${openAccounts} are open`
    ],
    [
      accountsWithSeries.atEnd > closedAccountsWithSeries,
      `${accountsWithSeries.atEnd} accounts have metric series, of which none is open`
    ],
    // A run that has not met every failure and every end of a caller proves nothing.
    [accounts <= openAccounts + closedAccountsWithSeries, `only ${accounts} accounts were opened`],
    [Math.min(callers.succeeded, callers.failed, callers.interrupted) === 0, "not every end of a caller was met"],
    [Math.min(requests.acquisitions, requests.refreshes, requests.reports) === 0, "not every request was sent"],
    ...failureNames.map((name) => [failedAnswers[name] === undefined, `the failure "${name}" was not met`] as const)
  ]
  return checks.flatMap(([isBroken, problem]) => isBroken ? [problem] : [])
}
