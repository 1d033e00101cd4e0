import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { disconnected } from "./edition/disconnected.js"

/**
 * Turns a defect of the user's effect, or its own interruption, into a failure. The content is dropped, because it may
 * contain a request. An interruption of the caller stays an interruption.
 */
export const contained =
  <E2>(failure: () => E2) => <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E | E2, R> =>
    Effect.catchAllCause(self, (cause) => Effect.fail(Option.getOrElse(Cause.failureOption(cause), failure)))

/**
 * Bounds an effect of the user, such as a store or the source of the credentials: if it takes too long or dies, it fails. An effect that
 * cannot be interrupted is left behind. Both the effect and the wait for it are interruptible.
 */
export const bounded =
  <E2>(millis: number, failure: (detail: string) => E2) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E | E2, R> =>
    isValue(self)
      ? self
      : contained(() => failure("its effect threw an error"))(self).pipe(
        Effect.interruptible,
        disconnected,
        Effect.interruptible,
        Effect.timeoutFail({ duration: millis, onTimeout: () => failure("it took too long") })
      )

/**
 * Runs an operation on a fiber of its own and waits for its result, at most `millis`. If the caller is interrupted, the
 * operation still runs to its end.
 *
 * With `onLate` the wait can be interrupted, and `onLate` receives a result that nothing waits for any more. Without it
 * the wait cannot be interrupted.
 */
export const detached = <A, E>(
  operation: Effect.Effect<A, E>,
  { failure, millis, onLate }: {
    readonly millis: number
    readonly failure: (detail: string) => E
    readonly onLate?: (value: A) => Effect.Effect<void>
  }
): Effect.Effect<A, E> =>
  isValue(operation) ? operation : Effect.gen(function*() {
    const fiber = yield* Effect.forkDaemon(contained(() => failure("its effect threw an error"))(operation))
    const outcome = Effect.flatten(Fiber.await(fiber))
    const wait = outcome.pipe(
      Effect.interruptible,
      Effect.timeoutFail({ duration: millis, onTimeout: () => failure("it took too long") })
    )
    if (onLate !== undefined) {
      return yield* Effect.onError(Effect.interruptible(wait), () => Effect.forkDaemon(Effect.flatMap(outcome, onLate)))
    }
    // The interruption of the caller interrupts the fibers that `timeoutFail` starts, but no daemon.
    return yield* Effect.flatten(Effect.flatMap(Effect.forkDaemon(wait), Fiber.await))
  }).pipe(Effect.uninterruptible)

/** Whether an effect is a value already, so that it takes no time. */
const isValue = <A, E, R>(effect: Effect.Effect<A, E, R>): boolean => Exit.isExit(effect) && Exit.isSuccess(effect)
