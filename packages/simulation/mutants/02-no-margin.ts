import * as original from "../../core/src/internal/token/freshness.js"

export * from "../../core/src/internal/token/freshness.js"

export const isUsable: typeof original.isUsable = (pair, now) => original.isUsable(pair, now, 0)
