/**
 * The two tokens of an account, the pair they come in, and the arithmetic of their freshness.
 *
 * All instants are milliseconds of the wall clock since the epoch, all spans are milliseconds.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as Redacted from "effect/Redacted"

/**
 * The token that every data-report call carries (24 hours by the platform's document).
 *
 * `generation` grows with each pair that arrives for the account, whatever its values: it tells a rejected token from
 * its successor even where the platform answers the same value twice. Without a store it counts them; with one it is the
 * number of the lease under which the pair was got, if that is larger, so that no two processes use the same.
 *
 * @since 0.1.0
 * @category models
 */
export class AccessToken extends Data.Class<{
  readonly value: Redacted.Redacted
  readonly generation: number
}> {}

/**
 * The token that buys a new pair (30 days by the platform's document).
 *
 * @since 0.1.0
 * @category models
 */
export class RefreshToken extends Data.Class<{
  readonly value: Redacted.Redacted
}> {}

/**
 * What one successful request brings. `sentAt` is when the request was sent: lifetimes are not in the answer, and
 * counting from there can only be too cautious.
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
 * A grant that has been given its generation and its expiries.
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
 * How long each token of a pair lives.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lifetimes {
  readonly accessToken: number
  readonly refreshToken: number
}

/**
 * Gives a grant its generation and its expiries.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makePair = (grant: TokenGrant, generation: number, lifetimes: Lifetimes): TokenPair =>
  new TokenPair({
    accessToken: new AccessToken({ value: grant.accessToken, generation }),
    refreshToken: grant.refreshToken,
    sentAt: grant.sentAt,
    accessExpiresAt: grant.sentAt + lifetimes.accessToken,
    refreshExpiresAt: grant.sentAt + lifetimes.refreshToken
  })

/**
 * Whether a wait from `since` to `until` is still on at `now`.
 *
 * Everything that lasts is kept as such an interval and never as an end alone: a wall clock turned back by more than
 * the whole wait ends it instead of stretching it, and a smaller correction at most doubles it.
 *
 * @since 0.1.0
 * @category freshness
 */
export const isPending = (since: number, until: number, now: number): boolean =>
  now < until && since - now <= until - since

/**
 * Whether the access token may be handed out.
 *
 * The margin is taken off the end, for a request that is still under way when the token expires, and off the
 * beginning, so that a clock corrected by less than the margin costs no renewal: the token is then believed at most
 * that much longer, which the margin at the end covers.
 *
 * @since 0.1.0
 * @category freshness
 */
export const isUsable = (pair: TokenPair, now: number, margin: number): boolean =>
  pair.sentAt - margin <= now && now < pair.accessExpiresAt - margin

/**
 * Whether the access token is in the window before its expiry in which it is renewed while it is still handed out.
 *
 * @since 0.1.0
 * @category freshness
 */
export const isDue = (pair: TokenPair, now: number, window: number): boolean => now >= pair.accessExpiresAt - window

/**
 * Whether the refresh token can be expected to be accepted. A clock that was turned back makes no difference: the
 * worst a refresh can be is refused, and an acquisition follows.
 *
 * @since 0.1.0
 * @category freshness
 */
export const isRefreshable = (pair: TokenPair, now: number): boolean => now < pair.refreshExpiresAt

/**
 * A pair as another machine's clock dated it, by one's own clock: a pair from the future, no further away than a
 * quarter of its life, was sent now at the latest. It is as old as it may be, and never older than it is.
 *
 * @since 0.1.0
 * @category freshness
 */
export const rebased = (pair: TokenPair, now: number): TokenPair => {
  const ahead = pair.sentAt - now
  return ahead <= 0 || ahead > (pair.accessExpiresAt - pair.sentAt) / 4 ? pair : new TokenPair({
    ...pair,
    sentAt: now,
    accessExpiresAt: pair.accessExpiresAt - ahead,
    refreshExpiresAt: pair.refreshExpiresAt - ahead
  })
}
