import * as Effect from "effect/Effect"
import * as Cookies from "effect/http/Cookies"
import * as Headers from "effect/http/Headers"
import type * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import { pipeArguments } from "effect/Pipeable"
import type * as Stream from "effect/Stream"

/** The parts of a response that the library may read; reading another part is a defect. */
export class Reply extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: typeof HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: typeof HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly headers: Headers.Headers
  readonly cookies = Cookies.empty
  readonly remoteAddress = Option.none<string>()
  readonly json = unread
  readonly text = unread
  readonly urlParamsBody = unread
  readonly arrayBuffer = unread
  readonly formData = unread
  readonly upgrade = unread
  readonly url = ""
  readonly request: HttpClientRequest.HttpClientRequest
  readonly status: number
  readonly stream: Stream.Stream<Uint8Array, HttpClientError.HttpClientError>

  constructor(
    request: HttpClientRequest.HttpClientRequest,
    status: number,
    headers: Headers.Input,
    stream: Stream.Stream<Uint8Array, HttpClientError.HttpClientError>
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

  pipe() {
    return pipeArguments(this, arguments)
  }
}

const unread = Effect.die(new Error("the simulated response is read as a stream only"))
