import * as original from "../../core/src/internal/token/state.js"

export * from "../../core/src/internal/token/state.js"

export const finished: typeof original.finished = (activity) => (state) => {
  const next = original.finished(activity)(state)
  return activity.failure === undefined ? next : { ...next, held: undefined }
}
