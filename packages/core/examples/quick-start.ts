import { FetchHttpClient } from "@effect/platform"
import { Jindouyun, TokenProvider } from "@jindouyun/core"
import { Console, DateTime, Effect, Layer } from "effect"

const program = Effect.gen(function*() {
  const { accessToken } = yield* TokenProvider.TokenProvider
  const token = yield* accessToken // acquired by the first read, cached for later reads
  yield* Console.log(`a token, valid until ${DateTime.formatIso(token.expiresAt)}`)
})

const layer = Jindouyun.layerFromEnv().pipe(Layer.provide(FetchHttpClient.layer))
await Effect.runPromise(Effect.provide(program, layer))
// a token, valid until 2026-12-01T08:00:00.000Z
