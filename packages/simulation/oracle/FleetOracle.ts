import { Fleet, type FleetFacts } from "../model/Fleet.js"
import type { FleetCaller, Received } from "../model/FleetMember.js"
import { Reports } from "../model/Reports.js"
import type { Terms } from "../model/Terms.js"
import type { Access, Onlooker, RemoteStore } from "../world/RemoteStore.js"
import type { VirtualClock } from "../world/VirtualClock.js"
import * as guarantees from "./guarantees.js"
import { Oracle } from "./Oracle.js"
import { describeAccess } from "./trace.js"

/** The oracle for a fleet over a remote store. */
export class FleetOracle extends Oracle<FleetFacts, FleetCaller, Received> implements Onlooker {
  private readonly fleet: Fleet
  private readonly clock: VirtualClock

  constructor(clock: VirtualClock, terms: Terms, isTraced: boolean) {
    const fleet = new Fleet(clock, terms)
    super(fleet, guarantees.fleet, isTraced, new Reports(clock, terms))
    this.fleet = fleet
    this.clock = clock
  }

  /** Operations of the store take time. */
  override note(line: () => string): void {
    super.note(() => `${line()} (at ${Math.round(this.clock.elapsed)} ms)`)
  }

  sees(store: RemoteStore): void {
    this.fleet.sees(store)
  }

  signalled(provider: number, isPaused: boolean): void {
    this.fleet.signalled(provider, isPaused)
  }

  killed(provider: number): void {
    this.fleet.killed(provider)
  }

  emptied(): void {
    this.fleet.emptied()
  }

  asked(access: Access): void {
    this.note(() => `    ${describeAccess(access)} …`)
    const facts = this.fleet.asking(access)
    this.check("asked", facts)
    this.fleet.asked(facts)
  }

  acted(access: Access, isDone: boolean): void {
    this.note(() => `    ${describeAccess(access)} ${isDone ? "✓" : "✗"}`)
    this.fleet.acted(access, isDone)
  }

  answered(access: Access): void {
    this.note(() => `    ${describeAccess(access)} → ${String(access.answer)}`)
    this.fleet.answered(access)
  }

  /** The providers that must adopt a newer pair, and were not read since. */
  get overtaken(): ReadonlyArray<number> {
    return this.fleet.overtaken
  }
}
