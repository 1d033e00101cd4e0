/**
 * If no token can be served, a rejected or expired refresh token leads to an acquisition within the same renewal if its
 * deadline leaves time, otherwise in the first renewal after the cooldown. If a token can be served, a rejected refresh
 * changes nothing for callers, except after an ambiguous attempt (8); only the caller of a forced `refresh` gets the error.
 */
import type { FleetFacts } from "../model/Fleet.js"
import type { LocalFacts } from "../model/LocalFacts.js"
import { maxAttempts, renewalSpan, renewalTimeout, requestTimeout } from "../model/Terms.js"
import type { Rules } from "./Rules.js"

/** Whether a renewal whose refresh was refused had no attempt or no time left for an acquisition. */
export const isSpent = ({ caller, failure, model, waited }: LocalFacts["failed"]): boolean =>
  ("attempts" in failure && failure.attempts >= maxAttempts)
  || ("retryAfter" in failure && failure.retryAfter !== undefined)
  || waited > renewalTimeout - requestTimeout
  // A caller that joined a renewal late does not know how long the renewal has waited for the lease.
  || model.hasWaited(caller.provider, renewalTimeout - requestTimeout)

/** Whether a refresh should precede an acquisition: the held pair may be refreshed, and no refusal is stored. */
export const isRefreshable = ({ model, provider: { held, scope } }: LocalFacts["sent"]): boolean =>
  held !== undefined && !scope.hasRefused && !model.isTurnedLately
  && model.clock.wall + renewalSpan < held.received.sentAt + model.terms.refreshLifetime

/**
 * When the stored pair was sent, or the earliest time that a provider may believe it was. A provider that adopts a pair from
 * the future dates it like an older pair, or moves its date back by at most a quarter of its lifetime.
 */
const oldestDate = (
  { terms, turnedOrder }: LocalFacts["sent"]["model"],
  { last, received }: LocalFacts["sent"]["provider"]["scope"]
): number =>
  last !== undefined && last.order > turnedOrder && !last.isAhead
    ? last.sentAt
    : Math.min(...received.map(({ sentAt }) => sentAt)) - terms.accessLifetime / 4

export const local: Rules<LocalFacts> = {
  sent: {
    // It may expire while the renewal waits for the lease.
    "no refresh with an expired refresh token": ({ model, provider: { held, scope }, received, request }) => {
      const sentAt = scope.received.filter(({ pair }) => pair.refresh === request.token).map((each) => each.sentAt)
      return received === undefined || held === undefined || model.isTurnedLately
        || model.clock.wall - Math.max(...sentAt) - model.terms.refreshLifetime < renewalSpan
    },
    "a refused early refresh is not repeated": ({ model, provider, received }) => {
      const { held } = provider
      return received === undefined || held === undefined || !held.isRefused || held.isAmbiguous || held.isSuspect
        || held.access !== "live" || !model.isServable(received) || model.isTurnedLately
        || model.isForcedLately(provider)
    },
    "a refused refresh leads to an acquisition": ({ provider: { held, mustAcquire }, received, request }) =>
      received === undefined || held === undefined || held.isAmbiguous || mustAcquire !== request.token,
    // Under its lease a renewal goes by the stored pair.
    "no acquisition before the stored refresh token was sent": ({ model, provider: { recent, scope }, request }) => {
      const { hasRefused, last } = scope
      return request.token !== undefined || !model.terms.isShared || last?.brings !== "newValue"
        || last.uselessAt > -Infinity || hasRefused || model.isTurnedLately
        || model.clock.wall + renewalSpan >= oldestDate(model, scope) + model.terms.refreshLifetime
        || recent.some(({ token }) => token === last.pair.refresh)
    },
    "no acquisition while a token can be served": (facts) => {
      const { model, provider, request } = facts
      const { held } = provider
      return request.token !== undefined || held === undefined || held.access !== "live" || held.isAmbiguous
        || held.isSuspect || held.isDatedAhead || !model.isServableFor(provider, held.received)
        || !isRefreshable(facts)
    },
    // A renewal whose pair could not be served when it was received goes on.
    "no acquisition before a refresh was sent": (facts) => {
      const { model, provider: { held }, request } = facts
      return request.token !== undefined || held === undefined || model.terms.isShared || !isRefreshable(facts)
        || held.isTried || held.received.brings !== "newValue" || held.received.uselessAt > -Infinity
    }
  },
  served: {
    "a forced refresh brings another pair": ({ caller: { kind, start }, model, namesakes, received }) =>
      kind === "read" || (model.terms.isShared
        // Of several answers of one value it may be any.
        ? !start.isFirst || namesakes.some(({ order }) => order > start.order)
        : received.order > start.heldOrder)
  },
  failed: {
    "a read does not get the refusal of a refresh": (facts) =>
      !facts.isRefusedRefresh || facts.caller.kind === "refresh" || isSpent(facts)
  }
}

export const fleet: Rules<FleetFacts> = {
  sent: {
    "no acquisition without the lease while a token can be served": ({ model, provider }) =>
      provider.lease !== undefined || !model.isServable(provider),
    "no acquisition before the stored refresh token was sent": ({ binding, model, request }) => {
      const last = binding?.namesakes.at(-1)
      return binding === undefined || last === undefined || request.token !== undefined
        || model.refusedOrder >= last.order || model.tried.has(last.pair.refresh)
        || binding.namesakes.some(({ sentAt }) =>
          model.clock.wall + renewalSpan >= sentAt + model.terms.refreshLifetime
        )
    }
  },
  served: {
    "a forced refresh brings a newer generation": ({ caller: { kind, start }, token }) =>
      kind === "read" || token.generation > start.least,
    // If the store gave no answer, the result may be what it had.
    "a forced refresh brings more than the store had": ({ caller, model, token }) => {
      const { kind, provider, start, startedAt } = caller
      return kind === "read" || !start.isFirst || token.generation > start.stored
        || Math.max(provider.storeFailedAt, provider.pausedAt) >= startedAt || model.isEmptiedSince(startedAt)
        // A record that is cleared after the call may be loaded by one operation and not by the next.
        || model.saved.some(({ order, value }) => value === undefined && order > start.order)
    }
  }
}
