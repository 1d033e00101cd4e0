import type { TokenError } from "@jindouyun/core/JindouyunError"
import type { AccessToken } from "@jindouyun/core/Token"
import type * as Exit from "effect/Exit"
import type { Account, Outcome, Pair, Request } from "../world/Platform.js"
import type { VirtualClock } from "../world/VirtualClock.js"
import type { Caller, Provider, Start } from "./Provider.js"
import type { Terms } from "./Terms.js"

/** A pair that the platform has answered with. */
export interface Received {
  /** Its place among all answers and resets. */
  readonly order: number
  readonly pair: Pair
  /** The wall clock when its request was sent. */
  readonly sentAt: number
}

/** The event that may have kept a token from a caller that could be served. */
export type Cause = "olderInvalidated" | "failed" | "interrupted" | "unserved" | "turned" | "none"

/** The facts of each event by which the guarantees are checked. They hold right before the event is recorded. */
export interface Facts {
  /** A request is sent. */
  readonly sent: {
    readonly model: BaseModel
    readonly provider: Provider
    readonly request: Request
    /** The pair whose refresh token is sent, if it was received. */
    readonly received: Received | undefined
  }
  /** A caller waits while a request is sent; the request is recorded already. */
  readonly attempted: { readonly caller: Caller; readonly requests: number }
  /** A request ends. */
  readonly ended: {
    readonly model: BaseModel
    readonly provider: Provider
    readonly request: Request
    readonly outcome: Outcome
  }
  /** An atomic caller has run up to its first wait, or to its end. */
  readonly firstTurn: {
    readonly caller: Caller
    readonly isServed: boolean
    /** If the caller could be served at the call. */
    readonly servable: Cause | undefined
  }
  /** All tasks of a provider have run. */
  readonly settled: { readonly provider: Provider }
  /** A caller still waits when all tasks have run. */
  readonly waiting: { readonly model: BaseModel; readonly caller: Caller }
  /** A caller ends. */
  readonly left: {
    readonly model: BaseModel
    readonly caller: Caller
    readonly exit: Exit.Exit<AccessToken, TokenError>
  }
  /** A caller is given a token. */
  readonly given: { readonly received: Received | undefined }
  /** A caller is given a token that was received. */
  readonly served: {
    readonly caller: Caller
    readonly token: AccessToken
    readonly value: string
    readonly isRejected: boolean
    /** The answers by which the token may be dated; none if its age cannot be seen. */
    readonly dates: ReadonlyArray<Received>
    /** The wall clock by which the token was chosen. */
    readonly chosenAt: number
    /** The wall clock now, and how far ahead of it a token may be dated. */
    readonly wall: number
    readonly ahead: number
    readonly terms: Terms
  }
  /** A caller gets `ProviderClosed`. */
  readonly providerClosed: { readonly caller: Caller }
  /** A caller gets another failure. */
  readonly failed: {
    readonly caller: Caller
    readonly failure: TokenError
    readonly nextTryAt: number | undefined
    /** Whether the caller could have been served. */
    readonly isServable: boolean
  }
  /** A layer has closed. */
  readonly closed: { readonly isInFlight: boolean }
  /** A report call sends a request. */
  readonly reportSent: { readonly requests: number }
  /** A report call rejects a token, which may start a renewal. */
  readonly reportRejects: { readonly requests: number; readonly isNewest: boolean; readonly isCooling: boolean }
  /** A report call ends. */
  readonly reportEnded: {
    readonly requests: number
    /** Whether the platform rejected its last request. */
    readonly isRejected: boolean
    readonly failure: string | undefined
  }
  /** The tasks have run. */
  readonly drained: { readonly isEndless: boolean }
  /** The platform is healthy, and every renewal had the time to end. */
  readonly answered: { readonly waiting: number }
  /** The same, before or after the last reads. */
  readonly calm: { readonly sleepers: number }
  /** Callers of a healthy platform are given a token. */
  readonly finalRead: { readonly requests: number }
  /** Callers of a healthy platform are given no token. */
  readonly finalFailure: { readonly isServable: boolean }
  /** All layers have closed. */
  readonly over: {
    readonly areClosed: boolean
    readonly inFlight: number
    readonly isIdle: boolean
    readonly longestSleep: number
  }
}

