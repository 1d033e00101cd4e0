import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { contained, isValue } from "./guard.js"

/**
 * Runs an operation on a fiber of its own and waits for it, at most `millis`. Whatever interrupts the caller, the
 * operation runs to its end.
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
    const outcome = yield* Deferred.make<A, E>()
    const late = onLate ?? (() => Effect.void)
    yield* contained(() => failure("it died"))(operation).pipe(
      Effect.matchEffect({
        onFailure: (failure) => Deferred.fail(outcome, failure),
        onSuccess: (value) =>
          Effect.flatMap(Deferred.succeed(outcome, value), (isAwaited) => isAwaited ? Effect.void : late(value))
      }),
      Effect.forkDaemon
    )
    const limit = yield* Deferred.failSync(outcome, () => failure("it took too long")).pipe(
      Effect.delay(millis),
      Effect.interruptible,
      Effect.forkDaemon
    )
    const abandoned = Effect.flatMap(
      Deferred.fail(outcome, failure("nothing waits for it")),
      (isFirst) =>
        isFirst
          ? Effect.void
          : Effect.matchEffect(Deferred.await(outcome), { onFailure: () => Effect.void, onSuccess: late })
    )
    const result = Deferred.await(outcome)
    return yield* (onLate === undefined
      ? result
      : Effect.onInterrupt(Effect.interruptible(result), () => abandoned)).pipe(Effect.ensuring(Fiber.interrupt(limit)))
  }).pipe(Effect.uninterruptible)
