import type { TokenError } from "@jindouyun/core/JindouyunError"
import type { AccessToken } from "@jindouyun/core/Token"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import { type Account, isSameAccount, type Outcome, type Request } from "../world/Platform.js"
import { failureOf, isOfRefresh, isRefusal, nextTryAtOf, signOf } from "./failures.js"
import type { LocalFacts } from "./LocalFacts.js"
import { LocalKnowledge } from "./LocalKnowledge.js"
import {
  type Expectation,
  type Held,
  isAmbiguous,
  type LocalCaller,
  LocalProvider,
  type LocalStart,
  type Needless,
  newScope,
  nothingSince,
  type Received,
  type Scope
} from "./LocalProvider.js"
import type { Cause, Model } from "./Model.js"
import { longestRenewal, maxAttempts, maxBackoff, maxRetryAfter, minRequestInterval, renewalSpan } from "./Terms.js"

const nothingRejected: ReadonlySet<string> = new Set()

/** The events of providers over no store, or over a store in memory. */
export class Local extends LocalKnowledge implements Model<LocalFacts, LocalCaller, Received> {
  /** The scope of all providers, if they share a store. */
  private readonly shared = newScope()
  /** The last answer that is surely saved: all ready tasks have run since. */
  private settledOrder = 0

  // --- providers -----------------------------------------------------------------------------------------------------

  opened(): number {
    const provider = new LocalProvider(this.providers.length, this.terms.isShared ? this.shared : newScope())
    const stored = provider.scope.stored ?? provider.scope.fading
    provider.read = stored === undefined ? [] : [stored]
    this.providers.push(provider)
    return provider.index
  }

  closing(index: number): void {
    const provider = this.provider(index)
    provider.phase = "closing"
    provider.renewsBy = Infinity
    if (provider.lastEndAt === this.clock.elapsed) {
      provider.scope.refusal = undefined
      this.doubtRefusals(provider.scope)
    }
    // Whether the provider has processed the answer cannot be seen. A pair with a rejected token leaves the store without a pair.
    if (this.terms.isShared && provider.pending !== undefined && provider.pending.brings !== "newValue") {
      this.forget(provider.scope)
    }
    provider.disturbances += 1
  }

  closed(index: number): LocalFacts["closed"] {
    const provider = this.provider(index)
    provider.phase = "closed"
    return { isInFlight: provider.scope.inFlight?.provider === index }
  }

  turned(millis: number): void {
    this.turnedBy()
    const { elapsed, wall } = this.clock
    for (const provider of this.providers) {
      provider.disturbances += 1
      if (provider.held !== undefined) {
        provider.held.since.turned = true
      }
      // Whether a token could be served when its refresh was refused cannot be seen, nor the date of a refusal.
      if (provider.lastEndAt === elapsed) {
        provider.mustAcquire = undefined
        this.doubtRefusals(provider.scope)
      }
      const { cooling } = provider
      if (cooling !== undefined && (wall - millis >= cooling.until || wall < cooling.since)) {
        provider.cooling = undefined
      }
    }
  }

  credentialsChanged(current: () => Account | undefined): void {
    this.credentials += 1
    this.credentialsOf = current
  }

  readingCredentials(index: number, change: 1 | -1): LocalFacts["credentialsRead"] {
    const provider = this.provider(index)
    // A closing provider leaves its reading behind.
    const readers = this.terms.isShared ? this.providers.filter(({ phase }) => phase === "open") : [provider]
    const others = readers.reduce((sum, each) => each === provider ? sum : sum + each.credentialReads, 0)
    const own = readers.includes(provider) ? provider.credentialReads + change : 0
    return { model: this, provider, reads: own + others, isBeginning: change > 0 }
  }

  readCredentials({ provider }: LocalFacts["credentialsRead"], change: 1 | -1): void {
    provider.credentialReads += change
    this.setBack(provider)
    // The provider is about to acquire, and may not get far. So a renewal is under way.
    provider.mustAcquire = undefined
    provider.renewsBy = Infinity
    provider.forgottenUntil = undefined
    provider.lastReadAt = this.clock.elapsed
    // A renewal that meets refused credentials ends without a cooldown, and the count begins again.
    if (provider.scope.remembered.length > 0) {
      provider.failures = 0
    }
  }

