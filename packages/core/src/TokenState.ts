/**
 * Every state the token of an account can be in, and every step between them: plain functions, no clock, no effect.
 *
 * A state is what is held × what is going on. `TokenProvider` reads the clock, asks `decide`, and does what it says.
 *
 * @since 0.1.0
 */
import type * as Deferred from "effect/Deferred"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { ProviderClosed, type TokenError } from "./JindouyunError.js"
import * as Token from "./Token.js"
import type { Latch, TokenRecord } from "./TokenStore.js"

/**
 * The state of one account.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenState {
  /** The pairs that have arrived so far; never goes down, also not by a reset. */
  readonly generation: number
  readonly held: Held | undefined
  readonly activity: Activity
  /** When the last exchange ended: no other may begin within the floor after it. */
  readonly lastExchangeAt: number | undefined
}

/**
 * The last pair that arrived, and what has become known of each half since.
 *
 * A refresh token is `doubtful` once an attempt with it ended without an answer, for the platform may have spent it,
 * and `refused` once the platform refused it while the access token was still good: too early, or too late.
 *
 * @since 0.1.0
 * @category models
 */
export interface Held {
  readonly pair: Token.TokenPair
  readonly access: "live" | "rejected"
  readonly refresh: "untried" | "doubtful" | "refused"
}

/**
 * What is going on. `failure` is the last one, and is forgotten when a pair arrives.
 *
 * @since 0.1.0
 * @category models
 */
export type Activity =
  | { readonly _tag: "Idle"; readonly failure: TokenError | undefined }
  | {
    readonly _tag: "Flying"
    readonly flight: Flight
    readonly failures: number
    readonly failure: TokenError | undefined
  }
  | {
    readonly _tag: "Cooling"
    readonly since: number
    readonly until: number
    readonly failures: number
    readonly failure: TokenError
  }
  | { readonly _tag: "Latched"; readonly latch: Latch }
  | { readonly _tag: "Closed" }

/**
 * A renewal under way: one fiber for everybody, and what its waiters wait for. Opaque to this module.
 *
 * @since 0.1.0
 * @category models
 */
