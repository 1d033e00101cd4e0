import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as TestClock from "effect/TestClock"
import * as TokenStore from "../src/TokenStore.js"
import { answered, assertSame, makePair } from "./utils.js"

const key = "a-key"

const record = (generation: number, sentAt?: number): TokenStore.TokenRecord => ({
  generation,
  pair: Option.some(makePair({ generation, ...(sentAt === undefined ? {} : { sentAt }) })),
  refusedCredentials: Option.none()
})

const terms = { duration: Duration.seconds(17), timeout: Duration.seconds(40) }

/** A lease of the store that has been used and given back. */
const pastLease = (store: TokenStore.Service) => store.withLease(key, terms, Effect.succeed)

describe("TokenStore", () => {
  describe("none", () => {
    it.effect("is in force without a layer, keeps nothing and refuses nothing", () =>
      Effect.gen(function*() {
        const store = yield* TokenStore.TokenStore
        assert.strictEqual(store, TokenStore.none)
        assert.isTrue(yield* store.save(key, record(1), Option.none()))
        assert.isTrue(Option.isNone(yield* store.load(key)))
        assert.isTrue(yield* store.save(key, record(0), Option.none()))
      }))

    it.effect("its lease excludes nobody and never ends", () =>
      Effect.gen(function*() {
        const both = TokenStore.none.withLease(key, terms, () =>
          TokenStore.none.withLease(key, terms, (lease) =>
            Effect.as(lease.renew, "both")))
        assert.strictEqual(yield* both, "both")
      }))
  })

  describe("memory", () => {
    it.effect("gives back what was saved, by key", () =>
      Effect.gen(function*() {
        const store = yield* TokenStore.makeMemory
        const refusedCredentials = Option.some({ credentials: "salt:hash", failure: answered(40001, "fatal") })
        const credentialsRefused = { ...record(2), refusedCredentials }
        assert.isTrue(Option.isNone(yield* store.load(key)))
        assert.isTrue(yield* store.save(key, credentialsRefused, Option.none()))
        assert.isTrue(yield* store.save("another", record(1), Option.none()))
        assertSame(yield* store.load(key), Option.some(credentialsRefused))
        assertSame(yield* store.load("another"), Option.some(record(1)))
      }))

    it.effect("saves a newer or the same generation, and nothing older", () =>
      Effect.gen(function*() {
        const store = yield* TokenStore.makeMemory
        assert.isTrue(yield* store.save(key, record(3), Option.none()))
        assert.isFalse(yield* store.save(key, record(2), Option.none()))
        assertSame(yield* store.load(key), Option.some(record(3)))
        const reset = { generation: 3, pair: Option.none(), refusedCredentials: Option.none() }
        assert.isTrue(yield* store.save(key, reset, Option.none()))
        assertSame(yield* store.load(key), Option.some(reset))
        assert.isTrue(yield* store.save(key, record(4), Option.none()))
        assertSame(yield* store.load(key), Option.some(record(4)))
      }))

    it.effect("fences grow with each lease of a key", () =>
      Effect.gen(function*() {
        const store = yield* TokenStore.makeMemory
        const fences = yield* Effect.replicateEffect(Effect.map(pastLease(store), ({ fence }) => fence), 5)
        for (const [index, fence] of fences.entries()) {
          assert.isAbove(fence, fences[index - 1] ?? 0)
        }
      }))

    it.effect("refuses to save for an older lease once a newer one has saved", () =>
      Effect.gen(function*() {
        const store = yield* TokenStore.makeMemory
        const older = yield* pastLease(store)
        const newer = yield* pastLease(store)
        assert.isTrue(yield* store.save(key, record(1), Option.some(newer)))
        assert.isFalse(yield* store.save(key, record(2), Option.some(older)))
        assertSame(yield* store.load(key), Option.some(record(1)))
        assert.isTrue(yield* store.save(key, record(2), Option.some(newer)))
      }))

    it.effect("refuses to save for an older lease once a newer one was given", () =>
      Effect.gen(function*() {
        const store = yield* TokenStore.makeMemory
        const older = yield* pastLease(store)
        yield* pastLease(store)
        assert.isFalse(yield* store.save(key, record(1), Option.some(older)))
      }))

    it.effect("a save without a lease takes no fence away", () =>
      Effect.gen(function*() {
        const store = yield* TokenStore.makeMemory
        const older = yield* pastLease(store)
        yield* store.save(key, record(1), Option.some(yield* pastLease(store)))
        assert.isTrue(yield* store.save(key, record(1), Option.none()))
        assert.isFalse(yield* store.save(key, record(2), Option.some(older)))
      }))

    describe("withLease", () => {
      const held = (store: TokenStore.Service) =>
        Effect.gen(function*() {
          const release = yield* Deferred.make<void>()
          const holder = yield* Effect.fork(store.withLease(key, terms, () => Deferred.await(release)))
          yield* Effect.yieldNow()
          return { holder, release: Deferred.succeed(release, undefined) }
        })

      it.effect("gives the value, and lets the lease be renewed", () =>
        Effect.gen(function*() {
          const store = yield* TokenStore.makeMemory
          assert.strictEqual(yield* store.withLease(key, terms, (lease) => Effect.as(lease.renew, 42)), 42)
        }))

      it.effect("runs one at a time for a key, all in the end", () =>
        Effect.gen(function*() {
          const store = yield* TokenStore.makeMemory
          const running = yield* Ref.make(0)
          const use = () =>
            Effect.acquireUseRelease(
              Ref.updateAndGet(running, (n) => n + 1),
              (n) => Effect.as(Effect.sleep("1 second"), n),
              () => Ref.update(running, (n) => n - 1)
            )
          const all = yield* Effect.fork(
            Effect.all(Array.from({ length: 10 }, () => store.withLease(key, terms, use)), { concurrency: "unbounded" })
          )
          yield* TestClock.adjust("10 seconds")
          assertSame(yield* Fiber.join(all), Array.from({ length: 10 }, () => 1))
        }))

      it.effect("does not exclude another key", () =>
        Effect.gen(function*() {
          const store = yield* TokenStore.makeMemory
          const { holder } = yield* held(store)
          assert.strictEqual(yield* store.withLease("another", terms, () => Effect.succeed(1)), 1)
          yield* Fiber.interrupt(holder)
        }))

      it.effect("waits for the holder, and goes on as soon as it is done", () =>
        Effect.gen(function*() {
          const store = yield* TokenStore.makeMemory
          const { release } = yield* held(store)
          const waiter = yield* Effect.fork(store.withLease(key, terms, () => Effect.succeed("mine")))
          yield* TestClock.adjust("39 seconds")
          assert.isNull(waiter.unsafePoll())
          yield* release
          assert.strictEqual(yield* Fiber.join(waiter), "mine")
        }))

      it.effect("fails with StoreFailure when the lease is not free by the timeout, and runs nothing then or later", () =>
        Effect.gen(function*() {
          const store = yield* TokenStore.makeMemory
          const { holder, release } = yield* held(store)
          let ran = false
          const waiter = yield* Effect.fork(store.withLease(key, terms, () =>
            Effect.sync(() => {
              ran = true
            })))
          yield* TestClock.adjust("40 seconds")
          const failure = yield* Effect.flip(Fiber.join(waiter))
          assert.strictEqual(failure._tag, "StoreFailure")
          assert.strictEqual(failure.operation, "lease")
          yield* release
          yield* Fiber.join(holder)
          assert.strictEqual(yield* store.withLease(key, terms, () => Effect.succeed("free")), "free")
          assert.isFalse(ran)
        }))

      it.effect("the timeout is for the waiting only: a holder may take longer", () =>
        Effect.gen(function*() {
          const store = yield* TokenStore.makeMemory
          const holder = yield* Effect.fork(
            store.withLease(key, terms, () => Effect.as(Effect.sleep("10 minutes"), "done"))
          )
          yield* TestClock.adjust("10 minutes")
          assert.strictEqual(yield* Fiber.join(holder), "done")
        }))

      it.effect.each<[string, Effect.Effect<unknown, string>, (cause: Cause.Cause<unknown>) => boolean]>([
        ["failure", Effect.fail("no"), Cause.isFailure],
        ["defect", Effect.die("no"), Cause.isDie],
        ["interruption of its own", Effect.interrupt, Cause.isInterruptedOnly]
      ])("is released after a %s, which is passed on", ([, use, isTheSame]) =>
        Effect.gen(function*() {
          const store = yield* TokenStore.makeMemory
          const exit = yield* Effect.exit(store.withLease(key, terms, () => use))
          assert.isTrue(Exit.isFailure(exit) && isTheSame(exit.cause))
          assert.strictEqual(yield* store.withLease(key, terms, () => Effect.succeed("free")), "free")
        }))

      it.effect("is released when the holder is interrupted, after its finalizers have run", () =>
        Effect.gen(function*() {
          const store = yield* TokenStore.makeMemory
          const order: Array<string> = []
          const holder = yield* Effect.fork(
            store.withLease(
              key,
              terms,
              () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => order.push("holder ended")))
            )
          )
          yield* Effect.yieldNow()
          const waiter = yield* Effect.fork(
            store.withLease(key, terms, () => Effect.sync(() => order.push("waiter began")))
          )
          yield* Effect.yieldNow()
          yield* Fiber.interrupt(holder)
          yield* Fiber.join(waiter)
          assertSame(order, ["holder ended", "waiter began"])
        }))

      it.effect("a waiter that is interrupted gives its place away", () =>
        Effect.gen(function*() {
          const store = yield* TokenStore.makeMemory
          const { release } = yield* held(store)
          const impatient = yield* Effect.fork(store.withLease(key, terms, () => Effect.never))
          yield* Effect.yieldNow()
          const patient = yield* Effect.fork(store.withLease(key, terms, () => Effect.succeed("mine")))
          yield* Effect.yieldNow()
          yield* Fiber.interrupt(impatient)
          yield* release
          assert.strictEqual(yield* Fiber.join(patient), "mine")
        }))
    })

    it.effect("one layer is one store for all it is provided to, and another layer another", () =>
      Effect.gen(function*() {
        const store = yield* TokenStore.TokenStore
        yield* store.save(key, record(1), Option.none())
        assertSame(yield* (yield* TokenStore.TokenStore).load(key), Option.some(record(1)))
        const fresh = yield* TokenStore.makeMemory
        assert.isTrue(Option.isNone(yield* fresh.load(key)))
      }).pipe(Effect.provide(TokenStore.layerMemory)))
  })
})
