/**
 * Every way an operation can fail: one class for each return code of the table, one for the codes nobody named, and
 * one for each failure that has no code.
 *
 * An error holds what a person needs to act and nothing else: no request, no headers, no body, no secret. All of them
 * can be encoded by `Schema`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as hints from "./internal/hints.js"
import * as ReturnCode from "./ReturnCode.js"

/**
 * How far the request got: `unsent` only where that is proven, `answered` with an envelope that could be read,
 * `ambiguous` otherwise, when the platform may have acted.
 *
 * @since 0.1.0
 * @category models
 */
export type Delivery = typeof Delivery.Type

/**
 * The schema of the three deliveries.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Delivery = /*#__PURE__*/ Schema.Literal("unsent", "answered", "ambiguous")

const circumstances = {
  /** What happened to it, path of the API (`/api/access_token`). */
  endpoint: Schema.String,
  /** Requests made until this failure was final. */
  attempts: Schema.Number,
  /** How long the platform asked to be left alone by `Retry-After`, in milliseconds. */
  retryAfter: Schema.optional(Schema.Number),
  /** When the next try may be made; set while the provider cools down. */
  nextTryAt: Schema.optional(Schema.DateTimeUtc)
}

const answered = {
  ...circumstances,
  /** The return code of the envelope. */
  code: Schema.Number,
  /** The platform's own words, cut to 200 characters, control characters escaped, our secrets taken out. */
  returnMessage: Schema.String,
  /** The HTTP status the envelope came with. */
  status: Schema.Number,
  disposition: ReturnCode.FailureDisposition,
  delivery: Schema.Literal("answered")
}

const sentence = (
  error: { readonly endpoint: string; readonly attempts: number; readonly hint: ReturnCode.Localized },
  what: string
): string =>
  `${error.endpoint}: ${what}${error.attempts > 1 ? ` (after ${error.attempts} attempts)` : ""}. ${error.hint.en}`

const refusal = (
  error: typeof AnyAnswered.Type & { readonly hint: ReturnCode.Localized }
): string => {
  const meaning = ReturnCode.lookup(error.code)?.meaning.en
  return sentence(
    error,
    `return code ${error.code}${meaning === undefined ? "" : `, ${meaning}`}${
      error.returnMessage === "" ? "" : `: "${error.returnMessage}"`
    }`
  )
}

const AnyAnswered = Schema.Struct(answered)

/**
 * `30005` (convention): the platform does not take the API version this library speaks.
 *
 * @since 0.1.0
 * @category errors
 */
export class ApiVersionRejected extends Schema.TaggedError<ApiVersionRejected>(
  "@jindouyun/core/ApiVersionRejected"
)("ApiVersionRejected", answered) {
  /** The sentence a log shows. */
  override get message(): string {
    return refusal(this)
  }
  /** What to do about it. */
  get hint(): ReturnCode.Localized {
    return hints.ApiVersionRejected
  }
}

/**
 * `40000` (convention): the platform misses a parameter or does not like one.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidParameter extends Schema.TaggedError<InvalidParameter>(
  "@jindouyun/core/InvalidParameter"
)("InvalidParameter", answered) {
  /** The sentence a log shows. */
  override get message(): string {
    return refusal(this)
  }
  /** What to do about it. */
  get hint(): ReturnCode.Localized {
    return hints.InvalidParameter
  }
}

/**
 * `40001` (convention): the platform does not accept the username or the password.
 *
 * @since 0.1.0
 * @category errors
 */
export class AuthenticationFailed extends Schema.TaggedError<AuthenticationFailed>(
  "@jindouyun/core/AuthenticationFailed"
)("AuthenticationFailed", answered) {
  /** The sentence a log shows. */
  override get message(): string {
    return refusal(this)
  }
  /** What to do about it. */
  get hint(): ReturnCode.Localized {
    return hints.AuthenticationFailed
  }
}

/**
 * `40003` (convention): the platform does not accept the token.
 *
 * @since 0.1.0
 * @category errors
 */
