import * as original from "../../core/src/internal/token/rejections.js"

export * from "../../core/src/internal/token/rejections.js"

export const make: typeof original.make = (config, clock, provider) =>
  original.make({ ...config, maxCooldown: config.cooldown }, clock, provider)
