import * as original from "../../core/src/internal/token/recovery.js"

export * from "../../core/src/internal/token/recovery.js"

export const afterFailure: typeof original.afterFailure = (request, failure, known) =>
  original.afterFailure(request, failure, { ...known, refreshes: Infinity })
