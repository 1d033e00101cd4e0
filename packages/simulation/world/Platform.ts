import type * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Reply } from "./edition/Reply.js"
import type { VirtualClock } from "./VirtualClock.js"

export const isSameAccount = (one: Account | undefined, other: Account | undefined): boolean =>
  one !== undefined && other !== undefined && one.username === other.username && one.password === other.password

export interface Account {
  readonly username: string
  readonly password: string
}

/** A pair that the platform issued, and whether the platform still accepts it. */
export interface Pair {
  readonly serial: number
  readonly access: string
  readonly refresh: string
  readonly issuedAt: number
  isSpent: boolean
  isAccessRevoked: boolean
  isRefreshRevoked: boolean
}

/** Properties that the platform's document leaves open. */
export interface Habits {
  readonly accessLifetime: number
  readonly refreshLifetime: number
  readonly refreshTokens: "once" | "many"
  readonly earlyRefresh: "accepted" | "refused" | "samePair"
  readonly acquireRevokesOlder: boolean
  /**
   * The platform acts on its own time, at least a millisecond later, even if the caller has gone. Otherwise it acts in
   * the fiber of the caller.
   */
  readonly isApart: boolean
}

export type Answer =
  | { readonly _tag: "honest" }
  | { readonly _tag: "code"; readonly code: number }
  | { readonly _tag: "status"; readonly status: number }
  | { readonly _tag: "garbage" | "notText" | "wrongData" | "truncated" | "stalled" }
  | { readonly _tag: "refusedPort" | "badCertificate" | "reset" | "hang" }

export interface Fault {
  readonly answer: Answer
  /** Whether the platform executes the request, whatever it answers. */
  readonly acts: boolean
  /** Milliseconds until the answer. */
  readonly latency: number
  /** Seconds of a `Retry-After`. */
  readonly retryAfter: number | undefined
}

export const honest: Fault = { answer: { _tag: "honest" }, acts: true, latency: 0, retryAfter: undefined }

/**
 * How a request ended, in the words of the guarantees. A refusal is an envelope whose code is not retried, or a `bare` 401
 * or 403. After an `ambiguous` failure the platform may have acted.
 */
export type Outcome =
  | { readonly _tag: "success"; readonly pair: Pair }
  | { readonly _tag: "refused"; readonly bare: boolean; readonly sign: number; readonly retryAfter: number }
  | {
    readonly _tag: "failed"
    /** `astray`: a bare status that no retry would change; the platform itself did not answer. */
    readonly delivery: "answered" | "ambiguous" | "astray" | "unsent"
    readonly retryAfter: number
    /** Whether a second attempt may succeed. */
    readonly isTransient: boolean
  }
  | { readonly _tag: "aborted" }

export interface Request {
  readonly id: number
  readonly provider: number
  readonly kind: "acquire" | "refresh"
  readonly account: Account | undefined
  readonly token: string | undefined
  readonly startedAt: number
  readonly wallAt: number
  endedAt: number
  outcome: Outcome | undefined
}

/** How the platform answers report calls: by the state of their token, or by rejecting every token. */
export type Reports = "honest" | "rejecting"

export interface Observer {
  /** A report call arrives. */
  readonly reportSent?: (call: number) => void
  /** A report call is answered. */
  readonly reportAnswered?: (call: number, isAccepted: boolean) => void
  readonly sent: (request: Request) => void
  readonly ended: (request: Request, outcome: Outcome) => void
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** The parts of the clock that the platform uses. */
type Time = Pick<VirtualClock, "elapsed" | "wall" | "sleep" | "after">

/**
 * The simulated platform. It has the pairs, valid, spent and revoked, and loses answers. Each provider reaches it
 * through its own `HttpClient`.
 */
export class Platform {
  readonly pairs: Array<Pair> = []
  readonly faults: Array<Fault> = []
  /** The fault of each request for which `faults` has none. */
  everyFault: Fault = honest
  reports: Reports = "honest"
  reportLatency = 0
  account: Account
  requests = 0
  inFlight = 0
  private readonly open = new Map<Request, (outcome: Outcome) => void>()
  private readonly clock: Time
  private readonly habits: Habits
  private readonly observer: Observer

  constructor(clock: Time, habits: Habits, account: Account, observer: Observer) {
    this.clock = clock
    this.habits = habits
    this.account = account
    this.observer = observer
  }

