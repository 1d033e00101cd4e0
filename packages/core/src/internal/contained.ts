import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/**
 * Turns whatever else may come out of an effect of the consumer's, a defect or an interruption of its own making, into
 * a failure. Its content is dropped: it may hold a request. An interruption from outside passes.
 *
 * @internal
 */
export const contained =
  <E2>(failure: () => E2) => <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E | E2, R> =>
    Effect.catchAllCause(self, (cause) => Effect.fail(Option.getOrElse(Cause.failureOption(cause), failure)))
