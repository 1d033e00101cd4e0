import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import { globalValue } from "effect/GlobalValue"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"

/**
 * A client that records the texts of responses, for `call` and `doctor --probe`. The texts may contain tokens.
 *
 * @internal
 */
export const make = <E>(client: Layer.Layer<HttpClient.HttpClient, E>): {
  readonly layer: Layer.Layer<HttpClient.HttpClient, E>
  /** The last response of a path. */
  readonly answerOf: (path: string) => string | undefined
  /** Runs an effect whose own requests are meant. A token request that it causes runs in another fiber. */
  readonly asked: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** The last response of such a request. */
  readonly askedAnswer: () => string | undefined
} => {
  const answers = new Map<string, Array<Uint8Array>>()
  let own: Array<Uint8Array> | undefined
  return {
    answerOf: (path) => textOf(Array.from(answers).find(([url]) => url.endsWith(path))?.[1]),
    asked: Effect.locally(isAsked, true),
    askedAnswer: () => textOf(own),
    layer: Layer.effect(
      HttpClient.HttpClient,
      Effect.map(
        HttpClient.HttpClient,
        HttpClient.transform((sending, request) =>
          Effect.zipWith(FiberRef.get(isAsked), sending, (isAsked, response) => {
            const chunks: Array<Uint8Array> = []
            answers.set(new URL(request.url).pathname, chunks)
            own = isAsked ? chunks : own
            // Records only what the library reads, so the library's size limit applies.
            const record = (chunk: Uint8Array) => Effect.sync(() => chunks.push(chunk))
            return Object.create(response, {
              arrayBuffer: { get: () => Effect.tap(response.arrayBuffer, (buffer) => record(new Uint8Array(buffer))) },
              stream: { get: () => Stream.tap(response.stream, record) }
            })
          })
        )
      )
    ).pipe(Layer.provide(client))
  }
}

const isAsked = globalValue("@jindouyun/cli/isAsked", () => FiberRef.unsafeMake(false))

const textOf = (chunks: ReadonlyArray<Uint8Array> | undefined): string | undefined =>
  chunks === undefined ? undefined : new TextDecoder().decode(Buffer.concat(chunks))
