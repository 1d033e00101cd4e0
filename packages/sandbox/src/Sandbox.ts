/**
 * The open platform, emulated: strict where its document is strict, and told by options how to behave where the
 * document is silent or says two things. It lives in memory; `SandboxServer` puts it on a socket.
 *
 * It runs in the fiber of its client, on that fiber's clock: under a test clock tokens expire, answers are late and
 * the journal is dated when the test says so.
 *
 * A request that has come is acted upon in one piece. A client that hangs up while the answer is on its way leaves a
 * platform that has acted; only while a fault that acts `"last"` holds the request back is it lost.
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
import { Platform } from "./internal/platform.js"
import { defaults, type Settings } from "./internal/settings.js"
import type { Endpoint, Entry } from "./Journal.js"
import type { Report } from "./Report.js"

/**
 * The emulated platform, as a test or a person behind it sees it.
 *
 * @since 0.1.0
 * @category tags
 */
export class Sandbox extends Context.Tag("@jindouyun/sandbox/Sandbox")<Sandbox, Service>() {}

/**
 * What can be done to the emulated platform, and what it tells of its clients.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Appends to the endpoint's queue, one for all reports: each request takes one fault, until none is left. */
  readonly inject: (endpoint: Endpoint, ...faults: ReadonlyArray<Fault>) => Effect.Effect<void>
  /** The faults that wait, in the order in which they will be taken. */
  readonly faults: Effect.Effect<{ readonly [E in Endpoint]: ReadonlyArray<Fault> }>
  /** Takes away all faults that wait. */
  readonly clearFaults: Effect.Effect<void>
  /** Changes behaviour from the next request on. What is not given stays; issued tokens keep their expiry. */
  readonly configure: (options: Options) => Effect.Effect<void>
  /** How the platform behaves now. */
  readonly behaviour: Effect.Effect<Behaviour>
  /** The names of the accounts, in the order in which they came. */
  readonly accounts: Effect.Effect<ReadonlyArray<string>>
  /** Adds an account beside that of the options, or gives one that is there another password; its tokens stay. */
  readonly addAccount: (account: {
    readonly username: string
    readonly password: Redacted.Redacted
  }) => Effect.Effect<void>
  /** Removes an account with all its tokens, and says whether there was one. */
  readonly removeAccount: (username: string) => Effect.Effect<boolean>
  /** Forgets all access tokens, all tokens of both kinds, or the one given. */
  readonly revoke: (which: "accessTokens" | "allTokens" | Redacted.Redacted) => Effect.Effect<void>
  /** Makes the platform know a pair as though it had issued it now, to the account of the options unless one is named. */
  readonly issue: (pair: {
    readonly accessToken: Redacted.Redacted
    readonly refreshToken: Redacted.Redacted
    readonly username?: string | undefined
  }) => Effect.Effect<void>
  /** Whether an access token would be taken by a report call now. */
  readonly accepts: (accessToken: Redacted.Redacted) => Effect.Effect<boolean>
  /** What the platform takes for the present: the clock of the fiber, and as much as `advance` has added to it. */
  readonly now: Effect.Effect<DateTime.Utc>
  /**
   * Puts the platform's clock forward, for good: tokens expire as though the time had passed, and answers and journal
   * are dated so. Nothing that waits, a late answer for example, is over any sooner, and the client's clock is its own.
   */
  readonly advance: (by: Duration.DurationInput) => Effect.Effect<void>
  /** The requests that came since the last `clear`, in order. */
  readonly journal: Effect.Effect<ReadonlyArray<Entry>>
  /** The requests of the journal whose outcome is known, and then each one as soon as it is: it has no end. */
  readonly outcomes: Stream.Stream<Entry>
  /** How many of the requests since the last `clear` went to each endpoint. */
  readonly requests: Effect.Effect<{ readonly [E in Endpoint]: number }>
  /** The most requests that were in flight at once since the last `clear`. Report calls do not count. */
  readonly maxOverlap: Effect.Effect<number>
  /** The most of them that carried one and the same refresh token. */
  readonly maxTokenOverlap: Effect.Effect<number>
  /** Forgets the journal and the counts. Tokens, faults that wait and settings stay. */
  readonly clear: Effect.Effect<void>
  /**
   * One request and its answer, for the code that transports them; a test has no use for it. Whatever the client does,
   * the request is in the journal, and a request leaves the count of those in flight when it ends or is interrupted.
   */
  readonly request: <A, E>(request: Incoming, deliver: Deliver<A, E>) => Effect.Effect<A, E>
}

