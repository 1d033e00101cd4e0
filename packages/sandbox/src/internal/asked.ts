import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import type { Incoming } from "../Delivery.js"
import type { Endpoint, Request } from "../Journal.js"
import { readJson } from "./readJson.js"
import type { Settings } from "./settings.js"
import * as wire from "./wire.js"

/**
 * A request and its endpoint, `undefined` if the request belongs to none.
 *
 * @internal
 */
export interface Asked {
  readonly request: Incoming
  readonly endpoint: Endpoint | undefined
}

/** The document's own paths are never reports, whatever the method. @internal */
export const endpointOf = ({ method, path }: Incoming, { reports }: Settings): Endpoint | undefined => {
  const request = requestAt(path)
  return request === undefined
    ? reports.has(path) ? "report" : undefined
    : method === "POST"
    ? request
    : undefined
}

/** @internal */
export const requestAt = (path: string): Request | undefined =>
  path === wire.acquirePath ? "acquire" : path === wire.refreshPath ? "refresh" : undefined

/** @internal */
export const isTokenRequest = (endpoint: Endpoint | undefined): endpoint is Request =>
  endpoint === "acquire" || endpoint === "refresh"

/** The token of a refresh, under either field name; `undefined` if the body has none. @internal */
export const refreshTokenIn = ({ endpoint, request }: Asked): string | undefined => {
  const fields = endpoint === "refresh" ? Either.getOrUndefined(readJson(request.body)) : undefined
  const token = Predicate.isReadonlyRecord(fields) ? fields["refreshToken"] ?? fields["refresh_token"] : undefined
  return Predicate.isString(token) ? token : undefined
}

/**
 * The text that `echo` repeats: the body, and for a report call every part that may contain the token.
 *
 * @internal
 */
export const sentWith = ({ endpoint, request }: Asked): string => {
  const body = lenient.decode(request.body)
  if (endpoint !== "report") {
    return body
  }
  const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`)
  return [request.method, request.path + request.query, ...headers, body].join(" ")
}

const lenient = new TextDecoder()
