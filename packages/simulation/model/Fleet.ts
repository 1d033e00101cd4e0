import type { TokenError } from "@jindouyun/core/JindouyunError"
import type { AccessToken } from "@jindouyun/core/Token"
import type { RefusedCredentials, TokenRecord } from "@jindouyun/core/TokenRecord"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { type Account, isSameAccount, type Outcome, type Request } from "../world/Platform.js"
import { type Access, patience, type RemoteStore } from "../world/RemoteStore.js"
import type { VirtualClock } from "../world/VirtualClock.js"
import { isInForce, nextTryAtOf, signOf } from "./failures.js"
import {
  type Binding,
  type FleetCaller,
  FleetMember,
  type FleetStart,
  type Open,
  type Received,
  type Saved
} from "./FleetMember.js"
import { BaseModel, type Facts, type Model } from "./Model.js"
import { longestRenewal, maxAttempts, renewalSpan, type Terms } from "./Terms.js"

/** The facts of a fleet over a remote store. */
export interface FleetFacts extends Facts {
  readonly sent: Facts["sent"] & {
    readonly model: Fleet
    readonly provider: FleetMember
    /** The other requests in flight that no excuse covers. */
    readonly others: ReadonlyArray<Open>
    readonly binding: Binding | undefined
  }
  readonly waiting: Facts["waiting"] & { readonly model: Fleet; readonly caller: FleetCaller }
  readonly served: Facts["served"] & {
    readonly model: Fleet
    readonly caller: FleetCaller
    readonly last: Received
  }
  /** A provider asks the store for an operation. */
  readonly asked: { readonly provider: FleetMember; readonly access: Access; readonly lostRefusals: number }
}

/**
 * The events of a fleet over a remote store. The providers are seen from outside only. The store belongs to the simulation, so
 * all of its operations are seen.
 *
 * The rules for `Local` check the inside of a renewal: retries, ambiguous answers, cooldowns, early refreshes. Here everything
 * is excused that may come from a process paused between its lease and its request, from a store emptied under a lease, or, if
 * acquisitions are allowed without the store, from such an acquisition.
 */
export class Fleet extends BaseModel<FleetMember, FleetStart> implements Model<FleetFacts, FleetCaller, Received> {
  readonly received: Array<Received> = []
  readonly saved: Array<Saved> = []
  readonly open = new Map<Request, Open>()
  /** The refresh tokens that were sent. */
  readonly tried = new Set<string>()
  /** The account of each refusal that was saved, by its fingerprint. */
  private readonly refusedAccounts = new Map<string, Account>()
  private store: RemoteStore | undefined
  refusedOrder = -1

  constructor(clock: VirtualClock, terms: Terms) {
    super(clock, terms)
  }

  sees(store: RemoteStore): void {
    this.store = store
  }

  // --- providers -----------------------------------------------------------------------------------------------------

  opened(): number {
    this.providers.push(new FleetMember(this.providers.length))
    return this.providers.length - 1
  }

  closing(index: number): void {
    const member = this.provider(index)
    member.phase = "closing"
    member.disturbances += 1
  }

  closed(index: number): FleetFacts["closed"] {
    const member = this.provider(index)
    member.phase = "closed"
    return { isInFlight: [...this.open.values()].some((open) => open.member === member) }
  }

  /** A process was paused or resumed. */
  signalled(index: number, isPaused: boolean): void {
    const member = this.provider(index)
    member.isPaused = isPaused
    member.isOvertaken = false
    member.pausedAt = this.clock.elapsed
    member.disturbances += 1
    for (const [request, open] of this.open) {
      open.isMisdated ||= open.member === member && request.startedAt === member.pausedAt
    }
  }

  killed(index: number): void {
    const member = this.provider(index)
    member.phase = "killed"
    for (const caller of this.callers) {
      if (caller.provider === member) {
        this.callers.delete(caller)
      }
    }
  }

  emptied(): void {
    this.order += 1
  }

  turned(): void {
    this.turnedBy()
    for (const member of this.providers) {
      member.disturbances += 1
      member.cooling = undefined
      member.overtaken = undefined
      // The date of a refusal cannot be seen if it was received in this instant.
      member.refusal = member.lastEndAt === this.clock.elapsed ? undefined : member.refusal
    }
  }

  credentialsChanged(): void {
    // Credentials are compared when they are sent.
  }

  // --- rejections and resets -----------------------------------------------------------------------------------------

