import type * as original from "../../core/src/internal/token/freshness.js"

export * from "../../core/src/internal/token/freshness.js"

export const isRefreshable: typeof original.isRefreshable = () => true
