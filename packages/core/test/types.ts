/**
 * Pins types; checked by the compiler and never run.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import * as Accounts from "../src/Accounts.js"
import * as Credentials from "../src/Credentials.js"
import * as Endpoint from "../src/Endpoint.js"
import type { settingTexts } from "../src/internal/settingTexts.js"
import * as TokenState from "../src/internal/token/state.js"
import * as Jindouyun from "../src/Jindouyun.js"
import * as JindouyunConfig from "../src/JindouyunConfig.js"
import type * as JindouyunError from "../src/JindouyunError.js"
import * as PlatformClient from "../src/PlatformClient.js"
import * as RetryBudget from "../src/RetryBudget.js"
import * as RetryPolicy from "../src/RetryPolicy.js"
import type * as ReturnCode from "../src/ReturnCode.js"
import type * as Token from "../src/Token.js"
import * as TokenApi from "../src/TokenApi.js"
import * as TokenProvider from "../src/TokenProvider.js"
import type * as TokenRecord from "../src/TokenRecord.js"
import * as TokenStore from "../src/TokenStore.js"

/** Whether two types are the same; a subtype, `any` and `never` are not. */
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

declare const same: <A, B>(_: Equal<A, B>) => void
declare const is: <B>() => <A>(value: A, equal: Equal<A, B>) => void

// `Equal` bites: on a subtype, a supertype, any, never, an optional field, and a missing member of a union.
same<string, string>(true)
// @ts-expect-error a wrong assertion
same<"a", string>(true)
// @ts-expect-error a wrong assertion
same<string | number, string>(true)
// eslint-disable-next-line typescript/no-explicit-any
same<any, string>(false)
// eslint-disable-next-line typescript/no-explicit-any
same<never, any>(false)
same<{ a: string }, { a?: string }>(false)
// @ts-expect-error a wrong assertion
is<Effect.Effect<number, "a">>()(Effect.succeed(1), true)

// ---------------------------------------------------------------------------------------------------------------------
// The failures

type ReturnCodeErrors =
  | JindouyunError.ApiVersionRejected
  | JindouyunError.InvalidParameter
  | JindouyunError.AuthenticationFailed
  | JindouyunError.TokenRejected
  | JindouyunError.ServerFailure
  | JindouyunError.UnknownServerFailure
  | JindouyunError.UnrecognizedReturnCode

type RequestErrors = ReturnCodeErrors | JindouyunError.TransportFailure | JindouyunError.UnexpectedResponse

type TokenErrors =
  | RequestErrors
  | JindouyunError.StoreFailure
  | JindouyunError.CredentialsUnavailable
  | JindouyunError.ProviderClosed

same<JindouyunError.ReturnCodeError, ReturnCodeErrors>(true)
same<JindouyunError.TokenRequestError, RequestErrors>(true)
same<JindouyunError.TokenRequestError, RequestErrors>(true)
same<JindouyunError.TokenError, TokenErrors>(true)
same<TokenErrors["disposition"], "retry" | "reauthenticate" | "fatal">(true)
same<ReturnCode.Disposition, "success" | "retry" | "reauthenticate" | "fatal">(true)
same<TokenErrors["delivery"], "unsent" | "answered" | "ambiguous">(true)
same<ReturnCodeErrors["delivery"], "answered">(true)
same<JindouyunError.TransportFailure["delivery"], "unsent" | "ambiguous">(true)
same<JindouyunError.UnexpectedResponse["delivery"], "ambiguous">(true)
same<
  JindouyunError.TransportFailure["reason"],
  "refused" | "nameNotFound" | "unreachable" | "tls" | "connectTimeout" | "reset" | "timeout" | "other"
>(true)
same<
  JindouyunError.UnexpectedResponse["reason"],
  "status" | "notText" | "notEnvelope" | "invalidData" | "tooLarge" | "truncated" | "redirect"
>(true)

// ---------------------------------------------------------------------------------------------------------------------
// The operations: nothing they need, and what they fail with

