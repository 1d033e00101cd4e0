/**
 * A refused acquisition is remembered: every caller gets the same error and no request is sent until the credentials
 * differ, `reset` is called, or the refusal lapses. A read in this state reads the credentials again (one renewal for all).
 */
import { isInForce, isRefusal } from "../model/failures.js"
import type { FleetFacts } from "../model/Fleet.js"
import type { LocalFacts } from "../model/LocalFacts.js"
import type { Facts } from "../model/Model.js"
import { isUndisturbed } from "../model/Provider.js"
import { isSameAccount } from "../world/Platform.js"
import type { Rules } from "./Rules.js"

export const everywhere: Rules<Facts> = {
  finalFailure: {
    "a healthy platform serves": ({ isServable }) => !isServable
  }
}

export const local: Rules<LocalFacts> = {
  sent: {
    "no refresh while credentials are refused": ({ provider, request }) =>
      provider.scope.refusal === undefined || request.account !== undefined,
    "refused credentials are not sent again": ({ model, provider, request }) =>
      model.inForce(provider.scope).every(({ account }) => !isSameAccount(request.account, account))
  },
  credentialsRead: {
    "a caller that can be served is not refused": ({ isBeginning, model, provider }) => {
      const { held, pending, phase, refusal } = provider
      return !isBeginning || refusal === undefined || held?.access !== "live" || pending !== undefined
        || model.terms.isShared || phase !== "open" || model.isTurnedLately || model.isForcedLately(provider)
        || !model.isServable(held.received)
    },
    "one read of the credentials at a time": ({ reads }) => reads <= 1
  },
  served: {
    "a reset wins over a renewal that began before it": ({ caller: { provider }, namesakes, value }) =>
      !provider.dropped.has(value) || namesakes.length > 1,
    "a reset forgets the pair": ({ caller: { isAtomic, provider, start }, model, received }) =>
      !isAtomic || model.terms.isShared || start.resets !== provider.resets
      || received.order > provider.resetOrder || received.brings === "unsure",
    "a reset clears the store": ({ caller: { provider, start }, model, received }) =>
      !model.terms.isShared || start.resets !== provider.resets
      || received.order > Math.min(start.forgottenOrder, provider.forgottenOrder)
  },
  failed: {
    "a reset forgets refused credentials": ({ caller, isRefusedAcquisition }) => {
      const { read, refusal, scope } = caller.provider
      return !isRefusedAcquisition || !isUndisturbed(caller)
        || (refusal ?? scope.refusal ?? read[0] ?? scope.remembered[0]) !== undefined
    },
    "every caller gets the same refusal": ({ caller, isRefusedAcquisition, sign }) => {
      const { read, refusal, scope } = caller.provider
      return !isRefusedAcquisition || !isUndisturbed(caller)
        || [refusal, scope.refusal, ...read, ...scope.remembered].some((each) => each?.sign === Number(sign))
    },
    "a refusal starts a cooldown, or comes from memory": ({ isFromMemory, isRefusedAcquisition, nextTryAt }) =>
      !isRefusedAcquisition || nextTryAt !== undefined || isFromMemory,
    "a refusal holds while the credentials stay the same": ({ caller, failure, model, nextTryAt }) => {
      const { provider, start } = caller
      const isChecked = nextTryAt !== undefined && start.refusal !== undefined && provider.refusal === start.refusal
        && start.credentials === model.credentials && isUndisturbed(caller)
        && failure._tag !== "CredentialsUnavailable" && failure._tag !== "StoreFailure" && !isRefusal(failure)
      return !isChecked || !isSameAccount(model.credentialsOf(), start.refusal?.account)
    }
  }
}

export const fleet: Rules<FleetFacts> = {
  sent: {
    "no refresh while credentials are refused in the store": ({ binding, request }) =>
      binding?.refused === undefined || request.account !== undefined,
    "credentials whose refusal is stored are not sent again": ({ binding, request }) =>
      binding === undefined || binding.remembered.every((account) => !isSameAccount(request.account, account)),
    "refused credentials are not sent again": ({ model, provider: { refusal }, request }) =>
      refusal === undefined || model.isTurnedLately || !isInForce(refusal.sign, refusal.refusedAt, model.clock.wall)
      || !isSameAccount(request.account, refusal.account)
  },
  asked: {
    "a save keeps the refusals of the stored record": ({ lostRefusals }) => lostRefusals === 0
  },
  served: {
    "a reset clears the store": ({ caller, last, model, value }) => {
      const { isAtomic, provider: { forgotten }, start } = caller
      return !isAtomic || forgotten === undefined || start.order < forgotten.clearedOrder
        || last.order > forgotten.order
        || model.saved.some((each) => each.value === value && each.order > forgotten.clearedOrder)
    }
  }
}
