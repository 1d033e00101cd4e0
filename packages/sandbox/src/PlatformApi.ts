/**
 * The two requests of the platform's document as an `HttpApi`, and as the OpenAPI document that follows from it. Beside
 * them stands one report of the sandbox's own, so that there is a call to carry a token.
 *
 * @since 0.1.0
 */
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { withoutDecodeError } from "./internal/spec.js"
import * as wire from "./internal/wire.js"
import * as Report from "./Report.js"

const json = { kind: "Json", contentType: wire.contentType } as const

const Code = Schema.Union(Schema.Number, Schema.String).annotations({
  description: "The return code: 20000 is success. The document's table says number, its example is a string."
})

/**
 * The answer to either request: the two tokens as `data` on success, an empty object where it was refused.
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

// As headers of the endpoint they would be decoded, and refused without an envelope, before any handler sees them.
const parameters = [
  {
    name: "APIVersion",
    in: "header",
    required: true,
    schema: { type: "integer", enum: [Number(wire.apiVersion)] }
  }
]

/**
 * The requests. A handler must answer refusals by itself (`handleRaw`): what `HttpApi` answers to a request it cannot
 * decode is no envelope.
 *
 * @since 0.1.0
 * @category api
 */
export class TokenGroup extends HttpApiGroup.make("token", { topLevel: true })
  .add(
    HttpApiEndpoint.post("acquire", wire.acquirePath)
      .setPayload(
        // The document's own example, so that a page made of this can be tried by clicking.
        wire.AcquireBody.annotations({ examples: [{ username: "user1", password: "pass1" }] }).pipe(
          HttpApiSchema.withEncoding(json)
        )
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
 * The answer of the sandbox's echo: what came in as `data` on success, an empty object where it was refused.
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
 * The sandbox's own report, which the platform does not have, as it is without options. The handler must be raw here
 * too.
 *
 * @since 0.1.0
 * @category api
 */
export class ReportGroup extends HttpApiGroup.make("report", { topLevel: true })
  .add(
    HttpApiEndpoint.post("echo", Report.echoPath)
      .setPayload(Parameters.pipe(HttpApiSchema.withEncoding(json)))
      .addSuccess(EchoEnvelope.pipe(HttpApiSchema.withEncoding(json)))
      .annotate(OpenApi.Summary, "Get the parameters back: a report of the sandbox, which the platform does not have")
      .annotate(OpenApi.Override, {
        parameters: [{ name: "accessToken", in: "header", required: true, schema: { type: "string" } }]
      })
  )
{}

/**
 * The platform, as far as its document goes, and the sandbox's own report.
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
  .annotate(OpenApi.Transform, (spec) => withoutDecodeError(spec as OpenApi.OpenAPISpec))
{}

/**
 * The OpenAPI 3.1 document of the platform.
 *
 * @since 0.1.0
 * @category api
 */
export const openApi: OpenApi.OpenAPISpec = OpenApi.fromApi(PlatformApi)
