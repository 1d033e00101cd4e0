/**
 * One rejected generation starts at most one renewal. Each call that it rejected is replayed at most once. If a report call
 * also rejects the new token, that call fails with `TokenRejected`, and no rejection starts a renewal during the cooldown.
 */
import type { Facts } from "../model/Model.js"
import type { Rules } from "./Rules.js"

export const everywhere: Rules<Facts> = {
  reportSent: {
    "a report call is sent at most twice": ({ requests }) => requests <= 2
  },
  reportRejects: {
    "a call does not reject its second token": ({ requests }) => requests < 2,
    "no rejection starts a renewal during the cooldown": ({ isCooling, isNewest }) => !isCooling || !isNewest
  },
  reportEnded: {
    "a rejected report call fails": ({ failure, isRejected }) => !isRejected || failure !== undefined,
    "a replay that is rejected fails with TokenRejected": ({ failure, isRejected, requests }) =>
      !isRejected || requests < 2 || failure === "TokenRejected"
  }
}