export interface Flight {
  readonly done: Deferred.Deferred<void, TokenError>
  readonly fiber: Fiber.RuntimeFiber<unknown>
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
 * What a read is to do. A `latch` says that the flight is to read the credentials and log in only if they differ.
 *
 * @since 0.1.0
 * @category models
 */
export type Decision =
  | { readonly _tag: "Serve"; readonly token: Token.AccessToken }
  | { readonly _tag: "ServeAndRenew"; readonly token: Token.AccessToken }
  | { readonly _tag: "Await"; readonly flight: Flight }
  | { readonly _tag: "Renew"; readonly latch: Option.Option<Latch> }
  | { readonly _tag: "Fail"; readonly failure: TokenError }

/**
 * How a flight ended. A pair that arrived has been recorded before.
 *
 * @since 0.1.0
 * @category models
 */
export type Landing =
  | { readonly _tag: "Done" }
  | { readonly _tag: "Refused"; readonly failure: TokenError }
  | { readonly _tag: "Cooling"; readonly failure: TokenError; readonly since: number; readonly until: number }
  | { readonly _tag: "Latched"; readonly latch: Latch }

/**
 * What a read would meet now: a token that is `fresh`, or `due` for its renewal in the background; a wait
 * (`renewing`); a failure at once (`cooling`, `latched`, `closed`); or the need of a renewal (`absent`, `expired`,
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
  | "latched"
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
  activity: { _tag: "Idle", failure: undefined },
  lastExchangeAt: undefined
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
    return { _tag: "Fail", failure: new ProviderClosed({ phase: "unsent" }) }
  }
  if (!forced && held !== undefined && isUsable(held, now, policy)) {
    const renew = isDue(held, now, policy) && isResting(activity, now)
    return { _tag: renew ? "ServeAndRenew" : "Serve", token: held.pair.accessToken }
  }
  switch (activity._tag) {
    case "Flying":
      return { _tag: "Await", flight: activity.flight }
    case "Latched":
      return { _tag: "Renew", latch: Option.some(activity.latch) }
    case "Cooling":
      return isResting(activity, now)
        ? { _tag: "Renew", latch: Option.none() }
        : { _tag: "Fail", failure: activity.failure }
    case "Idle":
      return { _tag: "Renew", latch: Option.none() }
  }
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
 * How long the next exchange has to wait for the floor.
 *
 * @since 0.1.0
 * @category decisions
 */
export const floorLeft = (state: TokenState, now: number, floor: number): number =>
  state.lastExchangeAt !== undefined && Token.isWithin(state.lastExchangeAt, state.lastExchangeAt + floor, now)
    ? state.lastExchangeAt + floor - now
    : 0

/**
 * What a read at `now` would meet, for people to look at.
 *
 * @since 0.1.0
 * @category decisions
 */
export const phase = (state: TokenState, now: number, policy: Policy): Phase => {
  const { activity, held } = state
  if (activity._tag === "Closed") {
    return "closed"
  }
  if (held !== undefined && isUsable(held, now, policy)) {
    return isDue(held, now, policy) ? "due" : "fresh"
  }
  if (activity._tag === "Flying") {
    return "renewing"
  }
  if (activity._tag === "Latched") {
    return "latched"
  }
  if (activity._tag === "Cooling" && !isResting(activity, now)) {
    return "cooling"
  }
  return held === undefined ? "absent" : held.access === "rejected" ? "rejected" : "expired"
}

/**
 * The last failure, if no pair has arrived since.
 *
 * @since 0.1.0
 * @category decisions
 */
export const lastFailure = ({ activity }: TokenState): TokenError | undefined =>
  activity._tag === "Closed"
    ? undefined
    : activity._tag === "Latched"
    ? activity.latch.failure
    : activity.failure

/**
 * A flight has been launched.
 *
 * @since 0.1.0
 * @category transitions
 */
export const launched = (state: TokenState, flight: Flight): TokenState => ({
  ...state,
  activity: {
    _tag: "Flying",
    flight,
    failures: state.activity._tag === "Cooling" ? state.activity.failures : 0,
    failure: lastFailure(state)
  }
})

/**
 * An exchange has ended, whatever came of it.
 *
 * @since 0.1.0
 * @category transitions
 */
export const exchanged = (state: TokenState, now: number): TokenState => ({ ...state, lastExchangeAt: now })

/**
 * A pair has arrived. `access` is `rejected` where it brought the very value that had just been rejected.
 *
 * @since 0.1.0
 * @category transitions
 */
export const arrived = (state: TokenState, pair: Token.TokenPair, access: Held["access"]): TokenState =>
  pair.accessToken.generation > state.generation
    ? { ...state, generation: pair.accessToken.generation, held: { pair, access, refresh: "untried" } }
    : state

/**
 * A store knows more: a record of an older or the same generation changes nothing.
 *
 * @since 0.1.0
 * @category transitions
 */
export const adopted = (record: TokenRecord) => (state: TokenState): TokenState =>
  record.generation > state.generation
    ? {
      ...state,
      generation: record.generation,
      held: Option.match(record.pair, {
        onNone: () => undefined,
        onSome: (pair): Held => ({ pair, access: "live", refresh: "untried" })
      })
    }
    : state

/**
 * A refresh with the pair of this generation ended without an answer.
 *
 * @since 0.1.0
 * @category transitions
 */
export const doubted = (generation: number) => (state: TokenState): TokenState =>
  state.held !== undefined && state.generation === generation && state.held.refresh !== "doubtful"
    ? { ...state, held: { ...state.held, refresh: "doubtful" } }
    : state

/**
 * The platform rejected a token. Its successor, if there is one by now, stays.
 *
 * @since 0.1.0
 * @category transitions
 */
export const invalidated = (state: TokenState, rejected: Token.AccessToken): TokenState =>
  state.held !== undefined && state.held.pair.accessToken.generation === rejected.generation
    && state.held.access === "live"
    ? { ...state, held: { ...state.held, access: "rejected" } }
    : state

/**
 * The flight has ended.
 *
 * @since 0.1.0
 * @category transitions
 */
export const landed = (state: TokenState, landing: Landing): TokenState => {
  if (state.activity._tag !== "Flying") {
    return state
  }
  switch (landing._tag) {
    case "Done":
      return { ...state, activity: { _tag: "Idle", failure: undefined } }
    case "Refused":
      return {
        ...state,
        held: state.held === undefined ? undefined : { ...state.held, refresh: "refused" },
        activity: { _tag: "Idle", failure: landing.failure }
      }
    case "Cooling":
      return { ...state, activity: { ...landing, failures: state.activity.failures + 1 } }
    case "Latched":
      return { ...state, activity: landing }
  }
}

/**
 * Forgets the pair, the cool-down and the latch. A flight under way goes on, and the generation is kept: a token handed
 * out before can still not be taken for a later one.
 *
 * @since 0.1.0
 * @category transitions
 */
export const reset = (state: TokenState): TokenState => ({
  ...state,
  held: undefined,
  activity: state.activity._tag === "Flying" || state.activity._tag === "Closed"
    ? state.activity
    : { _tag: "Idle", failure: undefined }
})

/**
 * The provider is gone.
 *
 * @since 0.1.0
 * @category transitions
 */
export const closed = (state: TokenState): TokenState => ({ ...state, held: undefined, activity: { _tag: "Closed" } })

const isUsable = (held: Held, now: number, policy: Policy): boolean =>
  held.access === "live" && Token.isUsable(held.pair, now, policy.expiryMargin)

const isDue = (held: Held, now: number, policy: Policy): boolean =>
  Token.isDue(held.pair, now, policy.earlyRefresh) && held.refresh !== "refused" && Token.isRefreshable(held.pair, now)

const isResting = (activity: Activity, now: number): boolean =>
  activity._tag === "Idle" || (activity._tag === "Cooling" && !Token.isWithin(activity.since, activity.until, now))
