/**
 * The emulated open platform, in memory; `SandboxServer` serves it on a socket.
 *
 * **Details**
 *
 * The platform is as strict as its document. Where the document is ambiguous or has no rule, options choose the
 * behaviour.
 *
 * The platform runs in the fiber of its client, on the clock of that fiber. Under a test clock the test therefore
 * controls expiry, delays and the dates in the journal.
 *
 * The platform acts on a request in one step. If the client disconnects during the answer, the platform has acted. Only
 * a fault that acts `"last"` lets a client disconnect before the platform acts.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { Deliver, Incoming } from "./Delivery.js"
import type { Fault } from "./Fault.js"
import * as memoryClient from "./internal/memoryClient.js"
import { mostEntries, Platform } from "./internal/platform.js"
import { defaults, type Settings } from "./internal/settings.js"
import type { Endpoint, Entry } from "./Journal.js"
import type { Report } from "./Report.js"

/**
 * The service that controls the emulated platform.
 *
 * @since 0.1.0
 * @category tags
 */
export class Sandbox extends Context.Tag("@jindouyun/sandbox/Sandbox")<Sandbox, Service>() {}

/**
 * Operations that control the emulated platform and read what its clients requested.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Adds faults to the queue of the endpoint; all reports share one queue. Each request takes one fault. */
  readonly inject: (endpoint: Endpoint, ...faults: ReadonlyArray<Fault>) => Effect.Effect<void>
  /** The queued faults, in the order in which requests take them. */
  readonly faults: Effect.Effect<{ readonly [E in Endpoint]: ReadonlyArray<Fault> }>
  /** Removes all queued faults. */
  readonly clearFaults: Effect.Effect<void>
  /** Changes behaviour from the next request on. A missing option keeps its value; issued tokens keep their expiry. */
  readonly configure: (options: Options) => Effect.Effect<void>
  /** How the platform behaves now. */
  readonly behaviour: Effect.Effect<Behaviour>
  /** The names of the accounts, in the order in which they were added. */
  readonly accounts: Effect.Effect<ReadonlyArray<string>>
  /** Adds an account, or changes the password of an existing account, whose tokens stay valid. */
  readonly addAccount: (account: {
    readonly username: string
    readonly password: Redacted.Redacted
  }) => Effect.Effect<void>
  /** Removes an account with all its tokens, and returns whether the account existed. */
  readonly removeAccount: (username: string) => Effect.Effect<boolean>
  /** The paths of the reports, in the order in which they were added. */
  readonly reports: Effect.Effect<ReadonlyArray<string>>
  /** Adds a report, or replaces the one at this path. The path must match exactly, as in `Options.reports`. */
  readonly setReport: (path: string, report: Report) => Effect.Effect<void>
  /** Removes a report, and returns whether there was one at this path. */
  readonly removeReport: (path: string) => Effect.Effect<boolean>
  /** The pairs with a valid token, oldest first. */
  readonly pairs: Effect.Effect<ReadonlyArray<IssuedPair>>
  /** Revokes all access tokens, all tokens of both kinds, or the given token. */
  readonly revoke: (which: "accessTokens" | "allTokens" | Redacted.Redacted) => Effect.Effect<void>
  /** Adds a pair as if the platform had issued it now. The account defaults to that of the options. */
  readonly issue: (pair: {
    readonly accessToken: Redacted.Redacted
    readonly refreshToken: Redacted.Redacted
    readonly username?: string | undefined
  }) => Effect.Effect<void>
  /** Whether the platform accepts this access token in a report call now. */
  readonly accepts: (accessToken: Redacted.Redacted) => Effect.Effect<boolean>
  /** The platform's clock: the clock of the fiber plus the durations given to `advance`. */
  readonly now: Effect.Effect<DateTime.Utc>
  /**
   * Advances the platform's clock permanently. Tokens expire, and answers and journal are dated, as if the time had
   * passed. Delays in progress keep their length, and the clock of the client does not change.
   */
  readonly advance: (by: Duration.DurationInput) => Effect.Effect<void>
  /** The newest requests since the last `clear`, in order; at most 10,000. */
  readonly journal: Effect.Effect<ReadonlyArray<Entry>>
  /**
   * The requests in the journal with a known outcome, then each request when its outcome is known. The stream does not
   * end.
   */
  readonly outcomes: Stream.Stream<Entry>
  /** The number of requests to each endpoint since the last `clear`. */
  readonly requests: Effect.Effect<{ readonly [E in Endpoint]: number }>
  /** The most token requests that were in flight at once since the last `clear`. */
  readonly maxOverlap: Effect.Effect<number>
  /** The most refreshes with the same refresh token that were in flight at once since the last `clear`. */
  readonly maxTokenOverlap: Effect.Effect<number>
  /** Clears the journal and the counts. Tokens, queued faults and settings stay. */
  readonly clear: Effect.Effect<void>
  /**
   * Returns to the options with which the sandbox was made: their accounts, reports and behaviour, no token, no fault, no
   * journal, and the clock of the fiber.
   */
  readonly reset: Effect.Effect<void>
  /**
   * Handles one request and its answer, for a carrier; a test does not need this operation. The journal has an entry
   * for the request even if the client disconnects. The request counts as in flight until it ends or is interrupted.
   */
  readonly request: <A, E>(request: Incoming, deliver: Deliver<A, E>) => Effect.Effect<A, E>
}

