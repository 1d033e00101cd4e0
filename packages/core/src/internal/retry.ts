import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { TokenError } from "../JindouyunError.js"
import type * as RetryBudget from "../RetryBudget.js"
import * as RetryPolicy from "../RetryPolicy.js"
import { stepper } from "./edition/schedule.js"
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
  const step = stepper(policy, now)
  return (
    failure: TokenError & { readonly retryAfter?: number | undefined },
    timeLeft: number,
    isInTime: (delay: number) => boolean
  ): Effect.Effect<Option.Option<number>> =>
    step(failure).pipe(
      bounded(timeLeft, () => undefined),
      Effect.orElseSucceed(() => Option.none()),
      Effect.flatMap((wait) => {
        const delay = Option.map(wait, (wait) => Math.max(wait, failure.retryAfter ?? 0))
        return Option.exists(delay, isInTime)
          ? Effect.map(budget.take, (isPaid) => isPaid ? delay : Option.none())
          : Effect.succeedNone
      })
    )
}

/** The same error in other circumstances. */
export const amend = <E extends TokenError>(
  error: E,
  circumstances: {
    readonly attempts?: number
    readonly delivery?: "ambiguous"
    readonly disposition?: "reauthenticate"
    readonly nextTryAt?: DateTime.Utc
    readonly refusedAt?: DateTime.Utc
    readonly whiteSpaceIn?: "username" | "password"
    readonly hasStream?: true
  }
): E => Reflect.construct(error.constructor, [{ ...error, ...circumstances }]) as E
