import type { TokenError } from "@jindouyun/core/JindouyunError"
import type { AccessToken } from "@jindouyun/core/Token"
import * as Cause from "effect/Cause"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Account, Outcome, Pair, Request } from "../world/Platform.js"
import type { VirtualClock } from "../world/VirtualClock.js"
import {
  BaseOracle,
  type CallObserver,
  describe,
  describeOutcome,
  isEqual,
  isRefusal,
  leaseWait,
  longestRenewal,
  maxAttempts,
  minRequestInterval,
  nextTryAtOf,
  renewal,
  renewalTimeout,
  requestTimeout,
  signOf,
  type Terms
} from "./BaseOracle.js"

/** The defaults of the design. */
const maxRefreshes = 2
const maxCooldown = 300_000
const maxRetryAfter = 3_600_000
const firstBackoff = 200
/** Of the `Retry-After` of the simulation, the longest that fits into a renewal, and the longest pause without one. */
const longestPause = 7000 + minRequestInterval + 1
const maxBackoff = 5000

interface Arrival {
  readonly order: number
  readonly pair: Pair
  readonly sentAt: number
  readonly brings: "newValue" | "rejectedValue" | "unsure"
  /** Whether the clock was turned back before it arrived, so that it seems to come from the future. */
  readonly isAhead: boolean
  /** Whether a reset may have raised the fence of its lease, so that the store refused it. */
  readonly mayBeUnsaved: boolean
  isServed: boolean
  /** When it arrived, if it could not be served then: the renewal goes on. */
  uselessAt: number
}

/** What a provider is known to hold, and what it has come to know about it. */
interface Held {
  readonly arrival: Arrival
  generation: number | undefined
  access: "live" | "rejected" | "unsure"
  /** Whether its refresh token has been sent. */
  isTried: boolean
  isRefused: boolean
  isDoubtful: boolean
  /** After an answer of which the guarantees do not say whether it leaves doubt. */
  isSuspect: boolean
  /** Taken from a store when it seemed to come from the future: it may be believed to be older than it is. */
  isDatedAhead: boolean
  /** What has happened since it was last handed out, to say which guarantee is broken when it no longer is. */
  since: { failed: boolean; invalidatedOlder: boolean; turned: boolean; interrupted: boolean }
}

interface RefusedCredentials {
  readonly account: Account
  readonly sign: number
  /** What had arrived before it; the next pair that a provider takes up takes the refusedCredentials away. */
  readonly order: number
}

/** What providers share that share a store; a provider without a store has one of its own. */
interface Scope {
  last: Arrival | undefined
  arrivals: Array<Arrival>
  refusedCredentials: RefusedCredentials | undefined
  /** The last refusedCredentials, which a store keeps until a pair arrives. */
  remembered: RefusedCredentials | undefined
  /** The refusedCredentials that a reset is about to make the store forget: who looks before it has, finds it there. */
  fading: RefusedCredentials | undefined
  hasRefused: boolean
  inFlight: Request | undefined
}

interface Cooling {
  readonly since: number
  readonly until: number
  readonly sign: string
}

class Ledger {
  phase: "open" | "closing" | "closed" = "open"
  held: Held | undefined
  pending: Arrival | undefined
  cooling: Cooling | undefined
  refusedCredentials: RefusedCredentials | undefined
  /** A refusedCredentials it may have read in the store, and the one before it, which it may have kept. */
  heard: RefusedCredentials | undefined
  heardBefore: RefusedCredentials | undefined
  mustAcquire: string | undefined
  readonly rejectedValues = new Set<string>()
  /** Values of which it is not known whether they were rejected. */
  readonly doubtedValues = new Set<string>()
  readonly generations = new Map<number, string>()
  readonly recent: Array<Request> = []
  readonly starts: Array<number> = []
  requests = 0
  refreshes = 0
  disturbances = 0
  /** By when a renewal is to be under way that a read in the early window asked for. */
  renewsBy = Infinity
  /** The end of a cooldown that a reset ended, until a renewal has begun since: its own may end at the same instant. */
  forgottenUntil: number | undefined
  /** The end of the last cooldown that a caller told of. */
  cooledUntil = -Infinity
  resets = 0
  resetOrder = 0
  /** What had arrived before its last reset and cannot come back from the store. */
  forgottenOrder = 0
  failures = 0
  /** Since the last success, renewals that failed at the most. */
  setbacks = 0
  /** When the last renewal that is counted had its first. */
  setBackAt = -Infinity
  credentialReads = 0
  notBefore = 0
  mostRetryAfter = 0
  lastEndAt = -Infinity
  lastReadAt = -Infinity
  lastForcedAt = -Infinity
  lastResetAt = -Infinity
  joint: { readonly at: number; readonly disturbances: number; readonly sign: string } | undefined
  readonly index: number
  readonly scope: Scope

  constructor(index: number, scope: Scope) {
    this.index = index
    this.scope = scope
  }
}

/** What an atomic read that starts now is to meet. */
interface Expectation {
  readonly servable: boolean
  readonly due: boolean
  readonly cooling: Cooling | undefined
}

interface Caller {
  readonly id: number
  readonly provider: number
  readonly kind: "read" | "refresh"
  /** Whether it runs from each wake to the next wait without giving way: it is then checked by what is true right now. */
  readonly isAtomic: boolean
  readonly startedAt: number
  readonly wallAt: number
  readonly start: {
    readonly requests: number
    readonly refreshes: number
    readonly disturbances: number
    readonly heldOrder: number
    /** What had arrived before it, anywhere. */
    readonly order: number
    readonly stored: Arrival | undefined
    /** Whether nobody had asked its provider for anything before. */
    readonly isFirst: boolean
    /** How many renewals in a row it may wait for. */
    readonly renewals: 1 | 2
    readonly forgottenOrder: number
    readonly isClosed: boolean
    readonly isRejected: ReadonlySet<string>
    readonly turns: number
    readonly refusedCredentials: RefusedCredentials | undefined
    readonly credentials: number
    readonly resets: number
  }
  isInterrupted: boolean
  exit: Exit.Exit<AccessToken, TokenError> | undefined
}

const newScope = (): Scope => ({
  last: undefined,
  arrivals: [],
  refusedCredentials: undefined,
  remembered: undefined,
  fading: undefined,
  hasRefused: false,
  inFlight: undefined
})

/**
 * The guarantees of the design as invariants over what can be seen from outside: requests, tokens handed out, failures, and
 * who is waiting. It knows nothing of the library's state, only what the library has been told.
 *
 * An answer counts as known to a provider once its tasks have run dry, or once it acts on it; in between, either is
 * right. With a store, what one provider knows of a token (rejected, ambiguous, refused) is not known to the others.
 */
export class Oracle extends BaseOracle {
  private readonly callers = new Set<Caller>()
  private readonly ledgers: Array<Ledger> = []
  private readonly fleet = newScope()
  private readonly clock: VirtualClock
  private readonly terms: Terms
  private order = 0
  private turns = 0
  private turnedAt = -Infinity
  private turnedOrder = 0
  private credentials = 0
  private credentialsOf: () => Account | undefined = () => undefined

  constructor(clock: VirtualClock, terms: Terms, isTraced: boolean) {
    super(isTraced)
    this.clock = clock
    this.terms = terms
  }

  // --- what happens in the world ---------------------------------------------------------------------------------

