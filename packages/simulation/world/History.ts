import * as FastCheck from "effect/FastCheck"
import type { Yields } from "./ControlledScheduler.js"
import type { Answer, Fault, Reports } from "./Platform.js"

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** The lifetimes of the tokens, and the spans that are set; the others have their defaults. */
export interface Lifetimes {
  readonly access: number
  readonly refresh: number
  readonly early?: number
  readonly margin?: number
}

/** The settings of a whole history. */
export interface Setup {
  readonly seed: number
  /** `remote` is a store behind a network, with faults of its own. */
  readonly store: "none" | "memory" | "remote"
  /** About how long an operation of a remote store takes. */
  readonly storeLatency: number
  readonly acquireWithoutStore: boolean
  readonly yields: Yields
  /** `highest` makes full jitter no jitter. */
  readonly random: "seeded" | "highest"
  readonly refreshTokens: "once" | "many"
  readonly earlyRefresh: "accepted" | "refused" | "samePair"
  readonly acquireRevokesOlder: boolean
  readonly latency: number
  readonly retryBudget: number
  /** The first cooldown. A long one reaches its cap after a few failures in a row. */
  readonly cooldown: number
  readonly lifetimes: Lifetimes
}

/** When a signal reaches a provider: now, or when its next request is about to be sent, is in flight, or is answered. */
export type Moment = "now" | "sending" | "inFlight" | "answer"

/**
 * `on` is the index of a provider among the open ones. A caller that `yields` may do so at any operation. A caller that
 * `rejects` invalidates its token as soon as it gets one.
 */
export type Command =
  | {
    readonly do: "read"
    readonly on: number
    readonly callers: number
    readonly yields: boolean
    readonly rejects: boolean
  }
  | { readonly do: "refresh"; readonly on: number; readonly yields: boolean }
  | { readonly do: "interrupt"; readonly caller: number; readonly after: number }
  | { readonly do: "advance"; readonly millis: number }
  | { readonly do: "approach"; readonly on: number; readonly instant: number; readonly by: number }
  | { readonly do: "turn"; readonly millis: number }
  | { readonly do: "faults"; readonly faults: ReadonlyArray<Fault> }
  | { readonly do: "everyFault"; readonly fault: Fault | undefined }
  | { readonly do: "revoke"; readonly what: "accessTokens" | "refreshTokens" | "allTokens" }
  | { readonly do: "invalidate"; readonly on: number; readonly age: number }
  | { readonly do: "credentials"; readonly become: "right" | "wrong" | "rotated" | "failing" | "slow" | "dying" }
  /** `reads`: a caller reads before the reset ends. */
  | { readonly do: "reset"; readonly on: number; readonly reads: boolean }
  /** Calls report APIs through `call`, or through `httpClient`. */
  | {
    readonly do: "report"
    readonly on: number
    readonly calls: number
    readonly yields: boolean
    readonly through: "call" | "httpClient"
  }
  | { readonly do: "reports"; readonly become: Reports; readonly latency: number }
  | { readonly do: "close"; readonly on: number }
  | { readonly do: "start"; readonly on: number }
  | { readonly do: "store"; readonly becomes: "down" | "up" | "empty" }
  /** `pauses`: the store itself is paused; otherwise only its answers are late. */
  | { readonly do: "hang"; readonly millis: number; readonly pauses: boolean }
  | { readonly do: "disconnect"; readonly on: number }
  | { readonly do: "reconnect" }
  | { readonly do: "pause"; readonly on: number; readonly at: Moment; readonly millis: number }
  | { readonly do: "kill"; readonly on: number; readonly at: Moment }

/** A command, and how many ready tasks run after it. */
export interface Step {
  readonly command: Command
  readonly tasks: number | "all"
}

export interface History {
  readonly setup: Setup
  readonly steps: ReadonlyArray<Step>
}

const { constant, constantFrom } = FastCheck

const weighted = <A>(...choices: ReadonlyArray<readonly [weight: number, FastCheck.Arbitrary<A>]>) =>
  FastCheck.oneof({ withCrossShrink: true }, ...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })))

const toAnswer = constantFrom<Answer>(
  ...[50000, 50000, 50001, 59999, 40003, 40003, 40001, 40000, 30005, 12345].map((code): Answer => ({
    _tag: "code",
    code
  })),
  ...[503, 503, 500, 429, 404, 401, 403, 302].map((status): Answer => ({ _tag: "status", status })),
  ...(["reset", "reset", "reset", "reset", "hang", "hang", "hang", "honest", "honest"] as const).map((
    _tag
  ): Answer => ({ _tag })),
  ...(["refusedPort", "badCertificate", "garbage", "notText", "wrongData", "truncated", "stalled"] as const).map((
    _tag
  ): Answer => ({ _tag }))
)

