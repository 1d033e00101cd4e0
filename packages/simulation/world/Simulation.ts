import * as HttpClient from "@effect/platform/HttpClient"
import * as Credentials from "@jindouyun/core/Credentials"
import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
import { CredentialsUnavailable, StoreFailure, type TokenError } from "@jindouyun/core/JindouyunError"
import type { AccessToken } from "@jindouyun/core/Token"
import * as TokenApi from "@jindouyun/core/TokenApi"
import * as TokenProvider from "@jindouyun/core/TokenProvider"
import * as TokenStore from "@jindouyun/core/TokenStore"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as LogLevel from "effect/LogLevel"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as RuntimeFlags from "effect/RuntimeFlags"
import * as Scope from "effect/Scope"
import type { BaseOracle, CallObserver, Terms, Violation } from "../oracle/BaseOracle.js"
import { FleetOracle } from "../oracle/FleetOracle.js"
import { Oracle } from "../oracle/Oracle.js"
import { Chooser } from "./Chooser.js"
import { type Command, type History, type Moment, type Setup, show, type Trouble } from "./Command.js"
import { ControlledScheduler } from "./ControlledScheduler.js"
import { type Account, honest, Platform } from "./Platform.js"
import { Process } from "./Process.js"
import { RemoteStore } from "./RemoteStore.js"
import { VirtualClock } from "./VirtualClock.js"

/** What running one history came to. */
export interface Result {
  readonly steps: number
  readonly requests: number
  readonly violation: Violation | undefined
  readonly trace: ReadonlyArray<string>
}

const second = 1000
const minute = 60 * second
const hour = 60 * minute

/** An instant of no importance, far from zero so that a clock can be turned back from it. */
const start = Date.UTC(2030, 0, 1)

const mostProviders = 3

interface Slot {
  readonly provider: number
  readonly service: TokenProvider.Service
  readonly scope: Scope.CloseableScope
  readonly runtime: Runtime.Runtime<never>
  readonly process: Process | undefined
  readonly tokens: Array<AccessToken>
  phase: "open" | "closing" | "closed"
}

/** A signal that is on its way to a provider. */
interface Signal {
  readonly provider: number
  readonly at: Moment
  /** For how long it is paused; it is killed where there is no end to it. */
  readonly millis: number | undefined
}

/** A caller that has not come to its end. */
interface Call {
  readonly id: number
  readonly kind: "read" | "refresh"
  readonly slot: Slot
  readonly observer: CallObserver
  readonly fiber: Fiber.RuntimeFiber<AccessToken, TokenError>
}

/** The makings of a provider, in the version under test; a test puts a broken one in its place. */
export interface Subject {
  readonly api: typeof TokenApi.make
}

export const subject: Subject = { api: TokenApi.make }

/**
 * One world: a platform, providers over it, callers, and two clocks. Nothing in it happens by itself: every task, every
 * timer and every choice is taken from the history and its seed.
 */
class World {
  readonly clock = new VirtualClock(start)
  readonly oracle: BaseOracle
  readonly platform: Platform
  private readonly scheduler: ControlledScheduler
  private readonly runtime: Runtime.Runtime<never>
  private readonly config: JindouyunConfig.Service
  private readonly store: TokenStore.Service
  private readonly remote: RemoteStore | undefined
  private readonly fleet: FleetOracle | undefined
  private signals: ReadonlyArray<Signal> = []
  private readonly dead: Array<Slot> = []
  private isOver = false
  private readonly setup: Setup
  private readonly subject: Subject
  private readonly slots: Array<Slot> = []
  private readonly running: Array<Call> = []
  private credentials: Extract<Command, { do: "credentials" }>["become"] = "right"
  private account: Account = { username: "user", password: "password1" }
  private passwords = 1
  private callers = 0