  opened(): number {
    const ledger = new Ledger(this.ledgers.length, this.terms.isShared ? this.fleet : newScope())
    ledger.heard = ledger.scope.remembered ?? ledger.scope.fading
    this.ledgers.push(ledger)
    return this.ledgers.length - 1
  }

  closing(provider: number): void {
    const ledger = this.ledger(provider)
    ledger.phase = "closing"
    ledger.renewsBy = Infinity
    if (ledger.lastEndAt === this.clock.elapsed) {
      ledger.scope.refusedCredentials = undefined
    }
    ledger.disturbances += 1
  }

  closed(provider: number): void {
    const ledger = this.ledger(provider)
    ledger.phase = "closed"
    this.require(ledger.scope.inFlight?.provider !== provider, 5, "no request outlives the layer")
  }

  turned(millis: number): void {
    this.turns += 1
    this.order += 1
    this.turnedAt = this.clock.elapsed
    this.turnedOrder = this.order
    for (const ledger of this.ledgers) {
      ledger.disturbances += 1
      if (ledger.held !== undefined) {
        ledger.held.since.turned = true
      }
      // Whether a token could be served when its refresh was refused is not to be seen.
      if (ledger.lastEndAt === this.clock.elapsed) {
        ledger.mustAcquire = undefined
      }
      const { cooling } = ledger
      const wasOver = cooling !== undefined && this.clock.wall - millis >= cooling.until
      if (cooling !== undefined && (wasOver || this.clock.wall < cooling.since)) {
        ledger.cooling = undefined
      }
    }
  }

  credentialsChanged(current: () => Account | undefined): void {
    this.credentials += 1
    this.credentialsOf = current
  }

  /** Guarantee 9: those who meet the refusedCredentials share one reading of the credentials; with a store the fleet does. */
  credentialsRead(provider: number, reading: 1 | -1): void {
    const ledger = this.ledger(provider)
    const { held, refusedCredentials } = ledger
    if (
      refusedCredentials !== undefined && held?.access === "live" && ledger.pending === undefined &&
      !this.terms.isShared
      && reading > 0 && ledger.phase === "open" && !this.isTurnedLately && !this.isForcedLately(ledger)
    ) {
      this.require(!this.isServable(held.arrival), 9, "who can be served does not meet the refusedCredentials")
    }
    ledger.credentialReads += reading
    this.setBack(ledger)
    // Who reads them is on the way to an acquisition, and may not get far. A renewal is under way, then.
    ledger.mustAcquire = undefined
    ledger.renewsBy = Infinity
    ledger.forgottenUntil = undefined
    ledger.lastReadAt = this.clock.elapsed
    // What a closing provider was reading it leaves behind.
    const readers = this.terms.isShared ? this.ledgers.filter(({ phase }) => phase === "open") : [ledger]
    const reads = readers.reduce((sum, { credentialReads }) => sum + credentialReads, 0)
    this.require(reads <= 1, 9, "one reading of the credentials at a time")
  }

  invalidated(provider: number, token: AccessToken): void {
    const ledger = this.ledger(provider)
    ledger.disturbances += 1
    ledger.starts.push(this.clock.elapsed)
    const { held } = ledger
    const value = Redacted.value(token.value)
    if (ledger.pending !== undefined) {
      // Whether the token is still the current one depends on tasks that have not run yet.
      ledger.pending = { ...ledger.pending, brings: "unsure" }
      if (held !== undefined) {
        held.access = "unsure"
      }
      return
    }
    if (held === undefined) {
      // What it holds is not to be seen, and so neither is whether this was it.
      ledger.doubtedValues.add(value)
      return
    }
    const isLast = ledger.scope.arrivals.every(({ order, pair }) =>
      pair.access !== value || order <= held.arrival.order
    )
    if (held.generation === token.generation && isLast) {
      held.access = "rejected"
      ledger.rejectedValues.add(value)
    } else if (this.terms.isShared && value === held.arrival.pair.access) {
      // Which of two arrivals of one value it was is not to be seen from outside.
      held.access = held.access === "rejected" ? "rejected" : "unsure"
    } else if (!isLast) {
      // It may hold what has come after the pair that it is known to hold.
      ledger.doubtedValues.add(value)
    } else {
      held.since.invalidatedOlder = true
    }
  }

  resetBegins(provider: number): void {
    const { scope } = this.ledger(provider)
    for (const ledger of this.ledgers) {
      if (ledger.scope === scope) {
        ledger.disturbances += 1
        if (ledger.index === provider) {
          // What it knew of the pair is forgotten with the pair.
          ledger.held = undefined
          ledger.rejectedValues.clear()
          ledger.renewsBy = Infinity
          // With dice that fall by chance, or without time in between, the next cooldown may have the same end.
          const isTelling = this.terms.hasHighDice && ledger.cooling !== undefined
            && ledger.cooling.since < this.clock.wall
          ledger.forgottenUntil = isTelling ? ledger.cooling?.until : undefined
        } else {
          // It finds out at its next renewal, and forgets with the pair that it was rejected.
          if (ledger.held?.access === "live") {
            ledger.held.access = "unsure"
          }
          ledger.rejectedValues.forEach((value) => ledger.doubtedValues.add(value))
          ledger.rejectedValues.clear()
        }
        ledger.failures = 0
        ledger.resets += 1
        ledger.resetOrder = this.order
        ledger.lastResetAt = this.clock.elapsed
        if (ledger.pending !== undefined) {
          ledger.pending = { ...ledger.pending, brings: "unsure" }
        }
      }
    }
    this.ledger(provider).cooling = undefined
    scope.last = undefined
    scope.refusedCredentials = undefined
    scope.fading = scope.remembered ?? scope.fading
    scope.remembered = undefined
  }

  resetEnds(provider: number): void {
    const ledger = this.ledger(provider)
    // An acquisition that was refused meanwhile may have been forgotten, or not.
    ledger.scope.refusedCredentials = undefined
    ledger.scope.fading = undefined
    // With a store a pair that arrived meanwhile may have been, too, and others may have read there what is gone now.
    if (this.terms.isShared) {
      ledger.scope.last = undefined
      // What it took from there while it was forgetting is forgotten with the rest.
      ledger.held = undefined
      for (const each of this.ledgers) {
        each.disturbances += 1
      }
    }
    // With a store an acquisition of another that was refused meanwhile may have been remembered after all was forgotten.
    const lastEndAt = this.ledgers.reduce(
      (last, each) => each.scope === ledger.scope ? Math.max(last, each.lastEndAt) : last,
      ledger.lastEndAt
    )
    const isQuiet = ledger.credentialReads === 0 && ledger.pending === undefined
      && ledger.scope.inFlight === undefined && this.clock.elapsed - lastEndAt > minRequestInterval + 1
      && [...this.callers].every(({ exit, provider: each }) => exit !== undefined || each !== provider)
      // Who was interrupted may have left a renewal behind that goes on.
      && ledger.starts.at(-1) !== this.clock.elapsed
    // A renewal that was under way may still bring the verdict it set out with.
    if (isQuiet) {
      ledger.refusedCredentials = undefined
      ledger.heard = undefined
      ledger.heardBefore = undefined
      ledger.forgottenOrder = ledger.resetOrder
    }
  }