  invalidated(index: number, token: AccessToken): void {
    const member = this.provider(index)
    member.disturbances += 1
    member.rejectedAt = this.clock.elapsed
    member.rejected.add(token.generation)
    member.rejectedValues.add(Redacted.value(token.value))
    if (member.token?.generation === token.generation) {
      member.token.isRejected = true
    }
  }

  resetBegins(index: number): void {
    const member = this.provider(index)
    this.forget(member)
    member.cooling = undefined
    member.overtaken = undefined
    // An answer that is not processed yet comes after the reset. Which of two resets at once clears the store cannot
    // be seen.
    member.resetting = member.unread === undefined && member.resetting === undefined
      ? { order: this.order, clearedOrder: undefined }
      : undefined
    member.forgotten = undefined
  }

  resetEnds(index: number, isDone: boolean): void {
    const member = this.provider(index)
    this.forget(member)
    // The end of a reset forgets a cooldown that began during the reset.
    member.cooling = undefined
    const { resetting } = member
    if (isDone && resetting?.clearedOrder !== undefined) {
      member.forgotten = { order: resetting.order, clearedOrder: resetting.clearedOrder }
    }
    member.resetting = undefined
  }

  private forget(member: FleetMember): void {
    member.disturbances += 1
    member.token = undefined
    member.refusal = undefined
    member.lastResetAt = this.clock.elapsed
  }

  settled(): ReadonlyArray<FleetFacts["settled"]> {
    const running = this.providers.filter(({ isPaused }) => !isPaused)
    running.forEach((member) => {
      member.unread = undefined
    })
    return running.map((provider) => ({ provider }))
  }

  // --- the store -----------------------------------------------------------------------------------------------------

  asking(access: Access): FleetFacts["asked"] {
    const provider = this.provider(access.provider)
    return { provider, access, lostRefusals: this.lostRefusals(provider, access) }
  }

  /** How many refusals of the stored record a lease holder is about to drop, without a reason that is known. */
  private lostRefusals(member: FleetMember, { fence, operation, record }: Access): number {
    const { stored } = this
    if (
      operation !== "save" || record === undefined || fence === undefined || stored === undefined
      || this.bindingOf(member) === undefined
    ) {
      return 0
    }
    const kept = refusalsOf(record)
    const lost = this.inForce(refusalsOf(stored.record)).filter(({ credentials }) =>
      kept.every((each) => each.credentials !== credentials)
      && !isSameAccount(member.account, this.refusedAccounts.get(credentials))
    )
    return kept.length < 8 ? lost.length : 0
  }

  private inForce(refusals: ReadonlyArray<RefusedCredentials>): ReadonlyArray<RefusedCredentials> {
    return this.isTurnedLately ?
      [] :
      refusals.filter(({ failure, refusedAt }) => isInForce(Number(signOf(failure)), refusedAt, this.clock.wall))
  }

  asked({ access, provider: member }: FleetFacts["asked"]): void {
    const { operation, record } = access
    if (operation === "release") {
      member.lease = undefined
    } else if (operation === "save" && record !== undefined) {
      this.counts(member, record.generation)
      this.asksToSave(member, access, record)
      const refused = Option.getOrUndefined(record.refusedCredentials)
      if (refused !== undefined && member.refusal !== undefined) {
        this.refusedAccounts.set(refused.credentials, member.refusal.account)
      }
    }
  }

  private asksToSave(member: FleetMember, access: Access, record: TokenRecord): void {
    const value = valueOf(record)
    const { generation } = record
    member.saving = access
    member.least = Math.max(member.least, generation)
    if (access.fence === undefined) {
      member.ownGeneration = generation
    }
    // With a refusal the provider saves the pair that it had before.
    const isOwn = Option.isNone(record.refusedCredentials)
    member.token = value === undefined
      ? undefined
      : { generation, value, isOwn, isRejected: member.rejected.has(generation) }
    member.unread = undefined
  }

  acted(access: Access, isDone: boolean): void {
    const member = this.provider(access.provider)
    const { operation, record } = access
    if (operation === "load") {
      const { generation = 0, refusedCredentials = Option.none() } = this.stored?.record ?? {}
      // A record of a later generation ends the provider's own refusal, even if that is newer. So does the refusal of
      // another provider, if its own is not in the store.
      if (generation > member.least || (Option.isSome(refusedCredentials) && member.refusal?.isSaved === false)) {
        member.refusal = undefined
      }
      this.counts(member, generation)
    }
    if (operation === "save" || operation === "clear") {
      this.order += 1
    }
    if (operation === "save" && record !== undefined && isDone) {
      this.stores(access, record.generation, valueOf(record), access.fence === undefined)
    }
    if (operation === "clear") {
      this.stores(access, 0, undefined, true)
      if (member.resetting !== undefined) {
        member.resetting.clearedOrder = this.order
      }
    }
  }

