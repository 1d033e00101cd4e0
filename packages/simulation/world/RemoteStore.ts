import { StoreFailure } from "@jindouyun/core/JindouyunError"
import type * as TokenStore from "@jindouyun/core/TokenStore"
import * as Effect from "effect/Effect"
import type { Chooser } from "./Chooser.js"
import { type Operation, type Perform, serviceOf, StoredAccount } from "./StoredAccount.js"
import type { VirtualClock } from "./VirtualClock.js"

/** How long a client of the store waits for an answer before it fails. */
export const patience = 5000

/** Longer than the slack of a lease, shorter than the patience. */
const late = 3000

/** One operation of one provider, and its progress. */
export interface Access extends Operation {
  readonly provider: number
  readonly askedAt: number
  /** The lease of the operation, if there is one; of a requested lease, once it is granted. */
  fence?: number | undefined
  /** When the store acted, even if the provider gets no answer. */
  actedAt: number | undefined
  /** The answer to the provider: whether the lease is its own, or the record is saved. */
  answer: boolean | "failed" | undefined
}

export interface Onlooker {
  readonly asked: (access: Access) => void
  readonly acted: (access: Access, isDone: boolean) => void
  readonly answered: (access: Access) => void
}

/**
 * A store behind a network, for one account. Each operation takes time on the way there and on the way back, and the store
 * may act although the answer is lost.
 */
export class RemoteStore {
  readonly account: StoredAccount
  private isDown = false
  private isHealthy = false
  private hungUntil = -Infinity
  /** Whether the store itself is paused while it hangs. */
  private isPaused = false
  private readonly disconnected = new Set<number>()
  private readonly clock: VirtualClock
  private readonly chooser: Chooser
  private readonly latency: number
  private readonly onlooker: Onlooker

  constructor(clock: VirtualClock, chooser: Chooser, latency: number, onlooker: Onlooker) {
    this.account = new StoredAccount(clock)
    this.clock = clock
    this.chooser = chooser
    this.latency = latency
    this.onlooker = onlooker
  }

  // --- commands ------------------------------------------------------------------------------------------------------

  becomes(state: "down" | "up"): void {
    this.isDown = state === "down"
  }

  hang(millis: number, isPaused: boolean): void {
    this.hungUntil = this.clock.elapsed + millis
    this.isPaused = isPaused
  }

  disconnect(provider: number): void {
    this.disconnected.add(provider)
  }

  reconnect(): void {
    this.disconnected.clear()
  }

  heal(): void {
    this.isHealthy = true
    this.isDown = false
    this.hungUntil = -Infinity
    this.reconnect()
  }

  // --- operations ----------------------------------------------------------------------------------------------------

  serviceFor(provider: number): TokenStore.Service {
    const perform: Perform = (operation, act) =>
      Effect.suspend(() =>
        this.perform(
          { ...operation, provider, askedAt: this.clock.elapsed, actedAt: undefined, answer: undefined },
          act
        )
      )
    return serviceOf(this.account, perform, failure("lease", "lost"))
  }

  private perform<A>(access: Access, act: () => A): Effect.Effect<A, StoreFailure> {
    this.onlooker.asked(access)
    const done = (): A => {
      access.actedAt = this.clock.elapsed
      const result = act()
      if (typeof result === "number") {
        access.fence = result
      }
      this.onlooker.acted(access, isDone(access, result))
      return result
    }
    const answer = (result: A): Effect.Effect<A> => {
      access.answer = isDone(access, result)
      this.onlooker.answered(access)
      return Effect.succeed(result)
    }
    return this.latency === 0 && !this.isHung && this.isReachableFor(access)
      ? answer(done())
      : Effect.async<A, StoreFailure>((resume) => this.transmit(access, done, answer, resume))
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
        resume(Effect.fail(failure(failedOperation(access), detail)))
      }
    }
    const cancel = this.clock.after(patience, () => fail("no answer"))
    const isLost = (): boolean => {
      if (this.isReachableFor(access)) {
        return false
      }
      cancel()
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
        cancel()
        resume(answer(result))
      }
    }
    this.clock.after(this.leg(), arrive)
  }

  /** One way through the network. Operations may overtake each other. */
  private leg(): number {
    return (this.latency * this.chooser.next(4)) / 2
  }

  /** One answer in twenty is late: the provider fails to learn whether the store acted. */
  private delay(): number {
    return this.latency > 0 && !this.isHealthy && this.chooser.next(20) === 1 ? late : 0
  }

  private get isHung(): boolean {
    return this.clock.elapsed < this.hungUntil
  }

  private isReachableFor({ provider }: Access): boolean {
    return !this.isDown && !this.disconnected.has(provider)
  }
}

/** A save or a lease may be refused; a load and a clear are always done. */
const isDone = ({ operation }: Operation, result: unknown): boolean =>
  operation === "load" || operation === "clear" || (result !== false && result !== undefined)

const failedOperation = ({ operation }: Operation): StoreFailure["operation"] =>
  operation === "acquire" || operation === "renew" || operation === "release" ? "lease" : operation

const failure = (operation: StoreFailure["operation"], detail: string) => new StoreFailure({ operation, detail })
