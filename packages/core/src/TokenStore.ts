/**
 * Stores, which keep a token pair when its provider closes. The processes of a fleet share one pair through a store.
 *
 * @since 0.1.0
 */
import * as KeyValueStore from "@effect/platform/KeyValueStore"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { Keys } from "./Encryption.js"
import { accountKey } from "./internal/digest.js"
import * as keyValue from "./internal/edition/keyValue.js"
import { stepOf } from "./internal/edition/systemError.js"
import * as inTurn from "./internal/inTurn.js"
import { fromSystemError, type InvalidConfiguration, type StoreFailure } from "./JindouyunError.js"
import * as TokenRecord from "./TokenRecord.js"

/**
 * The right to renew the token of an account, for a limited time.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lease {
  /** Grows with each lease of a key. A store that granted a newer lease refuses to save under an older one. */
  readonly fence: number
  /** Restarts the duration. Fails if the lease was lost. */
  readonly renew: Effect.Effect<void, StoreFailure>
  /** Ends the lease, unless it was lost. */
  readonly release: Effect.Effect<void, StoreFailure>
}

/**
 * A store of records, one for each account. Every operation answers at once: a store never waits, the renewal does.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly load: (key: string) => Effect.Effect<Option.Option<TokenRecord.TokenRecord>, StoreFailure>
  /** Saves a record. `false` if the store has granted a newer lease, or holds a record of a newer generation or format. */
  readonly save: (
    key: string,
    record: TokenRecord.TokenRecord,
    lease: Option.Option<Lease>
  ) => Effect.Effect<boolean, StoreFailure>
  /**
   * Forgets the record and raises the fence above every fence and generation so far, so that no older lease can save. A lease
   * that is held stays held: its holder may have a request in flight.
   */
  readonly clear: (key: string) => Effect.Effect<void, StoreFailure>
  /** Grants the lease if no process holds it. A holder that stops renewing loses it after `duration`. */
  readonly lease: (key: string, duration: Duration.Duration) => Effect.Effect<Option.Option<Lease>, StoreFailure>
}

/**
 * The store that providers use. Without a layer it is `none`.
 *
 * @since 0.1.0
 * @category references
 */
export class TokenStore extends Context.Reference<TokenStore>()("@jindouyun/core/TokenStore", {
  defaultValue: () => none
}) {}

/**
 * The key of an account in a store: a hash of base URL and account, in hex.
 *
 * @since 0.1.0
 * @category keys
 */
export const keyOf: (baseUrl: string, account: string) => string = accountKey

/**
 * Keeps nothing: the pair is lost when the provider closes.
 *
 * @example
 * ```ts
 * import * as Jindouyun from "@jindouyun/core/Jindouyun"
 * import * as TokenStore from "@jindouyun/core/TokenStore"
 * import * as Layer from "effect/Layer"
 *
 * // The account whose store is that of the program, and the same account without a store.
 * export const account = Jindouyun.layerFromEnv()
 * export const withoutStore = Layer.provide(account, Layer.succeed(TokenStore.TokenStore, TokenStore.none))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const none: Service = {
  load: () => Effect.succeedNone,
  save: () => Effect.succeed(true),
  clear: () => Effect.void,
  lease: () => Effect.succeedSome({ fence: 0, renew: Effect.void, release: Effect.void })
}

/**
 * Keeps records in memory, for providers of one process that share an account.
 *
 * @example
 * ```ts
 * import * as Jindouyun from "@jindouyun/core/Jindouyun"
 * import * as TokenStore from "@jindouyun/core/TokenStore"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * // Two layers, built one after the other, use the same pair.
 * export const restarted = Effect.map(TokenStore.makeMemory, (memory) => {
 *   const store = Layer.succeed(TokenStore.TokenStore, memory)
 *   return [Jindouyun.layerFromEnv({ store }), Jindouyun.layerFromEnv({ store })] as const
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeMemory: Effect.Effect<Service> = /*#__PURE__*/ Effect.sync(() => {
  const records = new Map<string, TokenRecord.TokenRecord>()
  const leases = makeLeases()
  return {
    load: (key) => Effect.sync(() => Option.fromNullable(records.get(key))),
    save: (key, record, lease) =>
      Effect.sync(() => {
        if (leases.isOvertaken(key, lease) || record.generation < (records.get(key)?.generation ?? 0)) {
          return false
        }
        records.set(key, record)
        return true
      }),
    clear: (key) =>
      Effect.sync(() => {
        leases.raise(key, records.get(key)?.generation ?? 0)
        records.delete(key)
      }),
    lease: leases.lease
  }
})

