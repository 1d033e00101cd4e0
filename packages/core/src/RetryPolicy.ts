/**
 * When and how often a failed request is sent again, as a `Schedule`.
 *
 * Whether a failure is worth a retry is a property of the error. `renewalTimeout` and the `RetryBudget` bound every schedule,
 * `maxAttempts` bounds the default one, and a `Retry-After` is always honoured.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { fullJitter } from "./internal/edition/schedule.js"
import type { TokenError } from "./JindouyunError.js"

/**
 * A schedule whose input is the failure of the last attempt.
 *
 * @since 0.1.0
 * @category models
 */
export type Policy = Schedule.Schedule<unknown, TokenError>

/**
 * The default: 200 milliseconds, doubled each time up to 5 seconds, with full jitter. `maxAttempts` ends it.
 *
 * @since 0.1.0
 * @category policies
 */
export const exponential: Policy = fullJitter("200 millis", "5 seconds")

/**
 * No retry.
 *
 * @since 0.1.0
 * @category policies
 */
export const never: Policy = Schedule.recurs(0)

/**
 * The policy in use: `exponential` unless a layer or the option `retryPolicy` provides another.
 *
 * @since 0.1.0
 * @category references
 */
export class RetryPolicy extends Context.Reference<RetryPolicy>()("@jindouyun/core/RetryPolicy", {
  defaultValue: () => exponential
}) {}

/**
 * Another policy for everything the layer is provided to.
 *
 * **Gotchas**
 *
 * A layer merged beside `Jindouyun.layer` has no effect: provide it to that layer, or pass the schedule as `retryPolicy`.
 *
 * @example
 * ```ts
 * import * as Jindouyun from "@jindouyun/core/Jindouyun"
 * import * as RetryPolicy from "@jindouyun/core/RetryPolicy"
 * import * as Layer from "effect/Layer"
 * import * as Schedule from "effect/Schedule"
 *
 * // One retry after a second, for all accounts that are provided with the layer.
 * export const account = Layer.provide(
 *   Jindouyun.layerFromEnv(),
 *   RetryPolicy.layer(Schedule.intersect(Schedule.spaced("1 second"), Schedule.recurs(1)))
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (policy: Policy): Layer.Layer<RetryPolicy> => Layer.succeed(RetryPolicy, policy)
