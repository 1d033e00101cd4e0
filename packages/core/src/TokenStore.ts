/**
 * Where a pair outlives the process, and where the processes of a fleet agree on one.
 *
 * @since 0.1.0
 */
import type * as PlatformError from "@effect/platform/Error"
import type * as FileSystem from "@effect/platform/FileSystem"
import * as KeyValueStore from "@effect/platform/KeyValueStore"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { beginsWithin } from "./internal/begins.js"
import { accountKey } from "./internal/digest.js"
import * as fileStore from "./internal/fileStore.js"
import * as polled from "./internal/polledLease.js"
import { fromConfigError } from "./JindouyunConfig.js"
import { type InvalidConfiguration, StoreFailure } from "./JindouyunError.js"
import * as Record from "./TokenRecord.js"

/**
 * What is remembered of an account.
 *
 * @since 0.1.0
 * @category models
 */
export type TokenRecord = Record.TokenRecord

/**
 * An acquisition that was refused.
 *
 * @since 0.1.0
 * @category models
 */
export type RefusedCredentials = Record.RefusedCredentials

/**
 * The right to request for an account, held for a while. `fence` grows with each lease of a key: a store that has given
 * a newer one refuses to save for an older.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lease {
  readonly fence: number
  /** Restarts the time of the lease; fails if the lease was lost. */
  readonly renew: Effect.Effect<void, StoreFailure>
}

/**
 * A store of records, by account. A key is a hash and tells nothing.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly load: (key: string) => Effect.Effect<Option.Option<TokenRecord>, StoreFailure>
  /**
   * Saves a record unless the store holds one of a newer generation or has given a newer lease; `false` when it did not.
   */
  readonly save: (
    key: string,
    record: TokenRecord,
    lease: Option.Option<Lease>
  ) => Effect.Effect<boolean, StoreFailure>
  /**
   * Runs an effect while no other holder of the store runs one for the same key. Fails when the lease is not free by
   * `timeout`, and gives it back in reasonable time: a renewal ends with its lease. A holder that goes silent loses the lease after `duration`.
   */
  readonly withLease: <A, E, R>(
    key: string,
    options: { readonly duration: Duration.Duration; readonly timeout: Duration.Duration },
    use: (lease: Lease) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | StoreFailure, R>
}

/**
 * Where the file store keeps its files, and the keys that encrypt them.
 *
 * @since 0.1.0
 * @category models
 */
export interface FileOptions extends Record.Keys {
  readonly directory: string
}

/**
 * The store in force. Without a layer it is `none`.
 *
 * @since 0.1.0
 * @category references
 */
export class TokenStore extends Context.Reference<TokenStore>()("@jindouyun/core/TokenStore", {
  defaultValue: () => none
}) {}

/**
 * The key under which a store knows an account of a platform: a hash of both, in hex.
 *
 * @since 0.1.0
 * @category keys
 */
export const keyOf: (baseUrl: string, account: string) => string = accountKey

/**
 * Keeps nothing: the pair lives and dies with the provider.
 *
 * @since 0.1.0
 * @category stores
 */
export const none: Service = {
  load: () => Effect.succeedNone,
  save: () => Effect.succeed(true),
  withLease: (_key, _options, use) => use(unfenced)
}

/**
 * Keeps records in memory, for providers that come and go, or share an account, within one process. The lease is a
 * lock that a holder cannot lose, because it cannot go silent without the process.
 *
 * @since 0.1.0
 * @category stores
 */
export const makeMemory: Effect.Effect<Service> = /*#__PURE__*/ Effect.sync(() => {
  const records = new Map<string, TokenRecord>()
  const { isOvertaken, withLease } = makeLeases()
  return {
    load: (key) => Effect.sync(() => Option.fromNullable(records.get(key))),
    save: (key, record, lease) =>
      Effect.sync(() => {
        if (isOvertaken(key, lease) || record.generation < (records.get(key)?.generation ?? 0)) {
          return false
        }
        records.set(key, record)
        return true
      }),
    withLease
  }
})

/**
 * Keeps records in a `KeyValueStore`, for one process at a time: it outlives the process, but its lease holds within
 * one process only, so that two processes that share it would use one refresh token at once. It is plain unless there
 * is a key.
 *
 * @since 0.1.0
 * @category stores
 */
export const makeKeyValueStore = (
  keys?: Record.Keys | undefined
): Effect.Effect<Service, InvalidConfiguration, KeyValueStore.KeyValueStore> =>
  Effect.gen(function*() {
    const codec = yield* Record.make(keys)
    const values = yield* KeyValueStore.KeyValueStore
    const { isOvertaken, withLease } = makeLeases()
    const alone = yield* Effect.makeSemaphore(1)
    const failed = (operation: StoreFailure["operation"]) => (error: PlatformError.PlatformError) =>
      new StoreFailure({ operation, detail: error._tag === "SystemError" ? error.reason : error._tag })
    const load = (key: string) =>
      Effect.flatMap(
        Effect.mapError(values.get(key), failed("load")),
        Option.match({ onNone: () => Effect.succeedNone, onSome: (text) => codec.decode(key, text) })
      )
    return {
      load,
      save: (key, record, lease) =>
        Effect.gen(function*() {
          const stored = yield* load(key)
          if (isOvertaken(key, lease) || Option.exists(stored, ({ generation }) => generation > record.generation)) {
            return false
          }
          yield* Effect.mapError(values.set(key, yield* codec.encode(key, record)), failed("save"))
          return true
        }).pipe(alone.withPermits(1)),
      withLease
    }
  })

