/**
 * An HTTP API that controls a running server: the accounts, behaviour, faults, journal and clock of the emulated
 * platform, as JSON under `/_sandbox`.
 *
 * **Details**
 *
 * No path of the platform's document begins with an underscore. Requests to this API do not reach the platform: they
 * have no journal entry, take no fault and are not counted. Responses contain no password and no token.
 *
 * @since 0.1.0
 */
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { Forbidden, InvalidRequest, NotFound, UnsupportedMediaType } from "./ControlError.js"
import { withExamples } from "./internal/examples.js"
import { FaultFromJson } from "./internal/faultFromJson.js"
import * as json from "./internal/json.js"
import { withControlKey, withoutDecodeError } from "./internal/spec.js"
import * as wire from "./internal/wire.js"
import { ReportGroup, TokenGroup } from "./PlatformApi.js"

/**
 * The header of a request that contains the key of the control API.
 *
 * @since 0.1.0
 * @category headers
 */
export const keyHeader = "X-Sandbox-Key"

/**
 * The path under which the server has the control API.
 *
 * @since 0.1.0
 * @category paths
 */
export const prefix = "/_sandbox"

/**
 * The server-sent events of the journal: each is an `Entry`, the requests with a known outcome first. The stream does not
 * end, so the OpenAPI document leaves it out.
 *
 * @since 0.1.0
 * @category paths
 */
export const eventsPath = `${prefix}/journal/events`

const Endpoint = Schema.Literal("acquire", "refresh", "report")

const remaining = Schema.NullOr(Schema.Number).annotations({
  description: "how long the token is still valid, in milliseconds; null if it is not"
})

/**
 * A pair with a valid token, in a response. Of each token only the beginning is shown.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Pair = Schema.Struct({
  username: Schema.String,
  accessToken: Schema.String,
  accessTokenRemaining: remaining,
  refreshToken: Schema.String,
  refreshTokenRemaining: remaining
}).annotations({ identifier: "Pair" })

/**
 * An account in a response, without its password.
 *
 * @since 0.1.0
 * @category schemas
 */
export class Account extends Schema.Class<Account>("Account")({
  username: Schema.String
}) {}

const secret = Schema.Redacted(
  Schema.String.annotations({ jsonSchema: { type: "string", format: "password", writeOnly: true } })
)

/**
 * An account in a request, with its password.
 *
 * @since 0.1.0
 * @category schemas
 */
export const NewAccount = Schema.Struct({
  username: Schema.NonEmptyString.annotations({ description: "a text that is not empty" }),
  password: secret
}).annotations({ identifier: "NewAccount" })

const refusalCodes = {
  wrongCredentials: json.returnCode,
  invalidToken: json.returnCode,
  earlyRefresh: json.returnCode,
  badParameter: json.returnCode,
  wrongApiVersion: json.returnCode
}

const described = <A, I>(schema: Schema.Schema<A, I>, description: string) => schema.annotations({ description })

const behaviour = {
  codeType: described(Schema.Literal("number", "string"), "the JSON type of `code`"),
  refreshTokenField: described(
    Schema.Literal("refreshToken", "refresh_token", "either"),
    "the field of a refresh that contains the token"
  ),
  failureStatus: json.status,
  revokeOnAcquire: described(Schema.Boolean, "whether an acquisition revokes the older tokens of its account"),
  revokeOnRefresh: described(Schema.Boolean, "whether a refresh revokes the older tokens of its account"),
  earlyRefresh: described(
    Schema.Literal("accepted", "refused", "samePair"),
    "the answer to a refresh whose access token is still valid"
  ),
  refreshTokenUse: described(Schema.Literal("once", "many"), "how often a refresh token can be used"),
  accessTokenLifetime: json.duration("36500 days"),
  refreshTokenLifetime: json.duration("36500 days"),
  echo: described(Schema.Boolean, "whether a refusal repeats the request, secrets included"),
  latency: json.duration("1 day"),
  tokenPlacement: described(Schema.Literal("header", "query"), "where a report call contains its token"),
  tokenName: json.headerName
}

/**
 * How the platform behaves: the options of `Sandbox` without its account and its reports.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Behaviour = Schema.Struct({ ...behaviour, returnCodes: Schema.Struct(refusalCodes) }).annotations({
  identifier: "Behaviour"
})

/**
 * A change of behaviour. A missing field keeps its value.
 *
 * @since 0.1.0
 * @category schemas
 */
export const BehaviourChange = Schema.partial(
  Schema.Struct({ ...behaviour, returnCodes: Schema.partial(Schema.Struct(refusalCodes)) })
).annotations({ identifier: "BehaviourChange" })

/**
 * The path of a report in a response.
 *
 * @since 0.1.0
 * @category schemas
 */
export class ReportPath extends Schema.Class<ReportPath>("ReportPath")({
  path: Schema.String
}) {}

/**
 * A report that gives the same answer to each call with a valid token.
 *
 * @since 0.1.0
 * @category schemas
 */
