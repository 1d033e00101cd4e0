import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as TokenStore from "../src/TokenStore.js"
import { answered, assertSame, makeRecord } from "./utils.js"

const key = "a-key"

const duration = Duration.seconds(17)

const granted = (store: TokenStore.Service) => Effect.map(store.lease(key, duration), Option.getOrThrow)

/** A lease of the store that has been used and released. */
const pastLease = (store: TokenStore.Service) => Effect.tap(granted(store), ({ release }) => release)

describe("TokenStore", () => {
  describe("none", () => {
    it.effect("is used without a layer, keeps nothing and refuses nothing", () =>
      Effect.gen(function*() {
        const store = yield* TokenStore.TokenStore
        assert.strictEqual(store, TokenStore.none)
        assert.isTrue(yield* store.save(key, makeRecord(1), Option.none()))
        assert.isTrue(Option.isNone(yield* store.load(key)))
        assert.isTrue(yield* store.save(key, makeRecord(0), Option.none()))
      }))

    it.effect("grants its lease to every process, and its lease never ends", () =>
      Effect.gen(function*() {
        const lease = yield* granted(TokenStore.none)
        assert.strictEqual((yield* granted(TokenStore.none)).fence, lease.fence)
        yield* lease.renew
        yield* lease.release
        yield* TokenStore.none.clear(key)
        assert.isTrue(yield* TokenStore.none.save(key, makeRecord(1), Option.some(lease)))
      }))
  })

  describe("memory", () => {
    it.effect("loads what was saved, by key", () =>
      Effect.gen(function*() {
        const store = yield* TokenStore.makeMemory
        const refusedCredentials = Option.some({
          credentials: "salt:hash",
          failure: answered(40001, "fatal"),
          refusedAt: 0
        })
        const credentialsRefused = { ...makeRecord(2), refusedCredentials }
        assert.isTrue(Option.isNone(yield* store.load(key)))
        assert.isTrue(yield* store.save(key, credentialsRefused, Option.none()))
        assert.isTrue(yield* store.save("another", makeRecord(1), Option.none()))
        assertSame(yield* store.load(key), Option.some(credentialsRefused))
        assertSame(yield* store.load("another"), Option.some(makeRecord(1)))
      }))

    it.effect("saves a newer or the same generation, and nothing older", () =>
      Effect.gen(function*() {
        const store = yield* TokenStore.makeMemory
        assert.isTrue(yield* store.save(key, makeRecord(3), Option.none()))
        assert.isFalse(yield* store.save(key, makeRecord(2), Option.none()))
        assertSame(yield* store.load(key), Option.some(makeRecord(3)))
        const reset = { generation: 3, pair: Option.none(), refusedCredentials: Option.none(), earlierRefusals: [] }
        assert.isTrue(yield* store.save(key, reset, Option.none()))
        assertSame(yield* store.load(key), Option.some(reset))
        assert.isTrue(yield* store.save(key, makeRecord(4), Option.none()))
        assertSame(yield* store.load(key), Option.some(makeRecord(4)))
      }))

    it.effect("fences grow with each lease of a key", () =>
      Effect.gen(function*() {
        const store = yield* TokenStore.makeMemory
        const fences = yield* Effect.replicateEffect(Effect.map(pastLease(store), ({ fence }) => fence), 5)
        for (const [index, fence] of fences.entries()) {
          assert.isAbove(fence, fences[index - 1] ?? 0)
        }
      }))

    it.effect("refuses to save under an older lease once a newer one has saved", () =>
      Effect.gen(function*() {
        const store = yield* TokenStore.makeMemory
        const older = yield* pastLease(store)
        const newer = yield* pastLease(store)
        assert.isTrue(yield* store.save(key, makeRecord(1), Option.some(newer)))
        assert.isFalse(yield* store.save(key, makeRecord(2), Option.some(older)))
        assertSame(yield* store.load(key), Option.some(makeRecord(1)))
        assert.isTrue(yield* store.save(key, makeRecord(2), Option.some(newer)))
      }))

    it.effect("refuses to save under an older lease once a newer one was granted", () =>
      Effect.gen(function*() {
        const store = yield* TokenStore.makeMemory
        const older = yield* pastLease(store)
        yield* pastLease(store)
        assert.isFalse(yield* store.save(key, makeRecord(1), Option.some(older)))
      }))

    it.effect("a save without a lease leaves the fence as it is", () =>
      Effect.gen(function*() {
        const store = yield* TokenStore.makeMemory
        const older = yield* pastLease(store)
        yield* store.save(key, makeRecord(1), Option.some(yield* pastLease(store)))
        assert.isTrue(yield* store.save(key, makeRecord(1), Option.none()))
        assert.isFalse(yield* store.save(key, makeRecord(2), Option.some(older)))
      }))

    it.effect("grants a lease once until it is released, also if its duration has passed", () =>
      Effect.gen(function*() {
        const store = yield* TokenStore.makeMemory
        const lease = yield* granted(store)
        yield* TestClock.adjust("1 hour")
        assert.isTrue(Option.isNone(yield* store.lease(key, duration)))
        yield* lease.renew
        yield* lease.release
        yield* granted(store)
      }))

    it.effect("grants the leases of two keys at the same time", () =>
      Effect.gen(function*() {
        const store = yield* TokenStore.makeMemory
        yield* granted(store)
        assert.isTrue(Option.isSome(yield* store.lease("another", duration)))
      }))

    it.effect("keeps the lease of its holder through a clear, and refuses to save under it", () =>
      Effect.gen(function*() {
        const store = yield* TokenStore.makeMemory
        const lease = yield* granted(store)
        yield* store.clear(key)
        assert.isTrue(Option.isNone(yield* store.lease(key, duration)))
        assert.isFalse(yield* store.save(key, makeRecord(1), Option.some(lease)))
        yield* lease.release
        assert.isAbove((yield* granted(store)).fence, lease.fence)
      }))

    it.effect("one layer is one store for everything it is provided to", () =>
      Effect.gen(function*() {
        const store = yield* TokenStore.TokenStore
        yield* store.save(key, makeRecord(1), Option.none())
        assertSame(yield* (yield* TokenStore.TokenStore).load(key), Option.some(makeRecord(1)))
        const fresh = yield* TokenStore.makeMemory
        assert.isTrue(Option.isNone(yield* fresh.load(key)))
      }).pipe(Effect.provide(TokenStore.layerMemory)))
  })
})
