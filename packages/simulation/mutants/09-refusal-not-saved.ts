import * as Option from "effect/Option"
import * as original from "../../core/src/internal/token/renewal.js"

export * from "../../core/src/internal/token/renewal.js"

export const run: typeof original.run = (env, order) =>
  original.run({
    ...env,
    store: {
      ...env.store,
      save: (key, record, lease) =>
        env.store.save(key, { ...record, refusedCredentials: Option.none(), earlierRefusals: [] }, lease)
    }
  }, order)