  // --- rejections and resets -----------------------------------------------------------------------------------------

  invalidated(index: number, token: AccessToken): void {
    const provider = this.provider(index)
    provider.disturbances += 1
    provider.starts.push(this.clock.elapsed)
    const { held, scope } = provider
    const value = Redacted.value(token.value)
    if (provider.pending !== undefined) {
      // Whether the token is still held depends on tasks that have not run yet.
      provider.pending = { ...provider.pending, brings: "unsure" }
      if (held !== undefined) {
        held.access = "unsure"
      }
      return
    }
    if (held === undefined) {
      provider.doubtedValues.add(value)
      return
    }
    const isLast = scope.received.every(({ order, pair }) => pair.access !== value || order <= held.received.order)
    if (held.generation === token.generation && isLast) {
      held.access = "rejected"
      provider.rejectedValues.add(value)
    } else if (this.terms.isShared && value === held.received.pair.access) {
      // Which of two answers of one value it was cannot be seen.
      held.access = held.access === "rejected" ? "rejected" : "unsure"
    } else if (!isLast) {
      // The provider may hold a later pair than the one that is known.
      provider.doubtedValues.add(value)
    } else {
      held.since.invalidatedOlder = true
    }
  }

  resetBegins(index: number): void {
    const provider = this.provider(index)
    const { scope } = provider
    for (const each of this.inScope(scope)) {
      each.disturbances += 1
      if (each === provider) {
        this.forgetOwn(each)
      } else {
        this.forgetOther(each)
      }
      each.failures = 0
      each.resets += 1
      each.resetOrder = this.order
      each.lastResetAt = this.clock.elapsed
      if (each.pending !== undefined) {
        each.pending = { ...each.pending, brings: "unsure" }
      }
    }
    provider.cooling = undefined
    this.resetAt(provider)
    scope.last = undefined
    scope.refusal = undefined
    scope.fading = scope.stored ?? scope.fading
    scope.stored = undefined
    this.doubtRefusals(scope)
  }

  private doubtRefusals({ remembered }: Scope): void {
    remembered.forEach((refusal) => {
      refusal.isSure = false
    })
  }

  /** A reset of its own begins or ends. Whether the provider has processed an answer before cannot be seen. */
  private resetAt(provider: LocalProvider): void {
    provider.ownResetAt = this.clock.elapsed
    if (provider.pending !== undefined) {
      provider.scope.received.push(provider.pending)
      provider.pending = undefined
    }
  }

  private forgetOwn(provider: LocalProvider): void {
    const { cooling } = provider
    provider.held = undefined
    provider.rejectedValues.clear()
    provider.renewsBy = Infinity
    // With jitter, or without time in between, the next cooldown may end at the same instant.
    const isDistinct = this.terms.hasNoJitter && cooling !== undefined && cooling.since < this.clock.wall
    provider.forgottenUntil = isDistinct ? cooling.until : undefined
  }

  /** Another provider of the store notices the reset at its next renewal, and forgets which tokens were rejected. */
  private forgetOther({ doubtedValues, held, rejectedValues }: LocalProvider): void {
    if (held?.access === "live") {
      held.access = "unsure"
    }
    rejectedValues.forEach((value) => doubtedValues.add(value))
    rejectedValues.clear()
  }

  resetEnds(index: number): void {
    const provider = this.provider(index)
    const { scope } = provider
    // An acquisition that was refused during the reset may have been forgotten, or not.
    scope.refusal = undefined
    scope.fading = undefined
    this.doubtRefusals(scope)
    this.resetAt(provider)
    provider.held = undefined
    provider.cooling = undefined
    provider.failures = 0
    if (this.terms.isShared) {
      // So may a pair that was received during the reset, and others may have read what is gone now.
      scope.last = undefined
      this.providers.forEach((each) => {
        each.disturbances += 1
      })
    }
    if (this.isQuiet(provider)) {
      provider.refusal = undefined
      provider.read = []
      provider.forgottenOrder = provider.resetOrder
      if (!this.terms.isShared) {
        scope.remembered = []
      }
    }
  }

