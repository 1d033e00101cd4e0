import type * as Credentials from "@jindouyun/core/Credentials"
import * as Endpoint from "@jindouyun/core/Endpoint"
import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
import { CredentialsUnavailable, type TokenError } from "@jindouyun/core/JindouyunError"
import type * as PlatformClient from "@jindouyun/core/PlatformClient"
import type { AccessToken } from "@jindouyun/core/Token"
import type * as TokenProvider from "@jindouyun/core/TokenProvider"
import * as TokenStore from "@jindouyun/core/TokenStore"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { interruptNow } from "../../core/src/internal/edition/interruptNow.js"
import type { Terms } from "../model/Terms.js"
import { FleetOracle } from "../oracle/FleetOracle.js"
import { LocalOracle } from "../oracle/LocalOracle.js"
import type { CallObserver, ReportObserver } from "../oracle/Oracle.js"
import type { Violation } from "../oracle/Rules.js"
import { Chooser } from "./Chooser.js"
import * as FiberRuntime from "./edition/FiberRuntime.js"
import * as random from "./edition/random.js"
import { type Command, type FleetCommand, type History, type Moment, type Setup, show } from "./History.js"
import { type Account, honest, Platform, reportPath } from "./Platform.js"
import { Process } from "./Process.js"
import { RemoteStore } from "./RemoteStore.js"
import { credentialsOf, VirtualRuntime } from "./VirtualRuntime.js"

/** What running one history came to. */
export interface Summary {
  readonly steps: number
  readonly requests: number
  readonly violation: Violation | undefined
  readonly trace: ReadonlyArray<string>
}

const second = 1000
const minute = 60 * second
const hour = 60 * minute

const mostProviders = 3

interface Slot {
  readonly provider: number
  readonly service: TokenProvider.Service
  readonly scope: Scope.CloseableScope
  readonly runtime: FiberRuntime.FiberRuntime
  readonly process: Process | undefined
  readonly tokens: Array<AccessToken>
  /** Made with the first report call. */
  client: PlatformClient.Service | undefined
  phase: "open" | "closing" | "closed"
}

const reportEndpoint = Endpoint.make({
  method: "GET",
  path: reportPath,
  parameters: Schema.Struct({ call: Schema.Number }),
  data: Schema.Unknown
})

/** The report call of a fiber. */
class CurrentReport extends Context.Reference<CurrentReport>()("CurrentReport", {
  defaultValue: (): ReportObserver | undefined => undefined
}) {}

/** A signal that waits until its provider reaches a moment. */
interface Signal {
  readonly provider: number
  readonly at: Moment
  /** How long the process is paused; without a time it is killed. */
  readonly millis: number | undefined
}

/** A caller that still waits. */
interface Call {
  readonly id: number
  readonly kind: "read" | "refresh"
  readonly slot: Slot
  readonly observer: CallObserver
  readonly fiber: Fiber.RuntimeFiber<AccessToken, TokenError>
}

/** One world: a platform, its providers, callers and a clock. A history and its seed determine everything in it. */
class World {
  readonly oracle: LocalOracle | FleetOracle
  readonly platform: Platform
  private readonly virtual: VirtualRuntime
  private readonly config: JindouyunConfig.Service
  private readonly store: TokenStore.Service
  private readonly remote: RemoteStore | undefined
  private readonly fleet: FleetOracle | undefined
  private signals: ReadonlyArray<Signal> = []
  private readonly killed: Array<Slot> = []
  private isOver = false
  private readonly setup: Setup
  private readonly slots: Array<Slot> = []
  private readonly running: Array<Call> = []
  private credentials: Extract<Command, { do: "credentials" }>["become"] = "right"
  private account: Account = { username: "user", password: "password1" }
  private passwords = 1
  private callers = 0

