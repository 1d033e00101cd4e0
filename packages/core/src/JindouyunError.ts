/**
 * Every failure of the library. `message` is the line for a log, `hint` what to do about the failure. An error contains no
 * request, no header, no body and no secret. `Schema` encodes every error.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { stepOf } from "./internal/edition/systemError.js"
import { withDefault } from "./internal/edition/wire.js"
import * as hints from "./internal/hints.js"
import { diagnose, type Peer, transportReasons } from "./internal/http/transportError.js"
import * as ReturnCode from "./ReturnCode.js"

/**
 * How far a request got: `unsent` only if that is proven, `answered` if a usable envelope came back, `ambiguous`
 * otherwise. After an ambiguous request the platform may have acted.
 *
 * @since 0.1.0
 * @category models
 */
export type Delivery = TokenError["delivery"]

const circumstances = {
  /** The path of the API (`/api/access_token`). */
  endpoint: Schema.String,
  /** How many requests were made until this failure was final. Defaults to 1. */
  attempts: withDefault(Schema.Number, 1),
  /** How long the platform asked the client to wait (`Retry-After`), in milliseconds. */
  retryAfter: Schema.optional(Schema.Number),
  /** When the next request may be made; set while the provider cools down. */
  nextTryAt: Schema.optional(Schema.DateTimeUtc),
  /** When these credentials were refused; set if the refusal was remembered, so that no request was sent. */
  refusedAt: Schema.optional(Schema.DateTimeUtc),
  /** The base URL the request went to. Of a request of your own, scheme, host and port. */
  baseUrl: Schema.optional(Schema.String),
  /** Which of the refused credentials begins or ends in white space, such as the newline of a file. */
  whiteSpaceIn: Schema.optional(Schema.Literal("username", "password")),
  /** The token was rejected. The request was not sent again, because its body is a stream. */
  hasStream: Schema.optional(Schema.Literal(true))
}

const answered = {
  ...circumstances,
  /** The return code of the envelope. */
  code: Schema.Number,
  /** The platform's own message: cut to 200 characters, control characters escaped, secrets redacted. */
  returnMessage: Schema.String,
  /** The HTTP status of the response. */
  status: Schema.Number,
  disposition: ReturnCode.FailureDisposition,
  delivery: withDefault(Schema.Literal("answered"), "answered")
}

const sentence = (
  error: { readonly endpoint: string; readonly attempts: number; readonly hint: string },
  problem: string
): string =>
  `${error.endpoint}: ${problem}${error.attempts > 1 ? ` (after ${error.attempts} attempts)` : ""}. ${error.hint}`

const messageOf = (error: ReturnCodeError): string => {
  const meaning = ReturnCode.lookup(error.code)?.meaning.en
  const explained = meaning === undefined ? "" : `, ${meaning}`
  const quoted = error.returnMessage === "" ? "" : `: "${error.returnMessage}"`
  return sentence(error, `return code ${error.code}${explained}${quoted}`)
}

/**
 * `30005` (convention): the platform rejects the API version that this library sends.
 *
 * @since 0.1.0
 * @category errors
 */
export class ApiVersionRejected extends Schema.TaggedError<ApiVersionRejected>(
  "@jindouyun/core/ApiVersionRejected"
)("ApiVersionRejected", answered) {
  override get message(): string {
    return messageOf(this)
  }
  get hint(): string {
    return hints.of(this)
  }
}

/**
 * `40000` (convention): a parameter is missing or wrong.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidParameter extends Schema.TaggedError<InvalidParameter>(
  "@jindouyun/core/InvalidParameter"
)("InvalidParameter", answered) {
  override get message(): string {
    return messageOf(this)
  }
  get hint(): string {
    return hints.of(this)
  }
}

/**
 * `40001` (convention): the platform rejects the username or the password.
 *
 * @since 0.1.0
 * @category errors
 */
export class AuthenticationFailed extends Schema.TaggedError<AuthenticationFailed>(
  "@jindouyun/core/AuthenticationFailed"
)("AuthenticationFailed", answered) {
  override get message(): string {
    return messageOf(this)
  }
  get hint(): string {
    return hints.of(this)
  }
}

/**
 * `40003` (convention): the platform rejects the token.
 *
 * @since 0.1.0
 * @category errors
 */
export class TokenRejected extends Schema.TaggedError<TokenRejected>(
  "@jindouyun/core/TokenRejected"
)("TokenRejected", answered) {
  override get message(): string {
    return messageOf(this)
  }
  get hint(): string {
    return hints.of(this)
  }
}

