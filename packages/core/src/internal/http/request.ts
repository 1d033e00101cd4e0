import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type * as HttpMethod from "@effect/platform/HttpMethod"
import type * as UrlParams from "@effect/platform/UrlParams"
import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { JindouyunConfig } from "../../JindouyunConfig.js"
import * as JindouyunError from "../../JindouyunError.js"
import { dispositionOf } from "../dispositions.js"
import { isEmptyBody, responseOf } from "../edition/httpError.js"
import * as Pull from "../edition/pull.js"
import * as Timeout from "../edition/timeout.js"
import { toEffect } from "../edition/toEffect.js"
import { traceOf, untracedSettings } from "../edition/untraced.js"
import { contained } from "../guard.js"
import { problemOfSecret, sanitize } from "../redact.js"
import * as retry from "../retry.js"
import * as Envelope from "./envelope.js"
import { retryAfter } from "./retryAfter.js"
import { diagnose } from "./transportError.js"

/** The parts of one request. */
export interface Content {
  /** The path with its parameters filled in. The path of the route if there are none. */
  readonly path?: string
  /** The settings and the endpoints reject the names of headers that all requests have. */
  readonly headers?: Readonly<Record<string, string>>
  readonly query?: UrlParams.Input
  /** JSON, if there is a body. */
  readonly body?: string | undefined
}

/** The parts that all requests to one endpoint have in common. */
export interface Route<A, I> {
  readonly method: HttpMethod.HttpMethod
  readonly path: string
  readonly data: Schema.Schema<A, I>
  /** The time limit of one request in milliseconds, if it is not `requestTimeout`. */
  readonly timeout?: number | undefined
}

/** One request. Its content is written at the last moment, from the secrets it contains. */
export interface Request {
  readonly content: () => Content
  /** The secrets that are redacted in the platform's message. */
  readonly secrets: ReadonlyArray<Redacted.Redacted>
  /** The span of the operation. The client learns its trace and cannot write to it. */
  readonly span: Tracer.Span
}

/** The data of a success, and when its request was sent. */
export interface Answer<A> {
  readonly data: A
  readonly sentAt: number
  readonly status: number
}

export interface Send {
  <A, I>(route: Route<A, I>): (request: Request) => Effect.Effect<Answer<A>, JindouyunError.TokenRequestError>
}

// Redirects are not followed.
const requestInit: Effect.Effect<RequestInit> = Effect.map(
  Effect.serviceOption(FetchHttpClient.RequestInit),
  (theirs) => ({ ...Option.getOrElse(theirs, () => ({})), redirect: "manual" })
)

/**
 * The fetch of the consumer. Its signal does not reach a request that fetch rejected: an abort while the body of that request
 * is still arriving ends a Node process. All attempts of a client that retries share one signal.
 */
const fetch: Effect.Effect<typeof globalThis.fetch> = Effect.map(
  Effect.serviceOption(FetchHttpClient.Fetch),
  (theirs): typeof globalThis.fetch => async (input, init) => {
    const attempt = new AbortController()
    const abort = () => attempt.abort(init?.signal?.reason)
    init?.signal?.addEventListener("abort", abort)
    if (init?.signal?.aborted === true) {
      abort()
    }
    try {
      return await Option.getOrElse(theirs, () => globalThis.fetch)(input, { ...init, signal: attempt.signal })
    } catch (error) {
      init?.signal?.removeEventListener("abort", abort)
      throw error
    }
  }
)

/** The settings of fetch and the fetch itself, for a request with a secret. */
export const fetchServices: Effect.Effect<Context.Context<FetchHttpClient.RequestInit | FetchHttpClient.Fetch>> = Effect
  .zipWith(
    requestInit,
    fetch,
    (init, fetch) => Context.add(Context.make(FetchHttpClient.RequestInit, init), FetchHttpClient.Fetch, fetch)
  )

/**
 * The one place that writes a request and reads a response. No error and no span shows anything of the request: tracing of
 * the client is off, because it would record headers and send some along.
 */
