import type { Account, Request } from "../world/Platform.js"
import type { Received as AnyReceived } from "./Model.js"
import { type Caller, type Cooling, Provider, type Start } from "./Provider.js"
import { maxAttempts, requestTimeout } from "./Terms.js"

export interface Received extends AnyReceived {
  /** Whether its access token is new. A platform may answer with the value that was rejected; that may be unclear. */
  readonly brings: "newValue" | "rejectedValue" | "unsure"
  /** Whether the clock was turned back before the answer, so that the pair seems to come from the future. */
  readonly isAhead: boolean
  /** Whether a reset may have raised the fence, so that the store refused the pair. */
  readonly mayBeUnsaved: boolean
  isServed: boolean
  /** When it was received, if it could not be served then and the renewal goes on. */
  uselessAt: number
}

/** A pair that a provider is known to hold, and what has happened to it. */
export interface Held {
  readonly received: Received
  generation: number | undefined
  access: "live" | "rejected" | "unsure"
  /** Whether its refresh token was sent. */
  isTried: boolean
  isRefused: boolean
  isAmbiguous: boolean
  /** After an answer of which the guarantees leave open whether it is ambiguous. */
  isSuspect: boolean
  /** Adopted from a store when it seemed to come from the future: the provider may take it for older than it is. */
  isDatedAhead: boolean
  /** What happened since it was last served. */
  since: { failed: boolean; invalidatedOlder: boolean; turned: boolean; interrupted: boolean }
}

export const newHeld = (received: Received): Held => ({
  received,
  generation: undefined,
  access: "live",
  isTried: false,
  isRefused: false,
  isAmbiguous: false,
  isSuspect: false,
  isDatedAhead: false,
  since: nothingSince()
})

export const nothingSince = (): Held["since"] => ({
  failed: false,
  invalidatedOlder: false,
  turned: false,
  interrupted: false
})

/** A refused acquisition. */
export interface Refusal {
  readonly account: Account
  readonly sign: number
  /** Its place among the answers: a later pair ends the refusal. */
  readonly order: number
  /** By the wall clock. */
  readonly refusedAt: number
  /** Whether all providers of the scope are known to remember it. */
  isSure: boolean
}

/** What the providers of one store share. A provider without a store has a scope of its own. */
export interface Scope {
  /** The pair that is stored. */
  last: Received | undefined
  received: Array<Received>
  /** The refusal that forbids the next request. */
  refusal: Refusal | undefined
  /** The refusals that are remembered, the newest first. */
  remembered: Array<Refusal>
  /** The last refusal, which the store keeps until a pair is received. */
  stored: Refusal | undefined
  /** The refusal that a reset is about to remove from the store, and that may still be read there. */
  fading: Refusal | undefined
  hasRefused: boolean
  inFlight: Request | undefined
}

export const newScope = (): Scope => ({
  last: undefined,
  received: [],
  refusal: undefined,
  remembered: [],
  stored: undefined,
  fading: undefined,
  hasRefused: false,
  inFlight: undefined
})

/** What is known of a provider over no store, or over a store in memory. */
export class LocalProvider extends Provider {
  held: Held | undefined
  /** An answer that the provider may not have processed. */
  pending: Received | undefined
  refusal: Refusal | undefined
  /** The refusals that it may have read in the store and kept, the newest first. */
  read: ReadonlyArray<Refusal> = []
  /** The refresh token that must not be sent again: an acquisition is next. */
  mustAcquire: string | undefined
  readonly rejectedValues = new Set<string>()
  /** Values that may have been rejected. */
  readonly doubtedValues = new Set<string>()
  readonly recent: Array<Request> = []
  /** Instants at which a renewal may have begun. */
  readonly starts: Array<number> = []
  refreshes = 0
  /** By when a renewal must be under way that a read in the early-refresh window started. */
  renewsBy = Infinity
  /** The end of a cooldown that a reset ended, until a renewal begins: its own cooldown may end at the same instant. */
  forgottenUntil: number | undefined
  /** The end of the last cooldown whose failure a caller has got. */
  cooledUntil = -Infinity
  /** When its own last reset began. */
  ownResetAt = -Infinity
  /** The access tokens of requests that were sent before a reset of its own and answered after it. */
  readonly dropped = new Set<string>()
  resets = 0
  resetOrder = 0
  /** Pairs up to this one cannot come back from the store after a reset. */
  forgottenOrder = 0
  /** Cooldowns in a row. */
  failures = 0
  /** At most so many renewals failed since the last success, and when the last of them had its first failure. */
  setbacks = 0
  setBackAt = -Infinity
  credentialReads = 0
  /** No request before this instant: `Retry-After`. */
  notBefore = 0
  mostRetryAfter = 0
  lastReadAt = -Infinity
  /** The last failure of a caller that waited. */
  joint: { readonly at: number; readonly disturbances: number; readonly key: string } | undefined
  readonly scope: Scope

  constructor(index: number, scope: Scope) {
    super(index)
    this.scope = scope
  }
}

/** What an atomic read must meet that starts now. */
export interface Expectation {
  readonly isServable: boolean
  readonly isDue: boolean
  readonly cooling: Cooling | undefined
}

export interface LocalStart extends Start {
  readonly expectation: Expectation
  readonly refreshes: number
  /** The pair that was held. */
  readonly heldOrder: number
  /** The last answer to any provider that was surely saved. */
  readonly order: number
  readonly stored: Received | undefined
  readonly isFirst: boolean
  /** How many renewals in a row the caller may wait for. */
  readonly renewals: 1 | 2 | 3
  readonly forgottenOrder: number
  readonly rejectedValues: ReadonlySet<string>
  readonly refusal: Refusal | undefined
  readonly credentials: number
  readonly resets: number
}

export type LocalCaller = Caller<LocalProvider, LocalStart>

/** Why a request is needless: the pair is fresh. */
export type Needless = "turned" | "unused" | "early"

/** Whether a failed request may succeed if it is sent again, at once. */
export const isTransient = ({ outcome }: Request): boolean =>
  outcome?._tag === "failed" && outcome.delivery !== "unsent" && outcome.isTransient && outcome.retryAfter === 0

/** Whether a request had no answer, for a reason that does not end its renewal. */
export const isAmbiguous = ({ endedAt, outcome, startedAt }: Request): boolean =>
  outcome?._tag === "aborted"
    ? endedAt - startedAt > requestTimeout - 1
    : outcome?._tag === "failed" && outcome.delivery === "ambiguous" && outcome.retryAfter === 0

/** Enough requests to contain a whole renewal. */
export const twoRenewals = 2 * maxAttempts