declare const provider: TokenProvider.Service
declare const api: TokenApi.Service
declare const credentials: Credentials.Service

is<Effect.Effect<Token.AccessToken, TokenErrors>>()(provider.accessToken, true)
is<Effect.Effect<Token.AccessToken, TokenErrors>>()(provider.refresh, true)
is<(rejected: Token.AccessToken) => Effect.Effect<void>>()(provider.invalidate, true)
is<Effect.Effect<void, JindouyunError.StoreFailure>>()(provider.reset, true)
is<Effect.Effect<TokenProvider.Status>>()(provider.status, true)
is<Stream.Stream<TokenProvider.Status>>()(provider.changes, true)

is<
  (credentials: Credentials.UsernamePassword, options?: TokenApi.Options) => Effect.Effect<
    Token.TokenGrant,
    RequestErrors
  >
>()(api.acquire, true)
is<
  (refreshToken: Token.RefreshToken, options?: TokenApi.Options) => Effect.Effect<Token.TokenGrant, RequestErrors>
>()(api.refresh, true)
same<TokenApi.Options["secrets"], ReadonlyArray<Redacted.Redacted> | undefined>(true)

is<Effect.Effect<Credentials.UsernamePassword, JindouyunError.CredentialsUnavailable>>()(credentials.current, true)

same<Token.AccessToken["value"], Redacted.Redacted>(true)
same<Token.AccessToken["generation"], number>(true)
same<Token.AccessToken["expiresAt"], DateTime.Utc>(true)

// ---------------------------------------------------------------------------------------------------------------------
// The state: what is held × what is going on, the refusedCredentials beside both, and steps that are put one after the other

type Step = (state: TokenState.TokenState) => TokenState.TokenState

same<TokenState.Activity["_tag"], "Idle" | "Renewing" | "Cooling" | "Closed">(true)
same<TokenState.Activity["failure"], TokenErrors | undefined>(true)
same<TokenState.Cooling["failure"], TokenErrors>(true)
same<TokenState.TokenState["refusedCredentials"], TokenRecord.RefusedCredentials | undefined>(true)
same<TokenRecord.RefusedCredentials["failure"], RequestErrors>(true)
same<TokenState.TokenState["earlierRefusals"], ReadonlyArray<TokenRecord.RefusedCredentials>>(true)
same<TokenState.Decision["_tag"], "Serve" | "ServeAndRenew" | "Await" | "Renew" | "Fail">(true)
same<Extract<TokenState.Decision, { _tag: "Renew" }>, { readonly _tag: "Renew" }>(true)

is<(renewal: TokenState.Renewal) => Step>()(TokenState.started, true)
is<(now: number) => Step>()(TokenState.requestEnded, true)
is<(pair: Token.TokenPair, access: "live" | "rejected") => Step>()(TokenState.received, true)
is<(refusedCredentials: TokenRecord.RefusedCredentials) => Step>()(TokenState.credentialsRefused, true)
is<(record: TokenRecord.TokenRecord, now: number) => Step>()(TokenState.adopted, true)
is<(generation: number) => Step>()(TokenState.refreshAmbiguous, true)
is<(generation: number) => Step>()(TokenState.refreshRefused, true)
is<(rejected: Token.AccessToken) => Step>()(TokenState.invalidated, true)
is<(activity: TokenState.Idle | TokenState.Cooling) => Step>()(TokenState.finished, true)
is<Step>()(TokenState.reset, true)
is<Step>()(TokenState.closed, true)

// ---------------------------------------------------------------------------------------------------------------------
// The layers

const account = { username: "user1", password: Redacted.make("pass1") }
const accountConfig = { username: Config.string("USER"), password: Config.redacted("PASSWORD") }

class Vault extends Context.Tag("Vault")<Vault, typeof account>() {}
class VaultError {
  readonly _tag = "VaultError"
}
declare const fromVault: Effect.Effect<typeof account, VaultError, Vault>