  settled(): void {
    for (const ledger of this.ledgers) {
      this.learn(ledger)
      this.require(this.clock.elapsed <= ledger.renewsBy, 11, "a renewal within the window")
    }
    for (const caller of this.callers) {
      this.checkWait(caller)
    }
  }

  // --- requests ----------------------------------------------------------------------------------------------------

  sent(request: Request): void {
    const ledger = this.ledger(request.provider)
    const { scope } = ledger
    this.note(() => `  → ${describe(request)}`)
    for (const each of this.ledgers) {
      if (each.scope === scope) {
        this.learn(each)
      }
    }

    // Guarantee 1: one request per provider, with a store one for all of them. Without a store providers know nothing of
    // each other, and several of them may overlap.
    this.require(scope.inFlight === undefined, 1, "one request in flight")
    scope.inFlight = request

    // Guarantee 5: the request belongs to the scope of the layer.
    this.require(ledger.phase !== "closed", 5, "no request after the layer has closed")

    this.checkPace(ledger)
    this.checkRefused(ledger, request)
    if (request.token !== undefined) {
      this.checkRefreshToken(ledger, request.token)
    } else {
      this.checkAcquisition(ledger)
    }
    this.checkNeed(ledger)

    ledger.mustAcquire = undefined
    ledger.renewsBy = Infinity
    ledger.forgottenUntil = undefined
    if (ledger.held !== undefined && ledger.held.arrival.pair.refresh === request.token) {
      ledger.held.isTried = true
    }
    ledger.recent.push(request)
    ledger.requests += 1
    ledger.refreshes += request.kind === "refresh" ? 1 : 0
    for (const caller of this.callers) {
      this.checkRenewal(ledger, caller)
    }
  }

  ended(request: Request, outcome: Outcome): void {
    const ledger = this.ledger(request.provider)
    const { held, scope } = ledger
    this.note(() => `  ← ${describe(request)}: ${describeOutcome(outcome)}`)
    scope.inFlight = undefined
    ledger.lastEndAt = this.clock.elapsed
    this.require(this.clock.elapsed - request.startedAt <= requestTimeout + 1, 10, "a request is given up in time")
    if ("retryAfter" in outcome) {
      ledger.mostRetryAfter = Math.max(ledger.mostRetryAfter, Math.min(outcome.retryAfter, maxRetryAfter))
    }
    const isOfHeld = held !== undefined && held.arrival.pair.refresh === request.token
    this.setBack(ledger)
    if (held !== undefined && outcome._tag !== "success") {
      held.since.failed = true
    }
    switch (outcome._tag) {
      case "success": {
        this.order += 1
        // Who is woken by it may find the token rejected already, and start the next renewal.
        ledger.starts.push(this.clock.elapsed)
        const isSame = request.kind === "refresh" && held?.arrival.pair.access === outcome.pair.access
        ledger.pending = {
          order: this.order,
          pair: outcome.pair,
          sentAt: request.wallAt,
          brings: isSame && held?.access === "rejected"
            ? "rejectedValue"
            : (isSame && held?.access === "unsure") || ledger.rejectedValues.has(outcome.pair.access)
                || ledger.doubtedValues.has(outcome.pair.access)
            ? "unsure"
            : "newValue",
          isAhead: request.wallAt > this.clock.wall,
          mayBeUnsaved: this.isResetLately(scope),
          isServed: false,
          uselessAt: -Infinity
        }
        if (!this.isServable(ledger.pending)) {
          ledger.pending.uselessAt = this.clock.elapsed
        }
        ledger.failures = 0
        ledger.notBefore = 0
        return
      }
      case "refused": {
        ledger.failures = 0
        if (request.account !== undefined) {
          const refusedCredentials = { account: request.account, sign: outcome.sign, order: this.order }
          // Who is closing need not have read the answer.
          scope.refusedCredentials = ledger.phase === "open" && !(this.terms.isShared && this.isResetLately(scope))
            ? refusedCredentials
            : undefined
          scope.remembered = refusedCredentials
          scope.hasRefused = true
          ledger.refusedCredentials = refusedCredentials
          // With a refusedCredentials a store is given the pair too, unless it was rejected.
          if (this.terms.isShared && held?.access !== "live") {
            this.forget(scope)
          }
          for (const each of this.ledgers) {
            if (each.scope === scope) {
              each.heardBefore = each.heard ?? each.heardBefore
              each.heard = refusedCredentials
            }
            // Whoever refusals gives the store the pair it has.
            each.forgottenOrder = each.scope === scope ? 0 : each.forgottenOrder
          }
        } else if (isOfHeld) {
          // A bare 401 or 403 may come from a gateway: it is a refusal, and leaves open what the platform did.
          const isNeeded = held.isDoubtful || (!this.terms.isShared && this.isUnservable(held))
          if (!outcome.bare && isNeeded && outcome.retryAfter === 0 && !this.isRenewalSpent(ledger)) {
            ledger.mustAcquire = request.token
          }
          if (isNeeded) {
            ledger.notBefore = this.clock.elapsed + Math.min(outcome.retryAfter, maxRetryAfter)
          }
          if (
            !outcome.bare && !held.isDoubtful && !held.isSuspect && !held.isDatedAhead && held.access === "live" &&
            this.isServable(held.arrival)
          ) {
            held.isRefused = true
          }
          held.isSuspect ||= outcome.bare
        }
        return
      }
      case "failed": {
        if (outcome.delivery === "unsent") {
          ledger.refreshes -= request.kind === "refresh" ? 1 : 0
        } else if (isOfHeld && outcome.delivery === "ambiguous") {
          held.isDoubtful = true
        } else if (isOfHeld && outcome.delivery === "astray") {
          held.isSuspect = true
        }
        ledger.notBefore = this.clock.elapsed + Math.min(outcome.retryAfter, maxRetryAfter)
        break
      }
      case "aborted": {
        if (isOfHeld) {
          held.isDoubtful = true
        }
        // Guarantee 5: nobody but the layer and the limits of time ends a request.
        const age = this.clock.elapsed - request.startedAt
        this.require(
          age > requestTimeout - 1 || this.isAtDeadline(ledger) || ledger.phase !== "open",
          5,
          "a request is not ended by its callers"
        )
      }
    }
    this.demandAcquisition(ledger)
  }

  /**
   * Guarantee 8: after two ambiguous attempts an acquisition. Not checked with a store, where a renewal may have come late to its turn,
   * nor after a `Retry-After` that ends a renewal.
   */
  private demandAcquisition(ledger: Ledger): void {
    const [one, two] = ledger.recent.slice(-2)
    if (
      !this.terms.isShared && one !== undefined && two !== undefined && one.token === two.token
      && isAmbiguous(one) && isAmbiguous(two) && two.startedAt - one.endedAt < maxBackoff + minRequestInterval
      // Who has read the credentials was on the way to a acquire: what follows is another renewal.
      && Math.max(ledger.lastResetAt, ledger.lastReadAt, this.turnedAt) < one.startedAt && !this.isRenewalSpent(ledger)
    ) {
      ledger.mustAcquire = two.token
    }
  }

  /** Whether a renewal may have come to its deadline, which the floor it waits for puts off. */
  private isAtDeadline(ledger: Ledger): boolean {
    return this.isAtEndOf(renewalTimeout, ledger)
  }

