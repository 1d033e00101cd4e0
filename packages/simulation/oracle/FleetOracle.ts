import type { TokenError } from "@jindouyun/core/JindouyunError"
import type { AccessToken } from "@jindouyun/core/Token"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Account, Outcome, Pair, Request } from "../world/Platform.js"
import { type Access, type Onlooker, patience, type RemoteStore } from "../world/RemoteStore.js"
import type { VirtualClock } from "../world/VirtualClock.js"
import {
  BaseOracle,
  type CallObserver,
  describe,
  describeOutcome,
  isEqual,
  isRefusal,
  longestRenewal,
  maxAttempts,
  minRequestInterval,
  nextTryAtOf,
  renewal,
  requestTimeout,
  type Terms
} from "./BaseOracle.js"

/** A pair that the platform has answered with. */
interface Arrival {
  readonly order: number
  readonly pair: Pair
  readonly sentAt: number
  /**
   * Whether it may be dated in another way than by its request: its provider was paused with that in its hands, or the
   * clock was turned back before the answer, so that others take it for one from the future.
   */
  readonly isMisdated: boolean
}

/** A record that the store has had, and that others may have taken up. */
interface Saved {
  readonly order: number
  readonly generation: number
  readonly value: string | undefined
  readonly by: number
  readonly askedAt: number
  /** Whether it was saved without a lease. */
  readonly isAlone: boolean
}

/** What a provider knows of its lease. */
interface Held {
  readonly fence: number
  readonly givenAt: number
  /** When the store last started its time anew, as far as the provider was told. */
  renewedAt: number
  isLost: boolean
}

/** A request that is in flight, and what it was begun with. */
interface Open {
  readonly member: Member
  readonly token: string | undefined
  readonly isAlone: boolean
  /** Since when it has been known to have the lease. */
  readonly since: number
}

/** A provider of the fleet, as far as it can be seen. */
class Member {
  phase: "open" | "closing" | "closed" | "killed" = "open"
  isPaused = false
  /** When it was last paused, or went on. */
  pausedAt = -Infinity
  lease: Held | undefined
  /** When an operation of its own on the store failed last. */
  troubledAt = -Infinity
  /** Whether the last that went wrong with the store is that its lease was another's. */
  isOvertaken = false
  /** The record it has asked the store to save under its lease, and has not been answered about. */
  saving: Access | undefined
  /** The last token that it is known to hold: its own, or one it has handed out. */
  token:
    | {
      readonly generation: number
      readonly value: string
      /** Whether it is known to have brought it itself. */
      readonly isOwn: boolean
      isRejected: boolean
    }
    | undefined
  /** It has counted up to this generation at least, and at most to that. */
  least = 0
  most = 0
  mostAt = -Infinity
  /** The last that it has given to a pair without the lease: another may have given it to another pair. */
  alone = 0
  /** The highest that it has handed out. */
  handed = 0
  readonly generations = new Map<number, string>()
  readonly rejected = new Set<number>()
  readonly rejectedValues = new Set<string>()
  /** An answer that it may not have read. */
  unread: Arrival | undefined
  /** Its save was refused for a record of this generation, which it is to go over to by then. */
  overtaken: { readonly generation: number; readonly by: number } | undefined
  refused: { readonly account: Account; readonly order: number; isSaved: boolean } | undefined
  cooling: { readonly since: number; readonly until: number } | undefined
  /** What had arrived before its last reset, and when the store forgot it. */
  forgotten: { readonly order: number; readonly savedOrder: number } | undefined
  resetting: { readonly order: number; savedOrder: number | undefined } | undefined
  lastResetAt = -Infinity
  rejectedAt = -Infinity
  lastForcedAt = -Infinity
  lastEndAt = -Infinity
  requests = 0
  calls = 0
  disturbances = 0
  readonly index: number

  constructor(index: number) {
    this.index = index
  }
}

