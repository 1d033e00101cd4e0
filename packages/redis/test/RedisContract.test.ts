import { describe, it } from "@effect/vitest"
import type * as TokenStore from "@jindouyun/core/TokenStore"
import * as StoreContract from "@jindouyun/sandbox/StoreContract"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { Redis } from "ioredis"
import * as RedisTokenStore from "../src/RedisTokenStore.js"
import * as RedisServer from "./redisServer.js"

const key = { encryptionKey: Redacted.make("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=") }

const contract = <E>(store: Effect.Effect<Effect.Effect<TokenStore.Service, E, Scope.Scope>, unknown, Scope.Scope>) => {
  for (const { name, run } of StoreContract.cases) {
    it.scopedLive(`${name}`, () => Effect.flatMap(store, (store) => run({ store })))
  }
}

const server = Effect.map(RedisServer.start(), ({ port }) => ({ url: Redacted.make(`redis://127.0.0.1:${port}`) }))

describe.skipIf(!RedisServer.isInstalled)("the Redis store", () => {
  contract(Effect.map(server, RedisTokenStore.make))
})

describe.skipIf(!RedisServer.isInstalled)("the Redis store, sealed", () => {
  contract(Effect.map(server, (url) => RedisTokenStore.make({ ...url, ...key })))
})

describe.skipIf(!RedisServer.isInstalled)("the Redis store, with a client of the consumer's", () => {
  contract(
    Effect.gen(function*() {
      const { port } = yield* RedisServer.start()
      const client = yield* Effect.acquireRelease(
        Effect.sync(() => new Redis(port)),
        (client) => Effect.sync(() => client.disconnect())
      )
      return RedisTokenStore.make({ client })
    })
  )
})
