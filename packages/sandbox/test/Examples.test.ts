import { assert, describe, it } from "@effect/vitest"
import * as TokenProvider from "@jindouyun/core/TokenProvider"
import * as Effect from "effect/Effect"
import { onASocket } from "../examples/on-a-socket.js"
import * as Sandbox from "../src/Sandbox.js"

describe("examples", () => {
  it.live("on a socket: the account gets a token from the server", () =>
    Effect.gen(function*() {
      const { accessToken } = yield* TokenProvider.TokenProvider
      const { accepts, requests } = yield* Sandbox.Sandbox
      assert.isTrue(yield* accepts((yield* accessToken).value))
      assert.deepStrictEqual(yield* requests, { acquire: 1, refresh: 0, report: 0 })
    }).pipe(Effect.provide(onASocket)))
})
