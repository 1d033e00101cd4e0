import * as Effect from "effect/Effect"
import * as Cookies from "effect/http/Cookies"
import * as Headers from "effect/http/Headers"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import type * as UrlParams from "effect/http/UrlParams"
import * as Inspectable from "effect/Inspectable"
import type * as Option from "effect/Option"
import * as Pipeable from "effect/Pipeable"
import type * as Schema from "effect/Schema"
import type * as Socket from "effect/socket/Socket"
import * as Stream from "effect/Stream"
import { diagnose } from "../http/transportError.js"
import { sanitize } from "../redact.js"
import { unlogged } from "./untraced.js"

/** Redacts the token in a text. */
export type Redact = (text: string) => string

/**
 * The response to a request without the token. The real response is private, and the token is redacted in the URL and the
 * headers, a `Location` for example. `HttpClientResponse.toWeb` returns none, because the web response has both.
 */
export class RedactedResponse extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: typeof HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: typeof HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly request: HttpClientRequest.HttpClientRequest
  readonly headers: Headers.Headers
  readonly #redact: Redact
  readonly #response: HttpClientResponse.HttpClientResponse
  readonly #body: () => HttpClientResponse.HttpClientResponse

  /** `body` returns the response whose body is read, if the body of the response itself was read already. */
  constructor(
    request: HttpClientRequest.HttpClientRequest,
    response: HttpClientResponse.HttpClientResponse,
    redact: Redact,
    body: () => HttpClientResponse.HttpClientResponse = () => response
  ) {
    super()
    this.request = request
    this.headers = Headers.fromInput(
      Object.entries(response.headers).map(([name, value]) => [name, redact(value)] as const)
    )
    this.#redact = redact
    this.#response = response
    this.#body = body
  }

  get url(): string {
    return this.#redact(this.#response.url)
  }

  get status(): number {
    return this.#response.status
  }

  get cookies(): Cookies.Cookies {
    return Cookies.fromSetCookie(Cookies.toSetCookieHeaders(this.#response.cookies).map(this.#redact))
  }

  get remoteAddress(): Option.Option<string> {
    return this.#response.remoteAddress
  }

  get stream(): Stream.Stream<Uint8Array, HttpClientError.HttpClientError> {
    return Stream.mapError(this.#body().stream, (error) => this.own(error))
  }

  get json(): Effect.Effect<Schema.Json, HttpClientError.HttpClientError> {
    return this.read(this.#body().json)
  }

  get text(): Effect.Effect<string, HttpClientError.HttpClientError> {
    return this.read(this.#body().text)
  }

  get urlParamsBody(): Effect.Effect<UrlParams.UrlParams, HttpClientError.HttpClientError> {
    return this.read(this.#body().urlParamsBody)
  }

  get arrayBuffer(): Effect.Effect<ArrayBuffer, HttpClientError.HttpClientError> {
    return this.read(this.#body().arrayBuffer)
  }

  get formData(): Effect.Effect<FormData, HttpClientError.HttpClientError> {
    return this.read(this.#body().formData)
  }

  get upgrade(): Effect.Effect<Socket.Socket, HttpClientError.HttpClientError> {
    return this.read(this.#response.upgrade)
  }

  pipe() {
    return Pipeable.pipeArguments(this, arguments)
  }

  // Without the body, in which the platform may repeat the token. This is what a log shows.
  toJSON(): unknown {
    return {
      _id: "HttpClientResponse",
      request: this.request.toJSON(),
      status: this.status,
      headers: Object.fromEntries(Object.entries(this.headers).map(([name, value]) => [name, sanitize(value, [])]))
    }
  }

  private read<A>(body: Effect.Effect<A, HttpClientError.HttpClientError>) {
    return Effect.mapError(unlogged(body), (error) => this.own(error))
  }

  /** The error of this response without the token. */
  own({ reason }: HttpClientError.HttpClientError): HttpClientError.HttpClientError {
    return errorOf(this.request, reason, this.#redact, () => this)
  }
}

/** The error of a request without the token. */
export const redactError = (
  request: HttpClientRequest.HttpClientRequest,
  { reason }: HttpClientError.HttpClientError,
  redact: Redact,
  body?: () => HttpClientResponse.HttpClientResponse
): HttpClientError.HttpClientError =>
  errorOf(request, reason, redact, (response) => new RedactedResponse(request, response, redact, body))

const errorOf = (
  request: HttpClientRequest.HttpClientRequest,
  reason: HttpClientError.HttpClientErrorReason,
  redact: Redact,
  redacted: (response: HttpClientResponse.HttpClientResponse) => RedactedResponse
): HttpClientError.HttpClientError => {
  // The description of an invalid header repeats the header.
  const circumstances = {
    request,
    cause: diagnose(reason.cause),
    ...(reason.description === undefined ? {} : { description: sanitize(redact(reason.description), []) })
  }
  return new HttpClientError.HttpClientError({
    reason: "response" in reason
      ? new responseErrors[reason._tag]({ ...circumstances, response: redacted(reason.response) })
      : new requestErrors[reason._tag](circumstances)
  })
}

const requestErrors = {
  EncodeError: HttpClientError.EncodeError,
  InvalidUrlError: HttpClientError.InvalidUrlError,
  TransportError: HttpClientError.TransportError
}

const responseErrors = {
  DecodeError: HttpClientError.DecodeError,
  EmptyBodyError: HttpClientError.EmptyBodyError,
  StatusCodeError: HttpClientError.StatusCodeError
}
