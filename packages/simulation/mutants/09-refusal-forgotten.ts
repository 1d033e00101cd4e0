import type * as original from "../../core/src/internal/token/state.js"

export * from "../../core/src/internal/token/state.js"

export const credentialsRefused: typeof original.credentialsRefused = () => (state) => state
