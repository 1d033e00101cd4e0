import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"

/** Runs effects from synchronous code, with the services and settings of the effect that made it. */
export interface Runner<R> {
  /** The effect has not started when this returns. */
  readonly fork: <A, E>(effect: Effect.Effect<A, E, R>) => Fiber.Fiber<A, E>
  readonly sync: <A, E>(effect: Effect.Effect<A, E, R>) => A
}

export const make = <R>(): Effect.Effect<Runner<R>, never, R> =>
  Effect.map(Effect.context<R>(), (context) => ({
    fork: (effect) => Effect.runForkWith(context)(Effect.andThen(Effect.yieldNow, effect)),
    sync: Effect.runSyncWith(context)
  }))
