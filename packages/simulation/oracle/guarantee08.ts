/**
 * An ambiguous refresh is retried a bounded number of times, then an acquisition follows, also before expiry; a rejection
 * after an ambiguous attempt leads to that acquisition too.
 */
import type { LocalFacts } from "../model/LocalFacts.js"
import { isTransient } from "../model/LocalProvider.js"
import { isUndisturbed } from "../model/Provider.js"
import { fewRequests, maxRefreshes, renewalTimeout } from "../model/Terms.js"
import { isRefreshable, isSpent } from "./guarantee07.js"
import type { Rules } from "./Rules.js"

export const local: Rules<LocalFacts> = {
  sent: {
    "an ambiguous refresh leads to an acquisition": ({ provider: { held, mustAcquire }, received, request }) =>
      received === undefined || held === undefined || !held.isAmbiguous || mustAcquire !== request.token,
    "an ambiguous refresh is sent again": (facts) => {
      const { model, provider, request } = facts
      const [last, ...more] = model.lately(provider)
      return request.token !== undefined || provider.held === undefined || model.terms.isShared
        || !isRefreshable(facts) || last?.token !== provider.held.received.pair.refresh || more.length > 0
        || !model.terms.hasRetryBudget || provider.requests >= fewRequests
        || model.clock.elapsed - last.startedAt >= renewalTimeout / 2 || !isTransient(last)
    }
  },
  attempted: {
    "at most two refreshes a renewal": ({ caller, refreshes }) =>
      !isUndisturbed(caller) || refreshes <= caller.start.renewals * maxRefreshes
  },
  failed: {
    "no caller gets the refusal of an ambiguous refresh": (facts) =>
      !facts.isRefusedRefresh || facts.caller.provider.mustAcquire === undefined || isSpent(facts)
  }
}
