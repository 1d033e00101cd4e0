import type { StoreFailure } from "@jindouyun/core/JindouyunError"
import type { TokenRecord } from "@jindouyun/core/TokenRecord"
import type * as TokenStore from "@jindouyun/core/TokenStore"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Chooser } from "./Chooser.js"
import type { VirtualClock } from "./VirtualClock.js"

/** How long a client of the store waits for an answer before it takes it for lost. */
export const patience = 5000

/** Longer than the slack of a lease, shorter than the patience. */
const late = 3000

/** One operation of one provider, and how far it has come. */
export interface Access {
  readonly provider: number
  readonly operation: "load" | "save" | "clear" | "acquire" | "renew" | "release"
  /** The record that is to be saved. */
  readonly record: TokenRecord | undefined
  readonly askedAt: number
  /** The lease it is done under, where there is one; of a lease that is asked for, once it is given. */
  fence: number | undefined
  /** When the store did it, whether the provider was told or not. */
  actedAt: number | undefined
  /** What the provider was told: whether the lease is its own, or the record saved. */
  answer: boolean | "failed" | undefined
}

export interface Onlooker {
  readonly asked: (access: Access) => void
  readonly acted: (access: Access, isDone: boolean) => void
  readonly answered: (access: Access) => void
}

/** The record that is stored. */
export interface Stored {
  readonly record: TokenRecord
  readonly savedAt: number
}

interface Given {
  readonly fence: number
  until: number
}

/**
 * A store at the other end of a network, for one account: each operation takes its time on the way there and on the
 * way back, and may be done without anybody being told. Leases lapse on the monotonic clock; their numbers are those of
 * its milliseconds at least, and grow whatever the store loses.
 */
export class RemoteStore {
  stored: Stored | undefined
  lease: Given | undefined
  private isDown = false
  private isWell = false
  emptiedAt = -Infinity
  private fences = 0
  private hungUntil = -Infinity
  /** Whether the store itself is paused, or only its answers are late. */
  private isPaused = false
  private readonly cut = new Set<number>()
  private readonly clock: VirtualClock
  private readonly chooser: Chooser
  private readonly latency: number
  private readonly onlooker: Onlooker
  private readonly failure: (operation: StoreFailure["operation"], detail: string) => StoreFailure

  constructor(
    clock: VirtualClock,
    chooser: Chooser,
    latency: number,
    onlooker: Onlooker,
    failure: (operation: StoreFailure["operation"], detail: string) => StoreFailure
  ) {
    this.clock = clock
    this.chooser = chooser
    this.latency = latency
    this.onlooker = onlooker
    this.failure = failure
  }

  // --- what happens to it ------------------------------------------------------------------------------------------

  becomes(state: "down" | "up"): void {
    this.isDown = state === "down"
  }

  empty(): void {
    this.stored = undefined
    this.lease = undefined
    this.emptiedAt = this.clock.elapsed
  }

  hang(millis: number, isPaused: boolean): void {
    this.hungUntil = this.clock.elapsed + millis
    this.isPaused = isPaused
  }

  disconnect(provider: number): void {
    this.cut.add(provider)
  }

  connect(): void {
    this.cut.clear()
  }

  heal(): void {
    this.isWell = true
    this.isDown = false
    this.hungUntil = -Infinity
    this.connect()
  }

  // --- what it does ------------------------------------------------------------------------------------------------

  serviceFor(provider: number): TokenStore.Service {
    const access = (
      operation: Access["operation"],
      fence?: number,
      record?: TokenRecord
    ): Access => ({
      provider,
      operation,
      record,
      askedAt: this.clock.elapsed,
      fence,
      actedAt: undefined,
      answer: undefined
    })
    return {
      load: () => this.perform(() => access("load"), () => Option.fromNullable(this.stored?.record), () => true),
      save: (_key, record, lease) =>
        this.perform(
          () => access("save", Option.getOrUndefined(lease)?.fence, record),
          ({ fence }) => this.save(record, fence),
          (isSaved) => isSaved
        ),
      clear: () => Effect.asVoid(this.perform(() => access("clear"), (access) => this.clear(access), () => true)),
      lease: (_key, duration) => {
        const millis = Duration.toMillis(duration)
        return Effect.map(
          this.perform(() => access("acquire"), (access) => this.acquire(access, millis), (fence) => fence > 0),
          (fence) =>
            Option.map(Option.liftPredicate(fence, () => fence > 0), () => ({
              fence,
              renew: Effect.flatMap(
                this.perform(() => access("renew", fence), () => this.renew(fence, millis), (isHeld) => isHeld),
                (isHeld) => isHeld ? Effect.void : Effect.fail(this.failure("lease", "lost"))
              ),
              release: Effect.asVoid(
                this.perform(() => access("release", fence), () => this.release(fence), (isHeld) => isHeld)
              )
            }))
        )
      }
    }
  }

