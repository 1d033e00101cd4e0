import * as original from "../../core/src/internal/token/state.js"

export * from "../../core/src/internal/token/state.js"

export const reset: typeof original.reset = (state) => ({ ...original.reset(state), resets: state.resets })