  constructor(setup: Setup, subject: Subject, isTraced: boolean) {
    this.setup = setup
    this.subject = subject
    this.scheduler = new ControlledScheduler(new Chooser(setup.seed), setup.yields)
    this.runtime = runtimeOf(this.clock, this.scheduler, setup)
    this.config = configOf(setup)
    if (setup.store === "remote") {
      this.fleet = new FleetOracle(this.clock, termsOf(setup), isTraced)
      this.oracle = this.fleet
      this.store = TokenStore.none
      this.remote = new RemoteStore(
        this.clock,
        new Chooser(setup.seed >>> 1),
        setup.storeLatency,
        this.fleet,
        (operation, detail) => new StoreFailure({ operation, detail })
      )
      this.fleet.sees(this.remote)
    } else {
      this.remote = undefined
      this.fleet = undefined
      this.oracle = new Oracle(this.clock, termsOf(setup), isTraced)
      this.store = setup.store === "memory" ? this.now(TokenStore.makeMemory) : TokenStore.none
    }
    this.platform = new Platform(
      this.clock,
      {
        accessLifetime: setup.lifetimes.access,
        refreshLifetime: setup.lifetimes.refresh,
        refreshTokens: setup.refreshTokens,
        earlyRefresh: setup.earlyRefresh,
        acquireRevokesOlder: setup.acquireRevokesOlder,
        isApart: setup.store === "remote"
      },
      this.account,
      {
        sent: (request) => {
          if (!this.isOver) {
            this.oracle.sent(request)
            this.meets(request.provider, "passage")
          }
        },
        ended: (request, outcome) => {
          if (!this.isOver) {
            this.oracle.ended(request, outcome)
            this.meets(request.provider, outcome._tag === "success" ? "answer" : undefined)
          }
        }
      }
    )
    this.heal()
    this.oracle.credentialsChanged(() => this.known)
    this.open()
  }

  // --- commands ----------------------------------------------------------------------------------------------------

  run(command: Command): void {
    // Who is paused hears nothing.
    if ("on" in command && isHeard(command) && this.slot(command.on).process?.isRunning === false) {
      return
    }
    switch (command.do) {
      case "read": {
        for (let n = 0; n < command.callers; n++) {
          this.call(this.slot(command.on), "read", command.gives, command.rejects && n === 0)
        }
        return
      }
      case "refresh":
        return this.call(this.slot(command.on), "refresh", command.gives)
      case "interrupt": {
        this.take(command.after)
        const awake = this.running.filter(({ slot }) => slot.process?.isRunning !== false)
        const call = awake[command.caller % Math.max(1, awake.length)]
        if (call !== undefined) {
          this.oracle.note(() => `  · ${call.kind} ${call.id} is interrupted`)
          call.observer.interrupted()
          call.fiber.unsafeInterruptAsFork(FiberId.none)
        }
        return
      }
      case "advance":
        return this.advance(command.millis)
      case "approach": {
        const instants = this.oracle.instants(this.slot(command.on).provider)
        const instant = instants[command.instant % Math.max(1, instants.length)]
        this.drain()
        return this.advance(Math.max(1, (instant ?? 0) + command.by - this.clock.wall))
      }
      case "turn": {
        // Where fibers of the library give way too, a turn between two readings of one clock could not be told from one
        // before or after both.
        if (this.setup.yields === "everybody") {
          this.drain()
        }
        this.clock.turn(command.millis)
        return this.oracle.turned(command.millis)
      }
      case "faults":
        this.platform.faults.splice(0, Infinity, ...command.faults)
        return
      case "weather":
        this.platform.weather = command.fault ?? { ...honest, latency: this.setup.latency }
        return
      case "revoke":
        return this.platform.revoke(command.what)
      case "invalidate": {
        const slot = this.slot(command.on)
        const token = slot.tokens.at(-1 - command.age)
        return token === undefined ? undefined : this.invalidate(slot, token)
      }
      case "credentials":
        return this.change(command.become)
      case "reset": {
        const slot = this.slot(command.on)
        this.reset(slot)
        return command.reads ? this.call(slot, "read", false) : undefined
      }
      case "close":
        return this.close(this.slot(command.on))
      case "start": {
        const closed = this.slots.findIndex(({ phase }) => phase === "closed")
        if (closed >= 0) {
          this.slots.splice(closed, 1)
        }
        // Without a store providers know nothing of each other: one at a time tells as much as three.
        if (this.slots.length < (this.setup.store === "none" ? 1 : mostProviders)) {
          this.open()
        }
        return
      }
      default:
        return this.trouble(command)
    }
  }

