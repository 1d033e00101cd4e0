import type * as original from "../../core/src/Token.js"

export * from "../../core/src/Token.js"

export const isRefreshable: typeof original.isRefreshable = () => true
