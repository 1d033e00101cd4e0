import type * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpApiSwagger from "@effect/platform/HttpApiSwagger"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import type * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SandboxApi } from "../ControlApi.js"
import type { Delivery, Incoming } from "../Delivery.js"
import { PlatformApi } from "../PlatformApi.js"
import { Sandbox } from "../Sandbox.js"
import * as controlApp from "./controlApp.js"

/**
 * Writes a delivery to the client: as a response if possible, else directly to the connection.
 *
 * @internal
 */
export interface Carry {
  (
    request: HttpServerRequest.HttpServerRequest,
    delivery: Delivery,
    end: () => void
  ): Effect.Effect<HttpServerResponse.HttpServerResponse>
}

/**
 * The emulated platform behind `HttpApi`. `control` adds the control API, the OpenAPI document and the pages.
 *
 * @internal
 */
export const layer = (carry: Carry, control: boolean): Layer.Layer<HttpApi.Api, never, Sandbox> =>
  Layer.unwrapEffect(Effect.map(Sandbox, (sandbox) => {
    const handle = ({ request }: { readonly request: HttpServerRequest.HttpServerRequest }) =>
      Effect.flatMap(
        incoming(request),
        (read) => sandbox.request(read, (delivery, end) => Effect.interruptible(carry(request, delivery, end)))
      )
    const token = HttpApiBuilder.group(
      PlatformApi,
      "token",
      (handlers) => handlers.handleRaw("acquire", handle).handleRaw("refresh", handle)
    )
    const report = HttpApiBuilder.group(PlatformApi, "report", (handlers) => handlers.handleRaw("echo", handle))
    // The other reports, whose paths may change. Wrong methods and paths get an envelope from the platform.
    const others = HttpApiBuilder.Router.use((router) =>
      router.all("*", Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => handle({ request })))
    )
    const platform = Layer.mergeAll(token, report, others)
    return control
      ? Layer.mergeAll(HttpApiBuilder.middlewareOpenApi(), HttpApiSwagger.layer()).pipe(
        Layer.provideMerge(HttpApiBuilder.api(SandboxApi)),
        Layer.provide(Layer.mergeAll(platform, controlApp.group, controlApp.others))
      )
      : Layer.provide(HttpApiBuilder.api(PlatformApi), platform)
  }))

// A body that cannot be read counts as empty, and the platform refuses the request.
const incoming = (request: HttpServerRequest.HttpServerRequest): Effect.Effect<Incoming> =>
  Effect.map(Effect.orElseSucceed(request.arrayBuffer, () => new ArrayBuffer(0)), (body) => ({
    method: request.method,
    origin: `http://${request.headers.host ?? ""}`,
    path: request.url.replace(/[?#].*$/, ""),
    query: /\?[^#]*/.exec(request.url)?.[0] ?? "",
    headers: request.headers,
    body: new Uint8Array(body)
  }))
