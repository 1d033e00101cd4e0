import * as Effect from "effect/Effect"
import * as original from "../../core/src/internal/token/rejections.js"

export * from "../../core/src/internal/token/rejections.js"

export const make: typeof original.make = (config, clock, provider) =>
  Effect.map(original.make(config, clock, provider), (tracker) => ({
    ...tracker,
    mayReplay: (rejected) =>
      Effect.zipRight(
        tracker.mayReplay(rejected),
        Effect.as(provider.invalidate(rejected.token), !rejected.isReplay)
      )
  }))