  private isAtEndOf(millis: number, { starts }: Ledger): boolean {
    const { elapsed } = this.clock
    return starts.some((at) => Math.abs(elapsed - at - millis - minRequestInterval / 2) <= minRequestInterval / 2 + 1)
  }

  /** Whether a renewal that ends a request now may have no attempt or no time left for another. */
  private isRenewalSpent(ledger: Ledger): boolean {
    const { elapsed } = this.clock
    const lately = this.lately(ledger)
    const time = elapsed - (lately[0]?.startedAt ?? 0)
    // With a store a renewal may have waited for its turn: it began with who called, and not with its first request.
    const hasWaited = this.terms.isShared
      && ledger.starts.some((at) => elapsed - at > renewalTimeout - requestTimeout / 2 && elapsed - at < renewal)
    return lately.length >= maxAttempts || time > renewalTimeout - requestTimeout / 2 || hasWaited
  }

  /** Guarantee 10: the floor, the cooldown, Retry-After, and the budget, each counted on the clock nobody turns. */
  private checkPace(ledger: Ledger): void {
    const { elapsed, wall } = this.clock
    const rest = elapsed - ledger.lastEndAt
    // A wall clock of whole milliseconds may cost one.
    this.require(rest > minRequestInterval - 1, 10, "a floor between any two requests")
    const isTurned = this.turnedAt >= ledger.lastEndAt
    const isReset = ledger.lastResetAt >= ledger.lastEndAt
    // A cooldown that a turned clock or a reset ended is over, and Retry-After with it.
    if (!isTurned && !isReset) {
      this.require(elapsed > ledger.notBefore - 1, 10, "Retry-After is honoured")
    }
    const { cooling } = ledger
    if (cooling !== undefined && cooling.since <= wall) {
      this.require(wall >= cooling.until, 10, "no request before nextTryAt")
    }
    ledger.cooling = undefined
    ledger.notBefore = 0
    const last = ledger.recent.at(-1)
    if (
      !this.terms.hasRetryBudget && this.terms.hasHighDice && !this.terms.isShared && !isTurned && !isReset
      && last?.kind === "acquire" && (last.outcome?._tag === "failed" || last.outcome?._tag === "aborted")
    ) {
      this.require(rest > this.terms.cooldown * 0.99, 10, "no retry without a budget for it")
    }
  }

  /** Guarantee 9: a refused acquisition is not sent again, nor anything else, until the credentials differ or a reset. */
  private checkRefused(ledger: Ledger, { account }: Request): void {
    const { refusedCredentials } = ledger.scope
    ledger.refusedCredentials = undefined
    // After a reset the store does not know the generation of a pair that was received before its end: a refusal that
    // follows may be stored under an earlier one.
    const arrival = ledger.held?.arrival
    const isUnknown = this.terms.isShared && arrival !== undefined &&
      (arrival.mayBeUnsaved ||
        this.ledgers.some((each) => each.scope === ledger.scope && each.resets > 0 && arrival.order <= each.resetOrder))
    if (refusedCredentials === undefined || (isUnknown && account === undefined)) {
      return
    }
    this.require(account !== undefined, 9, "no refresh while an acquisition is credentialsRefused")
    this.require(
      account === undefined || !isEqual(account, refusedCredentials.account),
      9,
      "a refused acquisition is not sent again"
    )
    ledger.scope.refusedCredentials = undefined
  }

  private checkRefreshToken(ledger: Ledger, token: string): void {
    const { wall } = this.clock
    for (const each of this.ledgers) {
      if (each.scope === ledger.scope && each.pending?.pair.refresh === token) {
        this.learn(each, true)
      }
    }
    const known = ledger.held
    const arrival = known?.arrival.pair.refresh === token
      ? known.arrival
      : ledger.scope.arrivals.filter(({ pair }) => pair.refresh === token).at(-1)
    if (arrival === undefined) {
      this.require(false, 6, "a refresh token that had arrived")
      return
    }
    this.require(known === undefined || arrival.order >= known.arrival.order, 6, "the last refresh token that arrived")
    // A renewal that a reset has overtaken sends what it set out with.
    if (arrival.order > ledger.resetOrder) {
      this.adopt(ledger, arrival)
    }
    const { held } = ledger
    if (held === undefined) {
      return
    }
    // Guarantee 7: an expired refresh token is not sent. It may expire while the renewal waits for its turn.
    if (!this.isTurnedLately) {
      const namesakes = ledger.scope.arrivals.filter(({ pair }) => pair.refresh === token)
      const late = wall - Math.max(...namesakes.map(({ sentAt }) => sentAt)) - this.terms.refreshLifetime
      this.require(late < renewal, 7, "no refresh with an expired refresh token")
    }
    // Guarantee 7: a refused early refresh is not repeated on our own.
    if (
      held.isRefused && !held.isDoubtful && !held.isSuspect && held.access === "live" && this.isServable(arrival) &&
      !this.isTurnedLately
    ) {
      this.require(this.isForcedLately(ledger), 7, "a refused early refresh is not repeated")
    }
    // Guarantee 8: what comes after a refusal in doubt, or after two attempts that left doubt, is an acquisition. Guarantee 7: and so is
    // what comes after a refusal where no token can be served.
    const [guarantee, invariant] = held.isDoubtful
      ? [8, "a refresh in doubt is followed by an acquisition"] as const
      : [7, "a refused refresh turns into an acquisition"] as const
    this.require(ledger.mustAcquire !== token, guarantee, invariant)
  }

  /** Guarantee 7: while a token can be served nobody logs in, but after an ambiguous refresh (guarantee 8) or a refusedCredentials (guarantee 9). */
  private checkAcquisition(ledger: Ledger): void {
    const { held, scope: { last: stored } } = ledger
    if (
      this.terms.isShared && stored?.brings === "newValue" && stored.uselessAt === -Infinity
      && !ledger.scope.hasRefused && !this.isTurnedLately
      && this.clock.wall + renewal < stored.sentAt + this.terms.refreshLifetime
    ) {
      // A renewal goes by what is stored: nobody can come between it and its login.
      const isTried = ledger.recent.some(({ token }) => token === stored.pair.refresh)
      this.require(isTried, 7, "no acquisition before a refresh was tried")
    }
    if (
      held !== undefined && held.access === "live" && !held.isDoubtful && !held.isSuspect && !held.isDatedAhead
      && this.isServableFor(ledger, held.arrival)
      && this.clock.wall + renewal < held.arrival.sentAt + this.terms.refreshLifetime
      && !ledger.scope.hasRefused && !this.isTurnedLately
    ) {
      this.require(false, 7, "no acquisition while a token can be served")
    }
    if (
      held === undefined || this.terms.isShared || ledger.scope.hasRefused || this.isTurnedLately
      || this.clock.wall + renewal >= held.arrival.sentAt + this.terms.refreshLifetime
    ) {
      return
    }
    // Guarantee 7: an acquisition is what a refresh turns into. Where a pair was of no use when it arrived, its renewal goes on.
    const { arrival } = held
    this.require(
      held.isTried || arrival.brings !== "newValue" || arrival.uselessAt > -Infinity,
      7,
      "no acquisition before a refresh was tried"
    )
    const [last, ...more] = this.lately(ledger)
    if (
      last?.token === arrival.pair.refresh && more.length === 0 && this.terms.hasRetryBudget
      && ledger.requests < fewRequests && this.clock.elapsed - last.startedAt < renewalTimeout / 2
      && isTransient(last)
    ) {
      this.require(false, 8, "an ambiguous refresh is tried again")
    }
  }

