/** A process that makes each kind of request to each base URL it is given, over fetch, and prints how each one ends. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Endpoint from "../../src/Endpoint.js"
import * as JindouyunConfig from "../../src/JindouyunConfig.js"
import type { TokenError } from "../../src/JindouyunError.js"
import * as PlatformClient from "../../src/PlatformClient.js"
import * as TokenApi from "../../src/TokenApi.js"
import * as TokenProvider from "../../src/TokenProvider.js"

const account = { username: "user1", password: Redacted.make("pass1") }
const report = Endpoint.make({ path: "/api/report/echo", data: Schema.Unknown })

const requests = Effect.gen(function*() {
  const api = yield* TokenApi.TokenApi
  const client = yield* PlatformClient.PlatformClient
  const read = <R>(httpClient: HttpClient.HttpClient.With<HttpClientError.HttpClientError | TokenError, R>) =>
    Effect.flatMap(httpClient.get("/api/report/echo"), ({ text }) => text).pipe(Effect.timeout("3 seconds"))
  return {
    acquire: api.acquire(account),
    call: client.call(report)(undefined),
    httpClient: read(client.httpClient),
    withScope: Effect.scoped(read(HttpClient.withScope(client.httpClient)))
  }
})

// Such a client sends the same request again: what ends one attempt must not reach the attempts before.
const retried = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(HttpClient.HttpClient, HttpClient.retry({ times: 2 }))
).pipe(Layer.provide(FetchHttpClient.layer))

const clients = { fetch: FetchHttpClient.layer, retried }

const program = (baseUrl: string) =>
  Effect.forEach(Object.entries(clients), ([name, layer]) =>
    Effect.gen(function*() {
      for (const [kind, request] of Object.entries(yield* requests)) {
        const end = yield* Effect.match(request, { onFailure: (error) => error._tag, onSuccess: () => "answered" })
        console.log(`${new URL(baseUrl).pathname} ${name} ${kind} ${end}`)
      }
    }).pipe(
      Effect.provide(
        Layer.merge(TokenApi.layer, PlatformClient.layer).pipe(
          Layer.provide(TokenProvider.layerStatic(Redacted.make("access"))),
          Layer.provide(layer),
          Layer.provide(JindouyunConfig.layer({ baseUrl, requestTimeout: "3 seconds", maxResponseBytes: 4000 }))
        )
      )
    ))

await Effect.runPromise(Effect.forEach(process.argv.slice(2), program, { concurrency: "unbounded" }))
console.log("done")
// The test ends the process, once it has seen which responses are still under way.
setTimeout(() => {}, 60_000)