interface Caller {
  readonly id: number
  readonly member: Member
  readonly kind: "read" | "refresh"
  readonly isAtomic: boolean
  readonly startedAt: number
  readonly wallAt: number
  readonly start: {
    readonly order: number
    readonly least: number
    /** The generation that the store had. */
    readonly stored: number
    readonly isFirst: boolean
    readonly isClosed: boolean
    readonly requests: number
    readonly turns: number
    readonly disturbances: number
    readonly isRejected: ReadonlySet<number>
    readonly isServable: boolean
  }
  isInterrupted: boolean
  exit: Exit.Exit<AccessToken, TokenError> | undefined
}

/**
 * The guarantees for a fleet over a store that takes time, fails and forgets. Of the providers it knows what can be seen from
 * outside, as ever; of the store it knows everything, for that is the simulation's own.
 *
 * It is no substitute for the oracle of those who have no such store: what a renewal does by itself (retries, doubts,
 * cooldowns, early refreshes) is checked there. It lets pass whatever may have come from a provider that was paused
 * between its lease and its request, from a store that was emptied under a lease, and, where an acquisition may be made
 * without the store, from an acquisition of somebody who could not use it.
 */
export class FleetOracle extends BaseOracle implements Onlooker {
  private readonly clock: VirtualClock
  private readonly terms: Terms
  private readonly members: Array<Member> = []
  private readonly callers = new Set<Caller>()
  private readonly arrivals: Array<Arrival> = []
  private readonly saved: Array<Saved> = []
  private readonly open = new Map<Request, Open>()
  private readonly tried = new Set<string>()
  /** Whose acquisition a refusedCredentials in a record is of. */
  private readonly credentialsRefused = new Map<string, Account>()
  private store: RemoteStore | undefined
  private order = 0
  private turns = 0
  private turnedOrder = 0
  private turnedAt = -Infinity
  private refusedOrder = -1

  constructor(clock: VirtualClock, terms: Terms, isTraced: boolean) {
    super(isTraced)
    this.clock = clock
    this.terms = terms
  }

  /** What a store has to do with it is a matter of time. */
  override note(line: () => string): void {
    super.note(() => `${line()} (at ${Math.round(this.clock.elapsed)} ms)`)
  }

  sees(store: RemoteStore): void {
    this.store = store
  }

  // --- what happens in the world -----------------------------------------------------------------------------------

  opened(): number {
    this.members.push(new Member(this.members.length))
    return this.members.length - 1
  }

  closing(provider: number): void {
    const member = this.member(provider)
    member.phase = "closing"
    member.disturbances += 1
  }

  closed(provider: number): void {
    this.member(provider).phase = "closed"
    this.require(this.openOf(provider) === undefined, 5, "no request outlives the layer")
  }

  /** It was paused, or goes on. */
  signalled(provider: number, isPaused: boolean): void {
    const member = this.member(provider)
    member.isPaused = isPaused
    member.isOvertaken = false
    member.pausedAt = this.clock.elapsed
    member.disturbances += 1
  }

  killed(provider: number): void {
    const member = this.member(provider)
    member.phase = "killed"
    for (const caller of this.callers) {
      if (caller.member === member) {
        this.callers.delete(caller)
      }
    }
  }

  emptied(): void {
    this.order += 1
  }

  turned(): void {
    this.turns += 1
    this.order += 1
    this.turnedOrder = this.order
    this.turnedAt = this.clock.elapsed
    for (const member of this.members) {
      member.disturbances += 1
      member.cooling = undefined
      member.overtaken = undefined
    }
  }

  credentialsChanged(): void {
    // They are compared when they are sent.
  }

  credentialsRead(): void {
    // Who goes on alone reads them at the same time as others.
  }

  invalidated(provider: number, token: AccessToken): void {
    const member = this.member(provider)
    member.disturbances += 1
    member.rejectedAt = this.clock.elapsed
    member.rejected.add(token.generation)
    member.rejectedValues.add(Redacted.value(token.value))
    if (member.token?.generation === token.generation) {
      member.token.isRejected = true
    }
  }