type Whole<R = never> = Layer.Layer<
  | PlatformClient.PlatformClient
  | TokenProvider.TokenProvider
  | TokenApi.TokenApi
  | JindouyunConfig.JindouyunConfig,
  JindouyunError.InvalidConfiguration,
  HttpClient.HttpClient | R
>

is<Whole>()(Jindouyun.layer(account), true)
is<Whole>()(Jindouyun.layerConfig(accountConfig), true)
is<Whole>()(Jindouyun.layerFromEnv(), true)
is<Whole<Vault>>()(Jindouyun.layerCredentials(fromVault), true)

is<Layer.Layer<TokenProvider.TokenProvider, never, Needs>>()(TokenProvider.layer, true)
is<Layer.Layer<TokenProvider.TokenProvider>>()(TokenProvider.layerStatic(account.password), true)
declare const anyFailure: TokenErrors
is<Layer.Layer<TokenProvider.TokenProvider>>()(TokenProvider.layerFailing(anyFailure), true)

type Needs = TokenApi.TokenApi | Credentials.Credentials | JindouyunConfig.JindouyunConfig
is<Effect.Effect<TokenProvider.Service, never, Needs | Scope.Scope>>()(TokenProvider.make, true)

is<Layer.Layer<TokenApi.TokenApi, never, HttpClient.HttpClient | JindouyunConfig.JindouyunConfig>>()(
  TokenApi.layer,
  true
)

type ConfigLayer = Layer.Layer<JindouyunConfig.JindouyunConfig, JindouyunError.InvalidConfiguration>
is<ConfigLayer>()(JindouyunConfig.layer(), true)
is<ConfigLayer>()(JindouyunConfig.layerConfig({ maxAttempts: Config.integer("ATTEMPTS") }), true)
is<ConfigLayer>()(JindouyunConfig.layerFromEnv(), true)

type Settings = JindouyunConfig.Options

same<Settings["baseUrl"], string | undefined>(true)
same<Settings["allowInsecureHttp"], boolean | undefined>(true)
same<Settings["tokenPlacement"], "header" | "query" | undefined>(true)
same<Settings["earlyRefresh"], Duration.DurationInput | undefined>(true)
same<Settings["returnCodes"], ReturnCode.Dispositions | undefined>(true)
same<JindouyunConfig.Service["tokenPlacement"], "header" | "query">(true)
same<JindouyunConfig.Service["earlyRefresh"], number>(true)
same<Exclude<keyof Settings, keyof JindouyunConfig.Service>, "allowInsecureHttp">(true)

type SettingTexts = typeof settingTexts

declare const print: (texts: SettingTexts) => void
declare const incomplete: Omit<SettingTexts, "cooldown">
same<keyof SettingTexts, keyof Settings>(true)
// @ts-expect-error a setting without a text
print(incomplete)

type CredentialsLayer = Layer.Layer<Credentials.Credentials, JindouyunError.InvalidConfiguration>
is<CredentialsLayer>()(Credentials.layer(account), true)
is<CredentialsLayer>()(Credentials.layerConfig(accountConfig), true)
is<CredentialsLayer>()(Credentials.layerFromEnv, true)
is<Layer.Layer<Credentials.Credentials, never, Vault>>()(Credentials.layerEffect(fromVault), true)

declare const policy: Schedule.Schedule<number, TokenErrors>
is<Layer.Layer<TokenStore.TokenStore>>()(TokenStore.layerMemory, true)
is<Layer.Layer<RetryPolicy.RetryPolicy>>()(RetryPolicy.layer(policy), true)
is<Layer.Layer<RetryBudget.RetryBudget>>()(RetryBudget.layer(500), true)

// References need no layer.
const store = Effect.map(TokenStore.TokenStore, (store) => store)
is<Effect.Effect<TokenStore.Service>>()(store, true)
const policyInForce = Effect.map(RetryPolicy.RetryPolicy, (policy) => policy)
is<Effect.Effect<RetryPolicy.Policy>>()(policyInForce, true)

// ---------------------------------------------------------------------------------------------------------------------
// The consumer's view: catchTags over every failure leaves none, and over all but one leaves that one

