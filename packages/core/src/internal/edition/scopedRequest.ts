import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { globalValue } from "effect/GlobalValue"

/**
 * The requests of `HttpClient.withScope`, each with the controller that aborts it when its scope closes. A version of
 * `@effect/platform` without this map does not release an unread response when the scope closes.
 */
const controllers = globalValue(
  "@effect/platform/HttpClient/scopedRequests",
  () => new WeakMap<HttpClientRequest.HttpClientRequest, AbortController>()
)

/** Lets a request that is sent in place of another one end with the scope of the other one. */
export const inherit = (
  sent: HttpClientRequest.HttpClientRequest,
  from: HttpClientRequest.HttpClientRequest
): HttpClientRequest.HttpClientRequest => {
  const controller = controllers.get(from)
  if (controller !== undefined) {
    controllers.set(sent, controller)
  }
  return sent
}