  resetBegins(provider: number): void {
    const member = this.member(provider)
    member.disturbances += 1
    member.token = undefined
    member.refused = undefined
    member.cooling = undefined
    member.overtaken = undefined
    member.lastResetAt = this.clock.elapsed
    // What it has not read yet comes after the reset. Of two resets at once, which saves which is not to be seen.
    member.resetting = member.unread === undefined && member.resetting === undefined
      ? { order: this.order, savedOrder: undefined }
      : undefined
    member.forgotten = undefined
  }

  resetEnds(provider: number, isDone: boolean): void {
    const member = this.member(provider)
    member.disturbances += 1
    member.token = undefined
    member.refused = undefined
    member.lastResetAt = this.clock.elapsed
    const { resetting } = member
    if (isDone && resetting?.savedOrder !== undefined) {
      member.forgotten = { order: resetting.order, savedOrder: resetting.savedOrder }
    }
    member.resetting = undefined
  }

  settled(): void {
    for (const member of this.members) {
      if (!member.isPaused) {
        member.unread = undefined
      }
    }
    for (const caller of this.callers) {
      if (caller.member.isPaused) {
        continue
      }
      this.checkWait(caller)
      // Guarantee 6: what has arrived is served at once, whatever the store has still to be told. Who comes after the first
      // pair of a forced renewal has been rejected waits for its end, and what the store has brought is looked at twice.
      const { isAtomic, kind, member } = caller
      const { elapsed } = this.clock
      if (
        kind === "read" && isAtomic && member.token?.isOwn === true
        && Math.max(elapsed - member.rejectedAt, elapsed - member.lastForcedAt) > 2 * renewal
      ) {
        this.require(!this.isServable(member), 6, "a pair that has arrived is served")
      }
    }
  }

  // --- the store ---------------------------------------------------------------------------------------------------

  asked(access: Access): void {
    const member = this.member(access.provider)
    this.note(() => `    ${describeAccess(access)} …`)
    const { fence, operation, record } = access
    if (operation === "acquire") {
      // A renewal ends with its lease, and a provider has one renewal at a time.
      this.require(member.lease === undefined, 1, "a lease is given back")
    } else if (operation === "release") {
      this.require(member.saving === undefined, 6, "a pair is saved before its lease is given back")
      member.lease = undefined
    } else if (operation === "save" && record !== undefined) {
      const value = valueOf(record)
      this.counts(member, record.generation)
      member.saving = access
      // Guarantee 1: who has the lease saves under it, so that it can be fenced off.
      this.require(fence === member.lease?.fence, 1, "a pair is saved under its lease")
      member.least = Math.max(member.least, record.generation)
      if (fence === undefined) {
        member.alone = record.generation
      }
      member.token = value === undefined
        ? undefined
        : {
          generation: record.generation,
          value,
          // With a refusedCredentials it is the one that it had before.
          isOwn: Option.isNone(record.refusedCredentials),
          isRejected: member.rejected.has(record.generation)
        }
      member.unread = undefined
      const [refusedCredentials] = Option.toArray(record.refusedCredentials)
      if (refusedCredentials !== undefined && member.refused !== undefined) {
        this.credentialsRefused.set(refusedCredentials.credentials, member.refused.account)
      }
    }
  }

  acted(access: Access, isDone: boolean): void {
    const member = this.member(access.provider)
    const { operation, record } = access
    this.note(() => `    ${describeAccess(access)} ${isDone ? "✓" : "✗"}`)
    if (operation === "load") {
      const { generation = 0, refusedCredentials = Option.none() } = this.store?.account.stored?.record ?? {}
      // A record of a later generation takes its own refusedCredentials away, though it may be an older one. So does a refusedCredentials, where
      // its own has not come to the store.
      if (generation > member.least || (Option.isSome(refusedCredentials) && member.refused?.isSaved === false)) {
        member.refused = undefined
      }
      this.counts(member, generation)
    }
    if (operation === "clear" && isDone) {
      this.order += 1
      this.saved.push({
        order: this.order,
        generation: 0,
        value: undefined,
        by: access.provider,
        askedAt: access.askedAt,
        isAlone: true
      })
      if (member.resetting !== undefined) {
        member.resetting.savedOrder = this.order
      }
    }
    if (operation !== "save" || record === undefined) {
      return
    }
    this.order += 1
    if (isDone) {
      this.saved.push({
        order: this.order,
        generation: record.generation,
        value: valueOf(record),
        by: access.provider,
        askedAt: access.askedAt,
        isAlone: access.fence === undefined
      })
    }
  }

