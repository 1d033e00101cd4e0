/**
 * The library over fetch, which both editions have on every Node, and over a platform in memory.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Jindouyun from "@jindouyun/core/Jindouyun"
import * as TokenProvider from "@jindouyun/core/TokenProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"

export const account = { username: "user1", password: Redacted.make("pass1") }

export const jindouyun = (url: string, options: Partial<Jindouyun.Options> = {}) =>
  Jindouyun.layer({ ...account, baseUrl: url, ...options }).pipe(Layer.provideMerge(FetchHttpClient.layer))

/** A runtime of its own for a provider of its own. */
export const open = (url: string, options: Partial<Jindouyun.Options> = {}) =>
  ManagedRuntime.make(jindouyun(url, options))

/** A platform without a network, for cases that do not measure requests. */
export const inMemory: Layer.Layer<HttpClient.HttpClient> = Layer.sync(HttpClient.HttpClient, () => {
  let serial = 0
  return HttpClient.make((request) =>
    Effect.sync(() => {
      serial += 1
      const data = { accessToken: `access-${serial}`, refreshToken: `refresh-${serial}` }
      return HttpClientResponse.fromWeb(request, Response.json({ code: 20000, message: "", data }))
    })
  )
})

export const provider: Effect.Effect<TokenProvider.Service, never, TokenProvider.TokenProvider> =
  TokenProvider.TokenProvider

/** Runs an effect `count` times, within one fiber. */
export const repeated = <A, E>(effect: Effect.Effect<A, E>, count: number): () => Promise<void> => {
  const loop = Effect.gen(function*() {
    for (let i = 0; i < count; i++) {
      yield* effect
    }
  })
  return () => Effect.runPromise(loop)
}
