import { Jindouyun, TokenProvider } from "@jindouyun/core"
import { Fault, Sandbox } from "@jindouyun/sandbox"
import { Effect, Layer, Redacted } from "effect"

const account = Jindouyun.layer({ username: "user1", password: Redacted.make("pass1") })

// The first acquisition gets the error page of a gateway; the library sends a second one.
export const test = Effect.gen(function*() {
  const sandbox = yield* Sandbox.Sandbox
  yield* sandbox.inject("acquire", Fault.html502)
  const provider = yield* TokenProvider.TokenProvider
  const token = yield* provider.accessToken
  return { accepted: yield* sandbox.accepts(token.value), requests: yield* sandbox.requests }
}).pipe(Effect.provide(Layer.provideMerge(account, Sandbox.layerHttpClient())))
