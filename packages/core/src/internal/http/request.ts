import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type * as HttpMethod from "@effect/platform/HttpMethod"
import type * as UrlParams from "@effect/platform/UrlParams"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import type * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import * as JindouyunConfig from "../../JindouyunConfig.js"
import * as JindouyunError from "../../JindouyunError.js"
import { contained } from "../guard.js"
import { sanitize } from "../redact.js"
import * as Envelope from "./envelope.js"
import { retryAfter } from "./retryAfter.js"
import * as Timeout from "./timeout.js"
import { diagnose } from "./transportError.js"
import { traceOf, updateRefs } from "./untraced.js"

/**
 * What a request carries besides its path.
 *
 * @internal
 */
export interface Content {
  /** Of other names than those that all requests have: the settings see to that. */
  readonly headers?: Readonly<Record<string, string>>
  readonly query?: UrlParams.Input
  /** JSON; none where it is `undefined`. */
  readonly body?: string | undefined
}

/**
 * What all requests to one endpoint have in common.
 *
 * @internal
 */
export interface Route<A, I> {
  readonly method: HttpMethod.HttpMethod
  readonly path: string
  readonly data: Schema.Schema<A, I>
}

/**
 * One request to the platform. Its content is made at the last moment, from the secrets it holds.
 *
 * @internal
 */
export interface Request {
  readonly content: () => Content
  readonly secrets: ReadonlyArray<Redacted.Redacted>
  /** The span of the operation. A client learns its trace and cannot write to it. */
  readonly span: Tracer.Span
}

/**
 * What came back, and when what it answers was sent.
 *
 * @internal
 */
export interface Answer<A> {
  readonly data: A
  readonly sentAt: number
  readonly status: number
}

/** @internal */
export interface Send {
  <A, I>(route: Route<A, I>): (request: Request) => Effect.Effect<Answer<A>, JindouyunError.TokenRequestError>
}

/**
 * The one place that writes a request and reads an answer. Nothing of the request leaves it, in no error and no span:
 * the platform's own tracing of clients is off here, because it would record headers and send some along.
 *
 * @internal
 */
export const make: Effect.Effect<
  Send,
  never,
  HttpClient.HttpClient | JindouyunConfig.JindouyunConfig
> = Effect.gen(function*() {
  const clock = yield* Effect.clock
  const config = yield* JindouyunConfig.JindouyunConfig
  // Not withScope: its abort also reaches a request that has already failed, which ends a Node process if fetch rejected
  // the response while the body was still arriving. The client aborts a request that is interrupted before its body.
  const client = yield* HttpClient.HttpClient
  const theirs = yield* Effect.serviceOption(FetchHttpClient.RequestInit)
  const requestInit = Context.make(FetchHttpClient.RequestInit, {
    ...Option.getOrElse(theirs, () => ({})),
    redirect: "manual"
  })
  const withinTime = yield* Timeout.make(config.requestTimeout)
  const origin = new URL(config.baseUrl).origin

  return <A, I>({ data, method, path }: Route<A, I>) => {
    const url = config.baseUrl + path
    const blank = HttpClientRequest.make(method)(url, {
      headers: { APIVersion: apiVersion, "accept-encoding": "identity" }
    })
    const decodeData = Envelope.decodeData(data)

    const retryAfterOf = ({ headers }: HttpClientResponse.HttpClientResponse) =>
      retryAfter(headers["retry-after"], headers["date"], clock.unsafeCurrentTimeMillis())
    const unexpected: Unexpected = (response, reason, detail, damaged = false) =>
      new JindouyunError.UnexpectedResponse({
        endpoint: path,
        reason,
        status: response.status,
        detail,
        disposition: isWorthARetry(reason, response.status, damaged) ? "retry" : "fatal",
        retryAfter: retryAfterOf(response)
      })
    const noAnswer = (reason: JindouyunError.TransportReason, detail: string) =>
      new JindouyunError.TransportFailure({ endpoint: path, reason, detail })

    const send = (content: () => Content) =>
      Effect.catchAll(
        Effect.suspend(() => client.execute(write(blank, content()))),
        (error) => {
          // A client that fails on every status but 2xx would hide the envelope of a failure.
          if (error._tag === "ResponseError" && error.reason === "StatusCode") {
            return Effect.succeed(error.response)
          }
          return Effect.fail(JindouyunError.fromTransportError(path, error))
        }
      )

    const receive = (response: HttpClientResponse.HttpClientResponse) =>
      Effect.flatMap(Stream.toPull(response.stream), (pull) => {
        const body: Array<Uint8Array> = []
        let size = 0
        const next: Effect.Effect<ReadonlyArray<Uint8Array>, JindouyunError.TokenRequestError> = Effect.matchEffect(
          pull,
          {
            onSuccess: (chunk) => {
              for (const bytes of chunk) {
                body.push(bytes)
                size += bytes.byteLength
              }
              return size > config.maxResponseBytes
                ? Effect.fail(unexpected(response, "tooLarge", `more than ${config.maxResponseBytes} bytes`))
                : next
            },
            onFailure: Option.match({
              onNone: () => Effect.succeed(body),
              onSome: (error) =>
                error.reason === "EmptyBody"
                  ? Effect.succeed(body)
                  : Effect.fail(unexpected(response, "truncated", diagnose(error).detail))
            })
          }
        )
        return next
      })

    const read = (
      response: HttpClientResponse.HttpClientResponse,
      body: ReadonlyArray<Uint8Array>,
      secrets: ReadonlyArray<Redacted.Redacted>
    ): Either.Either<A, JindouyunError.TokenRequestError> => {
      const answered = response.request.url
      if (answered !== url && new URL(answered, origin).origin !== origin) {
        return Either.left(unexpected(response, "redirect", "the client followed it to another origin"))
      }
      const envelope = Either.flatMap(decodeText(body), Envelope.decode)
      if (Either.isLeft(envelope)) {
        return Either.left(withoutEnvelope(response, envelope.left, unexpected))
      }
      const { code, data, message } = envelope.right
      const disposition = Envelope.dispositionOf(code, response.status, config.returnCodes)
      if (disposition !== "success") {
        return Either.left(
          JindouyunError.fromReturnCode({
            endpoint: path,
            code,
            returnMessage: sanitize(message, secrets),
            status: response.status,
            disposition,
            retryAfter: retryAfterOf(response)
          })
        )
      }
      return Either.mapLeft(decodeData(data), (where) => unexpected(response, "invalidData", where))
    }

    return ({ content, secrets, span }) =>
      Effect.flatMap(Scope.make(), (scope) =>
        Effect.suspend(() => {
          const sentAt = clock.unsafeCurrentTimeMillis()
          return send(content).pipe(
            Effect.flatMap((response) => Effect.map(receive(response), (body) => [response, body] as const)),
            // The scope holds the body alone: closing the scope aborts a body that failed or was interrupted.
            Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause))),
            Effect.flatMap(([response, body]) =>
              Effect.map(read(response, body, secrets), (data) => ({ data, sentAt, status: response.status }))
            )
          )
        }).pipe(
          contained(() => noAnswer("other", "the HTTP client died")),
          withinTime({
            context: requestInit.pipe(
              Context.add(Scope.Scope, scope),
              Context.add(Tracer.ParentSpan, traceOf(span))
            ),
            updateRefs: quiet,
            onTimeout: () => noAnswer("timeout", "no answer within the request timeout")
          })
        ))
  }
})

