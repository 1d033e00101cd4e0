import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import * as KeyValueStore from "@effect/platform/KeyValueStore"
import { describe, it } from "@effect/vitest"
import * as StoreContract from "@jindouyun/sandbox/StoreContract"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
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

describe("the file store, sealed", () => {
  for (const { name, run } of StoreContract.cases) {
    it.scopedLive(`${name}`, () =>
      Effect.flatMap(folder, (directory) => run({ store: TokenStore.makeFile({ directory, ...key }) })).pipe(
        Effect.provide(NodeContext.layer)
      ))
  }
})