  private trouble(command: Extract<Command, { do: Trouble }>): void {
    const { remote } = this
    switch (command.do) {
      case "store":
        if (command.becomes === "empty") {
          this.fleet?.emptied()
          return remote?.empty()
        }
        return remote?.becomes(command.becomes)
      case "hang":
        return remote?.hang(command.millis, command.stops)
      case "cut":
        return remote?.disconnect(this.slot(command.on).provider)
      case "mend":
        return remote?.connect()
      case "stop":
      case "kill": {
        const { provider } = this.slot(command.on)
        const millis = command.do === "stop" ? command.millis : undefined
        this.signals = [...this.signals, { provider, at: command.at, millis }]
        return this.meets(provider, "now")
      }
    }
  }

  /** A provider has come to a moment at which a signal may be waiting for it. */
  private meets(provider: number, moment: Moment | undefined): void {
    const signal = this.signals.find((each) => each.provider === provider && each.at === moment)
    const slot = this.slots.find((each) => each.provider === provider)
    if (signal === undefined || slot?.process === undefined) {
      return
    }
    this.signals = this.signals.filter((each) => each !== signal)
    if (signal.millis === undefined) {
      this.kill(slot)
    } else if (slot.process.isRunning) {
      this.stop(slot, slot.process, signal.millis)
    }
  }

  private stop({ provider }: Slot, process: Process, millis: number): void {
    this.oracle.note(() => `  · provider ${provider} is paused`)
    this.fleet?.signalled(provider, true)
    process.stop()
    this.clock.after(millis, () => this.goOn(provider, process))
  }

  private goOn(provider: number, process: Process | undefined): void {
    if (process?.isPaused === true) {
      this.oracle.note(() => `  · provider ${provider} goes on`)
      this.fleet?.signalled(provider, false)
      process.goOn()
    }
  }

  private kill(slot: Slot): void {
    const { process, provider } = slot
    this.oracle.note(() => `  · provider ${provider} is killed`)
    this.fleet?.killed(provider)
    process?.kill()
    this.platform.hangUp(provider)
    this.slots.splice(this.slots.indexOf(slot), 1)
    this.dead.push(slot)
    if (this.slots.length === 0) {
      this.open()
    }
  }

  take(tasks: number | "all"): void {
    if (tasks === "all") {
      return this.drain()
    }
    for (let n = 0; n < tasks && this.scheduler.step(); n++) {
      // Each step is one task.
    }
  }

  private drain(): void {
    if (!this.scheduler.drain()) {
      this.oracle.require(false, 12, "what runs comes to an end")
    }
    this.oracle.settled()
  }

  private advance(millis: number): void {
    const until = this.clock.elapsed + millis
    this.drain()
    while (this.oracle.violation === undefined && this.clock.wakeNext(until)) {
      this.drain()
    }
  }

