import type { TokenError } from "@jindouyun/core/JindouyunError"
import type { AccessToken } from "@jindouyun/core/Token"
import * as Exit from "effect/Exit"
import { failureOf } from "../model/failures.js"
import type { Facts, Model, Received } from "../model/Model.js"
import type { Caller } from "../model/Provider.js"
import type { Reports } from "../model/Reports.js"
import type { Account, Observer, Outcome, Request } from "../world/Platform.js"
import type { Table, Violation } from "./Rules.js"
import { describeExit, describeOutcome, describeRequest } from "./trace.js"

/** The events of one call. */
export interface CallObserver {
  /** An atomic caller has run up to its first wait, or to its end. */
  readonly firstTurnEnds: () => void
  readonly interrupted: () => void
  readonly ends: (exit: Exit.Exit<AccessToken, TokenError>) => void
}

/** The events of one report call. */
export interface ReportObserver {
  /** The call is given a token. */
  readonly carries: (token: AccessToken) => void
  /** The call rejects a token towards its provider. */
  readonly rejects: (token: AccessToken) => void
  readonly ends: (exit: Exit.Exit<unknown, { readonly _tag: string }>) => void
}

/**
 * Checks the guarantees by what is seen from outside. Each event goes to the model, whose facts go to the rules of the
 * guarantees. The first broken rule is the violation.
 */
export class Oracle<F extends Facts, C extends Caller, R extends Received> implements Observer {
  violation: Violation | undefined
  readonly trace: Array<string> | undefined
  protected readonly model: Model<F, C, R>
  private readonly table: Table<F>
  private readonly served = new Set<number>()
  private readonly reports: Reports

  constructor(model: Model<F, C, R>, table: Table<F>, isTraced: boolean, reports: Reports) {
    this.model = model
    this.reports = reports
    this.table = table
    this.trace = isTraced ? [] : undefined
  }

  note(line: () => string): void {
    this.trace?.push(line())
  }

  protected check<Event extends keyof F>(event: Event, facts: F[Event]): void {
    if (this.violation !== undefined) {
      return
    }
    const broken = this.table[event]?.find(({ holds }) => !holds(facts))
    if (broken !== undefined) {
      const { guarantee, invariant } = broken
      this.violation = { guarantee, invariant }
      this.note(() => `  ✗ guarantee ${guarantee}: ${invariant}`)
    }
  }

  // --- providers -----------------------------------------------------------------------------------------------------

  opened(): number {
    return this.model.opened()
  }

  closing(provider: number): void {
    this.model.closing(provider)
  }

  closed(provider: number): void {
    this.check("closed", this.model.closed(provider))
  }

  turned(millis: number): void {
    this.model.turned(millis)
    this.reports.turned()
  }

  credentialsChanged(current: () => Account | undefined): void {
    this.model.credentialsChanged(current)
  }

  /** A provider begins (1) or ends (-1) to read its credentials. */
  credentialsRead(_provider: number, _change: 1 | -1): void {
    // The processes of a fleet may read them at the same time.
  }

  invalidated(provider: number, token: AccessToken): void {
    this.model.invalidated(provider, token)
  }

  resetBegins(provider: number): void {
    this.model.resetBegins(provider)
  }

  resetEnds(provider: number, isDone: boolean): void {
    this.model.resetEnds(provider, isDone)
  }

  /** All ready tasks have run: each answer is processed. */
  settled(): void {
    for (const facts of this.model.settled()) {
      this.check("settled", facts)
    }
    for (const caller of this.model.callers) {
      if (!caller.provider.isPaused) {
        this.check("waiting", this.model.waiting(caller))
      }
    }
  }

  // --- requests ------------------------------------------------------------------------------------------------------

  sent(request: Request): void {
    this.note(() => `  → ${describeRequest(request)}`)
    const facts = this.model.sending(request)
    this.check("sent", facts)
    this.model.sent(facts)
    for (const attempt of this.model.attempts(request)) {
      this.check("attempted", attempt)
    }
  }

  ended(request: Request, outcome: Outcome): void {
    this.note(() => `  ← ${describeRequest(request)}: ${describeOutcome(outcome)}`)
    const facts = this.model.ending(request, outcome)
    this.check("ended", facts)
    this.model.ended(facts)
  }

  // --- callers -------------------------------------------------------------------------------------------------------

  begins(id: number, provider: number, kind: "read" | "refresh", isAtomic: boolean): CallObserver {
    const caller = this.model.begins(id, provider, kind, isAtomic)
    return {
      firstTurnEnds: () => this.check("firstTurn", this.model.firstTurnEnds(caller)),
      interrupted: () => this.model.interrupted(caller),
      ends: (exit) => this.ends(caller, exit)
    }
  }

  private ends(caller: C, exit: Exit.Exit<AccessToken, TokenError>): void {
    this.note(() => `  · ${caller.kind} ${caller.id} by provider ${caller.provider.index} ${describeExit(exit)}`)
    this.check("left", this.model.leaving(caller, exit))
    this.model.left(caller, exit)
    const failure = failureOf(exit)
    if (Exit.isSuccess(exit)) {
      this.endsWith(caller, exit.value)
    } else if (failure?._tag === "ProviderClosed") {
      this.check("providerClosed", { caller })
    } else if (failure !== undefined) {
      const facts = this.model.failing(caller, failure)
      this.check("failed", facts)
      this.model.failed(facts)
    }
  }

  private endsWith(caller: C, token: AccessToken): void {
    this.served.add(caller.id)
    this.reports.given(caller.provider.index, token)
    const received = this.model.receivedFor(caller, token)
    this.check("given", { received })
    if (received !== undefined) {
      const facts = this.model.serving(caller, token, received)
      this.check("served", facts)
      this.model.served(facts)
    }
  }

  // --- report calls --------------------------------------------------------------------------------------------------

  reportBegins(id: number, provider: number): ReportObserver {
    this.reports.begins(id, provider)
    return {
      carries: (token) => this.reports.carries(id, token),
      rejects: (token) => {
        this.check("reportRejects", this.reports.rejecting(id, token))
        this.reports.rejected(id, token)
      },
      ends: (exit) => {
        const failure = failureOf(exit)
        this.note(() => `  · report call ${id} ${Exit.isSuccess(exit) ? "succeeds" : `fails: ${failure?._tag}`}`)
        this.check("reportEnded", this.reports.ended(id, failure?._tag))
      }
    }
  }

  reportSent(id: number): void {
    this.note(() => `  → report call ${id}`)
    this.check("reportSent", this.reports.sent(id))
  }

  reportAnswered(id: number, isAccepted: boolean): void {
    this.note(() => `  ← report call ${id}: ${isAccepted ? "accepted" : "rejected"}`)
    this.reports.answered(id, isAccepted)
  }

  // --- the end of a run ----------------------------------------------------------------------------------------------

  drained(isEndless: boolean): void {
    this.check("drained", { isEndless })
  }

  allAnswered(): void {
    this.check("answered", { waiting: this.model.callers.size })
  }

  calm(sleepers: number): void {
    this.allAnswered()
    this.check("calm", { sleepers })
  }

  finalRead(requests: number): void {
    this.check("finalRead", { requests })
  }

  finalFailure(isServable: boolean): void {
    this.check("finalFailure", { isServable })
  }

  over(facts: F["over"]): void {
    this.check("over", facts)
  }

  hasServed(callers: ReadonlyArray<number>): boolean {
    return callers.every((id) => this.served.has(id))
  }

  requestsOf(provider: number): number {
    return this.model.requestsOf(provider)
  }

  instants(provider: number): ReadonlyArray<number> {
    return this.model.instants(provider)
  }
}
