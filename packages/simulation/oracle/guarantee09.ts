/**
 * A refused acquisition is remembered: every caller gets the same error and no request is sent until the credentials
 * differ, `reset` is called, or the refusal lapses. A read in this state reads the credentials again (one renewal for all).
 */
import type { FleetFacts } from "../model/Fleet.js"
import type { LocalFacts } from "../model/LocalFacts.js"
import type { Facts } from "../model/Model.js"
import { isUndisturbed } from "../model/Provider.js"
import type { Account } from "../world/Platform.js"
import type { Rules } from "./Rules.js"

const isAgain = (account: Account | undefined, refused: Account | undefined): boolean =>
  account !== undefined && refused !== undefined
  && account.username === refused.username && account.password === refused.password

export const everywhere: Rules<Facts> = {
  finalFailure: {
    "a healthy platform serves": ({ isServable }) => !isServable
  }
}

export const local: Rules<LocalFacts> = {
  sent: {
    "no refresh while credentials are refused": ({ provider, request }) =>
      provider.scope.refusal === undefined || request.account !== undefined,
    "a refused acquisition is not sent again": ({ provider, request }) =>
      !isAgain(request.account, provider.scope.refusal?.account)
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
        || (refusal ?? scope.refusal ?? read) !== undefined
    },
    "every caller gets the same refusal": ({ caller, isRefusedAcquisition, sign }) => {
      const { read, readBefore, refusal, scope } = caller.provider
      return !isRefusedAcquisition || !isUndisturbed(caller)
        || [refusal, scope.refusal, read, readBefore].some((each) => each?.sign === Number(sign))
    },
    "a refusal holds while the credentials stay the same": ({ caller, failure, model, nextTryAt }) => {
      const { provider, start } = caller
      const isChecked = nextTryAt !== undefined && start.refusal !== undefined && provider.refusal === start.refusal
        && start.credentials === model.credentials && isUndisturbed(caller)
        && failure._tag !== "CredentialsUnavailable" && failure._tag !== "StoreFailure"
      return !isChecked || !isAgain(model.credentialsOf(), start.refusal?.account)
    }
  }
}

export const fleet: Rules<FleetFacts> = {
  sent: {
    "no refresh while credentials are refused in the store": ({ binding, request }) =>
      binding?.refused === undefined || request.account !== undefined,
    "an acquisition whose refusal is stored is not sent again": ({ binding, request }) =>
      !isAgain(request.account, binding?.refused),
    "a refused acquisition is not sent again": ({ provider, request }) =>
      !isAgain(request.account, provider.refusal?.account)
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
