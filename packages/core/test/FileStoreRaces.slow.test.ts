import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { readdirSync } from "node:fs"
import * as FileTokenStore from "../src/FileTokenStore.js"
import type * as TokenStore from "../src/TokenStore.js"
import { makeRecord } from "./utils.js"

const account = "c0ffee".padEnd(64, "0")

/** A file system that lets another process act once, just before the step with this number after `start`. */
const interrupted = (fs: FileSystem.FileSystem, at: number, act: Effect.Effect<void>) => {
  let steps = -Infinity
  const wrapped = new Proxy(fs, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name)
      return typeof member !== "function"
        ? member
        : (...parameters: ReadonlyArray<unknown>) => {
          const step: Effect.Effect<unknown> = member(...parameters)
          return Effect.isEffect(step) ? Effect.suspend(() => ++steps === at ? Effect.zipRight(act, step) : step) : step
        }
    }
  })
  const start = () => {
    steps = 0
  }
  return { wrapped, start, hasActed: () => steps >= at }
}

/** A whole renewal of another process, if it is granted the lease. */
const renewal = (store: TokenStore.Service) =>
  Effect.gen(function*() {
    const lease = yield* store.lease(account, Duration.seconds(10))
    if (Option.isSome(lease)) {
      const { fence } = lease.value
      assert.isTrue(yield* store.save(account, makeRecord(fence + 1), lease))
      yield* lease.value.release
    }
  }).pipe(Effect.orDie)

interface Operation {
  readonly name: string
  readonly run: (store: TokenStore.Service, lease: Option.Option<TokenStore.Lease>) => Effect.Effect<unknown, unknown>
}

const operations: ReadonlyArray<Operation> = [
  { name: "a load", run: (store) => store.load(account) },
  { name: "a request for the lease", run: (store) => store.lease(account, Duration.seconds(10)) },
  { name: "a save under a lease that has expired", run: (store, lease) => store.save(account, makeRecord(2), lease) },
  { name: "a clear", run: (store) => store.clear(account) },
  { name: "a save without a lease", run: (store) => store.save(account, makeRecord(2), Option.none()) },
  {
    name: "a release of a lease that has expired",
    run: (_store, lease) => Option.match(lease, { onNone: () => Effect.void, onSome: ({ release }) => release })
  }
]

/** Two processes. While `start` has been called, the other one acts just before step `at` of the first one. */
const pair = (at: number, act: (other: TokenStore.Service, folder: string) => Effect.Effect<void>) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const directory = `${yield* fs.makeTempDirectoryScoped()}/tokens`
    const other = yield* FileTokenStore.make({ directory })
    yield* other.save(account, makeRecord(1), Option.none())
    const { wrapped, ...moments } = interrupted(fs, at, Effect.suspend(() => act(other, `${directory}/${account}`)))
    const store = yield* Effect.provideService(FileTokenStore.make({ directory }), FileSystem.FileSystem, wrapped)
    return { store, other, ...moments }
  })

/** The result of an operation with a renewal of another process before its step `at`, if the operation has so many steps. */
const withRenewalAt = (at: number, { run }: Operation) =>
  Effect.gen(function*() {
    const { hasActed, start, store } = yield* pair(at, renewal)
    const lease = yield* store.lease(account, Duration.zero)
    start()
    const exit = yield* Effect.exit(run(store, lease))
    return { exit, hasActed: hasActed() }
  }).pipe(Effect.scoped, Effect.provide(NodeContext.layer))

/** Repeats an attempt with another process before its first step, its second step and so on, until it has no such step. */
const beforeEachStep = <E>(attempt: (at: number) => Effect.Effect<boolean, E, FileSystem.FileSystem | Scope.Scope>) =>
  Effect.gen(function*() {
    for (let at = 1;; at++) {
      if (!(yield* Effect.scoped(attempt(at)))) {
        return assert.isAbove(at, 1)
      }
    }
  }).pipe(Effect.provide(NodeContext.layer))

describe("a renewal of another process, before any step of an operation of the file store", () => {
  for (const operation of operations) {
    it.live(`is no failure of ${operation.name}`, () =>
      Effect.gen(function*() {
        const failures: Array<string> = []
        for (let at = 1;; at++) {
          const { exit, hasActed } = yield* withRenewalAt(at, operation)
          if (Exit.isFailure(exit)) {
            failures.push(`before step ${at}: ${exit.cause}`)
          }
          if (!hasActed) {
            assert.deepStrictEqual(failures, [])
            assert.isAbove(at, 1)
            return
          }
        }
      }))
  }
})

describe("a clear of the file store", () => {
  it.live("refuses each save under a lease that another process was granted before any of its steps", () =>
    beforeEachStep((at) =>
      Effect.gen(function*() {
        let granted = Option.none<TokenStore.Lease>()
        const { hasActed, other, start, store } = yield* pair(at, (other) =>
          Effect.orDie(Effect.map(other.lease(account, Duration.seconds(10)), (lease) => {
            granted = lease
          })))
        start()
        yield* store.clear(account)
        if (Option.isSome(granted)) {
          assert.isFalse(yield* other.save(account, makeRecord(granted.value.fence + 1), granted), `before step ${at}`)
        }
        assert.deepStrictEqual(yield* store.load(account), Option.none(), `before step ${at}`)
        return hasActed()
      })
    ))

  it.live("before any step of a request for the lease leaves no lease of an older fence, unless the lease was there", () =>
    beforeEachStep((at) =>
      Effect.gen(function*() {
        let wasThere = false
        const { hasActed, start, store } = yield* pair(at, (other, folder) =>
          Effect.orDie(Effect.suspend(() => {
            wasThere = readdirSync(folder).some((name) => /^lease\.[0-9]+$/.test(name))
            return other.clear(account)
          })))
        start()
        const lease = yield* store.lease(account, Duration.seconds(10))
        const isCleared = hasActed()
        if (isCleared && Option.isSome(lease) && !wasThere) {
          assert.isTrue(yield* store.save(account, makeRecord(lease.value.fence + 1), lease), `before step ${at}`)
        }
        return isCleared
      })
    ))

  it.live("before any step of a save under a lease leaves no record", () =>
    beforeEachStep((at) =>
      Effect.gen(function*() {
        const { hasActed, other, start, store } = yield* pair(at, (other) => Effect.orDie(other.clear(account)))
        const lease = yield* store.lease(account, Duration.seconds(10))
        start()
        yield* store.save(account, makeRecord(2), lease)
        const isCleared = hasActed()
        if (isCleared) {
          assert.deepStrictEqual(yield* other.load(account), Option.none(), `before step ${at}`)
        }
        return isCleared
      })
    ))
})