  /**
   * Guarantees 6, 11 and 12: nothing is exchanged while the pair that arrived last is good, not due and not rejected, unless
   * somebody forced it. A renewal that a turned clock has overtaken may finish, and so may one whose pair was out of date
   * when it arrived and is good by now.
   */
  private checkNeed(ledger: Ledger): void {
    const { held, scope } = ledger
    const { last } = scope
    if (last === undefined || last.brings === "unsure" || this.isForcedLately(ledger) || held?.isDatedAhead === true) {
      return
    }
    // One from the future may have become good by mere waiting, in mid-flight.
    if (last.uselessAt > -Infinity && this.clock.wall - last.sentAt < renewal) {
      return
    }
    if (this.isTurnedLately && (this.turnedOrder > last.order || this.clock.elapsed - last.uselessAt < renewal)) {
      return
    }
    const isRejected = held?.arrival.pair.access === last.pair.access
      ? held.access !== "live"
      : ledger.rejectedValues.has(last.pair.access)
    const { wall } = this.clock
    const due = last.sentAt + this.terms.accessLifetime - this.terms.early
    if (!isRejected && last.sentAt <= wall && wall < due) {
      const [guarantee, invariant] = this.turnedOrder > last.order || held?.since.turned === true
        ? [12, "a turned clock ends in one renewal"] as const
        : !last.isServed || held?.arrival !== last
        ? [6, "a pair that has arrived is used"] as const
        : [11, "no renewal before the window"] as const
      this.require(false, guarantee, invariant)
    }
  }

  // --- callers -----------------------------------------------------------------------------------------------------

  begins(id: number, provider: number, kind: Caller["kind"], isAtomic: boolean): CallObserver {
    const ledger = this.ledger(provider)
    const expectation = this.expectation(provider)
    const caller: Caller = {
      id,
      provider,
      kind,
      isAtomic,
      startedAt: this.clock.elapsed,
      wallAt: this.clock.wall,
      start: {
        requests: ledger.requests,
        refreshes: ledger.refreshes,
        // A renewal that is about to land may be followed by another: what is forced is to come after the call.
        disturbances: kind === "refresh" && ledger.pending !== undefined ? -1 : ledger.disturbances,
        heldOrder: ledger.held?.arrival.order ?? 0,
        order: this.order,
        stored: ledger.scope.last,
        isFirst: ledger.starts.length === 0,
        // The one it joins may bring the pair that a store has, and then one more follows. Who gives way before it has
        // looked lets one of another's go first.
        renewals: kind === "refresh"
            && (!isAtomic || (this.terms.isShared && ledger.held === undefined && ledger.starts.length > 0))
          ? 2
          : 1,
        forgottenOrder: ledger.forgottenOrder,
        isClosed: ledger.phase === "closed",
        isRejected: ledger.rejectedValues.size === 0 ? nothingRejected : new Set(ledger.rejectedValues),
        turns: this.turns,
        refusedCredentials: ledger.pending === undefined ? ledger.refusedCredentials : undefined,
        credentials: this.credentials,
        resets: ledger.resets
      },
      isInterrupted: false,
      exit: undefined
    }
    ledger.starts.push(this.clock.elapsed)
    if (kind === "refresh") {
      ledger.lastForcedAt = this.clock.elapsed
    }
    this.callers.add(caller)
    return {
      firstTurnEnds: () => this.firstTurnEnds(caller, expectation),
      interrupted: () => this.interrupted(caller),
      ends: (exit) => this.ends(caller, exit)
    }
  }

  private firstTurnEnds(caller: Caller, before: Expectation): void {
    const ledger = this.ledger(caller.provider)
    const isServed = caller.exit !== undefined && Exit.isSuccess(caller.exit)
    if (caller.start.isClosed) {
      this.require(caller.exit !== undefined, 5, "a closed provider fails at once")
    }
    if (caller.kind === "refresh") {
      return
    }
    if (before.due) {
      // The renewal waits for the floor at most.
      ledger.renewsBy = Math.min(ledger.renewsBy, this.clock.elapsed + minRequestInterval + 1)
    }
    if (before.servable && !isServed && ledger.held !== undefined) {
      // Guarantees 3 to 6: a caller that can be served is served, without waiting.
      const { arrival, since } = ledger.held
      const [guarantee, invariant] = since.invalidatedOlder
        ? [4, "a late rejection leaves the newer token alone"] as const
        : since.failed
        ? [3, "a failed refresh stops nobody who can be served"] as const
        : since.interrupted
        ? [5, "an interrupted caller takes nobody with it"] as const
        : !arrival.isServed
        ? [6, "a pair that has arrived is served"] as const
        : since.turned
        ? [12, "a turned clock takes no good token away"] as const
        : [3, "a caller that can be served is served at once"] as const
      this.require(false, guarantee, invariant)
    }
    // Guarantee 10: who cannot be served while cooling fails at once, with the failure the others got.
    if (before.cooling !== undefined) {
      const failure = caller.exit === undefined
        ? Option.none()
        : Exit.causeOption(caller.exit).pipe(Option.flatMap(Cause.failureOption))
      const until = Option.filterMap(failure, (failure) => nextTryAtOf(failure))
      this.require(Option.contains(until, before.cooling.until), 10, "a read fails at once while cooling")
    }
  }

  private expectation(provider: number): Expectation {
    const ledger = this.ledger(provider)
    const { cooling, held, pending } = ledger
    const { wall } = this.clock
    if (ledger.phase !== "open" || pending !== undefined) {
      return { servable: false, due: false, cooling: undefined }
    }
    const servable = held !== undefined && held.access === "live" && !held.isDatedAhead
      && this.isServableFor(ledger, held.arrival)
    const unservable = held === undefined
      ? !this.terms.isShared && ledger.scope.last === undefined
      : held.access === "rejected" || wall >= held.arrival.sentAt + this.terms.accessLifetime - this.terms.margin
    const isCooling = cooling !== undefined && cooling.since <= wall && wall < cooling.until
    return {
      servable,
      due: servable && this.isDue(ledger, held),
      cooling: isCooling && unservable && !this.terms.isShared ? cooling : undefined
    }
  }

  private ends(caller: Caller, exit: Exit.Exit<AccessToken, TokenError>): void {
    const ledger = this.ledger(caller.provider)
    caller.exit = exit
    this.callers.delete(caller)
    // Who wakes up may find the token due by then, and start a renewal.
    ledger.starts.push(this.clock.elapsed)
    this.checkWait(caller)
    const outcome = this.outcomeOf(caller, caller.provider, exit)
    if (outcome !== undefined) {
      Either.match(outcome, {
        onLeft: (failure) => this.checkFailure(ledger, caller, failure),
        onRight: (token) => this.checkToken(ledger, caller, token)
      })
    }
  }

  private interrupted(caller: Caller): void {
    caller.isInterrupted = true
    const { held } = this.ledger(caller.provider)
    if (held !== undefined) {
      held.since.interrupted = true
    }
  }

