import { assert, describe, it } from "@effect/vitest"
import * as TokenRecord from "@jindouyun/core/TokenRecord"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as RedisTokenStore from "../src/RedisTokenStore.js"
import * as RedisServer from "./redisServer.js"
import { account, clientOf, encryptionKey, generationOf, granted, hash, record, urlOf } from "./support.js"

/** This library stores none of these numbers. */
const numbers = [
  "1e400",
  "nan",
  "-nan",
  "inf",
  "-1",
  "9e99",
  "0x10",
  "1.5",
  "",
  " 7",
  "9007199254740991",
  "9007199254740993",
  "99999999999999999999",
  "9".repeat(400)
]

const keys = [{ name: "plain", encryptionKey: undefined }, { name: "encrypted", encryptionKey }]

describe.skipIf(!RedisServer.isInstalled)("a number in Redis that this library does not store", () => {
  for (const field of ["fence", "generation", "format"]) {
    for (const { encryptionKey, name } of keys) {
      it.scopedLive(`is ignored with a warning as the ${field} of a record that is ${name}`, () => {
        const warnings: Array<string> = []
        const logger = Logger.make(({ message }) => {
          warnings.push(String(message))
        })
        return Effect.gen(function*() {
          const server = yield* RedisServer.start()
          const redis = yield* clientOf(server.port)
          const store = yield* RedisTokenStore.make({ url: urlOf(server), encryptionKey })
          const put = (number: string) => Effect.promise(() => redis.hset(hash, field, number))
          const generation = Effect.map(store.load(account), generationOf)
          for (const number of numbers) {
            yield* store.clear(account)
            warnings.length = 0
            assert.isTrue(yield* store.save(account, record(5), Option.none()), number)
            yield* put(number)
            // A record that is encrypted shows no generation to Redis.
            if (name === "plain") {
              assert.isFalse(yield* store.save(account, record(4), Option.none()), number)
            }
            assert.strictEqual(yield* generation, 5)
            const lease = yield* granted(store)
            assert.isTrue(
              lease.fence > 1e12 && lease.fence < TokenRecord.largestGeneration,
              `${number}: ${lease.fence}`
            )
            assert.isTrue(yield* store.save(account, record(6), Option.some(lease)), number)
            yield* lease.release
            assert.match(warnings.join("\n"), new RegExp(`ignored.* ${field}`), number)
            const count = warnings.length
            const next = yield* granted(store)
            assert.isAbove(next.fence, lease.fence)
            assert.isTrue(yield* store.save(account, record(next.fence), Option.some(next)), number)
            yield* next.release
            assert.strictEqual(yield* generation, next.fence)
            assert.strictEqual(warnings.length, count)

            // Also if the number appears while a lease is held, or before a clear.
            const held = yield* granted(store)
            yield* put(number)
            assert.isTrue(yield* store.save(account, record(held.fence), Option.some(held)), number)
            yield* held.release
            yield* put(number)
            yield* store.clear(account)
            const last = yield* granted(store)
            assert.isTrue(last.fence >= held.fence && last.fence < TokenRecord.largestGeneration, number)
            yield* last.release
          }
        }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
      })
    }
  }
})