// Both from the platform's document.
const apiVersion = "3"
const contentType = "application/json;charset=UTF-8"

/** What a fiber that runs a client shows of it: no span, no header of a trace, and no failure in the log. */
const quiet = (refs: FiberRefs.FiberRefs, fiberId: FiberId.Runtime): FiberRefs.FiberRefs =>
  FiberRefs.updateAs(updateRefs(refs, fiberId), {
    fiberId,
    fiberRef: FiberRef.unhandledErrorLogLevel,
    value: Option.none()
  })

const write = (
  blank: HttpClientRequest.HttpClientRequest,
  { body, headers, query }: Content
): HttpClientRequest.HttpClientRequest =>
  HttpClientRequest.modify(blank, {
    headers,
    urlParams: query,
    body: body === undefined ? undefined : HttpBody.text(body, contentType)
  })

type Unexpected = (
  response: HttpClientResponse.HttpClientResponse,
  reason: JindouyunError.ResponseReason,
  detail?: string | undefined,
  damaged?: boolean
) => JindouyunError.UnexpectedResponse

// A damaged answer may arrive whole the next time; a wrong one will be wrong again.
const isWorthARetry = (reason: JindouyunError.ResponseReason, status: number, damaged: boolean): boolean => {
  switch (reason) {
    case "status":
      return status === 408 || status === 425 || status === 429 || status >= 500
    case "notText":
    case "truncated":
      return true
    case "notEnvelope":
      return damaged
    case "invalidData":
    case "tooLarge":
    case "redirect":
      return false
  }
}

const withoutEnvelope = (
  response: HttpClientResponse.HttpClientResponse,
  problem: Envelope.Malformed | undefined,
  unexpected: Unexpected
): JindouyunError.UnexpectedResponse => {
  if (response.status >= 300 && response.status < 400) {
    return unexpected(response, "redirect")
  }
  if (response.status < 200 || response.status >= 400) {
    return unexpected(response, "status")
  }
  return problem === undefined
    ? unexpected(response, "notText")
    : unexpected(response, "notEnvelope", problem.detail, problem.damaged)
}

const decodeText = (chunks: ReadonlyArray<Uint8Array>): Either.Either<string, undefined> =>
  Either.try({ try: () => decoder.decode(joined(chunks)), catch: () => undefined })

// One for all: each text is decoded at once, and to make a decoder costs more than to use it.
const decoder = new TextDecoder("utf-8", { fatal: true })

const joined = (chunks: ReadonlyArray<Uint8Array>): Uint8Array => {
  const [first = new Uint8Array()] = chunks
  if (chunks.length <= 1) {
    return first
  }
  const whole = new Uint8Array(chunks.reduce((size, { byteLength }) => size + byteLength, 0))
  chunks.reduce((offset, chunk) => {
    whole.set(chunk, offset)
    return offset + chunk.byteLength
  }, 0)
  return whole
}
