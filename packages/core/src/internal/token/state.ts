/**
 * Every state the token of an account can be in, and every step between them: plain functions, no clock, no effect.
 *
 * A state is what is held × what is going on. `TokenProvider` reads the clock, asks `decide`, and does what it says.
 *
 * @since 0.1.0
 */
import type * as Deferred from "effect/Deferred"
import * as Equal from "effect/Equal"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import { ProviderClosed, type TokenError } from "../../JindouyunError.js"
import * as Token from "../../Token.js"
import type { RefusedCredentials, TokenRecord } from "../../TokenRecord.js"

/**
 * The state of one account.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenState {
  /** Grows with each pair that arrives and never goes down, also not by a reset. */
  readonly generation: number
  readonly held: Held | undefined
  /** The acquisition that was refused since the last pair arrived: not to be repeated with the same credentials. */
  readonly refusedCredentials: RefusedCredentials | undefined
  readonly activity: Activity
  /**
   * When the last request ended, on the monotonic clock: no other may begin within the floor after it, however the
   * wall clock is turned.
   */
  readonly lastRequestAt: number | undefined
}

/**
 * The last pair that arrived, and what has become known of each half since.
 *
 * A refresh token is `ambiguous` once an attempt with it ended without an answer, for the platform may have spent it,
 * and `refused` once the platform refused it while the access token was still good: too early, or too late.
 *
 * @since 0.1.0
 * @category models
 */
export interface Held {
  readonly pair: Token.TokenPair
  readonly access: "live" | "rejected"
  readonly refresh: "untried" | "ambiguous" | "refused"
}

/**
 * What is going on. `failure` is the last one, and is forgotten when a renewal succeeds; `failures` counts the renewals
 * in a row that ended in a cooldown.
 *
 * @since 0.1.0
 * @category models
 */
export type Activity = Idle | Renewing | Cooling | Closed

/**
 * Nothing is going on.
 *
 * @since 0.1.0
 * @category models
 */
export interface Idle {
  readonly _tag: "Idle"
  readonly failure: TokenError | undefined
}

/**
 * A renewal is under way.
 *
 * @since 0.1.0
 * @category models
 */
export interface Renewing {
  readonly _tag: "Renewing"
  readonly renewal: Renewal
  readonly failures: number
  readonly failure: TokenError | undefined
}

/**
 * The last renewal failed for a passing reason, and none is made until the time is up.
 *
 * @since 0.1.0
 * @category models
 */
export interface Cooling {
  readonly _tag: "Cooling"
  readonly since: number
  readonly until: number
  readonly failures: number
  readonly failure: TokenError
}

/**
 * The provider is gone.
 *
 * @since 0.1.0
 * @category models
 */
export interface Closed {
  readonly _tag: "Closed"
  readonly failure: TokenError | undefined
}

/**
 * A renewal under way: one fiber for everybody, and what others wait for. `tokenReady` is done as soon as there is a token
 * to serve, `done` when the renewal is over. Opaque to this module.
 *
 * @since 0.1.0
 * @category models
 */
export interface Renewal {
  readonly tokenReady: Deferred.Deferred<void, TokenError>
  readonly done: Deferred.Deferred<void, TokenError>
  readonly fiber: Fiber.RuntimeFiber<void, TokenError>
}

/**
 * The two spans a decision depends on, in milliseconds.
 *
 * @since 0.1.0
 * @category models
 */
export interface Policy {
  readonly expiryMargin: number
  readonly earlyRefresh: number
}

/**
 * What a read is to do.
 *
 * @since 0.1.0
 * @category models
 */
export type Decision =
  | { readonly _tag: "Serve"; readonly token: Token.AccessToken }
  | { readonly _tag: "ServeAndRenew"; readonly token: Token.AccessToken }
  | { readonly _tag: "Await"; readonly renewal: Renewal }
  | { readonly _tag: "Renew" }
  | { readonly _tag: "Fail"; readonly failure: TokenError }

/**
 * What a read would meet now: a token that is `fresh`, or `due` for its renewal in the background; a wait
 * (`renewing`); a failure at once (`cooling`, `credentialsRefused`, `closed`); or the need of a renewal (`absent`, `expired`,
 * `rejected`).
 *
 * @since 0.1.0
 * @category models
 */
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

