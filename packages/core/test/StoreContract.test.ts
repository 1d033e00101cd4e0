import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import * as KeyValueStore from "@effect/platform/KeyValueStore"
import { describe, it } from "@effect/vitest"
import * as StoreContract from "@jindouyun/sandbox/StoreContract"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as writing from "../examples/writing-a-store.js"
import * as FileTokenStore from "../src/FileTokenStore.js"
import * as KeyValue from "../src/internal/edition/keyValue.js"
import * as TokenRecord from "../src/TokenRecord.js"
import * as TokenStore from "../src/TokenStore.js"

const encryptionKey = Redacted.make("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")

const casesOf = (...kinds: ReadonlyArray<StoreContract.Case["needs"]>) =>
  StoreContract.cases.filter(({ needs }) => needs === undefined || kinds.includes(needs))

describe("the memory store", () => {
  for (const { name, run } of casesOf()) {
    it.scopedLive(name, () => Effect.flatMap(TokenStore.makeMemory, (store) => run({ store: Effect.succeed(store) })))
  }
})

for (const [title, keys] of [["plain", {}], ["encrypted", { encryptionKey }]] as const) {
  describe(`the store over a KeyValueStore, ${title}`, () => {
    for (const { name, run } of casesOf("text")) {
      it.scopedLive(name, () =>
        Effect.gen(function*() {
          const values = yield* KeyValueStore.KeyValueStore
          const store = yield* TokenStore.makeKeyValueStore(keys)
          yield* run({
            store: Effect.succeed(store),
            text: {
              write: (key, text) => Effect.orDie(values.set(key, text)),
              read: (key) => Effect.orDie(Effect.map(KeyValue.get(values, key), Option.getOrUndefined))
            }
          })
        }).pipe(Effect.provide(KeyValueStore.layerMemory)))
    }
  })

  describe(`the file store, ${title}`, () => {
    for (const { name, run } of StoreContract.cases) {
      it.scopedLive(name, () =>
        Effect.gen(function*() {
          const fs = yield* FileSystem.FileSystem
          const directory = `${yield* fs.makeTempDirectoryScoped()}/tokens`
          const file = (key: string) => `${directory}/${key}/record.0`
          yield* run({
            store: FileTokenStore.make({ directory, ...keys }),
            text: {
              write: (key, text) =>
                Effect.orDie(Effect.zipRight(
                  fs.makeDirectory(`${directory}/${key}`, { recursive: true, mode: 0o700 }),
                  fs.writeFileString(file(key), text, { mode: 0o600 })
                )),
              read: (key) => Effect.orDie(fs.readFileString(file(key)))
            }
          })
        }).pipe(Effect.provide(NodeContext.layer)))
    }
  })
}

describe("the store over a table, of the documentation", () => {
  for (const { name, run } of StoreContract.cases) {
    it.scopedLive(name, () => {
      const { row, table } = inMemory()
      return run({
        store: Effect.succeed(writing.make(table, TokenRecord.plain)),
        text: {
          write: (key, text) =>
            Effect.sync(() => {
              Object.assign(row(key), { record: Option.some(text), format: TokenRecord.format + 1 })
            }),
          read: (key) => Effect.sync(() => Option.getOrUndefined(row(key).record))
        }
      })
    })
  }
})

interface Row {
  record: Option.Option<string>
  generation: number
  format: number
  fence: number
  owner: string
  until: number
}

/** As a database works: each operation is one step, timed by one clock. */
const inMemory = () => {
  const rows = new Map<string, Row>()
  const row = (account: string) => {
    const found = rows.get(account)
      ?? { record: Option.none(), generation: 0, format: 0, fence: 0, owner: "", until: 0 }
    rows.set(account, found)
    return found
  }
  const table: writing.Table = {
    select: (account) => Effect.sync(() => row(account).record),
    upsert: (account, { fence, format, generation, record }) =>
      Effect.sync(() => {
        const stored = row(account)
        const isNewest = stored.generation <= generation && stored.format <= format
          && (fence === undefined || stored.fence <= fence)
        Object.assign(stored, isNewest ? { record: Option.some(record), generation, format } : {})
        return isNewest
      }),
    clear: (account) =>
      Effect.sync(() => {
        const { fence, generation } = row(account)
        Object.assign(row(account), {
          record: Option.none(),
          fence: Math.max(fence, generation) + 1,
          generation: 0,
          format: 0
        })
      }),
    lease: (account, owner, millis) =>
      Effect.sync(() => {
        const stored = row(account)
        if (performance.now() < stored.until) {
          return Option.none()
        }
        Object.assign(stored, { owner, fence: stored.fence + 1, until: performance.now() + millis })
        return Option.some(stored.fence)
      }),
    extend: (account, owner, millis) =>
      Effect.sync(() => {
        const stored = row(account)
        const isMine = stored.owner === owner
        Object.assign(stored, isMine ? { until: performance.now() + millis } : {})
        return isMine
      })
  }
  return { row, table }
}
