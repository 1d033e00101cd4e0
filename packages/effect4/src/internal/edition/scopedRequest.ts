import type * as HttpClientRequest from "effect/http/HttpClientRequest"

/**
 * Lets a request that is sent in place of another one end with the scope of the other one.
 *
 * Effect 4 keeps the requests of `HttpClient.withScope` private, so this is not possible: if the scope closes, an unread
 * response is released when its reader is interrupted or when the response is garbage collected.
 */
export const inherit = (
  sent: HttpClientRequest.HttpClientRequest,
  _from: HttpClientRequest.HttpClientRequest
): HttpClientRequest.HttpClientRequest => sent