/**
 * Nothing held, nothing going on.
 *
 * @since 0.1.0
 * @category constructors
 */
export const initial: TokenState = {
  generation: 0,
  held: undefined,
  refusedCredentials: undefined,
  activity: { _tag: "Idle", failure: undefined },
  lastRequestAt: undefined
}

/**
 * What a read at `now` is to do; `forced` reads want a pair that arrives after now.
 *
 * @since 0.1.0
 * @category decisions
 */
export const decide = (state: TokenState, now: number, policy: Policy, forced: boolean): Decision => {
  const { activity, held } = state
  if (activity._tag === "Closed") {
    return { _tag: "Fail", failure: new ProviderClosed({ delivery: "unsent" }) }
  }
  if (!forced && held !== undefined && isUsable(held, now, policy)) {
    const renew = isDue(state, held, now, policy) && isResting(activity, now)
    return { _tag: renew ? "ServeAndRenew" : "Serve", token: held.pair.accessToken }
  }
  if (activity._tag === "Renewing") {
    return { _tag: "Await", renewal: activity.renewal }
  }
  return activity._tag === "Cooling" && !isResting(activity, now)
    ? { _tag: "Fail", failure: activity.failure }
    : { _tag: "Renew" }
}

/**
 * Whether the token that is held may be handed out at `now`.
 *
 * @since 0.1.0
 * @category decisions
 */
export const canServe = (state: TokenState, now: number, policy: Policy): boolean =>
  state.activity._tag !== "Closed" && state.held !== undefined && isUsable(state.held, now, policy)

/**
 * How long the next request has to wait for the floor.
 *
 * @since 0.1.0
 * @category decisions
 */
export const floorLeft = (state: TokenState, now: number, floor: number): number =>
  state.lastRequestAt !== undefined && Token.isPending(state.lastRequestAt, state.lastRequestAt + floor, now)
    ? state.lastRequestAt + floor - now
    : 0

/**
 * When the next renewal may be tried, while one may not.
 *
 * @since 0.1.0
 * @category decisions
 */
export const nextTryAt = ({ activity }: TokenState, now: number): number | undefined =>
  activity._tag === "Cooling" && !isResting(activity, now) ? activity.until : undefined

/**
 * What a read at `now` would meet, for people to look at.
 *
 * @since 0.1.0
 * @category decisions
 */
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
  if (!isResting(activity, now)) {
    return "cooling"
  }
  if (refusedCredentials !== undefined) {
    return "credentialsRefused"
  }
  return held === undefined ? "absent" : held.access === "rejected" ? "rejected" : "expired"
}

/**
 * A renewal has been started.
 *
 * @since 0.1.0
 * @category transitions
 */
export const started = (renewal: Renewal) => (state: TokenState): TokenState => ({
  ...state,
  activity: {
    _tag: "Renewing",
    renewal,
    failures: state.activity._tag === "Cooling" ? state.activity.failures : 0,
    failure: state.activity.failure
  }
})

/**
 * A request has ended, whatever came of it.
 *
 * @since 0.1.0
 * @category transitions
 */
export const requestEnded = (now: number) => (state: TokenState): TokenState => ({ ...state, lastRequestAt: now })

/**
 * A pair has arrived. `access` is `rejected` where it brought the very value that had just been rejected.
 *
 * @since 0.1.0
 * @category transitions
 */
export const received = (pair: Token.TokenPair, access: Held["access"]) => (state: TokenState): TokenState =>
  pair.accessToken.generation > state.generation
    ? {
      ...state,
      generation: pair.accessToken.generation,
      held: { pair, access, refresh: "untried" },
      refusedCredentials: undefined
    }
    : state

/**
 * The platform refused an acquisition.
 *
 * @since 0.1.0
 * @category transitions
 */
export const credentialsRefused = (refusedCredentials: RefusedCredentials) => (state: TokenState): TokenState => ({
  ...state,
  refusedCredentials
})

/**
 * What a reset that has ended leaves: no refusal, and no pair up to the generation it has forgotten. Another state in any
 * case: what was loaded for the one before is out of date.
 *
 * @since 0.1.0
 * @category transitions
 */
