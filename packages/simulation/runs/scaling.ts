// How a fleet grows: processes of the real provider over a virtual store and a virtual platform, in one program and in
// virtual time: `npm run scaling -- [--processes N] [--seed S] [--json]`; `--update` plays the document's sizes and
// writes them to packages/simulation/RESULTS.md. Determined by the seed.
import * as HttpClient from "@effect/platform/HttpClient"
import * as Credentials from "@jindouyun/core/Credentials"
import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
import type { AccessToken } from "@jindouyun/core/Token"
import * as TokenApi from "@jindouyun/core/TokenApi"
import * as TokenProvider from "@jindouyun/core/TokenProvider"
import type { TokenRecord } from "@jindouyun/core/TokenRecord"
import * as TokenStore from "@jindouyun/core/TokenStore"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as RuntimeFlags from "effect/RuntimeFlags"
import * as Scheduler from "effect/Scheduler"
import * as Scope from "effect/Scope"
import { parseArgs } from "node:util"
import { Chooser } from "../world/Chooser.js"
import { honest, Platform } from "../world/Platform.js"
import { write } from "./results.js"

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
const start = Date.UTC(2030, 0, 1)

/** The platform answers after so long. */
const platformLatency = 200

/** On the way to the store and back. */
const storeLatency = 0.5

/** The store does one thing at a time, and each takes so long: 100,000 in a second. */
const storeService = 0.01

const sizesOfTheDocument = [1, 10, 100, 1000, 10_000]

const account = { username: "user", password: "password" }

/** Time that moves when nothing else can happen. */
class HeapClock implements Clock.Clock {
  readonly [Clock.ClockTypeId]: Clock.ClockTypeId = Clock.ClockTypeId
  elapsed = 0
  private readonly timers: Array<{ readonly at: number; fire: (() => void) | undefined }> = []

  get wall(): number {
    return Math.floor(start + this.elapsed)
  }

  unsafeCurrentTimeMillis(): number {
    return this.wall
  }

  unsafeCurrentTimeNanos(): bigint {
    return BigInt(Math.round(this.elapsed * 1e6))
  }

  readonly currentTimeMillis = Effect.sync(() => this.unsafeCurrentTimeMillis())

  readonly currentTimeNanos = Effect.sync(() => this.unsafeCurrentTimeNanos())

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    return Effect.async<void>((resume) =>
      Effect.sync(this.after(Duration.toMillis(duration), () => resume(Effect.void)))
    )
  }

  after(millis: number, fire: () => void): () => void {
    const timer = this.at(this.elapsed + millis, fire)
    return () => {
      timer.fire = undefined
    }
  }

  at(at: number, fire: () => void): { fire: (() => void) | undefined } {
    const timer = { at, fire }
    let index = this.timers.push(timer) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (this.timers[parent]!.at <= at) {
        break
      }
      this.timers[index] = this.timers[parent]!
      index = parent
    }
    this.timers[index] = timer
    return timer
  }

  /** Fires the first timer up to `until`, or moves there. */
  next(until: number): boolean {
    const first = this.timers[0]
    if (first === undefined || first.at > until) {
      this.elapsed = until
      return false
    }
    this.drop()
    if (first.fire !== undefined) {
      this.elapsed = Math.max(this.elapsed, first.at)
      first.fire()
    }
    return true
  }

  private drop(): void {
    const last = this.timers.pop()
    const size = this.timers.length
    if (last === undefined || size === 0) {
      return
    }
    let index = 0
    for (let child = 1; child < size; child = 2 * index + 1) {
      if (child + 1 < size && this.timers[child + 1]!.at < this.timers[child]!.at) {
        child += 1
      }
      if (this.timers[child]!.at >= last.at) {
        break
      }
      this.timers[index] = this.timers[child]!
      index = child
    }
    this.timers[index] = last
  }
}

/** What one event came to. */
interface Outcome {
  readonly requests: number
  readonly operations: number
  readonly mostAMillisecond: number
  readonly longestWaitMillis: number
  readonly lastUpToDateMillis: number
}

