import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Intervals from "effect/ScheduleIntervals"
import type { TokenError } from "../JindouyunError.js"
import type * as RetryBudget from "../RetryBudget.js"
import * as RetryPolicy from "../RetryPolicy.js"
import { bounded } from "./guard.js"

/**
 * How many requests one operation may make. `maxAttempts` bounds the default policy, which never ends by itself; a
 * schedule of the user's decides alone.
 */
export const attemptLimit = (policy: RetryPolicy.Policy, maxAttempts: number): number =>
  policy === RetryPolicy.exponential ? maxAttempts : Infinity

/**
 * How many milliseconds to wait before the next retry. `none` if the schedule, which may take `timeLeft` to answer, the time
 * or the budget, in this order, allow no retry. One for each operation: the schedule is stepped from its beginning.
 */
export const make = (policy: RetryPolicy.Policy, budget: RetryBudget.Service, now: () => number) => {
  let state: unknown = policy.initial
  return (
    failure: TokenError & { readonly retryAfter?: number | undefined },
    timeLeft: number,
    isInTime: (delay: number) => boolean
  ): Effect.Effect<Option.Option<number>> =>
    Effect.suspend(() => policy.step(now(), failure, state)).pipe(
      Effect.map(([next, , decision]) => {
        state = next
        return decision._tag === "Done"
          ? undefined
          : Math.max(Intervals.start(decision.intervals) - now(), failure.retryAfter ?? 0)
      }),
      bounded(timeLeft, () => undefined),
      Effect.orElseSucceed(() => undefined),
      Effect.flatMap((delay) =>
        delay !== undefined && isInTime(delay)
          ? Effect.map(budget.take, (isPaid) => isPaid ? Option.some(delay) : Option.none())
          : Effect.succeedNone
      )
    )
}

/** The same error in other circumstances. */
export const amend = <E extends TokenError>(
  error: E,
  circumstances: {
    readonly attempts?: number
    readonly delivery?: "ambiguous"
    readonly nextTryAt?: DateTime.Utc
    readonly refusedAt?: DateTime.Utc
    readonly whiteSpaceIn?: "username" | "password"
  }
): E => Reflect.construct(error.constructor, [{ ...error, ...circumstances }]) as E
