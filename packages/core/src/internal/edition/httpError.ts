import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"

/** The error of a request whose URL is refused. */
export const invalidUrl = (
  request: HttpClientRequest.HttpClientRequest,
  description: string
): HttpClientError.HttpClientError => new HttpClientError.RequestError({ request, reason: "InvalidUrl", description })

/** The error of a request that got no response. */
export const transport = (
  request: HttpClientRequest.HttpClientRequest,
  description: string
): HttpClientError.HttpClientError => new HttpClientError.RequestError({ request, reason: "Transport", description })

/** The response of a client that fails on its status. Undefined if the error has another reason. */
export const responseOf = (
  error: HttpClientError.HttpClientError
): HttpClientResponse.HttpClientResponse | undefined =>
  error._tag === "ResponseError" && error.reason === "StatusCode" ? error.response : undefined

/** Whether a body was read that does not exist. */
export const isEmptyBody = (error: HttpClientError.HttpClientError): boolean => error.reason === "EmptyBody"
