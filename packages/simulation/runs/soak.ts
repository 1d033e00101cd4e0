// Runs a provider for 90 days, with a thousand reads an hour, over a platform that fails some of its answers:
// `npm run soak -- --seed S [--failing PERCENT] [--days N] [--json]`; `--update` runs the document's rates and
// writes them to packages/simulation/RESULTS.md. The seed determines everything but the heap. The exit code is 1 if a guarantee
// was broken.
import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
import * as TokenStore from "@jindouyun/core/TokenStore"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import { parseArgs } from "node:util"
import { Chooser } from "../world/Chooser.js"
import {
  type Answer,
  type Fault,
  type Habits,
  honest,
  type Outcome,
  Platform,
  type Request
} from "../world/Platform.js"
import { credentialsOf, type Opened, VirtualRuntime } from "../world/VirtualRuntime.js"
import { whole } from "./arguments.js"
import { table, write } from "./results.js"
import { failedAnswersOf, type Life, problemsOf } from "./soak/oracle.js"

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const readsAnHour = 1000
const accessLifetime = day
const refreshLifetime = 30 * day
const earlyRefresh = 30 * minute
const expiryMargin = minute

/** One acquisition, and a refresh each time the early window is reached. */
const leastRequests = (days: number): number => 1 + Math.floor((days * day) / (accessLifetime - earlyRefresh))

const ratesOfTheDocument = [0, 5, 20, 50, 80]

const account = { username: "user", password: "password" }

const habits: Habits = {
  accessLifetime,
  refreshLifetime,
  refreshTokens: "once",
  earlyRefresh: "accepted",
  acquireRevokesOlder: false,
  isApart: false
}

type Kind = readonly [name: string, answer: Answer, mayAct: boolean]

/** All are equally likely. If the platform may have acted, it has in half of the cases. */
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

/** The platform, the provider over it, and the counts of a life. */
class Play {
  reads = 0
  failedReads = 0
  delayedReads = 0
  badTokens = 0
  longestWaitMillis = 0
  mostAtOnce = 0
  readonly faults: Record<string, number> = {}
  readonly sent = { acquire: 0, refresh: 0 }
  private waiting = 0
  /** Until when the provider can serve the newest token that it has received. */
  private servableUntil = 0
  private next: Draw
  private readonly chooser: Chooser
  private readonly failing: number
  private readonly virtual: VirtualRuntime
  private readonly platform: Platform
  private readonly provider: Opened

  constructor(seed: number, failing: number) {
    this.chooser = new Chooser(seed)
    this.failing = failing
    this.virtual = new VirtualRuntime({
      chooser: new Chooser(seed + 1),
      yields: "none",
      random: Random.make(seed)
    })
    this.next = draw(this.chooser, failing)
    this.platform = new Platform(this.virtual.clock, habits, account, {
      sent: (request) => this.count(request),
      ended: (request, outcome) => this.receive(request, outcome)
    })
    this.platform.everyFault = this.next.fault
    this.provider = this.virtual.open({
      client: this.platform.clientOf(1),
      config: Either.getOrThrow(JindouyunConfig.make({ baseUrl: "http://localhost:1" })),
      store: TokenStore.none,
      credentials: { account: account.username, current: Effect.succeed(credentialsOf(account)) }
    })
  }

  private count({ kind }: Request): void {
    this.sent[kind] += 1
    this.mostAtOnce = Math.max(this.mostAtOnce, this.platform.inFlight)
    const { trouble } = this.next
    if (trouble !== undefined) {
      this.faults[trouble] = (this.faults[trouble] ?? 0) + 1
    }
    this.next = draw(this.chooser, this.failing)
    this.platform.everyFault = this.next.fault
  }

  private receive({ startedAt }: Request, { _tag }: Outcome): void {
    if (_tag === "success") {
      this.servableUntil = startedAt + accessLifetime - expiryMargin
    }
  }

  playHour(): void {
    const { clock } = this.virtual
    const from = clock.elapsed
    const instants = Float64Array.from({ length: readsAnHour }, () => this.chooser.next(hour)).sort()
    for (const instant of instants) {
      this.virtual.advance(from + instant)
      this.read()
    }
    this.virtual.advance(from + hour)
  }

