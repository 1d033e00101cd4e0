/**
 * What the platform remembers of the requests that came: which, when, how many at once, and what was answered. It holds
 * no header, no body, no password and no token.
 *
 * @since 0.1.0
 */
import type { Fault } from "./Fault.js"

/**
 * The two requests of the platform's document.
 *
 * @since 0.1.0
 * @category models
 */
export type Request = "acquire" | "refresh"

/**
 * Where a request can belong: to one of the requests, or to the reports, which are one endpoint whatever their paths.
 *
 * @since 0.1.0
 * @category models
 */
export type Endpoint = Request | "report"

/**
 * One request.
 *
 * @since 0.1.0
 * @category models
 */
export interface Entry {
  /** Counts the requests since the sandbox was built, from 1. */
  readonly sequence: number
  /** What was asked for; `undefined` for any other method or path. */
  readonly endpoint: Endpoint | undefined
  readonly method: string
  /** The origin the client believed to talk to. */
  readonly origin: string
  /** The path without its query, secrets masked. That of a report is as configured. */
  readonly path: string
  /** When it came, in milliseconds of the sandbox's clock since the epoch. */
  readonly at: number
  /** The requests in flight when it came, this one included if it is one. Nothing but requests counts. */
  readonly overlap: number
  readonly outcome: Outcome
}

/**
 * What became of a request: `Pending` while the platform has not decided, `Answered` by the platform itself, `Faulted`
 * when an injected fault took it, `Cut` when the client hung up before the platform acted.
 *
 * A `code` is the return code of the envelope the platform meant to send; in `Faulted` there is one when it has acted,
 * or when the fault is a refusal.
 *
 * @since 0.1.0
 * @category models
 */
export type Outcome =
  | { readonly _tag: "Pending" }
  | { readonly _tag: "Answered"; readonly status: number; readonly code: number }
  | {
    readonly _tag: "Faulted"
    readonly fault: Fault["_tag"]
    readonly acted: boolean
    readonly code: number | undefined
  }
  | { readonly _tag: "Cut" }