  private clear(access: Access): void {
    this.fences = Math.max(this.fences, this.stored?.record.generation ?? 0) + 1
    access.fence = this.fences
    this.stored = undefined
  }

  private save(record: TokenRecord, fence: number | undefined): boolean {
    if (
      (fence !== undefined && fence < this.fences) || record.generation < (this.stored?.record.generation ?? 0)
    ) {
      return false
    }
    this.stored = { record, savedAt: this.clock.elapsed }
    return true
  }

  private acquire(access: Access, millis: number): number {
    if (this.lease !== undefined && this.clock.elapsed < this.lease.until) {
      return 0
    }
    this.fences = Math.max(this.fences + 1, Math.floor(this.clock.elapsed))
    access.fence = this.fences
    this.lease = { fence: this.fences, until: this.clock.elapsed + millis }
    return this.fences
  }

  private renew(fence: number, millis: number): boolean {
    if (this.lease?.fence !== fence || this.clock.elapsed >= this.lease.until) {
      return false
    }
    this.lease.until = this.clock.elapsed + millis
    return true
  }

  private release(fence: number): boolean {
    if (this.lease?.fence !== fence) {
      return false
    }
    this.lease = undefined
    return true
  }

  // --- the way there and back --------------------------------------------------------------------------------------

  private perform<A>(
    begin: () => Access,
    act: (access: Access) => A,
    isDone: (result: A) => boolean
  ): Effect.Effect<A, StoreFailure> {
    return Effect.suspend(() => {
      const access = begin()
      this.onlooker.asked(access)
      const done = (): A => {
        access.actedAt = this.clock.elapsed
        const result = act(access)
        this.onlooker.acted(access, isDone(result))
        return result
      }
      const answer = (result: A): Effect.Effect<A> => {
        access.answer = isDone(result)
        this.onlooker.answered(access)
        return Effect.succeed(result)
      }
      return this.latency === 0 && !this.isHung && this.isReachableFor(access)
        ? answer(done())
        : Effect.async<A, StoreFailure>((resume) => this.transmit(access, done, answer, resume))
    })
  }

  private transmit<A>(
    access: Access,
    done: () => A,
    answer: (result: A) => Effect.Effect<A>,
    resume: (answer: Effect.Effect<A, StoreFailure>) => void
  ): void {
    const fail = (detail: string) => {
      if (access.answer === undefined) {
        access.answer = "failed"
        this.onlooker.answered(access)
        const { operation } = access
        resume(
          Effect.fail(
            this.failure(
              operation === "acquire" || operation === "renew" || operation === "release" ? "lease" : operation,
              detail
            )
          )
        )
      }
    }
    const giveUp = this.clock.after(patience, () => fail("no answer"))
    const isLost = (): boolean => {
      if (this.isReachableFor(access)) {
        return false
      }
      giveUp()
      fail("no connection")
      return true
    }
    const arrive = (): void => {
      if (this.isHung && this.isPaused) {
        this.clock.after(this.hungUntil - this.clock.elapsed, arrive)
      } else if (!isLost()) {
        const result = done()
        this.clock.after(this.leg() + this.delay(), () => leave(result))
      }
    }
    const leave = (result: A): void => {
      if (this.isHung) {
        this.clock.after(this.hungUntil - this.clock.elapsed, () => leave(result))
      } else if (!isLost() && access.answer === undefined) {
        giveUp()
        resume(answer(result))
      }
    }
    this.clock.after(this.leg(), arrive)
  }

  /** Nobody says that who asks first is answered first. */
  private leg(): number {
    return (this.latency * this.chooser.next(4)) / 2
  }

  /** Now and then an answer is late: for whoever waits, the store may or may not have done what it was asked. */
  private delay(): number {
    return this.latency > 0 && !this.isWell && this.chooser.next(20) === 1 ? late : 0
  }

  private get isHung(): boolean {
    return this.clock.elapsed < this.hungUntil
  }

  private isReachableFor({ provider }: Access): boolean {
    return !this.isDown && !this.cut.has(provider)
  }
}
