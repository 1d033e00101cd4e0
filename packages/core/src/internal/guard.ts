import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"

/**
 * Turns a defect or an own interruption of the consumer's effect into a failure. The content is dropped, because it may
 * contain a request. An interruption from outside passes.
 */
export const contained =
  <E2>(failure: () => E2) => <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E | E2, R> =>
    Effect.catchAllCause(self, (cause) => Effect.fail(Option.getOrElse(Cause.failureOption(cause), failure)))

/** Whether an effect is a value already, so that it takes no time. */
export const isValue = <A, E, R>(effect: Effect.Effect<A, E, R>): boolean =>
  Exit.isExit(effect) && Exit.isSuccess(effect)

/**
 * Bounds an effect of the consumer's, of a store or the credentials: if it takes too long or dies, it fails. An effect that
 * cannot be interrupted is left behind. Both the effect and the wait for it are interruptible.
 */
export const bounded =
  <E2>(millis: number, failure: (detail: string) => E2) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E | E2, R> =>
    isValue(self)
      ? self
      : contained(() => failure("it died"))(self).pipe(
        Effect.interruptible,
        Effect.disconnect,
        Effect.interruptible,
        Effect.timeoutFail({ duration: millis, onTimeout: () => failure("it took too long") })
      )