  /** Whether no renewal is under way that may bring back what a reset has forgotten. */
  private isQuiet(provider: LocalProvider): boolean {
    const { elapsed } = this.clock
    // In a store, the refusal of another provider may have been saved after the reset.
    const lastEndAt = Math.max(provider.lastEndAt, ...this.inScope(provider.scope).map((each) => each.lastEndAt))
    return provider.credentialReads === 0 && provider.pending === undefined && provider.scope.inFlight === undefined
      && elapsed - lastEndAt > minRequestInterval + 1
      && [...this.callers].every((caller) => caller.provider !== provider)
      // An interrupted caller may have left a renewal behind.
      && provider.starts.at(-1) !== elapsed
  }

  settled(): ReadonlyArray<LocalFacts["settled"]> {
    this.providers.forEach((provider) => this.confirm(provider))
    this.settledOrder = this.order
    return this.providers.map((provider) => ({ model: this, provider }))
  }

  // --- requests ------------------------------------------------------------------------------------------------------

  sending(request: Request): LocalFacts["sent"] {
    const provider = this.provider(request.provider)
    this.inScope(provider.scope).forEach((each) => this.confirm(each))
    const received = request.token === undefined ? undefined : this.receivedWith(provider, request.token)
    const known = provider.held?.received
    // A renewal that began before a reset sends the token that it began with.
    if (received !== undefined && received.order > provider.resetOrder) {
      this.adopt(provider, received)
    }
    return { model: this, provider, request, known, received, needless: this.needlessFor(provider) }
  }

  /** The answer that brought a refresh token which the provider is about to send. */
  private receivedWith(provider: LocalProvider, token: string): Received | undefined {
    const { scope } = provider
    this.inScope(scope).filter(({ pending }) => pending?.pair.refresh === token).forEach((each) =>
      this.confirm(each, true)
    )
    const known = provider.held?.received
    return known?.pair.refresh === token ? known : scope.received.filter(({ pair }) => pair.refresh === token).at(-1)
  }

  sent({ provider, request }: LocalFacts["sent"]): void {
    const { held, scope } = provider
    scope.inFlight = request
    scope.refusal = undefined
    provider.refusal = undefined
    provider.cooling = undefined
    provider.notBefore = 0
    provider.mustAcquire = undefined
    provider.renewsBy = Infinity
    provider.forgottenUntil = undefined
    if (held !== undefined && held.received.pair.refresh === request.token) {
      held.isTried = true
    }
    provider.recent.push(request)
    provider.requests += 1
    provider.refreshes += request.kind === "refresh" ? 1 : 0
  }

  attempts({ provider: index }: Request): ReadonlyArray<LocalFacts["attempted"]> {
    const provider = this.provider(index)
    return [...this.callers].filter((caller) => caller.provider === provider).map((caller) => ({
      model: this,
      caller,
      requests: provider.requests - caller.start.requests,
      refreshes: provider.refreshes - caller.start.refreshes,
      since: provider.recent.slice(caller.start.requests)
    }))
  }

  /**
   * Why a request is needless: the last pair is good, neither due nor rejected, and no caller forced a renewal. A renewal
   * that began before the clock was turned may finish, and so may one whose pair was expired when it was received.
   */
  private needlessFor(provider: LocalProvider): Needless | undefined {
    const { held, scope: { last } } = provider
    if (
      last === undefined || last.brings === "unsure" || this.isForcedLately(provider) || held?.isDatedAhead === true
    ) {
      return undefined
    }
    const { elapsed, wall } = this.clock
    // A pair from the future becomes good by waiting, perhaps within the renewal. A turn of the clock may have put it there.
    const becameGood = (last.uselessAt > -Infinity || this.turnedOrder > last.order) && wall - last.sentAt < renewalSpan
    const isOvertaken = this.isTurnedLately
      && (this.turnedOrder > last.order || elapsed - last.uselessAt < renewalSpan)
    const isRejected = held?.received.pair.access === last.pair.access
      ? held.access !== "live"
      : provider.rejectedValues.has(last.pair.access)
    const isFresh = !isRejected && last.sentAt <= wall && wall < this.dueAt(last)
    if (becameGood || isOvertaken || !isFresh) {
      return undefined
    }
    return this.turnedOrder > last.order || held?.since.turned === true
      ? "turned"
      : !last.isServed || held?.received !== last
      ? "unused"
      : "early"
  }

