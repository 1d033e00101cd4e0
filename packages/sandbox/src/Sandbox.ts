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
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
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
  /** Changes behaviour from the next request on. What is not given stays; issued tokens keep their expiry. */
  readonly configure: (options: Options) => Effect.Effect<void>
  /** Forgets all access tokens, all tokens of both kinds, or the one given. */
  readonly revoke: (which: "accessTokens" | "allTokens" | Redacted.Redacted) => Effect.Effect<void>
  /** Makes the platform know a pair as though it had issued it now. */
  readonly issue: (pair: {
    readonly accessToken: Redacted.Redacted
    readonly refreshToken: Redacted.Redacted
  }) => Effect.Effect<void>
  /** Whether an access token would be taken by a report call now. */
  readonly accepts: (accessToken: Redacted.Redacted) => Effect.Effect<boolean>
  /** The requests that came since the last `clear`, in order. */
  readonly journal: Effect.Effect<ReadonlyArray<Entry>>
  /** How many of them went to each endpoint. */
  readonly requests: Effect.Effect<{ readonly [E in Endpoint]: number }>
  /** The most exchanges that were in flight at once since the last `clear`. Report calls do not count. */
  readonly maxOverlap: Effect.Effect<number>
  /** Forgets the journal and the counts. Tokens, faults that wait and settings stay. */
  readonly clear: Effect.Effect<void>
  /**
   * One request and its answer, for whoever carries them; a test has no use for it. Whatever the client does, the
   * request is in the journal, and an exchange leaves the count of those in flight when it ends or is interrupted.
   */
  readonly exchange: <A, E>(request: Incoming, deliver: Deliver<A, E>) => Effect.Effect<A, E>
}

/**
 * How the emulated platform behaves.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The one account. Defaults to the document's `user1`. */
  readonly username?: string | undefined
  /** Its password. Defaults to the document's `pass1`. */
  readonly password?: string | undefined
  /** How `code` is written: the table says number, the example a string. Defaults to `"string"`. */
  readonly codeType?: "number" | "string" | undefined
  /** The name of the refresh field: the table says the one, the example the other. Defaults to `"either"`. */
  readonly refreshTokenField?: "refreshToken" | "refresh_token" | "either" | undefined
  /** The HTTP status of refusals. Defaults to 200. */
  readonly failureStatus?: number | undefined
  /** Whether a login revokes all older tokens. Defaults to `true`. */
  readonly revokeOnLogin?: boolean | undefined
  /**
   * Whether a refresh revokes all older tokens, the refresh token it was made with excepted, for which
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
   * `accessToken`, is the field's name in the answer to a login.
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
  /** `APIVersion` of an exchange is not 3; a report call needs none. Defaults to 30005. */
  readonly wrongApiVersion?: number | undefined
}

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
      configure: (options) =>
        Effect.sync(() => {
          platform.settings = decode(platform.settings, options)
        }),
      revoke: (which) =>
        Effect.sync(() =>
          which === "accessTokens"
            ? ledger.revokeAccessTokens()
            : which === "allTokens"
            ? ledger.revokeAll()
            : ledger.revoke(Redacted.value(which))
        ),
      issue: ({ accessToken, refreshToken }) =>
        Effect.map(Clock.currentTimeMillis, (now) =>
          ledger.issue(
            { accessToken: Redacted.value(accessToken), refreshToken: Redacted.value(refreshToken) },
            platform.settings,
            now
          )),
      accepts: (accessToken) =>
        Effect.map(
          Clock.currentTimeMillis,
          (now) => ledger.byAccessToken(Redacted.value(accessToken), now) !== undefined
        ),
      journal: Effect.sync(() => platform.journal),
      requests: Effect.sync(() => ({ ...platform.requests })),
      maxOverlap: Effect.sync(() => platform.maxOverlap),
      clear: Effect.sync(() => platform.clear()),
      exchange: (request, deliver) => platform.exchange(request, deliver)
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
  revokeOnLogin: options.revokeOnLogin ?? settings.revokeOnLogin,
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
