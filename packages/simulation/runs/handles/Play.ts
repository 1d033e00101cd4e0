// Many callers for a short time, most of them interrupted, over a platform that fails most of the time. Accounts open and
// close all along, and the layers are closed while callers wait.
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Accounts from "@jindouyun/core/Accounts"
import * as Endpoint from "@jindouyun/core/Endpoint"
import * as Jindouyun from "@jindouyun/core/Jindouyun"
import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
import type { InvalidConfiguration } from "@jindouyun/core/JindouyunError"
import * as PlatformClient from "@jindouyun/core/PlatformClient"
import * as TokenProvider from "@jindouyun/core/TokenProvider"
import * as TokenStore from "@jindouyun/core/TokenStore"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Chooser } from "../../world/Chooser.js"
import { type FlappingPlatform, reportPath, serve, settings } from "./FlappingPlatform.js"
import * as Traces from "./Traces.js"

export const clients = { fetch: FetchHttpClient.layer, node: NodeHttpClient.layer }

export interface Options {
  readonly client: keyof typeof clients
  readonly fibers: number
  readonly seconds: number
  readonly seed: number
  /** Runs before each caller. A test leaves something behind here, which the oracle must find. */
  readonly before?: ((caller: number, baseUrl: string) => Effect.Effect<unknown, unknown>) | undefined
}

/** The counts of a run, and the traces that it left. */
export interface Seen {
  readonly client: string
  readonly seed: number
  readonly callers: Callers["counts"]
  /** What ended callers that neither succeeded, failed nor were interrupted. */
  readonly defects: ReadonlyArray<string>
  readonly waiting: number
  readonly accounts: number
  readonly requests: FlappingPlatform["counts"]
  readonly failedAnswers: Readonly<Record<string, number>>
  /** In use after each quarter. The first one is the warm-up. */
  readonly heapBytes: ReadonlyArray<number>
  readonly accountsWithSeries: { readonly whileOpen: number; readonly atEnd: number }
  readonly left: {
    readonly requests: number
    readonly connections: number
    readonly fibers: number
    readonly handles: ReadonlyArray<string>
  }
  readonly strayErrors: ReadonlyArray<string>
}

/** The accounts of `Accounts`, which stay open. */
const steady = Array.from({ length: 10 }, (_, number) => `steady${number}`)

/** The main account, and those of `Accounts`. */
export const openAccounts = 1 + steady.length

const password = Redacted.make("password")

const report = Endpoint.make({ method: "GET", path: reportPath, data: Schema.Unknown })

interface Library {
  readonly provider: TokenProvider.Service
  readonly client: PlatformClient.Service
  readonly accounts: Accounts.Service
  /** Opens an account of its own, uses it, and closes it. */
  readonly visit: Effect.Effect<unknown, unknown>
}

type Action = (library: Library, chooser: Chooser) => Effect.Effect<unknown, unknown>

/** How often each action is taken, of a thousand. */
const actions: ReadonlyArray<readonly [share: number, action: Action]> = [
  [678, ({ provider }) => provider.accessToken],
  [5, ({ provider }) => provider.refresh],
  [
    15,
    ({ provider }) =>
      Effect.flatMap(provider.accessToken, (token) => Effect.zipRight(provider.invalidate(token), provider.accessToken))
  ],
  [80, ({ client }) => client.call(report)()],
  [
    40,
    ({ client: { httpClient } }) =>
      Effect.flatMap(httpClient.get(reportPath), ({ text }) => text).pipe(Effect.timeout(settings.requestTimeout))
  ],
  [80, ({ accounts }, chooser) => accounts.get(steady[chooser.next(steady.length)] ?? "").accessToken],
  [100, ({ provider }) => Stream.runDrain(Stream.take(provider.changes, 2))],
  [2, ({ provider }) => provider.reset]
]

/** Every so many callers one opens an account of its own: often enough to see metric series end. */
const visitEvery = (fibers: number): number => Math.max(1, Math.min(100, Math.floor(fibers / 120)))

