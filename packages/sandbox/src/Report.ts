/**
 * The calls that the access token is for. Of them (数据报表接口) the platform's document says that each carries the token
 * and answers `code`, `message` and `data`, and no more: which there are, their paths and methods, and how they carry
 * the token, are the sandbox's own convention and yours to configure.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"

/**
 * What the platform answers to a report call whose token it takes. One that throws is answered with 50000 in its place.
 *
 * @since 0.1.0
 * @category models
 */
export interface Report {
  (call: ReportCall): ReportAnswer
}

/**
 * A report call, its token taken out of the query, where that is the token's place.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReportCall {
  readonly method: string
  readonly path: string
  /** Of a parameter that came more than once it has the last. */
  readonly query: Readonly<Record<string, string>>
  /** What the JSON says, whatever the `Content-Type`; `undefined` where there is no body. */
  readonly body: unknown
}

/**
 * The envelope of an answer and its HTTP status. Any code but 20000 is a refusal, like those of the platform itself.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReportAnswer {
  /** Defaults to 20000. */
  readonly code?: number | undefined
  /** Defaults to the code's meaning. */
  readonly message?: string | undefined
  /** Anything that JSON can say. Defaults to an empty object. */
  readonly data?: unknown
  /** Defaults to 200, and to the sandbox's `failureStatus` for a refusal. */
  readonly status?: number | undefined
}

/**
 * Where the sandbox has `echo` unless it is told otherwise. The path is ours: the platform's document names none.
 *
 * @since 0.1.0
 * @category reports
 */
export const echoPath = "/api/report/echo"

/**
 * Answers with the method, and with the fields of the body over those of the query as `parameters`. A body that is no
 * object adds none.
 *
 * @since 0.1.0
 * @category reports
 */
export const echo: Report = ({ body, method, query }) => ({
  data: { method, parameters: Predicate.isReadonlyRecord(body) ? { ...query, ...body } : query }
})
