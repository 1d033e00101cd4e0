import * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import { dropOldest, type Secrets } from "./secrets.js"

/**
 * Two tokens that were issued together.
 *
 * @internal
 */
export interface Pair {
  readonly accessToken: string
  readonly refreshToken: string
}

/**
 * How long the tokens of a pair are valid, in milliseconds.
 *
 * @internal
 */
export interface Lifetimes {
  readonly accessTokenLifetime: number
  readonly refreshTokenLifetime: number
}

/**
 * A pair, its account, and when one of its tokens expires, in milliseconds since the epoch.
 *
 * @internal
 */
export interface Issued {
  readonly pair: Pair
  readonly username: string
  readonly expiresAt: number
}

/**
 * The valid tokens of the platform. The ledger is mutable: do not interrupt the caller between two calls that belong
 * together.
 *
 * @internal
 */
export class Ledger {
  private readonly secrets: Secrets
  private readonly access = new Map<string, Issued>()
  private readonly refresh = new Map<string, Issued>()
  /** Why the newest of the revoked tokens are not valid. */
  private readonly gone = new Map<string, string>()

  /** `secrets` gets every token that is issued. */
  constructor(secrets: Secrets) {
    this.secrets = secrets
  }

  /** Adds a pair of an account at `now`. The lifetimes of a known pair restart. */
  issue(pair: Pair, username: string, lifetimes: Lifetimes, now: number): void {
    forget(this.access, pair.accessToken, now)
    forget(this.refresh, pair.refreshToken, now)
    this.access.set(pair.accessToken, { pair, username, expiresAt: now + lifetimes.accessTokenLifetime })
    this.refresh.set(pair.refreshToken, { pair, username, expiresAt: now + lifetimes.refreshTokenLifetime })
    dropOldest(this.access, most)
    dropOldest(this.refresh, most)
    this.secrets.addTokens(pair.accessToken, pair.refreshToken)
  }

  /** Why a token is not valid at `now`, as a sentence without its subject. */
  whyInvalid(expected: keyof Pair, token: string, now: number): string {
    const tokens = expected === "accessToken" ? this.access : this.refresh
    const others = expected === "accessToken" ? this.refresh : this.access
    const issued = tokens.get(token)
    return issued !== undefined
      ? `expired ${Math.ceil((now - issued.expiresAt) / 1000)} s ago`
      : others.has(token)
      ? `is ${expected === "accessToken" ? "a refresh" : "an access"} token`
      : this.gone.get(token) ?? "is unknown"
  }

  /** The pairs with a token that is valid at `now`, oldest first. */
  pairs(now: number) {
    const expiry = (tokens: ReadonlyMap<string, Issued>, token: string) => {
      const issued = find(tokens, token, now)
      return issued === undefined ? undefined : DateTime.unsafeMake(issued.expiresAt)
    }
    const all = new Map([...this.refresh.values(), ...this.access.values()].map((issued) => [issued.pair, issued]))
    return Array.from(all.values(), ({ pair: { accessToken, refreshToken }, username }) => ({
      username,
      accessToken: Redacted.make(accessToken),
      refreshToken: Redacted.make(refreshToken),
      accessTokenExpiresAt: expiry(this.access, accessToken),
      refreshTokenExpiresAt: expiry(this.refresh, refreshToken)
    })).filter((pair) => pair.accessTokenExpiresAt !== undefined || pair.refreshTokenExpiresAt !== undefined)
  }

  /** The pair of an access token that is valid at `now`. */
  byAccessToken(token: string, now: number): Issued | undefined {
    return find(this.access, token, now)
  }

  /** The pair of a refresh token that is valid at `now`. */
  byRefreshToken(token: string, now: number): Issued | undefined {
    return find(this.refresh, token, now)
  }

  /** Revokes a token, for a reason that completes the sentence "the token …". */
  revoke(token: string, reason = revoked): void {
    if (this.access.delete(token) || this.refresh.delete(token)) {
      this.gone.set(token, reason)
      dropOldest(this.gone, mostGone)
    }
  }

  revokeAccessTokens(): void {
    this.forget(this.access)
  }

  revokeAll(): void {
    this.forget(this.access)
    this.forget(this.refresh)
  }

  /** Forgets all tokens. They are then unknown. */
  clear(): void {
    this.access.clear()
    this.refresh.clear()
    this.gone.clear()
  }

  private forget(tokens: ReadonlyMap<string, Issued>): void {
    for (const token of tokens.keys()) {
      this.revoke(token)
    }
  }

  /** Revokes all tokens of an account, for a reason, except the refresh token `but`, if given. */
  revokeAllOf(username: string, reason: string, but?: string): void {
    for (const tokens of [this.access, this.refresh]) {
      for (const [token, issued] of tokens) {
        if (issued.username === username && token !== but) {
          this.revoke(token, reason)
        }
      }
    }
  }
}

// Memory does not grow in a long run, even if no token is revoked.
const most = 20_000
const mostGone = 1000

const revoked = "is revoked"

const find = (tokens: ReadonlyMap<string, Issued>, token: string, now: number): Issued | undefined => {
  const issued = tokens.get(token)
  return issued !== undefined && now < issued.expiresAt ? issued : undefined
}

// A map iterates in the order of insertion, so the expired tokens come first.
const forget = (tokens: Map<string, Issued>, token: string, now: number): void => {
  tokens.delete(token)
  for (const [oldest, { expiresAt }] of tokens) {
    if (now < expiresAt) {
      return
    }
    tokens.delete(oldest)
  }
}