export const make: Effect.Effect<Send, never, HttpClient.HttpClient | JindouyunConfig> = Effect.gen(function*() {
  const clock = yield* Effect.clock
  const config = yield* JindouyunConfig
  // With the scope of the request: without it, an interruption between head and body leaves the connection open.
  const client = HttpClient.withScope(yield* HttpClient.HttpClient)
  const services = yield* fetchServices
  const timeoutOf = yield* Timeout.make
  const settings = untracedSettings(config.tokenName)
  const withinRequestTimeout = timeoutOf(config.requestTimeout)

  return <A, I>(route: Route<A, I>) => {
    const { method, path, timeout } = route
    const withinTime = timeout === undefined ? withinRequestTimeout : timeoutOf(timeout)
    const limit = timeout === undefined ? "request timeout" : "timeout of the endpoint"
    const blank = HttpClientRequest.make(method)(config.baseUrl + path, {
      headers: { APIVersion: apiVersion, "accept-encoding": "identity" }
    })
    const { decode, readBody } = reader(config, clock, route)
    const noAnswer = (reason: JindouyunError.TransportReason, detail: string) =>
      new JindouyunError.TransportFailure({ endpoint: path, baseUrl: config.baseUrl, reason, detail })

    return ({ content, secrets, span }) =>
      Effect.flatMap(Scope.make(), (scope) =>
        Effect.suspend(() => {
          const sentAt = clock.unsafeCurrentTimeMillis()
          let sends = 0
          const sent = () => {
            sends += 1
          }
          // A request that the client rejected is over. To abort it ends a Node process if its body is still arriving.
          let isUnderWay = true
          return client.execute(write(blank, config.baseUrl, content(), sent)).pipe(
            Effect.catchAll((error) => {
              // A client that fails on every status but 2xx would hide the envelope of a failure.
              const response = responseOf(error)
              if (response !== undefined) {
                return Effect.succeed(response)
              }
              isUnderWay = false
              const failure = JindouyunError.fromTransportError(path, error)
              // The last of several sends does not prove that none reached the platform.
              return Effect.fail(sends > 1 ? retry.amend(failure, { delivery: "ambiguous" }) : failure)
            }),
            Effect.flatMap((response) => Effect.map(readBody(response, secrets), (body) => [response, body] as const)),
            Effect.onError((cause) => isUnderWay ? Scope.close(scope, Exit.failCause(cause)) : Effect.void),
            Effect.flatMap(([response, body]) =>
              Effect.map(
                toEffect(decode(response, body, secrets)),
                (data) => ({ data, sentAt, status: response.status })
              )
            )
          )
        }).pipe(
          contained(() => noAnswer("other", "the HTTP client died")),
          withinTime({
            context: services.pipe(
              Context.add(Scope.Scope, scope),
              Context.add(Tracer.ParentSpan, traceOf(span))
            ),
            settings,
            onTimeout: () => noAnswer("timeout", `no answer within the ${limit}`)
          })
        ))
  }
})

/** The failure of a request whose secret has no text, because the program has wiped it. Another token may have one. */
export const withoutSecret = (
  endpoint: string,
  name: "password" | "refresh token" | "access token",
  secret: Redacted.Redacted
): Effect.Effect<never, JindouyunError.TransportFailure> =>
  Effect.fail(
    new JindouyunError.TransportFailure({
      endpoint,
      reason: "other",
      detail: `the ${name} ${problemOfSecret(secret)}`,
      disposition: name === "password" ? "fatal" : "reauthenticate",
      delivery: "unsent"
    })
  )

// Both from the platform's document.
const apiVersion = "3"
const contentType = "application/json;charset=UTF-8"

const write = (
  blank: HttpClientRequest.HttpClientRequest,
  baseUrl: string,
  { body, headers, path, query }: Content,
  sent: () => void
): HttpClientRequest.HttpClientRequest =>
  HttpClientRequest.modify(blank, {
    url: path === undefined ? undefined : baseUrl + path,
    headers,
    urlParams: query,
    body: body === undefined ? undefined : reported(HttpBody.text(body, contentType), sent)
  })

/** A body that calls `sent` when a client reads it, which it does once for each send. */
const reported = (body: HttpBody.Uint8Array, sent: () => void): HttpBody.HttpBody =>
  Object.create(body, {
    body: {
      get: () => {
        sent()
        return body.body
      }
    },
    contentLength: { value: body.contentLength },
    toJSON: { value: () => body.toJSON() }
  })

