// Plays 90 days of a provider that is read a thousand times an hour over a platform that fails some of its answers:
// `npm run soak -- --seed S [--failing PERCENT] [--days N] [--json]`; `--update` plays the document's rates and writes
// them to packages/simulation/RESULTS.md. All but the heap is determined by the seed.
import * as HttpClient from "@effect/platform/HttpClient"
import * as Credentials from "@jindouyun/core/Credentials"
import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
import * as TokenApi from "@jindouyun/core/TokenApi"
import * as TokenProvider from "@jindouyun/core/TokenProvider"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as LogLevel from "effect/LogLevel"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as RuntimeFlags from "effect/RuntimeFlags"
import * as Scope from "effect/Scope"
import { parseArgs } from "node:util"
import { Chooser } from "../world/Chooser.js"
import { ControlledScheduler } from "../world/ControlledScheduler.js"
import { type Answer, type Fault, honest, Platform, type Request } from "../world/Platform.js"
import { VirtualClock } from "../world/VirtualClock.js"
import { write } from "./results.js"

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const start = Date.UTC(2030, 0, 1)

const readsAnHour = 1000
const accessLifetime = day
const refreshLifetime = 30 * day
const earlyRefresh = 30 * minute

/** One login, and a refresh each time the early window is reached. */
const leastRequests = (days: number): number => 1 + Math.floor((days * day) / (accessLifetime - earlyRefresh))

const ratesOfTheDocument = [0, 5, 20, 50, 80]

const account = { username: "user", password: "password" }

interface Life {
  readonly seed: number
  readonly failing: number
  readonly days: number
  readonly reads: number
  readonly failedReads: number
  /** Reads that were handed a token the platform would not have taken. */
  readonly badTokens: number
  readonly longestWaitMillis: number
  readonly requests: { readonly acquire: number; readonly refresh: number; readonly mostAtOnce: number }
  readonly leastRequests: number
  readonly faults: Readonly<Record<string, number>>
  readonly heapMegabytes: { readonly before: number; readonly afterADay: number; readonly after: number }
}

type Kind = readonly [name: string, answer: Answer, mayAct: boolean]

/** Each as likely as the others; of those where the platform may have acted, half. */
const kinds: readonly [Kind, ...ReadonlyArray<Kind>] = [
  ["code 50000", { _tag: "code", code: 50000 }, false],
  ["code 50001", { _tag: "code", code: 50001 }, false],
  ["HTTP 502", { _tag: "status", status: 502 }, true],
  ["HTTP 503", { _tag: "status", status: 503 }, true],
  ["no connection", { _tag: "refusedPort" }, false],
  ["reset", { _tag: "reset" }, true],
  ["cut short", { _tag: "truncated" }, true],
  ["no text", { _tag: "notText" }, true],
  ["HTML with HTTP 200", { _tag: "garbage" }, true],
  ["no answer in time", { _tag: "hang" }, true],
  ["a body without an end", { _tag: "stalled" }, true]
]