export const NewReport = Schema.Struct({
  path: json.reportPath,
  data: Schema.optional(Schema.Unknown).annotations({ description: "the data of the answer: any JSON" }),
  code: Schema.optional(json.returnCode),
  message: Schema.optional(Schema.String),
  status: Schema.optional(json.reportStatus),
  delay: Schema.optional(json.duration("1 day"))
}).annotations({ identifier: "NewReport" })

/**
 * The queued faults of each endpoint.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Faults = Schema.Struct({
  acquire: Schema.Array(FaultFromJson),
  refresh: Schema.Array(FaultFromJson),
  report: Schema.Array(FaultFromJson)
}).annotations({ identifier: "Faults" })

/**
 * A fault and the endpoint to whose queue it is added.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Injection = Schema.Struct({ endpoint: Endpoint, fault: FaultFromJson }).annotations({
  identifier: "Injection"
})

/**
 * The tokens to revoke: all access tokens, all tokens, or the given one.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Revocation = Schema.Union(
  Schema.Struct({ which: Schema.Literal("accessTokens", "allTokens") }),
  Schema.Struct({ token: secret })
).annotations({
  identifier: "Revocation",
  description: "{\"which\": \"accessTokens\"}, {\"which\": \"allTokens\"} or {\"token\": the token to revoke}"
})

/**
 * A request, as `Journal.Entry` describes it; `undefined` is `null` here.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Entry = Schema.Struct({
  sequence: Schema.Number,
  endpoint: Schema.NullOr(Endpoint),
  method: Schema.String,
  origin: Schema.String,
  path: Schema.String,
  at: Schema.DateTimeUtc.annotations({ description: "when the request came, by the platform's clock" }),
  overlap: Schema.Number,
  outcome: Schema.Union(
    Schema.TaggedStruct("Pending", {}),
    Schema.TaggedStruct("Answered", { status: Schema.Number, code: Schema.Number }),
    Schema.TaggedStruct("Faulted", {
      fault: Schema.String,
      acted: Schema.Boolean,
      code: Schema.NullOr(Schema.Number)
    }),
    Schema.TaggedStruct("Cut", {})
  ),
  reason: Schema.optional(Schema.String).annotations({
    description: "why the platform refused the request, such as \"field refresh_token, expected refreshToken\""
  })
}).annotations({ identifier: "Entry" })

/**
 * The number of requests since the journal was cleared, and the most token requests in flight at once.
 *
 * @since 0.1.0
 * @category schemas
 */
export class Counts extends Schema.Class<Counts>("Counts")({
  requests: Schema.Struct({ acquire: Schema.Number, refresh: Schema.Number, report: Schema.Number }),
  maxOverlap: Schema.Number
}) {}

/**
 * The present time of the platform.
 *
 * @since 0.1.0
 * @category schemas
 */
export class PlatformClock extends Schema.Class<PlatformClock>("PlatformClock")({
  now: Schema.DateTimeUtc
}) {}

/**
 * The duration by which to advance the platform's clock.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Advance = Schema.Struct({ by: json.duration("36500 days") }).annotations({ identifier: "Advance" })

const noContent = HttpApiSchema.NoContent

// Errors of a whole group would hide its operations from `HttpApiClient.make`.
type Path = HttpApiEndpoint.PathSegment
const get = <const Name extends string>(name: Name, path: Path) => HttpApiEndpoint.get(name, path).addError(Forbidden)
const del = <const Name extends string>(name: Name, path: Path) => HttpApiEndpoint.del(name, path).addError(Forbidden)
const post = <const Name extends string>(name: Name, path: Path) =>
  HttpApiEndpoint.post(name, path).addError(Forbidden).addError(UnsupportedMediaType)
const patch = <const Name extends string>(name: Name, path: Path) =>
  HttpApiEndpoint.patch(name, path).addError(Forbidden).addError(UnsupportedMediaType)

/**
 * The operations of the control API.
 *
 * **Gotchas**
 *
 * A handler must read the body itself (`handleRaw`): if `HttpApi` cannot decode a body, its response repeats the body.
 *
 * @since 0.1.0
 * @category api
 */