  ending(request: Request, outcome: Outcome): LocalFacts["ended"] {
    return { model: this, provider: this.provider(request.provider), request, outcome }
  }

  ended({ outcome, provider, request }: LocalFacts["ended"]): void {
    const { held, scope } = provider
    const { elapsed } = this.clock
    scope.inFlight = undefined
    provider.lastEndAt = elapsed
    const retryAfter = "retryAfter" in outcome ? Math.min(outcome.retryAfter, maxRetryAfter) : 0
    provider.mostRetryAfter = Math.max(provider.mostRetryAfter, retryAfter)
    this.setBack(provider)
    if (held !== undefined && outcome._tag !== "success") {
      held.since.failed = true
    }
    const own = held !== undefined && held.received.pair.refresh === request.token ? held : undefined
    switch (outcome._tag) {
      case "success":
        return this.endedWithPair(provider, request, outcome)
      case "refused":
        return request.account === undefined
          ? this.refreshRefused(provider, own, request, outcome)
          : this.acquisitionRefused(provider, request.account, outcome.sign)
      case "failed":
        provider.refreshes -= outcome.delivery === "unsent" && request.kind === "refresh" ? 1 : 0
        provider.notBefore = elapsed + retryAfter
        if (own !== undefined) {
          own.isAmbiguous ||= outcome.delivery === "ambiguous"
          own.isSuspect ||= outcome.delivery === "astray"
        }
        return this.demandAcquisition(provider)
      case "aborted":
        if (own !== undefined) {
          own.isAmbiguous = true
        }
        return this.demandAcquisition(provider)
    }
  }

  private endedWithPair(
    provider: LocalProvider,
    request: Request,
    { pair }: Extract<Outcome, { readonly _tag: "success" }>
  ): void {
    const { doubtedValues, held, rejectedValues } = provider
    this.order += 1
    // A caller that the pair wakes may find it rejected already, and start the next renewal.
    provider.starts.push(this.clock.elapsed)
    const isSame = request.kind === "refresh" && held?.received.pair.access === pair.access
    const pending: Received = {
      order: this.order,
      pair,
      sentAt: request.wallAt,
      brings: isSame && held.access === "rejected"
        ? "rejectedValue"
        : (isSame && held.access === "unsure") || rejectedValues.has(pair.access) || doubtedValues.has(pair.access)
        ? "unsure"
        : "newValue",
      isAhead: request.wallAt > this.clock.wall,
      mayBeUnsaved: this.isResetLately(provider.scope),
      isServed: false,
      uselessAt: -Infinity
    }
    if (!this.isServable(pending)) {
      pending.uselessAt = this.clock.elapsed
    }
    if (request.startedAt <= provider.ownResetAt) {
      // At the instant of the reset the request may come before it or after it.
      provider.scope.received.push(pending)
      if (request.startedAt < provider.ownResetAt) {
        provider.dropped.add(pair.access)
      }
      return
    }
    provider.pending = pending
    provider.failures = 0
    provider.notBefore = 0
    const { account } = request
    if (account !== undefined) {
      const { scope } = provider
      scope.remembered = scope.remembered.filter((each) => !isSameAccount(each.account, account))
    }
  }

  private acquisitionRefused(provider: LocalProvider, account: Account, sign: number): void {
    const { held, scope } = provider
    // A closing provider may not have processed the answer, and a reset may have kept it from the store.
    const isSaved = !this.terms.isShared || !this.isResetLately(scope)
    // A provider ignores stored refusals that are dated before its unsaved pair. A turned clock can date the pair later.
    const isIgnored = this.terms.isShared
      && scope.received.some(({ mayBeUnsaved, sentAt }) => mayBeUnsaved && sentAt > this.clock.wall)
    const isSure = provider.phase === "open" && isSaved && !isIgnored
    const refusal = { account, sign, order: this.order, refusedAt: this.clock.wall, isSure }
    scope.refusal = isSure ? refusal : undefined
    scope.remembered = [refusal, ...scope.remembered.filter((each) => !isSameAccount(each.account, account))].slice(
      0,
      8
    )
    scope.stored = refusal
    scope.hasRefused = true
    provider.refusal = refusal
    // The pair is saved with the refusal, unless it was rejected.
    if (this.terms.isShared && held?.access !== "live") {
      this.forget(scope)
    }
    for (const each of this.inScope(scope)) {
      each.read = [refusal, ...each.read]
      // The pair may be in the store again.
      each.forgottenOrder = 0
    }
  }