  private call(slot: Slot, kind: Call["kind"], gives: boolean, rejects = false): void {
    const { provider, runtime, service, tokens } = slot
    const isAtomic = !gives || this.setup.yields === "nobody"
    this.callers += 1
    const id = this.callers
    const observer = this.oracle.begins(id, provider, kind, isAtomic)
    const effect = kind === "read" ? service.accessToken : service.refresh
    const fiber = isAtomic
      ? this.scheduler.atomically(() => Runtime.runFork(runtime, effect))
      : this.scheduler.yielding(Runtime.runFork(runtime, effect, { immediate: false }))
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

  private invalidate({ provider, runtime, service }: Slot, token: AccessToken): void {
    this.oracle.note(() => `  · generation ${token.generation} is rejected`)
    this.now(service.invalidate(token), runtime)
    this.oracle.invalidated(provider, token)
  }

  private reset({ provider, runtime, service }: Slot): void {
    this.oracle.resetBegins(provider)
    this.scheduler.atomically(() => Runtime.runFork(runtime, service.reset)).addObserver((exit) => {
      this.oracle.note(() => `  · provider ${provider} is reset`)
      this.oracle.resetEnds(provider, Exit.isSuccess(exit))
    })
  }

  private close(slot: Slot): void {
    if (slot.phase === "open") {
      slot.phase = "closing"
      this.oracle.closing(slot.provider)
      Runtime.runFork(slot.runtime, Scope.close(slot.scope, Exit.void)).addObserver(() => {
        slot.phase = "closed"
        this.oracle.note(() => `  · provider ${slot.provider} is closed`)
        this.oracle.closed(slot.provider)
      })
    }
  }

  private open(): void {
    const provider = this.oracle.opened()
    const process = this.remote === undefined ? undefined : new Process(this.scheduler)
    const runtime = process === undefined
      ? this.runtime
      : Runtime.setFiberRef(this.runtime, FiberRef.currentScheduler, process)
    const scope = this.now(Scope.make(), runtime)
    const context = Context.empty().pipe(
      Context.add(
        HttpClient.HttpClient,
        this.platform.clientOf(provider, Effect.sync(() => this.meets(provider, "departure")))
      ),
      Context.add(JindouyunConfig.JindouyunConfig, this.config),
      Context.add(TokenStore.TokenStore, this.remote?.serviceFor(provider) ?? this.store),
      Context.add(Credentials.Credentials, { account: "account", current: this.readCredentials(provider) }),
      Context.add(Scope.Scope, scope)
    )
    const service = this.now(
      this.subject.api.pipe(
        Effect.flatMap((api) => Effect.provideService(TokenProvider.make, TokenApi.TokenApi, api)),
        Effect.provide(context)
      ),
      runtime
    )
    this.slots.push({ provider, service, scope, runtime, process, tokens: [], phase: "open" })
  }

  // --- credentials -------------------------------------------------------------------------------------------------

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

  /** The credentials a provider gets when it asks for them, if it gets any. */
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
        default: {
          const { password, username } = this.account
          return Effect.succeed(new Credentials.UsernamePassword({ username, password: Redacted.make(password) }))
        }
      }
    })
    return Effect.suspend(() => {
      this.oracle.credentialsRead(provider, 1)
      return this.credentials === "slow" ? Effect.zipRight(Effect.sleep("3 seconds"), read) : read
    }).pipe(Effect.ensuring(Effect.sync(() => this.oracle.credentialsRead(provider, -1))))
  }

  // --- the end -----------------------------------------------------------------------------------------------------

  private heal(): void {
    this.platform.faults.splice(0, Infinity)
    this.platform.weather = { ...honest, latency: this.setup.latency }
  }

  /**
   * The platform is well again, the password is one that nobody has been refused with, and whatever cools has time to:
   * everybody is answered, a read brings a token with one renewal, and nothing is left when all are closed.
   */
  finish(): void {
    const { oracle } = this
    oracle.note(() => "the platform is well again")
    this.heal()
    this.remote?.heal()
    this.signals = []
    this.slots.forEach(({ process, provider }) => this.goOn(provider, process))
    this.change("rotated")
    this.change("right")
    this.advance((this.remote === undefined ? 2 : 4) * 51 * second)
    oracle.checkAnswered()
    oracle.require(this.clock.sleepers === 0, 13, "no timer runs unasked")
    const open = this.slots.filter(({ phase }) => phase === "open")
    open.filter(({ provider }) => this.fleet?.overtaken.includes(provider)).forEach((slot) =>
      this.call(slot, "read", false)
    )
    const chosen = open[this.setup.seed % Math.max(1, open.length)]
    // A renewal costs as much as the rest of a history: one history in three has the last one.
    if (chosen !== undefined && this.setup.seed % 3 === 0) {
      this.finalRead(chosen)
    }
    this.slots.forEach((slot) => this.close(slot))
    this.drain()
    if (this.remote !== undefined) {
      // The lease is given back.
      this.advance(51 * second)
    }
    oracle.checkAnswered()
    oracle.require(this.slots.every(({ phase }) => phase === "closed"), 5, "a layer closes")
    oracle.require(this.platform.inFlight === 0, 5, "no request outlives the layer")
    oracle.require(this.scheduler.isIdle && this.clock.sleepers === 0, 13, "nothing is left running")
    oracle.require(this.clock.longestSleep <= hour, 13, "nothing sleeps longer than an hour")
  }

  /**
   * The verdict is over. What waits for ever keeps a timer of this program, also in a process that was killed: there it
   * is interrupted now.
   */
  bury(): void {
    if (this.dead.length > 0) {
      this.isOver = true
      for (const { process, runtime, scope } of this.dead) {
        process?.goOn()
        Runtime.runFork(runtime, Scope.close(scope, Exit.void))
      }
      this.running.forEach(({ fiber }) => fiber.unsafeInterruptAsFork(FiberId.none))
      do {
        this.scheduler.drain()
      } while (this.clock.wakeNext(this.clock.elapsed + minute))
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
      oracle.checkAnswered()
      if (oracle.violation !== undefined) {
        return
      }
      if (oracle.hasServed(callers)) {
        const requests = oracle.requestsOf(slot.provider) - before
        oracle.require(requests <= 2, 10, "one renewal is a refresh and an acquisition at most")
        return
      }
      // It may be cooling still: a clock turned back doubles a cooldown, and of `Retry-After` an hour is honoured.
      this.advance(2 * hour + minute)
    }
    // Where an answer takes longer than a token lives nobody can be served.
    const { latency, lifetimes } = this.setup
    oracle.require(latency >= lifetimes.access / 2, 9, "a healthy platform serves")
  }

  /** Runs what comes to its end without time. */
  private now<A, E>(effect: Effect.Effect<A, E>, runtime = this.runtime): A {
    const exit = this.scheduler.atomically(() => Runtime.runFork(runtime, effect)).unsafePoll()
    if (exit === null || Exit.isFailure(exit)) {
      throw new Error(`not done at once: ${String(exit)}`)
    }
    return exit.value
  }

  private slot(on: number): Slot {
    const slot = this.slots[on % this.slots.length]
    if (slot === undefined) {
      throw new Error("no provider")
    }
    return slot
  }
}

