import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"

/**
 * A client that remembers the text of the last answer from each path: of what the library reads for itself a person may
 * want to see it all. The texts may hold tokens.
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
            // It listens in on what is read, so that it takes no more than the library's own limit.
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
