import type * as original from "../../core/src/internal/token/state.js"

export * from "../../core/src/internal/token/state.js"

export const invalidated: typeof original.invalidated = () => (state) => state