export class ControlGroup extends HttpApiGroup.make("control", { topLevel: true })
  .add(
    get("accounts", "/accounts")
      .addSuccess(Schema.Array(Account))
      .annotate(OpenApi.Summary, "List the accounts")
  )
  .add(
    post("addAccount", "/accounts")
      .setPayload(NewAccount)
      .addSuccess(Schema.Array(Account))
      .addError(InvalidRequest)
      .annotate(OpenApi.Summary, "Add an account, or change its password")
  )
  .add(
    del("removeAccount", "/accounts/:username")
      .setPath(Schema.Struct({ username: Schema.String }))
      .addSuccess(Schema.Array(Account))
      .addError(NotFound)
      .annotate(OpenApi.Summary, "Remove an account with all its tokens")
  )
  .add(
    get("reports", "/reports")
      .addSuccess(Schema.Array(ReportPath))
      .annotate(OpenApi.Summary, "List the reports")
  )
  .add(
    post("setReport", "/reports")
      .setPayload(NewReport)
      .addSuccess(Schema.Array(ReportPath))
      .addError(InvalidRequest)
      .annotate(OpenApi.Summary, "Add a report, or replace the one at this path")
  )
  .add(
    del("removeReport", "/reports")
      .setUrlParams(Schema.Struct({ path: Schema.optional(Schema.String) }))
      .addSuccess(Schema.Array(ReportPath))
      .addError(NotFound)
      .annotate(OpenApi.Summary, "Remove the report at a path")
  )
  .add(
    get("behaviour", "/behaviour")
      .addSuccess(Behaviour)
      .annotate(OpenApi.Summary, "Read how the platform behaves; durations are milliseconds")
  )
  .add(
    patch("changeBehaviour", "/behaviour")
      .setPayload(BehaviourChange)
      .addSuccess(Behaviour)
      .addError(InvalidRequest)
      .annotate(OpenApi.Summary, "Change how the platform behaves from the next request on")
  )
  .add(
    get("faults", "/faults")
      .addSuccess(Faults)
      .annotate(OpenApi.Summary, "List the queued faults")
  )
  .add(
    post("injectFault", "/faults")
      .setPayload(Injection)
      .addSuccess(Faults)
      .addError(InvalidRequest)
      .annotate(OpenApi.Summary, "Add a fault to the queue of an endpoint; each request takes one fault")
  )
  .add(
    del("clearFaults", "/faults")
      .addSuccess(noContent)
      .annotate(OpenApi.Summary, "Remove the queued faults")
  )
  .add(
    get("pairs", "/tokens")
      .addSuccess(Schema.Array(Pair))
      .annotate(OpenApi.Summary, "List the newest 100 pairs with a valid token, oldest first")
  )
  .add(
    post("revoke", "/tokens/revoke")
      .setPayload(Revocation)
      .addSuccess(noContent)
      .addError(InvalidRequest)
      .annotate(OpenApi.Summary, "Revoke tokens")
  )
  .add(
    get("journal", "/journal")
      .addSuccess(Schema.Array(Entry))
      .annotate(OpenApi.Summary, "List the requests that came to the platform")
  )
  .add(
    del("clearJournal", "/journal")
      .addSuccess(noContent)
      .annotate(OpenApi.Summary, "Clear the journal and the counts")
  )
  .add(
    get("journalEvents", "/journal/events")
      .addSuccess(HttpApiSchema.Text({ contentType: "text/event-stream" }))
      .annotate(OpenApi.Summary, "Follow the journal")
      // Swagger UI waits for the end of an answer.
      .annotate(OpenApi.Exclude, true)
      .annotate(
        OpenApi.Description,
        "An endless stream of server-sent events, each an Entry: the requests with a known outcome, then each request when its outcome is known"
      )
  )
  .add(
    get("counts", "/counts")
      .addSuccess(Counts)
      .annotate(OpenApi.Summary, "Count the requests, and the most token requests in flight at once")
  )
  .add(
    get("clock", "/clock")
      .addSuccess(PlatformClock)
      .annotate(OpenApi.Summary, "Read the platform's clock")
  )
  .add(
    post("advanceClock", "/clock/advance")
      .setPayload(Advance)
      .addSuccess(PlatformClock)
      .addError(InvalidRequest)
      .annotate(OpenApi.Summary, "Advance the platform's clock, so that tokens expire")
      .annotate(
        OpenApi.Description,
        "Tokens expire, and answers are dated, as if the time had passed. Delays in progress, such as a late answer, keep their length. The clock of the client does not change. The platform's clock cannot be set back."
      )
  )
  .add(
    post("reset", "/reset")
      .addSuccess(noContent)
      .annotate(OpenApi.Summary, "Return to the start: the options of the server, no token, no fault, an empty journal")
  )
  .prefix(prefix)
{}

/**
 * The platform and the control API of a server.
 *
 * @since 0.1.0
 * @category api
 */
export class SandboxApi extends HttpApi.make("jindouyun")
  .add(TokenGroup)
  .add(ReportGroup)
  .add(ControlGroup)
  .annotate(OpenApi.Title, "Jindouyun open platform, emulated")
  .annotate(OpenApi.Version, wire.apiVersion)
  .annotate(
    OpenApi.Description,
    "**For tests only, not for production.** The platform and the control API of a sandbox. Its passwords are known, it has no TLS, and it forgets everything when it stops. If the server printed a key when it started, give it under Authorize."
  )
  .annotate(
    OpenApi.Transform,
    (spec) => withExamples(withControlKey(withoutDecodeError(spec as OpenApi.OpenAPISpec), prefix, keyHeader))
  )
{}

/**
 * The OpenAPI 3.1 document of the server. The document names no server, so tools send requests to the origin of the
 * document.
 *
 * @since 0.1.0
 * @category api
 */
export const openApi: OpenApi.OpenAPISpec = OpenApi.fromApi(SandboxApi)