interface Growth {
  readonly processes: number
  readonly startOnNothing: Outcome
  readonly startOnAPair: Outcome
  readonly renewal: Outcome
  readonly rejection: Outcome
}

function play(processes: number, seed: number): Growth {
  const chooser = new Chooser(seed)
  const clock = new HeapClock()
  const tasks: Array<() => void> = []
  const scheduler = Scheduler.make((task) => tasks.push(task), () => false)
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

  let requests = 0
  const platform = new Platform(
    clock,
    {
      accessLifetime: day,
      refreshLifetime: 30 * day,
      refreshTokens: "once",
      earlyRefresh: "accepted",
      acquireRevokesOlder: true,
      isApart: false
    },
    account,
    {
      sent: () => {
        requests += 1
      },
      ended: () => undefined
    }
  )
  platform.weather = { ...honest, latency: platformLatency }

  const store = new VirtualStore(clock)

  const run = <A, E>(effect: Effect.Effect<A, E>): Fiber.RuntimeFiber<A, E> => Runtime.runFork(runtime, effect)

  function drain(): void {
    while (tasks.length > 0) {
      tasks.splice(0).forEach((task) => task())
    }
  }

  function advance(millis: number): void {
    const until = clock.elapsed + millis
    drain()
    while (clock.next(until)) {
      drain()
    }
  }

  function now<A, E>(effect: Effect.Effect<A, E>): A {
    const exit = run(effect).unsafePoll()
    if (exit === null || Exit.isFailure(exit)) {
      throw new Error(`not done at once: ${String(exit)}`)
    }
    return exit.value
  }

  function open(id: number): TokenProvider.Service {
    const context = Context.empty().pipe(
      Context.add(HttpClient.HttpClient, platform.clientOf(id)),
      Context.add(
        JindouyunConfig.JindouyunConfig,
        Either.getOrThrow(JindouyunConfig.make({ baseUrl: "http://localhost:1" }))
      ),
      Context.add(TokenStore.TokenStore, store.service),
      Context.add(Credentials.Credentials, {
        account: account.username,
        current: Effect.succeed(
          new Credentials.UsernamePassword({ username: account.username, password: Redacted.make(account.password) })
        )
      }),
      Context.add(Scope.Scope, now(Scope.make()))
    )
    return now(
      TokenApi.make.pipe(
        Effect.flatMap((api) => Effect.provideService(TokenProvider.make, TokenApi.TokenApi, api)),
        Effect.provide(context)
      )
    )
  }

  /** Every process reads once within the span, and the world goes on for a while. */
  function event(
    fleet: ReadonlyArray<TokenProvider.Service>,
    span: number,
    read: (provider: TokenProvider.Service, index: number) => Effect.Effect<AccessToken, unknown>
  ): Outcome {
    const before = requests
    const begin = clock.elapsed
    store.count()
    let longestWaitMillis = 0
    let answered = 0
    fleet.forEach((provider, index) => {
      clock.at(begin + chooser.next(span + 1), () => {
        const asked = clock.elapsed
        run(read(provider, index)).addObserver((exit) => {
          if (Exit.isFailure(exit)) {
            throw new Error(`a read failed: ${String(exit)}`)
          }
          answered += 1
          longestWaitMillis = Math.max(longestWaitMillis, clock.elapsed - asked)
        })
      })
    })
    let lastUpToDateMillis = 0
    const newest = () => store.generation
    while (clock.elapsed < begin + 2 * minute) {
      advance(50)
      const isBehind = fleet.some((provider) => now(provider.status).generation !== newest())
      lastUpToDateMillis = isBehind || answered < fleet.length ? clock.elapsed - begin + 50 : lastUpToDateMillis
      if (!isBehind && answered === fleet.length && clock.elapsed > begin + span) {
        break
      }
    }
    if (answered < fleet.length) {
      throw new Error("a reader was left")
    }
    advance(second)
    return {
      requests: requests - before,
      ...store.counted(),
      longestWaitMillis: Math.ceil(longestWaitMillis),
      lastUpToDateMillis: Math.max(0, Math.round(lastUpToDateMillis - span))
    }
  }

  const fleet = Array.from({ length: processes }, (_, id) => open(id))
  const accessToken = (provider: TokenProvider.Service) => provider.accessToken
  const startOnNothing = event(fleet, 0, accessToken)
  const startOnAPair = event(Array.from({ length: processes }, (_, id) => open(processes + id)), 0, accessToken)
  // The window counts from when the login was sent.
  advance(day - 30 * minute + second - clock.elapsed)
  const renewal = event(fleet, second, accessToken)
  const tokens = fleet.map((provider) => now(provider.accessToken))
  platform.revoke("accessTokens")
  const rejection = event(
    fleet,
    second,
    (provider, index) => Effect.zipRight(provider.invalidate(tokens[index]!), provider.accessToken)
  )
  return { processes, startOnNothing, startOnAPair, renewal, rejection }
}

