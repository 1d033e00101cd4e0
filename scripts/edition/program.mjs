// The program that `npm run edition:runtimes` runs in a project of its own: one text for both editions, because only the names of packages differ.
// Its arguments are the major of Effect, the client and the URL of the platform.
import { Data, Effect, Layer, Redacted, Schema } from "effect"

const [major, client, baseUrl] = process.argv.slice(2)
const isFour = major === "4"
const { Endpoint, Jindouyun, PlatformClient, TokenProvider } = await import(
  isFour ? "@jindouyun/effect4" : "@jindouyun/core"
)
const fetchClient = isFour ? "effect/http/FetchHttpClient" : "@effect/platform/FetchHttpClient"
const layers = {
  fetch: async () => (await import(fetchClient)).layer,
  node: async () => {
    const { layer, layerNodeHttp } = await import("@effect/platform-node/NodeHttpClient")
    return isFour ? layerNodeHttp : layer
  },
  undici: async () => (await import("@effect/platform-node/NodeHttpClient")).layerUndici
}
const httpClient = await layers[client]()

class Refused extends Data.TaggedError("Refused") {}

const echo = Endpoint.make({
  path: "/api/report/echo",
  method: "GET",
  parameters: Schema.Struct({ day: Schema.String }),
  data: Schema.Struct({ method: Schema.String, parameters: Schema.Struct({ day: Schema.String }) }),
  errors: { 41002: Refused }
})

const account = (password) =>
  Jindouyun.layer({ baseUrl, username: "user1", password: Redacted.make(password) }).pipe(Layer.provide(httpClient))

const life = Effect.gen(function*() {
  const provider = yield* TokenProvider.TokenProvider
  const platform = yield* PlatformClient.PlatformClient
  const tokens = yield* Effect.all(Array.from({ length: 1000 }, () => provider.accessToken), {
    concurrency: "unbounded"
  })
  const refreshed = yield* provider.refresh
  const { method, parameters } = yield* platform.call(echo)({ day: "2026-12-01" })
  return [new Set(tokens.map(({ generation }) => generation)).size, refreshed.generation, method, parameters.day]
}).pipe(Effect.provide(account("pass1")))

const refused = Effect.flatMap(TokenProvider.TokenProvider, ({ accessToken }) => accessToken).pipe(
  Effect.as("a token"),
  Effect.catchTags({ AuthenticationFailed: ({ code }) => Effect.succeed(code) }),
  Effect.provide(account("wrong"))
)

const unreachable = Effect.flatMap(TokenProvider.TokenProvider, ({ accessToken }) => accessToken).pipe(
  Effect.as("a token"),
  Effect.catchTags({ TransportFailure: ({ delivery }) => Effect.succeed(delivery) }),
  Effect.provide(
    Jindouyun.layer({
      baseUrl: "http://127.0.0.1:2",
      username: "user1",
      password: Redacted.make("pass1"),
      maxAttempts: 2
    })
      .pipe(Layer.provide(httpClient))
  )
)

const parts = await Effect.runPromise(Effect.all([life, refused, unreachable]))
// The refusal is logged, so the result has a line of its own.
console.log(`\nresult: ${parts.flat().join(", ")}`)
