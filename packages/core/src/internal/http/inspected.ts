import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Envelope from "./envelope.js"
import { joined, textOf } from "./request.js"
import { diagnose } from "./transportError.js"

/** A response after its envelope was looked for. */
export interface Inspected {
  /** None if the response is not JSON, has more bytes than the limit, or breaks off. */
  readonly envelope: Option.Option<Envelope.Envelope>
  /** The response whose body the consumer reads, whole and from its beginning. */
  readonly body: () => HttpClientResponse.HttpClientResponse
  /** Releases the connection of a body that the consumer does not read. */
  readonly discard: Effect.Effect<void>
}

/**
 * Reads a response up to the limit if it is JSON. Any other response is not read, and a longer one is read on as a stream
 * by its consumer.
 */
export const inspect = (response: HttpClientResponse.HttpClientResponse, limit: number): Effect.Effect<Inspected> =>
  isToRead(response, limit)
    ? Effect.flatMap(
      Scope.make(),
      (scope) => Effect.onError(readUpTo(response, limit, scope), (cause) => Scope.close(scope, Exit.failCause(cause)))
    )
    : Effect.succeed({ envelope: Option.none(), body: () => response, discard: Effect.void })

/** The body of a bare 401 is read too: it reaches no consumer. */
const isToRead = ({ headers, status }: HttpClientResponse.HttpClientResponse, limit: number): boolean =>
  status === 401
  || (/[/+]json\s*(;|$)/i.test(headers["content-type"] ?? "") && !(Number(headers["content-length"]) > limit))

const readUpTo = (
  response: HttpClientResponse.HttpClientResponse,
  limit: number,
  scope: Scope.CloseableScope
): Effect.Effect<Inspected> =>
  Effect.gen(function*() {
    const close = Scope.close(scope, Exit.void)
    const pull = yield* Scope.extend(Stream.toPull(response.stream), scope)
    const chunks: Array<Uint8Array> = []
    let size = 0
    while (size <= limit) {
      const next = yield* Effect.either(pull)
      if (Either.isLeft(next)) {
        yield* close
        return Option.match(next.left, {
          onNone: () => whole(response, chunks),
          onSome: (error) =>
            error.reason === "EmptyBody"
              ? { envelope: Option.none(), body: () => response, discard: Effect.void }
              : streamed(response, chunks, Stream.fail(diagnose(error)), Effect.void)
        })
      }
      for (const bytes of next.right) {
        chunks.push(bytes)
        size += bytes.byteLength
      }
    }
    const rest = Stream.fromPull(Effect.succeed(pull)).pipe(
      Stream.mapError(diagnose),
      Stream.ensuringWith((exit) => Scope.close(scope, exit))
    )
    return streamed(response, chunks, rest, close)
  })

const whole = (
  response: HttpClientResponse.HttpClientResponse,
  chunks: ReadonlyArray<Uint8Array>
): Inspected => ({
  envelope: Option.flatMap(Either.getRight(textOf(chunks)), (text) => Either.getRight(Envelope.decode(text))),
  // Each way to read the body gets a copy, so that one way does not use the body up for another.
  body: () => readable(response, new Uint8Array(joined(chunks))),
  discard: Effect.void
})

// The errors of the client contain the request with its token: only their diagnosis enters the new stream.
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
