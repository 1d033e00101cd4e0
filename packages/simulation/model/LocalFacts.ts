import type { Request } from "../world/Platform.js"
import type { LocalKnowledge } from "./LocalKnowledge.js"
import type { LocalCaller, LocalProvider, Needless, Received } from "./LocalProvider.js"
import type { Facts } from "./Model.js"

/** The facts of providers over no store, or over a store in memory. */
export interface LocalFacts extends Facts {
  readonly sent: Facts["sent"] & {
    readonly model: LocalKnowledge
    readonly provider: LocalProvider
    readonly received: Received | undefined
    /** The pair that the provider was known to hold before. */
    readonly known: Received | undefined
    /** Set if the request is needless, for the last pair is fresh. */
    readonly needless: Needless | undefined
  }
  readonly attempted: Facts["attempted"] & {
    readonly model: LocalKnowledge
    readonly caller: LocalCaller
    readonly refreshes: number
    /** The requests since the call. */
    readonly since: ReadonlyArray<Request>
  }
  readonly ended: Facts["ended"] & { readonly model: LocalKnowledge; readonly provider: LocalProvider }
  readonly firstTurn: Facts["firstTurn"] & {
    readonly caller: LocalCaller
    readonly nextTryAt: number | undefined
  }
  readonly served: Facts["served"] & {
    readonly model: LocalKnowledge
    readonly caller: LocalCaller
    readonly received: Received
    /** All answers with this value. */
    readonly namesakes: ReadonlyArray<Received>
  }
  readonly failed: Facts["failed"] & {
    readonly model: LocalKnowledge
    readonly caller: LocalCaller
    readonly sign: number | string
    readonly waited: number
    /** Whether the platform refused a refresh. */
    readonly isRefusedRefresh: boolean
    /** Whether the platform refused an acquisition. */
    readonly isRefusedAcquisition: boolean
    /** Whether the failure says that it was remembered. */
    readonly isFromMemory: boolean
    /** Whether the end of the cooldown can be checked by the present state. */
    readonly isExact: boolean
  }
  /** A provider begins or ends to read its credentials. */
  readonly credentialsRead: {
    readonly model: LocalKnowledge
    readonly provider: LocalProvider
    readonly reads: number
    readonly isBeginning: boolean
  }
  readonly settled: Facts["settled"] & { readonly model: LocalKnowledge; readonly provider: LocalProvider }
}