const fault: FastCheck.Arbitrary<Fault> = FastCheck.record({
  answer: toAnswer,
  acts: FastCheck.boolean(),
  latency: constantFrom(0, 0, 0, 0, 20, 700, 9 * second, 14 * second, 22 * second),
  retryAfter: constantFrom(undefined, undefined, undefined, undefined, 7, 120, 2 * 3600)
})

const faults: FastCheck.Arbitrary<ReadonlyArray<Fault>> = FastCheck.oneof(
  FastCheck.array(fault, { minLength: 1, maxLength: 4, size: "max" }),
  FastCheck.tuple(fault, constantFrom(2, 3, 4)).map(([fault, times]) => Array.from({ length: times }, () => fault))
)

const on = constantFrom(0, 0, 0, 1, 2)
const yields = constantFrom(false, false, true)
const moment = constantFrom<Moment>("now", "sending", "inFlight", "answer", "answer")
const rejects = constantFrom(...Array.from({ length: 24 }, () => false), true)

const commands: { readonly [Do in Command["do"]]: FastCheck.Arbitrary<Extract<Command, { readonly do: Do }>> } = {
  read: FastCheck.record({
    do: constant("read"),
    on,
    callers: constantFrom(...Array.from({ length: 9 }, () => 1), 4),
    yields,
    rejects
  }),
  refresh: FastCheck.record({ do: constant("refresh"), on, yields }),
  interrupt: FastCheck.record({ do: constant("interrupt"), caller: FastCheck.nat(7), after: FastCheck.nat(12) }),
  advance: FastCheck.record({
    do: constant("advance"),
    millis: constantFrom(
      ...[1, 30, second].flatMap((millis) => [millis, millis, millis]),
      199,
      250,
      5 * second,
      5 * second,
      16 * second,
      51 * second,
      2 * minute,
      6 * minute,
      hour,
      12 * hour,
      day,
      40 * day
    )
  }),
  approach: FastCheck.record({
    do: constant("approach"),
    on,
    instant: FastCheck.nat(5),
    by: constantFrom(-1, 0, 0, 1, 5 * second)
  }),
  turn: FastCheck.record({
    do: constant("turn"),
    millis: constantFrom(
      ...[second, 30 * second, 2 * minute, hour, day, 40 * day].flatMap((millis) => [millis, -millis])
    )
  }),
  faults: FastCheck.record({ do: constant("faults"), faults }),
  everyFault: FastCheck.record({
    do: constant("everyFault"),
    fault: FastCheck.option(fault, { nil: undefined, freq: 1 })
  }),
  revoke: FastCheck.record({
    do: constant("revoke"),
    what: constantFrom("accessTokens", "refreshTokens", "allTokens")
  }),
  invalidate: FastCheck.record({ do: constant("invalidate"), on, age: constantFrom(0, 0, 1, 1, 2) }),
  credentials: FastCheck.record({
    do: constant("credentials"),
    become: constantFrom("right", "right", "wrong", "rotated", "failing", "slow", "dying")
  }),
  reset: FastCheck.record({ do: constant("reset"), on, reads: constantFrom(false, false, true) }),
  report: FastCheck.record({
    do: constant("report"),
    on,
    calls: constantFrom(1, 1, 1, 4),
    yields,
    through: constantFrom("call", "httpClient")
  }),
  reports: FastCheck.record({
    do: constant("reports"),
    become: constantFrom<Reports>("honest", "rejecting"),
    latency: constantFrom(0, 0, 20, 1500)
  }),
  close: FastCheck.record({ do: constant("close"), on }),
  start: FastCheck.record({ do: constant("start"), on }),
  store: FastCheck.record({ do: constant("store"), becomes: constantFrom("down", "up", "up", "empty") }),
  hang: FastCheck.record({
    do: constant("hang"),
    millis: constantFrom(second, 3 * second, 4 * second, 20 * second, minute),
    pauses: FastCheck.boolean()
  }),
  disconnect: FastCheck.record({ do: constant("disconnect"), on }),
  reconnect: FastCheck.record({ do: constant("reconnect") }),
  pause: FastCheck.record({
    do: constant("pause"),
    on,
    at: moment,
    millis: constantFrom(second, 20 * second, minute, minute)
  }),
  kill: FastCheck.record({ do: constant("kill"), on, at: moment })
}

/** Commands for a fleet over a remote store. */
export type FleetCommand = "store" | "hang" | "disconnect" | "reconnect" | "pause" | "kill"

type Optional = FleetCommand | "report" | "reports"

type Weights =
  & { readonly [Do in Exclude<Command["do"], Optional>]: number }
  & { readonly [Do in Optional]?: number }

