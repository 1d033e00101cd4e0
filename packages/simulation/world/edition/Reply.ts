import * as Cookies from "@effect/platform/Cookies"
import * as Headers from "@effect/platform/Headers"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import type * as Stream from "effect/Stream"

/** The parts of a response that the library may read; reading another part is a defect. */
export class Reply extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly headers: Headers.Headers
  readonly cookies = Cookies.empty
  readonly remoteAddress = Option.none<string>()
  readonly json = unread
  readonly text = unread
  readonly urlParamsBody = unread
  readonly arrayBuffer = unread
  readonly formData = unread
  readonly request: HttpClientRequest.HttpClientRequest
  readonly status: number
  readonly stream: Stream.Stream<Uint8Array, HttpClientError.ResponseError>

  constructor(
    request: HttpClientRequest.HttpClientRequest,
    status: number,
    headers: Headers.Input,
    stream: Stream.Stream<Uint8Array, HttpClientError.ResponseError>
  ) {
    super()
    this.request = request
    this.status = status
    this.stream = stream
    this.headers = Headers.fromInput(headers)
  }

  toJSON(): unknown {
    return { status: this.status }
  }
}

const unread = Effect.dieMessage("the simulated response is read as a stream only")