/** Redis as far as it matters here: a queue, a record, a lease that lapses. It counts what it is asked. */
class VirtualStore {
  generation = 0
  private readonly clock: HeapClock
  private record: TokenRecord | undefined
  private lease: { readonly fence: number; until: number } | undefined
  private fence = 0
  private busyUntil = 0
  private operations = 0
  private readonly perMilli = new Map<number, number>()

  constructor(clock: HeapClock) {
    this.clock = clock
  }

  count(): void {
    this.operations = 0
    this.perMilli.clear()
  }

  counted(): { readonly operations: number; readonly mostAMillisecond: number } {
    return { operations: this.operations, mostAMillisecond: Math.max(0, ...this.perMilli.values()) }
  }

  private do<A>(step: () => A): Effect.Effect<A> {
    return Effect.async<A>((resume) => {
      this.operations += 1
      const milli = Math.floor(this.clock.elapsed)
      this.perMilli.set(milli, (this.perMilli.get(milli) ?? 0) + 1)
      this.busyUntil = Math.max(this.busyUntil, this.clock.elapsed + storeLatency / 2) + storeService
      this.clock.at(this.busyUntil, () => {
        const answer = step()
        this.clock.at(this.clock.elapsed + storeLatency / 2, () => resume(Effect.succeed(answer)))
      })
    })
  }

  readonly service: TokenStore.Service = {
    load: () => this.do(() => Option.fromNullable(this.record)),
    save: (_key, record, lease) =>
      this.do(() => {
        if (Option.exists(lease, ({ fence }) => fence < this.fence) || record.generation < this.generation) {
          return false
        }
        this.record = record
        this.generation = record.generation
        return true
      }),
    clear: () =>
      Effect.asVoid(this.do(() => {
        this.fence = Math.max(this.fence, this.generation) + 1
        this.record = undefined
        this.generation = 0
      })),
    lease: (_key, duration) =>
      this.do(() => {
        if (this.lease !== undefined && this.clock.elapsed < this.lease.until) {
          return Option.none()
        }
        this.fence += 1
        const lease = { fence: this.fence, until: this.clock.elapsed + Duration.toMillis(duration) }
        this.lease = lease
        return Option.some({
          fence: lease.fence,
          renew: Effect.asVoid(this.do(() => {
            lease.until = this.clock.elapsed + Duration.toMillis(duration)
          })),
          release: Effect.asVoid(this.do(() => {
            this.lease = this.lease === lease ? undefined : this.lease
          }))
        })
      })
  }
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

const row = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

const { values } = parseArgs({
  options: {
    processes: { type: "string" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
    update: { type: "boolean", default: false }
  }
})

const sizes = values.processes === undefined ? sizesOfTheDocument : [Number(values.processes)]
const grown = sizes.map((processes) => play(processes, Number(values.seed)))
const table = [row(heads), row(heads.map(() => "---")), ...grown.flatMap(rows).map(row)].join("\n")
console.log(values.json ? JSON.stringify(grown) : table)
if (values.update) {
  write("scaling", table)
}
