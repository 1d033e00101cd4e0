/**
 * A transient failure starts a cooldown: exponential, full jitter, capped, `Retry-After` honoured. The renewal has one
 * deadline; all its callers get its error. During the cooldown a caller that cannot be served fails at once with
 * `nextTryAt`. A minimum interval separates any two token requests of an account; a budget limits retries.
 */
import { isRefusal } from "../model/failures.js"
import type { LocalFacts } from "../model/LocalFacts.js"
import { isTransient } from "../model/LocalProvider.js"
import type { BaseModel, Facts } from "../model/Model.js"
import { type Caller, isUndisturbed } from "../model/Provider.js"
import {
  fewRequests,
  firstBackoff,
  leaseWait,
  maxBackoff,
  maxCooldown,
  minRequestInterval,
  renewalTimeout,
  requestTimeout
} from "../model/Terms.js"
import type { Request } from "../world/Platform.js"
import type { Rules } from "./Rules.js"

const isInTime = ({ caller, model }: { readonly caller: Caller; readonly model: BaseModel }): boolean =>
  !isUndisturbed(caller) || model.clock.elapsed - caller.startedAt <= caller.start.longestWait

export const everywhere: Rules<Facts> = {
  sent: {
    // A wall clock of whole milliseconds may cost one.
    "a minimum interval between two requests": ({ model, provider }) =>
      model.clock.elapsed - provider.lastEndAt > minRequestInterval - 1,
    "no request before nextTryAt": ({ model, provider: { cooling } }) =>
      cooling === undefined || cooling.since > model.clock.wall || model.clock.wall >= cooling.until
  },
  attempted: {
    "at most four requests a renewal": ({ caller, requests }) =>
      !isUndisturbed(caller) || requests <= caller.start.mostRequests
  },
  ended: {
    "a request ends within its timeout": ({ model, provider, request }) =>
      provider.isPaused || provider.pausedAt >= request.startedAt
      || model.clock.elapsed - request.startedAt <= requestTimeout + 1
  },
  waiting: { "a caller waits no longer than its renewal lasts": isInTime },
  left: { "a caller waits no longer than its renewal lasts": isInTime },
  failed: {
    "a transient failure carries nextTryAt": ({ failure, nextTryAt }) => nextTryAt !== undefined || isRefusal(failure)
  },
  answered: {
    "every caller is answered": ({ waiting }) => waiting === 0
  },
  finalRead: {
    "one renewal is a refresh and an acquisition at most": ({ requests }) => requests <= 2
  }
}

/** Whether the failure of a caller has a cooldown that can be checked. */
const isChecked = ({ caller, isExact, model, nextTryAt, waited }: LocalFacts["failed"]): boolean =>
  nextTryAt !== undefined && isExact && waited > 0 && model.isNewCooldown(caller.provider, nextTryAt)

const spanOf = ({ model, nextTryAt = 0 }: LocalFacts["failed"]): number => nextTryAt - model.clock.wall

/** The cooldown after so many failures in a row, without jitter. */
const cooldownAfter = ({ model }: LocalFacts["failed"], failures: number): number =>
  Math.min(model.terms.cooldown * 2 ** failures, maxCooldown)

const isRetry = (requests: ReadonlyArray<Request>, index: number): boolean =>
  requests[index]?.token === requests[index - 1]?.token