const actionOf = (chooser: Chooser): Action => {
  let rest = chooser.next(1000)
  return (actions.find(([share]) => (rest -= share) < 0) ?? actions[0]!)[1]
}

/** When a caller is interrupted, in milliseconds after its start, if at all. */
const interruptionOf = (chooser: Chooser): number | undefined =>
  [undefined, undefined, undefined, undefined, 0, 5, 20, 100, 400, 400].map((most) => most && chooser.next(most + 1))[
    chooser.next(10)
  ]

/** The callers, and how they ended. */
class Callers {
  readonly counts = { started: 0, succeeded: 0, failed: 0, interrupted: 0 }
  readonly defects: Array<string> = []
  private readonly running = new Set<Fiber.RuntimeFiber<unknown, unknown>>()
  private readonly runtime: Runtime.Runtime<never>

  constructor(runtime: Runtime.Runtime<never>) {
    this.runtime = runtime
  }

  get waiting(): number {
    return this.running.size
  }

  start(effect: Effect.Effect<unknown, unknown>, interruption: number | undefined): void {
    this.counts.started += 1
    const fiber = Runtime.runFork(this.runtime, effect)
    this.running.add(fiber)
    if (interruption !== undefined) {
      setTimeout(() => fiber.unsafeInterruptAsFork(FiberId.none), interruption)
    }
    fiber.addObserver((exit) => {
      this.running.delete(fiber)
      if (Exit.isSuccess(exit)) {
        this.counts.succeeded += 1
      } else if (Cause.isDie(exit.cause) || (interruption === undefined && Cause.isInterrupted(exit.cause))) {
        this.defects.push(Cause.pretty(exit.cause))
      } else {
        this.counts[Cause.isInterrupted(exit.cause) ? "interrupted" : "failed"] += 1
      }
    })
  }
}

interface Opened {
  readonly library: Library
  readonly visits: () => number
}

const open = (
  baseUrl: string,
  platform: FlappingPlatform,
  name: string
): Effect.Effect<Opened, InvalidConfiguration, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function*() {
    const client = yield* HttpClient.HttpClient
    let visits = 0
    const jindouyun = (username: string) =>
      Jindouyun.layer({ ...settings, baseUrl, username, password, store: TokenStore.layerMemory })
    const visit = Effect.suspend(() => {
      const visitor = `${name}visitor${visits++}`
      const use = Effect.flatMap(Layer.build(jindouyun(visitor)), (services) => {
        const provider = Context.get(services, TokenProvider.TokenProvider)
        return Effect.zipRight(provider.accessToken, provider.refresh)
      })
      return Effect.ensuring(Effect.scoped(use), Effect.sync(() => platform.forget(visitor)))
    })
    const accounts = Accounts.layer((username) => Effect.succeed({ username, password }))
    const services = yield* Layer.build(Layer.merge(
      Layer.provide(accounts, JindouyunConfig.layer({ ...settings, baseUrl })),
      Layer.provideMerge(TokenProvider.layerKeepFresh, jindouyun(name))
    ))
    const library: Library = {
      provider: Context.get(services, TokenProvider.TokenProvider),
      client: Context.get(services, PlatformClient.PlatformClient),
      accounts: Context.get(services, Accounts.Accounts),
      visit: Effect.provideService(visit, HttpClient.HttpClient, client)
    }
    return { library, visits: () => visits }
  })

/** Waits until a value is settled, at most so many milliseconds, and returns it. */
const settled = <A>(read: () => A, isSettled: (value: A) => boolean, millis = 5000): Effect.Effect<A> =>
  Effect.suspend(() => {
    const value = read()
    return isSettled(value) || millis <= 0
      ? Effect.succeed(value)
      : Effect.delay(settled(read, isSettled, millis - 20), 20)
  })

const isZero = (count: number): boolean => count === 0

