/**
 * Report calls (数据报表接口), the calls that need the access token.
 *
 * **Details**
 *
 * The platform's document states only that each call contains the token and that its answer has `code`, `message` and
 * `data`. Paths, methods and the place of the token are assumptions of the sandbox, and can be configured.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as jsonText from "./internal/jsonText.js"
import { readExactJson } from "./internal/readJson.js"

/**
 * Computes the answer to a report call with a valid token. If the function throws or returns no
 * `ReportAnswer`, the platform answers 50000, logs the error and keeps the reason in the journal.
 *
 * @since 0.1.0
 * @category models
 */
export interface Report {
  (call: ReportCall): ReportAnswer
}

/**
 * A report call. If the token is a query parameter, `query` does not contain it.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReportCall {
  readonly method: string
  readonly path: string
  /** The query parameters. A repeated parameter has its last value. */
  readonly query: Readonly<Record<string, string>>
  /** The parsed JSON, whatever the `Content-Type`; `undefined` if there is no body. */
  readonly body: unknown
}

/**
 * The envelope of an answer and its HTTP status. Any code except 20000 is a refusal.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReportAnswer {
  /** Defaults to 20000. */
  readonly code?: number | undefined
  /** Defaults to the code's meaning. */
  readonly message?: string | undefined
  /** Any value that JSON can represent. Defaults to an empty object. */
  readonly data?: unknown
  /** Defaults to 200, and to the sandbox's `failureStatus` for a refusal. */
  readonly status?: number | undefined
  /** How long the platform delays the answer, besides the sandbox's `latency`. Defaults to no delay. */
  readonly delay?: Duration.DurationInput | undefined
}

/**
 * A report that gives the same answer to each call.
 *
 * @example
 * ```ts
 * import * as Report from "@jindouyun/sandbox/Report"
 * import * as Sandbox from "@jindouyun/sandbox/Sandbox"
 * import * as Effect from "effect/Effect"
 *
 * // A report that is slow, and one whose quota is used up.
 * export const reports = Effect.flatMap(Sandbox.Sandbox, (sandbox) =>
 *   Effect.zipRight(
 *     sandbox.setReport("/api/report/daily", Report.fixed({ data: { orders: 12 }, delay: "3 seconds" })),
 *     sandbox.setReport("/api/report/yearly", Report.fixed({ code: 41009 }))
 *   ))
 * ```
 *
 * @since 0.1.0
 * @category reports
 */
export const fixed = (answer: ReportAnswer): Report => () => answer

/**
 * The default path of `echo`. The path is an assumption: the platform's document names no report.
 *
 * @since 0.1.0
 * @category reports
 */
export const echoPath = "/api/report/echo"

/**
 * Answers with the method and the `parameters`: the fields of the query and of the body. If both have a field, the
 * body's value is used. A body that is not an object is ignored. Numbers of the body keep the digits that were sent.
 *
 * @since 0.1.0
 * @category reports
 */
export const echo: Report = ({ body, method, query }) => {
  if (!Predicate.isReadonlyRecord(body)) {
    return { data: { method, parameters: query } }
  }
  const others = Object.entries(query).filter(([name]) => !Object.hasOwn(body, name))
  const parameters = jsonText.joined(JSON.stringify(Object.fromEntries(others)), jsonText.of(body))
  return { data: jsonText.parse(jsonText.joined(JSON.stringify({ method }), `{"parameters":${parameters}}`)) }
}

/**
 * A report whose `data` is a JSON text in UTF-8, such as a file. Returns the problem if the text is not JSON, or contains
 * a number that JavaScript would change.
 *
 * @since 0.1.0
 * @category reports
 */
export const fromJson = (bytes: Uint8Array): Either.Either<Report, string> =>
  Either.mapBoth(readExactJson(bytes), {
    onLeft: ({ problem }) => problem,
    onRight: (data) => fixed({ data })
  })
