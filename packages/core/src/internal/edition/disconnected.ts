import * as Effect from "effect/Effect"

/** Leaves an effect that is interrupted behind: its caller does not wait for its end. */
export const disconnected: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> = Effect.disconnect
