/**
 * What a person, or a test in any language, can do to a running server: the accounts, the behaviour, the faults, the
 * journal and the clock of the emulated platform, as JSON under `/_sandbox`.
 *
 * No path of the platform's document begins with an underscore, and what is asked for here the platform never sees: it
 * is not in the journal, takes no fault and counts for nothing. Passwords and tokens go in and never come out.
 *
 * @since 0.1.0
 */
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import * as Fault from "./Fault.js"
import * as json from "./internal/json.js"
import { withoutDecodeError } from "./internal/spec.js"
import * as wire from "./internal/wire.js"
import { ReportGroup, TokenGroup } from "./PlatformApi.js"

/**
 * Below this the control API lives.
 *
 * @since 0.1.0
 * @category paths
 */
export const prefix = "/_sandbox"

const Endpoint = Schema.Literal("acquire", "refresh", "report")

/**
 * An account as it is shown: without its password.
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
 * An account as it is given.
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
  codeType: described(Schema.Literal("number", "string"), "how the code of an envelope is written"),
  refreshTokenField: described(
    Schema.Literal("refreshToken", "refresh_token", "either"),
    "the name of the field of a refresh"
  ),
  failureStatus: json.status,
  revokeOnAcquire: described(Schema.Boolean, "whether an acquisition revokes the older tokens of its account"),
  revokeOnRefresh: described(Schema.Boolean, "whether a refresh revokes the older tokens of its account"),
  earlyRefresh: described(
    Schema.Literal("accepted", "refused", "samePair"),
    "what a refresh gets whose access token is still good"
  ),
  refreshTokenUse: described(Schema.Literal("once", "many"), "how often a refresh token works"),
  accessTokenLifetime: json.duration("36500 days"),
  refreshTokenLifetime: json.duration("36500 days"),
  echo: described(Schema.Boolean, "whether a refusal repeats what was sent, secrets and all"),
  latency: json.duration("1 day"),
  tokenPlacement: described(Schema.Literal("header", "query"), "where a report call has its token"),
  tokenName: json.headerName
}

/**
 * How the platform behaves: the options of `Sandbox`, without its account and its reports.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Behaviour = Schema.Struct({ ...behaviour, returnCodes: Schema.Struct(refusalCodes) }).annotations({
  identifier: "Behaviour"
})

/**
 * A change of behaviour: what is not named stays.
 *
 * @since 0.1.0
 * @category schemas
 */
export const BehaviourChange = Schema.partial(
  Schema.Struct({ ...behaviour, returnCodes: Schema.partial(Schema.Struct(refusalCodes)) })
).annotations({ identifier: "BehaviourChange" })

/**
 * The faults that wait, by endpoint.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Faults = Schema.Struct({
  acquire: Schema.Array(Fault.Fault),
  refresh: Schema.Array(Fault.Fault),
  report: Schema.Array(Fault.Fault)
}).annotations({ identifier: "Faults" })

/**
 * A fault and where it is to happen.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Injection = Schema.Struct({ endpoint: Endpoint, fault: Fault.Fault }).annotations({
  identifier: "Injection",
  examples: [{ endpoint: "acquire", fault: Fault.html502 }]
})

/**
 * What is to be revoked: all access tokens, all tokens, or the one that is given.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Revocation = Schema.Union(
  Schema.Struct({ which: Schema.Literal("accessTokens", "allTokens") }),
  Schema.Struct({ token: secret })
).annotations({
  identifier: "Revocation",
  description: "{\"which\": \"accessTokens\"}, {\"which\": \"allTokens\"} or {\"token\": the token to revoke}",
  examples: [{ which: "accessTokens" }]
})

/**
 * A request, as `Journal.Entry` describes it. What it calls `undefined` is `null` here.
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
  at: Schema.DateTimeUtc.annotations({ description: "when it came, by the platform's clock" }),
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
  )
}).annotations({ identifier: "Entry" })

/**
 * How many requests came since the journal was cleared, and how many requests there were at once at most.
 *
 * @since 0.1.0
 * @category schemas
 */
export class Counts extends Schema.Class<Counts>("Counts")({
  requests: Schema.Struct({ acquire: Schema.Number, refresh: Schema.Number, report: Schema.Number }),
  maxOverlap: Schema.Number
}) {}

/**
 * What the platform takes for the present.
 *
 * @since 0.1.0
 * @category schemas
 */
export class PlatformClock extends Schema.Class<PlatformClock>("PlatformClock")({
  now: Schema.DateTimeUtc
}) {}

