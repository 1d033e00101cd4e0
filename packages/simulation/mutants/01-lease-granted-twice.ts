import * as Effect from "effect/Effect"
import * as original from "../../core/src/TokenStore.js"

export * from "../../core/src/TokenStore.js"

export const makeMemory: typeof original.makeMemory = Effect.map(original.makeMemory, (store) => ({
  ...store,
  lease: original.none.lease
}))
