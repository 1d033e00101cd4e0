import * as original from "../../core/src/internal/token/recovery.js"

export * from "../../core/src/internal/token/recovery.js"

export const cooldown: typeof original.cooldown = (_failures, random, retryAfter, settings) =>
  original.cooldown(0, random, retryAfter, settings)
