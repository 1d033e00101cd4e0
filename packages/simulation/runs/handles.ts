// Callers that are interrupted at random, over a platform on a real socket that fails most of the time:
// `npm run handles -- [--seed S] [--fibers 100000] [--seconds 60] [--json]`; `--update` writes packages/simulation/RESULTS.md.
// Half of the callers use fetch, half the client of Node. The run fails if anything is left when the layers are closed.
import * as Effect from "effect/Effect"
import { parseArgs } from "node:util"
import { whole } from "./arguments.js"
import { problemsOf } from "./handles/oracle.js"
import { play, type Seen } from "./handles/Play.js"
import { table, write } from "./results.js"

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    fibers: { type: "string", default: "100000" },
    seconds: { type: "string", default: "60" },
    json: { type: "boolean", default: false },
    update: { type: "boolean", default: false }
  }
})

const grouped = (count: number): string => count.toLocaleString("en")

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)

const heads = [
  "Client",
  "Callers",
  "Interrupted",
  "Failed",
  "Accounts",
  "Token requests",
  "Overlaps",
  "Calls",
  "Answers failed",
  "Heap",
  "Accounts with series",
  "Left",
  ""
]

const columns = (seen: Seen): ReadonlyArray<string> => [
  seen.client,
  grouped(seen.callers.started),
  grouped(seen.callers.interrupted),
  grouped(seen.callers.failed),
  grouped(seen.accounts),
  grouped(seen.requests.acquisitions + seen.requests.refreshes),
  grouped(seen.requests.overlaps),
  grouped(seen.requests.reports),
  grouped(Object.values(seen.failedAnswers).reduce((sum, count) => sum + count, 0)),
  `${seen.heapBytes.map(megabytes).join(" → ")} MB`,
  `${seen.accountsWithSeries.whileOpen} → ${seen.accountsWithSeries.atEnd}`,
  grouped(seen.left.requests + seen.left.connections + seen.left.fibers + seen.left.handles.length),
  problemsOf(seen).length === 0 ? "ok" : "broken"
]

const seed = whole("seed", values.seed)
const options = { fibers: whole("fibers", values.fibers, 2) / 2, seconds: whole("seconds", values.seconds, 1) / 2 }

console.log(values.json ? "" : `seed ${seed}`)
const runs = await Effect.runPromise(
  Effect.forEach(["fetch", "node"] as const, (client) => play({ ...options, client, seed }))
)
const broken = runs.flatMap((seen) => problemsOf(seen).map((problem) => `BROKEN ${seen.client}: ${problem}`))
const report = table(heads, runs.map(columns))
console.log(values.json ? JSON.stringify(runs) : [report, ...broken].join("\n"))
if (values.update) {
  write("handles", report)
}
// A fiber or a handle that is left would keep the process running.
process.exit(broken.length > 0 ? 1 : 0)
