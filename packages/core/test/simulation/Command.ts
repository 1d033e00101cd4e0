import * as FastCheck from "effect/FastCheck"
import type { Yields } from "./ControlledScheduler.js"
import type { Answer, Fault } from "./Platform.js"

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** How long the tokens live, and the spans that are set where they are not left to their defaults. */
export interface Lifetimes {
  readonly access: number
  readonly refresh: number
  readonly early?: number
  readonly margin?: number
}

/** What holds for a whole history. */
export interface Setup {
  readonly seed: number
  readonly store: "none" | "memory"
  readonly yields: Yields
  readonly dice: "seeded" | "high"
  readonly refreshTokens: "once" | "many"
  readonly earlyRefresh: "accepted" | "refused" | "samePair"
  readonly loginRevokesOlder: boolean
  readonly latency: number
  readonly retryBudget: number
  readonly lifetimes: Lifetimes
}

/**
 * `on` is a provider, counted from those there are. A caller that `gives` way does so at any operation; one that
 * `rejects` invalidates the token as soon as it gets it.
 */
export type Command =
  | {
    readonly do: "read"
    readonly on: number
    readonly callers: number
    readonly gives: boolean
    readonly rejects: boolean
  }
  | { readonly do: "refresh"; readonly on: number; readonly gives: boolean }
  | { readonly do: "interrupt"; readonly caller: number; readonly after: number }
  | { readonly do: "advance"; readonly millis: number }
  | { readonly do: "approach"; readonly on: number; readonly instant: number; readonly by: number }
  | { readonly do: "turn"; readonly millis: number }
  | { readonly do: "faults"; readonly faults: ReadonlyArray<Fault> }
  | { readonly do: "weather"; readonly fault: Fault | undefined }
  | { readonly do: "revoke"; readonly what: "accessTokens" | "refreshTokens" | "allTokens" }
  | { readonly do: "invalidate"; readonly on: number; readonly age: number }
  | { readonly do: "credentials"; readonly become: "right" | "wrong" | "rotated" | "failing" | "slow" | "dying" }
  | { readonly do: "reset"; readonly on: number }
  | { readonly do: "close"; readonly on: number }
  | { readonly do: "start"; readonly on: number }

/** A command and how many of the tasks that are ready run after it; `all` is as many as there are. */
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
  latency: constantFrom(0, 0, 0, 20, 700, 9 * second, 14 * second, 22 * second),
  retryAfter: constantFrom(undefined, undefined, undefined, undefined, 7, 120, 2 * 3600)
})

const on = constantFrom(0, 0, 0, 1, 2)
const gives = FastCheck.boolean()
const rejects = constantFrom(false, false, false, false, false, true)

const command = weighted<Command>(
  [26, FastCheck.record({ do: constant("read" as const), on, callers: constantFrom(1, 1, 1, 2, 5), gives, rejects })],
  [6, FastCheck.record({ do: constant("refresh" as const), on, gives })],
  [
    4,
    FastCheck.record({
      do: constant("interrupt" as const),
      caller: FastCheck.nat(7),
      after: FastCheck.nat(12)
    })
  ],
  [
    16,
    FastCheck.record({
      do: constant("advance" as const),
      millis: constantFrom(
        1,
        30,
        199,
        250,
        second,
        second,
        5 * second,
        16 * second,
        41 * second,
        2 * minute,
        6 * minute,
        hour,
        12 * hour,
        day,
        40 * day
      )
    })
  ],
  [
    14,
    FastCheck.record({
      do: constant("approach" as const),
      on,
      instant: FastCheck.nat(4),
      by: constantFrom(-1, 0, 0, 1, 5 * second)
    })
  ],
  [
    4,
    FastCheck.record({
      do: constant("turn" as const),
      millis: constantFrom(
        ...[second, 30 * second, 2 * minute, hour, day, 40 * day].flatMap((millis) => [millis, -millis])
      )
    })
  ],
  [
    12,
    FastCheck.record({
      do: constant("faults" as const),
      faults: FastCheck.array(fault, { minLength: 1, maxLength: 5, size: "max" })
    })
  ],
  [
    2,
    FastCheck.record({
      do: constant("weather" as const),
      fault: FastCheck.option(fault, { nil: undefined, freq: 1 })
    })
  ],
  [
    2,
    FastCheck.record({
      do: constant("revoke" as const),
      what: constantFrom("accessTokens" as const, "refreshTokens" as const, "allTokens" as const)
    })
  ],
  [6, FastCheck.record({ do: constant("invalidate" as const), on, age: constantFrom(0, 0, 1, 2) })],
  [
    5,
    FastCheck.record({
      do: constant("credentials" as const),
      become: constantFrom<Extract<Command, { do: "credentials" }>["become"]>(
        "right",
        "right",
        "wrong",
        "rotated",
        "failing",
        "slow",
        "dying"
      )
    })
  ],
  [2, FastCheck.record({ do: constant("reset" as const), on })],
  [2, FastCheck.record({ do: constant("close" as const), on })],
  [4, FastCheck.record({ do: constant("start" as const), on })]
)

