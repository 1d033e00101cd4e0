import { Jindouyun, TokenProvider } from "@jindouyun/effect4"
import { Sandbox } from "@jindouyun/effect4-sandbox"
import { Effect, Layer, Redacted } from "effect"
import { TestClock } from "effect/testing"

const layer = Jindouyun.layer({ username: "user1", password: Redacted.make("pass1") }).pipe(
  Layer.provideMerge(Sandbox.layerHttpClient()),
  Layer.provideMerge(TestClock.layer())
)

// { acquire: 1, refresh: 1, report: 0 }
export const requests = Effect.gen(function*() {
  const { accessToken } = yield* TokenProvider.TokenProvider
  yield* accessToken
  yield* TestClock.adjust("24 hours")
  yield* accessToken
  return yield* (yield* Sandbox.Sandbox).requests
}).pipe(Effect.provide(layer))