export const local: Rules<LocalFacts> = {
  sent: {
    // A cooldown that a turned clock or a reset ended is over, and `Retry-After` with it.
    "Retry-After is honoured": ({ model, provider }) =>
      Math.max(model.turnedAt, provider.lastResetAt) >= provider.lastEndAt
      || model.clock.elapsed > provider.notBefore - 1,
    "no retry without a budget": ({ model, provider: { lastEndAt, lastResetAt, recent } }) => {
      const { cooldown, hasNoJitter, hasRetryBudget, isShared } = model.terms
      const last = recent.at(-1)
      return hasRetryBudget || !hasNoJitter || isShared || Math.max(model.turnedAt, lastResetAt) >= lastEndAt
        || last?.kind !== "acquire" || (last.outcome?._tag !== "failed" && last.outcome?._tag !== "aborted")
        || model.clock.elapsed - lastEndAt > cooldown * 0.99
    }
  },
  attempted: {
    "the pauses before retries double": ({ caller, model, since }) => {
      const before = since.at(-2)
      const retries = since.filter((_, index) => index > 0 && isRetry(since, index)).length
      return !isUndisturbed(caller) || !model.terms.hasNoJitter || before === undefined
        || since.some(({ startedAt }) => startedAt <= caller.provider.ownResetAt) || !isRetry(since, since.length - 1)
        || model.clock.elapsed - before.endedAt >= Math.min(firstBackoff * 2 ** (retries - 1), maxBackoff) * 0.99
    }
  },
  firstTurn: {
    "a read fails at once during the cooldown": ({ caller: { kind, start }, nextTryAt }) =>
      kind === "refresh" || start.expectation.cooling === undefined
      || nextTryAt === start.expectation.cooling.until
  },
  failed: {
    "a reset ends the cooldown": ({ caller: { provider, start }, model, nextTryAt }) =>
      nextTryAt === undefined || nextTryAt !== provider.forgottenUntil || start.resets !== provider.resets
      || model.turnedAt >= provider.lastResetAt,
    "a transient failure is retried": ({ caller: { provider }, failure, model, nextTryAt }) => {
      const [last, ...more] = model.lately(provider)
      return nextTryAt === undefined || last === undefined || more.length > 0 || !("attempts" in failure)
        || model.terms.isShared || !model.terms.hasRetryBudget || provider.requests >= fewRequests
        || !isTransient(last) || last.endedAt - last.startedAt >= renewalTimeout / 2 || failure.attempts > 1
    },
    "a lease is waited for as long as two requests are still in time": (
      { caller, failure, model, nextTryAt, waited }
    ) =>
      nextTryAt === undefined || failure._tag !== "StoreFailure" || waited === 0
      || model.isSinceStart(leaseWait, caller.provider),
    "a cooldown is capped": (facts) => {
      const { caller, isExact, model, nextTryAt } = facts
      const cap = Math.max(maxCooldown, caller.provider.mostRetryAfter) + 1
      return nextTryAt === undefined || !isExact || model.turns > 0 || spanOf(facts) <= cap
    },
    "nextTryAt is in the future": (facts) => facts.nextTryAt === undefined || !facts.isExact || spanOf(facts) > 0,
    "all callers of a renewal get its failure": ({ caller: { provider }, isExact, model, nextTryAt, sign, waited }) => {
      const { joint } = provider
      return nextTryAt === undefined || !isExact || waited === 0 || joint === undefined
        || joint.at !== model.clock.elapsed || joint.disturbances !== provider.disturbances
        || joint.key === `${sign} ${nextTryAt}`
    },
    "a cooldown is no shorter than the minimum interval": (facts) =>
      !isChecked(facts) || spanOf(facts) >= minRequestInterval - 1,
    "a cooldown is no longer than the failures in a row allow": (facts) => {
      const { caller, failure, model } = facts
      const asked = "retryAfter" in failure ? failure.retryAfter ?? 0 : 0
      // A turned clock may have made a good pair useless.
      const before = model.turns > 0 ? caller.provider.setbacks : caller.provider.setbacks - 1
      return !isChecked(facts)
        || spanOf(facts) <= Math.max(cooldownAfter(facts, before), asked, minRequestInterval) + 1
    },
    "the cooldown doubles": (facts) =>
      !isChecked(facts) || !facts.model.terms.hasNoJitter
      || spanOf(facts) >= cooldownAfter(facts, facts.caller.provider.failures) * 0.99
  }
}