  answered(access: Access): void {
    const member = this.member(access.provider)
    const { actedAt = 0, answer, fence, operation } = access
    this.note(() => `    ${describeAccess(access)} → ${String(answer)}`)
    if (member.saving === access) {
      member.saving = undefined
    }
    if (answer === "failed") {
      member.troubledAt = this.clock.elapsed
      member.isOvertaken = false
      member.overtaken = undefined
    }
    if (operation === "acquire" && answer === true && fence !== undefined) {
      member.lease = { fence, givenAt: actedAt, renewedAt: actedAt, isLost: false }
    } else if (operation === "renew" && member.lease?.fence === fence && member.lease !== undefined) {
      member.lease.isLost = answer !== true
      member.isOvertaken ||= answer === false
      member.lease.renewedAt = actedAt
    } else if (operation === "save" && answer === true && member.refused !== undefined) {
      member.refused.isSaved ||= access.record !== undefined && Option.isSome(access.record.refusedCredentials)
    } else if (operation === "save" && answer === false) {
      const stored = this.store?.account.stored?.record
      const value = stored === undefined ? undefined : valueOf(stored)
      if (
        stored !== undefined && stored.generation > member.least && value !== undefined && this.isGood(value)
        && !member.rejectedValues.has(value)
      ) {
        member.token = undefined
        member.overtaken = { generation: stored.generation, by: this.clock.elapsed + patience }
      }
    }
  }

  // --- requests ----------------------------------------------------------------------------------------------------

  sent(request: Request): void {
    const member = this.member(request.provider)
    const { elapsed, wall } = this.clock
    this.note(() => `  → ${describe(request)}`)
    this.require(member.phase === "open" || member.phase === "closing", 5, "no request after the layer has closed")
    this.require(elapsed - member.lastEndAt > minRequestInterval - 1, 10, "a floor between any two requests")
    const { cooling } = member
    if (cooling !== undefined && cooling.since <= wall) {
      this.require(wall >= cooling.until, 10, "no request before nextTryAt")
    }
    member.cooling = undefined
    const { lease } = member
    const isAlone = lease === undefined
    if (lease === undefined) {
      this.checkAlone(member, request)
    } else {
      this.checkLease(member, lease)
    }
    const since = lease?.renewedAt ?? elapsed
    for (const other of this.open.values()) {
      // Guarantee 1. Who is paused cannot know that its lease has lapsed, and nobody that a store has forgotten it.
      const isExcused = other.member !== member
        && (member.pausedAt >= since || other.member.pausedAt >= other.since || this.isEmptiedSince(other.since))
      this.require(isExcused || isAlone || other.isAlone, 1, "one request in flight")
      this.require(
        isExcused || request.token === undefined || request.token !== other.token,
        1,
        "one request with a refresh token"
      )
    }
    if (lease !== undefined && this.store?.account.lease?.fence === lease.fence) {
      this.checkStored(member, lease, request)
    }
    this.checkRefused(member, request)
    this.open.set(request, { member, token: request.token, isAlone, since })
    if (request.token !== undefined) {
      this.tried.add(request.token)
      this.require(
        this.arrivals.some(({ pair }) => pair.refresh === request.token),
        6,
        "a refresh token that had arrived"
      )
    }
    member.requests += 1
    for (const caller of this.callers) {
      if (caller.member === member && caller.kind === "read" && caller.start.disturbances === member.disturbances) {
        this.require(
          member.requests - caller.start.requests <= maxAttempts,
          10,
          "at most four requests a renewal"
        )
      }
    }
  }

