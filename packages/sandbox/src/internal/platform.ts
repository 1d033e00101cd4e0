import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Types from "effect/Types"
import type { Deliver, Delivery, Incoming } from "../Delivery.js"
import * as Fault from "../Fault.js"
import type { Endpoint, Entry, Outcome } from "../Journal.js"
import * as act from "./act.js"
import { type Asked, endpointOf, isTokenRequest, refreshTokenIn } from "./asked.js"
import { damage, whole } from "./damage.js"
import type { Reply } from "./envelope.js"
import { Ledger, type Pair } from "./ledger.js"
import { randomToken } from "./randomToken.js"
import { dropOldest, Secrets } from "./secrets.js"
import type { Settings } from "./settings.js"

interface Start {
  readonly settings: Settings
  /** The accounts besides the one of the settings. */
  readonly accounts: ReadonlyArray<{ readonly username: string; readonly password: string }>
}

/**
 * One emulated platform: its settings, its tokens, the queued faults and the journal. The platform runs in the fiber of
 * the request, with the clock and the random source of that fiber.
 *
 * @internal
 */
export class Platform {
  settings: Settings
  private readonly secrets = new Secrets()
  readonly ledger = new Ledger(this.secrets)
  /** Passwords by username. */
  readonly accounts = new Map<string, string>()
  /** How far the platform's clock is ahead of the clock of the fiber, in milliseconds. */
  ahead = 0
  /** Called with each request when its outcome is known. */
  readonly listeners = new Set<(entry: Entry) => void>()
  private readonly start: Start
  private readonly queues: { readonly [E in Endpoint]: Array<Fault.Fault> } = { acquire: [], refresh: [], report: [] }
  requests: { readonly [E in Endpoint]: number } = none
  maxOverlap = 0
  maxTokenOverlap = 0
  private readonly entries = new Map<number, Types.Mutable<Entry>>()
  private sequence = 0
  private inFlight = 0
  private readonly refreshing = new Map<string, number>()

  constructor(start: Start) {
    this.start = start
    this.settings = start.settings
    this.setAccounts()
  }

  /** The platform's clock, in milliseconds since the epoch. */
  readonly now: Effect.Effect<number> = Effect.map(Clock.currentTimeMillis, (millis) => millis + this.ahead)

