/**
 * Many accounts in one process: a provider for each, one retry budget for all, and no timer.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Credentials from "./Credentials.js"
import * as Runner from "./internal/edition/runner.js"
import { SharedRunner } from "./internal/sharedRunner.js"
import { JindouyunConfig } from "./JindouyunConfig.js"
import * as PlatformClient from "./PlatformClient.js"
import * as RetryBudget from "./RetryBudget.js"
import * as TokenApi from "./TokenApi.js"
import * as TokenProvider from "./TokenProvider.js"

/**
 * The accounts of one platform, by name.
 *
 * @since 0.1.0
 * @category tags
 */
export class Accounts extends Context.Tag("@jindouyun/core/Accounts")<Accounts, Service>() {}

/**
 * The provider and the client of an account. Nothing is sent before they are used.
 *
 * **Gotchas**
 *
 * The provider of an account, about 6 kB, stays until the layer closes. Use names from a bounded set.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The provider of an account, which the first use makes. Later uses return the same provider. */
  readonly get: (account: string) => TokenProvider.Service
  /** The client of an account, over the provider of `get`. */
  readonly client: (account: string) => PlatformClient.Service
}

/**
 * Reads the credentials of an account by its name.
 *
 * @since 0.1.0
 * @category models
 */
export type Lookup<E, R> = (account: string) => Effect.Effect<Credentials.UsernamePassword, E, R>

/**
 * Accounts whose credentials are looked up by name. A `TokenStore`, `RetryPolicy` or `RetryBudget` in the context applies
 * to all of them.
 *
 * @example
 * ```ts
 * import * as Accounts from "@jindouyun/core/Accounts"
 * import * as Effect from "effect/Effect"
 * import type * as Redacted from "effect/Redacted"
 *
 * // A client for each account of a list. The clients share one retry budget.
 * export const clients = (
 *   accounts: ReadonlyArray<string>,
 *   readSecret: (name: string) => Effect.Effect<Redacted.Redacted>
 * ) =>
 *   Effect.map(
 *     Accounts.make((account) => Effect.map(readSecret(account), (password) => ({ username: account, password }))),
 *     ({ client }) => new Map(accounts.map((account) => [account, client(account)] as const))
 *   )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <E, R>(
  credentials: Lookup<E, R>
): Effect.Effect<Service, never, HttpClient.HttpClient | JindouyunConfig | Scope.Scope | R> =>
  Effect.gen(function*() {
    const { retryBudget } = yield* JindouyunConfig
    const budget = yield* RetryBudget.sharedOrMake(retryBudget)
    const api = yield* TokenApi.make
    const runner = yield* Runner.make<HttpClient.HttpClient | JindouyunConfig | Scope.Scope | R>()
    const shared = Context.make(RetryBudget.RetryBudget, Option.some(budget)).pipe(
      Context.add(TokenApi.TokenApi, api),
      Context.add(SharedRunner, Option.some(runner))
    )
    const context = yield* Effect.context<R>()
    const providers = new Map<string, TokenProvider.Service>()

    // `Credentials.make` keeps its context. It is called at each read, so that all accounts share one context.
    const credentialsOf = (account: string): Credentials.Service => ({
      account,
      current: Effect.suspend(() =>
        Credentials.make(Effect.suspend(() => credentials(account)), { account }).pipe(
          Effect.flatMap(({ current }) => current),
          Effect.provide(context)
        )
      )
    })

    // Synchronous, so that two fibers find the same provider.
    const get = (account: string): TokenProvider.Service => {
      const provider = providers.get(account) ?? runner.sync(
        Effect.provide(TokenProvider.make, Context.add(shared, Credentials.Credentials, credentialsOf(account)))
      )
      providers.set(account, provider)
      return provider
    }

    return {
      get,
      client: (account) =>
        runner.sync(
          Effect.provide(PlatformClient.make, Context.add(shared, TokenProvider.TokenProvider, get(account)))
        )
    }
  })

/**
 * The accounts of `make`, until the layer closes. `Jindouyun.layerAccounts` also provides the settings.
 *
 * @example
 * ```ts
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Accounts from "@jindouyun/core/Accounts"
 * import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
 * import * as Config from "effect/Config"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * // The variable SALES_PASSWORD has the password of the account "sales".
 * export const accounts = Accounts.layer((account) =>
 *   Effect.map(Config.redacted(`${account.toUpperCase()}_PASSWORD`), (password) => ({ username: account, password }))
 * ).pipe(Layer.provide([JindouyunConfig.layer(), FetchHttpClient.layer]))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <E, R>(
  credentials: Lookup<E, R>
): Layer.Layer<Accounts, never, HttpClient.HttpClient | JindouyunConfig | Exclude<R, Scope.Scope>> =>
  Layer.scoped(Accounts, make(credentials))
