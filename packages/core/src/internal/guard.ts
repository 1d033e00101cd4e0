import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
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

/**
 * Whether an effect is but a value, and takes no time.
 *
 * @internal
 */
export const isValue = <A, E, R>(step: Effect.Effect<A, E, R>): boolean => Exit.isExit(step) && Exit.isSuccess(step)

/**
 * A step of the consumer's, a store or credentials, that takes too long or dies fails as that step. One that cannot be
 * interrupted is left behind. Interruptible twice: the step itself, and the wait for it. What is a value already needs
 * no limit.
 *
 * @internal
 */
export const bounded =
  <E2>(millis: number, failure: (detail: string) => E2) =>
  <A, E, R>(step: Effect.Effect<A, E, R>): Effect.Effect<A, E | E2, R> =>
    isValue(step)
      ? step
      : contained(() => failure("it died"))(step).pipe(
        Effect.interruptible,
        Effect.disconnect,
        Effect.interruptible,
        Effect.timeoutFail({ duration: millis, onTimeout: () => failure("it took too long") })
      )
