import * as original from "../../core/src/internal/token/state.js"

export * from "../../core/src/internal/token/state.js"

export const closed: typeof original.closed = (state) => ({
  ...original.closed(state),
  activity: { _tag: "Idle", failure: undefined }
})
