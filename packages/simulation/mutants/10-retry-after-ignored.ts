import * as original from "../../core/src/internal/token/recovery.js"

export * from "../../core/src/internal/token/recovery.js"

export const cooldown: typeof original.cooldown = (failures, random, _retryAfter, settings) =>
  original.cooldown(failures, random, 0, settings)
