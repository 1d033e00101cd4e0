/**
 * The emulated platform on a real socket of Node, faults included. Only this module needs Node and
 * `@effect/platform-node`.
 *
 * @since 0.1.0
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import * as HttpServer from "@effect/platform/HttpServer"
import type * as HttpServerError from "@effect/platform/HttpServerError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as httpApp from "./internal/httpApp.js"
import * as nodeCarrier from "./internal/nodeCarrier.js"
import * as nodeServer from "./internal/nodeServer.js"
import * as Sandbox from "./Sandbox.js"

/**
 * The running server.
 *
 * @since 0.1.0
 * @category tags
 */
export class SandboxServer extends Context.Tag("@jindouyun/sandbox/SandboxServer")<SandboxServer, Service>() {}

/**
 * The address of the server.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The origin of the server, `http://127.0.0.1:<port>`, which a client uses as its base URL. */
  readonly url: string
}

/**
 * The behaviour of the emulated platform, and how the server offers it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Sandbox.Options {
  /** The port on 127.0.0.1. Defaults to a free port. */
  readonly port?: number | undefined
  /**
   * Whether the server also has the control API, the OpenAPI document at `/openapi.json` and Swagger UI at `/docs`.
   * Requests to these paths do not reach the platform. Defaults to `false`.
   */
  readonly control?: boolean | undefined
}

/**
 * Serves the emulated platform on a loopback port.
 *
 * **Details**
 *
 * Requests run on the clock of the fiber that builds the layer. When the layer is closed, the server closes all
 * connections, even those with a request in flight.
 *
 * @example
 * ```ts
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Jindouyun from "@jindouyun/core/Jindouyun"
 * import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * const account = Layer.unwrapEffect(
 *   Effect.map(SandboxServer.SandboxServer, ({ url }) =>
 *     Jindouyun.layer({ baseUrl: url, username: "user1", password: Redacted.make("pass1") })
 *   )
 * )
 *
 * // The whole library over fetch and a real socket, on a free port.
 * export const onSocket = account.pipe(
 *   Layer.provide(FetchHttpClient.layer),
 *   Layer.provideMerge(SandboxServer.layer())
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options?: Options | undefined
): Layer.Layer<Sandbox.Sandbox | SandboxServer, HttpServerError.ServeError> => {
  const address = Layer.effect(
    SandboxServer,
    HttpServer.addressWith((address) =>
      address._tag === "TcpAddress"
        ? Effect.succeed({ url: `http://${address.hostname}:${address.port}` })
        : Effect.dieMessage("the server has no TCP address")
    )
  )
  return httpApp.serve(nodeCarrier.carrier, options?.control ?? false).pipe(
    // The span of a request would contain its headers, the token included.
    HttpMiddleware.withTracerDisabledWhen(() => true),
    Layer.merge(address),
    Layer.provide(
      Layer.scoped(HttpServer.HttpServer, nodeServer.listen({ port: options?.port ?? 0, host: "127.0.0.1" }))
    ),
    Layer.provide(NodeHttpServer.layerContext),
    // Without `fresh` all servers of one program would share the router of `HttpApi`.
    Layer.fresh,
    Layer.provideMerge(Sandbox.layer(options))
  )
}
