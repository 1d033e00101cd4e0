import * as Cookies from "@effect/platform/Cookies"
import * as Headers from "@effect/platform/Headers"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as httpError from "./httpError.js"

/**
 * An answer whose body is a stream of this process. A response that wraps a web `Response` reads through promises,
 * which a test clock does not control.
 *
 * @internal
 */
export class MemoryResponse extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly request: HttpClientRequest.HttpClientRequest
  readonly status: number
  readonly headers: Headers.Headers
  readonly cookies: Cookies.Cookies = Cookies.empty
  readonly remoteAddress: Option.Option<string> = Option.none()
  readonly stream: Stream.Stream<Uint8Array, HttpClientError.ResponseError>
  private readonly bytes: Effect.Effect<Uint8Array, HttpClientError.ResponseError>

  constructor(
    request: HttpClientRequest.HttpClientRequest,
    head: {
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      readonly body: Uint8Array
    },
    stream?: (self: MemoryResponse) => Stream.Stream<Uint8Array, HttpClientError.ResponseError>
  ) {
    super()
    this.request = request
    this.status = head.status
    this.headers = Headers.fromInput({ ...head.headers, "content-length": String(head.body.byteLength) })
    this.stream = stream === undefined ? chunks(head.body) : stream(this)
    this.bytes = stream === undefined ? Effect.succeed(head.body) : Effect.map(Stream.runCollect(this.stream), concat)
  }

  get arrayBuffer(): Effect.Effect<ArrayBuffer, HttpClientError.ResponseError> {
    return Effect.map(this.bytes, (bytes) => new Uint8Array(bytes).buffer)
  }

  get text(): Effect.Effect<string, HttpClientError.ResponseError> {
    return Effect.map(this.bytes, (bytes) => new TextDecoder().decode(bytes))
  }

  get json(): Effect.Effect<unknown, HttpClientError.ResponseError> {
    return this.parse((text) => (text === "" ? null : JSON.parse(text) as unknown))
  }

  get urlParamsBody(): Effect.Effect<UrlParams.UrlParams, HttpClientError.ResponseError> {
    return this.parse((text) => UrlParams.fromInput(new URLSearchParams(text)))
  }

  get formData(): Effect.Effect<FormData, HttpClientError.ResponseError> {
    return Effect.fail(this.decodeError(undefined))
  }

  toJSON(): unknown {
    return HttpIncomingMessage.inspect(this, {
      _id: "@effect/platform/HttpClientResponse",
      request: this.request.toJSON(),
      status: this.status
    })
  }

  private parse<A>(parse: (text: string) => A): Effect.Effect<A, HttpClientError.ResponseError> {
    return Effect.tryMap(this.text, { try: parse, catch: (cause) => this.decodeError(cause) })
  }

  private decodeError(cause: unknown): HttpClientError.ResponseError {
    return httpError.decode(this, cause)
  }
}

const chunkSize = 65_536

/**
 * A body in pieces, as a socket delivers it.
 *
 * @internal
 */
export const chunks = (body: Uint8Array): Stream.Stream<Uint8Array> =>
  body.byteLength === 0
    ? Stream.empty
    : body.byteLength <= chunkSize
    ? Stream.succeed(body)
    : Stream.unfold(0, (from) =>
      from < body.byteLength
        ? Option.some([body.subarray(from, from + chunkSize), from + chunkSize] as const)
        : Option.none())

/** @internal */
export const concat = (parts: Iterable<Uint8Array>): Uint8Array => {
  const all = [...parts]
  const bytes = new Uint8Array(all.reduce((size, part) => size + part.byteLength, 0))
  let at = 0
  for (const part of all) {
    bytes.set(part, at)
    at += part.byteLength
  }
  return bytes
}
