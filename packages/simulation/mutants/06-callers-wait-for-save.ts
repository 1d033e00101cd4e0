import * as Deferred from "effect/Deferred"
import * as FiberId from "effect/FiberId"
import * as original from "../../core/src/internal/token/renewal.js"

export * from "../../core/src/internal/token/renewal.js"

export const run: typeof original.run = (env, order) =>
  original.run(env, { ...order, tokenReady: Deferred.unsafeMake(FiberId.none) })
