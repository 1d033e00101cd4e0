import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"

/**
 * The error of a request that got no response.
 *
 * @internal
 */
export const transport = (request: HttpClientRequest.HttpClientRequest, cause: unknown): HttpClientError.RequestError =>
  new HttpClientError.RequestError({ request, reason: "Transport", cause })

/**
 * The error of a request whose body cannot be written.
 *
 * @internal
 */
export const encode = (request: HttpClientRequest.HttpClientRequest, cause: unknown): HttpClientError.RequestError =>
  new HttpClientError.RequestError({ request, reason: "Encode", cause })

/**
 * The error of a body that cannot be read.
 *
 * @internal
 */
export const decode = (
  response: HttpClientResponse.HttpClientResponse,
  cause: unknown
): HttpClientError.ResponseError =>
  new HttpClientError.ResponseError({ request: response.request, response, reason: "Decode", cause })
