/**
 * A budget that limits retries, so that a failing platform receives less traffic instead of more.
 *
 * A retry costs 5, a success returns 1. A budget of 500 allows 100 retries in a row, and then one retry for each five successes.
 * First attempts cost nothing.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as telemetry from "./internal/telemetry.js"

/**
 * The operations of one budget.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Pays for one retry. `false` if the budget is too low; then nothing is taken. */
  readonly take: Effect.Effect<boolean>
  /** Adds what a success earns. */
  readonly reward: Effect.Effect<void>
  readonly left: Effect.Effect<number>
}

/**
 * The shared budget. Without a layer the reference is `none`, and each service makes a budget of its own. The default of a
 * reference must hold no state, because all programs of the process share it.
 *
 * @since 0.1.0
 * @category references
 */
export class RetryBudget extends Context.Reference<RetryBudget>()("@jindouyun/core/RetryBudget", {
  defaultValue: (): Option.Option<Service> => Option.none()
}) {}

/**
 * A full budget of the given size.
 *
 * @example
 * ```ts
 * import * as RetryBudget from "@jindouyun/core/RetryBudget"
 * import * as Effect from "effect/Effect"
 *
 * // A budget of 10 pays for two retries: `[true, true, false]`.
 * export const taken = Effect.gen(function*() {
 *   const { take } = yield* RetryBudget.make(10)
 *   return yield* Effect.all([take, take, take])
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (capacity: number): Effect.Effect<Service> =>
  Effect.map(Ref.make(capacity), (budget) => {
    const measured = (left: number): number => {
      telemetry.budgetLeft(left)
      return left
    }
    return {
      take: Ref.modify(budget, (left) => left >= cost ? [true, measured(left - cost)] : [false, measured(left)]),
      reward: Ref.update(budget, (left) => measured(Math.min(capacity, left + earned))),
      left: Ref.get(budget)
    }
  })

/**
 * The shared budget, or a new one of the given size.
 *
 * @example
 * ```ts
 * import * as RetryBudget from "@jindouyun/core/RetryBudget"
 * import * as Effect from "effect/Effect"
 * import * as Option from "effect/Option"
 *
 * // Retries a request of your own once, if the budget of the accounts around it still pays for a retry.
 * export const retriedOnce = <A, E, R>(request: Effect.Effect<A, E, R>): Effect.Effect<Option.Option<A>, E, R> =>
 *   Effect.flatMap(RetryBudget.sharedOrMake(500), ({ take }) =>
 *     Effect.catchAll(Effect.asSome(request), () =>
 *       Effect.flatMap(take, (isPaid) => isPaid ? Effect.asSome(request) : Effect.succeedNone)))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const sharedOrMake = (capacity: number): Effect.Effect<Service> =>
  Effect.flatMap(RetryBudget, Option.match({ onNone: () => make(capacity), onSome: Effect.succeed }))

/**
 * One budget of the given size, shared by all layers that this layer is provided to.
 *
 * @example
 * ```ts
 * import * as Jindouyun from "@jindouyun/core/Jindouyun"
 * import * as RetryBudget from "@jindouyun/core/RetryBudget"
 * import * as Layer from "effect/Layer"
 * import type * as Redacted from "effect/Redacted"
 *
 * // Without the layer each account has a budget of its own. These two share one.
 * export const accounts = (sales: Redacted.Redacted, stock: Redacted.Redacted) => {
 *   const budget = RetryBudget.layer(500)
 *   return [
 *     Layer.provide(Jindouyun.layer({ username: "sales", password: sales }), budget),
 *     Layer.provide(Jindouyun.layer({ username: "stock", password: stock }), budget)
 *   ] as const
 * }
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (capacity: number): Layer.Layer<RetryBudget> =>
  Layer.effect(RetryBudget, Effect.asSome(make(capacity)))

const cost = 5
const earned = 1