  revoke(what: "accessTokens" | "refreshTokens" | "allTokens"): void {
    for (const pair of this.pairs) {
      pair.isAccessRevoked ||= what !== "refreshTokens"
      pair.isRefreshRevoked ||= what !== "accessTokens"
    }
  }

  /** `sending` runs when a request is about to be sent. */
  clientOf(provider: number, sending: Effect.Effect<void> = Effect.void): HttpClient.HttpClient {
    return HttpClient.make((request, url, signal) =>
      url.pathname === reportPath
        ? this.report(request, Number(url.searchParams.get("call")))
        : Effect.zipRight(sending, Effect.suspend(() => this.answer(provider, request, signal)))
    )
  }

  /** Closes the connections of a provider. The platform still executes its requests. */
  hangUp(provider: number): void {
    for (const [request, end] of this.open) {
      if (request.provider === provider) {
        end({ _tag: "aborted" })
      }
    }
  }

  private answer(
    provider: number,
    raw: HttpClientRequest.HttpClientRequest,
    signal: AbortSignal
  ): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> {
    const request = this.read(provider, raw)
    const fault = this.faults.shift() ?? this.everyFault
    const { latency } = fault
    const end = (outcome: Outcome) => {
      if (request.outcome === undefined) {
        request.outcome = outcome
        request.endedAt = this.clock.elapsed
        this.open.delete(request)
        this.inFlight -= 1
        this.observer.ended(request, outcome)
      }
    }
    this.inFlight += 1
    this.open.set(request, end)
    this.observer.sent(request)
    signal.addEventListener("abort", () => end({ _tag: "aborted" }))
    // Half of the executed requests are executed when they are received, the others when they are answered.
    const early = fault.acts && request.id % 2 === 0 ? this.act(request) : undefined
    const answer = () => this.write(raw, fault, early ?? (fault.acts ? this.act(request) : undefined), end)
    if (this.habits.isApart) {
      return this.apart(Math.max(latency, 1), answer)
    }
    const answered = Effect.suspend(answer)
    return latency > 0 ? Effect.zipRight(this.clock.sleep(Duration.millis(latency)), answered) : answered
  }

  /** Answers after a time, whether the caller still runs or not. */
  private apart<A, E>(millis: number, answer: () => Effect.Effect<A, E>): Effect.Effect<A, E> {
    let answered: Effect.Effect<A, E> | undefined
    let resume = (_: Effect.Effect<A, E>): void => undefined
    this.clock.after(millis, () => {
      answered = answer()
      resume(answered)
    })
    return Effect.async<A, E>((waiting) => {
      resume = waiting
      if (answered !== undefined) {
        waiting(answered)
      }
    })
  }

  private report(
    request: HttpClientRequest.HttpClientRequest,
    call: number
  ): Effect.Effect<HttpClientResponse.HttpClientResponse> {
    return Effect.suspend(() => {
      this.observer.reportSent?.(call)
      const answered = Effect.sync(() => {
        const isAccepted = this.reports === "honest" &&
          this.pairs.some((pair) =>
            pair.access === request.headers["accesstoken"] && !pair.isAccessRevoked
            && this.age(pair) < this.habits.accessLifetime
          )
        this.observer.reportAnswered?.(call, isAccepted)
        const body = JSON.stringify({ code: isAccepted ? 20000 : 40003, message: "", data: null })
        return new Reply(request, 200, { "content-type": "application/json" }, Stream.succeed(encoder.encode(body)))
      })
      return Effect.zipRight(this.clock.sleep(Duration.millis(this.reportLatency)), answered)
    })
  }

  private read(provider: number, { body, url }: HttpClientRequest.HttpClientRequest): Request {
    const json = body._tag === "Uint8Array" ? JSON.parse(decoder.decode(body.body)) : {}
    const isAcquisition = url.endsWith("/api/access_token")
    this.requests += 1
    return {
      id: this.requests,
      provider,
      kind: isAcquisition ? "acquire" : "refresh",
      account: isAcquisition ? { username: json.username, password: json.password } : undefined,
      token: json.refreshToken,
      startedAt: this.clock.elapsed,
      wallAt: this.clock.wall,
      endedAt: Infinity,
      outcome: undefined
    }
  }

