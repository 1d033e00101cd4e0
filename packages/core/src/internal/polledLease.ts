import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import { StoreFailure } from "../JindouyunError.js"

/** @internal */
export interface Polled<Lease> {
  readonly acquire: (key: string, duration: Duration.Duration) => Effect.Effect<Option.Option<Lease>, StoreFailure>
  readonly release: (key: string, lease: Lease) => Effect.Effect<void, StoreFailure>
}

/**
 * A lease that others let go of is seen at the next look; looks are further and further apart, for a thousand waiters
 * ask a thousand times as often. What is taken is given back, and nobody can interrupt in between.
 *
 * @internal
 */
export const make = <Lease>({ acquire, release }: Polled<Lease>) =>
<A, E, R>(
  key: string,
  { duration, timeout }: { readonly duration: Duration.Duration; readonly timeout: Duration.Duration },
  use: (lease: Lease) => Effect.Effect<A, E, R>
): Effect.Effect<A, E | StoreFailure, R> =>
  Effect.uninterruptibleMask((restore) => {
    const waitUntil = (deadline: number, longest: number): Effect.Effect<Lease, StoreFailure> =>
      Effect.flatMap(
        acquire(key, duration),
        (lease) =>
          Option.isSome(lease) ? Effect.succeed(lease.value) : Effect.gen(function*() {
            const left = deadline - (yield* now)
            if (left <= 0) {
              return yield* notFree(timeout)
            }
            yield* restore(Effect.sleep(Math.min(longest * (0.5 + (yield* Random.next) / 2), left)))
            return yield* waitUntil(deadline, Math.min(longest * 2, rarest))
          })
      )
    return now.pipe(
      Effect.flatMap((start) => waitUntil(start + Duration.toMillis(timeout), soonest)),
      Effect.flatMap((lease) =>
        Effect.ensuring(
          restore(use(lease)),
          // It lapses by itself.
          Effect.catchAll(release(key, lease), (failure) => Effect.logDebug(failure.message))
        )
      )
    )
  })

/** @internal */
export const notFree = (timeout: Duration.Duration): Effect.Effect<never, StoreFailure> =>
  Effect.failSync(() => new StoreFailure({ operation: "lease", detail: `not free within ${Duration.format(timeout)}` }))

/** @internal */
export const lost: Effect.Effect<never, StoreFailure> = Effect.failSync(() =>
  new StoreFailure({ operation: "lease", detail: "another has taken it over" })
)

const soonest = 10
const rarest = 500

const now: Effect.Effect<number> = Effect.map(Clock.currentTimeNanos, (nanos) => Number(nanos) / 1e6)