/**
 * A pair that the platform issued. A token that is expired or revoked has no instant of expiry.
 *
 * @since 0.1.0
 * @category models
 */
export interface IssuedPair {
  readonly username: string
  readonly accessToken: Redacted.Redacted
  readonly refreshToken: Redacted.Redacted
  readonly accessTokenExpiresAt: DateTime.Utc | undefined
  readonly refreshTokenExpiresAt: DateTime.Utc | undefined
}

/**
 * The behaviour of the emulated platform.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * The first account, and the only one until another is added. A name given later to `configure` replaces this name.
   * Defaults to the document's `user1`.
   */
  readonly username?: string | undefined
  /** The password of the first account. Defaults to the document's `pass1`. */
  readonly password?: string | undefined
  /** More accounts. `configure` adds them, or changes their passwords. Defaults to none. */
  readonly accounts?: ReadonlyArray<{ readonly username: string; readonly password: string }> | undefined
  /** The JSON type of `code`. The document's table has a number, its example a string. Defaults to `"string"`. */
  readonly codeType?: "number" | "string" | undefined
  /**
   * The field of a refresh that contains the token. The document's table has one name, its example the other. Defaults
   * to `"either"`.
   */
  readonly refreshTokenField?: "refreshToken" | "refresh_token" | "either" | undefined
  /** The HTTP status of refusals. Defaults to 200. */
  readonly failureStatus?: number | undefined
  /** Whether an acquisition revokes all older tokens of its account. Defaults to `true`. */
  readonly revokeOnAcquire?: boolean | undefined
  /**
   * Whether a refresh revokes all older tokens of its account. The refresh token of the request is excepted;
   * `refreshTokenUse` decides about that token. Defaults to `true`.
   */
  readonly revokeOnRefresh?: boolean | undefined
  /**
   * The answer to a refresh whose access token is still valid: a new pair, a refusal, or the same pair with both
   * lifetimes restarted. Defaults to `"accepted"`.
   */
  readonly earlyRefresh?: "accepted" | "refused" | "samePair" | undefined
  /** Whether a refresh that issues a new pair uses up its refresh token. Defaults to `"once"`. */
  readonly refreshTokenUse?: "once" | "many" | undefined
  /** How long an access token is valid. Defaults to the document's 24 hours. */
  readonly accessTokenLifetime?: Duration.DurationInput | undefined
  /** How long a refresh token is valid. Defaults to the document's 30 days. */
  readonly refreshTokenLifetime?: Duration.DurationInput | undefined
  /**
   * Whether the message of a refusal repeats the body of the request, secrets included. The refusal of a report call
   * also repeats the query and the headers. Defaults to `false`.
   */
  readonly echo?: boolean | undefined
  /** The return code of each kind of refusal. The defaults are conventions, as are all codes except `20000`. */
  readonly returnCodes?: RefusalCodes | undefined
  /** How long the platform delays each answer, after it has acted. Defaults to no delay. */
  readonly latency?: Duration.DurationInput | undefined
  /**
   * The reports by path, leading slash included. The path must match exactly; every method matches. The document names
   * no report, so every path is an assumption. The document's own two paths are never reports. Defaults to
   * `Report.echo` at `Report.echoPath`; reports that are given replace it.
   */
  readonly reports?: { readonly [path: string]: Report } | undefined
  /**
   * Where a report call must contain the access token, exactly once. The document does not specify the place. Defaults
   * to `"header"`.
   */
  readonly tokenPlacement?: "header" | "query" | undefined
  /**
   * The name of that header, in any case, or of that query parameter. The document does not specify the name. Defaults
   * to `accessToken`, the field in the answer to an acquisition.
   */
  readonly tokenName?: string | undefined
}

/**
 * The return codes of the platform's refusals.
 *
 * @since 0.1.0
 * @category models
 */
export interface RefusalCodes {
  /** A wrong username or password. Defaults to 40001. */
  readonly wrongCredentials?: number | undefined
  /**
   * A refresh token that is unknown, used up, revoked or expired. A report call whose access token is missing, unknown,
   * revoked or expired. Defaults to 40003.
   */
  readonly invalidToken?: number | undefined
  /** A refresh whose access token is still valid, if `earlyRefresh` is `"refused"`. Defaults to 40003. */
  readonly earlyRefresh?: number | undefined
  /** A wrong method, path, `Content-Type` or body. Defaults to 40000. */
  readonly badParameter?: number | undefined
  /** A token request whose `APIVersion` is not 3; a report call needs none. Defaults to 30005. */
  readonly wrongApiVersion?: number | undefined
}