  ended(request: Request, outcome: Outcome): void {
    const member = this.member(request.provider)
    this.note(() => `  ← ${describe(request)}: ${describeOutcome(outcome)}`)
    this.open.delete(request)
    member.lastEndAt = this.clock.elapsed
    this.require(
      member.isPaused || member.pausedAt >= request.startedAt
        || this.clock.elapsed - request.startedAt <= requestTimeout + 1,
      10,
      "a request is given up in time"
    )
    if (outcome._tag === "success") {
      this.order += 1
      const isMisdated = member.pausedAt === request.startedAt || request.wallAt > this.clock.wall
      const arrival = { order: this.order, pair: outcome.pair, sentAt: request.wallAt, isMisdated }
      this.arrivals.push(arrival)
      member.unread = arrival
      member.refused = undefined
    } else if (outcome._tag === "refused" && request.account !== undefined) {
      this.order += 1
      this.refusedOrder = this.order
      // Who is paused may never read it: its own time may be up by then.
      member.refused = member.isPaused ? undefined : { account: request.account, order: this.order, isSaved: false }
    }
  }

  /** Without the lease: an acquisition, where that may be and the store cannot be used, of who cannot be served. */
  private checkAlone(member: Member, { token }: Request): void {
    this.require(token === undefined, 1, "a refresh token is used under the lease only")
    this.require(this.terms.acquireWithoutStore, 1, "nothing is sent without the store")
    this.require(
      this.clock.elapsed - member.troubledAt < renewal + patience || member.pausedAt >= member.troubledAt,
      1,
      "an acquisition goes on alone only where the store cannot be used"
    )
    // Who has lost its lease has lost it to somebody.
    this.require(!member.isOvertaken, 1, "an acquisition goes on alone only where the store cannot be used")
    this.require(!this.isServable(member), 7, "no acquisition while a token can be served")
  }

  /** The lease is that of who sends, and lasts as long as a request may. */
  private checkLease(member: Member, lease: Held): void {
    this.require(!lease.isLost, 1, "a renewal ends with its lease")
    if (member.pausedAt < lease.renewedAt && !this.isEmptiedSince(lease.renewedAt)) {
      const given = this.store?.account.lease
      this.require(
        given?.fence === lease.fence && given.until - this.clock.elapsed >= requestTimeout - 1,
        1,
        "a lease outlasts the request it is for"
      )
    }
  }

  /**
   * Under its lease nobody goes against what the store had before: it was to be looked at. Who has counted by itself,
   * alone or before the store was emptied, may take the pair of another for its own.
   */
  private checkStored(member: Member, lease: Held, { account, token }: Request): void {
    const stored = this.store?.account.stored
    const last = this.saved.at(-1)
    if (
      stored === undefined || last === undefined || stored.savedAt >= lease.givenAt
      || stored.record.generation < member.most || stored.record.generation <= member.alone
      || last.isAlone || this.isEmptiedSince(member.mostAt)
      // A pair that comes late to the store, after a reset has forgotten it there, is of a generation that is known.
      || this.saved.some(({ generation, value }) => generation === last.generation && value !== last.value)
      || member.lastResetAt >= last.askedAt || member.pausedAt >= lease.givenAt
    ) {
      return
    }
    const [refusedCredentials] = Option.toArray(stored.record.refusedCredentials)
    const refused = refusedCredentials === undefined
      ? undefined
      : this.credentialsRefused.get(refusedCredentials.credentials)
    if (refused !== undefined) {
      this.require(account !== undefined, 9, "no refresh while an acquisition is credentialsRefused")
      this.require(account === undefined || !isEqual(account, refused), 9, "a refused acquisition is not sent again")
    }
    const value = valueOf(stored.record)
    const namesakes = this.arrivals.filter(({ pair }) => pair.access === value)
    const arrival = namesakes.at(-1)
    if (
      arrival === undefined || namesakes.some(({ isMisdated, order }) => isMisdated || order < this.turnedOrder)
    ) {
      return
    }
    const { wall } = this.clock
    // Who was paused may have been forced long ago.
    const isForced = this.clock.elapsed - Math.max(member.lastForcedAt, member.pausedAt) < 2 * renewal
    const isRejected = value !== undefined && member.rejectedValues.has(value)
    if (!isForced && !isRejected) {
      const isDue = namesakes.some(({ sentAt }) =>
        wall < sentAt || wall >= sentAt + this.terms.accessLifetime - this.terms.early
      )
      this.require(isDue, 6, "a pair that is stored is used")
    }
    if (account !== undefined && token === undefined && this.refusedOrder < arrival.order) {
      const isOver = namesakes.some(({ sentAt }) => wall + renewal >= sentAt + this.terms.refreshLifetime)
      this.require(isOver || this.tried.has(arrival.pair.refresh), 7, "no acquisition before a refresh was tried")
    }
  }

