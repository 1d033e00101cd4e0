import * as original from "../../core/src/internal/token/state.js"

export * from "../../core/src/internal/token/state.js"

export const invalidated: typeof original.invalidated = (rejected) => (state) =>
  original.invalidated(state.held?.pair.accessToken ?? rejected)(state)
