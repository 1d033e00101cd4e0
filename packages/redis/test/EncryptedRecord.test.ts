import { assert, describe, it } from "@effect/vitest"
import * as Token from "@jindouyun/core/Token"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as RedisTokenStore from "../src/RedisTokenStore.js"
import * as RedisServer from "./redisServer.js"
import { encryptionKey, urlOf } from "./support.js"

const account = "c0ffee".padEnd(64, "0")

const record = (generation: number) => ({
  generation,
  pair: Option.some(
    Token.makePair(
      new Token.TokenGrant({
        accessToken: Redacted.make(`access-"encrypted":-${generation}`),
        refreshToken: new Token.RefreshToken({ value: Redacted.make("refresh") }),
        sentAt: 1_900_000_000_000
      }),
      generation,
      { accessToken: 86_400_000, refreshToken: 2_592_000_000 }
    )
  ),
  refusedCredentials: Option.none(),
  earlierRefusals: []
})

describe.skipIf(!RedisServer.isInstalled)("a process without a key, over an encrypted record in Redis", () => {
  it.scopedLive("neither reads nor overwrites the record, and names the setting", () =>
    Effect.gen(function*() {
      const url = urlOf(yield* RedisServer.start())
      const encrypted = yield* RedisTokenStore.make({ url, encryptionKey })
      const plain = yield* RedisTokenStore.make({ url })
      assert.isTrue(yield* encrypted.save(account, record(1), Option.none()))
      const load = yield* Effect.flip(plain.load(account))
      const save = yield* Effect.flip(plain.save(account, record(9), Option.none()))
      assert.deepStrictEqual([load.operation, save.operation], ["load", "save"])
      for (const { detail, hint } of [load, save]) {
        assert.match(detail, /encryptionKey \(JINDOUYUN_ENCRYPTION_KEY\).* \(Redis at 127\.0\.0\.1:\d+, database 0\)$/)
        assert.match(hint, /^Set encryptionKey .* jindouyun logout/)
      }
      assert.strictEqual(Option.getOrThrow(yield* encrypted.load(account)).generation, 1)
      yield* plain.clear(account)
      assert.isTrue(yield* plain.save(account, record(2), Option.none()))
      // The record before is plain, although its token reads otherwise.
      assert.isTrue(yield* plain.save(account, record(3), Option.none()))
    }))
})