const handled = () => Effect.succeed("handled")

const allButOne = {
  ApiVersionRejected: handled,
  InvalidParameter: handled,
  AuthenticationFailed: handled,
  TokenRejected: handled,
  ServerFailure: handled,
  UnknownServerFailure: handled,
  UnrecognizedReturnCode: handled,
  TransportFailure: handled,
  UnexpectedResponse: handled,
  StoreFailure: handled,
  CredentialsUnavailable: handled
}
const all = { ...allButOne, ProviderClosed: handled }

const exhausted = Effect.catchTags(provider.accessToken, all)
is<Effect.Effect<Token.AccessToken | string>>()(exhausted, true)
const refreshExhausted = Effect.catchTags(provider.refresh, all)
is<Effect.Effect<Token.AccessToken | string>>()(refreshExhausted, true)

const remaining = Effect.catchTags(provider.accessToken, allButOne)
is<Effect.Effect<Token.AccessToken | string, JindouyunError.ProviderClosed>>()(remaining, true)
is<Effect.Effect<Token.AccessToken | string>>()(remaining, false)

// @ts-expect-error a tag that is no failure of it
export const _unknownTag = Effect.catchTags(provider.accessToken, { NoSuchFailure: handled })

const exchanged = Effect.catchTags(api.acquire(account), {
  ApiVersionRejected: handled,
  InvalidParameter: handled,
  AuthenticationFailed: handled,
  TokenRejected: handled,
  ServerFailure: handled,
  UnknownServerFailure: handled,
  UnrecognizedReturnCode: handled,
  TransportFailure: handled,
  UnexpectedResponse: handled
})
is<Effect.Effect<Token.TokenGrant | string>>()(exchanged, true)

// ---------------------------------------------------------------------------------------------------------------------
// Endpoints and calls

class QuotaExceeded extends Data.TaggedError("QuotaExceeded")<Endpoint.Refusal> {}
class UnknownDay extends Schema.TaggedError<UnknownDay>()("UnknownDay", {
  code: Schema.Number,
  returnMessage: Schema.String,
  endpoint: Schema.String
}) {}
class NeedsMore extends Data.TaggedError("NeedsMore")<Endpoint.Refusal & { readonly more: string }> {}
class Untagged {
  readonly code: number
  constructor({ code }: Endpoint.Refusal) {
    this.code = code
  }
}

const rows = Schema.Struct({ rows: Schema.Array(Schema.NumberFromString) })
const day = Schema.Struct({ day: Schema.Date })
const quota = { 41001: QuotaExceeded }

const daily = Endpoint.make({ path: "/a", parameters: day, data: rows, errors: { ...quota, 41002: UnknownDay } })
const plain = Endpoint.make({ method: "GET", path: "/b", data: Schema.String })
const overriding = Endpoint.make({ path: "/c", data: Schema.Void, errors: { 40000: UnknownDay, 50001: QuotaExceeded } })

declare const client: PlatformClient.Service
// Inferred on their own: within another call literals are widened.
const callDaily = client.call(daily)
const callPlain = client.call(plain)
const callOverriding = client.call(overriding)
is<
  (parameters: { readonly day: Date }) => Effect.Effect<
    { readonly rows: ReadonlyArray<number> },
    QuotaExceeded | UnknownDay | TokenErrors
  >
>()(callDaily, true)
is<(parameters: void) => Effect.Effect<string, TokenErrors>>()(callPlain, true)
void client.call(plain)()
is<
  (parameters: void) => Effect.Effect<
    void,
    | UnknownDay
    | QuotaExceeded
    | Exclude<TokenErrors, JindouyunError.InvalidParameter | JindouyunError.UnknownServerFailure>
  >
>()(callOverriding, true)