  private refreshRefused(
    provider: LocalProvider,
    own: Held | undefined,
    request: Request,
    { bare, retryAfter }: Extract<Outcome, { readonly _tag: "refused" }>
  ): void {
    provider.failures = 0
    if (own === undefined) {
      return
    }
    // A bare 401 or 403 may come from a gateway: it is a refusal, but the platform may have acted.
    const isNeeded = this.isAmbiguous(provider, own) || (!this.terms.isShared && this.isUnservable(own))
    if (!bare && isNeeded && retryAfter === 0 && !this.isRenewalSpent(provider)) {
      provider.mustAcquire = request.token
    }
    if (isNeeded) {
      provider.notBefore = this.clock.elapsed + Math.min(retryAfter, maxRetryAfter)
    }
    const isClear = !bare && !own.isAmbiguous && !own.isSuspect && !own.isDatedAhead && own.access === "live"
    own.isRefused ||= isClear && this.isServable(own.received)
    own.isSuspect ||= bare
  }

  /** If another provider has received the same refresh token since, the provider may hold the pair of that answer. */
  private isAmbiguous({ scope }: LocalProvider, { isAmbiguous, received }: Held): boolean {
    return isAmbiguous
      && scope.received.every(({ order, pair }) => pair.refresh !== received.pair.refresh || order <= received.order)
  }

  /**
   * Two ambiguous attempts demand an acquisition. With a store a renewal may have waited for its lease; a `Retry-After` may
   * end a renewal: both are excused.
   */
  private demandAcquisition(provider: LocalProvider): void {
    const [one, two] = provider.recent.slice(-2)
    if (
      !this.terms.isShared && one !== undefined && two !== undefined && one.token === two.token
      && isAmbiguous(one) && isAmbiguous(two) && two.startedAt - one.endedAt < maxBackoff + minRequestInterval
      // A provider that has read its credentials was about to acquire: what follows is another renewal.
      && Math.max(provider.lastResetAt, provider.lastReadAt, this.turnedAt) < one.startedAt
      && !this.isRenewalSpent(provider)
    ) {
      provider.mustAcquire = two.token
    }
  }

  // --- callers -------------------------------------------------------------------------------------------------------

  begins(id: number, index: number, kind: "read" | "refresh", isAtomic: boolean): LocalCaller {
    const provider = this.provider(index)
    const caller: LocalCaller = {
      id,
      provider,
      kind,
      isAtomic,
      startedAt: this.clock.elapsed,
      wallAt: this.clock.wall,
      start: this.startOf(provider, kind, isAtomic),
      isInterrupted: false,
      exit: undefined
    }
    provider.starts.push(this.clock.elapsed)
    provider.calls += 1
    if (kind === "refresh") {
      provider.lastForcedAt = this.clock.elapsed
    }
    this.callers.add(caller)
    return caller
  }

