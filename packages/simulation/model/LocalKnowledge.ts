import type { Account, Request } from "../world/Platform.js"
import { isInForce } from "./failures.js"
import {
  type Held,
  type LocalCaller,
  type LocalProvider,
  type LocalStart,
  newHeld,
  type Received,
  type Refusal,
  type Scope,
  twoRenewals
} from "./LocalProvider.js"
import { BaseModel } from "./Model.js"
import {
  longestLeasePause,
  longestPause,
  longestRenewal,
  maxAttempts,
  minRequestInterval,
  renewalSpan,
  renewalTimeout,
  requestTimeout
} from "./Terms.js"

/**
 * What follows from the events for providers over no store, or over a store in memory.
 *
 * A provider has processed an answer once its tasks have run, or once it acts on the answer; before, either may be true. What
 * one provider of a store has seen of a pair (rejected, ambiguous, refused), the others have not.
 */
export abstract class LocalKnowledge extends BaseModel<LocalProvider, LocalStart> {
  credentials = 0
  credentialsOf: () => Account | undefined = () => undefined

  // --- inferences ----------------------------------------------------------------------------------------------------

  /** The refusals that no provider of the scope may repeat now. */
  inForce({ remembered }: Scope): ReadonlyArray<Refusal> {
    return this.isTurnedLately
      ? []
      : remembered.filter(({ isSure, refusedAt, sign }) => isSure && isInForce(sign, refusedAt, this.clock.wall))
  }

  /** Whether the store has had a good pair ever since a caller called, and no provider has rejected it. */
  isStoredForAll({ provider: { disturbances, scope }, start }: LocalCaller): boolean {
    const { last } = scope
    return last?.brings === "newValue" && last === start.stored && this.isServable(last)
      // Each provider may draw its own conclusion from a turned clock, each at another time.
      && last.order > this.turnedOrder && !last.isAhead
      && start.disturbances === disturbances && !this.isTurnedLately
      && this.inScope(scope).every(({ held, pending, rejectedValues }) =>
        pending === undefined && !rejectedValues.has(last.pair.access)
        && (held === undefined || held.access === "live")
      )
  }

  /** Whether a provider may have held the lease a moment ago: a lease holder requests, reads, or pauses briefly. */
  isLeaseTaken({ scope }: LocalProvider): boolean {
    return this.terms.isShared &&
      this.inScope(scope).some(({ credentialReads, lastEndAt, lastReadAt }) =>
        scope.inFlight !== undefined || credentialReads > 0
        || this.clock.elapsed - Math.max(lastEndAt, lastReadAt) < longestPause
      )
  }

  /**
   * Whether a renewal may have begun so long ago. The wait for the minimum interval puts its times off. A clock that is turned
   * back can make a stored pair valid again: that ends a renewal which waits for its lease, and a forced caller starts another.
   */
  isSinceStart(millis: number, { starts }: LocalProvider): boolean {
    const { elapsed } = this.clock
    const mayBegin = (at: number, late: number) => elapsed - at - millis >= -1 && elapsed - at - millis <= late + 1
    return starts.some((at) => mayBegin(at, minRequestInterval))
      || mayBegin(this.turnedAt, minRequestInterval + longestLeasePause)
  }

  /** Whether a reset may have raised the fence of a renewal that is under way. */
  protected isResetLately(scope: Scope): boolean {
    return this.inScope(scope).some(({ lastResetAt }) => this.clock.elapsed - lastResetAt < longestRenewal)
  }

  /** Whether a renewal whose request ends now may have no attempt or no time left for another. */
  protected isRenewalSpent(provider: LocalProvider): boolean {
    const { elapsed } = this.clock
    const lately = this.lately(provider)
    const time = elapsed - (lately[0]?.startedAt ?? 0)
    const latest = renewalTimeout - requestTimeout / 2
    return lately.length >= maxAttempts || time > latest || this.hasWaited(provider, latest)
  }

  /** Whether a renewal may have waited for the lease: then it began with a caller, and not with its first request. */
  hasWaited({ starts }: LocalProvider, millis: number): boolean {
    const { elapsed } = this.clock
    return this.terms.isShared && starts.some((at) => elapsed - at > millis && elapsed - at < renewalSpan)
  }

  /** Whether a caller is the first that gets the failure of a cooldown. With a store not all failures in a row are seen. */
  isNewCooldown({ cooledUntil, cooling }: LocalProvider, until: number): boolean {
    return cooling?.until !== until && cooledUntil !== until && !this.terms.isShared
  }

  /** Whether a read that can be served must start a renewal. */
  protected isDue({ recent, refusal, scope }: LocalProvider, held: Held): boolean {
    const { wall } = this.clock
    const last = recent.at(-1)?.outcome
    return !this.terms.isShared && last?._tag === "success" && last.pair === held.received.pair
      && wall >= this.dueAt(held.received) && wall < held.received.sentAt + this.terms.refreshLifetime
      && !held.isTried && scope.stored === undefined && refusal === undefined
  }

