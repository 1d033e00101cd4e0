import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerError from "@effect/platform/HttpServerError"
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import type { Duplex } from "node:stream"
import { mostBytes } from "./nodeBody.js"

/**
 * How long a connection may be slow or idle, in milliseconds. The server closes the connection then.
 *
 * @internal
 */
export const limits = {
  /** A request, its body included, and a new connection without a request. */
  requestTimeout: 20_000,
  headersTimeout: 10_000,
  /** A connection between two requests. `Keep-Alive` announces this limit to the client. */
  keepAliveTimeout: 60_000,
  /** How often Node applies the limits of requests. */
  connectionsCheckingInterval: 1000
}

/**
 * A server of Node that does not listen yet. When the scope closes, the server closes all connections, even those with a
 * request in flight.
 *
 * @internal
 */
export const make: Effect.Effect<Http.Server, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => Http.createServer(limits).on("clientError", refuse)),
  (server) => close(server)
)

/**
 * Answers the requests of a server with an app. `NodeHttpServer.make` would also take every request with an `Upgrade` away
 * from HTTP/1.1. Without a listener for `upgrade`, Node ignores the offer, as a server may.
 *
 * @internal
 */
export const answer = <R>(
  server: Http.Server,
  app: HttpApp.Default<never, R>
): Effect.Effect<void, never, Exclude<R, HttpServerRequest.HttpServerRequest | Scope.Scope>> =>
  Effect.map(NodeHttpServer.makeHandler(app), (handler) => {
    server.on("request", (request, response) => {
      responses.set(request.socket, response)
      toOriginForm(request)
      handler(request, response)
    })
    server.on("checkContinue", (request: Http.IncomingMessage, response: Http.ServerResponse) => {
      // A body that is too large is refused before the client sends the body.
      if (Number(request.headers["content-length"] ?? 0) <= mostBytes) {
        response.writeContinue()
      } else {
        response.shouldKeepAlive = false
      }
      server.emit("request", request, response)
    })
  })

/** @internal */
export const listen = (
  server: Http.Server,
  options: { readonly port: number; readonly host: string }
): Effect.Effect<void, HttpServerError.ServeError> =>
  Effect.async((resume) => {
    const failed = (cause: Error) => resume(Effect.fail(new HttpServerError.ServeError({ cause })))
    server.once("error", failed)
    server.listen(options, () => {
      server.off("error", failed)
      resume(Effect.void)
    })
  })

/**
 * Where a server listens. The host is that of a URL, such as `[::1]`.
 *
 * @internal
 */
export const addressOf = (server: Http.Server): { readonly host: string; readonly port: number } => {
  const { address, port } = server.address() as AddressInfo
  return { host: address.includes(":") ? `[${address}]` : address, port }
}

const close = (server: Http.Server): Effect.Effect<void> =>
  Effect.async((resume) => {
    // Not listening first: a connection that came between the two would stay.
    server.close(() => resume(Effect.void))
    server.closeAllConnections()
  })

// A client that uses the server as its proxy sends the whole URL. Its authority replaces `Host` (RFC 9112, 3.2.2).
const toOriginForm = (request: Http.IncomingMessage): void => {
  const [whole, authority] = /^https?:\/\/([^/?#]*)/i.exec(request.url ?? "") ?? []
  if (whole !== undefined && authority !== undefined) {
    const rest = request.url?.slice(whole.length) ?? ""
    request.url = rest.startsWith("/") ? rest : `/${rest}`
    request.headers.host = authority
  }
}

/** The last response of each connection. */
const responses = new WeakMap<Duplex, Http.ServerResponse>()

// Bytes that are no request, and a request that takes too long.
const refuse = (error: NodeJS.ErrnoException & { readonly rawPacket?: Buffer }, socket: Duplex): void => {
  const response = responses.get(socket)
  const isAnswering = response !== undefined && response.headersSent && !response.writableFinished
  if (error.code === "ECONNRESET" || !socket.writable || isAnswering) {
    socket.destroy()
    return
  }
  const [status, text] = error.rawPacket?.toString("latin1").startsWith("PRI * HTTP/2.0")
    ? ["505 HTTP Version Not Supported", "The request is HTTP/2 without an upgrade; expected HTTP/1.1 or HTTP/1.0."]
    : error.rawPacket?.[0] === 0x16
    ? ["400 Bad Request", "The connection starts with TLS; expected plain HTTP: a URL that begins with http://."]
    : problems[error.code ?? ""] ?? ["400 Bad Request", `The request is not HTTP/1.1 (${error.code}).`]
  const body = `${text}\n`
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain;charset=UTF-8\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`
  )
}

const problems: { readonly [code: string]: readonly [status: string, text: string] | undefined } = {
  ERR_HTTP_REQUEST_TIMEOUT: [
    "408 Request Timeout",
    `The request did not arrive in time; expected its headers within ${
      limits.headersTimeout / 1000
    } s and its body within ${limits.requestTimeout / 1000} s.`
  ],
  HPE_HEADER_OVERFLOW: [
    "431 Request Header Fields Too Large",
    `The headers are too long; expected at most ${Http.maxHeaderSize} bytes.`
  ]
}