/**
 * Keeps records in a folder that the processes of one machine share, on a file system that knows owners and modes. A
 * record is plain unless there is a key.
 *
 * The folder is made where it is missing, with mode 0700, and a folder or record that others have access to is refused.
 * A record survives a loss of power: it is written beside its place, flushed and renamed. A process that dies
 * with the lease loses it when its time is up. Not for a folder of a network, where a file that is made alone may be
 * made twice.
 *
 * @since 0.1.0
 * @category stores
 */
export const makeFile = (
  options: FileOptions
): Effect.Effect<Service, InvalidConfiguration, FileSystem.FileSystem> =>
  Effect.flatMap(Record.make(options), (codec) => fileStore.make(options.directory, codec))

/**
 * The lease of a store that can be asked for it, but does not tell when it is free: looks are 10 milliseconds apart at
 * first, and half a second in the end. For stores of your own.
 *
 * @since 0.1.0
 * @category combinators
 */
export const polledLease: <L extends Lease>(store: {
  /** Takes the lease for a while, if it is free. May not be interrupted: it is to come to its end by itself, soon. */
  readonly acquire: (key: string, duration: Duration.Duration) => Effect.Effect<Option.Option<L>, StoreFailure>
  /** Gives it back, if it was not lost. A failure is left to the lapse of the lease. */
  readonly release: (key: string, lease: L) => Effect.Effect<void, StoreFailure>
}) => Service["withLease"] = polled.make

/**
 * Shares one memory store among everything the layer is provided to.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory: Layer.Layer<never> = /*#__PURE__*/ Layer.effectContext(
  /*#__PURE__*/ Effect.map(makeMemory, (store) => Context.make(TokenStore, store))
)

/**
 * Shares one store over the `KeyValueStore` in the context, as `makeKeyValueStore` has it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerKeyValueStore = (
  keys?: Record.Keys | undefined
): Layer.Layer<never, InvalidConfiguration, KeyValueStore.KeyValueStore> =>
  Layer.effectContext(Effect.map(makeKeyValueStore(keys), (store) => Context.make(TokenStore, store)))

/**
 * Shares one store in a folder, as `makeFile` has it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFile = (
  options: FileOptions
): Layer.Layer<never, InvalidConfiguration, FileSystem.FileSystem> =>
  Layer.effectContext(Effect.map(makeFile(options), (store) => Context.make(TokenStore, store)))

/**
 * Shares one store in a folder, from configs of the user's own naming: the key from a secret, for example.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFileConfig = (
  options: Config.Config.Wrap<FileOptions>
): Layer.Layer<never, InvalidConfiguration, FileSystem.FileSystem> =>
  Layer.unwrapEffect(Effect.mapBoth(Config.unwrap(options), { onFailure: fromConfigError, onSuccess: layerFile }))

/** Leases of one process, in the order in which they were asked for. */
const makeLeases = () => {
  const leases = new Map<string, { readonly queue: Array<Deferred.Deferred<void>>; fence: number }>()

  const leaseOf = (key: string) => {
    const lease = leases.get(key) ?? { queue: [], fence: 0 }
    leases.set(key, lease)
    return lease
  }

  const isOvertaken = (key: string, lease: Option.Option<Lease>): boolean =>
    Option.exists(lease, ({ fence }) => fence < leaseOf(key).fence)

  const withLease: Service["withLease"] = (key, options, use) =>
    Effect.suspend(() => {
      const lease = leaseOf(key)
      let held = false
      // A place in the queue is given back whether its turn has come or not: no interruption can fall in between.
      return Effect.acquireUseRelease(
        Effect.sync(() => {
          const turn = Deferred.unsafeMake<void>(FiberId.none)
          return lease.queue.push(turn) === 1 ? called(turn) : turn
        }),
        (turn) =>
          Effect.flatMap(Deferred.await(turn), () => {
            held = true
            lease.fence += 1
            return use({ fence: lease.fence, renew: Effect.void })
          }),
        (turn) =>
          Effect.sync(() => {
            lease.queue.splice(lease.queue.indexOf(turn), 1)
            lease.queue.slice(0, 1).forEach(called)
          })
      ).pipe(beginsWithin(options.timeout, () => held, polled.notFree(options.timeout)))
    })

  return { isOvertaken, withLease }
}

const called = (turn: Deferred.Deferred<void>): Deferred.Deferred<void> => {
  Deferred.unsafeDone(turn, Exit.void)
  return turn
}

const unfenced: Lease = { fence: 0, renew: Effect.void }
