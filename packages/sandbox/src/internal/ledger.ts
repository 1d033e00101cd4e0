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
  private readonly access = new Map<string, Issued>()
  private readonly refresh = new Map<string, Issued>()
  // The tokens to mask. The list is bounded, so that memory does not grow in a long run.
  private readonly recent: Array<string> = []

  /** Adds a pair of an account at `now`. The lifetimes of a known pair restart. */
  issue(pair: Pair, username: string, lifetimes: Lifetimes, now: number): void {
    forget(this.access, pair.accessToken, now)
    forget(this.refresh, pair.refreshToken, now)
    this.access.set(pair.accessToken, { pair, username, expiresAt: now + lifetimes.accessTokenLifetime })
    this.refresh.set(pair.refreshToken, { pair, username, expiresAt: now + lifetimes.refreshTokenLifetime })
    this.recent.push(pair.accessToken, pair.refreshToken)
    this.recent.splice(0, this.recent.length - 200)
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

  /** Masks recently issued tokens and the given secrets in a text. */
  mask(text: string, secrets: Iterable<string>): string {
    return [...this.recent, ...secrets]
      .filter((secret) => secret !== "")
      .reduce((masked, secret) => masked.replaceAll(secret, "<redacted>"), text)
  }
}

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
