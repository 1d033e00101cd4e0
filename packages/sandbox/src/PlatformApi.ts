/**
 * The two token requests of the platform's document, as an `HttpApi` and as an OpenAPI document. The API also has a
 * report of the sandbox, so that a client can call an endpoint with the token.
 *
 * @since 0.1.0
 */
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { withExamples } from "./internal/examples.js"
import { withoutDecodeError } from "./internal/spec.js"
import * as wire from "./internal/wire.js"
import * as Report from "./Report.js"

const json = { kind: "Json", contentType: wire.contentType } as const

const Code = Schema.Union(Schema.Number, Schema.String).annotations({
  description: "The return code; 20000 is success. The document's table has a number, its example a string."
})

/**
 * The answer to a token request: `data` has the two tokens on success and is an empty object on refusal.
 *
 * @since 0.1.0
 * @category schemas
 */
export class TokenEnvelope extends Schema.Class<TokenEnvelope>("TokenEnvelope")({
  code: Code,
  message: Schema.String,
  data: Schema.Union(wire.TokenData, Schema.Record({ key: Schema.String, value: Schema.Never }))
}) {}

const Parameters = Schema.Record({ key: Schema.String, value: Schema.Unknown })

const Answer = TokenEnvelope.pipe(HttpApiSchema.withEncoding(json))

// If these were headers of the endpoint, `HttpApi` would refuse a wrong header without an envelope, before any handler.
const parameters = [
  {
    name: "APIVersion",
    in: "header",
    required: true,
    schema: { type: "integer", enum: [Number(wire.apiVersion)] }
  }
]

/**
 * The two token requests.
 *
 * **Gotchas**
 *
 * A handler must answer refusals itself (`handleRaw`): if `HttpApi` cannot decode a request, its response is not an
 * envelope.
 *
 * @since 0.1.0
 * @category api
 */
export class TokenGroup extends HttpApiGroup.make("token", { topLevel: true })
  .add(
    HttpApiEndpoint.post("acquire", wire.acquirePath)
      .setPayload(
        wire.AcquireBody.pipe(HttpApiSchema.withEncoding(json))
      )
      .addSuccess(Answer)
      .annotate(OpenApi.Summary, "Get a pair of tokens for a username and a password")
      .annotate(OpenApi.Override, { parameters })
  )
  .add(
    HttpApiEndpoint.post("refresh", wire.refreshPath)
      .setPayload(
        wire.RefreshBody.pipe(HttpApiSchema.withEncoding(json))
      )
      .addSuccess(Answer)
      .annotate(OpenApi.Summary, "Get a new pair of tokens for a refresh token")
      .annotate(OpenApi.Override, { parameters })
  )
{}

/**
 * The answer of the sandbox's echo: `data` has the method and the parameters on success and is an empty object on
 * refusal.
 *
 * @since 0.1.0
 * @category schemas
 */
export class EchoEnvelope extends Schema.Class<EchoEnvelope>("EchoEnvelope")({
  code: Code,
  message: Schema.String,
  data: Schema.Union(
    Schema.Struct({ method: Schema.String, parameters: Parameters }),
    Schema.Record({ key: Schema.String, value: Schema.Never })
  )
}) {}

/**
 * The default report of the sandbox, which the platform does not have.
 *
 * **Gotchas**
 *
 * A handler must be raw (`handleRaw`), as in `TokenGroup`.
 *
 * @since 0.1.0
 * @category api
 */
export class ReportGroup extends HttpApiGroup.make("report", { topLevel: true })
  .add(
    HttpApiEndpoint.post("echo", Report.echoPath)
      .setPayload(Parameters.pipe(HttpApiSchema.withEncoding(json)))
      .addSuccess(EchoEnvelope.pipe(HttpApiSchema.withEncoding(json)))
      .annotate(OpenApi.Summary, "Return the parameters: a report of the sandbox, which the platform does not have")
      .annotate(OpenApi.Override, {
        parameters: [{ name: "accessToken", in: "header", required: true, schema: { type: "string" } }]
      })
  )
{}

/**
 * The documented part of the platform, and the sandbox's own report.
 *
 * @since 0.1.0
 * @category api
 */
export class PlatformApi extends HttpApi.make("jindouyun")
  .add(TokenGroup)
  .add(ReportGroup)
  .annotate(OpenApi.Title, "Jindouyun open platform")
  .annotate(OpenApi.Version, wire.apiVersion)
  .annotate(OpenApi.Servers, [{ url: "https://jdy.cigdata.cn" }])
  .annotate(OpenApi.Transform, (spec) => withExamples(withoutDecodeError(spec as OpenApi.OpenAPISpec)))
{}

/**
 * The OpenAPI 3.1 document of the platform.
 *
 * @since 0.1.0
 * @category api
 */
export const openApi: OpenApi.OpenAPISpec = OpenApi.fromApi(PlatformApi)