  private stores(
    { askedAt, provider }: Access,
    generation: number,
    value: string | undefined,
    isWithoutLease: boolean
  ): void {
    this.saved.push({ order: this.order, generation, value, by: provider, askedAt, isWithoutLease })
  }

  answered(access: Access): void {
    const member = this.provider(access.provider)
    const { actedAt = 0, answer, fence, operation } = access
    if (member.saving === access) {
      member.saving = undefined
    }
    if (answer === "failed") {
      member.storeFailedAt = this.clock.elapsed
      member.isOvertaken = false
      member.overtaken = undefined
    }
    if (operation === "acquire" && answer === true && fence !== undefined) {
      member.lease = { fence, grantedAt: actedAt, renewedAt: actedAt, isLost: false }
    } else if (operation === "renew" && member.lease?.fence === fence && member.lease !== undefined) {
      member.lease.isLost = answer !== true
      member.isOvertaken ||= answer === false
      member.lease.renewedAt = actedAt
    } else if (operation === "save" && answer === true && member.refusal !== undefined) {
      member.refusal.isSaved ||= access.record !== undefined && Option.isSome(access.record.refusedCredentials)
    } else if (operation === "save" && answer === false) {
      this.saveRefused(member)
    }
  }

  /** A provider whose save was refused must adopt the stored pair, if that is newer and good. */
  private saveRefused(member: FleetMember): void {
    const record = this.stored?.record
    const value = record && valueOf(record)
    if (
      record !== undefined && record.generation > member.least && value !== undefined && this.isGood(value)
      && !member.rejectedValues.has(value)
    ) {
      member.token = undefined
      member.overtaken = { generation: record.generation, by: this.clock.elapsed + patience }
    }
  }

  // --- requests ------------------------------------------------------------------------------------------------------

  sending(request: Request): FleetFacts["sent"] {
    const provider = this.provider(request.provider)
    const { refusal } = provider
    // Another provider's pair or record ends a refusal.
    if (
      refusal !== undefined
      && (this.received.some(({ order }) => order > refusal.order)
        || this.saved.some(({ by, order }) => order > refusal.order && by !== provider.index))
    ) {
      provider.refusal = undefined
    }
    return {
      model: this,
      provider,
      request,
      received: this.received.filter(({ pair }) => pair.refresh === request.token).at(-1),
      others: [...this.open.values()].filter((other) => !this.isExcused(provider, other)),
      binding: this.bindingOf(provider)
    }
  }

  sent({ provider: member, request }: FleetFacts["sent"]): void {
    const { lease } = member
    member.cooling = undefined
    member.requests += 1
    this.open.set(request, {
      member,
      token: request.token,
      isWithoutLease: lease === undefined,
      since: lease?.renewedAt ?? this.clock.elapsed,
      isMisdated: member.pausedAt === request.startedAt
    })
    if (request.token !== undefined) {
      this.tried.add(request.token)
    }
    member.account = request.account ?? member.account
  }

  /** A paused process cannot learn that its lease has expired, and no process that the store has forgotten it. */
  private isExcused(member: FleetMember, other: Open): boolean {
    const since = member.lease?.renewedAt ?? this.clock.elapsed
    return other.member !== member
      && (member.pausedAt >= since || other.member.pausedAt >= other.since || this.isEmptiedSince(other.since))
  }

  /** The lease that the store has granted. */
  get granted(): { readonly fence: number; readonly until: number } | undefined {
    return this.store?.account.lease
  }

  /**
   * The record that the store had before it granted the lease: the lease holder must have read it. A provider that has counted
   * by itself, without the lease or before the store was emptied, may take another's pair for its own.
   */
  private bindingOf(member: FleetMember): Binding | undefined {
    const { lease } = member
    const { stored } = this
    const last = this.saved.at(-1)
    if (
      lease === undefined || this.granted?.fence !== lease.fence
      || stored === undefined || last === undefined || stored.savedAt >= lease.grantedAt
      || stored.record.generation < member.most || stored.record.generation <= member.ownGeneration
      || last.isWithoutLease || this.isEmptiedSince(member.mostAt)
      // A pair that is saved late, after a reset has cleared the store, has a generation that is known already.
      || this.saved.some(({ generation, value }) => generation === last.generation && value !== last.value)
      || member.lastResetAt >= last.askedAt || member.pausedAt >= lease.grantedAt
    ) {
      return undefined
    }
    const refused = Option.getOrUndefined(stored.record.refusedCredentials)
    const value = valueOf(stored.record)
    const namesakes = this.namesakesOf(value)
    const isDated = namesakes.every(({ isMisdated, order }) => !isMisdated && order >= this.turnedOrder)
    return {
      refused: refused && this.refusedAccounts.get(refused.credentials),
      remembered: this.inForce(refusalsOf(stored.record)).flatMap(({ credentials }) =>
        this.refusedAccounts.get(credentials) ?? []
      ),
      value,
      namesakes: isDated ? namesakes : []
    }
  }