const step: FastCheck.Arbitrary<Step> = FastCheck.record({
  command,
  tasks: constantFrom<Step["tasks"]>("all", "all", "all", "all", 0, 1, 3, 8)
})

const setup: FastCheck.Arbitrary<Setup> = FastCheck.record({
  seed: FastCheck.nat(0x7fffffff),
  store: constantFrom("none", "none", "memory"),
  yields: constantFrom("nobody", "callers", "everybody"),
  dice: constantFrom("seeded", "high"),
  refreshTokens: constantFrom("once", "many"),
  earlyRefresh: constantFrom("accepted", "accepted", "refused", "samePair"),
  loginRevokesOlder: FastCheck.boolean(),
  latency: constantFrom(0, 20, 1500),
  retryBudget: constantFrom(500, 500, 500, 0),
  lifetimes: constantFrom<Lifetimes>(
    { access: day, refresh: 30 * day },
    { access: day, refresh: 30 * day },
    { access: day, refresh: 30 * day },
    { access: day, refresh: 30 * day, early: 0, margin: 0 },
    { access: hour, refresh: day },
    { access: 2 * minute, refresh: 10 * minute },
    { access: 20 * second, refresh: minute },
    { access: 4 * second, refresh: 3 * second }
  )
})

interface Parts {
  readonly setup: FastCheck.Value<Setup>
  readonly steps: ReadonlyArray<FastCheck.Value<Step>>
}

/**
 * Histories of a given number of steps. Shrinking leaves out whole runs of steps first and makes what is left plainer
 * then, so that what remains of a violation can be read.
 */
export class Histories extends FastCheck.Arbitrary<History> {
  readonly length: number

  constructor(length: number) {
    super()
    this.length = length
  }

  override generate(random: FastCheck.Random): FastCheck.Value<History> {
    return together({
      setup: setup.generate(random, undefined),
      steps: Array.from({ length: this.length }, () => step.generate(random, undefined))
    })
  }

  override canShrinkWithoutContext(_value: unknown): _value is History {
    return false
  }

  override shrink(_value: History, context: Parts | undefined): FastCheck.Stream<FastCheck.Value<History>> {
    return context === undefined
      ? FastCheck.Stream.nil()
      : FastCheck.stream(plainer(context)[Symbol.iterator]()).map(together)
  }
}

const together = (parts: Parts): FastCheck.Value<History> =>
  new FastCheck.Value({ setup: parts.setup.value, steps: parts.steps.map(({ value }) => value) }, parts)

function* plainer({ setup: before, steps }: Parts): Generator<Parts> {
  for (let size = steps.length; size >= 1; size = Math.floor(size / 2)) {
    for (let from = steps.length - size; from >= 0; from -= size) {
      yield { setup: before, steps: [...steps.slice(0, from), ...steps.slice(from + size)] }
    }
  }
  for (const plain of setup.shrink(before.value, before.context)) {
    yield { setup: plain, steps }
  }
  for (const [index, each] of steps.entries()) {
    for (const plain of step.shrink(each.value, each.context)) {
      yield { setup: before, steps: [...steps.slice(0, index), plain, ...steps.slice(index + 1)] }
    }
  }
}

/** A step as a line to read. */
export const show = ({ command, tasks }: Step): string => {
  const { do: what, ...rest } = command
  const details = Object.entries(rest).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`).join("")
  return `${what}${details}${tasks === "all" ? "" : `, then ${tasks} tasks`}`
}