  constructor(setup: Setup, isTraced: boolean) {
    this.setup = setup
    this.virtual = new VirtualRuntime({
      chooser: new Chooser(setup.seed),
      yields: setup.yields,
      random: setup.random === "seeded" ? random.seeded(setup.seed) : random.highest(setup.seed)
    })
    this.config = configOf(setup)
    const { clock } = this.virtual
    if (setup.store === "remote") {
      this.fleet = new FleetOracle(clock, termsOf(setup), isTraced)
      this.oracle = this.fleet
      this.store = TokenStore.none
      this.remote = new RemoteStore(clock, new Chooser(setup.seed >>> 1), setup.storeLatency, this.fleet)
      this.fleet.sees(this.remote)
    } else {
      this.remote = undefined
      this.fleet = undefined
      this.oracle = new LocalOracle(clock, termsOf(setup), isTraced)
      this.store = setup.store === "memory" ? this.virtual.now(TokenStore.makeMemory) : TokenStore.none
    }
    this.platform = this.makePlatform()
    this.heal()
    this.oracle.credentialsChanged(() => this.known)
    this.open()
  }

  private makePlatform(): Platform {
    const { acquireRevokesOlder, earlyRefresh, lifetimes, refreshTokens, store } = this.setup
    return new Platform(
      this.virtual.clock,
      {
        accessLifetime: lifetimes.access,
        refreshLifetime: lifetimes.refresh,
        refreshTokens,
        earlyRefresh,
        acquireRevokesOlder,
        isApart: store === "remote"
      },
      this.account,
      {
        reportSent: (call) => this.oracle.reportSent(call),
        reportAnswered: (call, isAccepted) => this.oracle.reportAnswered(call, isAccepted),
        sent: (request) => {
          if (!this.isOver) {
            this.oracle.sent(request)
            this.reaches(request.provider, "inFlight")
          }
        },
        ended: (request, outcome) => {
          if (!this.isOver) {
            this.oracle.ended(request, outcome)
            this.reaches(request.provider, outcome._tag === "success" ? "answer" : undefined)
          }
        }
      }
    )
  }

  // --- commands ------------------------------------------------------------------------------------------------------

  run(command: Command): void {
    // A paused process gets no command.
    if ("on" in command && needsProcess(command) && this.slot(command.on).process?.isRunning === false) {
      return
    }
    switch (command.do) {
      case "read":
      case "refresh":
      case "interrupt":
      case "invalidate":
      case "reset":
        return this.runCaller(command)
      case "report":
        for (let n = 0; n < command.calls; n++) {
          this.report(this.slot(command.on), command)
        }
        return
      case "advance":
      case "approach":
      case "turn":
        return this.runClock(command)
      case "faults":
      case "everyFault":
      case "revoke":
      case "reports":
      case "credentials":
        return this.runPlatform(command)
      case "close":
        return this.close(this.slot(command.on))
      case "start":
        return this.start()
      default:
        return this.runFleet(command)
    }
  }

  private runCaller(
    command: Extract<Command, { do: "read" | "refresh" | "interrupt" | "invalidate" | "reset" }>
  ): void {
    switch (command.do) {
      case "read": {
        for (let n = 0; n < command.callers; n++) {
          this.call(this.slot(command.on), "read", command.yields, command.rejects && n === 0)
        }
        return
      }
      case "refresh":
        return this.call(this.slot(command.on), "refresh", command.yields)
      case "interrupt": {
        this.take(command.after)
        const awake = this.running.filter(({ slot }) => slot.process?.isRunning !== false)
        const call = awake[command.caller % Math.max(1, awake.length)]
        if (call !== undefined) {
          this.oracle.note(() => `  · ${call.kind} ${call.id} is interrupted`)
          call.observer.interrupted()
          interruptNow(call.fiber)
        }
        return
      }
      case "invalidate": {
        const slot = this.slot(command.on)
        const token = slot.tokens.at(-1 - command.age)
        return token === undefined ? undefined : this.invalidate(slot, token)
      }
      case "reset": {
        const slot = this.slot(command.on)
        this.reset(slot)
        return command.reads ? this.call(slot, "read", false) : undefined
      }
    }
  }

  private runClock(command: Extract<Command, { do: "advance" | "approach" | "turn" }>): void {
    switch (command.do) {
      case "advance":
        return this.advance(command.millis)
      case "approach": {
        const instants = this.oracle.instants(this.slot(command.on).provider)
        const instant = instants[command.instant % Math.max(1, instants.length)]
        this.drain()
        return this.advance(Math.max(1, (instant ?? 0) + command.by - this.virtual.clock.wall))
      }
      case "turn": {
        // If the library's fibers yield as well, a turn between two readings of one clock cannot be distinguished from a turn
        // before or after both.
        if (this.setup.yields === "all") {
          this.drain()
        }
        this.virtual.clock.turn(command.millis)
        return this.oracle.turned(command.millis)
      }
    }
  }

