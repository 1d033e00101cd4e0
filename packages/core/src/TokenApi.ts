/**
 * The two token requests of the platform's document. An acquisition sends username and password, a refresh sends the refresh
 * token; both return a new pair. Each sends one HTTP request: nothing is cached or retried here.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { UsernamePassword } from "./Credentials.js"
import { TokenData } from "./internal/http/envelope.js"
import * as Request from "./internal/http/request.js"
import * as telemetry from "./internal/telemetry.js"
import * as JindouyunConfig from "./JindouyunConfig.js"
import type { TokenRequestError } from "./JindouyunError.js"
import { RefreshToken, TokenGrant } from "./Token.js"

/**
 * The two token requests.
 *
 * @since 0.1.0
 * @category tags
 */
export class TokenApi extends Context.Tag("@jindouyun/core/TokenApi")<TokenApi, Service>() {}

/**
 * The operations. Each sends one HTTP request.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly acquire: (credentials: UsernamePassword, options?: Options) => Effect.Effect<TokenGrant, TokenRequestError>
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
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<
  Service,
  never,
  HttpClient.HttpClient | JindouyunConfig.JindouyunConfig
> = Effect.gen(function*() {
  const { refreshTokenField } = yield* JindouyunConfig.JindouyunConfig
  const send = yield* Request.make

  const ask = (name: string, path: string) => {
    const traced = telemetry.span(name, "POST", path)
    const post = send({ method: "POST", path, data: TokenData })
    return (request: Omit<Request.Request, "span">): Effect.Effect<TokenGrant, TokenRequestError> =>
      traced((span) =>
        Effect.map(post({ ...request, span }), (answer) => {
          telemetry.answered(span, answer)
          return toGrant(answer)
        })
      )
  }
  const acquire = ask("TokenApi.acquire", acquirePath)
  const refresh = ask("TokenApi.refresh", refreshPath)

  return {
    acquire: ({ password, username }, options) =>
      acquire({
        content: () => ({ body: JSON.stringify({ username, password: Redacted.value(password) }) }),
        secrets: [password, ...options?.secrets ?? []]
      }),
    refresh: (refreshToken, options) =>
      refresh({
        content: () => ({ body: JSON.stringify({ [refreshTokenField]: Redacted.value(refreshToken.value) }) }),
        secrets: [refreshToken.value, ...options?.secrets ?? []]
      })
  }
})

/**
 * The two token requests over the `HttpClient` in the context.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<TokenApi, never, HttpClient.HttpClient | JindouyunConfig.JindouyunConfig> =
  /*#__PURE__*/ Layer.effect(TokenApi, make)

const toGrant = ({ data, sentAt }: Request.Answer<typeof TokenData.Type>): TokenGrant =>
  new TokenGrant({
    accessToken: Redacted.make(data.accessToken),
    refreshToken: new RefreshToken({ value: Redacted.make(data.refreshToken) }),
    sentAt
  })
