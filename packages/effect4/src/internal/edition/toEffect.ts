import * as Effect from "effect/Effect"
import type * as Result from "effect/Result"

/** A `Result` as an effect. */
export const toEffect: <A, E>(result: Result.Result<A, E>) => Effect.Effect<A, E> = Effect.fromResult