  private runPlatform(
    command: Extract<Command, { do: "faults" | "everyFault" | "revoke" | "reports" | "credentials" }>
  ): void {
    switch (command.do) {
      case "faults":
        this.platform.faults.splice(0, Infinity, ...command.faults)
        return
      case "everyFault":
        this.platform.everyFault = command.fault ?? { ...honest, latency: this.setup.latency }
        return
      case "revoke":
        return this.platform.revoke(command.what)
      case "reports":
        this.platform.reports = command.become
        this.platform.reportLatency = command.latency
        return
      case "credentials":
        return this.change(command.become)
    }
  }

  private runFleet(command: Extract<Command, { do: FleetCommand }>): void {
    const { remote } = this
    switch (command.do) {
      case "store":
        if (command.becomes === "empty") {
          this.fleet?.emptied()
          return remote?.account.empty()
        }
        return remote?.becomes(command.becomes)
      case "hang":
        return remote?.hang(command.millis, command.pauses)
      case "disconnect":
        return remote?.disconnect(this.slot(command.on).provider)
      case "reconnect":
        return remote?.reconnect()
      case "pause":
      case "kill": {
        const { provider } = this.slot(command.on)
        const millis = command.do === "pause" ? command.millis : undefined
        this.signals = [...this.signals, { provider, at: command.at, millis }]
        return this.reaches(provider, "now")
      }
    }
  }

  // --- processes -----------------------------------------------------------------------------------------------------

  /** A provider has reached a moment at which a signal may wait for it. */
  private reaches(provider: number, moment: Moment | undefined): void {
    const signal = this.signals.find((each) => each.provider === provider && each.at === moment)
    const slot = this.slots.find((each) => each.provider === provider)
    if (signal === undefined || slot?.process === undefined) {
      return
    }
    this.signals = this.signals.filter((each) => each !== signal)
    if (signal.millis === undefined) {
      this.kill(slot)
    } else if (slot.process.isRunning) {
      this.pause(slot, slot.process, signal.millis)
    }
  }

  private pause({ provider }: Slot, process: Process, millis: number): void {
    this.oracle.note(() => `  · provider ${provider} is paused`)
    this.fleet?.signalled(provider, true)
    process.pause()
    this.virtual.clock.after(millis, () => this.resume(provider, process))
  }

  private resume(provider: number, process: Process | undefined): void {
    if (process?.isPaused === true) {
      this.oracle.note(() => `  · provider ${provider} resumes`)
      this.fleet?.signalled(provider, false)
      process.resume()
    }
  }

  private kill(slot: Slot): void {
    const { process, provider } = slot
    this.oracle.note(() => `  · provider ${provider} is killed`)
    this.fleet?.killed(provider)
    process?.kill()
    this.platform.hangUp(provider)
    this.slots.splice(this.slots.indexOf(slot), 1)
    this.killed.push(slot)
    if (this.slots.length === 0) {
      this.open()
    }
  }

  // --- time and tasks ------------------------------------------------------------------------------------------------

  take(tasks: number | "all"): void {
    if (tasks === "all") {
      this.drain()
      return
    }
    for (let n = 0; n < tasks && this.virtual.scheduler.step(); n++) {
      // Each step is one task.
    }
  }

  /** Runs all ready tasks; `false` once a guarantee is broken. */
  private drain(): boolean {
    this.oracle.drained(!this.virtual.scheduler.drain())
    this.oracle.settled()
    return this.oracle.violation === undefined
  }

  private advance(millis: number): void {
    this.virtual.advance(this.virtual.clock.elapsed + millis, () => this.drain())
  }

  // --- callers and providers -----------------------------------------------------------------------------------------

