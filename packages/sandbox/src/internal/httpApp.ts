import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpApiSwagger from "@effect/platform/HttpApiSwagger"
import type * as HttpApp from "@effect/platform/HttpApp"
import type * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SandboxApi } from "../ControlApi.js"
import { Sandbox } from "../Sandbox.js"
import { type Carrier, pathOf } from "./carrier.js"
import * as controlApp from "./controlApp.js"

/**
 * Serves the emulated platform. `control` adds the control API, the OpenAPI document and the pages, for requests that it
 * lets pass.
 *
 * @internal
 */
export const serve = (
  carrier: Carrier,
  control: (<R>(app: HttpApp.Default<never, R>) => HttpApp.Default<never, R>) | undefined
): Layer.Layer<never, never, Sandbox | HttpServer.HttpServer | HttpRouter.HttpRouter.DefaultServices> =>
  Layer.unwrapEffect(Effect.map(Sandbox, (sandbox) => {
    // The server would let a request run on after its client has disconnected.
    const platform = Effect.interruptible(
      Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
        Effect.flatMap(
          carrier.incoming(request),
          (read) =>
            sandbox.request(read, (delivery, end) => Effect.interruptible(carrier.carry(request, delivery, end)))
        ))
    )
    return control === undefined
      ? HttpServer.serve(platform)
      : Layer.unwrapEffect(
        Effect.map(HttpApiBuilder.httpApp, (router) => HttpServer.serve(divided(platform, control(router))))
      ).pipe(
        Layer.provide(controls(carrier)),
        Layer.provide([HttpApiBuilder.Router.Live, HttpApiBuilder.Middleware.layer])
      )
  }))

// The router never gets a request to the platform, because it accepts other spellings of a path.
const divided = <R>(platform: HttpApp.Default, control: HttpApp.Default<never, R>): HttpApp.Default<never, R> =>
  Effect.flatMap(
    HttpServerRequest.HttpServerRequest,
    ({ method, url }) => controlApp.isControl(method, pathOf(url)) ? control : platform
  )

const controls = (carrier: Carrier) =>
  Layer.mergeAll(HttpApiBuilder.middlewareOpenApi(), HttpApiSwagger.layer()).pipe(
    // The document and the page also describe the platform.
    Layer.provide(Layer.succeed(HttpApi.Api, { api: SandboxApi as never, context: Context.empty() })),
    Layer.provideMerge(HttpApiBuilder.api(controlApp.Api)),
    Layer.provide(Layer.mergeAll(controlApp.group(carrier), controlApp.others))
  )