/**
 * `50000` (convention): the platform failed.
 *
 * @since 0.1.0
 * @category errors
 */
export class ServerFailure extends Schema.TaggedError<ServerFailure>(
  "@jindouyun/core/ServerFailure"
)("ServerFailure", answered) {
  override get message(): string {
    return messageOf(this)
  }
  get hint(): string {
    return hints.of(this)
  }
}

/**
 * `50001` (convention): the platform failed for an unknown reason.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnknownServerFailure extends Schema.TaggedError<UnknownServerFailure>(
  "@jindouyun/core/UnknownServerFailure"
)("UnknownServerFailure", answered) {
  override get message(): string {
    return messageOf(this)
  }
  get hint(): string {
    return hints.of(this)
  }
}

/**
 * A return code that is not in the table. Unless the option `returnCodes` sets it, a code of family 5 (first digit) is
 * retried and any other is fatal.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnrecognizedReturnCode extends Schema.TaggedError<UnrecognizedReturnCode>(
  "@jindouyun/core/UnrecognizedReturnCode"
)("UnrecognizedReturnCode", answered) {
  /** The first digit of the code. */
  get family(): number {
    return ReturnCode.family(this.code)
  }
  override get message(): string {
    return messageOf(this)
  }
  get hint(): string {
    return hints.of(this)
  }
}

const TransportReason = Schema.Literal(...transportReasons)

/**
 * Why no response came.
 *
 * @since 0.1.0
 * @category models
 */
export type TransportReason = typeof TransportReason.Type

/**
 * No response came. `detail` is the system's code (`ECONNREFUSED`) if there is one. Defaults to a request that may have
 * reached the platform and is worth a retry.
 *
 * @since 0.1.0
 * @category errors
 */
export class TransportFailure extends Schema.TaggedError<TransportFailure>(
  "@jindouyun/core/TransportFailure"
)("TransportFailure", {
  ...circumstances,
  reason: TransportReason,
  detail: Schema.optional(Schema.String),
  /** Where the client tried to connect, if that is not the host or the port of the request: a proxy, for example. */
  proxy: Schema.optional(Schema.String),
  disposition: withDefault(ReturnCode.FailureDisposition, "retry"),
  delivery: withDefault(Schema.Literal("unsent", "ambiguous"), "ambiguous")
}) {
  override get message(): string {
    const sent = this.delivery === "unsent" ? "the request was not sent" : "whether the platform acted is not known"
    return sentence(this, `${this.reason}${this.detail === undefined ? "" : ` (${this.detail})`}, ${sent}`)
  }
  get hint(): string {
    return hints.of(this)
  }
}

const ResponseReason = Schema.Literal(
  "status",
  "notText",
  "notEnvelope",
  "invalidData",
  "tooLarge",
  "truncated",
  "redirect"
)

/**
 * Why a response is unusable.
 *
 * @since 0.1.0
 * @category models
 */
export type ResponseReason = typeof ResponseReason.Type

/**
 * The response is not what the platform's document promises. `detail` names the part, never its content.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnexpectedResponse extends Schema.TaggedError<UnexpectedResponse>(
  "@jindouyun/core/UnexpectedResponse"
)("UnexpectedResponse", {
  ...circumstances,
  reason: ResponseReason,
  status: Schema.Number,
  detail: Schema.optional(Schema.String),
  disposition: ReturnCode.FailureDisposition,
  delivery: withDefault(Schema.Literal("ambiguous"), "ambiguous")
}) {
  override get message(): string {
    return sentence(
      this,
      `unexpected response, ${this.reason}, HTTP ${this.status}${this.detail === undefined ? "" : `: ${this.detail}`}`
    )
  }
  get hint(): string {
    return hints.of(this)
  }
}

/**
 * The token store failed. `detail` names the place; `systemError` is the system's code (`ENOSPC`) if there is one; `remedy`
 * is the hint of a store that knows the cause.
 *
 * @since 0.1.0
 * @category errors
 */
export class StoreFailure extends Schema.TaggedError<StoreFailure>(
  "@jindouyun/core/StoreFailure"
)("StoreFailure", {
  operation: Schema.Literal("load", "save", "clear", "lease"),
  detail: Schema.String,
  remedy: Schema.optional(Schema.Struct({ en: Schema.String, zh: Schema.String })),
  systemError: Schema.optional(Schema.String),
  nextTryAt: Schema.optional(Schema.DateTimeUtc)
}) {
  /** The operation may succeed once the store is back. */
  get disposition(): "retry" {
    return "retry"
  }
  /** No request was sent. */
  get delivery(): "unsent" {
    return "unsent"
  }
  override get message(): string {
    return `token store: ${this.operation} failed: ${this.detail}. ${this.hint}`
  }
  get hint(): string {
    return this.remedy?.en ?? hints.system(this.systemError)
  }
}

