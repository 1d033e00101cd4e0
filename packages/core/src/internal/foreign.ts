import type * as Cookies from "@effect/platform/Cookies"
import type * as Headers from "@effect/platform/Headers"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import type * as UrlParams from "@effect/platform/UrlParams"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import type * as Option from "effect/Option"
import * as Stream from "effect/Stream"

/**
 * A response as an answer to the request the consumer made, which carries no token. The true one is out of sight.
 *
 * @internal
 */
export class Foreign extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly request: HttpClientRequest.HttpClientRequest
  readonly #response: HttpClientResponse.HttpClientResponse

  constructor(request: HttpClientRequest.HttpClientRequest, response: HttpClientResponse.HttpClientResponse) {
    super()
    this.request = request
    this.#response = response
  }

  get status(): number {
    return this.#response.status
  }

  get headers(): Headers.Headers {
    return this.#response.headers
  }

  get cookies(): Cookies.Cookies {
    return this.#response.cookies
  }

  get remoteAddress(): Option.Option<string> {
    return this.#response.remoteAddress
  }

  get stream(): Stream.Stream<Uint8Array, HttpClientError.ResponseError> {
    return Stream.mapError(this.#response.stream, (error) => this.own(error))
  }

  get json(): Effect.Effect<unknown, HttpClientError.ResponseError> {
    return this.read(this.#response.json)
  }

  get text(): Effect.Effect<string, HttpClientError.ResponseError> {
    return this.read(this.#response.text)
  }

  get urlParamsBody(): Effect.Effect<UrlParams.UrlParams, HttpClientError.ResponseError> {
    return this.read(this.#response.urlParamsBody)
  }

  get arrayBuffer(): Effect.Effect<ArrayBuffer, HttpClientError.ResponseError> {
    return this.read(this.#response.arrayBuffer)
  }

  get formData(): Effect.Effect<FormData, HttpClientError.ResponseError> {
    return this.read(this.#response.formData)
  }

  toJSON(): unknown {
    return HttpIncomingMessage.inspect(this, {
      _id: "@effect/platform/HttpClientResponse",
      request: this.request.toJSON(),
      status: this.status
    })
  }

  private read<A>(body: Effect.Effect<A, HttpClientError.ResponseError>) {
    return Effect.mapError(body, (error) => this.own(error))
  }

  private own(error: HttpClientError.ResponseError): HttpClientError.ResponseError {
    return new HttpClientError.ResponseError({ ...circumstances(error), request: this.request, response: this })
  }
}

/**
 * What went wrong for whoever made the request, without the token that went with it.
 *
 * @internal
 */
export const disown = (
  request: HttpClientRequest.HttpClientRequest,
  error: HttpClientError.HttpClientError
): HttpClientError.HttpClientError =>
  error._tag === "RequestError"
    ? new HttpClientError.RequestError({ ...circumstances(error), request })
    : new HttpClientError.ResponseError({
      ...circumstances(error),
      request,
      response: new Foreign(request, error.response)
    })

const circumstances = <Reason>(
  { cause, description, reason }: {
    readonly reason: Reason
    readonly cause?: unknown
    readonly description?: string | undefined
  }
) => ({ reason, cause, ...(description === undefined ? {} : { description }) })
