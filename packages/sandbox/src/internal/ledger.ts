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

  /** The pair of an access token that is valid at `now`. */
  byAccessToken(token: string, now: number): Issued | undefined {
    return find(this.access, token, now)
  }

  /** The pair of a refresh token that is valid at `now`. */
  byRefreshToken(token: string, now: number): Issued | undefined {
    return find(this.refresh, token, now)
  }

  revoke(token: string): void {
    this.access.delete(token)
    this.refresh.delete(token)
  }

  revokeAccessTokens(): void {
    this.access.clear()
  }

  revokeAll(): void {
    this.access.clear()
    this.refresh.clear()
  }

  /** Revokes all tokens of an account except the refresh token `but`, if given. */
  revokeAllOf(username: string, but?: string): void {
    for (const tokens of [this.access, this.refresh]) {
      for (const [token, issued] of tokens) {
        if (issued.username === username && token !== but) {
          tokens.delete(token)
        }
      }
    }
  }
}

// Memory does not grow in a long run, even if no token is revoked.
const most = 20_000

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
