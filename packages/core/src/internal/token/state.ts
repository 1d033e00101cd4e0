/**
 * The states of the token of an account, and every transition between them. Pure functions: no clock, no effect.
 *
 * For each read, `TokenProvider` asks `decide`. `renewal` records each event by a transition.
 */
import * as Arr from "effect/Array"
import type * as Deferred from "effect/Deferred"
import * as Equal from "effect/Equal"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as JindouyunConfig from "../../JindouyunConfig.js"
import { ProviderClosed, type StoreFailure, type TokenError } from "../../JindouyunError.js"
import * as Token from "../../Token.js"
import type { RefusedCredentials, TokenRecord } from "../../TokenRecord.js"
import * as freshness from "./freshness.js"

/** The state of one account. */
export interface TokenState {
  /** Grows with each pair received. Never decreases, also not by a reset. */
  readonly generation: number
  /** How often `reset` was called. A renewal that began before a reset brings no pair. */
  readonly resets: number
  readonly held: Held | undefined
  /** The credentials of a refused acquisition, until a pair is received. They are not sent again before the refusal lapses. */
  readonly refusedCredentials: RefusedCredentials | undefined
  /** Other refused credentials, the newest first. The same rule holds for them. */
  readonly earlierRefusals: ReadonlyArray<RefusedCredentials>
  readonly activity: Activity
  /** When the last token request ended, on the monotonic clock: a wall clock that is set back cannot shorten the interval. */
  readonly lastRequestAt: number | undefined
  /** The failure of the last save or lease. A successful save or a newer record clears it. */
  readonly storeFailure: StoreFailure | undefined
  /** Whether a warning was logged that `refreshTokenField` may be wrong. */
  readonly isFieldSuspected: boolean
}

/** The last pair received, and what is known of each of its tokens. */
export interface Held {
  readonly pair: Token.TokenPair
  readonly access: "live" | "rejected"
  /**
   * `ambiguous`: a request with the refresh token ended without an answer, so that the platform may have used the token up.
   * `refused`: the platform refused it while the access token was still valid.
   */
  readonly refresh: "untried" | "ambiguous" | "refused"
}

/** `failure` is the last failure; a successful renewal clears it. `Closed`: the layer was closed. */
export type Activity = Idle | Renewing | Cooling | Closed

export interface Idle {
  readonly _tag: "Idle"
  readonly failure: TokenError | undefined
}

/** A renewal is running. `failures` counts the renewals in a row that ended in a cooldown. */
export interface Renewing {
  readonly _tag: "Renewing"
  readonly renewal: Renewal
  readonly failures: number
  readonly failure: TokenError | undefined
}

/** The last renewal failed transiently. No renewal starts before `until`, in milliseconds of the wall clock. */
export interface Cooling {
  readonly _tag: "Cooling"
  readonly since: number
  readonly until: number
  readonly failures: number
  readonly failure: TokenError
}

export interface Closed {
  readonly _tag: "Closed"
  readonly failure: TokenError | undefined
}

/** A running renewal. `tokenReady` completes as soon as a token can be served, `done` when the renewal has ended. */
export interface Renewal {
  readonly tokenReady: Deferred.Deferred<void, TokenError>
  readonly done: Deferred.Deferred<void, TokenError>
  readonly fiber: Fiber.RuntimeFiber<void, TokenError>
  /** The resets before its start. After a later reset, its failure is no answer to a caller. */
  readonly resets: number
}

/** The two durations that decisions depend on, in milliseconds. */
export type Policy = Pick<JindouyunConfig.Service, "earlyRefresh" | "expiryMargin">

/** The decision for a read. */
export type Decision =
  | { readonly _tag: "Serve"; readonly token: Token.AccessToken }
  | { readonly _tag: "ServeAndRenew"; readonly token: Token.AccessToken }
  | { readonly _tag: "Await"; readonly renewal: Renewal }
  | { readonly _tag: "Renew" }
  | { readonly _tag: "Fail"; readonly failure: TokenError }

/** The phase that `Status` shows. */
export type Phase =
  | "fresh"
  | "due"
  | "renewing"
  | "cooling"
  | "credentialsRefused"
  | "closed"
  | "absent"
  | "expired"
  | "rejected"

export const initial: TokenState = {
  generation: 0,
  resets: 0,
  held: undefined,
  refusedCredentials: undefined,
  earlierRefusals: [],
  activity: { _tag: "Idle", failure: undefined },
  lastRequestAt: undefined,
  storeFailure: undefined,
  isFieldSuspected: false
}

// Decisions