/** Starts callers evenly over a time, and later if a slow machine has too many of them waiting. */
const startOver = (millis: number, count: number, callers: Callers, start: () => void): Effect.Effect<void> =>
  Effect.gen(function*() {
    const begin = performance.now()
    for (let started = 0; started < count; yield* Effect.sleep(2)) {
      const due = Math.ceil(count * Math.min(1, (performance.now() - begin) / millis))
      for (const batch = started + 20; started < Math.min(due, batch) && callers.waiting < mostWaiting; started++) {
        start()
      }
    }
  })

const mostWaiting = 500

/** Plays a run until its server and its client are closed. What is left in the process is counted afterwards. */
const playOpen = ({ before, client, fibers, seconds, seed }: Options) =>
  Effect.gen(function*() {
    // With stacks, the errors of the callers would take most of the time.
    const { stackTraceLimit } = Error
    yield* Effect.addFinalizer(() => Effect.sync(() => Error.stackTraceLimit = stackTraceLimit))
    Error.stackTraceLimit = 0
    const chooser = new Chooser(seed)
    const callers = new Callers(yield* Effect.runtime<never>())
    const { baseUrl, platform } = yield* serve(new Chooser(seed + 1))
    const services = yield* Layer.build(clients[client])
    const scope = yield* Scope.make()
    const observed = platform.tokenRequests.observe(Context.get(services, HttpClient.HttpClient))
    const { library, visits } = yield* open(baseUrl, platform, client).pipe(
      Effect.provideService(HttpClient.HttpClient, observed),
      Scope.extend(scope)
    )
    const start = () => {
      const { started } = callers.counts
      const action = started % visitEvery(fibers) === 0 ? library.visit : actionOf(chooser)(library, chooser)
      const prepared = before?.(started, baseUrl)
      callers.start(prepared === undefined ? action : Effect.zipRight(prepared, action), interruptionOf(chooser))
    }
    // The client of Node keeps no idle connection; fetch keeps a pool, which connects again by itself.
    const endIdle = client === "fetch" ? platform.endIdle : Effect.void
    const quietHeap = settled(() => callers.waiting, isZero).pipe(
      Effect.zipRight(endIdle),
      Effect.zipRight(Traces.heap)
    )

    const heapBytes: Array<number> = []
    for (let quarter = 1; quarter <= 4; quarter++) {
      yield* startOver(seconds * 250, Math.ceil(fibers / 4), callers, start)
      heapBytes.push(yield* quietHeap)
    }
    const whileOpen = Traces.accountsWithSeries().size

    // The layers are closed while callers wait.
    yield* startOver(1, burst, callers, start)
    yield* Scope.close(scope, Exit.void)
    const waiting = yield* settled(() => callers.waiting, isZero)
    const requests = yield* settled(() => platform.busy, isZero)
    const connections = yield* endIdle.pipe(
      Effect.zipRight(Effect.delay(platform.connections, 20)),
      Effect.repeat({ until: isZero, times: 50 })
    )
    return {
      client,
      seed,
      callers: callers.counts,
      defects: callers.defects,
      waiting,
      accounts: visits() + openAccounts,
      requests: platform.counts,
      failedAnswers: platform.failed,
      heapBytes,
      accountsWithSeries: { whileOpen, atEnd: Traces.accountsWithSeries().size },
      left: { requests, connections }
    }
  })

/** Callers that wait while the layers are closed. */
const burst = 50

/** Plays a run and counts what it has left in the process. The process must have been started with `--expose-gc`. */
export const play = (options: Options): Effect.Effect<Seen, InvalidConfiguration> =>
  Effect.gen(function*() {
    const strayErrors = yield* Traces.strayErrors
    const handlesBefore = Traces.handles()
    const fibersBefore = Traces.fibers()
    const { left, ...seen } = yield* Effect.scoped(playOpen(options))
    const handles = yield* settled(() => Traces.added(handlesBefore), ({ length }) => length === 0)
    const fibers = yield* settled(() => Traces.fibers() - fibersBefore, isZero)
    return { ...seen, left: { ...left, handles, fibers }, strayErrors: [...strayErrors] }
  }).pipe(Effect.scoped, Logger.withMinimumLogLevel(LogLevel.None))
