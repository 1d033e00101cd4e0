/**
 * The two tokens of an account, the pair of both, and the arithmetic of their expiry.
 *
 * All instants are milliseconds of the wall clock since the epoch. All durations are milliseconds.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as DateTime from "effect/DateTime"
import type * as Redacted from "effect/Redacted"
import * as instant from "./internal/instant.js"
import { redact as redactText } from "./internal/redact.js"

/**
 * The token that every data-report call sends (valid for 24 hours, by the platform's document).
 *
 * `generation` grows with each pair of the account: it distinguishes a rejected token from its successor, also if both have
 * the same value. With a store it is at least the fence of the lease, so that no two processes use the same generation.
 * `account` is the key of the account and its platform (`TokenStore.keyOf`); tokens of a provider have one. If the token
 * replaced a rejected token, `replacedRejectedAt` is when it was requested.
 *
 * `expiresAt` is the instant when the platform lets the token expire, by `accessTokenLifetime` and counted from the moment the
 * request was sent. The expiry margin is not subtracted: the provider stops returning the token `expiryMargin` earlier. The
 * token of `layerStatic` never expires: it has the latest instant there is.
 *
 * @example
 * ```ts
 * import * as TokenProvider from "@jindouyun/core/TokenProvider"
 * import * as DateTime from "effect/DateTime"
 * import * as Effect from "effect/Effect"
 *
 * // How long a cookie that contains the token may be kept.
 * export const maxAge = Effect.gen(function*() {
 *   const { accessToken } = yield* TokenProvider.TokenProvider
 *   const { expiresAt } = yield* accessToken
 *   return DateTime.distanceDuration(yield* DateTime.now, expiresAt)
 * })
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export class AccessToken extends Data.Class<{
  readonly value: Redacted.Redacted
  readonly generation: number
  readonly account?: string | undefined
  readonly expiresAt: DateTime.Utc
  readonly replacedRejectedAt?: number | undefined
}> {}

/**
 * The token that a refresh sends to get a new pair (30 days by the platform's document).
 *
 * @since 0.1.0
 * @category models
 */
export class RefreshToken extends Data.Class<{
  readonly value: Redacted.Redacted
}> {}

/**
 * The answer to a token request that was sent at `sentAt`, in milliseconds of the wall clock. It has no lifetimes; counted from
 * `sentAt`, none is overestimated.
 *
 * @since 0.1.0
 * @category models
 */
export class TokenGrant extends Data.Class<{
  readonly accessToken: Redacted.Redacted
  readonly refreshToken: RefreshToken
  readonly sentAt: number
}> {}

/**
 * A grant with its generation and its expiries. The three instants are in milliseconds of the wall clock.
 *
 * @since 0.1.0
 * @category models
 */
export class TokenPair extends Data.Class<{
  readonly accessToken: AccessToken
  readonly refreshToken: RefreshToken
  readonly sentAt: number
  readonly accessExpiresAt: number
  readonly refreshExpiresAt: number
}> {}

/**
 * The lifetime of each token of a pair, in milliseconds.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lifetimes {
  readonly accessToken: number
  readonly refreshToken: number
}

/**
 * Gives a grant its generation and its expiries. Both lifetimes count from `sentAt`.
 *
 * @example
 * ```ts
 * import * as Token from "@jindouyun/core/Token"
 * import type * as TokenRecord from "@jindouyun/core/TokenRecord"
 * import * as Duration from "effect/Duration"
 * import * as Option from "effect/Option"
 *
 * // The first record of an account for a `TokenStore`, with the lifetimes of the platform's document.
 * export const firstRecord = (grant: Token.TokenGrant): TokenRecord.TokenRecord => {
 *   const lifetimes = { accessToken: Duration.toMillis("24 hours"), refreshToken: Duration.toMillis("30 days") }
 *   const pair = Token.makePair(grant, 1, lifetimes)
 *   return { generation: 1, pair: Option.some(pair), refusedCredentials: Option.none(), earlierRefusals: [] }
 * }
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const makePair = (grant: TokenGrant, generation: number, lifetimes: Lifetimes): TokenPair => {
  const expiresAt = grant.sentAt + lifetimes.accessToken
  return new TokenPair({
    accessToken: new AccessToken({ value: grant.accessToken, generation, expiresAt: instant.of(expiresAt) }),
    refreshToken: grant.refreshToken,
    sentAt: grant.sentAt,
    accessExpiresAt: expiresAt,
    refreshExpiresAt: grant.sentAt + lifetimes.refreshToken
  })
}

/**
 * Whether a wait from `since` to `until` still lasts at `now`. If the wall clock is set back by more than the whole wait, the
 * wait ends; a smaller correction at most doubles it.
 *
 * @since 0.1.0
 * @category freshness
 */
export const isPending = (since: number, until: number, now: number): boolean =>
  now < until && since - now <= until - since

/**
 * Replaces each of the secrets in a text of the platform by `<redacted>`.
 *
 * **When to use**
 *
 * A program that prints a response, as `jindouyun call` does, redacts by the same rules as the errors of this library.
 *
 * **Details**
 *
 * Finds a secret, and every piece of a secret that has eight or more characters: raw, in base64 and in hexadecimal, also if
 * the text was encoded up to four times for URLs, JSON or HTML. Case, line ends and invisible characters make no difference.
 * The rest of the text is unchanged.
 *
 * @since 0.1.0
 * @category redaction
 */
export const redact: (text: string, secrets: Iterable<Redacted.Redacted>) => string = redactText