/** The decision for a read at `now`. A `forced` read requires a pair that is received after now. */
export const decide = (state: TokenState, now: number, policy: Policy, forced: boolean): Decision => {
  const { activity, held } = state
  if (activity._tag === "Closed") {
    return { _tag: "Fail", failure: new ProviderClosed({ delivery: "unsent" }) }
  }
  if (!forced && held !== undefined && isUsable(held, now, policy)) {
    const renew = isDue(state, held, now, policy) && mayRenew(activity, now)
    return { _tag: renew ? "ServeAndRenew" : "Serve", token: held.pair.accessToken }
  }
  if (activity._tag === "Renewing") {
    return { _tag: "Await", renewal: activity.renewal }
  }
  return activity._tag === "Cooling" && !mayRenew(activity, now)
    ? { _tag: "Fail", failure: activity.failure }
    : { _tag: "Renew" }
}

/** Whether the held token may be served at `now`. */
export const canServe = (state: TokenState, now: number, policy: Policy): boolean =>
  state.activity._tag !== "Closed" && state.held !== undefined && isUsable(state.held, now, policy)

/** How long the next token request has to wait, in milliseconds, so that `interval` lies between two requests. */
export const requestWait = ({ lastRequestAt }: TokenState, now: number, interval: number): number =>
  lastRequestAt !== undefined && Token.isPending(lastRequestAt, lastRequestAt + interval, now)
    ? lastRequestAt + interval - now
    : 0

/** When the next renewal may start, while the provider cools down. */
export const nextTryAt = ({ activity }: TokenState, now: number): number | undefined =>
  activity._tag === "Cooling" && !mayRenew(activity, now) ? activity.until : undefined

export const phase = (state: TokenState, now: number, policy: Policy): Phase => {
  const { activity, held, refusedCredentials } = state
  if (activity._tag === "Closed") {
    return "closed"
  }
  if (held !== undefined && isUsable(held, now, policy)) {
    return isDue(state, held, now, policy) ? "due" : "fresh"
  }
  if (activity._tag === "Renewing") {
    return "renewing"
  }
  if (refusedCredentials !== undefined) {
    return "credentialsRefused"
  }
  if (!mayRenew(activity, now)) {
    return "cooling"
  }
  return held === undefined ? "absent" : held.access === "rejected" ? "rejected" : "expired"
}

/** All refused credentials that are remembered, the newest first. */
export const refusals = ({ earlierRefusals, refusedCredentials }: TokenState): ReadonlyArray<RefusedCredentials> =>
  refusedCredentials === undefined ? earlierRefusals : [refusedCredentials, ...earlierRefusals]

/** Whether `value` is the value that was rejected: the platform may answer a refresh with the same pair. */
export const isRejected = ({ held }: TokenState, value: Redacted.Redacted): boolean =>
  held?.access === "rejected" && Equal.equals(held.pair.accessToken.value, value)

// Transitions

export const started = (renewal: Renewal) => (state: TokenState): TokenState => ({
  ...state,
  activity: {
    _tag: "Renewing",
    renewal,
    failures: state.activity._tag === "Cooling" ? state.activity.failures : 0,
    failure: state.activity.failure
  }
})

export const finished = (activity: Idle | Cooling) => (state: TokenState): TokenState =>
  state.activity._tag === "Renewing" ? { ...state, activity } : state

/** A token request ended, whatever its outcome. */
export const requestEnded = (now: number) => (state: TokenState): TokenState => ({ ...state, lastRequestAt: now })

/** A pair was received. `access` is `rejected` if the platform answered with the value that was just rejected. */
export const received = (pair: Token.TokenPair, access: Held["access"]) => (state: TokenState): TokenState =>
  pair.accessToken.generation > state.generation
    ? {
      ...state,
      generation: pair.accessToken.generation,
      held: { pair, access, refresh: "untried" },
      refusedCredentials: undefined,
      earlierRefusals: refusals(state)
    }
    : state

/** The platform refused an acquisition. */
export const credentialsRefused = (refusedCredentials: RefusedCredentials) => (state: TokenState): TokenState => ({
  ...state,
  refusedCredentials,
  earlierRefusals: newestSeven(refusals(state))
})

/** The platform accepted credentials, or their refusal has lapsed: the refusals that match are forgotten. */
export const refusalLifted = (isOf: (refused: RefusedCredentials) => boolean) => (state: TokenState): TokenState => ({
  ...state,
  refusedCredentials: state.refusedCredentials !== undefined && isOf(state.refusedCredentials)
    ? undefined
    : state.refusedCredentials,
  earlierRefusals: state.earlierRefusals.filter((refused) => !isOf(refused))
})