/** The problem of a response. */
interface Problem {
  readonly reason: JindouyunError.ResponseReason
  readonly detail?: string | undefined
  readonly damaged?: boolean
}

/** Reads the responses of one endpoint: first the body, then what it means. */
const reader = <A, I>(config: JindouyunConfig["Type"], clock: Clock.Clock, { data, path }: Route<A, I>) => {
  const url = config.baseUrl + path
  const { origin } = new URL(config.baseUrl)
  const decodeData = Envelope.decodeData(data)

  const circumstances = ({ headers, status }: HttpClientResponse.HttpClientResponse) => ({
    endpoint: path,
    baseUrl: config.baseUrl,
    status,
    retryAfter: retryAfter(headers["retry-after"], headers["date"], clock.unsafeCurrentTimeMillis())
  })
  const unexpected = (response: HttpClientResponse.HttpClientResponse, problem: Problem) =>
    new JindouyunError.UnexpectedResponse({
      ...circumstances(response),
      reason: problem.reason,
      detail: problem.detail,
      disposition: isWorthARetry(problem, response.status) ? "retry" : "fatal"
    })

  const failedBody = (
    response: HttpClientResponse.HttpClientResponse,
    error: HttpClientError.HttpClientError,
    secrets: Secrets
  ) => {
    const { detail } = diagnose(error)
    return isEmptyBody(error)
      ? Effect.succeed([])
      : Effect.fail(
        unexpected(
          response,
          isNoSuchEncoding(detail)
            ? withoutEnvelope(response, { origin, malformed: undefined, secrets, body: [] })
            : { reason: "truncated", detail }
        )
      )
  }

  // Reading in parts costs as much as the rest of a call.
  const readAtOnce = (response: HttpClientResponse.HttpClientResponse, secrets: Secrets) =>
    Effect.matchEffect(response.arrayBuffer, {
      onSuccess: (buffer) =>
        buffer.byteLength > config.maxResponseBytes
          ? Effect.fail(unexpected(response, tooLarge))
          : Effect.succeed([new Uint8Array(buffer)]),
      onFailure: (error) => failedBody(response, error, secrets)
    })

  const tooLarge: Problem = { reason: "tooLarge", detail: `more than ${config.maxResponseBytes} bytes` }
  const readInParts = (response: HttpClientResponse.HttpClientResponse, secrets: Secrets) =>
    Effect.flatMap(Pull.from(response.stream), (pull) => {
      const body: Array<Uint8Array> = []
      let size = 0
      const rest: Effect.Effect<ReadonlyArray<Uint8Array>, JindouyunError.UnexpectedResponse> = Effect.matchEffect(
        pull,
        {
          onSuccess: (chunk) => {
            for (const bytes of chunk) {
              body.push(bytes)
              size += bytes.byteLength
            }
            return size > config.maxResponseBytes ? Effect.fail(unexpected(response, tooLarge)) : rest
          },
          onFailure: (end) => Option.isNone(end) ? Effect.succeed(body) : failedBody(response, end.value, secrets)
        }
      )
      return rest
    })

  const readBody = (response: HttpClientResponse.HttpClientResponse, secrets: Secrets) =>
    (isSmall(response.headers, config.maxResponseBytes) ? readAtOnce : readInParts)(response, secrets)

  const decode = (
    response: HttpClientResponse.HttpClientResponse,
    body: ReadonlyArray<Uint8Array>,
    secrets: Secrets
  ): Either.Either<A, JindouyunError.TokenRequestError> => {
    const from = response.request.url
    if (from !== url && new URL(from, origin).origin !== origin) {
      const detail = "the client followed it to another origin"
      return Either.left(unexpected(response, { reason: "redirect", detail }))
    }
    const envelope = Either.flatMap(textOf(body), Envelope.decode)
    if (Either.isLeft(envelope)) {
      const malformed = envelope.left
      return Either.left(unexpected(response, withoutEnvelope(response, { origin, malformed, secrets, body })))
    }
    const { code, data, message } = envelope.right
    const disposition = dispositionOf(code, response.status, config.returnCodes)
    return disposition === "success"
      ? Either.mapLeft(decodeData(data, secrets), (detail) => unexpected(response, { reason: "invalidData", detail }))
      : Either.left(
        JindouyunError.fromReturnCode({
          ...circumstances(response),
          code,
          returnMessage: sanitize(message, secrets),
          disposition
        })
      )
  }

  return { readBody, decode }
}

