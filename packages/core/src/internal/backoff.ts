import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Intervals from "effect/ScheduleIntervals"
import type { TokenError } from "../JindouyunError.js"
import type { Policy } from "../RetryPolicy.js"

/**
 * Asks a policy, from its beginning and failure by failure, how many milliseconds to wait; `none` when it has come to its
 * end.
 *
 * @internal
 */
export const make = (policy: Policy, now: () => number) => {
  let state: unknown = policy.initial
  return (failure: TokenError): Effect.Effect<Option.Option<number>> =>
    Effect.suspend(() => {
      const at = now()
      return Effect.map(policy.step(at, failure, state), ([next, , decision]) => {
        state = next
        return decision._tag === "Done" ? Option.none() : Option.some(Intervals.start(decision.intervals) - at)
      })
    })
}
