import type * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

/** Reads the next values of a stream. Its failure is none at the end of the stream. */
export type Pull<A, E> = Effect.Effect<Arr.NonEmptyReadonlyArray<A>, Option.Option<E>>

export const from = <A, E>(stream: Stream.Stream<A, E>): Effect.Effect<Pull<A, E>, never, Scope.Scope> =>
  Effect.map(
    Stream.toPull(stream),
    Effect.mapError((end) => Cause.isDone(end) ? Option.none<E>() : Option.some(end))
  )

/** The rest of a stream that was read by `pull`. */
export const rest = <A, E>(pull: Pull<A, E>): Stream.Stream<A, E> =>
  Stream.fromPull(Effect.succeed(Effect.mapError(pull, Option.getOrElse(() => Cause.Done()))))
