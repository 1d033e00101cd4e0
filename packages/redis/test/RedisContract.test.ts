import { describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as RedisTokenStore from "../src/RedisTokenStore.js"
import * as RedisServer from "./redisServer.js"
import { clientOf, contract, encryptionKey, urlOf } from "./support.js"

const url = Effect.map(RedisServer.start(), urlOf)

describe.skipIf(!RedisServer.isInstalled)("the Redis store", () => {
  contract(Effect.map(url, (url) => RedisTokenStore.make({ url })))
})

describe.skipIf(!RedisServer.isInstalled)("the Redis store, encrypted", () => {
  contract(Effect.map(url, (url) => RedisTokenStore.make({ url, encryptionKey })))
})

describe.skipIf(!RedisServer.isInstalled)("the Redis store, with a client of the consumer's", () => {
  contract(
    Effect.gen(function*() {
      const { port } = yield* RedisServer.start()
      const client = yield* clientOf(port)
      return RedisTokenStore.make({ client })
    })
  )
})
