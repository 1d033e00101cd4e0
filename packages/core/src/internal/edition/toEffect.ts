import type * as Effect from "effect/Effect"
import type * as Either from "effect/Either"

/** An `Either` as an effect. On Effect 3 it is one already. */
export const toEffect = <A, E>(either: Either.Either<A, E>): Effect.Effect<A, E> => either