export const forgotten = (generation: number) => (state: TokenState): TokenState => ({
  ...state,
  held: state.held !== undefined && state.held.pair.accessToken.generation > generation ? state.held : undefined,
  refusedCredentials: undefined
})

/**
 * Whether this is the very value that was rejected: a platform may answer the same pair twice.
 *
 * @since 0.1.0
 * @category decisions
 */
export const isRejected = ({ held }: TokenState, value: Redacted.Redacted): boolean =>
  held?.access === "rejected" && Equal.equals(held.pair.accessToken.value, value)

/**
 * What a store remembers. A newer record takes the place of what is known here; one of the same generation can only
 * add the refusedCredentials; an older one changes nothing. A pair that seems to come from the future was dated by a clock that is
 * ahead of `now`.
 *
 * @since 0.1.0
 * @category transitions
 */
export const adopted = (record: TokenRecord, now: number) => (state: TokenState): TokenState => {
  const refusedCredentials = Option.getOrUndefined(record.refusedCredentials)
  if (record.generation > state.generation) {
    const pair = Option.getOrUndefined(Option.map(record.pair, (pair) => Token.rebased(pair, now)))
    return {
      ...state,
      generation: record.generation,
      held: pair &&
        { pair, access: isRejected(state, pair.accessToken.value) ? "rejected" : "live", refresh: "untried" },
      refusedCredentials
    }
  }
  return record.generation === state.generation && refusedCredentials !== undefined
    ? { ...state, refusedCredentials }
    : state
}

/**
 * A refresh with the pair of this generation ended without an answer.
 *
 * @since 0.1.0
 * @category transitions
 */
export const refreshAmbiguous = (generation: number) => (state: TokenState): TokenState =>
  state.held !== undefined && state.generation === generation && state.held.refresh !== "ambiguous"
    ? { ...state, held: { ...state.held, refresh: "ambiguous" } }
    : state

/**
 * The platform rejected a token. Its successor, if there is one by now, stays.
 *
 * @since 0.1.0
 * @category transitions
 */
export const invalidated = (rejected: Token.AccessToken) => (state: TokenState): TokenState =>
  state.held !== undefined && state.held.pair.accessToken.generation === rejected.generation
    && state.held.access === "live"
    ? { ...state, held: { ...state.held, access: "rejected" } }
    : state

/**
 * The platform refused the refresh token of this generation while its access token was still good.
 *
 * @since 0.1.0
 * @category transitions
 */
export const refreshRefused = (generation: number) => (state: TokenState): TokenState =>
  state.held !== undefined && state.generation === generation
    ? { ...state, held: { ...state.held, refresh: "refused" } }
    : state

/**
 * The renewal is over.
 *
 * @since 0.1.0
 * @category transitions
 */
export const finished = (activity: Idle | Cooling) => (state: TokenState): TokenState =>
  state.activity._tag === "Renewing" ? { ...state, activity } : state

/**
 * Forgets the pair, the cooldown and the refusedCredentials. A renewal under way goes on, and the generation is kept: a token handed
 * out before can still not be taken for a later one.
 *
 * @since 0.1.0
 * @category transitions
 */
export const reset = (state: TokenState): TokenState => ({
  ...state,
  held: undefined,
  refusedCredentials: undefined,
  activity: state.activity._tag === "Cooling" || state.activity._tag === "Idle"
    ? { _tag: "Idle", failure: undefined }
    : state.activity
})

/**
 * The provider is gone.
 *
 * @since 0.1.0
 * @category transitions
 */
export const closed = (state: TokenState): TokenState => ({
  ...state,
  held: undefined,
  activity: { _tag: "Closed", failure: state.activity.failure }
})

const isUsable = (held: Held, now: number, policy: Policy): boolean =>
  held.access === "live" && Token.isUsable(held.pair, now, policy.expiryMargin)

const isDue = (state: TokenState, held: Held, now: number, policy: Policy): boolean =>
  Token.isDue(held.pair, now, policy.earlyRefresh) && Token.isRefreshable(held.pair, now)
  && held.refresh !== "refused" && state.refusedCredentials === undefined

const isResting = (activity: Activity, now: number): boolean =>
  activity._tag === "Idle" || (activity._tag === "Cooling" && !Token.isPending(activity.since, activity.until, now))
