import * as Effect from "effect/Effect"
import * as original from "../../core/src/TokenProvider.js"

export * from "../../core/src/TokenProvider.js"

export const make: typeof original.make = Effect.tap(
  original.make,
  ({ accessToken }) => Effect.forkScoped(Effect.forever(Effect.delay(Effect.exit(accessToken), "10 minutes")))
)