/** What is known of a run as a whole. */
export abstract class BaseModel<P extends Provider = Provider, S extends Start = Start> {
  readonly clock: VirtualClock
  readonly terms: Terms
  readonly providers: Array<P> = []
  readonly callers = new Set<Caller<P, S>>()
  order = 0
  /** How often the wall clock was turned, and when last. */
  turns = 0
  turnedAt = -Infinity
  turnedOrder = 0

  constructor(clock: VirtualClock, terms: Terms) {
    this.clock = clock
    this.terms = terms
  }

  provider(index: number): P {
    const provider = this.providers[index]
    if (provider === undefined) {
      throw new Error(`no provider ${index}`)
    }
    return provider
  }

  protected turnedBy(): void {
    this.turns += 1
    this.order += 1
    this.turnedAt = this.clock.elapsed
    this.turnedOrder = this.order
  }

  leaving(caller: Caller<P, S>, exit: Exit.Exit<AccessToken, TokenError>): Facts["left"] {
    return { model: this, caller, exit }
  }

  left(caller: Caller<P, S>, exit: Exit.Exit<AccessToken, TokenError>): void {
    caller.exit = exit
    this.callers.delete(caller)
  }

  /** The first instant at which a token is not served any more. */
  endOf({ sentAt }: Received): number {
    return sentAt + this.terms.accessLifetime - this.terms.margin
  }

  /** The first instant of the early-refresh window. */
  dueAt({ sentAt }: Received): number {
    return sentAt + this.terms.accessLifetime - this.terms.early
  }

  /** The instants of the wall clock at which something changes for a pair. */
  protected instantsOf(received: Received | undefined): ReadonlyArray<number> {
    return received === undefined ? [] : [
      this.dueAt(received),
      this.endOf(received),
      received.sentAt + this.terms.accessLifetime,
      received.sentAt + this.terms.refreshLifetime
    ]
  }
}

/**
 * What is known of a run: the requests seen at the platform, its answers, and what callers were given. Nothing here
 * reads the library's state.
 *
 * Most events come in two steps: the first returns the facts by which the guarantees are checked, the second records the
 * event.
 */
export interface Model<F extends Facts, C extends Caller, R extends Received> {
  readonly callers: ReadonlySet<C>
  opened(): number
  closing(provider: number): void
  closed(provider: number): F["closed"]
  turned(millis: number): void
  credentialsChanged(current: () => Account | undefined): void
  invalidated(provider: number, token: AccessToken): void
  resetBegins(provider: number): void
  resetEnds(provider: number, isDone: boolean): void
  settled(): ReadonlyArray<F["settled"]>
  sending(request: Request): F["sent"]
  sent(facts: F["sent"]): void
  attempts(request: Request): ReadonlyArray<F["attempted"]>
  ending(request: Request, outcome: Outcome): F["ended"]
  ended(facts: F["ended"]): void
  begins(id: number, provider: number, kind: "read" | "refresh", isAtomic: boolean): C
  firstTurnEnds(caller: C): F["firstTurn"]
  interrupted(caller: C): void
  waiting(caller: C): F["waiting"]
  leaving(caller: C, exit: Exit.Exit<AccessToken, TokenError>): F["left"]
  left(caller: C, exit: Exit.Exit<AccessToken, TokenError>): void
  /** The answer that brought a token. */
  receivedFor(caller: C, token: AccessToken): R | undefined
  serving(caller: C, token: AccessToken, received: R): F["served"]
  served(facts: F["served"]): void
  failing(caller: C, failure: TokenError): F["failed"]
  failed(facts: F["failed"]): void
  requestsOf(provider: number): number
  /** Instants of the wall clock at which something changes for a provider. */
  instants(provider: number): ReadonlyArray<number>
}
