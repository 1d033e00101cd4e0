import { assert, describe, it } from "@effect/vitest"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Jindouyun from "../src/Jindouyun.js"
import * as Token from "../src/Token.js"
import * as TokenStore from "../src/TokenStore.js"
import { inTime, providerOver } from "./platform.js"

describe("invalidate of a token of the same generation", () => {
  const cases: ReadonlyArray<readonly [title: string, settings: Partial<Jindouyun.Options>, dropped: boolean]> = [
    ["of another account keeps the token", { username: "user2" }, false],
    ["of another platform keeps the token", { baseUrl: "https://other.example" }, false],
    ["of the same account in another process drops the token", {}, true],
    ["of another spelling of the platform drops the token", { baseUrl: "HTTPS://JDY.cigdata.cn:443/" }, true]
  ]
  for (const [title, settings, dropped] of cases) {
    it.scoped(title, () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        yield* sandbox.addAccount({ username: "user2", password: Redacted.make("pass1") })
        const store = yield* TokenStore.makeMemory
        const ours = yield* providerOver(store, {})
        const token = yield* inTime(ours.accessToken)
        const theirs = yield* inTime((yield* providerOver(store, settings)).accessToken)
        assert.strictEqual(theirs.generation, token.generation)
        yield* ours.invalidate(theirs)
        assert.strictEqual((yield* ours.status).phase, dropped ? "rejected" : "fresh")
        yield* ours.invalidate(token)
        assert.strictEqual((yield* ours.status).phase, "rejected")
      }).pipe(Effect.provide(Sandbox.layerHttpClient())))
  }

  it.scoped("keeps a token that was loaded from the store", () =>
    Effect.gen(function*() {
      const store = yield* TokenStore.makeMemory
      const sandbox = yield* Sandbox.Sandbox
      yield* sandbox.addAccount({ username: "user2", password: Redacted.make("pass1") })
      yield* inTime((yield* providerOver(store, {})).accessToken)
      const ours = yield* providerOver(store, {})
      const token = yield* inTime(ours.accessToken)
      const theirs = yield* inTime((yield* providerOver(store, { username: "user2" })).accessToken)
      yield* ours.invalidate(theirs)
      assert.strictEqual((yield* ours.status).phase, "fresh")
      yield* ours.invalidate(token)
      assert.strictEqual((yield* ours.status).phase, "rejected")
    }).pipe(Effect.provide(Sandbox.layerHttpClient())))

  it.scoped("that names no account drops the token", () =>
    Effect.gen(function*() {
      const ours = yield* providerOver(yield* TokenStore.makeMemory, {})
      const { expiresAt, generation, value } = yield* inTime(ours.accessToken)
      yield* ours.invalidate(new Token.AccessToken({ value, generation, expiresAt }))
      assert.strictEqual((yield* ours.status).phase, "rejected")
    }).pipe(Effect.provide(Sandbox.layerHttpClient())))
})
