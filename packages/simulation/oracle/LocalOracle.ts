import { Local } from "../model/Local.js"
import type { LocalFacts } from "../model/LocalFacts.js"
import type { LocalCaller, Received } from "../model/LocalProvider.js"
import { Reports } from "../model/Reports.js"
import type { Terms } from "../model/Terms.js"
import type { VirtualClock } from "../world/VirtualClock.js"
import * as guarantees from "./guarantees.js"
import { Oracle } from "./Oracle.js"

/** The oracle for providers over no store, or over a store in memory. */
export class LocalOracle extends Oracle<LocalFacts, LocalCaller, Received> {
  private readonly local: Local

  constructor(clock: VirtualClock, terms: Terms, isTraced: boolean) {
    const local = new Local(clock, terms)
    super(local, guarantees.local, isTraced, new Reports(clock, terms))
    this.local = local
  }

  override credentialsRead(provider: number, change: 1 | -1): void {
    const facts = this.local.readingCredentials(provider, change)
    this.check("credentialsRead", facts)
    this.local.readCredentials(facts, change)
  }
}
