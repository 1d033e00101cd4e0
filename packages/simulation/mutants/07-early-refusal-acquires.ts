import * as original from "../../core/src/internal/token/recovery.js"

export * from "../../core/src/internal/token/recovery.js"

export const afterFailure: typeof original.afterFailure = (request, failure, known) => {
  const recovery = original.afterFailure(request, failure, known)
  return recovery.otherwise === "stopRefreshing" ? { ...recovery, otherwise: "acquire" } : recovery
}
