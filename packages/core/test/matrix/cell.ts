import type { Endpoint } from "@jindouyun/sandbox/Journal"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Jindouyun from "../../src/Jindouyun.js"
import type * as JindouyunConfig from "../../src/JindouyunConfig.js"
import type * as JindouyunError from "../../src/JindouyunError.js"
import * as TokenApi from "../../src/TokenApi.js"
import * as TokenProvider from "../../src/TokenProvider.js"
import * as Census from "./census.js"
import type { Client, Servers, Stage, Trouble } from "./stage.js"

/**
 * What is done in a cell: the two requests, each of which meets the trouble, or a renewal, which meets it once or always.
 * A `needed` renewal has no token to serve, a `forced` one has. `everywhere` the acquisition that may follow meets it, too.
 */
export interface Act {
  readonly name: string
  readonly does: "requests" | "acquire" | "needed" | "forced"
  readonly at: ReadonlyArray<Endpoint>
  readonly times: number
}

/** Injected often enough to outlast any renewal. */
const always = 20

/** Everything that is done to each client in each row. */
export const acts = [
  { name: "requests", does: "requests", at: ["acquire", "refresh"], times: 1 },
  { name: "acquire, once", does: "acquire", at: ["acquire"], times: 1 },
  { name: "acquire, always", does: "acquire", at: ["acquire"], times: always },
  { name: "needed refresh, once", does: "needed", at: ["refresh"], times: 1 },
  { name: "needed refresh, always", does: "needed", at: ["refresh"], times: always },
  { name: "needed refresh, everywhere", does: "needed", at: ["acquire", "refresh"], times: always },
  { name: "forced refresh, once", does: "forced", at: ["refresh"], times: 1 },
  { name: "forced refresh, always", does: "forced", at: ["refresh"], times: always }
] as const satisfies ReadonlyArray<Act>

/** The name of an act. */
export type ActName = typeof acts[number]["name"]

/** What came of an act. */
interface Seen {
  /**
   * Of the requests, how many requests of each reached a server and what came of it. Of a renewal, the requests that
   * reached a server in their order, `L` a acquired, `R` a refresh, and how it ended.
   */
  readonly outcome: string
  /** What the error of a request says. */
  readonly retryAfter: number | undefined
}

/** What came of an act, and what it left behind. */
export interface Observed extends Seen {
  /** Milliseconds between the first two requests, where there were two. */
  readonly pause: number | undefined
  /** The most bytes that were taken from a server before the connection ended. */
  readonly taken: number
  readonly left: Leftovers
}

interface Leftovers {
  /** Requests that still hung on a server when the client had been closed. */
  readonly busy: number
  /** Connections to it. Those that idle in the pool of fetch do not count: it is the runtime's and knows no closing. */
  readonly open: number
}

/** The longest an act may take: nothing hangs. */
const limit = "20 seconds"

/** Does an act to a client: everything it needs is built for it and closed after it. */
export const play = (
  trouble: Trouble,
  client: { readonly name: string; readonly layer: Client },
  act: Act,
  settings: JindouyunConfig.Options,
  gate: Effect.Semaphore
): Effect.Effect<Observed, unknown, Servers> =>
  Effect.gen(function*() {
    const stage = yield* trouble(client.layer)
    const { census } = stage
    const seen = yield* onStage(stage, act, settings, gate).pipe(
      Effect.scoped,
      Effect.timeoutOption(limit),
      Effect.map(Option.getOrElse((): Seen => ({ outcome: "hangs", retryAfter: undefined })))
    )
    const [first, second] = census.requests
    const left = {
      busy: yield* Census.settled(census.busy, isZero),
      open: client.name === "fetch" ? 0 : yield* Census.settled(census.open, isZero)
    }
    return {
      ...seen,
      pause: first === undefined || second === undefined ? undefined : second.at - first.at,
      taken: yield* Effect.zipRight(census.hangUp, census.mostSent),
      left
    }
  }).pipe(Effect.scoped)

const isZero = (count: number) => count === 0

const account = { username: "user1", password: Redacted.make("pass1") }

const silence = Logger.minimumLogLevel(LogLevel.None)

// The default policy, a hundred times as fast: its delays are multiplied by a random number.
const hurried = Random.fixed([0.01])