function play(seed: number, failing: number, days: number): Life {
  const chooser = new Chooser(seed)
  const clock = new VirtualClock(start)
  const scheduler = new ControlledScheduler(new Chooser(seed + 1), "nobody")
  const runtime = Runtime.defaultRuntime.pipe(
    Runtime.disableRuntimeFlag(RuntimeFlags.RuntimeMetrics),
    Runtime.setFiberRef(
      DefaultServices.currentServices,
      DefaultServices.liveServices.pipe(
        Context.add(Clock.Clock, clock),
        Context.add(Random.Random, Random.make(seed))
      )
    ),
    Runtime.setFiberRef(FiberRef.currentScheduler, scheduler),
    Runtime.setFiberRef(FiberRef.currentMinimumLogLevel, LogLevel.None),
    Runtime.setFiberRef(FiberRef.currentTracerEnabled, false)
  )

  const faults: Record<string, number> = {}
  const sent = { acquire: 0, refresh: 0 }
  let mostAtOnce = 0
  let next = draw(chooser, failing)
  const platform: Platform = new Platform(
    clock,
    {
      accessLifetime,
      refreshLifetime,
      refreshTokens: "once",
      earlyRefresh: "accepted",
      acquireRevokesOlder: false,
      isApart: false
    },
    account,
    {
      sent: ({ kind }: Request) => {
        sent[kind] += 1
        mostAtOnce = Math.max(mostAtOnce, platform.inFlight)
        if (next.trouble !== undefined) {
          faults[next.trouble] = (faults[next.trouble] ?? 0) + 1
        }
        next = draw(chooser, failing)
        platform.weather = next.fault
      },
      ended: () => undefined
    }
  )
  platform.weather = next.fault

  const run = <A, E>(effect: Effect.Effect<A, E>): Fiber.RuntimeFiber<A, E> =>
    scheduler.atomically(() => Runtime.runFork(runtime, effect))

  function now<A, E>(effect: Effect.Effect<A, E>): A {
    const exit = run(effect).unsafePoll()
    if (exit === null || Exit.isFailure(exit)) {
      throw new Error(`not done at once: ${String(exit)}`)
    }
    return exit.value
  }

  const scope = now(Scope.make())
  const context = Context.empty().pipe(
    Context.add(HttpClient.HttpClient, platform.clientOf(1)),
    Context.add(
      JindouyunConfig.JindouyunConfig,
      Either.getOrThrow(JindouyunConfig.make({ baseUrl: "http://localhost:1" }))
    ),
    Context.add(Credentials.Credentials, {
      account: account.username,
      current: Effect.succeed(
        new Credentials.UsernamePassword({ username: account.username, password: Redacted.make(account.password) })
      )
    }),
    Context.add(Scope.Scope, scope)
  )
  const provider = now(
    TokenApi.make.pipe(
      Effect.flatMap((api) => Effect.provideService(TokenProvider.make, TokenApi.TokenApi, api)),
      Effect.provide(context)
    )
  )

  let reads = 0
  let pending = 0
  let failedReads = 0
  let badTokens = 0
  let longestWaitMillis = 0

  function read(): void {
    const at = clock.elapsed
    reads += 1
    pending += 1
    run(provider.accessToken).addObserver((exit) => {
      pending -= 1
      longestWaitMillis = Math.max(longestWaitMillis, clock.elapsed - at)
      if (Exit.isFailure(exit)) {
        failedReads += 1
      } else if (!isGood(Redacted.value(exit.value.value))) {
        badTokens += 1
      }
    })
    drain()
  }

  function isGood(token: string): boolean {
    const pair = platform.pairs.filter(({ access }) => access === token).at(-1)
    return pair !== undefined && !pair.isAccessRevoked && clock.elapsed - pair.issuedAt < accessLifetime
  }

  function drain(): void {
    if (!scheduler.drain()) {
      throw new Error("what runs does not come to an end")
    }
  }

  function advance(until: number): void {
    drain()
    while (clock.wakeNext(until)) {
      drain()
    }
  }

  function playHour(): void {
    const from = clock.elapsed
    const instants = Float64Array.from({ length: readsAnHour }, () => chooser.next(hour)).sort()
    for (const instant of instants) {
      advance(from + instant)
      read()
    }
    advance(from + hour)
  }

  const before = heap()
  let afterADay = before
  for (let played = 0; played < days * 24; played++) {
    playHour()
    if (played === 23) {
      afterADay = heap()
    }
  }
  const after = heap()
  now(Scope.close(scope, Exit.void))
  if (pending !== 0 || clock.sleepers !== 0) {
    throw new Error("a reader or a timer was left")
  }
  return {
    seed,
    failing,
    days,
    reads,
    failedReads,
    badTokens,
    longestWaitMillis: Math.round(longestWaitMillis),
    requests: { ...sent, mostAtOnce },
    leastRequests: leastRequests(days),
    faults,
    heapMegabytes: { before, afterADay, after }
  }
}

interface Draw {
  readonly fault: Fault
  readonly trouble: string | undefined
}

/** What becomes of the next request: an answer after 50 to 500 milliseconds, or in `failing` of a hundred cases none. */
function draw(chooser: Chooser, failing: number): Draw {
  const latency = 50 + chooser.next(451)
  if (chooser.next(100) >= failing) {
    return { fault: { ...honest, latency }, trouble: undefined }
  }
  const [name, answer, mayAct] = kinds[chooser.next(kinds.length)] ?? kinds[0]
  const acts = mayAct && chooser.next(2) === 1
  return {
    fault: { answer, acts, latency, retryAfter: undefined },
    trouble: acts ? `${name}, the platform having acted` : name
  }
}

function heap(): number {
  if (globalThis.gc === undefined) {
    throw new Error("run it with --expose-gc")
  }
  globalThis.gc()
  return Math.round(process.memoryUsage().heapUsed / 1e5) / 10
}

const grouped = (count: number): string => count.toLocaleString("en")

const columns = (life: Life): ReadonlyArray<string> => [
  `${life.failing} %`,
  String(life.requests.acquire + life.requests.refresh),
  String(life.requests.acquire),
  String(life.leastRequests),
  String(Object.values(life.faults).reduce((sum, count) => sum + count, 0)),
  grouped(life.reads),
  String(life.failedReads),
  String(life.badTokens),
  `${grouped(life.longestWaitMillis)} ms`,
  `${life.heapMegabytes.before} → ${life.heapMegabytes.afterADay} → ${life.heapMegabytes.after} MB`
]

const heads = [
  "Failed answers",
  "Requests",
  "Logins",
  "At least",
  "Answers failed",
  "Reads",
  "Reads failed",
  "Bad tokens",
  "Longest wait",
  "Heap"
]

const row = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

function report(lives: ReadonlyArray<Life>): string {
  return [row(heads), row(heads.map(() => "---")), ...lives.map((life) => row(columns(life)))].join("\n")
}

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    failing: { type: "string" },
    days: { type: "string", default: "90" },
    json: { type: "boolean", default: false },
    update: { type: "boolean", default: false }
  }
})

console.log(`seed ${values.seed}`)
const started = performance.now()
const rates = values.update && values.failing === undefined ? ratesOfTheDocument : [Number(values.failing ?? 5)]
const lives = rates.map((failing) => play(Number(values.seed), failing, Number(values.days)))
if (values.json) {
  console.log(JSON.stringify(lives.length === 1 ? lives[0] : lives))
} else {
  console.log(report(lives))
  for (const { failing, faults } of lives) {
    console.log(`\n${failing} %: ${Object.entries(faults).map(([name, count]) => `${count} × ${name}`).join("; ")}`)
  }
  console.log(`\n${Math.round((performance.now() - started) / 1000)} s`)
}
if (values.update) {
  write("soak", report(lives))
}
