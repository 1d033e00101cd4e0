/**
 * The two token requests of the platform's document. An acquisition sends username and password, a refresh sends the refresh
 * token; both return a new pair. Nothing is cached or retried here.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { UsernamePassword } from "./Credentials.js"
import { TokenData } from "./internal/http/envelope.js"
import * as Request from "./internal/http/request.js"
import { reveal } from "./internal/redact.js"
import * as retry from "./internal/retry.js"
import * as telemetry from "./internal/telemetry.js"
import { JindouyunConfig } from "./JindouyunConfig.js"
import { isRefusal, type TokenRequestError } from "./JindouyunError.js"
import { RefreshToken, TokenGrant } from "./Token.js"

/**
 * The two token requests.
 *
 * @since 0.1.0
 * @category tags
 */
export class TokenApi extends Context.Tag("@jindouyun/core/TokenApi")<TokenApi, Service>() {}

/**
 * The two operations. Each sends one HTTP request.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Sends the credentials. A rejected username or password fails with `AuthenticationFailed`. */
  readonly acquire: (credentials: UsernamePassword, options?: Options) => Effect.Effect<TokenGrant, TokenRequestError>
  /** Sends the refresh token. The grant replaces both tokens of its pair. */
  readonly refresh: (refreshToken: RefreshToken, options?: Options) => Effect.Effect<TokenGrant, TokenRequestError>
}

/**
 * More secrets to redact from the message of the platform, besides the one that is sent.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly secrets?: ReadonlyArray<Redacted.Redacted> | undefined
}

/**
 * The path of the acquisition, from the platform's document.
 *
 * @since 0.1.0
 * @category wire
 */
export const acquirePath = "/api/access_token"

/**
 * The path of the refresh, from the platform's document.
 *
 * @since 0.1.0
 * @category wire
 */
export const refreshPath = "/api/refresh_token"

/**
 * The two token requests over the `HttpClient` in the context.
 *
 * @example
 * ```ts
 * import * as TokenApi from "@jindouyun/core/TokenApi"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * // The same requests, but each acquisition is logged.
 * export const audited = Layer.effect(
 *   TokenApi.TokenApi,
 *   Effect.map(TokenApi.make, (api): TokenApi.Service => ({
 *     ...api,
 *     acquire: (credentials, options) =>
 *       Effect.tap(api.acquire(credentials, options), () => Effect.logInfo(`${credentials.username} has a new token`))
 *   }))
 * )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, HttpClient.HttpClient | JindouyunConfig> = Effect.gen(function*() {
  const { refreshTokenField } = yield* JindouyunConfig
  const send = yield* Request.make

  const prepare = (name: string, path: string, sent: "password" | "refresh token") => {
    const traced = telemetry.span(name, "POST", path)
    const post = send({ method: "POST", path, data: TokenData })
    return (fields: (secret: string) => object, secret: Redacted.Redacted, { secrets = [] }: Options = {}) =>
      traced((span) =>
        Option.match(reveal(secret), {
          onNone: (): Effect.Effect<Request.Answer<typeof TokenData.Type>, TokenRequestError> =>
            Request.withoutSecret(path, sent, secret),
          onSome: (text) =>
            post({ content: () => ({ body: JSON.stringify(fields(text)) }), secrets: [secret, ...secrets], span })
        }).pipe(
          Effect.map((answer) => {
            telemetry.answered(span, answer)
            return toGrant(answer)
          })
        )
      )
  }
  const acquire = prepare("TokenApi.acquire", acquirePath, "password")
  const refresh = prepare("TokenApi.refresh", refreshPath, "refresh token")

  return {
    acquire: (credentials, options) =>
      Effect.mapError(
        acquire((password) => ({ username: credentials.username, password }), credentials.password, options),
        (failure) => isRefusal(failure) ? retry.amend(failure, whiteSpaceOf(credentials)) : failure
      ),
    refresh: ({ value }, options) => refresh((token) => ({ [refreshTokenField]: token }), value, options)
  }
})

/**
 * The two token requests over the `HttpClient` in the context; see `make`.
 *
 * **Gotchas**
 *
 * An acquisition may revoke the pair that another program uses for the account.
 *
 * @example
 * ```ts
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import type * as Credentials from "@jindouyun/core/Credentials"
 * import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
 * import * as TokenApi from "@jindouyun/core/TokenApi"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * // Whether the platform accepts the password of a new account.
 * export const isAccepted = (credentials: Credentials.UsernamePassword) =>
 *   Effect.flatMap(TokenApi.TokenApi, ({ acquire }) => acquire(credentials)).pipe(
 *     Effect.as(true),
 *     Effect.catchTag("AuthenticationFailed", () => Effect.succeed(false)),
 *     Effect.provide(Layer.provide(TokenApi.layer, [JindouyunConfig.layer(), FetchHttpClient.layer]))
 *   )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<TokenApi, never, HttpClient.HttpClient | JindouyunConfig> = /*#__PURE__*/ Layer.effect(
  TokenApi,
  make
)

const whiteSpaceOf = ({ password, username }: UsernamePassword) => {
  const surrounded = (text: string) => text !== text.trim()
  return Option.exists(reveal(password), surrounded)
    ? { whiteSpaceIn: "password" } as const
    : surrounded(username)
    ? { whiteSpaceIn: "username" } as const
    : {}
}

const toGrant = ({ data, sentAt }: Request.Answer<typeof TokenData.Type>): TokenGrant =>
  new TokenGrant({
    accessToken: Redacted.make(data.accessToken),
    refreshToken: new RefreshToken({ value: Redacted.make(data.refreshToken) }),
    sentAt
  })
