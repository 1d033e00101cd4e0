import type { TokenError } from "@jindouyun/core/JindouyunError"
import type { AccessToken } from "@jindouyun/core/Token"
import * as Cause from "effect/Cause"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Account, Observer, Outcome, Request } from "../world/Platform.js"

/** The settings the guarantees speak of, as the design states them; all spans are milliseconds. */
export interface Terms {
  readonly accessLifetime: number
  readonly refreshLifetime: number
  readonly margin: number
  readonly early: number
  readonly hasRetryBudget: boolean
  readonly cooldown: number
  /** Whether the dice always fall high, so that full jitter is no jitter. */
  readonly hasHighDice: boolean
  readonly isShared: boolean
  /** Whether an acquisition may go on alone while the store cannot be used. */
  readonly acquireWithoutStore: boolean
}

export interface Violation {
  readonly guarantee: number
  readonly invariant: string
}

/** What a oracle is told of one caller. */
export interface CallObserver {
  /** An atomic caller has gone as far as it could without waiting for anybody. */
  readonly firstTurnEnds: () => void
  readonly interrupted: () => void
  readonly ends: (exit: Exit.Exit<AccessToken, TokenError>) => void
}

/** Of a caller, what both oracles know. */
interface Called {
  readonly id: number
  readonly kind: "read" | "refresh"
  readonly isInterrupted: boolean
}

/** The defaults of the design. */
export const requestTimeout = 15_000
export const renewalTimeout = 50_000
export const minRequestInterval = 200
export const maxAttempts = 4
/** How long a renewal waits for a lease: after that it could not send a refresh and an acquisition of a second each. */
export const leaseWait = renewalTimeout - 2 * (minRequestInterval + 1000)
/** A renewal waits for the floor first: no caller fails by it. */
export const longestRenewal = renewalTimeout + minRequestInterval
/** As long as a renewal lasts, and a little. */
export const renewal = longestRenewal + 1000

/**
 * Where the guarantees are checked, by what can be seen from outside. The first that is broken is the verdict.
 */
export abstract class BaseOracle implements Observer {
  violation: Violation | undefined
  readonly trace: Array<string> | undefined
  private readonly served = new Set<number>()

  constructor(isTraced: boolean) {
    this.trace = isTraced ? [] : undefined
  }

  require(holds: boolean, guarantee: number, invariant: string): void {
    if (!holds && this.violation === undefined) {
      this.violation = { guarantee, invariant }
      this.note(() => `  ✗ guarantee ${guarantee}: ${invariant}`)
    }
  }

  note(line: () => string): void {
    this.trace?.push(line())
  }

  hasServed(callers: ReadonlyArray<number>): boolean {
    return callers.every((id) => this.served.has(id))
  }

  /** What a caller has come to; nothing where it was interrupted, and guarantee 5: nobody else ends so, or by a defect. */
  protected outcomeOf(
    { id, isInterrupted, kind }: Called,
    provider: number,
    exit: Exit.Exit<AccessToken, TokenError>
  ): Either.Either<AccessToken, TokenError> | undefined {
    if (Exit.isSuccess(exit)) {
      this.note(() => `  · ${kind} ${id} by provider ${provider} gets ${showToken(exit.value)}`)
      this.served.add(id)
      return Either.right(exit.value)
    }
    const failure = Option.getOrUndefined(Cause.failureOption(exit.cause))
    this.note(() => `  · ${kind} ${id} by provider ${provider} fails: ${describeFailure(failure, exit)}`)
    this.require(
      failure !== undefined || (isInterrupted && Cause.isInterruptedOnly(exit.cause)),
      5,
      "nobody is interrupted with another caller"
    )
    return failure && Either.left(failure)
  }

  abstract opened(): number
  abstract closing(provider: number): void
  abstract closed(provider: number): void
  abstract turned(millis: number): void
  abstract credentialsChanged(current: () => Account | undefined): void
  abstract credentialsRead(provider: number, reading: 1 | -1): void
  abstract invalidated(provider: number, token: AccessToken): void
  abstract resetBegins(provider: number): void
  abstract resetEnds(provider: number, isDone: boolean): void
  /** All tasks have run: what was answered is known by now. */
  abstract settled(): void
  abstract sent(request: Request): void
  abstract ended(request: Request, outcome: Outcome): void
  /** A caller that `isAtomic` runs from each wake to the next wait without giving way. */
  abstract begins(id: number, provider: number, kind: "read" | "refresh", isAtomic: boolean): CallObserver
  /** Everybody is answered. */
  abstract checkAnswered(): void
  abstract requestsOf(provider: number): number
  /** Instants of the wall clock at which something changes for a provider. */
  abstract instants(provider: number): ReadonlyArray<number>
}

export const isEqual = (one: Account, other: Account): boolean =>
  one.username === other.username && one.password === other.password

export const isRefusal = (
  failure: TokenError
): failure is Extract<TokenError, { readonly attempts: number; readonly retryAfter?: number | undefined }> =>
  "code" in failure
    ? !String(failure.code).startsWith("5")
    : failure._tag === "UnexpectedResponse" && failure.reason === "status"
      && (failure.status === 401 || failure.status === 403)

export const nextTryAtOf = (failure: TokenError): Option.Option<number> =>
  "nextTryAt" in failure && failure.nextTryAt !== undefined ? Option.some(failure.nextTryAt.epochMillis) : Option.none()

export const signOf = (failure: TokenError): number | string =>
  "code" in failure ? failure.code : "status" in failure ? failure.status : failure._tag

export const showToken = (token: AccessToken): string =>
  `${Redacted.value(token.value)} (generation ${token.generation})`

export const describeFailure = (failure: TokenError | undefined, exit: Exit.Exit<unknown, unknown>): string => {
  if (failure === undefined) {
    return Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause) ? "interrupted" : String(exit)
  }
  const until = "nextTryAt" in failure && failure.nextTryAt !== undefined
    ? `, next try at ${failure.nextTryAt.epochMillis}`
    : ""
  return `${failure._tag} ${signOf(failure)} (${failure.delivery}${until})`
}

export const describe = ({ account, id, kind, provider, token }: Request): string =>
  `request ${id} of provider ${provider}: ${kind} with ${token ?? account?.password}`

export const describeOutcome = (outcome: Outcome): string => {
  switch (outcome._tag) {
    case "success":
      return outcome.pair.access
    case "refused":
      return `refused, ${outcome.sign}`
    case "failed":
      return `failed, ${outcome.delivery}${outcome.retryAfter > 0 ? `, Retry-After ${outcome.retryAfter} ms` : ""}`
    case "aborted":
      return "aborted"
  }
}
