import * as Cookies from "@effect/platform/Cookies"
import * as Headers from "@effect/platform/Headers"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import type * as UrlParams from "@effect/platform/UrlParams"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import type * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { diagnose } from "../http/transportError.js"
import { sanitize } from "../redact.js"
import { unlogged } from "./untraced.js"

/** Redacts the token in a text. */
export type Redact = (text: string) => string

/**
 * The response to a request without the token. The real response is private, and the token is redacted in the headers, a
 * `Location` for example.
 */
export class RedactedResponse extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
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

  get status(): number {
    return this.#response.status
  }

  get cookies(): Cookies.Cookies {
    return Cookies.fromSetCookie(Cookies.toSetCookieHeaders(this.#response.cookies).map(this.#redact))
  }

  get remoteAddress(): Option.Option<string> {
    return this.#response.remoteAddress
  }

  get stream(): Stream.Stream<Uint8Array, HttpClientError.ResponseError> {
    return Stream.mapError(this.#body().stream, (error) => this.own(error))
  }

  get json(): Effect.Effect<unknown, HttpClientError.ResponseError> {
    return this.read(this.#body().json)
  }

  get text(): Effect.Effect<string, HttpClientError.ResponseError> {
    return this.read(this.#body().text)
  }

  get urlParamsBody(): Effect.Effect<UrlParams.UrlParams, HttpClientError.ResponseError> {
    return this.read(this.#body().urlParamsBody)
  }

  get arrayBuffer(): Effect.Effect<ArrayBuffer, HttpClientError.ResponseError> {
    return this.read(this.#body().arrayBuffer)
  }

  get formData(): Effect.Effect<FormData, HttpClientError.ResponseError> {
    return this.read(this.#body().formData)
  }

  // Without the body, in which the platform may repeat the token. This is what a log shows.
  toJSON(): unknown {
    return {
      _id: "@effect/platform/HttpClientResponse",
      request: this.request.toJSON(),
      status: this.status,
      headers: Object.fromEntries(Object.entries(this.headers).map(([name, value]) => [name, sanitize(value, [])]))
    }
  }

  private read<A>(body: Effect.Effect<A, HttpClientError.ResponseError>) {
    return Effect.mapError(unlogged(body), (error) => this.own(error))
  }

  /** The error of this response without the token. */
  own(error: HttpClientError.ResponseError): HttpClientError.ResponseError {
    return new HttpClientError.ResponseError({
      ...circumstances(error, this.#redact),
      request: this.request,
      response: this
    })
  }
}

/** The error of a request without the token. */
export const redactError = (
  request: HttpClientRequest.HttpClientRequest,
  error: HttpClientError.HttpClientError,
  redact: Redact,
  body?: () => HttpClientResponse.HttpClientResponse
): HttpClientError.HttpClientError =>
  error._tag === "RequestError"
    ? new HttpClientError.RequestError({ ...circumstances(error, redact), request })
    : new RedactedResponse(request, error.response, redact, body).own(error)

// The description of an invalid header repeats the header.
const circumstances = <Reason>(
  { cause, description, reason }: {
    readonly reason: Reason
    readonly cause?: unknown
    readonly description?: string | undefined
  },
  redact: Redact
) => ({
  reason,
  cause: diagnose(cause),
  ...(description === undefined ? {} : { description: sanitize(redact(description), []) })
})
