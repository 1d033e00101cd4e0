// A test of a consumer that uses Jest. pack.mjs runs it with each of the settings of docs/testing.md.
import { Jindouyun, TokenProvider } from "@jindouyun/core"
import * as FileTokenStore from "@jindouyun/core/FileTokenStore"
import * as RedisTokenStore from "@jindouyun/redis/RedisTokenStore"
import { Sandbox } from "@jindouyun/sandbox"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import { Effect, Layer, Redacted } from "effect"

test("a token of the sandbox", async () => {
  expect([FileTokenStore, RedisTokenStore, SandboxServer].map(({ layer }) => typeof layer)).toEqual(
    Array(3).fill("function")
  )
  const account = Jindouyun.layer({ username: "user1", password: Redacted.make("pass1") })
  const token = await TokenProvider.TokenProvider.pipe(
    Effect.flatMap(({ accessToken }) => accessToken),
    Effect.provide(Layer.provide(account, Sandbox.layerHttpClient())),
    Effect.runPromise
  )
  expect(token.generation).toBe(1)
})
