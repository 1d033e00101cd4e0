/** A caller never receives a token that is expired (margin included) or known to be rejected. */
import type { Facts } from "../model/Model.js"
import type { Rules } from "./Rules.js"

export const everywhere: Rules<Facts> = {
  given: {
    "a token that was issued and received": ({ received }) => received !== undefined
  },
  served: {
    "no token that was rejected": ({ isRejected }) => !isRejected,
    "no token past its margin": ({ chosenAt, dates, terms }) =>
      dates.length === 0
      || dates.some(({ sentAt }) => chosenAt < sentAt + terms.accessLifetime - terms.margin)
  }
}
