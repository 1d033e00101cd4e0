import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { isEmptyBody } from "../edition/httpError.js"
import * as Pull from "../edition/pull.js"
import * as Envelope from "./envelope.js"
import { joined, textOf } from "./request.js"
import { diagnose } from "./transportError.js"

/** A response after its envelope was looked for. */
export interface Inspected {
  /** None if the response is not JSON, is longer or slower than the limits, or breaks off. */
  readonly envelope: Option.Option<Envelope.Envelope>
  /** The response whose body the consumer reads, whole and from its beginning. */
  readonly body: () => HttpClientResponse.HttpClientResponse
  /** Releases the connection of a body that the consumer does not read. */
  readonly discard: Effect.Effect<void>
}

/** How many bytes are read, and for how many milliseconds. */
export interface Limits {
  readonly maxResponseBytes: number
  readonly requestTimeout: number
}

/**
 * Reads a response up to the limits if it is JSON. Any other response is not read, and a longer or slower one is read on as a
 * stream by its consumer.
 */
export const inspect = (response: HttpClientResponse.HttpClientResponse, limits: Limits): Effect.Effect<Inspected> =>
  isToRead(response, limits)
    ? Effect.flatMap(
      Scope.make(),
      (scope) => Effect.onError(readUpTo(response, limits, scope), (cause) => Scope.close(scope, Exit.failCause(cause)))
    )
    : Effect.succeed(unread(response))

const unread = (response: HttpClientResponse.HttpClientResponse): Inspected => ({
  envelope: Option.none(),
  body: () => response,
  discard: Effect.void
})

/** The body of a bare 401 is read too: it reaches no consumer. */
const isToRead = (
  { headers, status }: HttpClientResponse.HttpClientResponse,
  { maxResponseBytes }: Limits
): boolean =>
  status === 401
  || (/[/+]json\s*(;|$)/i.test(headers["content-type"] ?? "") &&
    !(Number(headers["content-length"]) > maxResponseBytes))

const readUpTo = (
  response: HttpClientResponse.HttpClientResponse,
  { maxResponseBytes, requestTimeout }: Limits,
  scope: Scope.CloseableScope
): Effect.Effect<Inspected> =>
  Effect.gen(function*() {
    const close = Scope.close(scope, Exit.void)
    const pull = yield* Scope.extend(Pull.from(response.stream), scope)
    const chunks: Array<Uint8Array> = []
    let size = 0
    let isLate = false
    const read = Effect.gen(function*() {
      while (size <= maxResponseBytes && !isLate) {
        const next = yield* Effect.either(pull)
        if (Either.isLeft(next)) {
          return next.left
        }
        for (const bytes of next.right) {
          chunks.push(bytes)
          size += bytes.byteLength
        }
      }
      return undefined
    })
    // An interrupted read would lose its bytes: the last read goes on when the time is over.
    const reading = yield* Effect.forkIn(read, scope)
    const end = yield* Effect.timeoutOption(Fiber.join(reading), requestTimeout)
    const readOn = (end: Option.Option<HttpClientError.HttpClientError> | undefined) =>
      end === undefined
        ? Pull.rest(pull)
        : Option.match(end, { onNone: () => Stream.empty, onSome: Stream.fail })
    if (Option.isNone(end)) {
      isLate = true
      const arrived = chunks.length
      const rest = Stream.unwrap(
        Effect.map(Fiber.join(reading), (end) => Stream.concat(Stream.fromIterable(chunks.slice(arrived)), readOn(end)))
      )
      return streamed(response, chunks.slice(), closing(rest, scope), close)
    }
    if (end.value === undefined) {
      return streamed(response, chunks, closing(readOn(undefined), scope), close)
    }
    yield* close
    return Option.isNone(end.value)
      ? whole(response, chunks)
      : isEmptyBody(end.value.value)
      ? unread(response)
      : streamed(response, chunks, closing(readOn(end.value), scope), close)
  })

// The errors of the client contain the request with its token: only their diagnosis enters the new stream.
const closing = (rest: Stream.Stream<Uint8Array, HttpClientError.HttpClientError>, scope: Scope.CloseableScope) =>
  rest.pipe(
    Stream.mapError(diagnose),
    Stream.ensuringWith((exit) => Scope.close(scope, exit))
  )

const whole = (
  response: HttpClientResponse.HttpClientResponse,
  chunks: ReadonlyArray<Uint8Array>
): Inspected => ({
  envelope: Option.flatMap(Either.getRight(textOf(chunks)), (text) => Either.getRight(Envelope.decode(text))),
  // Each way to read the body gets a copy, so that one way does not use the body up for another.
  body: () => readable(response, new Uint8Array(joined(chunks))),
  discard: Effect.void
})

const streamed = <E>(
  response: HttpClientResponse.HttpClientResponse,
  chunks: ReadonlyArray<Uint8Array>,
  rest: Stream.Stream<Uint8Array, E>,
  discard: Effect.Effect<void>
): Inspected => {
  let body: HttpClientResponse.HttpClientResponse | undefined
  return {
    envelope: Option.none(),
    body: () => body ??= readable(response, Stream.toReadableStream(Stream.concat(Stream.fromIterable(chunks), rest))),
    discard
  }
}

const readable = (
  { headers, request }: HttpClientResponse.HttpClientResponse,
  body: BodyInit
): HttpClientResponse.HttpClientResponse => {
  const type = headers["content-type"]
  return HttpClientResponse.fromWeb(
    request,
    new Response(body, type === undefined ? {} : { headers: { "content-type": type } })
  )
}
