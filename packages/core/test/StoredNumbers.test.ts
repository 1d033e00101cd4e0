import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import * as KeyValueStore from "@effect/platform/KeyValueStore"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import { mkdirSync, readdirSync, writeFileSync } from "node:fs"
import * as FileTokenStore from "../src/FileTokenStore.js"
import * as TokenProvider from "../src/TokenProvider.js"
import type * as TokenRecord from "../src/TokenRecord.js"
import * as TokenStore from "../src/TokenStore.js"
import { inTime, platform } from "./platform.js"
import { makeRecord } from "./utils.js"

const account = "c0ffee".padEnd(64, "0")
const duration = Duration.seconds(10)

/** No lease of this library has one of these numbers. */
const numbers = [
  "1e400",
  "nan",
  "-1",
  "9e99",
  "0x10",
  "1.5",
  "",
  " 7",
  "007",
  "9007199254740991",
  "9007199254740993",
  "99999999999999999999",
  "9".repeat(200)
]

/** What an account's folder holds beside the record of generation 5. */
const places: ReadonlyArray<{ readonly name: string; readonly put: (folder: string, number: string) => void }> = [
  { name: "a lease", put: (folder, number) => mkdirSync(`${folder}/lease.${number}/0-9999999999999`, modes) },
  { name: "a lease without a term", put: (folder, number) => mkdirSync(`${folder}/lease.${number}`, modes) },
  { name: "a record", put: (folder, number) => writeFileSync(`${folder}/record.${number}`, "{}", { mode: 0o600 }) },
  { name: "the end of a lease", put: (folder, number) => mkdirSync(`${folder}/lease.9/0-${number}`, modes) },
  {
    name: "the beginning of a lease",
    put: (folder, number) => mkdirSync(`${folder}/lease.9/${number}-9999999999999`, modes)
  }
]

const modes = { recursive: true, mode: 0o700 }

describe("a number in the folder of an account that no lease has", () => {
  for (const { name, put } of places) {
    for (const number of numbers) {
      it.scopedLive(`is ignored with a warning as that of ${name}: ${JSON.stringify(number.slice(0, 24))}`, () =>
        Effect.gen(function*() {
          const directory = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())
          const folder = `${directory}/${account}`
          const warnings: Array<string> = []
          const logger = Logger.replace(
            Logger.defaultLogger,
            Logger.make(({ message }) => {
              warnings.push(String(message))
            })
          )
          const store = yield* FileTokenStore.make({ directory })
          assert.isTrue(yield* store.save(account, makeRecord(5), Option.none()))
          put(folder, number)
          yield* Effect.gen(function*() {
            assert.strictEqual(Option.getOrThrow(yield* store.load(account)).generation, 5)
            for (const generation of [6, 7]) {
              const lease = yield* Effect.map(store.lease(account, duration), Option.getOrThrow)
              assert.isBelow(lease.fence, 100)
              assert.isTrue(yield* store.save(account, makeRecord(generation), Option.some(lease)))
              yield* lease.release
            }
          }).pipe(Effect.provide(logger))
          assert.strictEqual(Option.getOrThrow(yield* store.load(account)).generation, 7)
          // The last is the name of a temporary file.
          assert.match(
            warnings.join("\n"),
            name !== "a record" && !name.startsWith("a lease") || number !== "1.5" ? /ignore.*c0ffee/ : /^$/
          )
          const count = warnings.length
          yield* Effect.provide(store.load(account), logger)
          assert.strictEqual(warnings.length, count, readdirSync(folder).join())
        }).pipe(Effect.provide(Layer.provideMerge(NodeContext.layer, Logger.remove(Logger.defaultLogger)))))
    }
  }
})

describe("a version that no record has", () => {
  for (const version of ["1e400", "1e308", "1.5", "-1", "9007199254740993"]) {
    it.scoped(`is ignored with a warning, and the next save replaces its record: ${version}`, () =>
      Effect.gen(function*() {
        const directory = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())
        const store = yield* FileTokenStore.make({ directory })
        assert.isTrue(yield* store.save(account, makeRecord(5), Option.none()))
        writeFileSync(`${directory}/${account}/record.0`, `{"version":${version}}`)
        assert.isTrue(Option.isNone(yield* store.load(account)))
        assert.isTrue(yield* store.save(account, makeRecord(6), Option.none()))
        assert.strictEqual(Option.getOrThrow(yield* store.load(account)).generation, 6)
      }).pipe(Effect.provide(Layer.provideMerge(NodeContext.layer, Logger.remove(Logger.defaultLogger)))))
  }
})

describe("a store whose leases have a fence that no record can have", () => {
  for (const fence of [Infinity, NaN, -1, 1.5, 9e15 + 1, Number.MAX_SAFE_INTEGER, 2 ** 53, 9e99]) {
    it.effect(`keeps the pair of every renewal: ${fence}`, () =>
      Effect.gen(function*() {
        const memory = yield* TokenStore.makeKeyValueStore()
        const key = TokenStore.keyOf("https://example.com", "user1")
        const store = {
          ...memory,
          save: (key: string, record: TokenRecord.TokenRecord) => memory.save(key, record, Option.none()),
          lease: (key: string, duration: Duration.Duration) =>
            Effect.map(memory.lease(key, duration), Option.map((lease) => ({ ...lease, fence })))
        }
        yield* Effect.gen(function*() {
          const provider = yield* TokenProvider.TokenProvider
          for (const generation of [1, 2, 3]) {
            assert.strictEqual((yield* inTime(provider.refresh)).generation, generation)
            assert.strictEqual(Option.getOrThrow(yield* memory.load(key)).generation, generation)
          }
        }).pipe(
          Effect.provide(platform({
            baseUrl: "https://example.com",
            store: Layer.succeed(TokenStore.TokenStore, store)
          }))
        )
      }).pipe(Effect.provide(KeyValueStore.layerMemory)))
  }
})