/**
 * The present values of all options except the account and the reports.
 *
 * @since 0.1.0
 * @category models
 */
export interface Behaviour
  extends Known<Omit<Options, Durations | "username" | "password" | "accounts" | "reports" | "returnCodes">>
{
  readonly accessTokenLifetime: Duration.Duration
  readonly refreshTokenLifetime: Duration.Duration
  readonly latency: Duration.Duration
  readonly returnCodes: Known<RefusalCodes>
}

type Durations = "accessTokenLifetime" | "refreshTokenLifetime" | "latency"

type Known<A> = { readonly [K in keyof A]-?: Exclude<A[K], undefined> }

/**
 * Makes an emulated platform. The platform holds no resources, so `make` needs no scope.
 *
 * @example
 * ```ts
 * import * as Sandbox from "@jindouyun/sandbox/Sandbox"
 * import * as Effect from "effect/Effect"
 * import * as Redacted from "effect/Redacted"
 *
 * // A platform with two accounts and short lives, for a carrier of your own: `request` answers each of its requests.
 * export const platform = Effect.tap(
 *   Sandbox.make({ accessTokenLifetime: "90 seconds" }),
 *   (sandbox) => sandbox.addAccount({ username: "user2", password: Redacted.make("pass2") })
 * )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<Service> =>
  Effect.sync(() => {
    const platform = new Platform({ settings: decode(defaults, options), accounts: options.accounts ?? [] })
    const { ledger } = platform
    return {
      inject: (endpoint, ...faults) => Effect.sync(() => platform.inject(endpoint, faults)),
      faults: Effect.sync(() => platform.faults),
      clearFaults: Effect.sync(() => platform.clearFaults()),
      configure: (options) =>
        Effect.sync(() => {
          const before = platform.settings
          const { password, username } = platform.settings = decode(before, options)
          if (username !== before.username) {
            platform.accounts.delete(before.username)
          }
          if (options.username !== undefined || options.password !== undefined) {
            platform.setPassword(username, password)
          }
          for (const { password, username } of options.accounts ?? []) {
            platform.addAccount(username, password)
          }
        }),
      behaviour: Effect.sync(() => behaviour(platform.settings)),
      accounts: Effect.sync(() => [...platform.accounts.keys()]),
      addAccount: ({ password, username }) =>
        Effect.sync(() => platform.addAccount(username, Redacted.value(password))),
      removeAccount: (username) => Effect.sync(() => platform.removeAccount(username)),
      reports: Effect.sync(() => [...platform.settings.reports.keys()]),
      setReport: (path, report) =>
        Effect.sync(() => {
          platform.settings = {
            ...platform.settings,
            reports: new Map([...platform.settings.reports, [path, report]])
          }
        }),
      removeReport: (path) =>
        Effect.sync(() => {
          const { reports } = platform.settings
          const others = [...reports].filter(([other]) => other !== path)
          platform.settings = { ...platform.settings, reports: new Map(others) }
          return others.length < reports.size
        }),
      pairs: Effect.map(platform.now, (now) => ledger.pairs(now)),
      revoke: (which) =>
        Effect.sync(() =>
          which === "accessTokens"
            ? ledger.revokeAccessTokens()
            : which === "allTokens"
            ? ledger.revokeAll()
            : ledger.revoke(Redacted.value(which))
        ),
      issue: ({ accessToken, refreshToken, username = platform.settings.username }) =>
        Effect.map(platform.now, (now) =>
          ledger.issue(
            { accessToken: Redacted.value(accessToken), refreshToken: Redacted.value(refreshToken) },
            username,
            platform.settings,
            now
          )),
      accepts: (accessToken) =>
        Effect.map(platform.now, (now) => ledger.byAccessToken(Redacted.value(accessToken), now) !== undefined),
      now: Effect.map(platform.now, DateTime.unsafeMake),
      advance: (by) =>
        Effect.sync(() => {
          platform.ahead += Math.max(0, Duration.toMillis(by))
        }),
      journal: Effect.sync(() => platform.journal),
      outcomes: Stream.asyncPush((emit) =>
        Effect.acquireRelease(
          Effect.sync(() => {
            const listener = (entry: Entry) => void emit.single(entry)
            platform.journal.filter(({ outcome }) => outcome._tag !== "Pending").forEach(listener)
            platform.listeners.add(listener)
            return listener
          }),
          (listener) => Effect.sync(() => platform.listeners.delete(listener))
        ), {
        // A reader that stops reading loses the oldest requests, as the journal does.
        bufferSize: mostEntries,
        strategy: "sliding"
      }),
      requests: Effect.sync(() => ({ ...platform.requests })),
      maxOverlap: Effect.sync(() => platform.maxOverlap),
      maxTokenOverlap: Effect.sync(() => platform.maxTokenOverlap),
      clear: Effect.sync(() => platform.clear()),
      reset: Effect.sync(() => platform.reset()),
      request: (request, deliver) => platform.request(request, deliver)
    }
  })

/**
 * The emulated platform alone, for a custom carrier.
 *
 * @example
 * ```ts
 * import * as Sandbox from "@jindouyun/sandbox/Sandbox"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * // The clock of the platform is two days ahead of the clock of its clients.
 * export const ahead = Layer.tap(
 *   Sandbox.layer(),
 *   (context) => Effect.flatMap(Sandbox.Sandbox, (sandbox) => sandbox.advance("2 days")).pipe(Effect.provide(context))
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options | undefined): Layer.Layer<Sandbox> => Layer.effect(Sandbox, make(options))

/**
 * The emulated platform and an `HttpClient` that reaches it in memory.
 *
 * **Details**
 *
 * The client sends every request to the platform, whatever its origin. A request uses no socket and runs in the
 * caller's fiber.
 *
 * @example
 * ```ts
 * import * as Jindouyun from "@jindouyun/core/Jindouyun"
 * import * as TokenProvider from "@jindouyun/core/TokenProvider"
 * import * as Sandbox from "@jindouyun/sandbox/Sandbox"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * const account = Jindouyun.layer({ username: "user1", password: Redacted.make("pass1") })
 *
 * // A hundred callers cause one acquisition: the test compares `acquire` with 1.
 * export const test = Effect.gen(function*() {
 *   const { accessToken } = yield* TokenProvider.TokenProvider
 *   yield* Effect.all(Array.from({ length: 100 }, () => accessToken), { concurrency: "unbounded" })
 *   const { acquire } = yield* (yield* Sandbox.Sandbox).requests
 *   return acquire
 * }).pipe(Effect.provide(Layer.provideMerge(account, Sandbox.layerHttpClient())))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerHttpClient = (options?: Options | undefined): Layer.Layer<Sandbox | HttpClient.HttpClient> =>
  Layer.provideMerge(Layer.effect(HttpClient.HttpClient, Effect.map(Sandbox, memoryClient.make)), layer(options))

const decode = (settings: Settings, options: Options): Settings => ({
  username: options.username ?? settings.username,
  password: options.password ?? settings.password,
  codeType: options.codeType ?? settings.codeType,
  refreshTokenField: options.refreshTokenField ?? settings.refreshTokenField,
  failureStatus: options.failureStatus ?? settings.failureStatus,
  revokeOnAcquire: options.revokeOnAcquire ?? settings.revokeOnAcquire,
  revokeOnRefresh: options.revokeOnRefresh ?? settings.revokeOnRefresh,
  earlyRefresh: options.earlyRefresh ?? settings.earlyRefresh,
  refreshTokenUse: options.refreshTokenUse ?? settings.refreshTokenUse,
  accessTokenLifetime: millis(options.accessTokenLifetime) ?? settings.accessTokenLifetime,
  refreshTokenLifetime: millis(options.refreshTokenLifetime) ?? settings.refreshTokenLifetime,
  echo: options.echo ?? settings.echo,
  returnCodes: {
    wrongCredentials: options.returnCodes?.wrongCredentials ?? settings.returnCodes.wrongCredentials,
    invalidToken: options.returnCodes?.invalidToken ?? settings.returnCodes.invalidToken,
    earlyRefresh: options.returnCodes?.earlyRefresh ?? settings.returnCodes.earlyRefresh,
    badParameter: options.returnCodes?.badParameter ?? settings.returnCodes.badParameter,
    wrongApiVersion: options.returnCodes?.wrongApiVersion ?? settings.returnCodes.wrongApiVersion
  },
  latency: millis(options.latency) ?? settings.latency,
  reports: options.reports === undefined ? settings.reports : new Map(Object.entries(options.reports)),
  tokenPlacement: options.tokenPlacement ?? settings.tokenPlacement,
  tokenName: options.tokenName ?? settings.tokenName
})

const millis = (duration: Duration.DurationInput | undefined): number | undefined =>
  duration === undefined ? undefined : Duration.toMillis(duration)

const behaviour = (settings: Settings): Behaviour => {
  const { password: _password, reports: _reports, username: _username, ...others } = settings
  return {
    ...others,
    accessTokenLifetime: Duration.millis(settings.accessTokenLifetime),
    refreshTokenLifetime: Duration.millis(settings.refreshTokenLifetime),
    latency: Duration.millis(settings.latency)
  }
}