  attempts({ provider: index }: Request): ReadonlyArray<FleetFacts["attempted"]> {
    const member = this.provider(index)
    return [...this.callers].filter((caller) => caller.provider === member).map((caller) => ({
      caller,
      requests: member.requests - caller.start.requests
    }))
  }

  ending(request: Request, outcome: Outcome): FleetFacts["ended"] {
    return { model: this, provider: this.provider(request.provider), request, outcome }
  }

  ended({ outcome, request }: FleetFacts["ended"]): void {
    const member = this.provider(request.provider)
    const open = this.open.get(request)
    this.open.delete(request)
    member.lastEndAt = this.clock.elapsed
    if (outcome._tag === "success") {
      this.order += 1
      const isMisdated = open?.isMisdated === true || request.wallAt > this.clock.wall
      const received = { order: this.order, pair: outcome.pair, sentAt: request.wallAt, isMisdated }
      this.received.push(received)
      member.unread = received
      member.refusal = undefined
    } else if (outcome._tag === "refused" && request.account !== undefined) {
      this.order += 1
      this.refusedOrder = this.order
      // A paused process may never process the answer: its own timeout may come first.
      member.refusal = member.isPaused ? undefined : {
        account: request.account,
        sign: outcome.sign,
        refusedAt: this.clock.wall,
        order: this.order,
        isSaved: false
      }
    }
  }

  // --- callers -------------------------------------------------------------------------------------------------------

  begins(id: number, index: number, kind: "read" | "refresh", isAtomic: boolean): FleetCaller {
    const provider = this.provider(index)
    const isFirst = provider.calls === 0
    // A forced refresh may join a renewal that has brought its pair already, and a first one two of them.
    const own = kind === "read" ? 1 : isFirst ? 3 : 2
    // A renewal that began before a reset ends without a pair.
    const renewals = this.clock.elapsed - provider.lastResetAt < longestRenewal ? own + 1 : own
    const caller: FleetCaller = {
      id,
      provider,
      kind,
      isAtomic,
      startedAt: this.clock.elapsed,
      wallAt: this.clock.wall,
      start: {
        order: this.order,
        least: provider.least,
        stored: this.stored?.record.generation ?? 0,
        isFirst,
        isClosed: provider.phase === "closed",
        requests: provider.requests,
        turns: this.turns,
        disturbances: provider.disturbances,
        rejected: new Set(provider.rejected),
        isServable: this.isServable(provider),
        // The store's last answers take their time.
        longestWait: renewals * (longestRenewal + 3 * patience),
        mostRequests: kind === "read" ? renewals * maxAttempts : Infinity
      },
      isInterrupted: false,
      exit: undefined
    }
    provider.calls += 1
    if (kind === "refresh") {
      provider.lastForcedAt = this.clock.elapsed
    }
    this.callers.add(caller)
    return caller
  }

  firstTurnEnds(caller: FleetCaller): FleetFacts["firstTurn"] {
    const { exit, kind, start } = caller
    return {
      caller,
      isServed: exit !== undefined && Exit.isSuccess(exit),
      servable: kind === "read" && start.isServable ? "none" : undefined
    }
  }

  interrupted(caller: FleetCaller): void {
    caller.isInterrupted = true
  }

  waiting(caller: FleetCaller): FleetFacts["waiting"] {
    return { model: this, caller }
  }

  // --- tokens --------------------------------------------------------------------------------------------------------

  receivedFor(_caller: FleetCaller, token: AccessToken): Received | undefined {
    return this.namesakesOf(Redacted.value(token.value)).at(-1)
  }

