import * as Effect from "effect/Effect"
import * as original from "../../core/src/TokenProvider.js"

export * from "../../core/src/TokenProvider.js"

export const make: typeof original.make = Effect.map(original.make, (provider) => ({
  ...provider,
  accessToken: Effect.onInterrupt(provider.accessToken, () => Effect.ignore(provider.reset))
}))
