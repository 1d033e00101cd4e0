import { isRefusal, isRetryable, type TokenError } from "../JindouyunError.js"
import * as Token from "../Token.js"
import type { TokenState } from "../TokenState.js"

/** @internal */
export type Exchange = "refresh" | "login"

/**
 * What a renewal has done so far. A refresh counts once it may have reached the platform.
 *
 * @internal
 */
export interface Trail {
  readonly attempts: number
  readonly refreshes: number
}

/** @internal */
export const departure: Trail = { attempts: 0, refreshes: 0 }

/**
 * The exchange a renewal begins with.
 *
 * @internal
 */
export const first = (state: TokenState, now: number): Exchange =>
  state.held !== undefined && Token.isRefreshable(state.held.pair, now) ? "refresh" : "login"

/** @internal */
export const counted = (trail: Trail, exchange: Exchange, failure: TokenError): Trail => ({
  attempts: trail.attempts + 1,
  refreshes: trail.refreshes + (exchange === "refresh" && failure.phase !== "unsent" ? 1 : 0)
})

/**
 * What to do about a failure: whether the same exchange may be tried again, and what is left when it may not, or when
 * attempts, schedule, budget or time do not allow it.
 *
 * @internal
 */
export interface Verdict {
  readonly retry: boolean
  readonly otherwise: "login" | "refused" | "coolDown"
}

const maxRefreshes = 2

/**
 * `canServe`: a token can be handed out meanwhile. `doubtful`: an attempt with this refresh token ended without an
 * answer, so that the platform may have spent it. A refused login never comes here: it latches.
 *
 * @internal
 */
export const judge = (
  exchange: Exchange,
  failure: TokenError,
  { canServe, doubtful, refreshes }: {
    readonly canServe: boolean
    readonly doubtful: boolean
    readonly refreshes: number
  }
): Verdict => {
  if (exchange === "login") {
    return { retry: isRetryable(failure), otherwise: "coolDown" }
  }
  if (isRefusal(failure)) {
    return { retry: false, otherwise: canServe && !doubtful ? "refused" : "login" }
  }
  if (failure.phase === "unsent") {
    return { retry: isRetryable(failure), otherwise: "coolDown" }
  }
  return {
    retry: isRetryable(failure) && refreshes < maxRefreshes,
    otherwise: canServe && !doubtful ? "coolDown" : "login"
  }
}

/**
 * Whether a refresh that failed so may have spent its token. A bare status or a redirect that no retry would mend is no
 * answer of the platform at all: something in front of it does not know the way.
 *
 * @internal
 */
export const leavesDoubt = (failure: TokenError): boolean =>
  failure.phase === "ambiguous"
  && (isRetryable(failure) || failure._tag !== "UnexpectedResponse"
    || (failure.reason !== "status" && failure.reason !== "redirect"))

/**
 * How long to leave the platform alone after a renewal failed for a passing reason: doubled with each failure in a
 * row, capped, a random part of it (`random` in `[0, 1)`), but no less than the floor and than what the platform asked
 * for.
 *
 * @internal
 */
export const coolDown = (
  failures: number,
  random: number,
  retryAfter: number,
  spans: { readonly coolDown: number; readonly maxCoolDown: number; readonly exchangeFloor: number }
): number =>
  Math.max(
    random * Math.min(spans.coolDown * 2 ** failures, spans.maxCoolDown),
    spans.exchangeFloor,
    retryAfter
  )