// No failure of a renewal heals by itself while its cell is being watched.
const fast: JindouyunConfig.Options = { minRequestInterval: "1 millis", cooldown: "1 hour", maxCooldown: "1 hour" }

const onStage = (
  { baseUrl, census, client, inject }: Stage,
  act: Act,
  settings: JindouyunConfig.Options,
  gate: Effect.Semaphore
): Effect.Effect<Seen, unknown, Scope.Scope> =>
  Effect.gen(function*() {
    // Whatever it takes to begin with is done while nothing is wrong yet.
    const { acted } = yield* gate.withPermits(1)(Effect.gen(function*() {
      const context = yield* Layer.build(
        Jindouyun.layer({ ...fast, ...settings, ...account, baseUrl }).pipe(
          Layer.provide([client, silence])
        )
      ).pipe(Effect.withRandom(hurried))
      return {
        acted: yield* act.does === "requests"
          ? Effect.provide(requests(census), context)
          : Effect.provide(renewal(act, census), context)
      }
    }))
    yield* census.clear
    yield* Effect.forEach(act.at, (endpoint) => inject(endpoint, act.times), { discard: true })
    return yield* acted
  })

const requests = (census: Census.Census) =>
  Effect.gen(function*() {
    const api = yield* TokenApi.TokenApi
    const credentials = account
    const { refreshToken } = yield* api.acquire(credentials)
    const seen = (request: Effect.Effect<unknown, JindouyunError.TokenRequestError>): Effect.Effect<Seen> =>
      Effect.map(Effect.zipRight(census.clear, Effect.either(request)), (result) => {
        const failure = Option.getOrUndefined(Either.getLeft(result))
        return {
          outcome: `${census.requests.length} ${failure === undefined ? "token" : describe(failure)}`,
          retryAfter: failure?.retryAfter
        }
      })
    return Effect.gen(function*() {
      // An acquisition revokes the refresh token, where the platform gets to see it.
      const refresh = yield* seen(api.refresh(refreshToken))
      const acquired = yield* seen(api.acquire(credentials))
      return acquired.outcome === refresh.outcome
        ? acquired
        : { ...acquired, outcome: `acquire: ${acquired.outcome}; refresh: ${refresh.outcome}` }
    })
  })

const renewal = ({ does }: Act, census: Census.Census) =>
  Effect.gen(function*() {
    const provider = yield* TokenProvider.TokenProvider
    if (does !== "acquire") {
      const token = yield* provider.accessToken
      yield* does === "needed" ? provider.invalidate(token) : Effect.void
    }
    return Effect.gen(function*() {
      const first = yield* Effect.either(does === "forced" ? provider.refresh : provider.accessToken)
      // Neither a success nor a failure sends the next reader to the platform.
      const second = yield* Effect.either(provider.accessToken)
      const { phase } = yield* provider.status
      const sent = census.requests.map(({ path }) => letters[path] ?? "?").join("")
      const how = Either.match(first, {
        onRight: () => Either.isRight(second) ? ["token"] : ["token", "then none"],
        onLeft: (failure) => [
          describe(failure),
          Either.isRight(second) ? "served" : phase,
          ...("attempts" in failure ? attempts(failure.attempts, sent) : [])
        ]
      })
      return { outcome: `${sent === "" ? "–" : sent} ${how.join(", ")}`, retryAfter: undefined }
    })
  })

const letters: { readonly [path: string]: string } = { [TokenApi.acquirePath]: "L", [TokenApi.refreshPath]: "R" }

// What a failure counts is what a server has seen, unless it never got that far.
const attempts = (count: number, sent: string): ReadonlyArray<string> =>
  count === sent.length ? [] : [`${count} attempt${count === 1 ? "" : "s"}`]

/** Tag, reason or code, delivery and disposition. */
const describe = (failure: JindouyunError.TokenError): string =>
  [
    [failure._tag, "reason" in failure ? failure.reason : "", "code" in failure ? failure.code : "", status(failure)]
      .filter((part) => part !== "")
      .join(" "),
    failure.delivery,
    failure.disposition
  ].join(", ")

const status = (failure: JindouyunError.TokenError) =>
  "status" in failure && failure.status !== 200 ? `(HTTP ${failure.status})` : ""