/** Whether only who runs can be told. */
const isHeard = ({ do: what }: Command): boolean =>
  what === "read" || what === "refresh" || what === "invalidate" || what === "reset" || what === "close"

const termsOf = ({ cooldown, dice, lifetimes, acquireWithoutStore, retryBudget, store }: Setup): Terms => ({
  accessLifetime: lifetimes.access,
  refreshLifetime: lifetimes.refresh,
  // Guarantee 11: the defaults are cut to a quarter of the lifetime.
  margin: lifetimes.margin ?? Math.min(minute, lifetimes.access / 4),
  early: lifetimes.early ?? Math.min(30 * minute, lifetimes.access / 4),
  hasRetryBudget: retryBudget > 0,
  cooldown,
  hasHighDice: dice === "high",
  isShared: store === "memory",
  acquireWithoutStore
})

const configs = new Map<string, JindouyunConfig.Service>()

// The same few settings over and over.
const configOf = (
  { cooldown, lifetimes, acquireWithoutStore, retryBudget }: Setup
): JindouyunConfig.Service => {
  const key = JSON.stringify([lifetimes, retryBudget, cooldown, acquireWithoutStore])
  const config = configs.get(key) ?? Either.getOrThrow(JindouyunConfig.make({
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

const runtimeOf = (clock: VirtualClock, scheduler: ControlledScheduler, setup: Setup): Runtime.Runtime<never> => {
  const seeded = Random.make(setup.seed)
  const random: Random.Random = setup.dice === "seeded" ? seeded : {
    [Random.RandomTypeId]: Random.RandomTypeId,
    next: Effect.succeed(0.999),
    nextBoolean: seeded.nextBoolean,
    nextInt: seeded.nextInt,
    nextRange: (min, max) => Effect.succeed(min + 0.999 * (max - min)),
    nextIntBetween: (min, max) => seeded.nextIntBetween(min, max),
    shuffle: (elements) => seeded.shuffle(elements)
  }
  const services = DefaultServices.liveServices.pipe(
    Context.add(Clock.Clock, clock),
    Context.add(Random.Random, random)
  )
  return Runtime.defaultRuntime.pipe(
    // Nobody reads the metrics of these fibers.
    Runtime.disableRuntimeFlag(RuntimeFlags.RuntimeMetrics),
    Runtime.setFiberRef(DefaultServices.currentServices, services),
    Runtime.setFiberRef(FiberRef.currentScheduler, scheduler),
    Runtime.setFiberRef(FiberRef.currentMinimumLogLevel, LogLevel.None),
    Runtime.setFiberRef(FiberRef.currentTracerEnabled, false)
  )
}

/** Runs one history to its end, or to the first guarantee it breaks. */
export const run = ({ setup, steps }: History, options: {
  readonly subject?: Subject
  readonly isTraced?: boolean
} = {}): Result => {
  const world = new World(setup, options.subject ?? subject, options.isTraced ?? false)
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
    world.bury()
  }
  return result
}
