import type * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Struct from "effect/Struct"
import type { Endpoint } from "../../Endpoint.js"
import type * as JindouyunConfig from "../../JindouyunConfig.js"
import { fromReturnCode, type TokenError, UnexpectedResponse } from "../../JindouyunError.js"
import type { AccessToken } from "../../Token.js"
import { dispositionOf } from "../dispositions.js"
import { invalidUrl, responseOf, transport } from "../edition/httpError.js"
import { type Redact, RedactedResponse, redactError } from "../edition/redactedResponse.js"
import { inherit } from "../edition/scopedRequest.js"
import { untraced } from "../edition/untraced.js"
import { contained } from "../guard.js"
import { redact, reveal, sanitize } from "../redact.js"
import * as retry from "../retry.js"
import type { Tracker } from "../token/rejections.js"
import { inspect, type Inspected, type Limits } from "./inspected.js"
import * as Path from "./path.js"
import { type Content, fetchServices, withoutSecret } from "./request.js"

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
          : { path, headers, query: UrlParams.empty, body: JSON.stringify(parameters) },
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
  const isQuery = parameters === undefined
    || (Predicate.isRecord(parameters) && !Object.values(parameters).includes(null))
  if (!isQuery) {
    throw new TypeError("a query is made of names and values")
  }
  return UrlParams.fromInput(parameters as UrlParams.Input | undefined ?? {})
}

/** Adds the token to parameters. The token is set last, so that no parameter can take its name. */
export const carry = (
  { tokenName, tokenPlacement }: Placement,
  token: string,
  written: Written
): Content =>
  tokenPlacement === "header"
    ? { ...written, headers: { ...written.headers, [tokenName]: token } }
    : { ...written, query: UrlParams.set(written.query, tokenName, token) }

/** The settings of the client. */
type Settings = Placement & Limits & Pick<JindouyunConfig.Service, "returnCodes">

/** The token, and what is known of its rejections. */
interface Tokens {
  readonly accessToken: Effect.Effect<AccessToken, TokenError>
  readonly rejections: Tracker
}

/**
 * A client that adds the token to each request of the platform's origin, and sends no other. A request that was rejected for
 * its token is sent once more with a new token, unless its body can be read only once.
 *
 * Only the innermost client sees the token: what is wrapped around this client, the response and the errors do not show it.
 */
