import type * as original from "../../core/src/internal/token/state.js"

export * from "../../core/src/internal/token/state.js"

export const isRejected: typeof original.isRejected = () => false
