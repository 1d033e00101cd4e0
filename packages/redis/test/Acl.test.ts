import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as RedisTokenStore from "../src/RedisTokenStore.js"
import * as RedisServer from "./redisServer.js"
import { account, clientOf, contract, duration, granted, record, wordsOf } from "./support.js"

/** A server whose only user may do this and nothing else. */
const guarded = (commands: ReadonlyArray<string>, keys = "jindouyun:*") =>
  Effect.map(
    RedisServer.start({
      config: [
        "user default off",
        `user jindouyun on >secret resetkeys ~${keys} resetchannels -@all ${
          commands.map((name) => `+${name}`).join(" ")
        }`,
        "user admin on >admin ~* &* +@all"
      ].join("\n")
    }),
    ({ port }) => ({ port, url: Redacted.make(`redis://jindouyun:secret@127.0.0.1:${port}`) })
  )

/** Each operation once, and the lease while it is held and after it was released. */
const everything = (url: Redacted.Redacted) =>
  Effect.gen(function*() {
    const store = yield* RedisTokenStore.make({ url })
    const lease = yield* granted(store)
    yield* lease.renew
    assert.isTrue(Option.isNone(yield* store.lease(account, duration)))
    yield* store.save(account, record(1), Option.some(lease))
    yield* store.load(account)
    yield* lease.release
    yield* granted(store)
    yield* store.clear(account)
  })

describe.skipIf(!RedisServer.isInstalled)(
  "the Redis store, as a user who may use its commands and its keys only",
  () => {
    contract(
      Effect.gen(function*() {
        const { port, url } = yield* guarded(RedisTokenStore.commands)
        return {
          store: RedisTokenStore.make({ url }),
          client: yield* clientOf(port, { username: "admin", password: "admin" })
        }
      })
    )

    it.scopedLive("is never refused anything, not even unseen", () =>
      Effect.gen(function*() {
        const { port, url } = yield* guarded(RedisTokenStore.commands)
        yield* everything(url)
        const admin = yield* clientOf(port, { username: "admin", password: "admin" })
        assert.deepStrictEqual(yield* Effect.promise(() => admin.call("ACL", "LOG")), [])
      }))

    for (const missing of RedisTokenStore.commands) {
      it.scopedLive(`fails without ${missing}`, () =>
        Effect.gen(function*() {
          const { url } = yield* guarded(RedisTokenStore.commands.filter((name) => name !== missing))
          assert.match(yield* wordsOf(everything(url)), /^(load|save|clear|lease): NOPERM$/)
        }))
    }

    it.scopedLive("fails with other keys", () =>
      Effect.gen(function*() {
        const { url } = yield* guarded(RedisTokenStore.commands, "another:*")
        assert.strictEqual(yield* wordsOf(everything(url)), "lease: NOPERM")
      }))
  }
)
