import type { TokenError } from "@jindouyun/core/JindouyunError"
import type { AccessToken } from "@jindouyun/core/Token"
import type * as Exit from "effect/Exit"

/** A failure with `nextTryAt`: no request is sent before `until`. */
export interface Cooling {
  readonly since: number
  readonly until: number
}

/** What is seen of a provider from outside. Instants are those of the monotonic clock, unless a comment says otherwise. */
export class Provider {
  phase: "open" | "closing" | "closed" | "killed" = "open"
  /** Only a process can be paused. */
  isPaused = false
  /** When the process was last paused or resumed. */
  pausedAt = -Infinity
  cooling: Cooling | undefined
  /** The token that was served with each generation. */
  readonly generations = new Map<number, string>()
  requests = 0
  /** Calls so far. */
  calls = 0
  /**
   * How often something happened that may cost a waiting caller a second renewal: a closing, a pause, a turned clock, a
   * rejected token, a reset.
   */
  disturbances = 0
  lastEndAt = -Infinity
  lastForcedAt = -Infinity
  lastResetAt = -Infinity
  readonly index: number

  constructor(index: number) {
    this.index = index
  }
}

/** What was known when a caller called, and what the guarantees allow the caller to wait for. */
export interface Start {
  readonly isClosed: boolean
  readonly disturbances: number
  /** How often the wall clock had been turned. */
  readonly turns: number
  /** The requests that its provider had sent. */
  readonly requests: number
  readonly longestWait: number
  readonly mostRequests: number
}

export interface Caller<P extends Provider = Provider, S extends Start = Start> {
  readonly id: number
  readonly provider: P
  readonly kind: "read" | "refresh"
  /** Whether the caller runs from each wake to the next wait without yielding: then the present state counts. */
  readonly isAtomic: boolean
  readonly startedAt: number
  readonly wallAt: number
  readonly start: S
  isInterrupted: boolean
  exit: Exit.Exit<AccessToken, TokenError> | undefined
}

/** Whether nothing has happened since the call that may cost a second renewal. */
export const isUndisturbed = ({ provider, start }: Caller): boolean => start.disturbances === provider.disturbances
