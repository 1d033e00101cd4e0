/** The settings that the guarantees depend on. All spans are milliseconds. */
export interface Terms {
  readonly accessLifetime: number
  readonly refreshLifetime: number
  readonly margin: number
  readonly early: number
  readonly hasRetryBudget: boolean
  readonly cooldown: number
  /** Whether random numbers are always the highest, so that full jitter is no jitter. */
  readonly hasNoJitter: boolean
  /** Whether the providers share a store in memory. */
  readonly isShared: boolean
  readonly acquireWithoutStore: boolean
}

// The defaults of the library that no history changes.

export const requestTimeout = 15_000
export const renewalTimeout = 50_000
export const minRequestInterval = 200
export const maxAttempts = 4
export const maxRefreshes = 2
export const maxCooldown = 300_000
export const maxRetryAfter = 3_600_000
export const firstBackoff = 200
export const maxBackoff = 5000

/** A renewal waits for a lease as long as a refresh and an acquisition of a second each are still in time. */
export const leaseWait = renewalTimeout - 2 * (minRequestInterval + 1000)

/** How long a renewal that waits for a lease pauses at most before it reads the store again. */
export const longestLeasePause = 500

/** A renewal first waits for the minimum interval; its callers wait as long. */
export const longestRenewal = renewalTimeout + minRequestInterval

/** Within this span an earlier renewal may still be under way. */
export const renewalSpan = longestRenewal + 1000

/** The longest `Retry-After` of a history that fits into a renewal; also longer than any other pause within one. */
export const longestPause = 7000 + minRequestInterval + 1

/** The retry budget pays for more retries than so many requests can need. */
export const fewRequests = 60
