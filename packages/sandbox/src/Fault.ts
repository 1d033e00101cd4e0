/**
 * Faults between the platform and its client, as data. `Sandbox.inject` adds a fault to the queue of an endpoint; the
 * fault takes the next request to that endpoint.
 *
 * **Details**
 *
 * The platform *has acted* if it issued a pair, made a report, or refused the request for its own reason. If the
 * sandbox is configured so, a new pair also revoked older tokens. The documentation of each fault states whether the
 * platform has acted. If both are possible, `withActing` selects one.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import * as json from "./internal/json.js"

/**
 * Every fault. The tag is the name of the fault in the journal.
 *
 * @since 0.1.0
 * @category models
 */
export type Fault = Data.TaggedEnum<{
  Refuse: {
    readonly code: number
    readonly message: string | undefined
    readonly status: number | undefined
    readonly acted: boolean
  }
  ResetBeforeActing: {}
  ResetAfterActing: {}
  Delay: { readonly duration: Duration.Duration; readonly acts: "first" | "last" }
  SlowBody: {}
  Truncate: { readonly bytes: number }
  Empty: { readonly acted: boolean }
  InvalidUtf8: { readonly acted: boolean }
  Html502: { readonly acted: boolean }
  Status: {
    readonly status: number
    readonly retryAfter: number | DateTime.DateTime | undefined
    readonly acted: boolean
  }
  WrongTypes: { readonly types: WrongTypes; readonly acted: boolean }
  Oversized: { readonly bytes: number }
  Redirect: { readonly status: number; readonly location: string; readonly acted: boolean }
  RawBody: {
    readonly text: string
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly acted: boolean
  }
}>

/**
 * The values that a success contains in place of two tokens.
 *
 * @since 0.1.0
 * @category models
 */
export type WrongTypes = "numbers" | "nulls" | "empty" | "missing" | "notObject"

const make = Data.taggedEnum<Fault>()

/**
 * An envelope of refusal with any return code. The message defaults to the code's meaning, the HTTP status to the
 * sandbox's `failureStatus`. The platform has not acted.
 *
 * @example
 * ```ts
 * import * as Fault from "@jindouyun/sandbox/Fault"
 * import * as Sandbox from "@jindouyun/sandbox/Sandbox"
 * import * as Effect from "effect/Effect"
 *
 * // One fault for each of the next refreshes, in this order.
 * export const threeBadRefreshes = Effect.flatMap(Sandbox.Sandbox, (sandbox) =>
 *   sandbox.inject(
 *     "refresh",
 *     Fault.refuse({ code: 41009, message: "quota" }),
 *     Fault.resetAfterActing,
 *     Fault.status(503, { retryAfter: 2 })
 *   )
 * )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const refuse = (options: {
  readonly code: number
  readonly message?: string | undefined
  readonly status?: number | undefined
}): Fault => make.Refuse({ code: options.code, message: options.message, status: options.status, acted: false })

/**
 * `refuse` with only a return code. The platform has not acted.
 *
 * @since 0.1.0
 * @category constructors
 */
export const returnCode = (code: number): Fault => refuse({ code })

/**
 * The connection is reset before the platform has acted. The client cannot distinguish this fault from
 * `resetAfterActing`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const resetBeforeActing: Fault = make.ResetBeforeActing()

/**
 * The connection is reset after the platform has acted. The client cannot distinguish this fault from
 * `resetBeforeActing`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const resetAfterActing: Fault = make.ResetAfterActing()

/**
 * The true answer, late. By default the platform acts first and delays its answer. With `acts: "last"` the delay comes
 * first; if the client disconnects during the delay, the platform never acts.
 *
 * @since 0.1.0
 * @category constructors
 */
export const delay = (
  duration: Duration.DurationInput,
  options?: { readonly acts?: "first" | "last" | undefined } | undefined
): Fault => make.Delay({ duration: Duration.decode(duration), acts: options?.acts ?? "first" })

/**
 * The true answer, its head at once and its body at one byte a second. The platform has acted.
 *
 * @since 0.1.0
 * @category constructors
 */
export const slowBody: Fault = make.SlowBody()

/**
 * The head of the true answer, with the `Content-Length` of the whole body, and the first `bytes` of the body. The
 * connection then ends. The platform has acted.
 *
 * @since 0.1.0
 * @category constructors
 */
export const truncate = (bytes: number): Fault => make.Truncate({ bytes })

/**
 * Status 200 without a body. By default the platform has acted; see `withActing`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const empty: Fault = make.Empty({ acted: true })

/**
 * Status 200 and an envelope whose Chinese is GBK, declared as UTF-8. By default the platform has acted; see
 * `withActing`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const invalidUtf8: Fault = make.InvalidUtf8({ acted: true })

/**
 * Status 502 and the HTML page of a gateway that did not reach the platform. By default the platform has not acted; see
 * `withActing`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const html502: Fault = make.Html502({ acted: false })

/**
 * Any HTTP status, without an envelope. A number in `retryAfter` is written as seconds, a date as an HTTP date. By
 * default the platform has not acted; see `withActing`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const status = (
  status: number,
  options?: { readonly retryAfter?: number | DateTime.DateTime | undefined } | undefined
): Fault => make.Status({ status, retryAfter: options?.retryAfter, acted: false })

/**
 * An envelope of success whose tokens are numbers (the default), `null`, empty strings or missing, or whose `data` is a
 * string. A report call gets the same `data`. By default the platform has acted; see `withActing`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const wrongTypes = (types: WrongTypes = "numbers"): Fault => make.WrongTypes({ types, acted: true })

/**
 * The true answer, padded with spaces to `bytes`; its JSON stays valid. The platform has acted.
 *
 * @since 0.1.0
 * @category constructors
 */