  serving(caller: FleetCaller, token: AccessToken, last: Received): FleetFacts["served"] {
    const { isAtomic, provider, start } = caller
    const { wall } = this.clock
    const value = Redacted.value(token.value)
    const namesakes = this.namesakesOf(value)
    // The clock may have been turned between its reading and the request, if the process was paused there.
    const isDated = this.turns === 0 || namesakes.every(({ isMisdated }) => !isMisdated)
    return {
      model: this,
      caller,
      token,
      value,
      last,
      isRejected: provider.rejected.has(token.generation) && (isAtomic || start.rejected.has(token.generation)),
      dates: isDated && (isAtomic || start.turns === this.turns) ? namesakes : [],
      chosenAt: isAtomic ? wall : Math.min(wall, caller.wallAt),
      wall,
      // Another provider may have dated the first token by a clock that was ahead by less than a quarter of a lifetime. A later
      // token is dated by the pair before it.
      ahead: this.received.every(({ order }) => order >= last.order) ? this.terms.accessLifetime / 4 : Infinity,
      terms: this.terms
    }
  }

  served({ caller: { isAtomic, provider: member }, token: { generation }, value }: FleetFacts["served"]): void {
    member.generations.set(generation, value)
    if (generation > member.highest) {
      member.overtaken = undefined
    }
    member.highest = Math.max(member.highest, generation)
    member.least = Math.max(member.least, generation)
    this.counts(member, generation)
    if (isAtomic && (member.token === undefined || generation > member.token.generation)) {
      member.token = { generation, value, isOwn: false, isRejected: false }
    }
  }

  // --- failures ------------------------------------------------------------------------------------------------------

  failing(caller: FleetCaller, failure: TokenError): FleetFacts["failed"] {
    return {
      caller,
      failure,
      nextTryAt: nextTryAtOf(failure),
      isServable: caller.isAtomic && caller.kind === "read" && this.isServable(caller.provider)
    }
  }

  failed({ caller, nextTryAt }: FleetFacts["failed"]): void {
    const { isAtomic, provider, start } = caller
    // Whether the cooldown began before the clock was turned or after cannot be seen.
    if (nextTryAt !== undefined && isAtomic && start.disturbances === provider.disturbances && !this.isTurnedLately) {
      provider.cooling = { since: this.clock.wall, until: nextTryAt }
    }
  }

  // --- numbers -------------------------------------------------------------------------------------------------------

  /** The providers that must adopt a newer pair, and were not read since. */
  get overtaken(): ReadonlyArray<number> {
    return this.providers.filter(({ overtaken }) => overtaken !== undefined).map(({ index }) => index)
  }

  requestsOf(index: number): number {
    return this.provider(index).requests
  }

  instants(index: number): ReadonlyArray<number> {
    const { cooling, token } = this.provider(index)
    const instants = this.instantsOf(this.namesakesOf(token?.value).at(-1) ?? this.received.at(-1))
    return cooling === undefined ? instants : [...instants, cooling.until]
  }

  // --- inferences ----------------------------------------------------------------------------------------------------

  /** Whether it is known to hold a good token, and to have read nothing in the store that is newer and not good. */
  isServable({ phase, rejectedValues, resetting, token, unread }: FleetMember): boolean {
    return phase === "open" && token !== undefined && !token.isRejected && unread === undefined
      && resetting === undefined && this.isGood(token.value)
      && this.saved.every(({ generation, value }) =>
        generation <= token.generation
        || (value !== undefined && !rejectedValues.has(value) && this.isGood(value))
      )
  }

  /** Whether a token is good by every answer that brought it. */
  private isGood(value: string): boolean {
    const { wall } = this.clock
    return this.namesakesOf(value).every((each) =>
      !each.isMisdated && each.order > this.turnedOrder && each.sentAt <= wall && wall < this.endOf(each)
    )
  }

  /** Whether the clock was turned while a present renewal may have been under way. */
  get isTurnedLately(): boolean {
    return this.clock.elapsed - this.turnedAt < renewalSpan
  }

  isEmptiedSince(instant: number): boolean {
    return (this.store?.account.emptiedAt ?? -Infinity) >= instant
  }

  private namesakesOf(value: string | undefined): ReadonlyArray<Received> {
    return this.received.filter(({ pair }) => pair.access === value)
  }

  private get stored() {
    return this.store?.account.stored
  }

  private counts(member: FleetMember, generation: number): void {
    if (generation > member.most) {
      member.most = generation
      member.mostAt = this.clock.elapsed
    }
  }
}

const refusalsOf = ({ earlierRefusals, refusedCredentials }: TokenRecord): ReadonlyArray<RefusedCredentials> => [
  ...Option.toArray(refusedCredentials),
  ...earlierRefusals
]

export const valueOf = (record: TokenRecord): string | undefined =>
  Option.getOrUndefined(Option.map(record.pair, ({ accessToken }) => Redacted.value(accessToken.value)))
