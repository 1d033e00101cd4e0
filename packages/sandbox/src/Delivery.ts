/**
 * The seam between the emulated platform and whatever carries its answers: memory, a socket of Node, or a server of
 * your own. A carrier brings an `Incoming` and interprets the `Delivery` it gets, damage included.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"

/**
 * A request that has come to its end. Header names are in lower case.
 *
 * @since 0.1.0
 * @category models
 */
export interface Incoming {
  readonly method: string
  readonly origin: string
  /** Without the query. */
  readonly path: string
  /** As it was sent, its question mark included; empty where there is none. */
  readonly query: string
  readonly headers: { readonly [name: string]: string | undefined }
  readonly body: Uint8Array
}

/**
 * What reaches the client: an answer, the first `sent` bytes of one under the `Content-Length` of the whole, one at a
 * byte a second, or a connection that is reset before any answer.
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
 * An answer as it would be, were it not damaged. `Content-Length` is the carrier's to add.
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
 * Hands a delivery to the client. A request counts as in flight until `end` is called; a failure calls it too.
 *
 * @since 0.1.0
 * @category models
 */
export interface Deliver<A, E> {
  (delivery: Delivery, end: () => void): Effect.Effect<A, E>
}
