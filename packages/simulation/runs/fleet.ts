// Real processes that share one token, through every fault of a fleet: `npm run fleet -- [--processes 16]
// [--store redis|file] [--only 1,2,3,8] [--json]`; `--update` writes packages/simulation/RESULTS.md. `--chaos SECONDS [--seed S]
// [--mixed]` kills and pauses processes and fails their store at random moments instead; with `--mixed` every second process is
// on Effect 4. The exit code is 1 if a rule was broken.
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { parseArgs } from "node:util"
import * as RedisServer from "../../redis/test/redisServer.js"
import { whole } from "./arguments.js"
import * as Chaos from "./fleet/chaos.js"
import * as Processes from "./fleet/processes.js"
import type { Store } from "./fleet/protocol.js"
import * as Scenarios from "./fleet/scenarios.js"
import type { Cast } from "./fleet/stage.js"
import { table, write } from "./results.js"

const { values } = parseArgs({
  options: {
    processes: { type: "string", default: "16" },
    store: { type: "string", default: "redis" },
    only: { type: "string" },
    chaos: { type: "string" },
    seed: { type: "string", default: "1" },
    mixed: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    update: { type: "boolean", default: false }
  }
})

const processes = whole("processes", values.processes, 2)
const store = storeOf(values.store)
const only = values.only?.split(",").map((number) => whole("only", number, 1))
const chosen = Scenarios.all.filter((scenario) =>
  scenario.stores.includes(store) && (only === undefined || only.includes(scenario.number))
)

if (values.update && (only !== undefined || store === "File" || values.chaos !== undefined)) {
  throw new Error("--update writes the results of every scenario over Redis")
}

const say = (line: string) => Effect.sync(() => values.json ? undefined : console.log(line))

interface Report {
  readonly processes: number
  readonly store: string
  readonly seconds: number
  readonly scenarios: ReadonlyArray<Scenarios.Seen>
}

const cast = Effect.map(
  Effect.flatMap(Processes.folder, Processes.bundle),
  (program): Cast => ({ program, processes, store })
)

const play = Effect.gen(function*() {
  const started = performance.now()
  const actors = yield* cast
  const scenarios = yield* Effect.forEach(
    chosen,
    (scenario) =>
      Scenarios.play(scenario, actors).pipe(
        Effect.catchAll(({ message }) => Effect.succeed(Scenarios.notPlayed(scenario, message))),
        Effect.tap((seen) => say(line(seen)))
      )
  )
  const report: Report = {
    processes,
    store: values.store,
    seconds: Math.round((performance.now() - started) / 1000),
    scenarios
  }
  return report
}).pipe(Effect.scoped)

function line(seen: Scenarios.Seen) {
  const { bound, broken, longestWait, made } = seen
  return [
    `${seen.number} ${seen.name}`,
    `  ${made.acquisitions} acquisitions, ${made.refreshes} refreshes, ${seen.mostAtOnce} at once, ${seen.mostWithOneToken} with one refresh token`,
    longestWait === undefined || bound === undefined
      ? "  no caller gets a token"
      : `  longest wait ${
        Math.ceil(longestWait)
      } ms, of ${bound} and ${seen.late} the machine was late; ${seen.failedReads} reads failed`,
    ...(broken.length === 0 ? [`  ok, ${seen.seconds} s`] : broken.map((problem) => `  BROKEN ${problem}`))
  ].join("\n")
}

function chaosLines(seen: Chaos.Seen) {
  const { acquisitions, faults, kills, notMade, overlaps, pauses, recovery, refreshes, refused, resets, saves } = seen
  return [
    `${kills} kills, ${pauses.short} pauses shorter than a lease, ${pauses.long} longer ones`,
    ...Object.entries(faults).map(([name, times]) => `${times} times: ${name}`),
    ...notMade.map((fault) => `not made: ${fault}`),
    `${acquisitions} acquisitions, ${refreshes} refreshes, ${refused} of them refused`,
    `overlaps: ${overlaps.paused} with a process that was paused past the end of its lease, ${overlaps.storeLost} after the store had lost the lease`,
    `${saves.kept} reported saves were in the store, ${saves.lost} were lost with the store or by a reset`,
    `${resets} resets`,
    `every process had the newest pair ${recovery} ms after the chaos`,
    ...(seen.broken.length === 0 ? ["ok"] : seen.broken.map((problem) => `BROKEN ${problem}`))
  ]
}

const heads = [
  "",
  "What happens",
  "Acquisitions",
  "Refreshes",
  "Needed",
  "At once",
  "With one refresh token",
  "Longest wait",
  ""
]

/** A count that may differ from run to run is given as its bounds. */
const range = (made: number, least: number, most: number) => least === most ? `${made}` : `${least} to ${most}`

const cells = (
  { allowed, bound, broken, made, mostAtOnce, mostWithOneToken, name, needed, number }: Scenarios.Seen
) => [
  `${number}`,
  name,
  range(made.acquisitions, needed.acquisitions, allowed.acquisitions),
  range(made.refreshes, needed.refreshes, allowed.refreshes),
  `${needed.acquisitions + needed.refreshes}`,
  range(mostAtOnce, 1, allowed.atOnce),
  range(mostWithOneToken, 1, allowed.atOnce),
  bound === undefined ? "–" : `< ${bound / 1000} s`,
  broken.length === 0 ? "ok" : "broken"
]

function storeOf(name: string): Store["_tag"] {
  if (name !== "redis" && name !== "file") {
    throw new Error("--store must be redis or file")
  }
  return name === "redis" ? "Redis" : "File"
}

/** Runs it; a signal interrupts it, so that what it has started is ended before the script is. */
async function main<A, E>(effect: Effect.Effect<A, E>): Promise<A> {
  const fiber = Effect.runFork(effect)
  const interrupt = () => fiber.unsafeInterruptAsFork(fiber.id())
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt)
  const exit = await Effect.runPromise(Fiber.await(fiber))
  if (Exit.isInterrupted(exit)) {
    process.exit(130)
  }
  return await Effect.runPromise(exit)
}

const isSkipped = store === "Redis" && !RedisServer.isInstalled
const skipped = isSkipped ? chosen.map(({ name, number }) => `${number} ${name}`) : []
if (isSkipped) {
  console.log(
    values.json ? JSON.stringify({ skipped }) : ["skipped, for there is no redis-server:", ...skipped].join("\n  ")
  )
} else if (values.chaos !== undefined) {
  const options = {
    seconds: whole("chaos", values.chaos, 1),
    seed: whole("seed", values.seed, 0),
    isMixed: values.mixed
  }
  const seen = await main(Effect.scoped(Effect.flatMap(cast, (cast) => Chaos.play(cast, options))))
  console.log(values.json ? JSON.stringify(seen) : chaosLines(seen).join("\n"))
  process.exitCode = seen.broken.length > 0 ? 1 : 0
} else {
  const report = await main(play)
  console.log(values.json ? JSON.stringify(report) : `${report.seconds} s`)
  if (values.update) {
    write("fleet", table(heads, report.scenarios.map(cells)))
  }
  process.exitCode = report.scenarios.some(({ broken }) => broken.length > 0) ? 1 : 0
}
