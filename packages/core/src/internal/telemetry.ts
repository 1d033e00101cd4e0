import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as MetricKey from "effect/MetricKey"
import * as MetricLabel from "effect/MetricLabel"
import * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import type { TokenError } from "../JindouyunError.js"
import * as ReturnCode from "../ReturnCode.js"

const tokenRequests = MetricKey.counter("jindouyun_token_requests_total", {
  description: "Token requests by endpoint, outcome and account",
  incremental: true
})

const calls = MetricKey.counter("jindouyun_calls_total", {
  description: "Report calls by endpoint and outcome, each once, however many requests it took",
  incremental: true
})

const duration = MetricKey.histogram(
  "jindouyun_request_duration_seconds",
  // The boundaries that OpenTelemetry advises for the duration of requests.
  MetricBoundaries.fromIterable([0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]),
  "How long a request or a call took, waits included"
)

const hits = MetricKey.counter("jindouyun_token_cache_hits_total", {
  description: "Reads that were served the token that was held, without a wait, by account",
  incremental: true
})

const expiry = MetricKey.gauge("jindouyun_token_expires_in_seconds", {
  description: "How long the access token still lived when it was last handed out, by account"
})

const budget = Metric.gauge("jindouyun_retry_budget_left", {
  description: "What is left in the bucket that retries are paid from"
})

/**
 * Counts what was served without a wait, and notes how long what is served still lives. This is on the way of every
 * read: what a metric looks up at each update is looked up once, and not before there is something to count.
 *
 * @internal
 */
export const reads = (account: string) => {
  const register = () => {
    const labels = [MetricLabel.make("account", account)]
    return {
      hits: Metric.globalMetricRegistry.get(MetricKey.taggedWithLabels(hits, labels)),
      expiry: Metric.globalMetricRegistry.get(MetricKey.taggedWithLabels(expiry, labels))
    }
  }
  let hooks: ReturnType<typeof register> | undefined
  return (millisToExpiry: number, isHit: boolean): void => {
    hooks ??= register()
    if (isHit) {
      hooks.hits.update(1)
    }
    hooks.expiry.update(millisToExpiry / 1000)
  }
}

/** @internal */
export const budgetLeft = (left: number): void => budget.unsafeUpdate(left, none)

const none: ReadonlyArray<MetricLabel.MetricLabel> = []

/**
 * Counts an operation by its outcome, `success` or the tag of its failure, and times it.
 *
 * @internal
 */
export const tokenRequest = (
  labels: { readonly endpoint: string; readonly account: string }
): <A, E extends TokenError, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> =>
  counted(tokenRequests, labels, tagOf)

/**
 * The same for a call, whose failures have the names of the consumer. Made once for each endpoint: what is looked up for
 * one call serves the next.
 *
 * @internal
 */
export const call = (
  labels: { readonly endpoint: string },
  nameOf: Name
): <A, E extends TokenError, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> =>
  counted(calls, labels, nameOf)

/** How a failure is called where it is counted. */
type Name = (failure: TokenError) => string

const tagOf: Name = ({ _tag }) => _tag

const counted = (
  counter: MetricKey.MetricKey.Counter<number>,
  labels: Readonly<Record<string, string>>,
  nameOf: Name
) => {
  const tags = Object.entries(labels).map(([key, value]) => MetricLabel.make(key, value))
  const register = (outcome: string) => ({
    count: Metric.globalMetricRegistry.get(
      MetricKey.taggedWithLabels(counter, [...tags, MetricLabel.make("outcome", outcome)])
    ),
    duration: Metric.globalMetricRegistry.get(MetricKey.taggedWithLabels(duration, tags))
  })
  const hooks = new Map<string, ReturnType<typeof register>>()
  const hooksOf = (outcome: string) => {
    const known = hooks.get(outcome) ?? register(outcome)
    hooks.set(outcome, known)
    return known
  }
  return <A, E extends TokenError, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.clockWith((clock) => {
      const start = clock.unsafeCurrentTimeNanos()
      const end = (outcome: string) => {
        const { count, duration } = hooksOf(outcome)
        count.update(1)
        duration.update(Number(clock.unsafeCurrentTimeNanos() - start) / 1e9)
      }
      return Effect.tapBoth(self, {
        onFailure: (failure) => Effect.sync(() => end(nameOf(failure))),
        onSuccess: () => Effect.sync(() => end("success"))
      })
    })
}

/**
 * A span of an operation that sends requests, and hands it to them: to be the parent of all that happens meanwhile costs
 * more. The names are OpenTelemetry's where it has one; what is not listed here is in no span. It ends without what the
 * operation brings, which would live as long as the span does.
 *
 * @internal
 */
export const span = (name: string, method: string, endpoint: string, nameOf: Name = tagOf) => {
  const options = {
    kind: "client",
    captureStackTrace: false,
    attributes: { "jindouyun.endpoint": endpoint, "http.request.method": method }
  } as const
  return <A, E extends TokenError, R>(
    operation: (span: Tracer.Span) => Effect.Effect<A, E, R>
  ): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      let brought = Option.none<A>()
      const silent = Effect.useSpan(name, options, (span) =>
        Effect.matchEffect(operation(span), {
          onFailure: (failure) => {
            annotate(span, outcomeOf(failure, nameOf))
            return Effect.fail(failure)
          },
          onSuccess: (value) => {
            brought = Option.some(value)
            return Effect.void
          }
        }))
      return Effect.map(silent, () => Option.getOrThrow(brought))
    })
}

/**
 * Which token an attempt of a call carries, and what led to it.
 *
 * @internal
 */
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

/**
 * What a span says of an answer that was of use; of one that was not its failure tells.
 *
 * @internal
 */
export const answered = (span: Tracer.Span, { status }: { readonly status: number }): void =>
  annotate(span, { "jindouyun.return_code": ReturnCode.success, "http.response.status_code": status })

const annotate = (span: Tracer.Span, attributes: Readonly<Record<string, unknown>>): void => {
  for (const [name, value] of Object.entries(attributes)) {
    span.attribute(name, value)
  }
}

const outcomeOf = (failure: TokenError, nameOf: Name): Readonly<Record<string, unknown>> => ({
  "error.type": nameOf(failure),
  ...("code" in failure ? { "jindouyun.return_code": failure.code } : {}),
  ...("status" in failure ? { "http.response.status_code": failure.status } : {}),
  ...("attempts" in failure ? { "jindouyun.attempt": failure.attempts } : {})
})
