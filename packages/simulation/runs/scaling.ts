// Providers of a growing fleet over a virtual store and a virtual platform, in one program and in virtual time:
// `npm run scaling -- [--processes N] [--seed S] [--json]`; `--update` runs the document's sizes and
// writes them to packages/simulation/RESULTS.md. The seed determines the result. The exit code is 1 if an event took more requests
// or time than it needs.
import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
import { StoreFailure } from "@jindouyun/core/JindouyunError"
import type { AccessToken } from "@jindouyun/core/Token"
import type * as TokenProvider from "@jindouyun/core/TokenProvider"
import type * as TokenStore from "@jindouyun/core/TokenStore"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Random from "effect/Random"
import * as Runtime from "effect/Runtime"
import { parseArgs } from "node:util"
import { Chooser } from "../world/Chooser.js"
import { type Habits, honest, Platform } from "../world/Platform.js"
import { type Perform, serviceOf, StoredAccount } from "../world/StoredAccount.js"
import type { VirtualClock } from "../world/VirtualClock.js"
import { credentialsOf, VirtualRuntime } from "../world/VirtualRuntime.js"
import { whole } from "./arguments.js"
import { table, write } from "./results.js"
import { type Growth, type Outcome, problemsOf } from "./scaling/oracle.js"

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** The platform answers after so many milliseconds. */
const platformLatency = 200

/** Milliseconds on the way to the store and back. */
const storeLatency = 0.5

/** The store performs one operation at a time, in so many milliseconds: 100,000 in a second. */
const storeService = 0.01

const sizesOfTheDocument = [1, 10, 100, 1000, 10_000]

const account = { username: "user", password: "password" }

const habits: Habits = {
  accessLifetime: day,
  refreshLifetime: 30 * day,
  refreshTokens: "once",
  earlyRefresh: "accepted",
  acquireRevokesOlder: true,
  isApart: false
}

const config = Either.getOrThrow(JindouyunConfig.make({ baseUrl: "http://localhost:1" }))

type Read = (provider: TokenProvider.Service, index: number) => Effect.Effect<AccessToken, unknown>

/** A store that performs one operation after the other, and counts them. */
class BusyStore {
  private readonly account: StoredAccount
  private readonly clock: VirtualClock
  private busyUntil = 0
  private operations = 0
  private readonly perMilli = new Map<number, number>()
  readonly service: TokenStore.Service

  constructor(clock: VirtualClock) {
    this.clock = clock
    this.account = new StoredAccount(clock)
    this.service = serviceOf(this.account, this.perform, new StoreFailure({ operation: "lease", detail: "lost" }))
  }

  get generation(): number {
    return this.account.stored?.record.generation ?? 0
  }

  count(): void {
    this.operations = 0
    this.perMilli.clear()
  }

  counted(): { readonly operations: number; readonly mostAMillisecond: number } {
    return { operations: this.operations, mostAMillisecond: Math.max(0, ...this.perMilli.values()) }
  }

  private readonly perform: Perform = (_operation, act) =>
    Effect.async((resume) => {
      const { clock } = this
      this.operations += 1
      const milli = Math.floor(clock.elapsed)
      this.perMilli.set(milli, (this.perMilli.get(milli) ?? 0) + 1)
      this.busyUntil = Math.max(this.busyUntil, clock.elapsed + storeLatency / 2) + storeService
      clock.after(this.busyUntil - clock.elapsed, () => {
        const answer = act()
        clock.after(storeLatency / 2, () => resume(Effect.succeed(answer)))
      })
    })
}

/** A platform, a store, and as many processes as an event needs. */
class Fleets {
  readonly virtual: VirtualRuntime
  readonly platform: Platform
  private readonly store: BusyStore
  private readonly chooser: Chooser
  private requests = 0
  private opened = 0

  constructor(processes: number, seed: number) {
    this.chooser = new Chooser(seed)
    this.virtual = new VirtualRuntime({
      // The first ready task is the next.
      chooser: new Chooser(0),
      yields: "none",
      random: Random.make(seed),
      limit: 1_000_000 * processes
    })
    this.store = new BusyStore(this.virtual.clock)
    this.platform = new Platform(this.virtual.clock, habits, account, {
      sent: () => {
        this.requests += 1
      },
      ended: () => undefined
    })
    this.platform.everyFault = { ...honest, latency: platformLatency }
  }

  open(processes: number): ReadonlyArray<TokenProvider.Service> {
    return Array.from({ length: processes }, () => {
      this.opened += 1
      return this.virtual.open({
        client: this.platform.clientOf(this.opened),
        config,
        store: this.store.service,
        credentials: { account: account.username, current: Effect.succeed(credentialsOf(account)) }
      }).service
    })
  }

