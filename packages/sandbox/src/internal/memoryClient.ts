import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Deliver, Incoming } from "../Delivery.js"
import * as httpError from "./edition/httpError.js"
import { chunks, concat, MemoryResponse } from "./edition/memoryResponse.js"

/**
 * A client that calls the platform directly. The client uses no socket, no promise and no fiber of its own, so a
 * request runs in the caller's fiber, on the caller's clock.
 *
 * @internal
 */
export const make = (platform: {
  readonly request: <A, E>(request: Incoming, deliver: Deliver<A, E>) => Effect.Effect<A, E>
}): HttpClient.HttpClient =>
  HttpClient.make((request, url, signal) =>
    Effect.flatMap(bytes(request), (body) =>
      platform.request(
        {
          method: request.method,
          origin: url.origin,
          path: url.pathname,
          query: url.search,
          headers: request.headers,
          body
        },
        deliver(request, signal)
      ))
  )

const deliver = (
  request: HttpClientRequest.HttpClientRequest,
  signal: AbortSignal
): Deliver<MemoryResponse, HttpClientError.HttpClientError> =>
(delivery, end) => {
  if (delivery._tag === "Slow") {
    // The answer is in flight until the client reads its last byte or aborts.
    signal.addEventListener("abort", end, { once: true })
    return Effect.succeed(
      new MemoryResponse(request, delivery, () =>
        Stream.fromIterable(delivery.body).pipe(
          Stream.mapEffect((byte) => Effect.as(Effect.sleep("1 second"), Uint8Array.of(byte))),
          Stream.ensuring(Effect.sync(end))
        ))
    )
  }
  end()
  switch (delivery._tag) {
    case "Reset":
      return Effect.fail(httpError.transport(request, reset()))
    case "Truncated":
      return Effect.succeed(
        new MemoryResponse(request, delivery, (response) =>
          Stream.concat(
            chunks(delivery.body.subarray(0, delivery.sent)),
            Stream.fail(httpError.decode(response, aborted()))
          ))
      )
    case "Whole":
      return Effect.succeed(new MemoryResponse(request, delivery))
  }
}

// The errors of the system that a client on a socket reports.
const reset = () => Object.assign(new Error("read ECONNRESET"), { errno: -104, code: "ECONNRESET", syscall: "read" })
const aborted = () => Object.assign(new Error("aborted"), { code: "ECONNRESET" })

const bytes = (
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<Uint8Array, HttpClientError.HttpClientError> => {
  const { body } = request
  switch (body._tag) {
    case "Empty":
      return Effect.succeed(new Uint8Array(0))
    case "Uint8Array":
      return Effect.succeed(body.body)
    case "Stream":
      return body.stream.pipe(
        Stream.mapError((cause) => httpError.encode(request, cause)),
        Stream.runCollect,
        Effect.map(concat)
      )
    case "Raw":
    case "FormData":
      return Effect.fail(httpError.encode(request, new Error("the platform accepts text only")))
  }
}