  private startOf(provider: LocalProvider, kind: "read" | "refresh", isAtomic: boolean): LocalStart {
    const { held, pending, rejectedValues } = provider
    const isFirst = provider.calls === 0
    // A forced refresh may join a renewal that brings the stored pair; then one more follows. A caller that yields before
    // its first look lets the renewal of another begin.
    // So does a renewal that began before a reset, and ends without a pair.
    const isReset = this.clock.elapsed - provider.ownResetAt < longestRenewal
    const mayJoinForeign = kind === "refresh" && (!isAtomic || (this.terms.isShared && held === undefined && !isFirst))
    const renewals = mayJoinForeign && isReset ? 3 : mayJoinForeign || isReset ? 2 : 1
    return {
      expectation: this.expectationOf(provider),
      requests: provider.requests,
      refreshes: provider.refreshes,
      // A renewal that is about to end may be followed by another: a forced pair must be newer than the call.
      disturbances: kind === "refresh" && pending !== undefined ? -1 : provider.disturbances,
      heldOrder: held?.received.order ?? 0,
      order: this.settledOrder,
      stored: provider.scope.last,
      isFirst,
      renewals,
      longestWait: renewals * longestRenewal + 1,
      mostRequests: renewals * maxAttempts,
      forgottenOrder: provider.forgottenOrder,
      isClosed: provider.phase === "closed",
      rejectedValues: rejectedValues.size === 0 ? nothingRejected : new Set(rejectedValues),
      turns: this.turns,
      refusal: pending === undefined ? provider.refusal : undefined,
      credentials: this.credentials,
      resets: provider.resets
    }
  }

  private expectationOf(provider: LocalProvider): Expectation {
    const { cooling, held, pending, scope } = provider
    const { wall } = this.clock
    if (provider.phase !== "open" || pending !== undefined) {
      return { isServable: false, isDue: false, cooling: undefined }
    }
    const isServable = held !== undefined && held.access === "live" && !held.isDatedAhead
      && this.isServableFor(provider, held.received)
    const isUnservable = held === undefined ? scope.last === undefined : this.isUnservable(held)
    const isCooling = cooling !== undefined && cooling.since <= wall && wall < cooling.until
    return {
      isServable,
      isDue: isServable && this.isDue(provider, held),
      cooling: isCooling && isUnservable && !this.terms.isShared ? cooling : undefined
    }
  }

  firstTurnEnds(caller: LocalCaller): LocalFacts["firstTurn"] {
    const { exit, kind, provider, start } = caller
    if (kind === "read" && start.expectation.isDue) {
      // The renewal waits for the minimum interval at most.
      provider.renewsBy = Math.min(provider.renewsBy, this.clock.elapsed + minRequestInterval + 1)
    }
    const failure = exit === undefined ? undefined : failureOf(exit)
    return {
      caller,
      isServed: exit !== undefined && Exit.isSuccess(exit),
      servable: kind === "read" && start.expectation.isServable && provider.held !== undefined
        ? causeOf(provider.held)
        : undefined,
      nextTryAt: failure && nextTryAtOf(failure)
    }
  }

  interrupted(caller: LocalCaller): void {
    caller.isInterrupted = true
    const { held } = caller.provider
    if (held !== undefined) {
      held.since.interrupted = true
    }
  }

  waiting(caller: LocalCaller): LocalFacts["waiting"] {
    return { model: this, caller }
  }

  override left(caller: LocalCaller, exit: Exit.Exit<AccessToken, TokenError>): void {
    super.left(caller, exit)
    // The caller may find the token due when it wakes, and start a renewal.
    caller.provider.starts.push(this.clock.elapsed)
  }

  // --- tokens --------------------------------------------------------------------------------------------------------

  receivedFor({ provider }: LocalCaller, token: AccessToken): Received | undefined {
    const value = Redacted.value(token.value)
    const { scope } = provider
    for (const each of this.inScope(scope)) {
      if (each.pending?.pair.access === value && !provider.generations.has(token.generation)) {
        this.confirm(each, true)
      }
    }
    const own = provider.held?.received
    return own?.pair.access === value ? own : this.namesakesOf(scope, value).at(-1)
  }

  serving(caller: LocalCaller, token: AccessToken, received: Received): LocalFacts["served"] {
    const { isAtomic, provider, start } = caller
    const { scope } = provider
    const { accessLifetime, isShared, margin } = this.terms
    const { wall } = this.clock
    const value = Redacted.value(token.value)
    const isFirst = scope.received.every(({ order }) => order >= received.order)
    const namesakes = this.namesakesOf(scope, value)
    const candidates = isShared ? namesakes : [received]
    const wasRejected = start.rejectedValues.has(value) && start.resets === provider.resets
    return {
      model: this,
      caller,
      token,
      value,
      received,
      namesakes,
      // For a caller that yields, the state at its call counts: the token was valid when it was chosen.
      isRejected: provider.rejectedValues.has(value) && (isAtomic || wasRejected),
      dates: isAtomic || start.turns === this.turns ? candidates : [],
      chosenAt: isAtomic ? wall : Math.min(wall, caller.wallAt),
      wall,
      // A correction of the clock by less than the margin is excused. The first token of another provider may be dated by a clock
      // that was ahead by less than a quarter of a lifetime; a later one is dated by the pair before it.
      ahead: !isShared ? margin : isFirst ? accessLifetime / 4 : Infinity,
      terms: this.terms
    }
  }

