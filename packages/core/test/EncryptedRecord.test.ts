import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import * as KeyValueStore from "@effect/platform/KeyValueStore"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type * as Encryption from "../src/Encryption.js"
import * as FileTokenStore from "../src/FileTokenStore.js"
import type { InvalidConfiguration, StoreFailure } from "../src/JindouyunError.js"
import * as TokenStore from "../src/TokenStore.js"
import { makePair } from "./utils.js"

const account = "c0ffee".padEnd(64, "0")
const encryptionKey = Redacted.make(Buffer.alloc(32, 7).toString("base64"))
const otherKey = Redacted.make(Buffer.alloc(32, 8).toString("base64"))

const record = (generation: number) => ({
  generation,
  pair: Option.some(makePair({ generation })),
  refusedCredentials: Option.none(),
  earlierRefusals: []
})

type Make = (keys: Encryption.Keys) => Effect.Effect<TokenStore.Service, InvalidConfiguration>

/** Each kind of store that keeps text, made over one backend with the keys of a process. */
const stores: { readonly [kind: string]: Effect.Effect<Make, unknown, Scope.Scope> } = {
  files: Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const directory = `${yield* fs.makeTempDirectoryScoped()}/tokens`
    return (keys: Encryption.Keys) => Effect.provide(FileTokenStore.make({ ...keys, directory }), NodeContext.layer)
  }).pipe(Effect.provide(NodeContext.layer)),
  "a KeyValueStore": Effect.map(
    Layer.build(KeyValueStore.layerMemory),
    (context) => (keys) => Effect.provide(TokenStore.makeKeyValueStore(keys), context)
  )
}

describe("a process without a key, over an encrypted record", () => {
  for (const [kind, backend] of Object.entries(stores)) {
    it.scopedLive(`neither reads nor overwrites it in ${kind}, and names the setting`, () =>
      Effect.gen(function*() {
        const make = yield* backend
        const encrypted = yield* make({ encryptionKey })
        const plain = yield* make({})
        assert.isTrue(yield* encrypted.save(account, record(1), Option.none()))
        const lease = yield* Effect.map(plain.lease(account, Duration.seconds(10)), Option.getOrThrow)
        const attempts = {
          load: plain.load(account),
          save: plain.save(account, record(9), Option.none())
        }
        for (const [operation, attempt] of Object.entries(attempts)) {
          const failure = yield* Effect.flip(Effect.asVoid<unknown, StoreFailure, never>(attempt))
          assert.strictEqual(failure.operation, operation)
          assert.match(failure.detail, /encryptionKey \(JINDOUYUN_ENCRYPTION_KEY\).* \(.*c0ffee.*\)$/)
          assert.match(failure.hint, /^Set encryptionKey/)
        }
        assert.include((yield* Effect.flip(plain.save(account, record(9), Option.some(lease)))).detail, "encryptionKey")
        yield* lease.release
        assert.strictEqual(Option.getOrThrow(yield* encrypted.load(account)).generation, 1)
      }))

    it.scopedLive(`may clear it in ${kind}, and save after that`, () =>
      Effect.gen(function*() {
        const make = yield* backend
        yield* (yield* make({ encryptionKey })).save(account, record(1), Option.none())
        const plain = yield* make({})
        yield* plain.clear(account)
        assert.isTrue(Option.isNone(yield* plain.load(account)))
        assert.isTrue(yield* plain.save(account, record(2), Option.none()))
      }))

    it.scopedLive(`replaces it in ${kind} if it has another key, which is a record that is lost`, () =>
      Effect.gen(function*() {
        const make = yield* backend
        yield* (yield* make({ encryptionKey })).save(account, record(1), Option.none())
        const other = yield* make({ encryptionKey: otherKey })
        assert.isTrue(Option.isNone(yield* other.load(account)))
        assert.isTrue(yield* other.save(account, record(1), Option.none()))
      }))
  }
})
