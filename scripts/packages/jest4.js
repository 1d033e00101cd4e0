// A test of a consumer that uses Jest with Effect 4. pack.mjs runs it with the settings of docs/testing.md for ES modules.
import { Jindouyun, TokenProvider } from "@jindouyun/effect4"
import * as RedisTokenStore from "@jindouyun/effect4-redis/RedisTokenStore"
import { Sandbox } from "@jindouyun/effect4-sandbox"
import { Effect, Layer, Redacted } from "effect"

test("a token of the sandbox", async () => {
  expect(typeof RedisTokenStore.layer).toBe("function")
  const account = Jindouyun.layer({ username: "user1", password: Redacted.make("pass1") })
  const token = await TokenProvider.TokenProvider.pipe(
    Effect.flatMap(({ accessToken }) => accessToken),
    Effect.provide(Layer.provide(account, Sandbox.layerHttpClient())),
    Effect.runPromise
  )
  expect(token.generation).toBe(1)
})
