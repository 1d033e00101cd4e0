/** One program with four layers: the real platform, a fixed token, a fixed failure, and the sandbox in memory. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { Jindouyun, JindouyunError, TokenProvider } from "@jindouyun/core"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

export const greeting: Effect.Effect<string, never, TokenProvider.TokenProvider> = Effect.gen(function*() {
  const provider = yield* TokenProvider.TokenProvider
  const token = yield* provider.accessToken
  return `signed in, generation ${token.generation}`
}).pipe(Effect.catchAll((error) => Effect.succeed(`not signed in: ${error.hint}`)))

/** Production: the environment contains the account. */
export const production = Effect.provide(
  greeting,
  Jindouyun.layerFromEnv().pipe(Layer.provide(FetchHttpClient.layer))
)

/** Test with a fixed token. */
export const fixed = Effect.provide(greeting, TokenProvider.layerStatic(Redacted.make("any-token")))

/** Test with a fixed failure. */
export const failing = Effect.provide(
  greeting,
  TokenProvider.layerFailing(
    new JindouyunError.TransportFailure({
      endpoint: "/api/access_token",
      attempts: 4,
      reason: "refused",
      delivery: "unsent"
    })
  )
)

/** Test with the sandbox, without a socket. */
export const emulated = Effect.provide(
  greeting,
  Jindouyun.layer({ username: "user1", password: Redacted.make("pass1") }).pipe(
    Layer.provide(Sandbox.layerHttpClient())
  )
)