type Secrets = ReadonlyArray<Redacted.Redacted>

const withoutEnvelope = (
  { headers, status }: HttpClientResponse.HttpClientResponse,
  { body, malformed, origin, secrets }: {
    readonly origin: string
    readonly malformed: Envelope.Malformed | undefined
    readonly secrets: Secrets
    readonly body: ReadonlyArray<Uint8Array>
  }
): Problem =>
  status >= 300 && status < 400
    ? { reason: "redirect", detail: targetOf(headers["location"], origin, secrets) }
    : status < 200 || status >= 300
    ? { reason: "status" }
    : malformed !== undefined
    ? { reason: "notEnvelope", ...malformed }
    : { reason: "notText", ...encodingOf(headers, secrets, body) }

/** Where a redirect leads. Its path may contain a secret. */
const targetOf = (location: string | undefined, origin: string, secrets: Secrets): string | undefined => {
  if (location === undefined || !URL.canParse(location, origin)) {
    return undefined
  }
  const target = new URL(location, origin).origin
  return target === "null"
    ? undefined
    : target === origin
    ? "to another path of the same origin"
    : sanitize(`to ${target}`, secrets)
}

/** The problem of a body that is not UTF-8. If the headers or the first bytes show the cause, a repeated request fails in the same way. */
const encodingOf = (
  headers: HttpClientResponse.HttpClientResponse["headers"],
  secrets: Secrets,
  [first = new Uint8Array()]: ReadonlyArray<Uint8Array>
): Omit<Problem, "reason"> => {
  const { "content-encoding": encoding, "content-type": type = "" } = headers
  return isCompressed(headers)
    ? { detail: sanitize(`content-encoding: ${encoding}`, secrets) }
    : first[0] === 0x1f && first[1] === 0x8b
    ? { detail: "gzip without content-encoding" }
    : !/^(utf-?8)?$/i.test(/charset\s*=\s*["']?([^\s"';]*)/i.exec(type)?.[1] ?? "")
    ? { detail: sanitize(`content-type: ${type}`, secrets) }
    : { damaged: true }
}

// The codes of a decoder whose input has another encoding than the header names. `Z_BUF_ERROR` is the end of a cut input.
const isNoSuchEncoding = (code = ""): boolean => /^(Z_(?!BUF_ERROR)|ERR__ERROR_FORMAT|ERR_BROTLI|ZSTD_)/.test(code)

const isCompressed = (
  { "content-encoding": encoding = "identity" }: HttpClientResponse.HttpClientResponse["headers"]
): boolean => encoding.trim().toLowerCase() !== "identity"

/** Whether the head of a response promises at most so many bytes. The `content-length` of a compressed body is its compressed length. */
const isSmall = (headers: HttpClientResponse.HttpClientResponse["headers"], limit: number): boolean =>
  !isCompressed(headers) && Number(headers["content-length"] ?? Infinity) <= limit

// A damaged response may arrive whole the next time; any other stays as it is, a compressed one too.
const isWorthARetry = ({ damaged = false, reason }: Problem, status: number): boolean =>
  reason === "status"
    ? status === 408 || status === 425 || status === 429 || status >= 500
    : reason === "truncated" || damaged

/** The text of a body; the left side if it is not UTF-8. */
export const textOf = (chunks: ReadonlyArray<Uint8Array>): Either.Either<string, undefined> =>
  Either.try({ try: () => decoder.decode(joined(chunks)), catch: () => undefined })

// One decoder for all: making one costs more than using it, and each text is decoded in one call.
const decoder = new TextDecoder("utf-8", { fatal: true })

export const joined = (chunks: ReadonlyArray<Uint8Array>): Uint8Array => {
  const [first = new Uint8Array()] = chunks
  if (chunks.length <= 1) {
    return first
  }
  const whole = new Uint8Array(chunks.reduce((size, { byteLength }) => size + byteLength, 0))
  let offset = 0
  for (const chunk of chunks) {
    whole.set(chunk, offset)
    offset += chunk.byteLength
  }
  return whole
}
