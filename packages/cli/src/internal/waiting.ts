import type * as Effect from "effect/Effect"
import * as Output from "./Output.js"
import type { Session } from "./Session.js"

/**
 * Prints that the command waits for the platform, if a step takes longer than a second.
 *
 * @internal
 */
export const waiting = (
  { settings }: Session
): <A, E, R>(step: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R | Output.Output> =>
  Output.withProgress({
    en: `waiting for ${settings.config.baseUrl} …`,
    zh: `正在等待 ${settings.config.baseUrl} …`
  })

/**
 * Prints that the command waits for the store, if a step takes longer than a second.
 *
 * @internal
 */
export const waitingForStore: <A, E, R>(step: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R | Output.Output> = Output
  .withProgress({ en: "waiting for the token store …", zh: "正在等待 Token 存储 …" })
