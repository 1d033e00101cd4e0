import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import type * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import type * as Effect from "effect/Effect"
import type { Delivery, Incoming } from "../Delivery.js"

/**
 * Reads a request from its connection, and writes a delivery to the client: as a response if possible, else directly to
 * the connection.
 *
 * @internal
 */
export interface Carrier {
  readonly incoming: (request: HttpServerRequest.HttpServerRequest) => Effect.Effect<Incoming>
  readonly carry: (
    request: HttpServerRequest.HttpServerRequest,
    delivery: Delivery,
    end: () => void
  ) => Effect.Effect<HttpServerResponse.HttpServerResponse>
}

/** The path of a request's target, without its query. @internal */
export const pathOf = (target: string): string => target.replace(/[?#].*$/s, "")
