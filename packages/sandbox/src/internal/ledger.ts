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
 * How long the tokens of a pair live, in milliseconds.
 *
 * @internal
 */
export interface Lifetimes {
  readonly accessTokenLifetime: number
  readonly refreshTokenLifetime: number
}

/**
 * A pair, and the name of the account that it was issued to.
 *
 * @internal
 */
export interface Issued {
  readonly pair: Pair
  readonly username: string
  readonly expiresAt: number
}

/**
 * The tokens the platform knows. What has expired or was revoked it does not know any more. It is mutable: do not
 * interrupt its user between two calls that belong together.
 *
 * @internal
 */
export class Ledger {
  private readonly access = new Map<string, Issued>()
  private readonly refresh = new Map<string, Issued>()
  // For masking. To remember all there ever were would be a leak in a long run.
  private readonly recent: Array<string> = []

  /** Knows a pair of an account from `now` on; its lifetimes restart if it was known. */
  issue(pair: Pair, username: string, lifetimes: Lifetimes, now: number): void {
    forget(this.access, pair.accessToken, now)
    forget(this.refresh, pair.refreshToken, now)
    this.access.set(pair.accessToken, { pair, username, expiresAt: now + lifetimes.accessTokenLifetime })
    this.refresh.set(pair.refreshToken, { pair, username, expiresAt: now + lifetimes.refreshTokenLifetime })
    this.recent.push(pair.accessToken, pair.refreshToken)
    this.recent.splice(0, this.recent.length - 200)
  }

  /** The pair of an access token that is good at `now`. */
  byAccessToken(token: string, now: number): Issued | undefined {
    return find(this.access, token, now)
  }

  /** The pair of a refresh token that is good at `now`. */
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

  /** Revokes what an account has, but one refresh token, if one is given. */
  revokeAllOf(username: string, but?: string): void {
    for (const tokens of [this.access, this.refresh]) {
      for (const [token, issued] of tokens) {
        if (issued.username === username && token !== but) {
          tokens.delete(token)
        }
      }
    }
  }

  /** Takes the tokens issued lately out of a text, and other secrets. */
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

// A map remembers the order of insertion, so that the tokens that expired are at its front.
const forget = (tokens: Map<string, Issued>, token: string, now: number): void => {
  tokens.delete(token)
  for (const [oldest, { expiresAt }] of tokens) {
    if (now < expiresAt) {
      return
    }
    tokens.delete(oldest)
  }
}