const stepOf = (weights: Weights): FastCheck.Arbitrary<Step> =>
  FastCheck.record({
    command: weighted<Command>(
      [weights.read, commands.read],
      [weights.refresh, commands.refresh],
      [weights.interrupt, commands.interrupt],
      [weights.advance, commands.advance],
      [weights.approach, commands.approach],
      [weights.turn, commands.turn],
      [weights.faults, commands.faults],
      [weights.everyFault, commands.everyFault],
      [weights.revoke, commands.revoke],
      [weights.invalidate, commands.invalidate],
      [weights.credentials, commands.credentials],
      [weights.reset, commands.reset],
      [weights.close, commands.close],
      [weights.start, commands.start],
      [weights.report ?? 0, commands.report],
      [weights.reports ?? 0, commands.reports],
      [weights.store ?? 0, commands.store],
      [weights.hang ?? 0, commands.hang],
      [weights.disconnect ?? 0, commands.disconnect],
      [weights.reconnect ?? 0, commands.reconnect],
      [weights.pause ?? 0, commands.pause],
      [weights.kill ?? 0, commands.kill]
    ),
    tasks: constantFrom<Step["tasks"]>("all", "all", "all", "all", 0, 1, 3, 8)
  })

// Rare commands find something only in combination, so a history has a profile. A renewal costs as much as a hundred
// reads, so most histories are calm.
const calm = stepOf({
  read: 200,
  refresh: 1,
  interrupt: 14,
  advance: 14,
  approach: 4,
  turn: 2,
  faults: 3,
  everyFault: 1,
  revoke: 1,
  invalidate: 4,
  credentials: 2,
  reset: 1,
  close: 1,
  start: 2
})
const renewing = stepOf({
  read: 40,
  refresh: 12,
  interrupt: 5,
  advance: 14,
  approach: 14,
  turn: 3,
  faults: 14,
  everyFault: 1,
  revoke: 3,
  invalidate: 8,
  credentials: 1,
  reset: 1,
  close: 1,
  start: 3
})
const administering = stepOf({
  read: 45,
  refresh: 6,
  interrupt: 4,
  advance: 14,
  approach: 6,
  turn: 2,
  faults: 10,
  everyFault: 1,
  revoke: 2,
  invalidate: 6,
  credentials: 10,
  reset: 6,
  close: 5,
  start: 7
})
const sharing = stepOf({
  read: 60,
  refresh: 12,
  interrupt: 3,
  advance: 12,
  approach: 6,
  turn: 1,
  faults: 5,
  everyFault: 1,
  revoke: 1,
  invalidate: 14,
  credentials: 2,
  reset: 6,
  close: 2,
  start: 10
})
const failing = stepOf({
  read: 60,
  refresh: 4,
  interrupt: 2,
  advance: 12,
  approach: 30,
  turn: 2,
  faults: 2,
  everyFault: 8,
  revoke: 2,
  invalidate: 3,
  credentials: 1,
  reset: 1,
  close: 0,
  start: 1
})

const reporting = stepOf({
  read: 20,
  refresh: 3,
  interrupt: 1,
  advance: 24,
  approach: 1,
  turn: 1,
  faults: 2,
  everyFault: 0,
  revoke: 5,
  invalidate: 3,
  credentials: 0,
  reset: 1,
  close: 1,
  start: 4,
  report: 60,
  reports: 10
})

const scattering = stepOf({
  read: 50,
  refresh: 12,
  interrupt: 3,
  advance: 24,
  approach: 10,
  turn: 1,
  faults: 8,
  everyFault: 1,
  revoke: 1,
  invalidate: 12,
  credentials: 3,
  reset: 4,
  close: 2,
  start: 10,
  store: 5,
  hang: 3,
  disconnect: 3,
  reconnect: 4,
  pause: 4,
  kill: 3
})

const stalling = stepOf({
  read: 44,
  refresh: 6,
  interrupt: 3,
  advance: 26,
  approach: 6,
  turn: 0,
  faults: 3,
  everyFault: 1,
  revoke: 1,
  invalidate: 16,
  credentials: 1,
  reset: 10,
  close: 2,
  start: 12,
  store: 3,
  hang: 4,
  disconnect: 1,
  reconnect: 1,
  pause: 20,
  kill: 1
})

