import { assert, describe, it } from "@effect/vitest"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import type * as Jindouyun from "../src/Jindouyun.js"
import * as TokenProvider from "../src/TokenProvider.js"
import { platform } from "./platform.js"

const services = Effect.all({ provider: TokenProvider.TokenProvider, sandbox: Sandbox.Sandbox })

const keptFresh = (settings: Partial<Jindouyun.Options> = {}, sandbox: Sandbox.Options = {}) =>
  Layer.provideMerge(TokenProvider.layerKeepFresh, platform(settings, sandbox))

describe("a provider that is kept fresh", () => {
  it.effect("has a token without any read, at one request a lifetime less the early window", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* TestClock.adjust("72 hours")
      assert.strictEqual((yield* provider.status).phase, "fresh")
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 3, report: 0 })
      yield* provider.accessToken
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 3, report: 0 })
    }).pipe(Effect.provide(keptFresh())))

  it.effect("waits for the expiry where the platform refuses an early refresh", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* TestClock.adjust("25 hours")
      assert.strictEqual((yield* provider.status).generation, 2)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 2, report: 0 })
    }).pipe(Effect.provide(keptFresh({ expiryMargin: 0 }, { earlyRefresh: "refused" }))))

  it.effect("tries again at the end of each cooldown, and no sooner", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* TestClock.adjust("1 hour")
      yield* sandbox.inject("refresh", ...Arr.replicate(Fault.resetBeforeActing, 20))
      yield* sandbox.inject("acquire", ...Arr.replicate(Fault.returnCode(50000), 20))
      yield* provider.invalidate(yield* provider.accessToken)
      yield* TestClock.adjust("2000 seconds")
      assert.strictEqual((yield* provider.status).phase, "fresh")
      const { acquire, refresh } = yield* sandbox.requests
      assert.isAtMost(acquire + refresh, 42)
    }).pipe(Effect.provide(keptFresh())))

  it.effect("renews a token that was rejected at once", () =>
    Effect.gen(function*() {
      const { provider } = yield* services
      yield* TestClock.adjust("1 hour")
      yield* provider.invalidate(yield* provider.accessToken)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* provider.status).generation, 2)
    }).pipe(Effect.provide(keptFresh())))

  it.effect("does not send a refused password again, however long it goes on", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      yield* TestClock.adjust("48 hours")
      assert.strictEqual((yield* provider.status).phase, "credentialsRefused")
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
    }).pipe(Effect.provide(keptFresh({ password: Redacted.make("wrong") }))))

  it.effect("is left alone once its scope is closed", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(keptFresh(), scope)
      const { sandbox } = yield* Effect.provide(services, context)
      yield* TestClock.adjust("1 hour")
      yield* Scope.close(scope, Exit.void)
      yield* TestClock.adjust("72 hours")
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
    }))
})
