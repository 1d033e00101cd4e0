import { isRefusal } from "@jindouyun/core/JindouyunError"
import * as original from "../../core/src/internal/token/recovery.js"

export * from "../../core/src/internal/token/recovery.js"

export const afterFailure: typeof original.afterFailure = (request, failure, known) => {
  const recovery = original.afterFailure(request, failure, known)
  return isRefusal(failure) ? { ...recovery, otherwise: "cooldown" } : recovery
}
