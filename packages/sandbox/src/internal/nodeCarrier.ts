import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import type { Answer } from "../Delivery.js"
import { type Carrier, pathOf } from "./carrier.js"
import * as nodeBody from "./nodeBody.js"

/**
 * Reads from a request of Node, and writes damage directly to the socket. `HttpApi` then gets a response that is already
 * written.
 *
 * @internal
 */
export const carrier: Carrier = {
  incoming: (request) =>
    Effect.map(nodeBody.read(request), (body) => ({
      method: request.method,
      origin: `http://${request.headers.host ?? localAddress(request)}`,
      path: pathOf(request.url),
      query: /\?[^#]*/.exec(request.url)?.[0] ?? "",
      headers: request.headers,
      body: body ?? new Uint8Array(0),
      bodyProblem: body === undefined ? `is larger than ${nodeBody.mostBytes} bytes` : undefined
    })),
  carry: (request, delivery, end) => {
    const response = NodeHttpServerRequest.toServerResponse(request)
    const { socket } = NodeHttpServerRequest.toIncomingMessage(request)
    switch (delivery._tag) {
      case "Whole":
        return Effect.sync(() => {
          end()
          return HttpServerResponse.raw(delivery.body, { status: delivery.status, headers: headersOf(delivery) })
        })
      case "Truncated":
        return Effect.sync(() => {
          end()
          response.writeHead(delivery.status, headersOf(delivery))
          response.end(delivery.body.subarray(0, delivery.sent))
          socket.destroySoon()
          return written
        })
      case "Slow":
        return Effect.sync(() => {
          response.writeHead(delivery.status, headersOf(delivery))
          response.flushHeaders()
        }).pipe(
          Effect.zipRight(
            Effect.forEach(
              delivery.body,
              (byte) => Effect.delay(Effect.sync(() => response.write(Uint8Array.of(byte))), "1 second"),
              { discard: true }
            )
          ),
          Effect.zipRight(Effect.sync(() => {
            end()
            response.end()
            return written
          }))
        )
      case "Reset":
        return Effect.sync(() => {
          end()
          socket.resetAndDestroy()
          response.end()
          return written
        })
    }
  }
}

// Only HTTP/1.0 has requests without `Host`.
const localAddress = (request: HttpServerRequest.HttpServerRequest): string => {
  const { localAddress = "", localPort } = NodeHttpServerRequest.toIncomingMessage(request).socket
  return `${localAddress.includes(":") ? `[${localAddress}]` : localAddress}:${localPort}`
}

// Never sent, because the response of Node has already ended.
const written = HttpServerResponse.empty()

// A fault may be the page of an attacker: no browser runs it in the origin of the server.
const headersOf = ({ body, headers }: Answer) => ({
  ...headers,
  "content-length": String(body.byteLength),
  "x-content-type-options": "nosniff",
  "content-security-policy": "sandbox"
})
