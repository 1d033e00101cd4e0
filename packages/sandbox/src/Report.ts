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
import * as Predicate from "effect/Predicate"

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
}

/**
 * The default path of `echo`. The path is an assumption: the platform's document names no report.
 *
 * @since 0.1.0
 * @category reports
 */
export const echoPath = "/api/report/echo"

/**
 * Answers with the method and the `parameters`: the fields of the query and of the body. If both have a field, the
 * body's value is used. A body that is not an object is ignored.
 *
 * @since 0.1.0
 * @category reports
 */
export const echo: Report = ({ body, method, query }) => ({
  data: { method, parameters: Predicate.isReadonlyRecord(body) ? { ...query, ...body } : query }
})