/**
 * The effect that reads the credentials failed. `detail` names the failure, never its content.
 *
 * @since 0.1.0
 * @category errors
 */
export class CredentialsUnavailable extends Schema.TaggedError<CredentialsUnavailable>(
  "@jindouyun/core/CredentialsUnavailable"
)("CredentialsUnavailable", {
  detail: Schema.String,
  nextTryAt: Schema.optional(Schema.DateTimeUtc)
}) {
  /** The operation may succeed once their source is back. */
  get disposition(): "retry" {
    return "retry"
  }
  /** No request was sent. */
  get delivery(): "unsent" {
    return "unsent"
  }
  override get message(): string {
    return `the credentials are not available: ${this.detail}. ${this.hint}`
  }
  get hint(): string {
    return hints.CredentialsUnavailable(this.detail)
  }
}

/**
 * The layer of the provider was closed. The failure is `ambiguous` if the caller was waiting for a request.
 *
 * @since 0.1.0
 * @category errors
 */
export class ProviderClosed extends Schema.TaggedError<ProviderClosed>(
  "@jindouyun/core/ProviderClosed"
)("ProviderClosed", {
  delivery: Schema.Literal("unsent", "ambiguous")
}) {
  /** A closed provider stays closed. */
  get disposition(): "fatal" {
    return "fatal"
  }
  override get message(): string {
    return `the token provider is closed. ${this.hint}`
  }
  get hint(): string {
    return hints.ProviderClosed
  }
}

/**
 * A setting is invalid, which fails the layer. The error names the setting, its environment variable, the problem and what
 * is expected; it never repeats the value.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidConfiguration extends Schema.TaggedError<InvalidConfiguration>(
  "@jindouyun/core/InvalidConfiguration"
)("InvalidConfiguration", {
  setting: Schema.String,
  variable: Schema.optional(Schema.String),
  problem: Schema.String,
  expected: Schema.String
}) {
  override get message(): string {
    return `${hints.settingOf(this)} ${this.problem}; expected ${this.expected}`
  }
  get hint(): string {
    return hints.InvalidConfiguration(this)
  }
}

/**
 * A failure with a return code.
 *
 * @since 0.1.0
 * @category models
 */
export type ReturnCodeError = typeof ReturnCodeError.Type

/**
 * The schema of the failures with a return code.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ReturnCodeError = Schema.Union(
  ApiVersionRejected,
  InvalidParameter,
  AuthenticationFailed,
  TokenRejected,
  ServerFailure,
  UnknownServerFailure,
  UnrecognizedReturnCode
)

/**
 * The failures of an acquisition or a refresh.
 *
 * @since 0.1.0
 * @category models
 */
export type TokenRequestError = ReturnCodeError | TransportFailure | UnexpectedResponse

/**
 * The failures of reading a token.
 *
 * @since 0.1.0
 * @category models
 */
export type TokenError = typeof TokenError.Type

