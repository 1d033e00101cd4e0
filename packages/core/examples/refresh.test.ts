import { assert, it } from "@effect/vitest"
import { Jindouyun, TokenProvider } from "@jindouyun/core"
import { Sandbox } from "@jindouyun/sandbox"
import { Effect, Layer, Redacted, TestClock } from "effect"

const layer = Jindouyun.layer({ username: "user1", password: Redacted.make("pass1") }).pipe(
  Layer.provideMerge(Sandbox.layerHttpClient()) // in place of FetchHttpClient.layer
)

it.effect("refreshes the token once after 24 hours", () =>
  Effect.gen(function*() {
    const { accessToken } = yield* TokenProvider.TokenProvider
    yield* accessToken
    yield* TestClock.adjust("24 hours")
    yield* accessToken
    const { requests } = yield* Sandbox.Sandbox
    assert.deepStrictEqual(yield* requests, { acquire: 1, refresh: 1, report: 0 })
  }).pipe(Effect.provide(layer)))