/**
 * Keeps records in a `KeyValueStore`, plain unless there is a key.
 *
 * **Gotchas**
 *
 * The lease holds within one process only: two processes that share the `KeyValueStore` would use one refresh token at once.
 *
 * @example
 * ```ts
 * import * as KeyValueStore from "@effect/platform/KeyValueStore"
 * import * as TokenStore from "@jindouyun/core/TokenStore"
 * import * as Effect from "effect/Effect"
 * import type * as Redacted from "effect/Redacted"
 *
 * // The records stand beside other values of the program, under names of their own.
 * export const prefixed = (encryptionKey: Redacted.Redacted) =>
 *   Effect.provideServiceEffect(
 *     TokenStore.makeKeyValueStore({ encryptionKey }),
 *     KeyValueStore.KeyValueStore,
 *     Effect.map(KeyValueStore.KeyValueStore, (values) => KeyValueStore.prefix(values, "jindouyun/"))
 *   )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeKeyValueStore = (
  keys?: Keys | undefined
): Effect.Effect<Service, InvalidConfiguration, KeyValueStore.KeyValueStore> =>
  Effect.gen(function*() {
    const codec = yield* TokenRecord.make(keys)
    const values = yield* KeyValueStore.KeyValueStore
    const leases = makeLeases()
    const oneAtATime = yield* inTurn.make(1)
    const failed = (operation: StoreFailure["operation"], key: string) => (error: keyValue.KeyValueError) =>
      fromSystemError(operation, stepOf(error).path ?? key, error)
    const read = (operation: StoreFailure["operation"], key: string) =>
      Effect.mapError(keyValue.get(values, key), failed(operation, key))
    const decode = (operation: StoreFailure["operation"], key: string, text: Option.Option<string>) =>
      Option.isNone(text)
        ? Effect.succeedNone
        : Effect.mapError(codec.decode(key, text.value), () => TokenRecord.withoutKey(operation, key))
    return {
      load: (key) => Effect.flatMap(read("load", key), (text) => decode("load", key, text)),
      save: (key, record, lease) =>
        Effect.gen(function*() {
          const text = yield* read("save", key)
          const stored = yield* decode("save", key, text)
          if (
            leases.isOvertaken(key, lease) || Option.exists(text, TokenRecord.isNewerFormat)
            || Option.exists(stored, ({ generation }) => generation > record.generation)
          ) {
            return false
          }
          yield* Effect.mapError(values.set(key, yield* codec.encode(key, record)), failed("save", key))
          return true
        }).pipe(oneAtATime),
      clear: (key) =>
        Effect.gen(function*() {
          // A record that needs a key is cleared without it.
          const stored = yield* Effect.orElseSucceed(
            decode("clear", key, yield* read("clear", key)),
            () => Option.none<TokenRecord.TokenRecord>()
          )
          leases.raise(key, Option.match(stored, { onNone: () => 0, onSome: ({ generation }) => generation }))
          yield* Effect.mapError(values.remove(key), failed("clear", key))
        }).pipe(oneAtATime),
      lease: leases.lease
    }
  })

/**
 * One memory store for everything the layer is provided to.
 *
 * @example
 * ```ts
 * import * as Jindouyun from "@jindouyun/core/Jindouyun"
 * import * as TokenStore from "@jindouyun/core/TokenStore"
 * import type * as Redacted from "effect/Redacted"
 *
 * // Layers of one account that are built together share one pair, because Effect builds the layer of the store once.
 * export const account = (password: Redacted.Redacted) =>
 *   Jindouyun.layer({ username: "user1", password, store: TokenStore.layerMemory })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory: Layer.Layer<TokenStore> = /*#__PURE__*/ Layer.effect(TokenStore, makeMemory)

/**
 * One store over the `KeyValueStore` in the context; see `makeKeyValueStore`.
 *
 * @example
 * ```ts
 * import * as KeyValueStore from "@effect/platform/KeyValueStore"
 * import * as Jindouyun from "@jindouyun/core/Jindouyun"
 * import * as TokenStore from "@jindouyun/core/TokenStore"
 * import * as Layer from "effect/Layer"
 *
 * // A pair in a folder survives a restart of the one process that uses the folder. The layer needs `FileSystem` and `Path`.
 * export const account = Jindouyun.layerFromEnv({
 *   store: Layer.provide(TokenStore.layerKeyValueStore(), KeyValueStore.layerFileSystem("/var/lib/reports"))
 * })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerKeyValueStore = (
  keys?: Keys | undefined
): Layer.Layer<TokenStore, InvalidConfiguration, KeyValueStore.KeyValueStore> =>
  Layer.effect(TokenStore, makeKeyValueStore(keys))

/** The leases of one process. A holder keeps its lease until it releases it, because both end with the process. */
const makeLeases = () => {
  const fences = new Map<string, number>()
  const holders = new Map<string, number>()
  const fenceOf = (key: string): number => fences.get(key) ?? 0

  const lease: Service["lease"] = (key) =>
    Effect.sync(() => {
      if (holders.has(key)) {
        return Option.none()
      }
      const fence = fenceOf(key) + 1
      fences.set(key, fence)
      holders.set(key, fence)
      const release = Effect.sync(() => {
        if (holders.get(key) === fence) {
          holders.delete(key)
        }
      })
      return Option.some({ fence, renew: Effect.void, release })
    })

  const isOvertaken = (key: string, lease: Option.Option<Lease>): boolean =>
    Option.exists(lease, ({ fence }) => fence < fenceOf(key))

  const raise = (key: string, generation: number) => fences.set(key, Math.max(fenceOf(key), generation) + 1)

  return { isOvertaken, lease, raise }
}