/**
 * How far the platform's clock is to be put forward.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Advance = Schema.Struct({ by: json.duration("36500 days") }).annotations({
  identifier: "Advance",
  examples: [{ by: Duration.hours(25) }]
})

const problems = Schema.Array(Schema.Struct({ field: Schema.String, problem: Schema.String, expected: Schema.String }))

const inWords = (all: typeof problems.Type): string =>
  all.map(({ expected, field, problem }) => `${field} ${problem}, expected ${expected}`).join("; ")

/**
 * The body of a request is not what the operation takes: which field, what is wrong with it, and what would be right.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidRequest extends Schema.TaggedError<InvalidRequest>()(
  "InvalidRequest",
  { problems },
  HttpApiSchema.annotations({ status: 400, description: "Says of each wrong field what would be right" })
) {
  override get message(): string {
    return inWords(this.problems)
  }
}

/**
 * There is nothing of that name, or at that path.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotFound extends Schema.TaggedError<NotFound>()(
  "NotFound",
  { problems },
  HttpApiSchema.annotations({ status: 404, description: "Says what there is" })
) {
  override get message(): string {
    return inWords(this.problems)
  }
}

const noContent = HttpApiSchema.NoContent

/**
 * The operations. A handler must read the body by itself (`handleRaw`): what `HttpApi` answers to a body that it cannot
 * decode repeats it.
 *
 * @since 0.1.0
 * @category api
 */
export class ControlGroup extends HttpApiGroup.make("control", { topLevel: true })
  .add(
    HttpApiEndpoint.get("accounts", "/accounts")
      .addSuccess(Schema.Array(Account))
      .annotate(OpenApi.Summary, "List the accounts")
  )
  .add(
    HttpApiEndpoint.post("addAccount", "/accounts")
      .setPayload(NewAccount)
      .addSuccess(Schema.Array(Account))
      .addError(InvalidRequest)
      .annotate(OpenApi.Summary, "Add an account, or give one another password")
  )
  .add(
    HttpApiEndpoint.del("removeAccount", "/accounts/:username")
      .setPath(Schema.Struct({ username: Schema.String }))
      .addSuccess(Schema.Array(Account))
      .addError(NotFound)
      .annotate(OpenApi.Summary, "Remove an account with all its tokens")
  )
  .add(
    HttpApiEndpoint.get("behaviour", "/behaviour")
      .addSuccess(Behaviour)
      .annotate(OpenApi.Summary, "Read how the platform behaves; durations are milliseconds")
  )
  .add(
    HttpApiEndpoint.patch("changeBehaviour", "/behaviour")
      .setPayload(BehaviourChange)
      .addSuccess(Behaviour)
      .addError(InvalidRequest)
      .annotate(OpenApi.Summary, "Change how the platform behaves from the next request on")
  )
  .add(
    HttpApiEndpoint.get("faults", "/faults")
      .addSuccess(Faults)
      .annotate(OpenApi.Summary, "List the faults that wait")
  )
  .add(
    HttpApiEndpoint.post("injectFault", "/faults")
      .setPayload(Injection)
      .addSuccess(Faults)
      .addError(InvalidRequest)
      .annotate(OpenApi.Summary, "Let a fault take the next request to an endpoint that no other fault waits for")
  )
  .add(
    HttpApiEndpoint.del("clearFaults", "/faults")
      .addSuccess(noContent)
      .annotate(OpenApi.Summary, "Take away the faults that wait")
  )
  .add(
    HttpApiEndpoint.post("revoke", "/tokens/revoke")
      .setPayload(Revocation)
      .addSuccess(noContent)
      .addError(InvalidRequest)
      .annotate(OpenApi.Summary, "Revoke tokens")
  )
  .add(
    HttpApiEndpoint.get("journal", "/journal")
      .addSuccess(Schema.Array(Entry))
      .annotate(OpenApi.Summary, "List the requests that came to the platform")
  )
  .add(
    HttpApiEndpoint.del("clearJournal", "/journal")
      .addSuccess(noContent)
      .annotate(OpenApi.Summary, "Forget the journal and the counts")
  )
  .add(
    HttpApiEndpoint.get("journalEvents", "/journal/events")
      .addSuccess(HttpApiSchema.Text({ contentType: "text/event-stream" }))
      .annotate(OpenApi.Summary, "Follow the journal")
      .annotate(
        OpenApi.Description,
        "Server-sent events without an end, each an Entry: the requests whose outcome is known, then each one as soon as it is"
      )
  )
  .add(
    HttpApiEndpoint.get("counts", "/counts")
      .addSuccess(Counts)
      .annotate(OpenApi.Summary, "Count the requests, and the requests that were in flight at once")
  )
  .add(
    HttpApiEndpoint.get("clock", "/clock")
      .addSuccess(PlatformClock)
      .annotate(OpenApi.Summary, "Read the platform's clock")
  )
  .add(
    HttpApiEndpoint.post("advanceClock", "/clock/advance")
      .setPayload(Advance)
      .addSuccess(PlatformClock)
      .addError(InvalidRequest)
      .annotate(OpenApi.Summary, "Put the platform's clock forward, so that tokens expire")
      .annotate(
        OpenApi.Description,
        "Tokens expire, and answers are dated, as though the time had passed. What waits, a late answer for example, is not over any sooner, and the clock of your client is its own. There is no way back."
      )
  )
  .prefix(prefix)
{}

/**
 * The platform and what controls it, as a server offers them.
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
  .annotate(OpenApi.Transform, (spec) => withoutDecodeError(spec as OpenApi.OpenAPISpec))
{}

/**
 * The OpenAPI 3.1 document of the server. It names no server: requests go where the document came from.
 *
 * @since 0.1.0
 * @category api
 */
export const openApi: OpenApi.OpenAPISpec = OpenApi.fromApi(SandboxApi)
