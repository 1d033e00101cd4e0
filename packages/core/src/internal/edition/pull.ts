import type * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

/** Reads the next values of a stream. Its failure is none at the end of the stream. */
export type Pull<A, E> = Effect.Effect<Chunk.Chunk<A>, Option.Option<E>>

export const from: <A, E>(stream: Stream.Stream<A, E>) => Effect.Effect<Pull<A, E>, never, Scope.Scope> = Stream.toPull

/** The rest of a stream that was read by `pull`. */
export const rest = <A, E>(pull: Pull<A, E>): Stream.Stream<A, E> => Stream.fromPull(Effect.succeed(pull))
