/** The rules that a renewal follows: its first request, and its next step after a failure. Pure functions. */
import { isRefusal, isRetryable, type TokenError } from "../../JindouyunError.js"
import type * as ReturnCode from "../../ReturnCode.js"
import * as Token from "../../Token.js"
import type { RefusedCredentials } from "../../TokenRecord.js"
import * as freshness from "./freshness.js"
import type { TokenState } from "./state.js"

export type TokenRequest = "refresh" | "acquire"

/** The requests of a renewal so far. `refreshes` counts only refreshes that may have reached the platform. */
export interface Progress {
  readonly attempts: number
  readonly refreshes: number
}

export const nothingSent: Progress = { attempts: 0, refreshes: 0 }

/**
 * If `retry` is true, the same request is sent again as long as attempts, schedule, budget and time allow. Else `otherwise`
 * follows.
 */
export interface Recovery {
  readonly retry: boolean
  readonly otherwise: "acquire" | "stopRefreshing" | "cooldown"
}

/** A renewal sends no further refresh after this many that may have reached the platform. */
const maxRefreshes = 2

/** The first request of a renewal. */
export const firstRequest = ({ held, refusedCredentials }: TokenState, now: number): TokenRequest =>
  held !== undefined && refusedCredentials === undefined && freshness.isRefreshable(held.pair, now)
    ? "refresh"
    : "acquire"

export const counted = (progress: Progress, request: TokenRequest, failure: TokenError): Progress => ({
  attempts: progress.attempts + 1,
  refreshes: progress.refreshes + (request === "refresh" && failure.delivery !== "unsent" ? 1 : 0)
})

interface Known {
  readonly canServe: boolean
  /** A request with this refresh token ended without an answer: the platform may have used the refresh token up. */
  readonly isAmbiguous: boolean
  /** See `Progress`, this failure included. */
  readonly refreshes: number
}

/** The next step after a failed request. A refused acquisition does not come here: its credentials are remembered. */
export const afterFailure = (
  request: TokenRequest,
  failure: TokenError,
  { canServe, isAmbiguous, refreshes }: Known
): Recovery => {
  if (request === "refresh" && failure.delivery === "unsent" && failure.disposition === "reauthenticate") {
    // The program has wiped the refresh token.
    return { retry: false, otherwise: "acquire" }
  }
  if (request === "acquire" || failure.delivery === "unsent") {
    return { retry: isRetryable(failure), otherwise: "cooldown" }
  }
  if (isRefusal(failure)) {
    return { retry: false, otherwise: canServe && !isAmbiguous ? "stopRefreshing" : "acquire" }
  }
  return {
    retry: isRetryable(failure) && refreshes < maxRefreshes,
    otherwise: canServe && !isAmbiguous ? "cooldown" : "acquire"
  }
}

/**
 * Whether the platform may have used the refresh token up. A status without an envelope, or a redirect, that is not worth a
 * retry came from a gateway, which did not forward the request.
 */
export const mayHaveUsedRefreshToken = (failure: TokenError): boolean =>
  failure.delivery === "ambiguous"
  && (isRetryable(failure) || failure._tag !== "UnexpectedResponse"
    || (failure.reason !== "status" && failure.reason !== "redirect"))

/**
 * The lifetime of a refusal that does not last until the credentials change, in milliseconds. An assumption of this
 * library.
 */
const refusalLifetime = 60 * 60 * 1000

/**
 * Whether refused credentials may be sent again. A refusal by 40001, or by a code that is set to `fatal`, does not lapse.
 * Any other code, and HTTP 401 or 403 without an envelope, may have another reason than the credentials.
 */
export const hasLapsed = (
  { failure, refusedAt }: RefusedCredentials,
  now: number,
  dispositions: ReturnCode.Dispositions
): boolean =>
  !("code" in failure && (failure._tag === "AuthenticationFailed" || dispositions[failure.code] === "fatal"))
  && !Token.isPending(refusedAt, refusedAt + refusalLifetime, now)

/** How long a cooldown lasts, in milliseconds, with full jitter: `random` is in `[0, 1)`. */
export const cooldown = (
  failures: number,
  random: number,
  retryAfter: number,
  settings: { readonly cooldown: number; readonly maxCooldown: number; readonly minRequestInterval: number }
): number =>
  Math.max(
    random * Math.min(settings.cooldown * 2 ** failures, settings.maxCooldown),
    settings.minRequestInterval,
    retryAfter
  )
