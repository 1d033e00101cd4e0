import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { Jindouyun, TokenProvider } from "@jindouyun/core"
import { Effect, Layer } from "effect"

export const program = Effect.gen(function*() {
  const provider = yield* TokenProvider.TokenProvider
  const token = yield* provider.accessToken // acquired, cached, renewed; concurrent callers share a request
  yield* Effect.log(`signed in, generation ${token.generation}`)
}).pipe(Effect.catchTags({
  AuthenticationFailed: (error) => Effect.logError(error.hint.en), // the credentials are not sent again
  UnrecognizedReturnCode: (error) => Effect.logError(`return code ${error.code}: ${error.returnMessage}`),
  TransportFailure: (error) => Effect.logError(`no answer: ${error.reason}, the request is ${error.delivery}`)
}))

// Reads JINDOUYUN_USERNAME and JINDOUYUN_PASSWORD.
export const main = Effect.provide(program, Layer.provide(Jindouyun.layerFromEnv(), FetchHttpClient.layer))
