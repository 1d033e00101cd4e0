/**
 * The emulated platform on a real socket of Node, faults included. The only module here that needs Node and
 * `@effect/platform-node`.
 *
 * @since 0.1.0
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import * as HttpServer from "@effect/platform/HttpServer"
import type * as HttpServerError from "@effect/platform/HttpServerError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Http from "node:http"
import * as httpApp from "./internal/httpApp.js"
import * as nodeCarrier from "./internal/nodeCarrier.js"
import * as Sandbox from "./Sandbox.js"

/**
 * Where the emulated platform listens.
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
  /** Origin of the server, `http://127.0.0.1:` and its port: what a client sets as its base URL. */
  readonly url: string
}

/**
 * How the emulated platform behaves, and where it listens.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Sandbox.Options {
  /** The port on 127.0.0.1. Defaults to any that is free. */
  readonly port?: number | undefined
  /**
   * Whether the server has the control API too, with the OpenAPI document at `/openapi.json` and Swagger UI at `/docs`:
   * paths that the platform itself does not get to see then. Defaults to `false`, the platform and nothing else.
   */
  readonly control?: boolean | undefined
}

/**
 * The emulated platform on a loopback port. Requests run on the clock of the fiber that builds the layer. When the
 * layer is closed all connections are cut, whatever hangs on them.
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
        : Effect.dieMessage("the server listens on no port")
    )
  )
  return HttpApiBuilder.serve().pipe(
    // A span of a request shows its headers, the token's among them.
    HttpMiddleware.withTracerDisabledWhen(() => true),
    Layer.provide(httpApp.layer(nodeCarrier.carry, options?.control ?? false)),
    Layer.merge(address),
    Layer.provide(listen(options?.port ?? 0)),
    Layer.provide(NodeHttpServer.layerContext),
    // The router of HttpApi is one layer for all: two servers of one program would share it.
    Layer.fresh,
    Layer.provideMerge(Sandbox.layer(options))
  )
}

const listen = (port: number): Layer.Layer<HttpServer.HttpServer, HttpServerError.ServeError> =>
  Layer.scoped(
    HttpServer.HttpServer,
    Effect.suspend(() => {
      // A connection that the server closes for being idle would look to the next request like a fault nobody injected.
      const server = Http.createServer({ keepAliveTimeout: 0 })
      return Effect.tap(
        NodeHttpServer.make(() => server, { port, host: "127.0.0.1" }),
        // Runs before the server's own finalizer, which waits for every connection to end by itself.
        Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
      )
    })
  )