  /** Guarantee 9, of who was refused itself; another's record takes the refusedCredentials away. */
  private checkRefused(member: Member, { account }: Request): void {
    const { refused } = member
    if (refused === undefined) {
      return
    }
    if (
      this.arrivals.some(({ order }) => order > refused.order)
      || this.saved.some(({ by, order }) => order > refused.order && by !== member.index)
    ) {
      member.refused = undefined
    } else {
      this.require(
        account === undefined || !isEqual(account, refused.account),
        9,
        "a refused acquisition is not sent again"
      )
    }
  }

  // --- callers -----------------------------------------------------------------------------------------------------

  begins(id: number, provider: number, kind: Caller["kind"], isAtomic: boolean): CallObserver {
    const member = this.member(provider)
    const caller: Caller = {
      id,
      member,
      kind,
      isAtomic,
      startedAt: this.clock.elapsed,
      wallAt: this.clock.wall,
      start: {
        order: this.order,
        least: member.least,
        stored: this.store?.account.stored?.record.generation ?? 0,
        isFirst: member.calls === 0,
        isClosed: member.phase === "closed",
        requests: member.requests,
        turns: this.turns,
        disturbances: member.disturbances,
        isRejected: new Set(member.rejected),
        isServable: this.isServable(member)
      },
      isInterrupted: false,
      exit: undefined
    }
    member.calls += 1
    if (kind === "refresh") {
      member.lastForcedAt = this.clock.elapsed
    }
    this.callers.add(caller)
    return {
      firstTurnEnds: () => this.firstTurnEnds(caller),
      interrupted: () => {
        caller.isInterrupted = true
      },
      ends: (exit) => this.ends(caller, exit)
    }
  }

  private firstTurnEnds({ exit, kind, start }: Caller): void {
    if (start.isClosed) {
      this.require(exit !== undefined, 5, "a closed provider fails at once")
    }
    // Guarantee 3: also while the store is down, hangs, or has forgotten everything.
    if (kind === "read" && start.isServable) {
      this.require(exit !== undefined && Exit.isSuccess(exit), 3, "a caller that can be served is served at once")
    }
  }

  private ends(caller: Caller, exit: Exit.Exit<AccessToken, TokenError>): void {
    const { member } = caller
    caller.exit = exit
    this.callers.delete(caller)
    this.checkWait(caller)
    const outcome = this.outcomeOf(caller, member.index, exit)
    if (outcome !== undefined) {
      Either.match(outcome, {
        onLeft: (failure) => this.checkFailure(member, caller, failure),
        onRight: (token) => this.checkToken(member, caller, token)
      })
    }
  }

