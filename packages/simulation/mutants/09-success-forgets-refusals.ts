import * as original from "../../core/src/internal/token/state.js"

export * from "../../core/src/internal/token/state.js"

export const received: typeof original.received = (pair, access) => (state) => ({
  ...original.received(pair, access)(state),
  earlierRefusals: []
})