  isUnservable({ access, received }: Held): boolean {
    return access === "rejected" || this.clock.wall >= this.endOf(received)
  }

  isServable(received: Received): boolean {
    const { wall } = this.clock
    return received.sentAt <= wall && wall < this.endOf(received)
  }

  /** With a store a provider may hold a later pair than the one that is known. */
  isServableFor({ scope }: LocalProvider, received: Received): boolean {
    return this.isServable(received) && scope.received.every((each) =>
      // Of two answers of one value the provider may hold the older one.
      (each.order <= received.order && each.pair.access !== received.pair.access) || this.isServable(each)
    )
  }

  /** Whether the clock was turned while a present renewal may have been under way. */
  get isTurnedLately(): boolean {
    return this.clock.elapsed - this.turnedAt < renewalSpan
  }

  isForcedLately({ lastForcedAt }: LocalProvider): boolean {
    return this.clock.elapsed - lastForcedAt < renewalSpan
  }

  /** The requests that the present renewal may have sent. */
  lately({ recent }: LocalProvider): ReadonlyArray<Request> {
    return recent.slice(-twoRenewals).filter(({ startedAt }) => this.clock.elapsed - startedAt < renewalSpan)
  }

  protected namesakesOf({ received }: Scope, value: string): ReadonlyArray<Received> {
    return received.filter(({ pair }) => pair.access === value)
  }

  protected inScope(scope: Scope): ReadonlyArray<LocalProvider> {
    return this.providers.filter((each) => each.scope === scope)
  }

  // --- conclusions ---------------------------------------------------------------------------------------------------

  /** A provider has processed its last answer; `isSeen` if it acts on the answer, else its tasks have run. */
  protected confirm(provider: LocalProvider, isSeen = false): void {
    const { pending, scope } = provider
    if (pending === undefined || (provider.phase !== "open" && !isSeen)) {
      return
    }
    provider.pending = undefined
    provider.cooling = undefined
    scope.received.push(pending)
    scope.last = pending
    scope.hasRefused = false
    provider.refusal = undefined
    scope.refusal = undefined
    scope.stored = undefined
    provider.held = newHeld(pending)
    // A pair that cannot be served when it is received is no success.
    if (pending.brings === "newValue" && pending.uselessAt === -Infinity) {
      provider.setbacks = 0
      provider.setBackAt = -Infinity
    }
    provider.held.access = pending.brings === "newValue"
      ? "live"
      : pending.brings === "rejectedValue"
      ? "rejected"
      : "unsure"
    if (this.terms.isShared && pending.brings === "rejectedValue") {
      // Such a pair is not saved.
      this.forget(scope)
    } else if (this.terms.isShared && pending.brings === "unsure") {
      this.unsettle(scope)
    } else if (this.terms.isShared && pending.mayBeUnsaved) {
      scope.last = undefined
    }
  }

  /** The store has no pair any more. */
  protected forget(scope: Scope): void {
    scope.last = undefined
    this.unsettle(scope)
  }

  /** Whether the store still has their pair the providers learn at their next renewal. */
  protected unsettle(scope: Scope): void {
    for (const { held } of this.inScope(scope)) {
      if (held?.access === "live") {
        held.access = "unsure"
      }
    }
  }

  protected adopt(provider: LocalProvider, received: Received): void {
    const { isShared } = this.terms
    if (provider.held === undefined || received.order > provider.held.received.order) {
      const held = newHeld(received)
      provider.held = held
      held.isDatedAhead = isShared && (received.sentAt > this.clock.wall || this.isTurnedLately)
      // The provider reads the store at its next renewal.
      if (isShared && (provider.scope.last !== received || received.brings !== "newValue")) {
        held.access = "unsure"
      }
      // The provider may have held the pair before it served it.
      held.isSuspect = provider.recent.some(({ outcome, token }) =>
        token === received.pair.refresh && outcome !== undefined && outcome._tag !== "success"
      )
    }
    if (provider.read[0] !== undefined && provider.read[0].order < received.order) {
      provider.read = []
    }
    if (provider.refusal !== undefined && provider.refusal.order < received.order) {
      provider.refusal = undefined
    }
  }

  /**
   * A request has ended or the credentials were read: that may be a whole renewal. If a cooldown outlasts a renewal, it can be
   * seen which events belong to one renewal.
   */
  protected setBack(provider: LocalProvider): void {
    const { elapsed } = this.clock
    const isOfSame = this.terms.hasNoJitter && this.terms.cooldown > 2 * renewalSpan
      && elapsed - provider.setBackAt < renewalSpan
      && Math.max(this.turnedAt, provider.lastResetAt) < provider.setBackAt
    if (!isOfSame) {
      provider.setbacks += 1
      provider.setBackAt = elapsed
    }
  }
}
