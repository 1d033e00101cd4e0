import * as Effect from "effect/Effect"
import * as original from "../../core/src/internal/token/renewal.js"

export * from "../../core/src/internal/token/renewal.js"

export const reset: typeof original.reset = (env) =>
  original.reset({ ...env, store: { ...env.store, clear: () => Effect.void } })
