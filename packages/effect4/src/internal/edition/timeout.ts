import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Settings } from "./untraced.js"

interface Options<R, E> {
  readonly context: Context.Context<R>
  readonly settings: Settings
  readonly onTimeout: () => E
}

/** Runs an effect with the services and settings it needs, and interrupts it when the time is over. */
export interface Timeout {
  <R, E2>(options: Options<R, E2>): <A, E>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E | E2>
}

/** The limit has no state in Effect 4; in Effect 3 it holds a timer, which all effects share. */
export const make: Effect.Effect<(millis: number) => Timeout> = Effect.succeed(
  (millis) => <R, E2>({ context, onTimeout, settings }: Options<R, E2>) => <A, E>(self: Effect.Effect<A, E, R>) =>
    self.pipe(
      Effect.updateContext((own: Context.Context<never>) => Context.merge(settings(own), context)),
      Effect.timeoutOrElse({ duration: millis, orElse: () => Effect.fail(onTimeout()) })
    )
)
