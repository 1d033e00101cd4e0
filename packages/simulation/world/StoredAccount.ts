import type { StoreFailure } from "@jindouyun/core/JindouyunError"
import type { TokenRecord } from "@jindouyun/core/TokenRecord"
import type * as TokenStore from "@jindouyun/core/TokenStore"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { VirtualClock } from "./VirtualClock.js"

export interface Stored {
  readonly record: TokenRecord
  readonly savedAt: number
}

interface Lease {
  readonly fence: number
  until: number
}

/**
 * One account in a store: its record, its lease and its last fence. Leases expire on the monotonic clock. A fence is at
 * least that clock's milliseconds, so that fences grow even after the store was emptied.
 */
export class StoredAccount {
  stored: Stored | undefined
  lease: Lease | undefined
  emptiedAt = -Infinity
  private fence = 0
  private readonly clock: VirtualClock

  constructor(clock: VirtualClock) {
    this.clock = clock
  }

  empty(): void {
    this.stored = undefined
    this.lease = undefined
    this.emptiedAt = this.clock.elapsed
  }

  save(record: TokenRecord, fence: number | undefined): boolean {
    if ((fence !== undefined && fence < this.fence) || record.generation < (this.stored?.record.generation ?? 0)) {
      return false
    }
    this.stored = { record, savedAt: this.clock.elapsed }
    return true
  }

  /** Removes the record and raises the fence above every fence and generation so far. */
  clear(): void {
    this.fence = Math.max(this.fence, this.stored?.record.generation ?? 0) + 1
    this.stored = undefined
  }

  acquire(millis: number): number | undefined {
    if (this.lease !== undefined && this.clock.elapsed < this.lease.until) {
      return undefined
    }
    this.fence = Math.max(this.fence + 1, Math.floor(this.clock.elapsed))
    this.lease = { fence: this.fence, until: this.clock.elapsed + millis }
    return this.fence
  }

  renew(fence: number, millis: number): boolean {
    if (this.lease?.fence !== fence || this.clock.elapsed >= this.lease.until) {
      return false
    }
    this.lease.until = this.clock.elapsed + millis
    return true
  }

  release(fence: number): boolean {
    if (this.lease?.fence !== fence) {
      return false
    }
    this.lease = undefined
    return true
  }
}

export interface Operation {
  readonly operation: "load" | "save" | "clear" | "acquire" | "renew" | "release"
  readonly fence?: number | undefined
  readonly record?: TokenRecord | undefined
}

/** Sends an operation to the store, which acts, and returns the answer. */
export type Perform = <A>(operation: Operation, act: () => A) => Effect.Effect<A, StoreFailure>

/** The store as the library uses it. */
export const serviceOf = (account: StoredAccount, perform: Perform, lost: StoreFailure): TokenStore.Service => ({
  load: () => perform({ operation: "load" }, () => Option.fromNullable(account.stored?.record)),
  save: (_key, record, lease) => {
    const fence = Option.getOrUndefined(lease)?.fence
    return perform({ operation: "save", fence, record }, () => account.save(record, fence))
  },
  clear: () => perform({ operation: "clear" }, () => account.clear()),
  lease: (_key, duration) => {
    const millis = Duration.toMillis(duration)
    return Effect.map(
      perform({ operation: "acquire" }, () => account.acquire(millis)),
      (fence) =>
        Option.map(Option.fromNullable(fence), (fence) => ({
          fence,
          renew: Effect.flatMap(
            perform({ operation: "renew", fence }, () => account.renew(fence, millis)),
            (isHeld) => isHeld ? Effect.void : Effect.fail(lost)
          ),
          release: Effect.asVoid(perform({ operation: "release", fence }, () => account.release(fence)))
        }))
    )
  }
})
