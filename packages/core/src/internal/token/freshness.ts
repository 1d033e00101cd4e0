/** Predicates on the dates of a pair. Pure functions; all times are in milliseconds. */
import { AccessToken, TokenPair } from "../../Token.js"
import * as instant from "../instant.js"

/**
 * Whether the access token may be served. The margin shortens the end, because a request may arrive after the token has
 * expired. It extends the beginning, so that a wall clock set back by less than the margin causes no renewal.
 */
export const isUsable = (pair: TokenPair, now: number, margin: number): boolean =>
  pair.sentAt - margin <= now && now < pair.accessExpiresAt - margin

/** Whether the access token is in the early-refresh window: still served, and renewed in the background. */
export const isDue = (pair: TokenPair, now: number, window: number): boolean => now >= pair.accessExpiresAt - window

/**
 * Whether the refresh token is valid. If the wall clock was set back, this may be true of an expired token: an acquisition
 * follows its refusal.
 */
export const isRefreshable = (pair: TokenPair, now: number): boolean => now < pair.refreshExpiresAt

/**
 * A pair dated in the future by the clock of another machine, converted to this clock. If it is ahead by at most a quarter of
 * its lifetime, its age becomes zero. If it is further ahead, it becomes as old as the pair before it, `previous`: it was
 * sent later. Without such a pair its age is unknown, and it stays as it is.
 */
export const rebased = (pair: TokenPair, now: number, previous: TokenPair | undefined): TokenPair => {
  const isClose = pair.sentAt - now <= (pair.accessExpiresAt - pair.sentAt) / 4
  const sentAt = isClose ? now : previous?.sentAt ?? Infinity
  const shift = pair.sentAt - sentAt
  const expiresAt = pair.accessExpiresAt - shift
  const { replacedRejectedAt } = pair.accessToken
  return pair.sentAt <= now || sentAt > now ? pair : new TokenPair({
    accessToken: new AccessToken({
      ...pair.accessToken,
      expiresAt: instant.of(expiresAt),
      ...(replacedRejectedAt === undefined ? {} : { replacedRejectedAt: replacedRejectedAt - shift })
    }),
    refreshToken: pair.refreshToken,
    sentAt,
    accessExpiresAt: expiresAt,
    refreshExpiresAt: pair.refreshExpiresAt - shift
  })
}
