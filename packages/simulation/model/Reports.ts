import type { AccessToken } from "@jindouyun/core/Token"
import type { VirtualClock } from "../world/VirtualClock.js"
import type { Facts } from "./Model.js"
import { maxCooldown, type Terms } from "./Terms.js"

/** What is seen of a report call. */
export interface ReportCall {
  readonly provider: number
  requests: number
  token: AccessToken | undefined
  isRejected: boolean
}

/** What is known of the report calls of one provider. */
interface Known {
  /** The newest generation that a caller was given. */
  newest: number
  /** The newest generation that a report call has rejected towards the provider. */
  renewed: number
  /** How many such rejections there were since a report call succeeded with a newer token. */
  count: number
  /** Whether a report call was rejected with a newer token since then. */
  isRejectedAgain: boolean
  /** No renewal is started by a rejection before `until`. */
  cooling: { readonly since: number; readonly until: number } | undefined
}

/**
 * What is known of report calls: their requests, the answers, and what was rejected towards the provider.
 *
 * In which order a client processes two answers of one instant cannot be seen.
 */
export class Reports {
  private readonly known = new Map<number, Known>()
  private readonly calls = new Map<number, ReportCall>()
  private readonly clock: VirtualClock
  private readonly terms: Pick<Terms, "cooldown">

  constructor(clock: VirtualClock, terms: Pick<Terms, "cooldown">) {
    this.clock = clock
    this.terms = terms
  }

  begins(id: number, provider: number): void {
    this.calls.set(id, { provider, requests: 0, token: undefined, isRejected: false })
  }

  /** A caller is given a token. */
  given(provider: number, { generation }: AccessToken): void {
    const known = this.of(provider)
    known.newest = Math.max(known.newest, generation)
  }

  /** A report call is given a token, with which it sends its next request. */
  carries(id: number, token: AccessToken): void {
    this.call(id).token = token
  }

  sent(id: number): Facts["reportSent"] {
    const call = this.call(id)
    call.requests += 1
    return call
  }

  answered(id: number, isAccepted: boolean): void {
    const call = this.call(id)
    const known = this.of(call.provider)
    const { elapsed } = this.clock
    call.isRejected = !isAccepted
    const generation = call.token?.generation ?? known.newest
    if (generation <= known.renewed) {
      return
    }
    if (isAccepted) {
      known.count = 0
      if (known.cooling?.since === elapsed) {
        known.cooling = { since: elapsed, until: elapsed + this.cooldown(known) }
      }
      return
    }
    if (call.requests === 2 && generation === known.newest && !known.isRejectedAgain) {
      known.cooling = { since: elapsed, until: elapsed + this.cooldown(known) }
    }
    known.isRejectedAgain = true
  }

  rejecting(id: number, { generation }: AccessToken): Facts["reportRejects"] {
    const { provider, requests } = this.call(id)
    const { cooling, newest, renewed } = this.of(provider)
    const { elapsed } = this.clock
    return {
      requests,
      isNewest: generation > renewed && generation === newest,
      isCooling: cooling !== undefined && cooling.since < elapsed && elapsed < cooling.until
    }
  }

  rejected(id: number, { generation }: AccessToken): void {
    const known = this.of(this.call(id).provider)
    if (generation > known.renewed) {
      known.renewed = generation
      known.count += 1
      known.isRejectedAgain = false
      known.cooling = undefined
    }
  }

  /** A cooldown may end with the wall clock. */
  turned(): void {
    this.known.forEach((known) => {
      known.cooling = undefined
    })
  }

  ended(id: number, failure: string | undefined): Facts["reportEnded"] {
    const { isRejected, requests } = this.call(id)
    this.calls.delete(id)
    return { requests, isRejected, failure }
  }

  private cooldown({ count }: Known): number {
    return Math.min(this.terms.cooldown * 2 ** Math.max(count - 1, 0), maxCooldown)
  }

  private call(id: number): ReportCall {
    const call = this.calls.get(id)
    if (call === undefined) {
      throw new Error(`no report call ${id}`)
    }
    return call
  }

  private of(provider: number): Known {
    const known = this.known.get(provider)
      ?? { newest: -Infinity, renewed: -Infinity, count: 0, isRejectedAgain: false, cooling: undefined }
    this.known.set(provider, known)
    return known
  }
}