// @ts-expect-error the parameters are missing
void client.call(daily)()
// @ts-expect-error success is no error
Endpoint.make({ path: "/d", data: rows, errors: { 20000: QuotaExceeded } })
// @ts-expect-error the key is no number
Endpoint.make({ path: "/d", data: rows, errors: { quota: QuotaExceeded } })
// @ts-expect-error the key is no whole number
Endpoint.make({ path: "/d", data: rows, errors: { 41001.5: QuotaExceeded } })
// @ts-expect-error the key has ten digits
Endpoint.make({ path: "/d", data: rows, errors: { 1234567890: QuotaExceeded } })
// @ts-expect-error no class
Endpoint.make({ path: "/d", data: rows, errors: { 41001: "QuotaExceeded" } })
// @ts-expect-error no tagged class
Endpoint.make({ path: "/d", data: rows, errors: { 41001: Untagged } })
// @ts-expect-error cannot be built from what there is
Endpoint.make({ path: "/d", data: rows, errors: { 41001: NeedsMore } })
declare const Misspelt: new(refusal: Endpoint.Refusal) => { readonly _tag: "Misspelt"; readonly disposition: "retri" }
declare const Known: new(
  refusal: Endpoint.Refusal
) => { readonly _tag: "Known"; readonly disposition: "retry" | undefined }
declare const AnyText: new(refusal: Endpoint.Refusal) => { readonly _tag: "AnyText"; readonly disposition: string }
// @ts-expect-error a disposition that does not exist
Endpoint.make({ path: "/d", data: rows, errors: { 41001: Misspelt } })
Endpoint.make({ path: "/d", data: rows, errors: { 41001: Known, 41002: AnyText } })

// The compiler says what is wrong.
same<Endpoint.Checked<{ 20000: typeof QuotaExceeded }>[20000], "20000 is success and cannot be an error">(true)
same<
  Endpoint.Checked<{ 41001: typeof NeedsMore }>[41001],
  "this class cannot be built from { code, returnMessage, endpoint }"
>(true)
same<Endpoint.Checked<{ 41001: typeof Untagged }>[41001], "this is no tagged class: its instances have no _tag">(true)
same<
  Endpoint.Checked<{ 41001: typeof Misspelt }>[41001],
  "the disposition of this class is neither retry, reauthenticate nor fatal"
>(true)
same<Endpoint.Checked<{ 41001: 1 }>[41001], { readonly problem: "this is no class of errors" }>(true)
// It can only say so where there is something left to say it of.
same<Endpoint.Checked<{ 41001: "x" }> & { 41001: "x" }, never>(false)
same<
  Endpoint.Checked<{ 1234567890: typeof QuotaExceeded }>[1234567890],
  "a key of errors is a return code, a whole number of one to nine digits"
>(true)
same<Endpoint.Checked<{ 123456789: typeof QuotaExceeded }>[123456789], typeof QuotaExceeded>(true)

// A path names fields of the encoded parameters.
const encodedId = Schema.Struct({
  id: Schema.NumberFromString,
  day: Schema.Date,
  top: Schema.optional(Schema.Number)
}).pipe(Schema.rename({ id: "key" }))
const byId = Endpoint.make({ path: "/report/:id/:day", parameters: encodedId, data: rows })
const callById = client.call(byId)
is<
  (parameters: { readonly key: number; readonly day: Date; readonly top?: number | undefined }) => Effect.Effect<
    { readonly rows: ReadonlyArray<number> },
    TokenErrors
  >
>()(callById, true)
declare const anyPath: string
Endpoint.make({ path: anyPath, data: rows })
// @ts-expect-error there are no parameters
Endpoint.make({ path: "/report/:id", data: rows })
// @ts-expect-error no parameter has this name
Endpoint.make({ path: "/report/:key", parameters: encodedId, data: rows })
// @ts-expect-error the second name is the wrong one
Endpoint.make({ path: "/report/:id/rows/:row", parameters: encodedId, data: rows })
// @ts-expect-error the parameter is optional
Endpoint.make({ path: "/report/:top", parameters: encodedId, data: rows })
// @ts-expect-error the parameters are unknown
Endpoint.make({ path: "/report/:id", parameters: Schema.Unknown, data: rows })
// @ts-expect-error the parameter may be null
Endpoint.make({ path: "/report/:id", parameters: Schema.Struct({ id: Schema.NullOr(Schema.String) }), data: rows })
// @ts-expect-error the parameter is a list
Endpoint.make({ path: "/report/:id", parameters: Schema.Struct({ id: Schema.Array(Schema.String) }), data: rows })
Endpoint.make({
  // @ts-expect-error a record may lack the name
  path: "/report/:id",
  parameters: Schema.Record({ key: Schema.String, value: Schema.String }),
  data: rows
})

