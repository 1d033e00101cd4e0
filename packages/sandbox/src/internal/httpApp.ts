import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpApiSwagger from "@effect/platform/HttpApiSwagger"
import type * as HttpApp from "@effect/platform/HttpApp"
import type * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SandboxApi } from "../ControlApi.js"
import { Sandbox, type Service } from "../Sandbox.js"
import { type Carrier, pathOf } from "./carrier.js"
import * as controlApp from "./controlApp.js"

type Guard = <R>(app: HttpApp.Default<never, R>) => HttpApp.Default<never, R>

/**
 * The emulated platform as an app. `control` adds the control API, the OpenAPI document and the pages, for requests that
 * it lets pass.
 *
 * @internal
 */
export const make = (
  carrier: Carrier,
  sandbox: Service,
  { control, platform: guarded }: {
    readonly control: Guard | undefined
    readonly platform: Guard
  }
): Effect.Effect<HttpApp.Default<never, HttpRouter.HttpRouter.DefaultServices>> => {
  // The server would let a request run on after its client has disconnected.
  const platform = guarded(Effect.interruptible(
    Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
      Effect.flatMap(
        carrier.incoming(request),
        (read) => sandbox.request(read, (delivery, end) => Effect.interruptible(carrier.carry(request, delivery, end)))
      ))
  ))
  return control === undefined
    ? Effect.succeed(platform)
    : Effect.map(
      Effect.provide(HttpApiBuilder.httpApp, controls(carrier, sandbox)),
      (router) => divided(platform, control(router))
    )
}

// The router never gets a request to the platform, because it accepts other spellings of a path.
const divided = <R>(platform: HttpApp.Default, control: HttpApp.Default<never, R>): HttpApp.Default<never, R> =>
  Effect.flatMap(
    HttpServerRequest.HttpServerRequest,
    ({ method, url }) => controlApp.isControl(method, pathOf(url)) ? control : platform
  )

const controls = (carrier: Carrier, sandbox: Service) =>
  Layer.mergeAll(HttpApiBuilder.middlewareOpenApi(), HttpApiSwagger.layer()).pipe(
    // The document and the page also describe the platform.
    Layer.provide(Layer.succeed(HttpApi.Api, { api: SandboxApi as never, context: Context.empty() })),
    Layer.provideMerge(HttpApiBuilder.api(controlApp.Api)),
    Layer.provide(Layer.mergeAll(controlApp.group(carrier), controlApp.others)),
    Layer.provide(Layer.succeed(Sandbox, sandbox)),
    Layer.provideMerge(Layer.merge(HttpApiBuilder.Router.Live, HttpApiBuilder.Middleware.layer)),
    // Without `fresh` all servers of one program would share the router of `HttpApi`.
    Layer.fresh
  )