export class TokenRejected extends Schema.TaggedError<TokenRejected>(
  "@jindouyun/core/TokenRejected"
)("TokenRejected", answered) {
  /** The sentence a log shows. */
  override get message(): string {
    return refusal(this)
  }
  /** What to do about it. */
  get hint(): ReturnCode.Localized {
    return this.endpoint.endsWith("/refresh_token") ? hints.RefreshTokenRejected : hints.TokenRejected
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
  /** The sentence a log shows. */
  override get message(): string {
    return refusal(this)
  }
  /** What to do about it. */
  get hint(): ReturnCode.Localized {
    return hints.platformTrouble
  }
}

/**
 * `50001` (convention): the platform failed and does not know why.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnknownServerFailure extends Schema.TaggedError<UnknownServerFailure>(
  "@jindouyun/core/UnknownServerFailure"
)("UnknownServerFailure", answered) {
  /** The sentence a log shows. */
  override get message(): string {
    return refusal(this)
  }
  /** What to do about it. */
  get hint(): ReturnCode.Localized {
    return hints.platformTrouble
  }
}

/**
 * A return code that is not in the table. Codes of family 5 (first digit) are worth a retry, all others are fatal,
 * unless the option `returnCodes` says otherwise.
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
  /** The sentence a log shows. */
  override get message(): string {
    return refusal(this)
  }
  /** What to do about it. */
  get hint(): ReturnCode.Localized {
    return {
      en:
        `Look ${this.code} up in the platform's appendix of return codes; the option returnCodes (JINDOUYUN_RETURN_CODES) says what to do about it.`,
      zh: `请在平台文档的返回码附录中查找 ${this.code}；可用 returnCodes（JINDOUYUN_RETURN_CODES）设置其处理方式。`
    }
  }
}

/**
 * Why no answer came.
 *
 * @since 0.1.0
 * @category models
 */
export type TransportReason = typeof TransportReason.Type

/**
 * The schema of the reasons of a `TransportFailure`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TransportReason = Schema.Literal(
  "refused",
  "nameNotFound",
  "unreachable",
  "tls",
  "connectTimeout",
  "reset",
  "timeout",
  "other"
)

/**
 * No answer came. `detail` is the system's own code (`ECONNREFUSED`) where there is one.
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
  disposition: ReturnCode.FailureDisposition,
  delivery: Schema.Literal("unsent", "ambiguous")
}) {
  /** The sentence a log shows. */
  override get message(): string {
    const sent = this.delivery === "unsent" ? "the request was not sent" : "whether the platform acted is not known"
    return sentence(this, `${this.reason}${this.detail === undefined ? "" : ` (${this.detail})`}, ${sent}`)
  }
  /** What to do about it. */
  get hint(): ReturnCode.Localized {
    return hints.transport[this.reason]
  }
}

/**
 * Why an answer is of no use.
 *
 * @since 0.1.0
 * @category models
 */
export type ResponseReason = typeof ResponseReason.Type

/**
 * The schema of the reasons of an `UnexpectedResponse`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ResponseReason = Schema.Literal(
  "status",
  "notText",
  "notEnvelope",
  "invalidData",
  "tooLarge",
  "truncated",
  "redirect"
)

/**
 * An answer came that is not what the platform's document promises. `detail` says which part, never its content.
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
  delivery: Schema.Literal("ambiguous")
}) {
  /** The sentence a log shows. */
  override get message(): string {
    return sentence(
      this,
      `unexpected response, ${this.reason}, HTTP ${this.status}${this.detail === undefined ? "" : `: ${this.detail}`}`
    )
  }
  /** What to do about it. */
  get hint(): ReturnCode.Localized {
    return hints.response[this.reason]
  }
}

/**
 * The store of the pair could not be used.
 *
 * @since 0.1.0
 * @category errors
 */
export class StoreFailure extends Schema.TaggedError<StoreFailure>(
  "@jindouyun/core/StoreFailure"
)("StoreFailure", {
  operation: Schema.Literal("load", "save", "clear", "lease"),
  detail: Schema.String,
  nextTryAt: Schema.optional(Schema.DateTimeUtc)
}) {
  /** Worth another try once the store is back. */
  get disposition(): "retry" {
    return "retry"
  }
  /** The platform was not asked. */
  get delivery(): "unsent" {
    return "unsent"
  }
  /** The sentence a log shows. */
  override get message(): string {
    return `token store: ${this.operation} failed: ${this.detail}. ${this.hint.en}`
  }
  /** What to do about it. */
  get hint(): ReturnCode.Localized {
    return hints.StoreFailure
  }
}

