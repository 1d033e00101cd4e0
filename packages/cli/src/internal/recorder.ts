import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"

/**
 * A client that records the text of the last response for each path, for `call --raw` and `doctor --probe`. The texts may
 * contain tokens.
 *
 * @internal
 */
export const make = (): {
  readonly layer: Layer.Layer<HttpClient.HttpClient>
  readonly answerOf: (path: string) => string | undefined
} => {
  const answers = new Map<string, Array<Uint8Array>>()
  return {
    answerOf: (path) => {
      const answer = Array.from(answers).find(([url]) => url.endsWith(path))?.[1]
      return answer === undefined ? undefined : Buffer.concat(answer).toString("utf8")
    },
    layer: Layer.effect(
      HttpClient.HttpClient,
      Effect.map(
        HttpClient.HttpClient,
        HttpClient.transform((sending, request) =>
          Effect.map(sending, (response) => {
            const chunks: Array<Uint8Array> = []
            answers.set(new URL(request.url).pathname, chunks)
            // Records only the chunks that the library reads, so the library's size limit applies.
            return Object.create(response, {
              stream: {
                get: () => Stream.tap(response.stream, (chunk) => Effect.sync(() => chunks.push(chunk)))
              }
            })
          })
        )
      )
    ).pipe(Layer.provide(FetchHttpClient.layer))
  }
}
