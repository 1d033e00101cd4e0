/**
 * The whole, composed: give it an account and an `HttpClient`, get the token.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Accounts from "./Accounts.js"
import * as Credentials from "./Credentials.js"
import * as JindouyunConfig from "./JindouyunConfig.js"
import type { InvalidConfiguration } from "./JindouyunError.js"
import * as PlatformClient from "./PlatformClient.js"
import * as RetryBudget from "./RetryBudget.js"
import * as TokenApi from "./TokenApi.js"
import * as TokenProvider from "./TokenProvider.js"

/**
 * What the layers of this module provide.
 *
 * @since 0.1.0
 * @category models
 */
export type Services =
  | PlatformClient.PlatformClient
  | TokenProvider.TokenProvider
  | TokenApi.TokenApi
  | JindouyunConfig.JindouyunConfig

/**
 * The account, and any setting that is not to have its default.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends JindouyunConfig.Options {
  readonly username: string
  readonly password: Redacted.Redacted
}

/**
 * Everything from options.
 *
 * @example
 * ```ts
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Jindouyun from "@jindouyun/core/Jindouyun"
 * import * as TokenProvider from "@jindouyun/core/TokenProvider"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * export const program = Effect.gen(function*() {
 *   const provider = yield* TokenProvider.TokenProvider
 *   const token = yield* provider.accessToken
 *   return token.generation
 * }).pipe(
 *   Effect.provide(
 *     Jindouyun.layer({ username: "user1", password: Redacted.make("pass1") }).pipe(
 *       Layer.provide(FetchHttpClient.layer)
 *     )
 *   )
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<Services, InvalidConfiguration, HttpClient.HttpClient> =>
  compose(JindouyunConfig.layer(options), Credentials.layer(options))

/**
 * Settings from options, credentials from an effect: a secret manager for example, asked at each login.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerCredentials = <E, R>(
  credentials: Effect.Effect<{ readonly username: string; readonly password: Redacted.Redacted }, E, R>,
  options?: JindouyunConfig.Options & { readonly account?: string | undefined } | undefined
): Layer.Layer<Services, InvalidConfiguration, HttpClient.HttpClient | R> =>
  compose(JindouyunConfig.layer(options), Credentials.layerEffect(credentials, options))

/**
 * Everything from configs of the user's own naming.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Config.Wrap<Options>
): Layer.Layer<Services, InvalidConfiguration, HttpClient.HttpClient> =>
  compose(JindouyunConfig.layerConfig(options), Credentials.layerConfig(options))

/**
 * Everything from the environment: `JINDOUYUN_USERNAME`, `JINDOUYUN_PASSWORD`, and any setting as `JINDOUYUN_` and its
 * name in constant case. Settings given here win over the environment.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFromEnv = (
  options?: JindouyunConfig.Options | undefined
): Layer.Layer<Services, InvalidConfiguration, HttpClient.HttpClient> =>
  compose(JindouyunConfig.layerFromEnv(options), Credentials.layerFromEnv)

/**
 * Many accounts of one platform, whose credentials are looked up by name; one retry budget for all of them.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerAccounts = <E, R>(
  credentials: Accounts.Lookup<E, R>,
  options?: JindouyunConfig.Options | undefined
): Layer.Layer<Accounts.Accounts | JindouyunConfig.JindouyunConfig, InvalidConfiguration, HttpClient.HttpClient | R> =>
  Layer.provideMerge(Accounts.layer(credentials), JindouyunConfig.layer(options))

const compose = <R>(
  config: Layer.Layer<JindouyunConfig.JindouyunConfig, InvalidConfiguration>,
  credentials: Layer.Layer<Credentials.Credentials, InvalidConfiguration, R>
): Layer.Layer<Services, InvalidConfiguration, HttpClient.HttpClient | R> =>
  // Layers are shared by reference, whatever they are given: a second account in the program would get the provider of
  // the first if these were the layers of the modules.
  Layer.effect(PlatformClient.PlatformClient, PlatformClient.make).pipe(
    Layer.provideMerge(Layer.scoped(TokenProvider.TokenProvider, TokenProvider.make)),
    Layer.provideMerge(Layer.effect(TokenApi.TokenApi, TokenApi.make)),
    Layer.provide(Layer.effectContext(budget)),
    Layer.provide(credentials),
    Layer.provideMerge(config)
  )

// One origin, one bucket: the one that is shared already, or a new one.
const budget = Effect.gen(function*() {
  const { retryBudget } = yield* JindouyunConfig.JindouyunConfig
  return Context.make(RetryBudget.RetryBudget, Option.some(yield* RetryBudget.sharedOrMake(retryBudget)))
})