  private call(slot: Slot, kind: Call["kind"], yields: boolean, rejects = false): void {
    const { provider, runtime, service, tokens } = slot
    const isAtomic = !yields || this.setup.yields === "none"
    this.callers += 1
    const id = this.callers
    const observer = this.oracle.begins(id, provider, kind, isAtomic)
    const effect = kind === "read" ? service.accessToken : service.refresh
    const { scheduler } = this.virtual
    const fiber = isAtomic
      ? scheduler.atomically(() => FiberRuntime.fork(runtime, effect))
      : scheduler.yielding(FiberRuntime.forkLater(runtime, effect))
    const call: Call = { id, kind, slot, observer, fiber }
    this.running.push(call)
    fiber.addObserver((exit) => {
      this.running.splice(this.running.indexOf(call), 1)
      if (Exit.isSuccess(exit) && tokens.at(-1)?.generation !== exit.value.generation) {
        tokens.push(exit.value)
      }
      if (!this.isOver) {
        observer.ends(exit)
      }
      if (rejects && Exit.isSuccess(exit)) {
        this.invalidate(slot, exit.value)
      }
    })
    if (isAtomic) {
      observer.firstTurnEnds()
    }
  }

  /** Calls a report API. Each token that the call reads, and each token that it rejects, is an event of its provider. */
  private report(
    slot: Slot,
    { through, yields }: Extract<Command, { do: "report" }>
  ): void {
    const { provider, runtime } = slot
    this.callers += 1
    const id = this.callers
    const observer = this.oracle.reportBegins(id, provider)
    const client = slot.client ??= this.clientOf(slot)
    const effect: Effect.Effect<unknown, { readonly _tag: string }> = Effect.provideService(
      through === "call"
        ? client.call(reportEndpoint)({ call: id })
        : client.httpClient.get(reportPath, { urlParams: { call: id } }),
      CurrentReport,
      observer
    )
    const fiber = yields && this.setup.yields !== "none"
      ? this.virtual.scheduler.yielding(FiberRuntime.forkLater(runtime, effect))
      : this.virtual.scheduler.atomically(() => FiberRuntime.fork(runtime, effect))
    fiber.addObserver((exit) => observer.ends(exit))
  }

  private clientOf(slot: Slot): PlatformClient.Service {
    const { provider, runtime, service, tokens } = slot
    const read = (report: ReportObserver | undefined) =>
      Effect.suspend(() => {
        this.callers += 1
        const observer = this.oracle.begins(this.callers, provider, "read", false)
        return Effect.onExit(service.accessToken, (exit) =>
          Effect.sync(() => {
            if (Exit.isSuccess(exit)) {
              report?.carries(exit.value)
              if (tokens.at(-1)?.generation !== exit.value.generation) {
                tokens.push(exit.value)
              }
            }
            observer.ends(exit)
          }))
      })
    const observed: TokenProvider.Service = {
      ...service,
      accessToken: Effect.flatMap(CurrentReport, read),
      invalidate: (token) =>
        Effect.map(CurrentReport, (report) => {
          report?.rejects(token)
          this.invalidate(slot, token)
        })
    }
    return this.virtual.client({ client: this.platform.clientOf(provider), config: this.config }, observed, runtime)
  }

  private invalidate({ provider, runtime, service }: Slot, token: AccessToken): void {
    this.oracle.note(() => `  · generation ${token.generation} is rejected`)
    this.virtual.now(service.invalidate(token), runtime)
    this.oracle.invalidated(provider, token)
  }

  private reset({ provider, runtime, service }: Slot): void {
    this.oracle.resetBegins(provider)
    this.virtual.scheduler.atomically(() => FiberRuntime.fork(runtime, service.reset)).addObserver((exit) => {
      this.oracle.note(() => `  · provider ${provider} is reset`)
      this.oracle.resetEnds(provider, Exit.isSuccess(exit))
    })
  }

  private close(slot: Slot): void {
    if (slot.phase === "open") {
      slot.phase = "closing"
      this.oracle.closing(slot.provider)
      FiberRuntime.fork(slot.runtime, Scope.close(slot.scope, Exit.void)).addObserver(() => {
        slot.phase = "closed"
        this.oracle.note(() => `  · provider ${slot.provider} is closed`)
        this.oracle.closed(slot.provider)
      })
    }
  }

