import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import type { Incoming } from "../Delivery.js"
import type { Endpoint, Request } from "../Journal.js"
import type { Settings } from "./settings.js"
import * as wire from "./wire.js"

/**
 * A request, and the endpoint it belongs to, if it does to any.
 *
 * @internal
 */
export interface Asked {
  readonly request: Incoming
  readonly endpoint: Endpoint | undefined
}

/** The paths of the document are never those of reports, whatever the method. @internal */
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

/** The token of a refresh, by whichever name it goes, if one can be read. @internal */
export const refreshTokenIn = ({ endpoint, request }: Asked): string | undefined => {
  const fields = endpoint === "refresh" ? Either.getOrUndefined(readJson(request.body)) : undefined
  const token = Predicate.isReadonlyRecord(fields) ? fields["refreshToken"] ?? fields["refresh_token"] : undefined
  return Predicate.isString(token) ? token : undefined
}

/**
 * What a platform that echoes repeats: the body, and of a report call whatever else may carry the token.
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

/** @internal */
export const readJson = (body: Uint8Array): Either.Either<unknown, "badParameter"> =>
  Either.try({ try: (): unknown => JSON.parse(strict.decode(body)), catch: () => "badParameter" as const })

const lenient = new TextDecoder()
const strict = new TextDecoder("utf-8", { fatal: true })
