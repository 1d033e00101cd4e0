/**
 * A bucket of tokens that retries are paid from, so that a sick platform sees less traffic and not more.
 *
 * A retry takes 5, a success gives 1 back: a bucket of 500 pays for 100 retries in a row and then for one in five
 * successes. First attempts are never charged.
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
 * One bucket.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Pays for one retry; `false` when the bucket holds too little, and then nothing is taken. */
  readonly take: Effect.Effect<boolean>
  /** Puts back what a success earns. */
  readonly reward: Effect.Effect<void>
  /** What the bucket holds now. */
  readonly left: Effect.Effect<number>
}

/**
 * The bucket that is shared, if one is: a reference's default lives as long as the process and must hold no state, so
 * without a layer each service makes a bucket of its own.
 *
 * @since 0.1.0
 * @category references
 */
export class RetryBudget extends Context.Reference<RetryBudget>()("@jindouyun/core/RetryBudget", {
  defaultValue: (): Option.Option<Service> => Option.none()
}) {}

/**
 * A full bucket of the given size.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (capacity: number): Effect.Effect<Service> =>
  Effect.map(Ref.make(capacity), (bucket) => {
    const update = <A>(f: (left: number) => readonly [A, number]) =>
      Ref.modify(bucket, (before) => {
        const [result, after] = f(before)
        telemetry.budgetLeft(after)
        return [result, after]
      })
    return {
      take: update((left) => left >= cost ? [true, left - cost] : [false, left]),
      reward: update((left) => [undefined, Math.min(capacity, left + earned)]),
      left: Ref.get(bucket)
    }
  })

/**
 * The shared bucket, or a new one of the given size.
 *
 * @since 0.1.0
 * @category constructors
 */
export const sharedOrMake = (capacity: number): Effect.Effect<Service> =>
  Effect.flatMap(RetryBudget, Option.match({ onNone: () => make(capacity), onSome: Effect.succeed }))

/**
 * Shares one bucket of the given size among everything the layer is provided to.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (capacity: number): Layer.Layer<RetryBudget> =>
  Layer.effect(RetryBudget, Effect.asSome(make(capacity)))

const cost = 5
const earned = 1
