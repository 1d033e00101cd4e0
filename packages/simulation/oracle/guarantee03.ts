/** A failed refresh never discards a token that is still valid, and never delays a caller that can be served. */
import type { LocalFacts } from "../model/LocalFacts.js"
import type { Facts } from "../model/Model.js"
import type { Rules } from "./Rules.js"

export const everywhere: Rules<Facts> = {
  firstTurn: {
    "a failed refresh delays no caller that can be served": ({ isServed, servable }) =>
      isServed || servable !== "failed",
    "a caller that can be served is served at once": ({ isServed, servable }) => isServed || servable !== "none"
  },
  failed: {
    "a failed refresh fails no caller that can be served": ({ isServable }) => !isServable
  }
}

export const local: Rules<LocalFacts> = {
  failed: {
    "a caller that can be served from the store is not refused": (
      { caller, isRefusedAcquisition, model, nextTryAt }
    ) =>
      !isRefusedAcquisition || nextTryAt !== undefined || !model.terms.isShared || caller.kind !== "read" ||
      !caller.isAtomic
      || !model.isStoredForAll(caller)
  }
}
