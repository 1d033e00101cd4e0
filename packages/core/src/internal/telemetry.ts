import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import type { TokenError } from "../JindouyunError.js"
import * as ReturnCode from "../ReturnCode.js"
import * as metrics from "./edition/metrics.js"
import { sanitize } from "./redact.js"

const tokenRequests = metrics.counter(
  "jindouyun_token_requests_total",
  "Token requests by endpoint, outcome and account"
)

const calls = metrics.counter(
  "jindouyun_calls_total",
  "Report calls by endpoint and outcome, each once, however many requests it took"
)

const duration = metrics.histogram(
  "jindouyun_request_duration_seconds",
  // The boundaries that OpenTelemetry advises for the duration of requests.
  [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  "How long a request or a call took, waits included"
)

const hits = metrics.counter(
  "jindouyun_token_cache_hits_total",
  "Reads that were served the token that was held, without a wait, by account"
)

const expiry = metrics.gauge(
  "jindouyun_token_expiry_timestamp_seconds",
  "When the access token that was received or loaded last expires, in seconds since 1970, by account"
)

const budget = metrics.gauge("jindouyun_retry_budget_left", "Tokens left in the retry budget")

/** Counts the reads of an account that were served without a wait. */
export const cacheHits = (account: string): (hits: number) => void => hits.series({ account })

/** Records when the access token of an account expires, in milliseconds since 1970. */
export const expiresAt = (account: string, millis: number): void => expiry.series({ account })(millis / 1000)

/** Counts an open provider. The series of an account stay until each of its providers is closed. */
export const accountOpened = (account: string): void => {
  closedAccounts.delete(account)
  openAccounts.set(account, (openAccounts.get(account) ?? 0) + 1)
}

/** The series of the accounts that were closed last stay, because an exporter may read them once more when a program ends. */
export const accountClosed = (account: string): void => {
  const open = (openAccounts.get(account) ?? 1) - 1
  if (open > 0) {
    openAccounts.set(account, open)
    return
  }
  openAccounts.delete(account)
  closedAccounts.add(account)
  // A removal reads all series, so it removes those of many accounts.
  if (closedAccounts.size >= 2 * maxClosedAccounts) {
    const oldest = new Set([...closedAccounts].slice(0, -maxClosedAccounts))
    oldest.forEach((account) => closedAccounts.delete(account))
    metrics.removeSeries("account", oldest)
  }
}

// Both live as long as the registry of Effect, which is as long as the process (docs/decisions/metric-series.md).
const openAccounts = new Map<string, number>()
const closedAccounts = new Set<string>()

/** When 100 accounts are closed, the series of the 50 closed first are removed. */
const maxClosedAccounts = 50

export const budgetLeft: (left: number) => void = budget.series({})

type NameOf = (failure: TokenError) => string

const tagOf: NameOf = ({ _tag }) => _tag

/** Counts a token request by its outcome, `success` or the tag of its failure, and records its duration. */
export const tokenRequest = (labels: { readonly endpoint: string; readonly account: string }) =>
  counted(tokenRequests, labels, tagOf)

/** Counts a call by its outcome, with the names that the endpoint gives its failures. One for each endpoint. */
export const call = (labels: { readonly endpoint: string }, nameOf: NameOf) => counted(calls, labels, nameOf)

const counted = (
  counter: metrics.Instrument,
  labels: { readonly endpoint: string; readonly account?: string },
  nameOf: NameOf
) => {
  // Without the label `account`: a histogram has a series for each of its buckets.
  const durations = duration.series({ endpoint: labels.endpoint })
  const outcomes = new Map<string, (value: number) => void>()
  const seriesWith = (outcome: string): (value: number) => void => {
    const known = outcomes.get(outcome) ?? counter.series({ ...labels, outcome })
    outcomes.set(outcome, known)
    return known
  }
  return <A, E extends TokenError, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.clockWith((clock) => {
      const start = clock.unsafeCurrentTimeNanos()
      const end = (outcome: string) => {
        seriesWith(outcome)(1)
        durations(Number(clock.unsafeCurrentTimeNanos() - start) / 1e9)
      }
      return self.pipe(
        Effect.tapError((failure) => Effect.sync(() => end(nameOf(failure)))),
        Effect.tap(() => Effect.sync(() => end("success")))
      )
    })
}

const accountAttribute = "jindouyun.account"

/**
 * Adds the account to the logs and spans of an effect, under the name that the program gave. Metrics and stores have a
 * hash instead.
 */
export const named = (account: string | undefined) => {
  const name = account === undefined ? undefined : sanitize(account, [])
  return <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    name === undefined
      ? self
      : self.pipe(Effect.annotateSpans(accountAttribute, name), Effect.annotateLogs("account", name))
}

/**
 * Runs an operation that sends requests in a span and hands the span to it. Making the span the parent of every effect
 * inside costs more. Names are OpenTelemetry's if it has one, and a span holds only the attributes written here. It ends
 * without the operation's result, which would live as long as the span.
 */
export const span = (name: string, method: string, endpoint: string, nameOf: NameOf = tagOf, account?: string) => {
  const options = {
    kind: "client",
    captureStackTrace: false,
    attributes: {
      "jindouyun.endpoint": endpoint,
      "http.request.method": method,
      ...(account === undefined ? {} : { [accountAttribute]: sanitize(account, []) })
    }
  } as const
  return <A, E extends TokenError, R>(
    operation: (span: Tracer.Span) => Effect.Effect<A, E, R>
  ): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      let result = Option.none<A>()
      const inSpan = Effect.useSpan(name, options, (span) =>
        operation(span).pipe(
          Effect.tapError((failure) => Effect.sync(() => annotate(span, outcomeOf(failure, nameOf)))),
          Effect.map((value) => {
            result = Option.some(value)
          })
        ))
      return Effect.map(inSpan, () => Option.getOrThrow(result))
    })
}

/** Records the token of an attempt of a call, and whether the attempt is a replay. */
export const attempted = (span: Tracer.Span, attempt: {
  readonly number: number
  readonly generation: number
  readonly isReplay: boolean
}): void =>
  annotate(span, {
    "jindouyun.generation": attempt.generation,
    "jindouyun.attempt": attempt.number,
    "jindouyun.replayed": attempt.isReplay
  })

/** Records a successful response. The failure of any other response is recorded by `span`. */
export const answered = (span: Tracer.Span, { status }: { readonly status: number }): void =>
  annotate(span, { "jindouyun.return_code": ReturnCode.success, "http.response.status_code": status })

const annotate = (span: Tracer.Span, attributes: Readonly<Record<string, unknown>>): void => {
  for (const [name, value] of Object.entries(attributes)) {
    span.attribute(name, value)
  }
}

const outcomeOf = (failure: TokenError, nameOf: NameOf): Readonly<Record<string, unknown>> => ({
  "error.type": nameOf(failure),
  ...("code" in failure ? { "jindouyun.return_code": failure.code } : {}),
  ...("status" in failure ? { "http.response.status_code": failure.status } : {}),
  ...("attempts" in failure ? { "jindouyun.attempt": failure.attempts } : {})
})
