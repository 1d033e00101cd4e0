/**
 * What can go wrong between the platform and its client, one at a time, as data. A fault is put into an endpoint's
 * queue with `Sandbox.inject` and takes the next request to that endpoint.
 *
 * The platform *has acted* when it did what was asked: a pair was issued (and older tokens were revoked, where the
 * sandbox is configured so), a report was made, or the request was refused for a reason of its own. Each fault says whether it has. Where
 * both can happen in the world, `withActing` chooses.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"

/**
 * Every fault there is. The tag is its name in the journal.
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
 * What stands in a success where two tokens belong.
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
 * @since 0.1.0
 * @category constructors
 */
export const refuse = (options: {
  readonly code: number
  readonly message?: string | undefined
  readonly status?: number | undefined
}): Fault => make.Refuse({ code: options.code, message: options.message, status: options.status, acted: false })

/**
 * `refuse` with nothing but a return code. The platform has not acted.
 *
 * @since 0.1.0
 * @category constructors
 */
export const returnCode = (code: number): Fault => refuse({ code })

/**
 * The connection is reset before the platform has acted: the request is lost, and the client cannot know.
 *
 * @since 0.1.0
 * @category constructors
 */
export const resetBeforeActing: Fault = make.ResetBeforeActing()

/**
 * The connection is reset after the platform has acted: the answer is lost, and the client cannot know.
 *
 * @since 0.1.0
 * @category constructors
 */
export const resetAfterActing: Fault = make.ResetAfterActing()

/**
 * The true answer, late. The platform acts `"first"` and keeps the answer back, unless it is told to act `"last"`: then
 * a client that hangs up in time was never served.
 *
 * @since 0.1.0
 * @category constructors
 */
export const delay = (
  duration: Duration.DurationInput,
  options?: { readonly acts?: "first" | "last" | undefined } | undefined
): Fault => make.Delay({ duration: Duration.decode(duration), acts: options?.acts ?? "first" })

/**
 * The true answer, its head at once and its body at a byte a second. The platform has acted.
 *
 * @since 0.1.0
 * @category constructors
 */
export const slowBody: Fault = make.SlowBody()

/**
 * The head of the true answer, with the `Content-Length` of the whole, and the first `bytes` of its body: then the
 * connection ends. The platform has acted.
 *
 * @since 0.1.0
 * @category constructors
 */
export const truncate = (bytes: number): Fault => make.Truncate({ bytes })

/**
 * 200 without a body. The platform has acted, unless `withActing` says otherwise.
 *
 * @since 0.1.0
 * @category constructors
 */
export const empty: Fault = make.Empty({ acted: true })

/**
 * 200 with an envelope whose Chinese is GBK where UTF-8 was declared. The platform has acted, unless `withActing` says
 * otherwise.
 *
 * @since 0.1.0
 * @category constructors
 */
export const invalidUtf8: Fault = make.InvalidUtf8({ acted: true })

/**
 * The HTML page of a gateway that did not reach the platform, 502. The platform has not acted, unless `withActing`
 * says otherwise.
 *
 * @since 0.1.0
 * @category constructors
 */
export const html502: Fault = make.Html502({ acted: false })

/**
 * Any HTTP status, without an envelope; `retryAfter` is written as seconds when it is a number and as an HTTP date
 * otherwise. The platform has not acted, unless `withActing` says otherwise.
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
 * string. A report call gets the same, which is not its `data` either. The platform has acted, unless `withActing` says otherwise.
 *
 * @since 0.1.0
 * @category constructors
 */
export const wrongTypes = (types: WrongTypes = "numbers"): Fault => make.WrongTypes({ types, acted: true })

/**
 * The true answer, filled up with spaces to `bytes`: whoever reads all of it finds nothing wrong. The platform has
 * acted.
 *
 * @since 0.1.0
 * @category constructors
 */
export const oversized = (bytes: number): Fault => make.Oversized({ bytes })

/**
 * A redirect, its `location` as given. The platform has not acted, unless `withActing` says otherwise.
 *
 * @since 0.1.0
 * @category constructors
 */
export const redirect = (status: number, location: string): Fault => make.Redirect({ status, location, acted: false })

/**
 * Any text as the body, for envelopes nobody thought of. Status 200 and the platform's `Content-Type` unless given
 * otherwise. The platform has not acted, unless `withActing` says otherwise.
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
 * The same fault, but the platform has acted, or has not. For every fault that replaces the answer; the resets have a
 * constructor each, and the others deliver the true answer, which takes acting.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withActing = (fault: Fault, acted: boolean): Fault => "acted" in fault ? { ...fault, acted } : fault

/**
 * Whether the platform has acted by the time this fault is over, nobody hanging up.
 *
 * @since 0.1.0
 * @category getters
 */
export const hasActed = (fault: Fault): boolean => "acted" in fault ? fault.acted : fault._tag !== "ResetBeforeActing"
