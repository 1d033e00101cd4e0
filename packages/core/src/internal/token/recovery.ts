import { isRefusal, isRetryable, type TokenError } from "../../JindouyunError.js"
import * as Token from "../../Token.js"
import type { TokenState } from "./state.js"

/** @internal */
export type TokenRequest = "refresh" | "acquire"

/**
 * What a renewal has done so far. A refresh counts once it may have reached the platform.
 *
 * @internal
 */
export interface Progress {
  readonly attempts: number
  readonly refreshes: number
}

/** @internal */
export const nothingSent: Progress = { attempts: 0, refreshes: 0 }

/**
 * The request a renewal begins with.
 *
 * @internal
 */
export const firstRequest = (state: TokenState, now: number): TokenRequest =>
  state.held !== undefined && Token.isRefreshable(state.held.pair, now) ? "refresh" : "acquire"

/** @internal */
export const counted = (progress: Progress, request: TokenRequest, failure: TokenError): Progress => ({
  attempts: progress.attempts + 1,
  refreshes: progress.refreshes + (request === "refresh" && failure.delivery !== "unsent" ? 1 : 0)
})

/**
 * What to do about a failure: whether the same request may be tried again, and what is left when it may not, or when
 * attempts, schedule, budget or time do not allow it.
 *
 * @internal
 */
export interface Recovery {
  readonly retry: boolean
  readonly otherwise: "acquire" | "refused" | "cooldown"
}

const maxRefreshes = 2

/**
 * `canServe`: a token can be handed out meanwhile. `ambiguous`: an attempt with this refresh token ended without an
 * answer, so that the platform may have spent it. A refused acquisition never comes here: it refusals.
 *
 * @internal
 */
export const afterFailure = (
  request: TokenRequest,
  failure: TokenError,
  { canServe, ambiguous, refreshes }: {
    readonly canServe: boolean
    readonly ambiguous: boolean
    readonly refreshes: number
  }
): Recovery => {
  if (request === "acquire") {
    return { retry: isRetryable(failure), otherwise: "cooldown" }
  }
  if (isRefusal(failure)) {
    return { retry: false, otherwise: canServe && !ambiguous ? "refused" : "acquire" }
  }
  if (failure.delivery === "unsent") {
    return { retry: isRetryable(failure), otherwise: "cooldown" }
  }
  return {
    retry: isRetryable(failure) && refreshes < maxRefreshes,
    otherwise: canServe && !ambiguous ? "cooldown" : "acquire"
  }
}

/**
 * Whether a refresh that failed so may have spent its token. A bare status or a redirect that no retry would mend is no
 * answer of the platform at all: something in front of it does not know the way.
 *
 * @internal
 */
export const mayHaveSpentToken = (failure: TokenError): boolean =>
  failure.delivery === "ambiguous"
  && (isRetryable(failure) || failure._tag !== "UnexpectedResponse"
    || (failure.reason !== "status" && failure.reason !== "redirect"))

/**
 * How long to leave the platform alone after a renewal failed for a passing reason: doubled with each failure in a
 * row, capped, a random part of it (`random` in `[0, 1)`), but no less than the floor and than what the platform asked
 * for.
 *
 * @internal
 */
export const cooldown = (
  failures: number,
  random: number,
  retryAfter: number,
  spans: { readonly cooldown: number; readonly maxCooldown: number; readonly minRequestInterval: number }
): number =>
  Math.max(
    random * Math.min(spans.cooldown * 2 ** failures, spans.maxCooldown),
    spans.minRequestInterval,
    retryAfter
  )