  private checkToken(ledger: Ledger, caller: Caller, token: AccessToken): void {
    const value = Redacted.value(token.value)
    for (const each of this.ledgers) {
      const isKnown = ledger.generations.has(token.generation)
      if (each.scope === ledger.scope && each.pending?.pair.access === value && !isKnown) {
        this.learn(each, true)
      }
    }
    const arrivals = ledger.scope.arrivals.filter(({ pair }) => pair.access === value)
    const arrival = ledger.held?.arrival.pair.access === value ? ledger.held.arrival : arrivals.at(-1)
    if (arrival === undefined) {
      this.require(false, 2, "a token that was issued and has arrived")
      return
    }
    // Guarantee 2: what is rejected or out of date by now. A caller that gives way in mid-step is checked by what was so when
    // it came: the token was good at the moment it was chosen.
    const wasRejected = caller.start.isRejected.has(value) && caller.start.resets === ledger.resets
    const isRejected = ledger.rejectedValues.has(value) && (caller.isAtomic || wasRejected)
    this.require(!isRejected, 2, "no token that was rejected")
    const end = (each: Arrival) => each.sentAt + this.terms.accessLifetime - this.terms.margin
    const candidates = this.terms.isShared ? arrivals : [arrival]
    const steady = caller.isAtomic || caller.start.turns === this.turns
    if (steady) {
      const { wall } = this.clock
      const moment = caller.isAtomic ? wall : Math.min(wall, caller.wallAt)
      this.require(candidates.some((each) => moment < end(each)), 2, "no token past its margin")
      // Guarantee 12: a clock turned back past the beginning of a token says nothing about its age. A correction by less than
      // the margin is not checked, nor is a token that another may have dated by a clock that was ahead by less than a
      // quarter of a life.
      const ahead = this.terms.isShared ? this.terms.accessLifetime / 4 : this.terms.margin
      this.require(
        candidates.some((each) => wall >= each.sentAt - ahead),
        12,
        "no token from the future"
      )
    }
    // Guarantee 6: what has arrived is not forgotten for what came before it.
    if (caller.isAtomic && !this.terms.isShared) {
      this.require(arrival.order >= (ledger.held?.arrival.order ?? 0), 6, "the last token that arrived")
    }
    // Guarantee 9: a reset forgets the pair; an answer that nobody had read by then is none of it.
    if (caller.isAtomic && !this.terms.isShared && caller.start.resets === ledger.resets) {
      this.require(arrival.order > ledger.resetOrder || arrival.brings === "unsure", 9, "a reset forgets the pair")
    }
    // Nor does a store bring it back to who had it forgotten.
    if (this.terms.isShared && caller.start.resets === ledger.resets) {
      this.require(
        arrival.order > Math.min(caller.start.forgottenOrder, ledger.forgottenOrder),
        9,
        "a store forgets too"
      )
    }
    // Guarantee 7: a forced refresh answers with what came after it, or says why not.
    if (caller.kind === "refresh" && !this.terms.isShared) {
      this.require(arrival.order > caller.start.heldOrder, 7, "a forced refresh brings another pair")
    }
    // Guarantee 7: and not with what a store had before anybody asked. Of arrivals of one value it may be any.
    if (this.terms.isShared && caller.kind === "refresh" && caller.start.isFirst) {
      this.require(
        candidates.some(({ order }) => order > caller.start.order),
        7,
        "a forced refresh brings another pair"
      )
    }
    // Guarantee 4: a generation names one arrival.
    const namesake = ledger.generations.get(token.generation)
    this.require(namesake === undefined || namesake === value, 4, "a generation names one token")
    ledger.generations.set(token.generation, value)
    if (caller.isAtomic || arrival.order > ledger.resetOrder) {
      this.adopt(ledger, arrival)
    }
    arrival.isServed = true
    if (ledger.held?.arrival === arrival) {
      // Of arrivals of one value it may have taken another up since.
      if (this.terms.isShared && ledger.held.generation !== token.generation && arrivals.length > 1) {
        ledger.held.isDatedAhead ||= this.isTurnedLately || arrivals.some(({ sentAt }) => sentAt > this.clock.wall)
      }
      // Which of several arrivals of one value it was cannot be seen where a store may have brought it.
      ledger.held.generation = this.terms.isShared && arrivals.length > 1 ? undefined : token.generation
      ledger.held.since = nothingSince()
    }
  }

  private checkFailure(ledger: Ledger, caller: Caller, failure: TokenError): void {
    const { elapsed, wall } = this.clock
    if (failure._tag === "ProviderClosed") {
      this.require(ledger.phase !== "open", 5, "an open provider is not closed")
      return
    }
    this.require(!caller.start.isClosed, 5, "a closed provider says so")
    const sign = signOf(failure)
    const isOfRefresh = "endpoint" in failure && failure.endpoint.endsWith("refresh_token")
    const nextTryAt = Option.getOrUndefined(nextTryAtOf(failure))
    const waited = elapsed - caller.startedAt
    if (isRefusal(failure) && isOfRefresh) {
      const isRenewalSpent = failure.attempts >= maxAttempts || waited > renewalTimeout - requestTimeout
        || failure.retryAfter !== undefined
        // Who has joined a renewal late knows nothing of how long that has waited for its turn.
        || (this.terms.isShared
          && ledger.starts.some((at) => elapsed - at > renewalTimeout - requestTimeout && elapsed - at < renewal))
      // Guarantee 8: after an ambiguous attempt not even a forced refresh gets the refusal.
      this.require(
        ledger.mustAcquire === undefined || isRenewalSpent,
        8,
        "a refresh in doubt is followed by an acquisition"
      )
      // Guarantee 7: a read never gets the refusal of a refresh.
      if (caller.kind === "read") {
        this.require(isRenewalSpent, 7, "a refused refresh turns into an acquisition")
      }
    }
    if (nextTryAt === undefined) {
      // Guarantee 10: what passes says when. A refusal does not pass.
      this.require(isRefusal(failure), 10, "a passing failure says when to try again")
      if (isRefusal(failure) && !isOfRefresh) {
        const refusedCredentials = ledger.refusedCredentials ?? ledger.scope.refusedCredentials ?? ledger.heard
        // Guarantee 9: nobody is told of a refused acquisition that a reset has made forgotten.
        this.require(
          refusedCredentials !== undefined || caller.start.disturbances !== ledger.disturbances,
          9,
          "a reset forgets refused credentials"
        )
        if (caller.start.disturbances === ledger.disturbances) {
          const signs = [ledger.refusedCredentials, ledger.scope.refusedCredentials, ledger.heard, ledger.heardBefore]
            .map((each) => each?.sign)
          this.require(refusedCredentials === undefined || signs.includes(Number(sign)), 9, "one refusal for everyone")
        }
        ledger.refusedCredentials ??= ledger.scope.refusedCredentials
        // Guarantee 3: with a store there may be a token that this provider has not had yet.
        if (this.terms.isShared && caller.kind === "read" && caller.isAtomic) {
          this.require(!this.isStoredForAll(ledger, caller), 3, "a caller that can be served is served at once")
        }
      }
      return
    }
    // Guarantee 9: who meets the refusedCredentials while the credentials are as they were gets the refusal.
    const { refusedCredentials } = caller.start
    if (
      refusedCredentials !== undefined && ledger.refusedCredentials === refusedCredentials &&
      caller.start.credentials === this.credentials
      && caller.start.disturbances === ledger.disturbances
      && failure._tag !== "CredentialsUnavailable" && failure._tag !== "StoreFailure"
    ) {
      const current = this.credentialsOf()
      this.require(
        current === undefined || !isEqual(current, refusedCredentials.account),
        9,
        "the refusedCredentials holds"
      )
    }
    if (nextTryAt === ledger.forgottenUntil) {
      this.require(
        caller.start.resets !== ledger.resets || this.turnedAt >= ledger.lastResetAt,
        10,
        "a reset ends the cooldown"
      )
      ledger.forgottenUntil = undefined
    }
    // Guarantee 3: nor is anybody told of a failure while there is a token, though a turned clock made it good again.
    const { held } = ledger
    if (caller.isAtomic && caller.kind === "read" && !this.terms.isShared && ledger.pending === undefined) {
      this.require(
        held === undefined || held.access !== "live" || !this.isServable(held.arrival),
        3,
        "a failed refresh stops nobody who can be served"
      )
    }
    this.checkAttempts(ledger, failure)
    if (failure._tag === "StoreFailure" && waited > 0) {
      this.require(this.isLeaseTaken(ledger), 1, "a lease that is free is given")
      this.require(
        this.isAtEndOf(leaseWait, ledger),
        10,
        "a lease is waited for until two requests are the most that is still in time"
      )
    }
    // Whether the renewal finished before the clock was turned or after is not to be seen.
    if (!caller.isAtomic || this.turnedAt === elapsed) {
      return
    }
    // Guarantees 10 and 12: a cooldown is capped, and a clock that was turned back at most doubles it.
    const cap = Math.max(maxCooldown, ledger.mostRetryAfter) + 1
    this.require(nextTryAt - wall <= (this.turns > 0 ? 2 : 1) * cap, this.turns > 0 ? 12 : 10, "a cooldown ends")
    this.require(nextTryAt > wall, 10, "no cooldown that is over")
    if (waited > 0) {
      // Guarantee 10: all who waited for a renewal get its failure.
      const joint = ledger.joint
      const key = `${sign} ${nextTryAt}`
      if (joint !== undefined && joint.at === elapsed && joint.disturbances === ledger.disturbances) {
        this.require(joint.sign === key, 10, "all waiters get the failure of their renewal")
      }
      ledger.joint = { at: elapsed, disturbances: ledger.disturbances, sign: key }
      this.checkCooldown(ledger, failure, nextTryAt - wall, nextTryAt)
    }
    if (ledger.cooling?.until !== nextTryAt && caller.start.resets === ledger.resets) {
      ledger.cooling = { since: wall, until: nextTryAt, sign: String(sign) }
    }
  }

