import type { Account, Request } from "../world/Platform.js"
import type { Access } from "../world/RemoteStore.js"
import type { Received as AnyReceived } from "./Model.js"
import { type Caller, Provider, type Start } from "./Provider.js"

export interface Received extends AnyReceived {
  /**
   * Whether a provider may date it otherwise than by its request: the process was paused at the request, or the clock was
   * turned back before the answer.
   */
  readonly isMisdated: boolean
}

/** A record that the store has had, and that a provider may have adopted; without a value also a `clear`. */
export interface Saved {
  readonly order: number
  readonly generation: number
  readonly value: string | undefined
  readonly by: number
  readonly askedAt: number
  readonly isWithoutLease: boolean
}

/** A lease, by the answers that its provider has received. */
export interface Lease {
  readonly fence: number
  readonly grantedAt: number
  renewedAt: number
  isLost: boolean
}

/** A request in flight. */
export interface Open {
  readonly member: FleetMember
  readonly token: string | undefined
  readonly isWithoutLease: boolean
  /** When its provider last renewed the lease. */
  readonly since: number
  /** Whether the process was paused or resumed in the instant of the request, so that its date is unclear. */
  isMisdated: boolean
}

/** What is known of a provider over a remote store. */
export class FleetMember extends Provider {
  lease: Lease | undefined
  /** When an operation on the store last failed. */
  storeFailedAt = -Infinity
  /** Whether the last trouble with the store is that another process took the lease. */
  isOvertaken = false
  /** The record that it saves under its lease, while it has no answer. */
  saving: Access | undefined
  /** The last token that it is known to hold. */
  token:
    | {
      readonly generation: number
      readonly value: string
      /** Whether its own request brought the token. */
      readonly isOwn: boolean
      isRejected: boolean
    }
    | undefined
  /** Its generation is at least this. */
  least = 0
  /** Its generation is at most this, and since when. */
  most = 0
  mostAt = -Infinity
  /** The last generation that it gave to a pair without the lease: another provider may have used the same. */
  ownGeneration = 0
  /** The highest generation that it has served. */
  highest = 0
  readonly rejected = new Set<number>()
  readonly rejectedValues = new Set<string>()
  /** An answer that it may not have processed. */
  unread: Received | undefined
  /** Its save was refused for a record of this generation, which it must adopt by then. */
  overtaken: { readonly generation: number; readonly by: number } | undefined
  refusal:
    | {
      readonly account: Account
      readonly sign: number
      readonly refusedAt: number
      readonly order: number
      isSaved: boolean
    }
    | undefined
  /** The account of its last acquisition. */
  account: Account | undefined
  /** The last answer before its last reset, and the place at which the reset cleared the store. */
  forgotten: { readonly order: number; readonly clearedOrder: number } | undefined
  resetting: { readonly order: number; clearedOrder: number | undefined } | undefined
  rejectedAt = -Infinity
}

export interface FleetStart extends Start {
  readonly order: number
  readonly least: number
  /** The generation of the stored record. */
  readonly stored: number
  readonly isFirst: boolean
  readonly rejected: ReadonlySet<number>
  readonly isServable: boolean
}

export type FleetCaller = Caller<FleetMember, FleetStart>

/** The stored record that a lease holder must have read, and that binds its request. */
export interface Binding {
  /** The account that the record says is refused. */
  readonly refused: Account | undefined
  /** All accounts whose refusal the record holds, as far as they are known, and that no provider may send now. */
  readonly remembered: ReadonlyArray<Account>
  readonly value: string | undefined
  /** The answers that brought the stored pair; none if its age cannot be seen. */
  readonly namesakes: ReadonlyArray<Received>
}

export type OpenRequests = Map<Request, Open>
