/**
 * All services composed: from an account and an `HttpClient` to the token and report calls.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Accounts from "./Accounts.js"
import * as Credentials from "./Credentials.js"
import * as JindouyunConfig from "./JindouyunConfig.js"
import type { InvalidConfiguration } from "./JindouyunError.js"
import * as PlatformClient from "./PlatformClient.js"
import * as RetryBudget from "./RetryBudget.js"
import * as RetryPolicy from "./RetryPolicy.js"
import * as TokenApi from "./TokenApi.js"
import * as TokenProvider from "./TokenProvider.js"
import type * as TokenStore from "./TokenStore.js"

/**
 * The services that the layers of this module provide.
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
 * A retry schedule and a token store of your own.
 *
 * @since 0.1.0
 * @category models
 */
export interface Overrides<E = never, R = never> {
  /** How long to wait before each retry, and how many retries there are. Defaults to `RetryPolicy.exponential`. */
  readonly retryPolicy?: RetryPolicy.Policy | undefined
  /** The store that keeps the token pair, such as `TokenStore.layerMemory`. Defaults to no store. */
  readonly store?: Layer.Layer<TokenStore.TokenStore, E, R> | undefined
}

/**
 * The account, and everything that differs from its default.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<E = never, R = never> extends JindouyunConfig.Options, Overrides<E, R> {
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
export const layer = <E = never, R = never>(
  options: Options<E, R>
): Layer.Layer<Services, InvalidConfiguration | E, HttpClient.HttpClient | R> =>
  compose(JindouyunConfig.layer(options), Credentials.layer(options), options)

/**
 * Settings from options, credentials from an effect, a secret manager for example. The effect runs before each acquisition.
 *
 * @example
 * ```ts
 * import * as Jindouyun from "@jindouyun/core/Jindouyun"
 * import * as Effect from "effect/Effect"
 * import type * as Redacted from "effect/Redacted"
 *
 * // A password that the secret manager has replaced is read before the next acquisition, without a restart.
 * export const account = <E>(readSecret: (name: string) => Effect.Effect<Redacted.Redacted, E>) =>
 *   Jindouyun.layerCredentials(
 *     Effect.map(readSecret("reports"), (password) => ({ username: "user1", password })),
 *     { account: "sales", requestTimeout: "5 seconds" }
 *   )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerCredentials = <E, R, E2 = never, R2 = never>(
  credentials: Effect.Effect<Credentials.UsernamePassword, E, R>,
  options: JindouyunConfig.Options & Overrides<E2, R2> & { readonly account?: string | undefined } = {}
): Layer.Layer<Services, InvalidConfiguration | E2, HttpClient.HttpClient | R | R2> =>
  compose(JindouyunConfig.layer(options), Credentials.layerEffect(credentials, options), options)

/**
 * Account and settings from configs of the user's own naming.
 *
 * @example
 * ```ts
 * import * as Jindouyun from "@jindouyun/core/Jindouyun"
 * import * as TokenStore from "@jindouyun/core/TokenStore"
 * import * as Config from "effect/Config"
 *
 * export const account = Jindouyun.layerConfig(
 *   {
 *     username: Config.string("REPORTS_USER"),
 *     password: Config.redacted("REPORTS_PASSWORD"),
 *     requestTimeout: Config.duration("REPORTS_TIMEOUT")
 *   },
 *   { store: TokenStore.layerMemory }
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = <E = never, R = never>(
  options: Config.Config.Wrap<Omit<Options, keyof Overrides>>,
  overrides: Overrides<E, R> = {}
): Layer.Layer<Services, InvalidConfiguration | E, HttpClient.HttpClient | R> =>
  compose(JindouyunConfig.layerConfig(options), Credentials.layerConfig(options), overrides)

/**
 * Account and settings from the environment: `JINDOUYUN_USERNAME`, `JINDOUYUN_PASSWORD`, and any setting as `JINDOUYUN_`
 * and its name in constant case. Options given here win over the environment.
 *
 * If the program sets a `ConfigProvider`, the variables are read from the provider instead. A `JINDOUYUN_` variable that is not
 * known is a warning, as `JindouyunConfig.warnOfUnknownVariables` describes.
 *
 * @example
 * ```ts
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Jindouyun from "@jindouyun/core/Jindouyun"
 * import * as ConfigProvider from "effect/ConfigProvider"
 * import * as Layer from "effect/Layer"
 *
 * const variables = new Map([["JINDOUYUN_USERNAME", "user1"], ["JINDOUYUN_PASSWORD", "pass1"]])
 *
 * export const layer = Jindouyun.layerFromEnv().pipe(
 *   Layer.provide(FetchHttpClient.layer),
 *   Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(variables)))
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFromEnv = <E = never, R = never>(
  options: JindouyunConfig.Options & Overrides<E, R> = {}
): Layer.Layer<Services, InvalidConfiguration | E, HttpClient.HttpClient | R> =>
  compose(JindouyunConfig.layerFromEnv(options), Credentials.layerFromEnv, options)

/**
 * Many accounts of one platform, whose credentials are looked up by name, with one retry budget for all.
 *
 * @example
 * ```ts
 * import * as Accounts from "@jindouyun/core/Accounts"
 * import * as Jindouyun from "@jindouyun/core/Jindouyun"
 * import * as Config from "effect/Config"
 * import * as Effect from "effect/Effect"
 *
 * export const tokenOf = (account: string) =>
 *   Effect.flatMap(Accounts.Accounts, (accounts) => accounts.get(account).accessToken)
 *
 * // The variable SALES_PASSWORD has the password of the account "sales".
 * export const accounts = Jindouyun.layerAccounts(
 *   (account) =>
 *     Effect.map(Config.redacted(`${account.toUpperCase()}_PASSWORD`), (password) => ({ username: account, password })),
 *   { retryBudget: 100 }
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerAccounts = <E, R, E2 = never, R2 = never>(
  credentials: Accounts.Lookup<E, R>,
  options: JindouyunConfig.Options & Overrides<E2, R2> = {}
): Layer.Layer<
  Accounts.Accounts | JindouyunConfig.JindouyunConfig,
  InvalidConfiguration | E2,
  HttpClient.HttpClient | R | R2
> => Layer.provideMerge(provideOverrides(Accounts.layer(credentials), options), JindouyunConfig.layer(options))

const compose = <R, E2, R2>(
  config: Layer.Layer<JindouyunConfig.JindouyunConfig, InvalidConfiguration>,
  credentials: Layer.Layer<Credentials.Credentials, InvalidConfiguration, R>,
  overrides: Overrides<E2, R2>
): Layer.Layer<Services, InvalidConfiguration | E2, HttpClient.HttpClient | R | R2> =>
  // Effect shares layers by reference: with the layers of the modules, a second account would get the provider of the first.
  Layer.effect(PlatformClient.PlatformClient, PlatformClient.make).pipe(
    Layer.provideMerge(Layer.scoped(TokenProvider.TokenProvider, TokenProvider.make)),
    Layer.provideMerge(Layer.effect(TokenApi.TokenApi, TokenApi.make)),
    Layer.provide(Layer.effect(RetryBudget.RetryBudget, Effect.asSome(budget))),
    Layer.provide(credentials),
    (layer) => provideOverrides(layer, overrides),
    Layer.provideMerge(config)
  )

const provideOverrides = <A, E, R, E2, R2>(
  layer: Layer.Layer<A, E, R>,
  { retryPolicy, store }: Overrides<E2, R2>
): Layer.Layer<A, E | E2, R | R2> => {
  const retrying = retryPolicy === undefined ? layer : Layer.provide(layer, RetryPolicy.layer(retryPolicy))
  return store === undefined ? retrying : Layer.provide(retrying, store)
}

// One budget for an origin: the budget in the context, or a new one.
const budget = Effect.flatMap(JindouyunConfig.JindouyunConfig, (config) => RetryBudget.sharedOrMake(config.retryBudget))
