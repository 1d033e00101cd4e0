import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/**
 * Runs an effect, and another in its place if that comes to its end before the first has begun. Unlike
 * `Effect.raceFirst` it leaves no fiber behind: an interruption waits for the effect's own end.
 *
 * The race is started in a region that cannot be interrupted, or who is interrupted on the way to it waits for ever for
 * fibers that never began; the interruption reaches both fibers all the same.
 *
 * @internal
 */
export const unlessStarted =
  <A2, E2, R2>(hasBegun: () => boolean, meanwhile: Effect.Effect<A2, E2, R2>) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A | A2, E | E2, R | R2> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.raceWith(
        restore(self),
        Effect.interruptible(Effect.flatMap(Effect.exit(meanwhile), (exit) => hasBegun() ? Effect.never : exit)),
        {
          onSelfDone: (exit, other) => Effect.zipRight(Fiber.interrupt(other), exit),
          onOtherDone: (exit, running) => Effect.zipRight(Fiber.interrupt(running), exit)
        }
      )
    )

/**
 * Gives an effect a time limit to begin, not to end.
 *
 * @internal
 */
export const beginsWithin = <A2, E2, R2>(
  duration: Duration.DurationInput,
  hasBegun: () => boolean,
  orElse: Effect.Effect<A2, E2, R2>
): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A | A2, E | E2, R | R2> =>
  unlessStarted(hasBegun, Effect.delay(orElse, duration))