  private start(): void {
    const closed = this.slots.findIndex(({ phase }) => phase === "closed")
    if (closed >= 0) {
      this.slots.splice(closed, 1)
    }
    // Without a store the providers are independent of each other: one of them shows as much as three.
    if (this.slots.length < (this.setup.store === "none" ? 1 : mostProviders)) {
      this.open()
    }
  }

  private open(): void {
    const provider = this.oracle.opened()
    const process = this.remote === undefined ? undefined : new Process(this.virtual.scheduler)
    const runtime = process === undefined
      ? this.virtual.runtime
      : FiberRuntime.withScheduler(this.virtual.runtime, process)
    const { scope, service } = this.virtual.open(
      {
        client: this.platform.clientOf(provider, Effect.sync(() => this.reaches(provider, "sending"))),
        config: this.config,
        store: this.remote?.serviceFor(provider) ?? this.store,
        credentials: { account: "account", current: this.readCredentials(provider) }
      },
      runtime
    )
    this.slots.push({ provider, service, scope, runtime, process, tokens: [], client: undefined, phase: "open" })
  }

  // --- credentials ---------------------------------------------------------------------------------------------------

  private change(become: typeof this.credentials): void {
    if (become === "rotated") {
      this.passwords += 1
      this.platform.account = { username: "user", password: `password${this.passwords}` }
    } else {
      this.credentials = become
      this.account = become === "wrong" ? { username: "user", password: "wrong" } : this.platform.account
    }
    this.oracle.credentialsChanged(() => this.known)
  }

  /** The credentials that a provider reads now, if the read succeeds. */
  private get known(): Account | undefined {
    return this.credentials === "failing" || this.credentials === "dying" ? undefined : this.account
  }

  private readCredentials(
    provider: number
  ): Effect.Effect<Credentials.UsernamePassword, CredentialsUnavailable> {
    const read = Effect.suspend(() => {
      switch (this.credentials) {
        case "failing":
          return Effect.fail(new CredentialsUnavailable({ detail: "failing" }))
        case "dying":
          return Effect.dieMessage("dying")
        default:
          return Effect.succeed(credentialsOf(this.account))
      }
    })
    return Effect.suspend(() => {
      this.oracle.credentialsRead(provider, 1)
      return this.credentials === "slow" ? Effect.zipRight(Effect.sleep("3 seconds"), read) : read
    }).pipe(Effect.ensuring(Effect.sync(() => this.oracle.credentialsRead(provider, -1))))
  }

  // --- the end -------------------------------------------------------------------------------------------------------

  private heal(): void {
    this.platform.faults.splice(0, Infinity)
    this.platform.reports = "honest"
    this.platform.everyFault = { ...honest, latency: this.setup.latency }
  }

  /**
   * The platform is healthy again, the password is new and every cooldown ends. Every caller must be answered, a read must
   * get a token with one renewal, and nothing may be left when all providers are closed.
   */
  finish(): void {
    const { oracle } = this
    oracle.note(() => "the platform is healthy again")
    this.heal()
    this.remote?.heal()
    this.signals = []
    this.slots.forEach(({ process, provider }) => this.resume(provider, process))
    this.change("rotated")
    this.change("right")
    this.advance((this.remote === undefined ? 2 : 4) * 51 * second)
    const { clock, scheduler } = this.virtual
    oracle.calm(clock.sleepers)
    const open = this.slots.filter(({ phase }) => phase === "open")
    open.filter(({ provider }) => this.fleet?.overtaken.includes(provider)).forEach((slot) =>
      this.call(slot, "read", false)
    )
    const chosen = open[this.setup.seed % Math.max(1, open.length)]
    // The last renewal costs as much as the rest of a history: one history in three has it.
    if (chosen !== undefined && this.setup.seed % 3 === 0) {
      this.finalRead(chosen)
    }
    this.slots.forEach((slot) => this.close(slot))
    this.drain()
    if (this.remote !== undefined) {
      // Each lease is released.
      this.advance(51 * second)
    }
    oracle.calm(clock.sleepers)
    oracle.over({
      areClosed: this.slots.every(({ phase }) => phase === "closed"),
      inFlight: this.platform.inFlight,
      isIdle: scheduler.isIdle,
      longestSleep: clock.longestSleep
    })
  }