/** A refresh with the pair of this generation ended without an answer. */
export const refreshAmbiguous = (generation: number) => ofHeld(generation, { refresh: "ambiguous" })

/** The platform refused the refresh token of this generation while its access token was still valid. */
export const refreshRefused = (generation: number) => ofHeld(generation, { refresh: "refused" })

/** The platform rejected an access token. A pair of another generation is kept. */
export const invalidated = ({ generation }: Token.AccessToken) => ofHeld(generation, { access: "rejected" })

const ofHeld =
  (generation: number, known: Partial<Pick<Held, "access" | "refresh">>) => (state: TokenState): TokenState => {
    if (state.held?.pair.accessToken.generation !== generation) {
      return state
    }
    const held = { ...state.held, ...known }
    return held.access === state.held.access && held.refresh === state.held.refresh ? state : { ...state, held }
  }

/**
 * A record was loaded from the store. A newer record replaces the pair and all refused credentials. Any other record only adds
 * its refused credentials. While the last save failed, the store may lack the held pair: then refusals of an older record
 * count only if they are later than the pair. Without a held pair all of them count.
 */
export const adopted = (record: TokenRecord, now: number) => (state: TokenState): TokenState => {
  if (record.generation > state.generation) {
    // A pair dated in the future was dated by a clock that is ahead.
    const pair = Option.getOrUndefined(
      Option.map(record.pair, (pair) => freshness.rebased(pair, now, state.held?.pair))
    )
    return {
      ...state,
      generation: record.generation,
      held: pair &&
        { pair, access: isRejected(state, pair.accessToken.value) ? "rejected" : "live", refresh: "untried" },
      refusedCredentials: Option.getOrUndefined(record.refusedCredentials),
      earlierRefusals: record.earlierRefusals,
      storeFailure: undefined
    }
  }
  const isComplete = record.generation === state.generation || state.storeFailure === undefined
  const counts = ({ refusedAt }: RefusedCredentials) => isComplete || refusedAt > (state.held?.pair.sentAt ?? -Infinity)
  const current = Option.getOrElse(Option.filter(record.refusedCredentials, counts), () => state.refusedCredentials)
  const stored = [...Option.toArray(record.refusedCredentials), ...record.earlierRefusals].filter(counts)
  const others = Arr.dedupeWith([...refusals(state), ...stored], (a, b) => a.credentials === b.credentials)
    .filter(({ credentials }) => credentials !== current?.credentials)
  return current === state.refusedCredentials && others.length === state.earlierRefusals.length
    ? state
    : { ...state, refusedCredentials: current, earlierRefusals: newestSeven(others) }
}

/** A save or a lease failed, or, with `undefined`, a save succeeded. */
export const storeReported = (storeFailure: StoreFailure | undefined) => (state: TokenState): TokenState =>
  state.storeFailure === storeFailure ? state : { ...state, storeFailure }

/** A warning is logged that `refreshTokenField` may be wrong. */
export const fieldSuspected = (state: TokenState): TokenState => ({ ...state, isFieldSuspected: true })

/**
 * A reset begins or ends: the pair, the refused credentials and the cooldown are forgotten. A running renewal ends without a
 * pair. The generation stays, so that a token served before cannot be taken for a later one.
 */
export const reset = ({ activity, generation, isFieldSuspected, lastRequestAt, resets }: TokenState): TokenState => ({
  ...initial,
  generation,
  resets: resets + 1,
  lastRequestAt,
  isFieldSuspected,
  activity: activity._tag === "Renewing" || activity._tag === "Closed" ? activity : initial.activity
})

export const closed = (state: TokenState): TokenState => ({
  ...state,
  held: undefined,
  activity: { _tag: "Closed", failure: state.activity.failure }
})

/** How many refused credentials are remembered beside the last ones. */
const maxEarlierRefusals = 7

const newestSeven = (refusals: ReadonlyArray<RefusedCredentials>): ReadonlyArray<RefusedCredentials> =>
  [...refusals].sort((a, b) => b.refusedAt - a.refusedAt).slice(0, maxEarlierRefusals)

const isUsable = (held: Held, now: number, policy: Policy): boolean =>
  held.access === "live" && freshness.isUsable(held.pair, now, policy.expiryMargin)

const isDue = (state: TokenState, held: Held, now: number, policy: Policy): boolean =>
  freshness.isDue(held.pair, now, policy.earlyRefresh) && freshness.isRefreshable(held.pair, now)
  && held.refresh !== "refused" && state.refusedCredentials === undefined

const mayRenew = (activity: Activity, now: number): boolean =>
  activity._tag === "Idle" || (activity._tag === "Cooling" && !Token.isPending(activity.since, activity.until, now))
