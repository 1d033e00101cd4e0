import type * as Effect from "effect/Effect"
import * as Output from "./Output.js"
import type { Session } from "./Session.js"

/**
 * Says that the platform is waited for, once it takes longer than a second.
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
 * Says that the store is waited for, likewise.
 *
 * @internal
 */
export const waitingForStore: <A, E, R>(step: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R | Output.Output> = Output
  .withProgress({ en: "waiting for the token store …", zh: "正在等待 Token 存储 …" })