  /** Interrupts, at the very end, the timers of this program that killed processes have left. */
  cleanUp(): void {
    if (this.killed.length > 0) {
      this.isOver = true
      for (const { process, runtime, scope } of this.killed) {
        process?.resume()
        FiberRuntime.fork(runtime, Scope.close(scope, Exit.void))
      }
      this.running.forEach(({ fiber }) => interruptNow(fiber))
      const { clock, scheduler } = this.virtual
      do {
        scheduler.drain()
      } while (clock.wakeNext(clock.elapsed + minute))
    }
  }

  private finalRead(slot: Slot): void {
    const { oracle } = this
    if (oracle.violation !== undefined) {
      return
    }
    for (let attempt = 1; attempt <= 2; attempt++) {
      const before = oracle.requestsOf(slot.provider)
      const callers = Array.from({ length: 3 }, () => {
        this.call(slot, "read", false)
        return this.callers
      })
      this.advance(51 * second)
      oracle.allAnswered()
      if (oracle.violation !== undefined) {
        return
      }
      if (oracle.hasServed(callers)) {
        return oracle.finalRead(oracle.requestsOf(slot.provider) - before)
      }
      // The cooldown may last: a clock that was turned back doubles it, and a `Retry-After` of an hour is honoured.
      this.advance(2 * hour + minute)
    }
    // If an answer takes longer than a token lives, no caller can be served.
    const { latency, lifetimes } = this.setup
    oracle.finalFailure(latency < lifetimes.access / 2)
  }

  private slot(on: number): Slot {
    const slot = this.slots[on % this.slots.length]
    if (slot === undefined) {
      throw new Error("no provider")
    }
    return slot
  }
}

const needsProcess = ({ do: what }: Command): boolean =>
  what === "read" || what === "refresh" || what === "report" || what === "invalidate" || what === "reset" ||
  what === "close"

const termsOf = ({ acquireWithoutStore, cooldown, lifetimes, random, retryBudget, store }: Setup): Terms => ({
  accessLifetime: lifetimes.access,
  refreshLifetime: lifetimes.refresh,
  // Guarantee 11: the defaults are cut to a quarter of the lifetime.
  margin: lifetimes.margin ?? Math.min(minute, lifetimes.access / 4),
  early: lifetimes.early ?? Math.min(30 * minute, lifetimes.access / 4),
  hasRetryBudget: retryBudget > 0,
  cooldown,
  hasNoJitter: random === "highest",
  isShared: store === "memory",
  acquireWithoutStore
})

const configs = new Map<string, JindouyunConfig.Service>()

/** Histories share a few settings. */
const configOf = (
  { acquireWithoutStore, cooldown, lifetimes, retryBudget }: Setup
): JindouyunConfig.Service => {
  const key = JSON.stringify([lifetimes, retryBudget, cooldown, acquireWithoutStore])
  const config = configs.get(key) ?? Either.getOrThrow(JindouyunConfig.make({
    // Its time is not that of the virtual clock.
    closeTimeout: 0,
    baseUrl: "http://localhost:1",
    accessTokenLifetime: lifetimes.access,
    refreshTokenLifetime: lifetimes.refresh,
    earlyRefresh: lifetimes.early,
    expiryMargin: lifetimes.margin,
    cooldown,
    retryBudget,
    acquireWithoutStore
  }))
  configs.set(key, config)
  return config
}

/** Runs one history to its end, or to the first broken guarantee. */
export const run = ({ setup, steps }: History, isTraced = false): Summary => {
  const world = new World(setup, isTraced)
  let taken = 0
  for (const step of steps) {
    world.oracle.note(() => `${taken + 1}. ${show(step)}`)
    world.run(step.command)
    world.take(step.tasks)
    taken += 1
    if (world.oracle.violation !== undefined) {
      break
    }
  }
  if (world.oracle.violation === undefined) {
    world.finish()
  }
  const result = {
    steps: taken,
    requests: world.platform.requests,
    violation: world.oracle.violation,
    trace: [...world.oracle.trace ?? []]
  }
  if (result.violation === undefined) {
    world.cleanUp()
  }
  return result
}