  private read(): void {
    const { clock, runtime, scheduler } = this.virtual
    const at = clock.elapsed
    const isServable = at < this.servableUntil
    this.reads += 1
    this.waiting += 1
    scheduler.atomically(() => Runtime.runFork(runtime, this.provider.service.accessToken)).addObserver((exit) => {
      this.waiting -= 1
      this.longestWaitMillis = Math.max(this.longestWaitMillis, clock.elapsed - at)
      this.delayedReads += isServable && (clock.elapsed > at || Exit.isFailure(exit)) ? 1 : 0
      if (Exit.isFailure(exit)) {
        this.failedReads += 1
      } else if (!this.isGood(Redacted.value(exit.value.value))) {
        this.badTokens += 1
      }
    })
    this.virtual.drain()
  }

  private isGood(token: string): boolean {
    const pair = this.platform.pairs.filter(({ access }) => access === token).at(-1)
    return pair !== undefined && !pair.isAccessRevoked
      && this.virtual.clock.elapsed - pair.issuedAt < accessLifetime
  }

  close(): void {
    this.virtual.now(Scope.close(this.provider.scope, Exit.void))
    if (this.waiting !== 0 || this.virtual.clock.sleepers !== 0) {
      throw new Error("a caller or a timer is left")
    }
  }
}

function play(seed: number, failing: number, days: number): Life {
  const life = new Play(seed, failing)
  const before = heap()
  let afterADay = before
  for (let played = 0; played < days * 24; played++) {
    life.playHour()
    if (played === 23) {
      afterADay = heap()
    }
  }
  const after = heap()
  life.close()
  const { badTokens, delayedReads, failedReads, faults, longestWaitMillis, mostAtOnce, reads, sent } = life
  return {
    seed,
    failing,
    days,
    reads,
    failedReads,
    delayedReads,
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

/** The next answer comes after 50 to 500 milliseconds; `failing` of a hundred answers fail. */
function draw(chooser: Chooser, failing: number): Draw {
  const latency = 50 + chooser.next(451)
  if (chooser.next(100) >= failing) {
    return { fault: { ...honest, latency }, trouble: undefined }
  }
  const [name, answer, mayAct] = kinds[chooser.next(kinds.length)] ?? kinds[0]
  const acts = mayAct && chooser.next(2) === 1
  return {
    fault: { answer, acts, latency, retryAfter: undefined },
    trouble: acts ? `${name}, after the platform has acted` : name
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
  String(failedAnswersOf(life)),
  grouped(life.reads),
  String(life.failedReads),
  String(life.badTokens),
  `${grouped(life.longestWaitMillis)} ms`,
  `${life.heapMegabytes.before} → ${life.heapMegabytes.afterADay} → ${life.heapMegabytes.after} MB`
]

const heads = [
  "Failed answers",
  "Requests",
  "Acquisitions",
  "At least",
  "Answers failed",
  "Reads",
  "Reads failed",
  "Bad tokens",
  "Longest wait",
  "Heap"
]

const report = (lives: ReadonlyArray<Life>): string => table(heads, lives.map(columns))

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
const rates = values.update && values.failing === undefined
  ? ratesOfTheDocument
  : [whole("failing", values.failing ?? "5")]
const lives = rates.map((failing) => play(whole("seed", values.seed), failing, whole("days", values.days, 1)))
const broken = lives.flatMap((life) => problemsOf(life).map((problem) => `BROKEN ${life.failing} %: ${problem}`))
if (values.json) {
  console.log(JSON.stringify(lives.length === 1 ? lives[0] : lives))
} else {
  console.log(report(lives))
  for (const { failing, faults } of lives) {
    console.log(`\n${failing} %: ${Object.entries(faults).map(([name, count]) => `${count} × ${name}`).join("; ")}`)
  }
  console.log(["", ...broken, `${Math.round((performance.now() - started) / 1000)} s`].join("\n"))
}
if (values.update) {
  write("soak", report(lives))
}
process.exitCode = broken.length > 0 ? 1 : 0
