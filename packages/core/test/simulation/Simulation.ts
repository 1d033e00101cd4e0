import * as HttpClient from "@effect/platform/HttpClient"
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
import * as Credentials from "../../src/Credentials.js"
import * as JindouyunConfig from "../../src/JindouyunConfig.js"
import { CredentialsUnavailable, type TokenError } from "../../src/JindouyunError.js"
import type { AccessToken } from "../../src/Token.js"
import * as TokenApi from "../../src/TokenApi.js"
import * as TokenProvider from "../../src/TokenProvider.js"
import * as TokenStore from "../../src/TokenStore.js"
import { Chooser } from "./Chooser.js"
import { type Command, type History, type Setup, show } from "./Command.js"
import { ControlledScheduler } from "./ControlledScheduler.js"
import { type Caller, Judge, type Terms, type Violation } from "./Judge.js"
import { type Account, honest, Platform } from "./Platform.js"
import { WorldClock } from "./WorldClock.js"

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
  readonly tokens: Array<AccessToken>
  phase: "open" | "closing" | "closed"
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
  readonly clock = new WorldClock(start)
  readonly judge: Judge
  readonly platform: Platform
  private readonly scheduler: ControlledScheduler
  private readonly runtime: Runtime.Runtime<never>
  private readonly config: JindouyunConfig.Service
  private readonly store: TokenStore.Service
  private readonly setup: Setup
  private readonly subject: Subject
  private readonly slots: Array<Slot> = []
  private readonly running = new Map<Caller, Fiber.RuntimeFiber<AccessToken, TokenError>>()
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
    this.judge = new Judge(this.clock, termsOf(setup), isTraced)
    this.store = setup.store === "memory" ? this.now(TokenStore.makeMemory) : TokenStore.none
    this.platform = new Platform(
      this.clock,
      {
        accessLifetime: setup.lifetimes.access,
        refreshLifetime: setup.lifetimes.refresh,
        refreshTokens: setup.refreshTokens,
        earlyRefresh: setup.earlyRefresh,
        loginRevokesOlder: setup.loginRevokesOlder
      },
      this.account,
      this.judge
    )
    this.heal()
    this.judge.credentialsChanged(() => this.known)
    this.open()
  }

  // --- commands ----------------------------------------------------------------------------------------------------

  run(command: Command): void {
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
        const running = [...this.running]
        const [caller, fiber] = running[command.caller % Math.max(1, running.length)] ?? []
        if (caller !== undefined && fiber !== undefined) {
          this.judge.note(() => `  · ${caller.kind} ${caller.id} is interrupted`)
          this.judge.interrupted(caller)
          fiber.unsafeInterruptAsFork(FiberId.none)
        }
        return
      }
      case "advance":
        return this.advance(command.millis)
      case "approach": {
        const instants = this.judge.instants(this.slot(command.on).provider)
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
        return this.judge.turned(command.millis)
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
      case "reset":
        return this.reset(this.slot(command.on))
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
      this.judge.require(false, 12, "what runs comes to an end")
    }
    this.judge.settled()
  }

  private advance(millis: number): void {
    const until = this.clock.elapsed + millis
    this.drain()
    while (this.judge.violation === undefined && this.clock.wakeNext(until)) {
      this.drain()
    }
  }

  private call(slot: Slot, kind: Caller["kind"], gives: boolean, rejects = false): void {
    const { provider, service, tokens } = slot
    const expectation = this.judge.expectation(provider)
    const isAtomic = !gives || this.setup.yields === "nobody"
    this.callers += 1
    const caller = this.judge.begins(this.callers, provider, kind, isAtomic)
    const effect = kind === "read" ? service.accessToken : service.refresh
    const fiber = isAtomic
      ? this.scheduler.atomically(() => Runtime.runFork(this.runtime, effect))
      : this.scheduler.yielding(Runtime.runFork(this.runtime, effect, { immediate: false }))
    this.running.set(caller, fiber)
    fiber.addObserver((exit) => {
      this.running.delete(caller)
      if (Exit.isSuccess(exit) && tokens.at(-1)?.generation !== exit.value.generation) {
        tokens.push(exit.value)
      }
      this.judge.ends(caller, exit)
      if (rejects && Exit.isSuccess(exit)) {
        this.invalidate(slot, exit.value)
      }
    })
    if (isAtomic) {
      this.judge.firstTurnEnds(caller, expectation)
    }
  }

  private invalidate({ provider, service }: Slot, token: AccessToken): void {
    this.judge.note(() => `  · generation ${token.generation} is rejected`)
    this.now(service.invalidate(token))
    this.judge.invalidated(provider, token)
  }

  private reset({ provider, service }: Slot): void {
    this.judge.resetBegins(provider)
    this.scheduler.atomically(() => Runtime.runFork(this.runtime, service.reset)).addObserver(() => {
      this.judge.note(() => `  · provider ${provider} is reset`)
      this.judge.resetEnds(provider)
    })
  }

  private close(slot: Slot): void {
    if (slot.phase === "open") {
      slot.phase = "closing"
      this.judge.closing(slot.provider)
      Runtime.runFork(this.runtime, Scope.close(slot.scope, Exit.void)).addObserver(() => {
        slot.phase = "closed"
        this.judge.note(() => `  · provider ${slot.provider} is closed`)
        this.judge.closed(slot.provider)
      })
    }
  }

  private open(): void {
    const provider = this.judge.opened()
    const scope = this.now(Scope.make())
    const context = Context.empty().pipe(
      Context.add(HttpClient.HttpClient, this.platform.clientOf(provider)),
      Context.add(JindouyunConfig.JindouyunConfig, this.config),
      Context.add(TokenStore.TokenStore, this.store),
      Context.add(Credentials.Credentials, { account: "account", current: this.readCredentials(provider) }),
      Context.add(Scope.Scope, scope)
    )
    const service = this.now(
      this.subject.api.pipe(
        Effect.flatMap((api) => Effect.provideService(TokenProvider.make, TokenApi.TokenApi, api)),
        Effect.provide(context)
      )
    )
    this.slots.push({ provider, service, scope, tokens: [], phase: "open" })
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
    this.judge.credentialsChanged(() => this.known)
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
      this.judge.credentialsRead(provider, 1)
      return this.credentials === "slow" ? Effect.zipRight(Effect.sleep("3 seconds"), read) : read
    }).pipe(Effect.ensuring(Effect.sync(() => this.judge.credentialsRead(provider, -1))))
  }

  // --- the end -----------------------------------------------------------------------------------------------------

  private heal(): void {
    this.platform.faults.splice(0, Infinity)
    this.platform.weather = { ...honest, latency: this.setup.latency }
  }

  /**
   * The platform is well again, the password is one that nobody has been refused with, and whatever cools has time to:
   * everybody is answered, a read brings a token with one flight, and nothing is left when all are closed.
   */
  finish(): void {
    const { judge } = this
    judge.note(() => "the platform is well again")
    this.heal()
    this.change("rotated")
    this.change("right")
    this.advance(2 * 41 * second)
    judge.checkAnswered()
    judge.require(this.clock.sleepers === 0, 13, "no timer runs unasked")
    const open = this.slots.filter(({ phase }) => phase === "open")
    const chosen = open[this.setup.seed % Math.max(1, open.length)]
    // A flight costs as much as the rest of a history: one history in three has the last one.
    if (chosen !== undefined && this.setup.seed % 3 === 0) {
      this.finalRead(chosen)
    }
    this.slots.forEach((slot) => this.close(slot))
    this.drain()
    judge.checkAnswered()
    judge.require(this.slots.every(({ phase }) => phase === "closed"), 5, "a layer closes")
    judge.require(this.platform.inFlight === 0, 5, "no exchange outlives the layer")
    judge.require(this.scheduler.isIdle && this.clock.sleepers === 0, 13, "nothing is left running")
    judge.require(this.clock.longestSleep <= hour, 13, "nothing sleeps longer than an hour")
  }

  private finalRead(slot: Slot): void {
    const { judge } = this
    if (judge.violation !== undefined) {
      return
    }
    for (let attempt = 1; attempt <= 2; attempt++) {
      const before = judge.requestsOf(slot.provider)
      const callers = Array.from({ length: 3 }, () => {
        this.call(slot, "read", false)
        return this.callers
      })
      this.advance(41 * second)
      judge.checkAnswered()
      if (judge.violation !== undefined) {
        return
      }
      if (judge.hasServed(callers)) {
        const requests = judge.requestsOf(slot.provider) - before
        judge.require(requests <= 2, 10, "one flight is a refresh and a login at most")
        return
      }
      // It may be cooling still: a clock turned back doubles a cool-down, and of `Retry-After` an hour is honoured.
      this.advance(2 * hour + minute)
    }
    // Where an answer takes longer than a token lives nobody can be served.
    const { latency, lifetimes } = this.setup
    judge.require(latency >= lifetimes.access / 2, 9, "a healthy platform serves")
  }

  /** Runs what comes to its end without time. */
  private now<A, E>(effect: Effect.Effect<A, E>): A {
    const exit = this.scheduler.atomically(() => Runtime.runFork(this.runtime, effect)).unsafePoll()
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

const termsOf = ({ coolDown, dice, lifetimes, retryBudget, store }: Setup): Terms => ({
  accessLifetime: lifetimes.access,
  refreshLifetime: lifetimes.refresh,
  // Law 11: the defaults are cut to a quarter of the lifetime.
  margin: lifetimes.margin ?? Math.min(minute, lifetimes.access / 4),
  early: lifetimes.early ?? Math.min(30 * minute, lifetimes.access / 4),
  hasRetryBudget: retryBudget > 0,
  coolDown,
  hasHighDice: dice === "high",
  isShared: store === "memory"
})

const configs = new Map<string, JindouyunConfig.Service>()

// The same few settings over and over.
const configOf = ({ coolDown, lifetimes, retryBudget }: Setup): JindouyunConfig.Service => {
  const key = JSON.stringify([lifetimes, retryBudget, coolDown])
  const config = configs.get(key) ?? Either.getOrThrow(JindouyunConfig.make({
    baseUrl: "http://localhost:1",
    accessTokenLifetime: lifetimes.access,
    refreshTokenLifetime: lifetimes.refresh,
    earlyRefresh: lifetimes.early,
    expiryMargin: lifetimes.margin,
    coolDown,
    retryBudget
  }))
  configs.set(key, config)
  return config
}

const runtimeOf = (clock: WorldClock, scheduler: ControlledScheduler, setup: Setup): Runtime.Runtime<never> => {
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

/** Runs one history to its end, or to the first law it breaks. */
export const run = ({ setup, steps }: History, options: {
  readonly subject?: Subject
  readonly isTraced?: boolean
} = {}): Result => {
  const world = new World(setup, options.subject ?? subject, options.isTraced ?? false)
  let taken = 0
  for (const step of steps) {
    world.judge.note(() => `${taken + 1}. ${show(step)}`)
    world.run(step.command)
    world.take(step.tasks)
    taken += 1
    if (world.judge.violation !== undefined) {
      break
    }
  }
  if (world.judge.violation === undefined) {
    world.finish()
  }
  return {
    steps: taken,
    requests: world.platform.requests,
    violation: world.judge.violation,
    trace: world.judge.trace ?? []
  }
}