  /** Whether the store has had a good pair ever since somebody called, and nothing has been said against it. */
  private isStoredForAll({ disturbances, scope }: Ledger, { start }: Caller): boolean {
    const { last } = scope
    return last?.brings === "newValue" && last === start.stored && this.isServable(last)
      // Of a clock that was turned they may make what they will, each at another time.
      && last.order > this.turnedOrder && !last.isAhead
      && start.disturbances === disturbances && !this.isTurnedLately
      && this.ledgers.every(({ held, pending, rejectedValues, scope: each }) =>
        each !== scope || (pending === undefined && !rejectedValues.has(last.pair.access)
          && (held === undefined || held.access === "live"))
      )
  }

  /** Whether somebody may have held the lease a moment ago: whoever does requests, reads, or pauses for a little. */
  private isLeaseTaken({ scope }: Ledger): boolean {
    return this.terms.isShared && this.ledgers.some((each) =>
      each.scope === scope
      && (scope.inFlight !== undefined || each.credentialReads > 0
        || this.clock.elapsed - Math.max(each.lastEndAt, each.lastReadAt) < longestPause)
    )
  }

  /** Guarantee 10: what passes is tried more than once, where time and budget allow it. */
  private checkAttempts(ledger: Ledger, failure: TokenError): void {
    const [last, ...more] = this.lately(ledger)
    if (
      last !== undefined && more.length === 0 && "attempts" in failure && !this.terms.isShared
      && this.terms.hasRetryBudget && ledger.requests < fewRequests && isTransient(last)
      && last.endedAt - last.startedAt < renewalTimeout / 2
    ) {
      this.require(failure.attempts > 1, 10, "what passes is tried again")
    }
  }

  /**
   * A request has ended or the credentials have been read: that may be all of a renewal. Where a cooldown outlasts a
   * renewal it can be told what belongs to one.
   */
  private setBack(ledger: Ledger): void {
    const { elapsed } = this.clock
    const isOfSame = this.terms.hasHighDice && this.terms.cooldown > 2 * renewal && elapsed - ledger.setBackAt < renewal
      && Math.max(this.turnedAt, ledger.lastResetAt) < ledger.setBackAt
    if (!isOfSame) {
      ledger.setbacks += 1
      ledger.setBackAt = elapsed
    }
  }

  /** Guarantee 10: doubled with each failure in a row. Without a store only, where every failure in a row is seen. */
  private checkCooldown(ledger: Ledger, failure: TokenError, span: number, until: number): void {
    if (ledger.cooling?.until === until || ledger.cooledUntil === until || this.terms.isShared) {
      return
    }
    ledger.cooledUntil = until
    this.require(span >= minRequestInterval - 1, 10, "a cooldown is no shorter than the floor")
    const asked = "retryAfter" in failure ? failure.retryAfter ?? 0 : 0
    // What is turned may have made a pair of no use that was good.
    const before = this.turns > 0 ? ledger.setbacks : ledger.setbacks - 1
    const most = Math.min(this.terms.cooldown * 2 ** before, maxCooldown)
    this.require(span <= Math.max(most, asked, minRequestInterval) + 1, 10, "a cooldown is as long as it has to be")
    if (this.terms.hasHighDice) {
      const least = Math.min(this.terms.cooldown * 2 ** ledger.failures, maxCooldown) * 0.99
      this.require(span >= least, 10, "the cooldown doubles")
    }
    ledger.failures += 1
  }

  /** Guarantee 10: nobody waits longer than a renewal lasts, unless something made a second one necessary. */
  private checkWait(caller: Caller): void {
    if (caller.start.disturbances === this.ledger(caller.provider).disturbances) {
      const longest = caller.start.renewals * longestRenewal + 1
      this.require(this.clock.elapsed - caller.startedAt <= longest, 10, "the deadline of a renewal")
    }
  }

  /** Guarantees 8 and 10: what one caller waits for is one renewal, of so many requests and so many refreshes. */
  private checkRenewal(ledger: Ledger, caller: Caller): void {
    const { start } = caller
    if (caller.provider === ledger.index && start.disturbances === ledger.disturbances) {
      this.require(
        ledger.refreshes - start.refreshes <= start.renewals * maxRefreshes,
        8,
        "at most two refreshes a renewal"
      )
      this.require(
        ledger.requests - start.requests <= start.renewals * maxAttempts,
        10,
        "at most four requests a renewal"
      )
      this.checkBackoff(ledger.recent.slice(start.requests))
    }
  }

  /** Guarantee 10: the pauses of a renewal double, where the dice show it. */
  private checkBackoff(requests: ReadonlyArray<Request>): void {
    const isRetry = (index: number) => requests[index]?.token === requests[index - 1]?.token
    const before = requests.at(-2)
    if (this.terms.hasHighDice && before !== undefined && isRetry(requests.length - 1)) {
      const retries = requests.filter((_, index) => index > 0 && isRetry(index)).length
      const least = Math.min(firstBackoff * 2 ** (retries - 1), maxBackoff) * 0.99
      this.require(this.clock.elapsed - before.endedAt >= least, 10, "the pauses before retries double")
    }
  }