same<Endpoint.CheckedPath<"/report", void>, unknown>(true)
same<Endpoint.CheckedPath<"/report/:id", { readonly id: string | number }>, unknown>(true)
same<
  Endpoint.CheckedPath<"/report/:id/:row", { readonly id: string; readonly row?: string }>,
  {
    readonly problem:
      "the path names row: the encoded parameters need a required field row that is a text, a number or a boolean"
  }
>(true)

const tuned = Endpoint.make({ path: "/e", data: rows, headers: { "X-Tenant": "a" }, timeout: "1 minute" })
same<typeof tuned["headers"], Readonly<Record<string, string>>>(true)
same<typeof tuned["timeout"], number | undefined>(true)
// @ts-expect-error a value that is no text
Endpoint.make({ path: "/e", data: rows, headers: { "X-Tenant": 1 } })

// ---------------------------------------------------------------------------------------------------------------------
// The client for tests: each handler has the types of its endpoint, and stands under its path

same<typeof daily["path"], "/a">(true)
const onDaily = PlatformClient.handle(daily, (parameters) => {
  is<{ readonly day: Date }>()(parameters, true)
  return Effect.succeed({ rows: [1] })
})
is<PlatformClient.Handler<"/a">>()(onDaily, true)
const onPlain = PlatformClient.handle(plain, () => Effect.succeed("b"))
is<Layer.Layer<PlatformClient.PlatformClient>>()(PlatformClient.layerTest({ "/a": onDaily, "/b": [onPlain] }), true)
is<Layer.Layer<PlatformClient.PlatformClient>>()(PlatformClient.layerTest({}), true)
declare const quotaExceeded: QuotaExceeded
PlatformClient.handle(daily, () => Effect.fail(quotaExceeded))
PlatformClient.handle(daily, () => Effect.fail(anyFailure))
// @ts-expect-error another path
PlatformClient.layerTest({ "/b": onDaily })
// @ts-expect-error another path in a list
PlatformClient.layerTest({ "/b": [onPlain, onDaily] })
// @ts-expect-error no handler
PlatformClient.layerTest({ "/b": () => Effect.succeed("b") })
// @ts-expect-error other data
PlatformClient.handle(daily, () => Effect.succeed({ rows: ["1"] }))
const ofText = (parameters: { readonly day: string }) => Effect.succeed({ rows: [parameters.day.length] })
// @ts-expect-error other parameters
PlatformClient.handle(daily, ofText)
type RunOf<E> = E extends Endpoint.Endpoint<infer Given, infer Data, infer Failure, infer Code, infer Path>
  ? Parameters<typeof PlatformClient.handle<Given, Data, Failure, Code, Path>>[1]
  : never
same<RunOf<typeof plain>, (parameters: void) => Effect.Effect<string, TokenErrors>>(true)
type Failed<Run> = Run extends (...args: never) => Effect.Effect<unknown, infer Failure> ? Failure : never
same<[Failed<RunOf<typeof overriding>>] extends [Failed<typeof callOverriding>] ? true : false, true>(true)
same<[Failed<typeof callOverriding>] extends [Failed<RunOf<typeof overriding>>] ? true : false, true>(true)

declare const lookup: (account: string) => typeof fromVault
is<Layer.Layer<Accounts.Accounts, never, HttpClient.HttpClient | JindouyunConfig.JindouyunConfig | Vault>>()(
  Accounts.layer(lookup),
  true
)
