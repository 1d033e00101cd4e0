import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import * as KeyValueStore from "@effect/platform/KeyValueStore"
import { describe, it } from "@effect/vitest"
import * as StoreContract from "@jindouyun/sandbox/StoreContract"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as writing from "../examples/writing-a-store.js"
import * as TokenRecord from "../src/TokenRecord.js"
import * as TokenStore from "../src/TokenStore.js"

const key = { encryptionKey: Redacted.make("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=") }

const folder = Effect.map(
  Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped()),
  (parent) => `${parent}/tokens`
)

// A holder in the memory of the process cannot go silent: its lease has no time.
const timeless = ["silent", "taken over", "once another was given", "lost the lease", "start the time"]
const ofOneProcess = StoreContract.cases.filter(({ name }) => !timeless.some((word) => name.includes(word)))

describe("the memory store", () => {
  for (const { name, run } of ofOneProcess) {
    it.scopedLive(`${name}`, () =>
      Effect.flatMap(TokenStore.makeMemory, (store) => run({ store: Effect.succeed(store) })))
  }
})

describe("the store over a KeyValueStore, in one process", () => {
  for (const { name, run } of ofOneProcess) {
    it.scopedLive(`${name}`, () =>
      Effect.flatMap(TokenStore.makeKeyValueStore(key), (store) => run({ store: Effect.succeed(store) })).pipe(
        Effect.provide(KeyValueStore.layerMemory)
      ))
  }
})

describe("the file store", () => {
  for (const { name, run } of StoreContract.cases) {
    it.scopedLive(`${name}`, () =>
      Effect.flatMap(folder, (directory) => run({ store: TokenStore.makeFile({ directory }) })).pipe(
        Effect.provide(NodeContext.layer)
      ))
  }
})

describe("the file store, encrypted", () => {
  for (const { name, run } of StoreContract.cases) {
    it.scopedLive(`${name}`, () =>
      Effect.flatMap(folder, (directory) => run({ store: TokenStore.makeFile({ directory, ...key }) })).pipe(
        Effect.provide(NodeContext.layer)
      ))
  }
})

describe("the store over a table, of the documentation", () => {
  for (const { name, run } of StoreContract.cases) {
    it.scopedLive(`${name}`, () => {
      const table = inMemory()
      return run({ store: Effect.succeed(writing.make(table, TokenRecord.plain)) })
    })
  }
})

interface Row {
  record: Option.Option<string>
  generation: number
  fence: number
  owner: string
  until: number
}

/** As a database has it: each operation one step, timed by one clock. */
const inMemory = (): writing.Table => {
  const rows = new Map<string, Row>()
  const rowOf = (account: string) => {
    const row = rows.get(account) ?? { record: Option.none(), generation: 0, fence: 0, owner: "", until: 0 }
    rows.set(account, row)
    return row
  }
  return {
    select: (account) => Effect.sync(() => rowOf(account).record),
    upsert: (account, record, generation, fence) =>
      Effect.sync(() => {
        const row = rowOf(account)
        const isNewest = row.generation <= generation && (fence === undefined || row.fence <= fence)
        Object.assign(row, isNewest ? { record: Option.some(record), generation } : {})
        return isNewest
      }),
    lease: (account, owner, millis) =>
      Effect.sync(() => {
        const row = rowOf(account)
        if (performance.now() < row.until) {
          return Option.none()
        }
        Object.assign(row, { owner, fence: row.fence + 1, until: performance.now() + millis })
        return Option.some(row.fence)
      }),
    extend: (account, owner, millis) =>
      Effect.sync(() => {
        const row = rowOf(account)
        const isMine = row.owner === owner
        Object.assign(row, isMine ? { until: performance.now() + millis } : {})
        return isMine
      })
  }
}