  /** Every process reads once within the span; the event ends when all processes have the newest pair. */
  event(fleet: ReadonlyArray<TokenProvider.Service>, span: number, read: Read): Outcome {
    const { clock } = this.virtual
    const requests = this.requests
    const start = clock.elapsed
    let longestWaitMillis = 0
    let answered = 0
    this.store.count()
    fleet.forEach((provider, index) => {
      clock.after(this.chooser.next(span + 1), () => {
        const asked = clock.elapsed
        this.fork(read(provider, index), () => {
          answered += 1
          longestWaitMillis = Math.max(longestWaitMillis, clock.elapsed - asked)
        })
      })
    })
    const upToDateSince = this.waitUntil(() => answered === fleet.length && this.isUpToDate(fleet), span)
    this.virtual.advance(clock.elapsed + second)
    return {
      requests: this.requests - requests,
      ...this.store.counted(),
      longestWaitMillis: Math.ceil(longestWaitMillis),
      lastUpToDateMillis: Math.max(0, Math.round(upToDateSince - start - span))
    }
  }

  private fork(effect: Effect.Effect<AccessToken, unknown>, onToken: () => void): void {
    const { runtime, scheduler } = this.virtual
    scheduler.atomically(() => Runtime.runFork(runtime, effect)).addObserver((exit) => {
      if (Exit.isFailure(exit)) {
        throw new Error(`a read failed: ${String(exit)}`)
      }
      onToken()
    })
  }

  /** Waits until a condition holds and the span is over; returns the first instant, in steps of 50 ms, from which it held. */
  private waitUntil(condition: () => boolean, span: number): number {
    const { clock } = this.virtual
    const start = clock.elapsed
    let since = start
    let holds = false
    do {
      this.virtual.advance(clock.elapsed + 50)
      holds = condition()
      since = holds ? since : clock.elapsed + 50
      if (clock.elapsed >= start + 2 * minute) {
        throw new Error("a process has no new pair")
      }
    } while (!holds || clock.elapsed <= start + span)
    return since
  }

  private isUpToDate(fleet: ReadonlyArray<TokenProvider.Service>): boolean {
    return fleet.every((provider) => this.virtual.now(provider.status).generation === this.store.generation)
  }
}

function play(processes: number, seed: number): Growth {
  const fleets = new Fleets(processes, seed)
  const { platform, virtual } = fleets
  const fleet = fleets.open(processes)
  const accessToken: Read = (provider) => provider.accessToken
  const startOnNothing = fleets.event(fleet, 0, accessToken)
  const startOnAPair = fleets.event(fleets.open(processes), 0, accessToken)
  // The early-refresh window counts from the instant at which the acquisition was sent.
  virtual.advance(day - 30 * minute + second)
  const renewal = fleets.event(fleet, second, accessToken)
  const tokens = fleet.map((provider) => virtual.now(provider.accessToken))
  platform.revoke("accessTokens")
  const rejection = fleets.event(
    fleet,
    second,
    (provider, index) => Effect.zipRight(provider.invalidate(tokens[index]!), provider.accessToken)
  )
  return { processes, startOnNothing, startOnAPair, renewal, rejection }
}

const grouped = (count: number): string => count.toLocaleString("en")

const rows = (growth: Growth): ReadonlyArray<ReadonlyArray<string>> =>
  ([
    ["start together, nothing stored", growth.startOnNothing],
    ["start together, a pair stored", growth.startOnAPair],
    ["the pair is due, each reads once within a second", growth.renewal],
    ["the pair is rejected, each finds out within a second", growth.rejection]
  ] as const).map(([name, outcome]) => [
    grouped(growth.processes),
    name,
    grouped(outcome.requests),
    grouped(outcome.operations),
    (outcome.operations / growth.processes).toFixed(1),
    `${grouped(outcome.mostAMillisecond)}`,
    `${grouped(outcome.longestWaitMillis)} ms`,
    `${grouped(outcome.lastUpToDateMillis)} ms`
  ])

const heads = [
  "Processes",
  "What happens",
  "Requests",
  "Store operations",
  "a process",
  "Most in a millisecond",
  "Longest wait",
  "All have the new pair after"
]

const { values } = parseArgs({
  options: {
    processes: { type: "string" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
    update: { type: "boolean", default: false }
  }
})

const sizes = values.processes === undefined ? sizesOfTheDocument : [whole("processes", values.processes, 1)]
const grown = sizes.map((processes) => play(processes, whole("seed", values.seed)))
const broken = grown.flatMap(problemsOf).map((problem) => `BROKEN ${problem}`)
const report = table(heads, grown.flatMap(rows))
console.log(values.json ? JSON.stringify(grown) : [report, ...broken].join("\n"))
if (values.update) {
  write("scaling", report)
}
process.exitCode = broken.length > 0 ? 1 : 0
