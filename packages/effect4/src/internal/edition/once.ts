import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"

/** Runs an effect the first time only. */
export const once = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<Effect.Effect<void, E, R>> =>
  Effect.map(Ref.make(true), (isFirst) => Effect.asVoid(Effect.when(self, Ref.getAndSet(isFirst, false))))