export const make = (
  client: HttpClient.HttpClient,
  config: Settings,
  { accessToken, rejections }: Tokens
): HttpClient.HttpClient.With<Failure> => {
  const { origin, protocol } = new URL(config.baseUrl)
  // The protocol is compared too, because a blob: URL has an origin.
  const isOurs = (url: URL) => url.origin === origin && url.protocol === protocol
  const send = (
    request: HttpClientRequest.HttpClientRequest,
    isReplay: boolean
  ): Effect.Effect<HttpClientResponse.HttpClientResponse, Failure> => {
    const url = absolute(config.baseUrl, request.url)
    if (!URL.canParse(url) || !isOurs(new URL(url)) || url.includes("\\")) {
      return Effect.fail(invalidUrl(request, `the token goes to ${origin} only`))
    }
    const target = HttpClientRequest.setUrl(request, withoutToken(config, url))
    return Effect.flatMap(accessToken, (token): Effect.Effect<HttpClientResponse.HttpClientResponse, Failure> => {
      const sendAgain = (failure: Effect.Effect<never, TokenError>, isRepeatable: boolean) =>
        Effect.flatMap(
          rejections.mayReplay({ token, isReplay }),
          (mayReplay): Effect.Effect<HttpClientResponse.HttpClientResponse, Failure> =>
            !mayReplay
              ? failure
              : isRepeatable
              ? send(request, true)
              : Effect.mapError(failure, (error) => retry.amend(error, { hasStream: true }))
        )
      if (Option.isNone(reveal(token.value))) {
        return sendAgain(withoutSecret(new URL(url).pathname, "access token", token.value), true)
      }
      const redacted: Redact = (text) => redact(text, [token.value])
      return Effect.matchEffect(ask(client, config, { request, target, token }), {
        onFailure: (error) => Effect.fail(redactError(target, error, redacted)),
        onSuccess: (answer) => {
          const { inspected: { body, discard }, response } = answer
          const rejection = rejectionOf(config, answer, { url, token, isReplay })
          if (rejection !== undefined) {
            return Effect.zipRight(discard, sendAgain(Effect.fail(rejection), isRepeatable(request.body)))
          }
          return Effect.zipRight(
            isSuccess(config, answer) ? rejections.accepted(token) : Effect.void,
            answer.error === undefined
              ? Effect.succeed(new RedactedResponse(target, response, redacted, body))
              : Effect.fail(redactError(target, answer.error, redacted, body))
          )
        }
      })
    })
  }
  return HttpClient.makeWith<Failure, never, Failure, never>(
    Effect.flatMap((request) =>
      Effect.flatMap(fetchServices, (services) => Effect.provide(send(request, false), services))
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

/** A response, and the error of a client that fails on its status. */
interface Answer {
  readonly response: HttpClientResponse.HttpClientResponse
  readonly error: HttpClientError.HttpClientError | undefined
  readonly inspected: Inspected
}

/** The request of the consumer, and the request to the platform without the token. */
interface Asked {
  readonly request: HttpClientRequest.HttpClientRequest
  readonly target: HttpClientRequest.HttpClientRequest
  readonly token: AccessToken
}

const ask = (
  client: HttpClient.HttpClient,
  config: Settings,
  { request, target, token: { value } }: Asked
): Effect.Effect<Answer, HttpClientError.HttpClientError> => {
  const answered = (response: HttpClientResponse.HttpClientResponse, error?: HttpClientError.HttpClientError) =>
    Effect.map(inspect(response, config), (inspected) => ({ response, error, inspected }))
  const token = Redacted.value(value)
  const { tokenName, tokenPlacement } = config
  const sent = tokenPlacement === "header"
    ? HttpClientRequest.setHeader(target, tokenName, token)
    : HttpClientRequest.setUrlParam(target, tokenName, token)
  return client.execute(inherit(sent, request)).pipe(
    Effect.matchEffect({
      onSuccess: (response) => answered(response),
      onFailure: (error) => {
        const response = responseOf(error)
        return response === undefined ? Effect.fail(error) : answered(response, error)
      }
    }),
    untraced(tokenName),
    contained(() => transport(target, "the HTTP client died"))
  )
}

/** The failure of a request that was rejected for its token: by its return code, or with HTTP 401. */
const rejectionOf = (
  { baseUrl, returnCodes }: Settings,
  { inspected: { envelope }, response: { status } }: Answer,
  { isReplay, token, url }: { readonly url: string; readonly token: AccessToken; readonly isReplay: boolean }
): TokenError | undefined => {
  const failed = Option.flatMap(envelope, ({ code, message }) => {
    const disposition = dispositionOf(code, status, returnCodes)
    return disposition === "success" || (disposition !== "reauthenticate" && status !== 401)
      ? Option.none()
      : Option.some({ code, returnMessage: sanitize(message, [token.value]) })
  })
  if (Option.isNone(failed) && status !== 401) {
    return undefined
  }
  const circumstances = {
    endpoint: new URL(url).pathname,
    baseUrl,
    status,
    attempts: isReplay ? 2 : 1,
    disposition: "reauthenticate"
  } as const
  return Option.match(failed, {
    onNone: () => new UnexpectedResponse({ ...circumstances, reason: "status" }),
    onSome: (answered) => fromReturnCode({ ...circumstances, ...answered })
  })
}

const isSuccess = ({ returnCodes }: Settings, { inspected: { envelope }, response: { status } }: Answer): boolean =>
  Option.exists(envelope, ({ code }) => dispositionOf(code, status, returnCodes) === "success")

/** Whether a body can be sent twice. */
const isRepeatable = (body: HttpBody.HttpBody): boolean => {
  if (body._tag !== "Raw") {
    return body._tag !== "Stream"
  }
  const { body: raw } = body
  return typeof raw === "string" || ArrayBuffer.isView(raw)
    || [ArrayBuffer, Blob, FormData, URLSearchParams].some((Repeatable) => raw instanceof Repeatable)
}
