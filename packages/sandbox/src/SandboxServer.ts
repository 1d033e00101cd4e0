/**
 * The emulated platform on a real socket of Node, faults included. Only this module needs Node and
 * `@effect/platform-node`.
 *
 * @since 0.1.0
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import type * as HttpServerError from "@effect/platform/HttpServerError"
import { InvalidConfiguration } from "@jindouyun/core/JindouyunError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Crypto from "node:crypto"
import * as httpApp from "./internal/httpApp.js"
import * as nodeCarrier from "./internal/nodeCarrier.js"
import { guarded, isLoopbackHost, withoutForeignPages } from "./internal/nodeGuard.js"
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
  /** The origin of the server, such as `http://127.0.0.1:8080`, which a client uses as its base URL. */
  readonly url: string
  /** The key that the control API requires in the header `X-Sandbox-Key`; `undefined` if it requires none. */
  readonly controlKey: Redacted.Redacted | undefined
}

/**
 * The behaviour of the emulated platform, and how the server offers it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Sandbox.Options {
  /** The address to listen on. Defaults to 127.0.0.1; only this machine reaches that address. */
  readonly host?: string | undefined
  /** The port. Defaults to a free port. */
  readonly port?: number | undefined
  /**
   * Whether the server also has the control API, the page at `/`, Swagger UI at `/docs` and the OpenAPI document at
   * `/openapi.json`. Requests to these paths do not reach the platform. Defaults to `false`.
   */
  readonly control?: boolean | undefined
  /**
   * The key of the control API, sent in the header `X-Sandbox-Key`: visible ASCII without spaces. A request with the key
   * may have any `Host`. Defaults to a random key if other machines can reach `host`, and to no key otherwise.
   */
  readonly controlKey?: Redacted.Redacted | undefined
}

/**
 * Serves the emulated platform on a port. The server is for tests only: it has no TLS and no protection against load.
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
): Layer.Layer<Sandbox.Sandbox | SandboxServer, HttpServerError.ServeError | InvalidConfiguration> =>
  Layer.scopedContext(Effect.gen(function*() {
    const { control = false, controlKey, host = "127.0.0.1", port = 0 } = options ?? {}
    if (controlKey !== undefined && !isKey.test(Redacted.value(controlKey))) {
      return yield* new InvalidConfiguration({
        setting: "controlKey",
        problem: "cannot be sent as a header",
        expected: "one or more visible ASCII characters without spaces"
      })
    }
    const sandbox = yield* Sandbox.make(options)
    const server = yield* nodeServer.make
    const randomKey = Redacted.make(Crypto.randomBytes(18).toString("base64url"))
    const key = () => controlKey ?? (isLoopbackHost(nodeServer.addressOf(server).host) ? undefined : randomKey)
    const app = yield* httpApp.make(nodeCarrier.carrier, sandbox, {
      control: control ? guarded(key) : undefined,
      platform: withoutForeignPages(key)
    })
    yield* nodeServer.answer(server, app).pipe(
      // The span of a request would contain its headers, the token included.
      Effect.locally(HttpMiddleware.currentTracerDisabledWhen, () => true),
      Effect.provide(NodeHttpServer.layerContext)
    )
    yield* nodeServer.listen(server, { port, host })
    const bound = nodeServer.addressOf(server)
    return Context.make(Sandbox.Sandbox, sandbox).pipe(Context.add(SandboxServer, {
      url: `http://${{ "0.0.0.0": "127.0.0.1", "[::]": "[::1]" }[bound.host] ?? bound.host}:${bound.port}`,
      controlKey: control ? key() : undefined
    }))
  }))

const isKey = /^[\x21-\x7e]+$/