  // --- at the end, with the platform healthy -----------------------------------------------------------------------

  checkAnswered(): void {
    this.require(this.callers.size === 0, 10, "every caller is answered")
  }

  requestsOf(provider: number): number {
    return this.ledger(provider).requests
  }

  instants(provider: number): ReadonlyArray<number> {
    const { cooling, held, scope } = this.ledger(provider)
    const arrival = held?.arrival ?? scope.last
    if (arrival === undefined) {
      return cooling === undefined ? [] : [cooling.until]
    }
    const expiry = arrival.sentAt + this.terms.accessLifetime
    return [
      expiry - this.terms.early,
      expiry - this.terms.margin,
      expiry,
      arrival.sentAt + this.terms.refreshLifetime,
      ...(cooling === undefined ? [] : [cooling.until])
    ]
  }

  // --- knowledge ---------------------------------------------------------------------------------------------------

  private learn(ledger: Ledger, isSeen = false): void {
    const { pending } = ledger
    if (pending === undefined || (ledger.phase !== "open" && !isSeen)) {
      return
    }
    ledger.pending = undefined
    ledger.cooling = undefined
    ledger.scope.arrivals.push(pending)
    ledger.scope.last = pending
    ledger.scope.hasRefused = false
    ledger.refusedCredentials = undefined
    ledger.scope.refusedCredentials = undefined
    ledger.scope.remembered = undefined
    ledger.held = newHeld(pending)
    // A pair that is of no use when it arrives is no success.
    if (pending.brings === "newValue" && pending.uselessAt === -Infinity) {
      ledger.setbacks = 0
      ledger.setBackAt = -Infinity
    }
    if (pending.brings === "rejectedValue") {
      ledger.held.access = "rejected"
      if (this.terms.isShared) {
        // A pair that is of no use is not given to a store.
        this.forget(ledger.scope)
      }
    } else if (pending.brings === "unsure") {
      ledger.held.access = "unsure"
      if (this.terms.isShared) {
        this.unsettle(ledger.scope)
      }
    } else if (pending.mayBeUnsaved && this.terms.isShared) {
      ledger.scope.last = undefined
    }
  }

  /** Whether a reset may have raised the fence of a renewal that is under way. */
  private isResetLately(scope: Scope): boolean {
    return this.ledgers.some((each) => each.scope === scope && this.clock.elapsed - each.lastResetAt < longestRenewal)
  }

  /** The store has no pair any more. */
  private forget(scope: Scope): void {
    scope.last = undefined
    this.unsettle(scope)
  }

  /** Whether the store still has the pair that others hold, they find out at their next renewal. */
  private unsettle(scope: Scope): void {
    for (const { held, scope: each } of this.ledgers) {
      if (each === scope && held?.access === "live") {
        held.access = "unsure"
      }
    }
  }

  private adopt(ledger: Ledger, arrival: Arrival): void {
    if (ledger.held === undefined || arrival.order > ledger.held.arrival.order) {
      ledger.held = newHeld(arrival)
      ledger.held.isDatedAhead = this.terms.isShared && (arrival.sentAt > this.clock.wall || this.isTurnedLately)
      // Of what the store has by now it hears at its next renewal.
      if (this.terms.isShared && (ledger.scope.last !== arrival || arrival.brings !== "newValue")) {
        ledger.held.access = "unsure"
      }
      // It may have held it before it handed it out.
      ledger.held.isSuspect = ledger.recent.some(({ outcome, token }) =>
        token === arrival.pair.refresh && outcome !== undefined && outcome._tag !== "success"
      )
    }
    if (ledger.heard !== undefined && ledger.heard.order < arrival.order) {
      ledger.heard = undefined
      ledger.heardBefore = undefined
    }
    if (ledger.refusedCredentials !== undefined && ledger.refusedCredentials.order < arrival.order) {
      ledger.refusedCredentials = undefined
    }
  }

  /** Whether a read that can be served is to start a renewal: where it is known that nothing speaks against one. */
  private isDue(ledger: Ledger, held: Held | undefined): boolean {
    const { wall } = this.clock
    const last = ledger.recent.at(-1)?.outcome
    return held !== undefined && !this.terms.isShared && last?._tag === "success" && last.pair === held.arrival.pair
      && wall >= held.arrival.sentAt + this.terms.accessLifetime - this.terms.early
      && wall < held.arrival.sentAt + this.terms.refreshLifetime
      && !held.isTried && ledger.scope.remembered === undefined && ledger.refusedCredentials === undefined
  }

  private isUnservable({ access, arrival }: Held): boolean {
    return access === "rejected" || this.clock.wall >= arrival.sentAt + this.terms.accessLifetime - this.terms.margin
  }

  private isServable({ sentAt }: Arrival): boolean {
    const { wall } = this.clock
    return sentAt <= wall && wall < sentAt + this.terms.accessLifetime - this.terms.margin
  }

  /** With a store it may hold a later pair than the one it was last seen with. */
  private isServableFor({ scope }: Ledger, arrival: Arrival): boolean {
    return this.isServable(arrival) &&
      scope.arrivals.every((each) =>
        // Of two arrivals of one value it may hold the older one.
        (each.order <= arrival.order && each.pair.access !== arrival.pair.access) || this.isServable(each)
      )
  }

  private get isTurnedLately(): boolean {
    return this.clock.elapsed - this.turnedAt < renewal
  }

  private isForcedLately({ lastForcedAt }: Ledger): boolean {
    return this.clock.elapsed - lastForcedAt < renewal
  }

  private lately({ recent }: Ledger): ReadonlyArray<Request> {
    return recent.slice(-2 * maxAttempts).filter(({ startedAt }) => this.clock.elapsed - startedAt < renewal)
  }

  private ledger(provider: number): Ledger {
    const ledger = this.ledgers[provider]
    if (ledger === undefined) {
      throw new Error(`no provider ${provider}`)
    }
    return ledger
  }
}

const nothingRejected: ReadonlySet<string> = new Set()

const nothingSince = (): Held["since"] => ({
  failed: false,
  invalidatedOlder: false,
  turned: false,
  interrupted: false
})

const newHeld = (arrival: Arrival): Held => ({
  arrival,
  generation: undefined,
  access: "live",
  isTried: false,
  isRefused: false,
  isDoubtful: false,
  isSuspect: false,
  isDatedAhead: false,
  since: nothingSince()
})

/** Fewer than the budget of retries pays for. */
const fewRequests = 60

/** Ended in a way of which a second attempt may well end better, and not to be waited for. */
const isTransient = ({ outcome }: Request): boolean =>
  outcome?._tag === "failed" && outcome.delivery !== "unsent" && outcome.isTransient && outcome.retryAfter === 0

/** Without an answer, for a reason that does not end the renewal as well. */
const isAmbiguous = ({ endedAt, outcome, startedAt }: Request): boolean =>
  outcome?._tag === "aborted"
    ? endedAt - startedAt > requestTimeout - 1
    : outcome?._tag === "failed" && outcome.delivery === "ambiguous" && outcome.retryAfter === 0
