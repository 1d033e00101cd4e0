import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Runtime from "effect/Runtime"

/** Runs effects from synchronous code, with the services and settings of the effect that made it. */
export interface Runner<R> {
  /** The effect has not started when this returns. */
  readonly fork: <A, E>(effect: Effect.Effect<A, E, R>) => Fiber.RuntimeFiber<A, E>
  readonly sync: <A, E>(effect: Effect.Effect<A, E, R>) => A
}

export const make = <R>(): Effect.Effect<Runner<R>, never, R> =>
  Effect.map(Effect.runtime<R>(), (runtime) => ({
    fork: (effect) => Runtime.runFork(runtime, effect, { immediate: false }),
    sync: Runtime.runSync(runtime)
  }))
