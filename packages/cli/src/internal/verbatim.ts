import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/**
 * The text that a call passes to the library in place of its body. Only the body of this call is a JSON string.
 *
 * @internal
 */
export const marker = "the body is sent as it was written"

/**
 * A client that sends a text in place of the marker. The library writes JSON with `JSON.stringify`, which cannot write
 * a number as it was written.
 *
 * @internal
 */
export const layer = <E>(
  text: string,
  client: Layer.Layer<HttpClient.HttpClient, E>
): Layer.Layer<HttpClient.HttpClient, E> =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.map(
      HttpClient.HttpClient,
      HttpClient.mapRequest((request) =>
        isMarker(request.body)
          ? HttpClientRequest.setBody(request, HttpBody.text(text, request.body.contentType))
          : request
      )
    )
  ).pipe(Layer.provide(client))

const written = JSON.stringify(marker)

// The length first: a body that is read counts as sent.
const isMarker = (body: HttpBody.HttpBody): body is HttpBody.Uint8Array =>
  body._tag === "Uint8Array" && body.contentLength === written.length && new TextDecoder().decode(body.body) === written