  served({ caller, namesakes, received, token, value }: LocalFacts["served"]): void {
    const { provider } = caller
    const { isShared } = this.terms
    provider.generations.set(token.generation, value)
    if (caller.isAtomic || received.order > provider.resetOrder) {
      this.adopt(provider, received)
    }
    received.isServed = true
    const { held } = provider
    if (held?.received === received) {
      // Of several answers of one value the provider may have adopted another.
      const isUnclear = isShared && namesakes.length > 1
      if (isUnclear && held.generation !== token.generation) {
        held.isDatedAhead ||= this.isTurnedLately || namesakes.some(({ sentAt }) => sentAt > this.clock.wall)
      }
      held.generation = isUnclear ? undefined : token.generation
      held.since = nothingSince()
    }
  }

  // --- failures ------------------------------------------------------------------------------------------------------

  failing(caller: LocalCaller, failure: TokenError): LocalFacts["failed"] {
    const { isAtomic, kind, provider } = caller
    const { held, pending } = provider
    const nextTryAt = nextTryAtOf(failure)
    const isChecked = isAtomic && kind === "read" && nextTryAt !== undefined && !this.terms.isShared
      && pending === undefined
    return {
      model: this,
      caller,
      failure,
      nextTryAt,
      sign: signOf(failure),
      waited: this.clock.elapsed - caller.startedAt,
      isRefusedRefresh: isRefusal(failure) && isOfRefresh(failure),
      isRefusedAcquisition: isRefusal(failure) && !isOfRefresh(failure),
      isFromMemory: "refusedAt" in failure && failure.refusedAt !== undefined,
      isServable: isChecked && held !== undefined && held.access === "live" && this.isServable(held.received),
      // Whether the renewal ended before the clock was turned or after cannot be seen.
      isExact: isAtomic && this.turnedAt !== this.clock.elapsed
    }
  }

  failed(facts: LocalFacts["failed"]): void {
    const { caller: { provider, start }, isExact, isRefusedAcquisition, nextTryAt, sign, waited } = facts
    const { elapsed, wall } = this.clock
    if (isRefusedAcquisition) {
      provider.refusal ??= provider.scope.refusal
    }
    if (nextTryAt === undefined) {
      return
    }
    if (nextTryAt === provider.forgottenUntil) {
      provider.forgottenUntil = undefined
    }
    if (!isExact) {
      return
    }
    if (waited > 0) {
      provider.joint = { at: elapsed, disturbances: provider.disturbances, key: `${sign} ${nextTryAt}` }
      if (this.isNewCooldown(provider, nextTryAt)) {
        provider.cooledUntil = nextTryAt
        provider.failures += 1
      }
    }
    if (provider.cooling?.until !== nextTryAt && start.resets === provider.resets) {
      provider.cooling = { since: wall, until: nextTryAt }
    }
  }

  // --- numbers -------------------------------------------------------------------------------------------------------

  requestsOf(index: number): number {
    return this.provider(index).requests
  }

  instants(index: number): ReadonlyArray<number> {
    const { cooling, held, scope } = this.provider(index)
    const instants = this.instantsOf(held?.received ?? scope.last)
    return cooling === undefined ? instants : [...instants, cooling.until]
  }
}

/** The first of these that has happened, from the most specific on. */
const causeOf = ({ received, since }: Held): Cause =>
  since.invalidatedOlder
    ? "olderInvalidated"
    : since.failed
    ? "failed"
    : since.interrupted
    ? "interrupted"
    : !received.isServed
    ? "unserved"
    : since.turned
    ? "turned"
    : "none"
