import * as original from "../../core/src/internal/token/freshness.js"

export * from "../../core/src/internal/token/freshness.js"

export const isDue: typeof original.isDue = (pair, now) => original.isDue(pair, now, 30 * 60_000)
