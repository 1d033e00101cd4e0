/** `invalidate` compares generations: it drops the rejected token, never its successor. */
import type { Facts } from "../model/Model.js"
import type { Rules } from "./Rules.js"

export const everywhere: Rules<Facts> = {
  firstTurn: {
    "a late rejection leaves the newer token alone": ({ isServed, servable }) =>
      isServed || servable !== "olderInvalidated"
  },
  served: {
    "a generation names one token": ({ caller, token, value }) => {
      const namesake = caller.provider.generations.get(token.generation)
      return namesake === undefined || namesake === value
    }
  }
}
