/**
 * At most one token request is in flight per account and provider; with a shared store, per account and fleet, as long as
 * the store keeps its leases. Exceptions: a process paused for longer than its lease, a store that lost the lease,
 * `acquireWithoutStore`. Then the late save is rejected, and the fleet recovers with one acquisition.
 */
import type { FleetFacts } from "../model/Fleet.js"
import type { LocalFacts } from "../model/LocalFacts.js"
import { renewalSpan, requestTimeout } from "../model/Terms.js"
import { patience } from "../world/RemoteStore.js"
import type { Rules } from "./Rules.js"

export const local: Rules<LocalFacts> = {
  sent: {
    "one request in flight": ({ provider }) => provider.scope.inFlight === undefined
  },
  failed: {
    "a free lease is granted": ({ caller, failure, model, nextTryAt, waited }) =>
      failure._tag !== "StoreFailure" || nextTryAt === undefined || waited === 0 || model.isLeaseTaken(caller.provider)
  }
}

export const fleet: Rules<FleetFacts> = {
  sent: {
    "one request in flight": ({ others, provider }) =>
      provider.lease === undefined || others.every(({ isWithoutLease }) => isWithoutLease),
    "one request with a refresh token": ({ others, request }) =>
      request.token === undefined || others.every(({ token }) => token !== request.token),
    "no request under a lost lease": ({ provider }) => provider.lease?.isLost !== true,
    "a lease outlasts the request it is for": ({ model, provider: { lease, pausedAt } }) =>
      lease === undefined || pausedAt >= lease.renewedAt || model.isEmptiedSince(lease.renewedAt)
      || (model.granted?.fence === lease.fence && model.granted.until - model.clock.elapsed >= requestTimeout - 1),
    "a refresh token is sent under the lease only": ({ provider, request }) =>
      provider.lease !== undefined || request.token === undefined,
    "no request without the store": ({ model, provider }) =>
      provider.lease !== undefined || model.terms.acquireWithoutStore,
    "an acquisition without the lease only if the store cannot be used": ({ model, provider }) =>
      provider.lease !== undefined
      || (!provider.isOvertaken
        && (model.clock.elapsed - provider.storeFailedAt < renewalSpan + patience
          || provider.pausedAt >= provider.storeFailedAt))
  },
  asked: {
    "a lease is released": ({ access, provider }) => access.operation !== "acquire" || provider.lease === undefined,
    "a pair is saved under its lease": ({ access, provider }) =>
      access.operation !== "save" || access.fence === provider.lease?.fence
  },
  served: {
    "a provider whose save was refused adopts the newer pair": ({ caller, model, token }) => {
      const { overtaken } = caller.provider
      return !caller.isAtomic || overtaken === undefined || model.clock.elapsed <= overtaken.by
        || token.generation >= overtaken.generation
    }
  }
}
