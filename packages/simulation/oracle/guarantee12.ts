/** Time comes from `Clock`. A wall clock that jumps forward or back causes one renewal, not a loop. */
import type { LocalFacts } from "../model/LocalFacts.js"
import type { Facts } from "../model/Model.js"
import { maxCooldown } from "../model/Terms.js"
import type { Rules } from "./Rules.js"

export const everywhere: Rules<Facts> = {
  firstTurn: {
    "a turned clock takes no good token away": ({ isServed, servable }) => isServed || servable !== "turned"
  },
  served: {
    // The age of a token from the future is unknown.
    "no token from the future": ({ ahead, dates, wall }) =>
      dates.length === 0 || dates.some(({ sentAt }) => wall >= sentAt - ahead)
  },
  drained: {
    "no endless loop": ({ isEndless }) => !isEndless
  }
}

export const local: Rules<LocalFacts> = {
  sent: {
    "a turned clock causes one renewal": ({ needless }) => needless !== "turned"
  },
  failed: {
    // A clock that was turned back at most doubles a cooldown.
    "a cooldown is capped": ({ caller, isExact, model, nextTryAt }) => {
      const cap = Math.max(maxCooldown, caller.provider.mostRetryAfter) + 1
      return nextTryAt === undefined || !isExact || nextTryAt - model.clock.wall <= 2 * cap
    }
  }
}
