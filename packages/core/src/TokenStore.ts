/**
 * Where a pair outlives the process, and where the processes of a fleet agree on one.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { beginsWithin } from "./internal/begins.js"
import { type AcquireError, StoreFailure } from "./JindouyunError.js"
import type { TokenPair } from "./Token.js"

/**
 * What is remembered of an account.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenRecord {
  /** The pairs that have arrived for the account so far; never goes down. */
  readonly generation: number
  /** The last of them, unless it was forgotten by a reset. */
  readonly pair: Option.Option<TokenPair>
  /** The login that was refused since, if one was. */
  readonly latch: Option.Option<Latch>
}

/**
 * A login that was refused: it is not sent again with the same credentials, not even after a restart.
 *
 * @since 0.1.0
 * @category models
 */
export interface Latch {
  /** A salted hash of the refused credentials. */
  readonly credentials: string
  readonly failure: AcquireError
}

/**
 * The right to exchange for an account, held for a while. `fence` grows with each lease of a key: a store that has given
 * a newer one refuses to save for an older.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lease {
  readonly fence: number
  /** Starts the time of the lease anew; fails if the lease was lost. */
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
   * `timeout`, and gives it back in reasonable time: a flight ends with its lease. A holder that goes silent loses the lease after `duration`.
   */
  readonly withLease: <A, E, R>(
    key: string,
    options: { readonly duration: Duration.Duration; readonly timeout: Duration.Duration },
    use: (lease: Lease) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | StoreFailure, R>
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
export const makeMemory: Effect.Effect<Service> = Effect.sync(() => {
  const records = new Map<string, TokenRecord>()
  const leases = new Map<string, { readonly queue: Array<Deferred.Deferred<void>>; fence: number }>()

  const leaseOf = (key: string) => {
    const lease = leases.get(key) ?? { queue: [], fence: 0 }
    leases.set(key, lease)
    return lease
  }

  return {
    load: (key) => Effect.sync(() => Option.fromNullable(records.get(key))),
    save: (key, record, lease) =>
      Effect.sync(() => {
        const isFenced = Option.exists(lease, ({ fence }) => fence < leaseOf(key).fence)
        if (isFenced || record.generation < (records.get(key)?.generation ?? 0)) {
          return false
        }
        records.set(key, record)
        return true
      }),
    withLease: (key, options, use) =>
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
        ).pipe(beginsWithin(options.timeout, () => held, notFree(options.timeout)))
      })
  }
})

/**
 * Shares one memory store among everything the layer is provided to.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory: Layer.Layer<never> = Layer.effectContext(
  Effect.map(makeMemory, (store) => Context.make(TokenStore, store))
)

const called = (turn: Deferred.Deferred<void>): Deferred.Deferred<void> => {
  Deferred.unsafeDone(turn, Exit.void)
  return turn
}

const notFree = (timeout: Duration.Duration): Effect.Effect<never, StoreFailure> =>
  Effect.failSync(() => new StoreFailure({ operation: "lease", detail: `not free within ${Duration.format(timeout)}` }))

const unfenced: Lease = { fence: 0, renew: Effect.void }
