/**
 * One process of a fleet: reads on order, and sends how long the read took and the number of its store operations.
 */
import * as RedisTokenStore from "@jindouyun/redis/RedisTokenStore"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { Redis } from "ioredis"
import { jindouyun, provider } from "./library.js"

const [url = "", port = ""] = process.argv.slice(2)

const redis = new Redis(Number(port), "127.0.0.1")
let operations = 0
const client: RedisTokenStore.Client = {
  get status() {
    return redis.status
  },
  connect: () => redis.connect(),
  call: (command, ...parameters) => {
    operations += 1
    return redis.call(command, ...parameters)
  }
}

redis.once("ready", async () => {
  const runtime = ManagedRuntime.make(jindouyun(url).pipe(Layer.provide(RedisTokenStore.layer({ client }))))
  const { accessToken, invalidate } = await runtime.runPromise(provider)
  process.on("message", async (order) => {
    const before = operations
    const start = performance.now()
    // Each process learns by its own call that the platform has revoked the token.
    const revoked = Effect.flatMap(accessToken, invalidate)
    await runtime.runPromise(order === "renew" ? Effect.zipRight(revoked, accessToken) : accessToken)
    process.send?.({ wall: performance.now() - start, operations: operations - before })
  })
  process.send?.("ready")
})
process.on("disconnect", () => process.exit(0))
