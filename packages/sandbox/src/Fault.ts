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
 * @example
 * ```ts
 * import * as Fault from "@jindouyun/sandbox/Fault"
 *
 * // `sandbox.inject("report", rejected)`: the platform rejects the token of the next report call.
 * export const rejected = Fault.returnCode(40003)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const returnCode = (code: number): Fault => refuse({ code })

/**
 * The connection is reset before the platform has acted. The client cannot distinguish this fault from
 * `resetAfterActing`.
 *
 * @example
 * ```ts
 * import * as Fault from "@jindouyun/sandbox/Fault"
 * import * as Sandbox from "@jindouyun/sandbox/Sandbox"
 * import * as Effect from "effect/Effect"
 *
 * // The next acquisition fails as `ambiguous`, and no pair was issued.
 * export const lost = Effect.flatMap(Sandbox.Sandbox, ({ inject }) => inject("acquire", Fault.resetBeforeActing))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const resetBeforeActing: Fault = make.ResetBeforeActing()

/**
 * The connection is reset after the platform has acted. The client cannot distinguish this fault from
 * `resetBeforeActing`.
 *
 * @example
 * ```ts
 * import * as Fault from "@jindouyun/sandbox/Fault"
 * import * as Sandbox from "@jindouyun/sandbox/Sandbox"
 * import * as Effect from "effect/Effect"
 *
 * // The next refresh fails as `ambiguous`, although the platform has issued a new pair.
 * export const lostPair = Effect.flatMap(Sandbox.Sandbox, ({ inject }) => inject("refresh", Fault.resetAfterActing))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const resetAfterActing: Fault = make.ResetAfterActing()

/**
 * The true answer, late. By default the platform acts first and delays its answer. With `acts: "last"` the delay comes
 * first; if the client disconnects during the delay, the platform never acts.
 *
 * @example
 * ```ts
 * import * as Fault from "@jindouyun/sandbox/Fault"
 *
 * // Longer than the default `requestTimeout`: the request times out, and the platform never acts.
 * export const unanswered = Fault.delay("20 seconds", { acts: "last" })
 * ```
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
 * @example
 * ```ts
 * import * as Fault from "@jindouyun/sandbox/Fault"
 * import * as Sandbox from "@jindouyun/sandbox/Sandbox"
 * import * as Effect from "effect/Effect"
 *
 * // The head of the answer comes at once, but the body takes longer than the default `requestTimeout`.
 * export const trickle = Effect.flatMap(Sandbox.Sandbox, ({ inject }) => inject("report", Fault.slowBody))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const slowBody: Fault = make.SlowBody()

/**
 * The head of the true answer, with the `Content-Length` of the whole body, and the first `bytes` of the body. The
 * connection then ends. The platform has acted.
 *
 * @example
 * ```ts
 * import * as Fault from "@jindouyun/sandbox/Fault"
 *
 * // The connection ends in the middle of the JSON.
 * export const cut = Fault.truncate(20)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const truncate = (bytes: number): Fault => make.Truncate({ bytes })

/**
 * Status 200 without a body. By default the platform has acted; see `withActing`.
 *
 * @example
 * ```ts
 * import * as Fault from "@jindouyun/sandbox/Fault"
 * import * as Sandbox from "@jindouyun/sandbox/Sandbox"
 * import * as Effect from "effect/Effect"
 *
 * // The platform issues a pair, and the answer that should contain it is empty.
 * export const noPair = Effect.flatMap(Sandbox.Sandbox, ({ inject }) => inject("acquire", Fault.empty))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const empty: Fault = make.Empty({ acted: true })

/**
 * Status 200 and an envelope whose Chinese is GBK, declared as UTF-8. By default the platform has acted; see
 * `withActing`.
 *
 * @example
 * ```ts
 * import * as Fault from "@jindouyun/sandbox/Fault"
 * import * as Sandbox from "@jindouyun/sandbox/Sandbox"
 * import * as Effect from "effect/Effect"
 *
 * // The next report call gets text in GBK that is declared as UTF-8.
 * export const garbled = Effect.flatMap(Sandbox.Sandbox, ({ inject }) => inject("report", Fault.invalidUtf8))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const invalidUtf8: Fault = make.InvalidUtf8({ acted: true })

/**
 * Status 502 and the HTML page of a gateway that did not reach the platform. By default the platform has not acted; see
 * `withActing`.
 *
 * @example
 * ```ts
 * import * as Fault from "@jindouyun/sandbox/Fault"
 * import * as Sandbox from "@jindouyun/sandbox/Sandbox"
 * import * as Effect from "effect/Effect"
 *
 * // A gateway answers two acquisitions in place of the platform.
 * export const outage = Effect.flatMap(Sandbox.Sandbox, ({ inject }) => inject("acquire", Fault.html502, Fault.html502))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const html502: Fault = make.Html502({ acted: false })

/**
 * Any HTTP status, without an envelope. A number in `retryAfter` is written as seconds, a date as an HTTP date. By
 * default the platform has not acted; see `withActing`.
 *
 * @example
 * ```ts
 * import * as Fault from "@jindouyun/sandbox/Fault"
 *
 * // The client waits two seconds before it sends the next request.
 * export const overloaded = Fault.status(429, { retryAfter: 2 })
 * ```
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
 * @example
 * ```ts
 * import * as Fault from "@jindouyun/sandbox/Fault"
 *
 * // A success whose tokens are `null`.
 * export const withoutTokens = Fault.wrongTypes("nulls")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const wrongTypes = (types: WrongTypes = "numbers"): Fault => make.WrongTypes({ types, acted: true })

/**
 * The true answer, padded with spaces to `bytes`; its JSON stays valid. The platform has acted.
 *
 * @example
 * ```ts
 * import * as Fault from "@jindouyun/sandbox/Fault"
 *
 * // One byte more than `maxResponseBytes` allows by default.
 * export const tooLarge = Fault.oversized(1024 * 1024 + 1)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const oversized = (bytes: number): Fault => make.Oversized({ bytes })

/**
 * A redirect to `location`. By default the platform has not acted; see `withActing`.
 *
 * @example
 * ```ts
 * import * as Fault from "@jindouyun/sandbox/Fault"
 *
 * // The library follows no redirect, so no secret reaches the other host.
 * export const moved = Fault.redirect(302, "https://other.example/")
 * ```
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
 * @example
 * ```ts
 * import * as Fault from "@jindouyun/sandbox/Fault"
 *
 * // A gateway answers in plain text.
 * export const notJson = Fault.rawBody("bad gateway", { status: 502, headers: { "Content-Type": "text/plain" } })
 * ```
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