/**
 * The schema of the failures of reading a token.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenError = Schema.Union(
  ...ReturnCodeError.members,
  TransportFailure,
  UnexpectedResponse,
  StoreFailure,
  CredentialsUnavailable,
  ProviderClosed
)

/**
 * Whether the same operation may succeed later with nothing changed.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isRetryable = (error: TokenError): boolean => error.disposition === "retry"

/**
 * Whether the platform, or a gateway in front of it, refuses the caller: an answered failure that is not worth a retry, or
 * HTTP 401 or 403 without an envelope.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isRefusal = (error: TokenError): boolean =>
  error._tag === "UnexpectedResponse"
    ? error.reason === "status" && (error.status === 401 || error.status === 403)
    : "code" in error && error.disposition !== "retry"

/**
 * The error of a return code other than success.
 *
 * @example
 * ```ts
 * import * as JindouyunError from "@jindouyun/core/JindouyunError"
 *
 * // For a test: a report call that the platform refused. Its tag is `InvalidParameter`.
 * export const refused = JindouyunError.fromReturnCode({
 *   endpoint: "/api/report/daily",
 *   code: 40000,
 *   returnMessage: "day is missing",
 *   status: 200,
 *   disposition: "fatal"
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromReturnCode = (failure: {
  readonly endpoint: string
  readonly code: number
  readonly returnMessage: string
  readonly status: number
  readonly disposition: ReturnCode.FailureDisposition
  readonly attempts?: number
  readonly retryAfter?: number | undefined
  readonly baseUrl?: string | undefined
}): ReturnCodeError => {
  const tag = ReturnCode.lookup(failure.code)?.tag
  const Class = tag === undefined || tag === "Success" ? UnrecognizedReturnCode : classes[tag]
  return new Class(failure)
}

const classes = {
  ApiVersionRejected,
  InvalidParameter,
  AuthenticationFailed,
  TokenRejected,
  ServerFailure,
  UnknownServerFailure
}

/**
 * The failure of a request of your own, through `PlatformClient.httpClient` or any other `HttpClient`. Reason and delivery
 * are read from the causes of the client's error; an `Effect.timeout` is understood, too. Only the system's code is kept.
 *
 * @example
 * ```ts
 * import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
 * import * as JindouyunError from "@jindouyun/core/JindouyunError"
 * import * as PlatformClient from "@jindouyun/core/PlatformClient"
 * import * as Effect from "effect/Effect"
 *
 * // A request of your own that fails with the errors of a call.
 * export const health = Effect.flatMap(PlatformClient.PlatformClient, ({ httpClient }) =>
 *   Effect.catchTag(httpClient.execute(HttpClientRequest.get("/api/health")), "RequestError", (error) =>
 *     Effect.fail(JindouyunError.fromTransportError("/api/health", error))))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromTransportError = (endpoint: string, error: unknown): TransportFailure => {
  const { peer, ...diagnosis } = diagnose(error)
  // A certificate that is rejected now is rejected again, as are an argument and the password of a proxy; a connection that
  // breaks later may hold the next time.
  const isFinal = (diagnosis.reason === "tls" && diagnosis.delivery === "unsent")
    || diagnosis.detail === "UND_ERR_INVALID_ARG" || diagnosis.detail === "PROXY_STATUS_407"
  return new TransportFailure({
    endpoint,
    ...diagnosis,
    ...placesOf(error, peer),
    disposition: isFinal ? "fatal" : "retry"
  })
}

/** The origin of the request, and the place of a failed connection attempt if that is another one. */
const placesOf = (error: unknown, peer: Peer | undefined): { readonly baseUrl?: string; readonly proxy?: string } => {
  if (!isRequestError(error) || !URL.canParse(error.request.url)) {
    return {}
  }
  const { hostname, origin, port, protocol } = new URL(error.request.url)
  if (peer === undefined) {
    return { baseUrl: origin }
  }
  const host = peer.host.includes(":") ? `[${peer.host}]` : peer.host
  const portOfUrl = port === "" ? (protocol === "https:" ? 443 : 80) : Number(port)
  // A system error has the address of a host, and the URL may have its name. An address and a name cannot be compared.
  const isOther = (peer.port ?? portOfUrl) !== portOfUrl ||
    (host !== hostname && isAddress(host) === isAddress(hostname))
  return isOther
    ? { baseUrl: origin, proxy: peer.port === undefined ? host : `${host}:${peer.port}` }
    : { baseUrl: origin }
}

const isAddress = (host: string): boolean => /^([\d.]+|\[.*)$/.test(host)

const isRequestError = Schema.is(Schema.Struct({ request: Schema.Struct({ url: Schema.String }) }))

/**
 * The failure of a store whose file, folder or host is `place`. Of the error, only the system's code and the name of the
 * step are kept.
 *
 * @example
 * ```ts
 * import * as JindouyunError from "@jindouyun/core/JindouyunError"
 * import * as Effect from "effect/Effect"
 *
 * // The query of a store on a database of your own. The `code` of its driver's error becomes `systemError`.
 * export const select = (query: () => Promise<string>): Effect.Effect<string, JindouyunError.StoreFailure> =>
 *   Effect.tryPromise({
 *     try: query,
 *     catch: (error) => JindouyunError.fromSystemError("load", "db.internal:5432", error)
 *   })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromSystemError = (
  operation: StoreFailure["operation"],
  place: string,
  error: unknown
): StoreFailure => {
  const systemError = diagnose(error).detail
  const { method, reason = "unknown failure" } = stepOf(error)
  const step = method === undefined ? place : `${method} ${place}`
  return new StoreFailure({
    operation,
    detail: `${systemError ?? reason} (${step})`,
    ...(systemError === undefined ? {} : { systemError })
  })
}
