import * as NodeContext from "@effect/platform-node/NodeContext"
import * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Accounts from "../src/Accounts.js"
import * as FileTokenStore from "../src/FileTokenStore.js"
import * as JindouyunConfig from "../src/JindouyunConfig.js"
import * as TokenStore from "../src/TokenStore.js"
import { makeRecord } from "./utils.js"

const keyOf = (number: number) => number.toString(16).padStart(64, "0")
const duration = Duration.seconds(10)

/** Counts what a file system is asked, and the names that it lists. */
const counting = (fs: FileSystem.FileSystem) => {
  const counts = { calls: 0, names: 0, syncs: 0 }
  const counted = Object.fromEntries(
    (["makeDirectory", "readFileString", "link", "rename", "remove", "stat"] as const).map((method) => {
      const call = fs[method] as (path: string, ...rest: ReadonlyArray<unknown>) => Effect.Effect<unknown>
      return [method, (path: string, ...rest: ReadonlyArray<unknown>) => {
        counts.calls += 1
        return call(path, ...rest)
      }]
    })
  )
  const readDirectory: FileSystem.FileSystem["readDirectory"] = (path) => {
    counts.calls += 1
    return Effect.map(fs.readDirectory(path), (names) => {
      counts.names += names.length
      return names
    })
  }
  const open: FileSystem.FileSystem["open"] = (path, options) => {
    counts.calls += 1
    return Effect.map(fs.open(path, options), (file) => ({
      ...file,
      writeAll: (bytes) => file.writeAll(bytes),
      sync: Effect.suspend(() => {
        counts.syncs += 1
        return file.sync
      })
    }))
  }
  return { counts, fs: { ...fs, ...counted, open, readDirectory } }
}

const makeStore = Effect.gen(function*() {
  const { counts, fs } = counting(yield* FileSystem.FileSystem)
  const directory = `${yield* fs.makeTempDirectoryScoped()}/tokens`
  const store = yield* Effect.provideService(FileTokenStore.make({ directory }), FileSystem.FileSystem, fs)
  return { counts, directory, store }
})

/** What a renewal asks of a store. */
const renewal = (store: TokenStore.Service, key: string, generation: number) =>
  Effect.gen(function*() {
    yield* store.load(key)
    const lease = Option.getOrThrow(yield* store.lease(key, duration))
    yield* lease.renew
    assert.isTrue(yield* store.save(key, makeRecord(generation), Option.some(lease)))
    yield* lease.release
  })

describe("the file store with many accounts", () => {
  it.scopedLive("asks the disk as much for an account among 200 as for the first", () =>
    Effect.gen(function*() {
      const { counts, store } = yield* makeStore
      const costs: Array<typeof counts> = []
      for (let number = 0; number < 200; number++) {
        Object.assign(counts, { calls: 0, names: 0, syncs: 0 })
        yield* renewal(store, keyOf(number), 1)
        costs.push({ ...counts })
      }
      assert.deepStrictEqual(costs[199], costs[1])
      assert.isAtMost(costs[1]?.calls ?? Infinity, 18)
      assert.isAtMost(costs[1]?.names ?? Infinity, 10)
    }).pipe(Effect.provide(NodeContext.layer)), 60_000)

  it.scopedLive("flushes for a record only, not for a lease", () =>
    Effect.gen(function*() {
      const { counts, store } = yield* makeStore
      yield* renewal(store, keyOf(1), 1)
      Object.assign(counts, { calls: 0, names: 0, syncs: 0 })
      yield* renewal(store, keyOf(1), 2)
      // The record and the folder of the account.
      assert.strictEqual(counts.syncs, 2)
      const lease = Option.getOrThrow(yield* store.lease(keyOf(1), duration))
      yield* lease.renew
      yield* lease.release
      assert.strictEqual(counts.syncs, 2)
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scopedLive("gives 1,000 accounts that ask at once a stored token each", () =>
    Effect.gen(function*() {
      const { directory, store } = yield* makeStore
      const names = Array.from({ length: 1000 }, (_, number) => `account ${number}`)
      yield* Effect.gen(function*() {
        const accounts = yield* Accounts.Accounts
        yield* Effect.forEach(names, (name) => accounts.get(name).accessToken, { concurrency: "unbounded" })
        for (const name of names) {
          assert.isTrue(Option.isNone((yield* accounts.get(name).status).storeFailure), name)
        }
      }).pipe(Effect.provide(
        Accounts.layer(() => Effect.succeed({ username: "user1", password: Redacted.make("pass1") })).pipe(
          Layer.provide(JindouyunConfig.layer({})),
          Layer.provide(Layer.succeed(TokenStore.TokenStore, store)),
          Layer.provideMerge(Sandbox.layerHttpClient({ revokeOnAcquire: false, revokeOnRefresh: false })),
          Layer.orDie
        )
      ))
      const fs = yield* FileSystem.FileSystem
      assert.strictEqual((yield* fs.readDirectory(directory)).length, 1000)
    }).pipe(Effect.provide(NodeContext.layer)), 120_000)
})

describe("the file store on a disk without hard links", () => {
  for (const code of ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]) {
    it.scopedLive(`works where a link is ${code}`, () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const link = (path: string) =>
          Effect.fail(
            new PlatformError.SystemError({
              module: "FileSystem",
              method: "link",
              reason: "Unknown",
              pathOrDescriptor: path,
              cause: Object.assign(new Error(code), { code })
            })
          )
        const directory = `${yield* fs.makeTempDirectoryScoped()}/tokens`
        const store = yield* Effect.provideService(FileTokenStore.make({ directory }), FileSystem.FileSystem, {
          ...fs,
          link
        })
        yield* renewal(store, keyOf(1), 1)
        yield* renewal(store, keyOf(1), 2)
        yield* store.clear(keyOf(1))
        assert.isTrue(Option.isNone(yield* store.load(keyOf(1))))
      }).pipe(Effect.provide(NodeContext.layer)))
  }

  it.scopedLive(
    "grants one lease at a time to stores that ask without a pause, each with a new fence",
    () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const directory = `${yield* fs.makeTempDirectoryScoped()}/tokens`
        const fences: Array<number> = []
        let holders = 0
        const hammer = Effect.gen(function*() {
          const store = yield* FileTokenStore.make({ directory })
          for (let round = 0; round < 60; round++) {
            const lease = yield* store.lease(keyOf(1), duration)
            if (Option.isSome(lease)) {
              holders += 1
              assert.strictEqual(holders, 1)
              fences.push(lease.value.fence)
              yield* lease.value.renew
              assert.strictEqual(holders, 1)
              holders -= 1
              yield* lease.value.release
            }
          }
        })
        yield* Effect.all(Array.from({ length: 8 }, () => hammer), { concurrency: "unbounded" })
        assert.isAtLeast(fences.length, 8)
        assert.deepStrictEqual(fences, [...new Set(fences)].sort((one, other) => one - other))
      }).pipe(Effect.provide(NodeContext.layer)),
    60_000
  )
})
