/** Predicates on the dates of a pair. Pure functions; all times are in milliseconds. */
import { TokenPair } from "../../Token.js"

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
 * A pair dated by the clock of another machine, converted to this clock. If a pair is dated in the future by at most a quarter
 * of its lifetime, its age becomes zero.
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
