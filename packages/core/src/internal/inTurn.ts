import * as Arr from "effect/Array"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"

/**
 * Runs effects one after the other in each of `lanes` lanes, in the order of their arrival. An effect that is interrupted
 * while it waits leaves its place. Each end starts one effect. A semaphore of Effect wakes all waiters for each permit,
 * which takes n² steps for n waiters.
 */
export const make = (lanes: number): Effect.Effect<<A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>> =>
  Effect.gen(function*() {
    const first = yield* Deferred.make<void>()
    yield* Deferred.succeed(first, undefined)
    const last = yield* Effect.replicateEffect(Ref.make(first), lanes)
    const arrivals = yield* Ref.make(0)
    return (self) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function*() {
          const ended = yield* Deferred.make<void>()
          const end = Deferred.succeed(ended, undefined)
          const lane = Arr.unsafeGet(last, (yield* Ref.getAndUpdate(arrivals, (count) => count + 1)) % lanes)
          const turn = Deferred.await(yield* Ref.getAndSet(lane, ended))
          yield* Effect.onInterrupt(restore(turn), () => Effect.forkDaemon(Effect.zipRight(turn, end)))
          return yield* Effect.ensuring(restore(self), end)
        })
      )
  })
