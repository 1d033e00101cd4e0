/**
 * The interface between the emulated platform and a carrier, which transports its answers: memory, a socket of Node, or
 * a custom server. A carrier passes an `Incoming` to the platform and writes the `Delivery` that the platform returns,
 * damage included.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"

/**
 * A request whose body has been read. Header names are in lower case.
 *
 * @since 0.1.0
 * @category models
 */
export interface Incoming {
  readonly method: string
  readonly origin: string
  /** The path without the query. */
  readonly path: string
  /** The query as the client sent it, question mark included; empty if there is none. */
  readonly query: string
  readonly headers: { readonly [name: string]: string | undefined }
  readonly body: Uint8Array
  /** The reason if the carrier did not read the body, such as `"is larger than 1048576 bytes"`. `body` is then empty. */
  readonly bodyProblem?: string | undefined
}

/**
 * The part of a response that reaches the client.
 *
 * **Details**
 *
 * - `Whole`: the answer.
 * - `Truncated`: the first `sent` bytes of the body, under the `Content-Length` of the whole body.
 * - `Slow`: the answer, its body at one byte a second.
 * - `Reset`: the connection is reset before any answer.
 *
 * @since 0.1.0
 * @category models
 */
export type Delivery =
  | ({ readonly _tag: "Whole" } & Answer)
  | ({ readonly _tag: "Truncated"; readonly sent: number } & Answer)
  | ({ readonly _tag: "Slow" } & Answer)
  | { readonly _tag: "Reset" }

/**
 * The answer without damage. The carrier adds `Content-Length`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/**
 * Writes a delivery to the client. A request counts as in flight until `end` is called; if the effect fails, the
 * platform calls `end` itself.
 *
 * @since 0.1.0
 * @category models
 */
export interface Deliver<A, E> {
  (delivery: Delivery, end: () => void): Effect.Effect<A, E>
}