  /**
   * Handles one request and its answer. The platform changes its state in one step, even if the client disconnects.
   * Only delays can be interrupted, and the delivery as far as `deliver` allows.
   */
  request<A, E>(request: Incoming, deliver: Deliver<A, E>): Effect.Effect<A, E> {
    return Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(this.now, (at) => {
        const { asked, end, entry, fault } = this.arrive(request, at)
        return restore(pause(fault, "last", 0)).pipe(
          Effect.onInterrupt(() => Effect.sync(() => this.settle(entry, { _tag: "Cut" }))),
          Effect.zipRight(this.decide(asked, fault, entry)),
          Effect.tap(({ delay }) => restore(pause(fault, "first", this.settings.latency + delay))),
          Effect.flatMap(({ delivery }) => deliver(delivery, end)),
          Effect.onError(() => Effect.sync(end))
        )
      })
    )
  }

  /** Returns to the state in which the platform was made. Requests in flight go on. */
  reset(): void {
    this.settings = this.start.settings
    this.setAccounts()
    this.ledger.clear()
    this.clearFaults()
    this.clear()
    this.ahead = 0
  }

  private setAccounts(): void {
    this.accounts.clear()
    for (const { password, username } of [this.start.settings, ...this.start.accounts]) {
      this.setPassword(username, password)
    }
  }

  /** Adds an account, or changes the password of an existing account. */
  addAccount(username: string, password: string): void {
    this.setPassword(username, password)
    if (username === this.settings.username) {
      this.settings = { ...this.settings, password }
    }
  }

  setPassword(username: string, password: string): void {
    this.accounts.set(username, password)
    this.secrets.addPassword(password)
  }

  /** Removes an account with its tokens, and returns whether the account existed. */
  removeAccount(username: string): boolean {
    this.ledger.revokeAllOf(username, "is revoked, as its account is removed")
    return this.accounts.delete(username)
  }

  inject(endpoint: Endpoint, faults: ReadonlyArray<Fault.Fault>): void {
    this.queues[endpoint].push(...faults)
  }

  /** The queued faults of each endpoint. */
  get faults(): { readonly [E in Endpoint]: ReadonlyArray<Fault.Fault> } {
    const { acquire, refresh, report } = this.queues
    return { acquire: [...acquire], refresh: [...refresh], report: [...report] }
  }

  clearFaults(): void {
    for (const queue of Object.values(this.queues)) {
      queue.length = 0
    }
  }

  /** The newest requests since the journal was cleared. */
  get journal(): ReadonlyArray<Entry> {
    return Array.from(this.entries.values(), (entry) => ({ ...entry }))
  }

  clear(): void {
    this.entries.clear()
    this.requests = none
    this.maxOverlap = 0
    this.maxTokenOverlap = 0
  }

  private arrive(request: Incoming, at: number) {
    const endpoint = endpointOf(request, this.settings)
    let inFlight = isTokenRequest(endpoint) ? 1 : 0
    this.inFlight += inFlight
    const entry: Types.Mutable<Entry> = {
      sequence: ++this.sequence,
      endpoint,
      method: request.method,
      origin: isUsual(request.origin) ? request.origin : this.secrets.brief(request.origin),
      path: endpoint === undefined ? this.secrets.brief(request.path) : request.path,
      at,
      overlap: this.inFlight,
      outcome: { _tag: "Pending" }
    }
    this.entries.set(entry.sequence, entry)
    dropOldest(this.entries, mostEntries)
    this.maxOverlap = Math.max(this.maxOverlap, entry.overlap)
    if (endpoint !== undefined) {
      this.requests = { ...this.requests, [endpoint]: this.requests[endpoint] + 1 }
    }
    const asked = { request, endpoint }
    const endRefresh = this.refreshWith(refreshTokenIn(asked))
    const end = () => {
      if (inFlight > 0) {
        this.inFlight -= inFlight
        inFlight = 0
        endRefresh()
      }
    }
    return { asked, end, entry, fault: endpoint && this.queues[endpoint].shift() }
  }

  private refreshWith(token: string | undefined): () => void {
    if (token === undefined) {
      return () => undefined
    }
    const count = (change: number) => {
      const others = (this.refreshing.get(token) ?? 0) + change
      if (others > 0) {
        this.refreshing.set(token, others)
      } else {
        this.refreshing.delete(token)
      }
      return others
    }
    this.maxTokenOverlap = Math.max(this.maxTokenOverlap, count(1))
    return () => count(-1)
  }

  private decide(
    asked: Asked,
    fault: Fault.Fault | undefined,
    entry: Types.Mutable<Entry>
  ): Effect.Effect<{ readonly delivery: Delivery; readonly delay: number }> {
    let defect: Cause.Cause<never> | undefined
    let delay = 0
    const noted = (reply: Reply): Reply => {
      defect = reply.defect
      delay = reply.delay ?? 0
      if (reply.reason !== undefined) {
        entry.reason = reply.reason
      }
      return reply
    }
    return Effect.zipWith(this.reply(asked), this.now, (reply, now) => {
      if (fault === undefined) {
        const { body, code, status } = noted(reply(now))
        this.settle(entry, { _tag: "Answered", status, code })
        return { delivery: dated(whole({ body, status }), now), delay }
      }
      const acted = Fault.hasActed(fault)
      const own = acted ? noted(reply(now)) : undefined
      const code = fault._tag === "Refuse" ? fault.code : own?.code
      this.settle(entry, { _tag: "Faulted", fault: fault._tag, acted, code })
      return { delivery: dated(damage(fault, this.settings, asked, own), now), delay }
    }).pipe(
      Effect.tap(() =>
        defect === undefined
          ? Effect.void
          : logged(entry, this.secrets.mask(Cause.pretty(defect)))
      )
    )
  }

  private settle(entry: Types.Mutable<Entry>, outcome: Outcome): void {
    entry.outcome = outcome
    for (const listener of this.listeners) {
      listener({ ...entry })
    }
  }

  // Only a token request draws random values, so report calls do not change the tokens of a seeded run.
  private reply(asked: Asked): Effect.Effect<(now: number) => Reply> {
    const { endpoint, request } = asked
    const desk = (now: number): act.Desk => ({
      settings: this.settings,
      ledger: this.ledger,
      accounts: this.accounts,
      now,
      mask: (text) => this.secrets.brief(text)
    })
    const { bodyProblem } = request
    return bodyProblem !== undefined
      ? Effect.succeed((now) => act.unread(asked, desk(now), bodyProblem))
      : isTokenRequest(endpoint)
      ? Effect.map(newPair, (fresh) => (now) => act.request({ request, endpoint }, { ...desk(now), fresh }))
      : Effect.succeed((now) => act.other(asked, desk(now)))
  }
}

const logged = ({ path, reason }: Entry, stack: string): Effect.Effect<void> =>
  Effect.logError(`the report at ${path} failed, so the sandbox refused the call: ${reason}`, stack).pipe(
    Effect.annotateLogs({ package: "@jindouyun/sandbox", module: "Sandbox" })
  )

/** How many requests the journal keeps, so that memory does not grow in a long run. @internal */
export const mostEntries = 10_000

// No secret is part of the origins that most requests have. With thousands of accounts, masking takes longer than the rest of a request.
const isUsual = (origin: string): boolean =>
  origin === JindouyunConfig.settings.baseUrl.default || numericOrigin.test(origin)

const numericOrigin = /^https?:\/\/(?:localhost|[\d.]{7,15}|\[::1\])(?::\d+)?$/

const none = { acquire: 0, refresh: 0, report: 0 }

const newPair: Effect.Effect<Pair> = Effect.zipWith(
  randomToken,
  randomToken,
  (accessToken, refreshToken) => ({ accessToken, refreshToken })
)

const pause = (fault: Fault.Fault | undefined, acts: "first" | "last", millis: number): Effect.Effect<void> => {
  const delay = fault?._tag === "Delay" && fault.acts === acts ? Duration.toMillis(fault.duration) : 0
  return delay + millis > 0 ? Effect.sleep(delay + millis) : Effect.void
}

// The date is that of the platform's clock, not that of the machine.
const dated = (delivery: Delivery, now: number): Delivery =>
  delivery._tag === "Reset"
    ? delivery
    : {
      ...delivery,
      headers: { date: DateTime.toDateUtc(DateTime.unsafeMake(now)).toUTCString(), ...delivery.headers }
    }
