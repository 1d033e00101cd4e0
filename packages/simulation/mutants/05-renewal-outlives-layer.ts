import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as original from "../../core/src/internal/token/renewal.js"

export * from "../../core/src/internal/token/renewal.js"

export const run: typeof original.run = (env, order) =>
  Effect.flatMap(Effect.forkDaemon(original.run(env, order)), (fiber) => Effect.interruptible(Fiber.join(fiber)))
