import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"

/** The error of a request whose URL is refused. */
export const invalidUrl = (
  request: HttpClientRequest.HttpClientRequest,
  description: string
): HttpClientError.HttpClientError =>
  new HttpClientError.HttpClientError({ reason: new HttpClientError.InvalidUrlError({ request, description }) })

/** The error of a request that got no response. */
export const transport = (
  request: HttpClientRequest.HttpClientRequest,
  description: string
): HttpClientError.HttpClientError =>
  new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, description }) })

/** The response of a client that fails on its status. Undefined if the error has another reason. */
export const responseOf = (
  { reason }: HttpClientError.HttpClientError
): HttpClientResponse.HttpClientResponse | undefined => reason._tag === "StatusCodeError" ? reason.response : undefined

/** Whether a body was read that does not exist. */
export const isEmptyBody = ({ reason }: HttpClientError.HttpClientError): boolean => reason._tag === "EmptyBodyError"