const settings = {
  seed: FastCheck.nat(0x7fffffff),
  store: constantFrom("none", "none", "none", "memory", "memory"),
  storeLatency: constant(0),
  acquireWithoutStore: constant(false),
  yields: constantFrom("none", "callers", "all"),
  random: constantFrom("seeded", "highest"),
  refreshTokens: constantFrom("once", "many"),
  earlyRefresh: constantFrom("accepted", "refused", "samePair"),
  acquireRevokesOlder: FastCheck.boolean(),
  latency: constantFrom(0, 20, 1500),
  retryBudget: constantFrom(500, 500, 500, 0),
  cooldown: constantFrom(second, second, second, 2 * minute),
  lifetimes: constantFrom<Lifetimes>(
    { access: day, refresh: 30 * day },
    { access: day, refresh: 30 * day },
    { access: day, refresh: 30 * day },
    { access: day, refresh: 30 * day },
    { access: day, refresh: 30 * day, early: 0, margin: 0 },
    { access: hour, refresh: day },
    { access: 2 * minute, refresh: 10 * minute },
    { access: 20 * second, refresh: minute },
    { access: second, refresh: 3 * second }
  )
} as const satisfies { readonly [Key in keyof Setup]: FastCheck.Arbitrary<Setup[Key]> }

interface Profile {
  readonly step: FastCheck.Arbitrary<Step>
  readonly setup: FastCheck.Arbitrary<Setup>
}

const anySetup: FastCheck.Arbitrary<Setup> = FastCheck.record(settings)
const sharedSetup: FastCheck.Arbitrary<Setup> = FastCheck.record({
  ...settings,
  store: constant("memory"),
  earlyRefresh: constantFrom("accepted", "samePair", "samePair")
})
const remoteSetup: FastCheck.Arbitrary<Setup> = FastCheck.record({
  ...settings,
  store: constant("remote"),
  storeLatency: constantFrom(5, 0, 300, 300),
  acquireWithoutStore: FastCheck.boolean(),
  lifetimes: constantFrom<Lifetimes>(
    { access: day, refresh: 30 * day },
    { access: day, refresh: 30 * day },
    { access: hour, refresh: day },
    { access: 2 * minute, refresh: 10 * minute }
  )
})

const profiles: ReadonlyArray<Profile> = [
  ...Array.from({ length: 11 }, () => ({ step: calm, setup: anySetup })),
  ...Array.from({ length: 2 }, () => ({ step: reporting, setup: anySetup })),
  ...Array.from({ length: 3 }, () => ({ step: renewing, setup: anySetup })),
  ...Array.from({ length: 2 }, () => ({ step: administering, setup: anySetup })),
  ...Array.from({ length: 2 }, () => ({ step: sharing, setup: sharedSetup })),
  { step: failing, setup: anySetup },
  ...Array.from({ length: 2 }, () => ({ step: scattering, setup: remoteSetup })),
  ...Array.from({ length: 4 }, () => ({ step: stalling, setup: remoteSetup }))
]

interface Parts {
  readonly profile: Profile
  readonly setup: FastCheck.Value<Setup>
  readonly steps: ReadonlyArray<FastCheck.Value<Step>>
}

/** Histories of a given number of steps. Shrinking first drops runs of steps, then simplifies the remaining steps. */
export class Histories extends FastCheck.Arbitrary<History> {
  readonly length: number

  constructor(length: number) {
    super()
    this.length = length
  }

  override generate(random: FastCheck.Random): FastCheck.Value<History> {
    const profile = profiles[random.nextInt(0, profiles.length - 1)] ?? { step: calm, setup: anySetup }
    return together({
      profile,
      setup: profile.setup.generate(random, undefined),
      steps: Array.from({ length: this.length }, () => profile.step.generate(random, undefined))
    })
  }

  override canShrinkWithoutContext(_value: unknown): _value is History {
    return false
  }

  override shrink(_value: History, context: Parts | undefined): FastCheck.Stream<FastCheck.Value<History>> {
    return context === undefined
      ? FastCheck.Stream.nil()
      : FastCheck.stream(simpler(context)[Symbol.iterator]()).map(together)
  }
}

const together = (parts: Parts): FastCheck.Value<History> =>
  new FastCheck.Value({ setup: parts.setup.value, steps: parts.steps.map(({ value }) => value) }, parts)

function* simpler({ profile, setup: before, steps }: Parts): Generator<Parts> {
  for (let size = steps.length; size >= 1; size = Math.floor(size / 2)) {
    for (let from = steps.length - size; from >= 0; from -= size) {
      yield { profile, setup: before, steps: [...steps.slice(0, from), ...steps.slice(from + size)] }
    }
  }
  for (const simple of profile.setup.shrink(before.value, before.context)) {
    yield { profile, setup: simple, steps }
  }
  for (const [index, each] of steps.entries()) {
    for (const simple of profile.step.shrink(each.value, each.context)) {
      yield { profile, setup: before, steps: [...steps.slice(0, index), simple, ...steps.slice(index + 1)] }
    }
  }
}

/** A step as one line of text. */
export const show = ({ command, tasks }: Step): string => {
  const { do: what, ...rest } = command
  const details = Object.entries(rest).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`).join("")
  return `${what}${details}${tasks === "all" ? "" : `, then ${tasks} tasks`}`
}