  private checkToken(member: Member, caller: Caller, token: AccessToken): void {
    const { isAtomic, kind, start } = caller
    const { generation } = token
    const value = Redacted.value(token.value)
    const namesakes = this.arrivals.filter(({ pair }) => pair.access === value)
    const last = namesakes.at(-1)
    if (last === undefined) {
      this.require(false, 2, "a token that was issued and has arrived")
      return
    }
    this.require(
      !member.rejected.has(generation) || (!isAtomic && !start.isRejected.has(generation)),
      2,
      "no token that was rejected"
    )
    // Between the reading of a clock and the request it may have been turned, where a provider was paused in between.
    const isDated = this.turns === 0 || namesakes.every(({ isMisdated }) => !isMisdated)
    if (isDated && (isAtomic || start.turns === this.turns)) {
      const { wall } = this.clock
      const moment = isAtomic ? wall : Math.min(wall, caller.wallAt)
      const end = ({ sentAt }: Arrival) => sentAt + this.terms.accessLifetime - this.terms.margin
      this.require(namesakes.some((each) => moment < end(each)), 2, "no token past its margin")
      // Another may have dated it by a clock that was ahead by less than a quarter of a life.
      this.require(
        namesakes.some(({ sentAt }) => wall >= sentAt - this.terms.accessLifetime / 4),
        12,
        "no token from the future"
      )
    }
    const namesake = member.generations.get(generation)
    this.require(namesake === undefined || namesake === value, 4, "a generation names one token")
    member.generations.set(generation, value)
    if (isAtomic) {
      this.require(generation >= member.handed, 6, "what has arrived is not forgotten for what came before it")
      const { forgotten, overtaken } = member
      // Guarantee 1: who comes late with its pair goes over to that of who was given the lease after it.
      this.require(
        overtaken === undefined || this.clock.elapsed <= overtaken.by || generation >= overtaken.generation,
        1,
        "who is fenced off goes over to the newer pair"
      )
      // Guarantee 9: unless somebody has brought it back, it stays forgotten.
      if (forgotten !== undefined && caller.start.order >= forgotten.savedOrder) {
        this.require(
          last.order > forgotten.order
            || this.saved.some((each) => each.value === value && each.order > forgotten.savedOrder),
          9,
          "a store forgets too"
        )
      }
    }
    if (kind === "refresh") {
      // Guarantee 7: a forced refresh brings what comes after it; not what was there, and not what a store had all the time.
      this.require(generation > start.least, 7, "a forced refresh brings another pair")
      // Where the store could not say what it had, whatever it brings later may be that.
      const wasTold = Math.max(member.troubledAt, member.pausedAt) < caller.startedAt
        && !this.isEmptiedSince(caller.startedAt)
      this.require(
        !start.isFirst || !wasTold || generation > start.stored,
        7,
        "a forced refresh brings another pair"
      )
    }
    if (generation > member.handed) {
      member.overtaken = undefined
    }
    member.handed = Math.max(member.handed, generation)
    member.least = Math.max(member.least, generation)
    this.counts(member, generation)
    if (isAtomic && (member.token === undefined || generation > member.token.generation)) {
      member.token = { generation, value, isOwn: false, isRejected: false }
    }
  }

  private checkFailure(member: Member, caller: Caller, failure: TokenError): void {
    const { wall } = this.clock
    if (failure._tag === "ProviderClosed") {
      this.require(member.phase !== "open", 5, "an open provider is not closed")
      return
    }
    this.require(!caller.start.isClosed, 5, "a closed provider says so")
    if (caller.isAtomic && caller.kind === "read") {
      this.require(!this.isServable(member), 3, "a failed refresh stops nobody who can be served")
    }
    const nextTryAt = Option.getOrUndefined(nextTryAtOf(failure))
    this.require(nextTryAt !== undefined || isRefusal(failure), 10, "a passing failure says when to try again")
    // Whether the cooldown began before the clock was turned or after is not to be seen.
    const isTurnedLately = this.clock.elapsed - this.turnedAt < renewal
    if (
      nextTryAt !== undefined && caller.isAtomic && caller.start.disturbances === member.disturbances && !isTurnedLately
    ) {
      member.cooling = { since: wall, until: nextTryAt }
    }
  }

