/**
 * How long to wait before a request is tried again.
 *
 * The policy decides when, not whether: what is tried again is a property of the error, how often is bounded by
 * `maxAttempts`, `renewalTimeout` and the `RetryBudget`, and a `Retry-After` of the platform is waited for in any case.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type { TokenError } from "./JindouyunError.js"

/**
 * A schedule that is given the failure of the last attempt.
 *
 * @since 0.1.0
 * @category models
 */
export type Policy = Schedule.Schedule<unknown, TokenError>

/**
 * 200 milliseconds, doubled each time up to 5 seconds, of which a random part is waited (full jitter).
 *
 * @since 0.1.0
 * @category policies
 */
export const exponential: Policy = Schedule.exponential("200 millis").pipe(
  Schedule.modifyDelay((_, delay) => Duration.min(delay, "5 seconds")),
  Schedule.jitteredWith({ min: 0, max: 1 })
)

/**
 * No second attempt.
 *
 * @since 0.1.0
 * @category policies
 */
export const never: Policy = Schedule.stop

/**
 * The policy in force, `exponential` unless a layer says otherwise.
 *
 * @since 0.1.0
 * @category references
 */
export class RetryPolicy extends Context.Reference<RetryPolicy>()("@jindouyun/core/RetryPolicy", {
  defaultValue: () => exponential
}) {}

/**
 * Puts another policy in force.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (policy: Policy): Layer.Layer<never> => Layer.succeedContext(Context.make(RetryPolicy, policy))