/**
 * How the emulated platform behaves.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * The account it starts with, the only one until others are added. Another name given later takes the place of this
   * one. Defaults to the document's `user1`.
   */
  readonly username?: string | undefined
  /** Its password. Defaults to the document's `pass1`. */
  readonly password?: string | undefined
  /** How `code` is written: the table says number, the example a string. Defaults to `"string"`. */
  readonly codeType?: "number" | "string" | undefined
  /** The name of the refresh field: the table says the one, the example the other. Defaults to `"either"`. */
  readonly refreshTokenField?: "refreshToken" | "refresh_token" | "either" | undefined
  /** The HTTP status of refusals. Defaults to 200. */
  readonly failureStatus?: number | undefined
  /** Whether an acquisition revokes all older tokens of its account. Defaults to `true`. */
  readonly revokeOnAcquire?: boolean | undefined
  /**
   * Whether a refresh revokes all older tokens of its account, the refresh token it was made with excepted, for which
   * `refreshTokenUse` decides. Defaults to `true`.
   */
  readonly revokeOnRefresh?: boolean | undefined
  /**
   * What a refresh gets whose access token is still good: a new pair, a refusal, or the pair it has, with both
   * lifetimes started again. Defaults to `"accepted"`.
   */
  readonly earlyRefresh?: "accepted" | "refused" | "samePair" | undefined
  /** Whether a refresh token is used up by a refresh that brings a new pair. Defaults to `"once"`. */
  readonly refreshTokenUse?: "once" | "many" | undefined
  /** Defaults to the document's 24 hours. */
  readonly accessTokenLifetime?: Duration.DurationInput | undefined
  /** Defaults to the document's 30 days. */
  readonly refreshTokenLifetime?: Duration.DurationInput | undefined
  /**
   * Whether the message of a refusal repeats the body that was sent, and of a report call the query and the headers
   * too, secrets and all. Defaults to `false`.
   */
  readonly echo?: boolean | undefined
  /** The return code of each kind of refusal; the defaults are conventions, like all codes but `20000`. */
  readonly returnCodes?: RefusalCodes | undefined
  /** How long each answer is on its way, after the platform has acted. Defaults to none. */
  readonly latency?: Duration.DurationInput | undefined
  /**
   * The reports by path, leading slash included: the path must match exactly, the method may be any. The document names
   * no report at all, so that every path is a convention; its own two paths are never reports. Defaults to `Report.echo`
   * at `Report.echoPath`, which goes when others are given.
   */
  readonly reports?: { readonly [path: string]: Report } | undefined
  /**
   * Where a report call must carry the access token, once. The document does not say: both are conventions. Defaults to
   * `"header"`.
   */
  readonly tokenPlacement?: "header" | "query" | undefined
  /**
   * The name of that header, in any case, or of that query parameter. The document does not say: the default,
   * `accessToken`, is the field's name in the answer to an acquisition.
   */
  readonly tokenName?: string | undefined
}

/**
 * The return codes the platform refuses with.
 *
 * @since 0.1.0
 * @category models
 */
export interface RefusalCodes {
  /** Another username or password. Defaults to 40001. */
  readonly wrongCredentials?: number | undefined
  /**
   * A refresh token that is unknown, used up, revoked or expired; a report call without an access token, or with one
   * that is unknown, revoked or expired. Defaults to 40003.
   */
  readonly invalidToken?: number | undefined
  /** A refresh that comes too early, where that is refused. Defaults to 40003. */
  readonly earlyRefresh?: number | undefined
  /** A wrong method, path, `Content-Type` or body. Defaults to 40000. */
  readonly badParameter?: number | undefined
  /** `APIVersion` of a request is not 3; a report call needs none. Defaults to 30005. */
  readonly wrongApiVersion?: number | undefined
}

/**
 * The options as they are, without the accounts and without the reports, which are functions.
 *
 * @since 0.1.0
 * @category models
 */
export interface Behaviour
  extends Known<Omit<Options, Durations | "username" | "password" | "reports" | "returnCodes">>
{
  readonly accessTokenLifetime: Duration.Duration
  readonly refreshTokenLifetime: Duration.Duration
  readonly latency: Duration.Duration
  readonly returnCodes: Known<RefusalCodes>
}

type Durations = "accessTokenLifetime" | "refreshTokenLifetime" | "latency"

type Known<A> = { readonly [K in keyof A]-?: Exclude<A[K], undefined> }

/**
 * Makes an emulated platform, which holds no resources.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<Service> =>
  Effect.sync(() => {
    const platform = new Platform(decode(defaults, options))
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
            platform.accounts.set(username, password)
          }
        }),
      behaviour: Effect.sync(() => behaviour(platform.settings)),
      accounts: Effect.sync(() => [...platform.accounts.keys()]),
      addAccount: ({ password, username }) =>
        Effect.sync(() => platform.addAccount(username, Redacted.value(password))),
      removeAccount: (username) => Effect.sync(() => platform.removeAccount(username)),
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
        )
      ),
      requests: Effect.sync(() => ({ ...platform.requests })),
      maxOverlap: Effect.sync(() => platform.maxOverlap),
      maxTokenOverlap: Effect.sync(() => platform.maxTokenOverlap),
      clear: Effect.sync(() => platform.clear()),
      request: (request, deliver) => platform.request(request, deliver)
    }
  })

/**
 * The emulated platform alone, for a carrier of your own.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options | undefined): Layer.Layer<Sandbox> => Layer.effect(Sandbox, make(options))

/**
 * The emulated platform and an `HttpClient` that reaches it in memory, whatever the origin: without a socket, in the
 * caller's fiber.
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
