import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Struct from "effect/Struct"
import type { Endpoint } from "../../Endpoint.js"
import type * as JindouyunConfig from "../../JindouyunConfig.js"
import type { TokenError } from "../../JindouyunError.js"
import type { AccessToken } from "../../Token.js"
import { contained } from "../guard.js"
import { redact } from "../redact.js"
import * as Path from "./path.js"
import { type Redact, RedactedResponse, redactError } from "./redactedResponse.js"
import { type Content, requestInit } from "./request.js"
import { untraced } from "./untraced.js"

type Placement = Pick<JindouyunConfig.Service, "baseUrl" | "tokenName" | "tokenPlacement">

type Failure = HttpClientError.HttpClientError | TokenError

/** Written parameters, without the token. */
export interface Written {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly query: UrlParams.UrlParams
  readonly body: string | undefined
}

/**
 * Writes parameters into the path, and the others as a query or as JSON. The left side is the problem and repeats no
 * parameter.
 */
export const write = (
  config: Placement,
  { headers, method, path }: Pick<Endpoint<never, unknown>, "headers" | "method" | "path">
): (parameters: unknown) => Either.Either<Written, string> => {
  const isInUrl = method === "GET" || method === "DELETE"
  const names = Path.namesOf(path)
  const clash = config.tokenPlacement === "header"
    ? Object.keys(headers).find((name) => name.toLowerCase() === config.tokenName.toLowerCase())
    : undefined
  const others = (path: string, parameters: unknown): Either.Either<Written, string> =>
    Either.try({
      try: () =>
        isInUrl
          ? { path, headers, query: queryOf(parameters), body: undefined }
          : { path, headers, query: [], body: JSON.stringify(parameters) },
      catch: () => `parameters: they cannot be written as ${isInUrl ? "a query" : "JSON"}`
    })
  return (parameters) =>
    clash !== undefined
      ? Either.left(`headers: ${clash} is the header of the token; choose another name, or another tokenName`)
      : names.length === 0
      ? others(path, parameters)
      : Either.flatMap(
        Either.mapLeft(Path.fill(path, parameters), (problem) => `parameters: ${problem}`),
        (filled) => others(filled, Struct.omit(Object(parameters), ...names))
      )
}

const queryOf = (parameters: unknown): UrlParams.UrlParams => {
  if (parameters !== undefined && !Predicate.isRecord(parameters)) {
    throw new TypeError("a query is made of names and values")
  }
  return UrlParams.fromInput(parameters as UrlParams.Input | undefined ?? {})
}

/** Adds the token to parameters. The token is set last, so that no parameter can take its name. */
export const carry = (
  { tokenName, tokenPlacement }: Placement,
  { value }: AccessToken,
  written: Written
): Content =>
  tokenPlacement === "header"
    ? { ...written, headers: { ...written.headers, [tokenName]: Redacted.value(value) } }
    : { ...written, query: UrlParams.set(written.query, tokenName, Redacted.value(value)) }

/**
 * A client that adds the token to each request of the platform's origin, and sends no other.
 *
 * Only the innermost client sees the token: what is wrapped around this client, the response and the errors do not show it.
 */
export const make = (
  client: HttpClient.HttpClient,
  config: Placement,
  accessToken: Effect.Effect<AccessToken, TokenError>
): HttpClient.HttpClient.With<Failure> => {
  const { origin, protocol } = new URL(config.baseUrl)
  // The protocol is compared too, because a blob: URL has an origin.
  const isOurs = (url: URL) => url.origin === origin && url.protocol === protocol
  const send = (
    request: HttpClientRequest.HttpClientRequest
  ): Effect.Effect<HttpClientResponse.HttpClientResponse, Failure> => {
    const url = absolute(config.baseUrl, request.url)
    if (!URL.canParse(url) || !isOurs(new URL(url)) || url.includes("\\")) {
      const description = `the token goes to ${origin} only`
      return Effect.fail(new HttpClientError.RequestError({ request, reason: "InvalidUrl", description }))
    }
    return Effect.flatMap(accessToken, ({ value }) => {
      const target = HttpClientRequest.setUrl(request, withoutToken(config, url))
      const token = Redacted.value(value)
      const redacted: Redact = (text) => redact(text, [value])
      return client.execute(
        config.tokenPlacement === "header"
          ? HttpClientRequest.setHeader(target, config.tokenName, token)
          : HttpClientRequest.setUrlParam(target, config.tokenName, token)
      ).pipe(
        untraced(config.tokenName),
        contained(() => {
          const description = "the HTTP client died"
          return new HttpClientError.RequestError({ request: target, reason: "Transport", description })
        }),
        Effect.mapBoth({
          onFailure: (error) => redactError(target, error, redacted),
          onSuccess: (response) => new RedactedResponse(target, response, redacted)
        })
      )
    })
  }
  return HttpClient.makeWith<Failure, never, Failure, never>(
    Effect.flatMap((request) =>
      Effect.flatMap(requestInit, (init) => Effect.provideService(send(request), FetchHttpClient.RequestInit, init))
    ),
    Effect.succeed
  )
}

// The path prefix of a gateway belongs to the base URL.
const absolute = (baseUrl: string, url: string): string =>
  /^[a-z][a-z0-9+.-]*:/i.test(url) ? url : `${baseUrl}${url.startsWith("/") ? "" : "/"}${url}`

// A redirect within the platform may repeat the query, with the token in it.
const withoutToken = ({ tokenName, tokenPlacement }: Placement, url: string): string => {
  const parsed = new URL(url)
  if (tokenPlacement === "header" || !parsed.searchParams.has(tokenName)) {
    return url
  }
  parsed.searchParams.delete(tokenName)
  return parsed.href
}
