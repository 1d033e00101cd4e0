/**
 * The record that the platform keeps of its requests: endpoint, time, overlap and outcome. The journal contains no
 * header, no body, no password and no token.
 *
 * @since 0.1.0
 */
import type { Fault } from "./Fault.js"
import * as chineseReasons from "./internal/chineseReasons.js"

/**
 * The two requests of the platform's document.
 *
 * @since 0.1.0
 * @category models
 */
export type Request = "acquire" | "refresh"

/**
 * The endpoint of a request: one of the token requests, or `"report"`, the endpoint of all reports.
 *
 * @since 0.1.0
 * @category models
 */
export type Endpoint = Request | "report"

/**
 * A request in the journal.
 *
 * @since 0.1.0
 * @category models
 */
export interface Entry {
  /** The number of the request since the sandbox was built, from 1. */
  readonly sequence: number
  /** The endpoint that the request asked for; `undefined` for any other method or path. */
  readonly endpoint: Endpoint | undefined
  readonly method: string
  /** The origin to which the client addressed the request. */
  readonly origin: string
  /** The path without its query, secrets masked. A report has its configured path. */
  readonly path: string
  /** When the request came, by the platform's clock, in milliseconds since the epoch. */
  readonly at: number
  /** The token requests in flight when the request came, itself included if it is a token request. */
  readonly overlap: number
  readonly outcome: Outcome
  /**
   * Why the platform refused the request, such as `field refresh_token, expected refreshToken`. A name or a header of the
   * client is masked; other values are not repeated.
   */
  readonly reason?: string | undefined
}

/**
 * The outcome of a request.
 *
 * **Details**
 *
 * - `Pending`: the platform has not decided yet.
 * - `Answered`: the platform answered.
 * - `Faulted`: an injected fault took the request.
 * - `Cut`: the client disconnected before the platform acted.
 *
 * `code` is the return code of the envelope that the platform meant to send. `Faulted` has a `code` if the platform has
 * acted or if the fault is a refusal.
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

/**
 * The `reason` of an entry in Chinese, as the page shows it. Names and values of the client stay as they are.
 *
 * @since 0.1.0
 * @category rendering
 */
export const reasonInChinese = (reason: string): string => chineseReasons.inChinese(reason)
