/**
 * A fault that breaks a guarantee: `file` of this folder takes the place of a module of core. It exports what the module
 * exports, one function wrapped. The simulation must find every mutant; a mutant that survives is a hole in the oracle.
 */
export interface Mutant {
  readonly guarantee: number
  readonly name: string
  /** Below `packages/core/src`. */
  readonly module: string
  readonly file: string
}

export const mutants: ReadonlyArray<Mutant> = [
  {
    guarantee: 1,
    name: "a running renewal is not joined",
    module: "internal/token/state",
    file: "01-renewal-not-joined"
  },
  {
    guarantee: 1,
    name: "the store grants its lease twice",
    module: "TokenStore",
    file: "01-lease-granted-twice"
  },
  {
    guarantee: 1,
    name: "a refused save is ignored",
    module: "internal/token/renewal",
    file: "01-refused-save-ignored"
  },
  {
    guarantee: 2,
    name: "an invalidation does nothing",
    module: "internal/token/state",
    file: "02-rejection-ignored"
  },
  {
    guarantee: 2,
    name: "the expiry margin is ignored",
    module: "internal/token/freshness",
    file: "02-no-margin"
  },
  {
    guarantee: 2,
    name: "a refresh brings the rejected token back",
    module: "internal/token/state",
    file: "02-rejected-value-returns"
  },
  {
    guarantee: 3,
    name: "a failed renewal drops the pair",
    module: "internal/token/state",
    file: "03-failure-drops-pair"
  },
  {
    guarantee: 3,
    name: "a cooldown fails callers that can be served",
    module: "internal/token/state",
    file: "03-cooldown-before-token"
  },
  {
    guarantee: 3,
    name: "a read in the early-refresh window waits",
    module: "internal/token/state",
    file: "03-early-refresh-waits"
  },
  {
    guarantee: 4,
    name: "any rejected token drops the pair",
    module: "internal/token/state",
    file: "04-any-rejection-counts"
  },
  {
    guarantee: 4,
    name: "values are compared instead of generations",
    module: "internal/token/state",
    file: "04-values-compared"
  },
  {
    guarantee: 4,
    name: "a reset restarts the count of generations",
    module: "internal/token/state",
    file: "04-reset-restarts-count"
  },
  {
    guarantee: 5,
    name: "a closed provider works on",
    module: "internal/token/state",
    file: "05-closed-provider-reopens"
  },
  {
    guarantee: 5,
    name: "a renewal outlives its layer",
    module: "internal/token/renewal",
    file: "05-renewal-outlives-layer"
  },
  {
    guarantee: 5,
    name: "an interrupted caller resets the provider",
    module: "TokenProvider",
    file: "05-interruption-resets"
  },
  {
    guarantee: 6,
    name: "a received pair is not held",
    module: "internal/token/state",
    file: "06-pair-not-held"
  },
  {
    guarantee: 6,
    name: "a received pair is not saved",
    module: "internal/token/renewal",
    file: "06-pair-not-saved"
  },
  {
    guarantee: 6,
    name: "callers wait until the pair is saved",
    module: "internal/token/renewal",
    file: "06-callers-wait-for-save"
  },
  {
    guarantee: 7,
    name: "a refused refresh starts a cooldown",
    module: "internal/token/recovery",
    file: "07-refused-refresh-cools-down"
  },
  {
    guarantee: 7,
    name: "a refused early refresh leads to an acquisition",
    module: "internal/token/recovery",
    file: "07-early-refusal-acquires"
  },
  {
    guarantee: 7,
    name: "an expired refresh token is sent",
    module: "internal/token/freshness",
    file: "07-expired-refresh-token-sent"
  },
  {
    guarantee: 8,
    name: "an ambiguous refresh is forgotten",
    module: "internal/token/state",
    file: "08-ambiguity-forgotten"
  },
  {
    guarantee: 8,
    name: "an ambiguous refresh is sent three times",
    module: "internal/token/recovery",
    file: "08-three-refreshes"
  },
  {
    guarantee: 8,
    name: "an ambiguous refresh is not retried",
    module: "internal/token/recovery",
    file: "08-no-retry"
  },
  {
    guarantee: 9,
    name: "a refused acquisition is not saved",
    module: "internal/token/renewal",
    file: "09-refusal-not-saved"
  },
  {
    guarantee: 9,
    name: "a renewal outlasts a reset",
    module: "internal/token/state",
    file: "09-renewal-outlasts-reset"
  },
  {
    guarantee: 9,
    name: "a success forgets the refusals of other credentials",
    module: "internal/token/state",
    file: "09-success-forgets-refusals"
  },
  {
    guarantee: 10,
    name: "the cooldown does not double",
    module: "internal/token/recovery",
    file: "10-cooldown-does-not-double"
  },
  {
    guarantee: 10,
    name: "there is no minimum interval between requests",
    module: "internal/token/state",
    file: "10-no-minimum-interval"
  },
  {
    guarantee: 10,
    name: "the cooldown ignores Retry-After",
    module: "internal/token/recovery",
    file: "10-retry-after-ignored"
  },
  {
    guarantee: 11,
    name: "the early-refresh window is not cut to a quarter",
    module: "internal/token/freshness",
    file: "11-early-refresh-not-cut"
  },
  {
    guarantee: 11,
    name: "the expiry margin is not cut to a quarter",
    module: "internal/token/freshness",
    file: "11-margin-not-cut"
  },
  {
    guarantee: 11,
    name: "no read starts an early refresh",
    module: "internal/token/freshness",
    file: "11-no-early-refresh"
  },
  {
    guarantee: 12,
    name: "a token from the future is served",
    module: "internal/token/freshness",
    file: "12-future-token-kept"
  },
  {
    guarantee: 12,
    name: "a cooldown outlasts a clock that is turned back",
    module: "Token",
    file: "12-cooldown-outlasts-clock"
  },
  {
    guarantee: 12,
    name: "the deadline and the interval are counted on the wall clock",
    module: "internal/token/renewal",
    file: "12-monotonic-is-wall-clock"
  },
  {
    guarantee: 13,
    name: "a timer reads instead of a caller",
    module: "TokenProvider",
    file: "13-timer-reads"
  },
  {
    guarantee: 16,
    name: "a new token is rejected too",
    module: "internal/token/rejections",
    file: "16-new-token-rejected"
  },
  {
    guarantee: 16,
    name: "a rejected report call is sent until it succeeds",
    module: "internal/token/rejections",
    file: "16-call-sent-again"
  },
  {
    guarantee: 16,
    name: "the cooldown after a rejected new token does not double",
    module: "internal/token/rejections",
    file: "16-cooldown-does-not-double"
  }
]
