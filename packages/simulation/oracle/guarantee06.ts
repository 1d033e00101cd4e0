/** A new pair is kept even if every caller has been interrupted. */
import type { FleetFacts } from "../model/Fleet.js"
import type { LocalFacts } from "../model/LocalFacts.js"
import type { Facts } from "../model/Model.js"
import { renewalSpan } from "../model/Terms.js"
import type { Rules } from "./Rules.js"

export const everywhere: Rules<Facts> = {
  sent: {
    "a refresh token that was received": ({ received, request }) =>
      request.token === undefined || received !== undefined
  },
  firstTurn: {
    "a received pair is served": ({ isServed, servable }) => isServed || servable !== "unserved"
  }
}

export const local: Rules<LocalFacts> = {
  sent: {
    "the last refresh token that was received": ({ known, received }) =>
      received === undefined || known === undefined || received.order >= known.order,
    "a received pair is used": ({ needless }) => needless !== "unused"
  },
  served: {
    "the last token that was received": ({ caller: { isAtomic, provider }, model, received }) =>
      !isAtomic || model.terms.isShared || received.order >= (provider.held?.received.order ?? 0)
  }
}

export const fleet: Rules<FleetFacts> = {
  sent: {
    "a stored pair is used": ({ binding, model: { clock, terms }, provider }) => {
      // A process that was paused may have been forced before its pause.
      const forcedAt = Math.max(provider.lastForcedAt, provider.pausedAt)
      return binding === undefined || binding.namesakes.length === 0 || clock.elapsed - forcedAt < 2 * renewalSpan
        || (binding.value !== undefined && provider.rejectedValues.has(binding.value))
        || binding.namesakes.some(({ sentAt }) =>
          clock.wall < sentAt || clock.wall >= sentAt + terms.accessLifetime - terms.early
        )
    }
  },
  asked: {
    "a pair is saved before its lease is released": ({ access, provider }) =>
      access.operation !== "release" || provider.saving === undefined
  },
  waiting: {
    // A caller that calls after the first pair of a forced renewal was rejected waits for the end of that renewal; a pair from
    // the store is checked twice.
    "a received pair is served while the store works": ({ caller, model }) => {
      const { isAtomic, kind, provider } = caller
      const since = model.clock.elapsed - Math.min(provider.rejectedAt, provider.lastForcedAt)
      return kind !== "read" || !isAtomic || provider.token?.isOwn !== true || since <= 2 * renewalSpan
        || !model.isServable(provider)
    }
  },
  served: {
    "a newer token is not replaced by an older one": ({ caller, token }) =>
      !caller.isAtomic || token.generation >= caller.provider.highest
  }
}
