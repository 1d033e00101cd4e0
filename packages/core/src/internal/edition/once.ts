import * as Effect from "effect/Effect"

/** Runs an effect the first time only. */
export const once: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<Effect.Effect<void, E, R>> = Effect.once