export const oversized = (bytes: number): Fault => make.Oversized({ bytes })

/**
 * A redirect to `location`. By default the platform has not acted; see `withActing`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const redirect = (status: number, location: string): Fault => make.Redirect({ status, location, acted: false })

/**
 * Any text as the body. The status defaults to 200, the `Content-Type` to that of the platform. By default the platform
 * has not acted; see `withActing`.
 *
 * **When to use**
 *
 * Use this fault if no other constructor makes the answer that a test needs.
 *
 * @since 0.1.0
 * @category constructors
 */
export const rawBody = (
  text: string,
  options?: {
    readonly status?: number | undefined
    readonly headers?: Readonly<Record<string, string>> | undefined
  } | undefined
): Fault => make.RawBody({ text, status: options?.status ?? 200, headers: options?.headers ?? {}, acted: false })

/**
 * The same fault, but the platform has acted, or has not.
 *
 * **Details**
 *
 * Only faults that replace the answer change. Each reset has its own constructor; the other faults deliver the true
 * answer, so the platform must act.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withActing = (fault: Fault, acted: boolean): Fault => "acted" in fault ? { ...fault, acted } : fault

/**
 * Whether the platform has acted when this fault is over, if the client does not disconnect.
 *
 * @since 0.1.0
 * @category getters
 */
export const hasActed = (fault: Fault): boolean => "acted" in fault ? fault.acted : fault._tag !== "ResetBeforeActing"

const acted = (byDefault: boolean) =>
  Schema.optionalWith(
    Schema.Boolean.annotations({ description: "whether the platform has acted", default: byDefault }),
    { default: () => byDefault }
  )

const optional = <A, I>(schema: Schema.Schema<A, I>) =>
  Schema.optionalWith(Schema.UndefinedOr(schema), { default: () => undefined })

const anyFault = Schema.Union(
  Schema.TaggedStruct("Refuse", {
    code: json.returnCode,
    message: optional(Schema.String),
    status: optional(json.status),
    acted: acted(false)
  }).annotations({ description: "an envelope of refusal with any return code" }),
  Schema.TaggedStruct("ResetBeforeActing", {}).annotations({
    description: "the connection is reset before the platform has acted"
  }),
  Schema.TaggedStruct("ResetAfterActing", {}).annotations({
    description: "the connection is reset after the platform has acted"
  }),
  Schema.TaggedStruct("Delay", {
    duration: json.duration("1 day"),
    acts: Schema.optionalWith(
      Schema.Literal("first", "last").annotations({
        description: "whether the platform acts before or after the delay",
        default: "first"
      }),
      { default: () => "first" as const }
    )
  }).annotations({ description: "the true answer, late" }),
  Schema.TaggedStruct("SlowBody", {}).annotations({ description: "the true answer, its body at one byte a second" }),
  Schema.TaggedStruct("Truncate", { bytes: json.bytes }).annotations({
    description: "the first bytes of the body of the true answer, then the connection ends"
  }),
  Schema.TaggedStruct("Empty", { acted: acted(true) }).annotations({ description: "200 without a body" }),
  Schema.TaggedStruct("InvalidUtf8", { acted: acted(true) }).annotations({
    description: "an envelope in GBK, declared as UTF-8"
  }),
  Schema.TaggedStruct("Html502", { acted: acted(false) }).annotations({ description: "the page of a gateway, 502" }),
  Schema.TaggedStruct("Status", {
    status: json.status,
    retryAfter: optional(
      Schema.Union(json.seconds, Schema.DateTimeUtc, Schema.DateTimeZoned).annotations({
        description: "a whole number of seconds, or a date such as \"2021-12-12T08:00:00Z\""
      })
    ),
    acted: acted(false)
  }).annotations({ description: "any HTTP status, without an envelope" }),
  Schema.TaggedStruct("WrongTypes", {
    types: Schema.optionalWith(
      Schema.Literal("numbers", "nulls", "empty", "missing", "notObject").annotations({
        description: "the values in place of two tokens",
        default: "numbers"
      }),
      { default: () => "numbers" as const }
    ),
    acted: acted(true)
  }).annotations({ description: "an envelope of success without two tokens" }),
  Schema.TaggedStruct("Oversized", { bytes: json.bytes }).annotations({
    description: "the true answer, padded with spaces"
  }),
  Schema.TaggedStruct("Redirect", { status: json.status, location: json.headerValue, acted: acted(false) }).annotations(
    {
      description: "a redirect to any location"
    }
  ),
  Schema.TaggedStruct("RawBody", {
    text: Schema.String,
    status: Schema.optionalWith(json.status, { default: () => 200 }),
    headers: Schema.optionalWith(Schema.Record({ key: json.headerName, value: json.headerValue }), {
      default: () => ({})
    }),
    acted: acted(false)
  }).annotations({ description: "any text as the body" })
)

/**
 * A fault as JSON, in the form of the control API: `{ "_tag": "Refuse", "code": 41009 }`. A missing field has the
 * default of the constructor. A duration is a number of milliseconds or a text such as `"5 seconds"`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Fault: Schema.Schema<Fault, typeof anyFault.Encoded> = anyFault.annotations({
  identifier: "Fault",
  description: "a fault, such as {\"_tag\": \"Html502\"}"
})
