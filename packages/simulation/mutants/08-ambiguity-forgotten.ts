import type * as original from "../../core/src/internal/token/state.js"

export * from "../../core/src/internal/token/state.js"

export const refreshAmbiguous: typeof original.refreshAmbiguous = () => (state) => state