  /** Guarantee 10: nobody waits longer than a renewal lasts, and the store's answers to its last questions take. */
  private checkWait(caller: Caller): void {
    const { kind, member, start, startedAt } = caller
    if (start.disturbances === member.disturbances) {
      // What is forced may have joined a renewal that had brought its pair before, and a first one two of them.
      const renewals = kind === "read" ? 1 : start.isFirst ? 3 : 2
      this.require(
        this.clock.elapsed - startedAt <= renewals * (longestRenewal + 3 * patience),
        10,
        "the deadline of a renewal"
      )
    }
  }

  // --- at the end --------------------------------------------------------------------------------------------------

  checkAnswered(): void {
    this.require(this.callers.size === 0, 10, "every caller is answered")
  }

  /** Who is to have gone over to a newer pair, and has not been asked for it since. */
  get overtaken(): ReadonlyArray<number> {
    return this.members.filter(({ overtaken }) => overtaken !== undefined).map(({ index }) => index)
  }

  requestsOf(provider: number): number {
    return this.member(provider).requests
  }

  instants(provider: number): ReadonlyArray<number> {
    const { cooling, token } = this.member(provider)
    const arrival = this.arrivals.filter(({ pair }) => pair.access === token?.value).at(-1) ?? this.arrivals.at(-1)
    const ends = arrival === undefined ? [] : [
      arrival.sentAt + this.terms.accessLifetime - this.terms.early,
      arrival.sentAt + this.terms.accessLifetime - this.terms.margin,
      arrival.sentAt + this.terms.accessLifetime,
      arrival.sentAt + this.terms.refreshLifetime
    ]
    return cooling === undefined ? ends : [...ends, cooling.until]
  }

  // --- knowledge ---------------------------------------------------------------------------------------------------

  /** Whether it is known to hold a good token, and to have met nothing in the store that is newer and is not good. */
  private isServable(member: Member): boolean {
    const { token } = member
    return member.phase === "open" && token !== undefined && !token.isRejected && member.unread === undefined
      && member.resetting === undefined && this.isGood(token.value)
      && this.saved.every(({ generation, value }) =>
        generation <= token.generation
        || (value !== undefined && !member.rejectedValues.has(value) && this.isGood(value))
      )
  }

  /** Whether a token is good by every time at which it has arrived. */
  private isGood(value: string): boolean {
    const { wall } = this.clock
    return this.arrivals.every(({ isMisdated, order, pair, sentAt }) =>
      pair.access !== value
      || (!isMisdated && order > this.turnedOrder && sentAt <= wall &&
        wall < sentAt + this.terms.accessLifetime - this.terms.margin)
    )
  }

  private counts(member: Member, generation: number): void {
    if (generation > member.most) {
      member.most = generation
      member.mostAt = this.clock.elapsed
    }
  }

  private isEmptiedSince(instant: number): boolean {
    return (this.store?.account.emptiedAt ?? -Infinity) >= instant
  }

  private openOf(provider: number): Open | undefined {
    return [...this.open.values()].find(({ member }) => member.index === provider)
  }

  private member(provider: number): Member {
    const member = this.members[provider]
    if (member === undefined) {
      throw new Error(`no provider ${provider}`)
    }
    return member
  }
}

const valueOf = (record: NonNullable<Access["record"]>): string | undefined =>
  Option.getOrUndefined(Option.map(record.pair, ({ accessToken }) => Redacted.value(accessToken.value)))

const describeAccess = ({ fence, operation, provider, record }: Access): string =>
  `${operation} of provider ${provider}${fence === undefined ? "" : `, lease ${fence}`}${
    record === undefined ?
      "" :
      `, generation ${record.generation}: ${valueOf(record) ?? "no pair"}${
        Option.isSome(record.refusedCredentials) ? " and a refusedCredentials" : ""
      }`
  }`