/**
 * The credentials effect failed; nothing was sent. `detail` names the failure, never its content.
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
  /** Worth another try once the source of the credentials is back. */
  get disposition(): "retry" {
    return "retry"
  }
  /** The platform was not asked. */
  get delivery(): "unsent" {
    return "unsent"
  }
  /** The sentence a log shows. */
  override get message(): string {
    return `the credentials are not available: ${this.detail}. ${this.hint.en}`
  }
  /** What to do about it. */
  get hint(): ReturnCode.Localized {
    return hints.CredentialsUnavailable
  }
}

/**
 * The layer of the provider was closed. `ambiguous` is the failure of those who were waiting for a request then.
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
  /** The sentence a log shows. */
  override get message(): string {
    return `the token provider is closed. ${this.hint.en}`
  }
  /** What to do about it. */
  get hint(): ReturnCode.Localized {
    return hints.ProviderClosed
  }
}

/**
 * A setting that cannot be. It fails the layer that was given it and names the setting, its environment variable, what
 * is wrong and what would be right; it never repeats the value.
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
  /** The sentence a log shows. */
  override get message(): string {
    const name = this.variable === undefined || this.variable === this.setting
      ? this.setting
      : `${this.setting} (environment: ${this.variable})`
    return `${name} ${this.problem}; expected ${this.expected}`
  }
  /** What to do about it. */
  get hint(): ReturnCode.Localized {
    const name = this.variable ?? this.setting
    return { en: `Set ${name} to ${this.expected}.`, zh: `请修改 ${name}，应为：${this.expected}。` }
  }
}

/**
 * The failures that have a return code.
 *
 * @since 0.1.0
 * @category models
 */
export type ReturnCodeError = typeof ReturnCodeError.Type

/**
 * The schema of the failures that have a return code.
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
 * What a token request, an acquisition or a refresh, can fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type TokenRequestError = ReturnCodeError | TransportFailure | UnexpectedResponse

/**
 * What reading a token can fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type TokenError = typeof TokenError.Type

/**
 * The schema of everything that reading a token can fail with.
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
 * Whether the same operation may succeed later without anybody changing anything.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isRetryable = (error: TokenError): boolean => error.disposition === "retry"

/**
 * Whether the platform, or a gateway in front of it, said no to who is asking: an answered failure that is not worth a
 * retry, or a bare 401 or 403.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isRefusal = (error: TokenError): boolean => {
  switch (error._tag) {
    case "UnexpectedResponse":
      return error.reason === "status" && (error.status === 401 || error.status === 403)
    case "TransportFailure":
    case "StoreFailure":
    case "CredentialsUnavailable":
    case "ProviderClosed":
      return false
    default:
      return error.disposition !== "retry"
  }
}

/**
 * The same error with its circumstances brought up to date.
 *
 * @since 0.1.0
 * @category combinators
 */
export const amend = <E extends TokenError>(
  error: E,
  circumstances: { readonly attempts?: number; readonly nextTryAt?: typeof Schema.DateTimeUtc.Type }
): E => {
  return Reflect.construct(error.constructor, [{ ...error, ...circumstances }]) as E
}

/**
 * The error of a return code that is not success.
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
  readonly retryAfter?: number | undefined
}): ReturnCodeError => {
  const fields = { ...failure, attempts: 1, delivery: "answered" as const }
  const row = ReturnCode.lookup(failure.code)
  return row === undefined || row.tag === "Success"
    ? new UnrecognizedReturnCode(fields)
    : new classes[row.tag](fields)
}

const classes = {
  ApiVersionRejected,
  InvalidParameter,
  AuthenticationFailed,
  TokenRejected,
  ServerFailure,
  UnknownServerFailure
} satisfies { readonly [Tag in ReturnCode.FailureTag]: unknown }