  /** What an honest platform answers: a pair, or the code of its refusal. */
  private act(request: Request): Pair | number {
    if (request.account !== undefined) {
      const { password, username } = request.account
      if (username !== this.account.username || password !== this.account.password) {
        return 40001
      }
      if (this.habits.acquireRevokesOlder) {
        this.revoke("allTokens")
      }
      return this.issue()
    }
    const pair = this.pairs.filter(({ refresh }) => refresh === request.token).at(-1)
    if (pair === undefined || pair.isSpent || pair.isRefreshRevoked || this.age(pair) >= this.habits.refreshLifetime) {
      return 40003
    }
    if (this.age(pair) < this.habits.accessLifetime) {
      if (this.habits.earlyRefresh === "refused") {
        return 40003
      }
      if (this.habits.earlyRefresh === "samePair") {
        return pair
      }
    }
    pair.isSpent = this.habits.refreshTokens === "once"
    return this.issue()
  }

  private age({ issuedAt }: Pair): number {
    return this.clock.elapsed - issuedAt
  }

  private issue(): Pair {
    const serial = this.pairs.length + 1
    const pair = {
      serial,
      access: `access${serial}`,
      refresh: `refresh${serial}`,
      issuedAt: this.clock.elapsed,
      isSpent: false,
      isAccessRevoked: false,
      isRefreshRevoked: false
    }
    this.pairs.push(pair)
    return pair
  }

  private write(
    request: HttpClientRequest.HttpClientRequest,
    { answer, retryAfter }: Fault,
    result: Pair | number | undefined,
    end: (outcome: Outcome) => void
  ): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> {
    const wait = (retryAfter ?? 0) * 1000
    const respond = (status: number, body: Stream.Stream<Uint8Array, HttpClientError.ResponseError>) =>
      Effect.succeed(new Reply(request, status, headersOf(retryAfter), body))
    const text = (status: number, body: string) => respond(status, Stream.succeed(encoder.encode(body)))
    const envelope = (code: number, data: unknown) => text(200, JSON.stringify({ code, message: "", data }))
    const ambiguous = (isTransient: boolean, after: number = wait) =>
      end({ _tag: "failed", delivery: "ambiguous", retryAfter: after, isTransient })
    const refuse = (code: number) => {
      end(
        isRetried(code)
          ? { _tag: "failed", delivery: "answered", retryAfter: wait, isTransient: true }
          : { _tag: "refused", bare: false, sign: code, retryAfter: wait }
      )
      return envelope(code, null)
    }
    const cut = (cause: { readonly code: string; readonly syscall?: string }) =>
      Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", cause }))

    switch (answer._tag) {
      case "honest": {
        if (typeof result !== "object") {
          return refuse(result ?? 50000)
        }
        end({ _tag: "success", pair: result })
        return envelope(20000, { accessToken: result.access, refreshToken: result.refresh })
      }
      case "code":
        return refuse(answer.code)
      case "status": {
        if (answer.status === 401 || answer.status === 403) {
          end({ _tag: "refused", bare: true, sign: answer.status, retryAfter: wait })
        } else if (answer.status === 429 || answer.status >= 500) {
          ambiguous(true)
        } else {
          end({ _tag: "failed", delivery: "astray", retryAfter: wait, isTransient: false })
        }
        return text(answer.status, "<html>")
      }
      case "garbage":
        ambiguous(false)
        return text(200, "<html>it works</html>")
      case "notText":
        ambiguous(true)
        return respond(200, Stream.succeed(new Uint8Array([0xff, 0xfe, 0x00])))
      case "wrongData":
        ambiguous(false)
        return envelope(20000, { accessToken: "access" })
      case "truncated":
        return respond(
          200,
          Stream.fromEffect(Effect.suspend(() => {
            ambiguous(true)
            return Effect.fail(
              new HttpClientError.ResponseError({
                request,
                response: new Reply(request, 200, headersOf(retryAfter), Stream.empty),
                reason: "Decode",
                cause: { code: "ECONNRESET" }
              })
            )
          }))
        )
      case "stalled":
        return respond(200, Stream.never)
      case "refusedPort":
        end({ _tag: "failed", delivery: "unsent", retryAfter: 0, isTransient: true })
        return cut({ code: "ECONNREFUSED", syscall: "connect" })
      case "badCertificate":
        end({ _tag: "failed", delivery: "unsent", retryAfter: 0, isTransient: false })
        return cut({ code: "CERT_HAS_EXPIRED" })
      case "reset":
        ambiguous(true, 0)
        return cut({ code: "ECONNRESET", syscall: "read" })
      case "hang":
        return Effect.never
    }
  }
}

/** The path of every report. */
export const reportPath = "/api/report"

const headersOf = (retryAfter: number | undefined): Headers.Input =>
  retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }

const isRetried = (code: number): boolean => String(code).startsWith("5")
