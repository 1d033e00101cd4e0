import { describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as RedisTokenStore from "../src/RedisTokenStore.js"
import * as RedisServer from "./redisServer.js"
import { clientOf, contract, encryptionKey, urlOf } from "./support.js"

for (const [title, keys] of [["plain", {}], ["encrypted", { encryptionKey }]] as const) {
  describe.skipIf(!RedisServer.isInstalled)(`the Redis store, ${title}`, () => {
    contract(
      Effect.gen(function*() {
        const server = yield* RedisServer.start()
        return {
          store: RedisTokenStore.make({ url: urlOf(server), ...keys }),
          client: yield* clientOf(server.port)
        }
      })
    )
  })
}

describe.skipIf(!RedisServer.isInstalled)("the Redis store, with a client of the program", () => {
  contract(
    Effect.gen(function*() {
      const { port } = yield* RedisServer.start()
      const client = yield* clientOf(port)
      return { store: RedisTokenStore.make({ client }), client }
    })
  )
})
