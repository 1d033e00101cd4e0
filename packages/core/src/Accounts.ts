/**
 * Many accounts in one process: a token and a refusedCredentials for each, one retry budget for all, and no timer for any of them.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Credentials from "./Credentials.js"
import { JindouyunConfig } from "./JindouyunConfig.js"
import * as PlatformClient from "./PlatformClient.js"
import * as RetryBudget from "./RetryBudget.js"
import { isPending } from "./Token.js"
import * as TokenApi from "./TokenApi.js"
import * as TokenProvider from "./TokenProvider.js"

/**
 * The accounts of one platform.
 *
 * @since 0.1.0
 * @category tags
 */
export class Accounts extends Context.Tag("@jindouyun/core/Accounts")<Accounts, Service>() {}

/**
 * Looks up what belongs to an account. Nothing is asked of the platform before it is used.
 *
 * An account that nobody has used for the lifetime of an access token holds nothing of worth and is released, unless its
 * acquisition is credentialsRefused, or it cools down or is being renewed. What was handed out for it stays good: its next use begins with an acquisition. A stream of `changes` ends
 * with the release.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly get: (account: string) => TokenProvider.Service
  readonly client: (account: string) => PlatformClient.Service
}

/**
 * Reads the credentials of one account, by the name under which it is looked up.
 *
 * @since 0.1.0
 * @category models
 */
export type Lookup<E, R> = (
  account: string
) => Effect.Effect<{ readonly username: string; readonly password: Redacted.Redacted }, E, R>

/**
 * Accounts whose credentials are looked up by name. `TokenStore`, `RetryPolicy` and `RetryBudget` are taken from the
 * context, where a layer put them there.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <E, R>(
  credentials: Lookup<E, R>
): Effect.Effect<Service, never, HttpClient.HttpClient | JindouyunConfig | Scope.Scope | R> =>
  Effect.gen(function*() {
    const clock = yield* Clock.clockWith(Effect.succeed)
    const config = yield* JindouyunConfig
    const scope = yield* Effect.scope
    const api = yield* TokenApi.make
    const budget = yield* RetryBudget.sharedOrMake(config.retryBudget)
    const runtime = (yield* Effect.runtime<HttpClient.HttpClient | JindouyunConfig | R>()).pipe(
      Runtime.provideService(RetryBudget.RetryBudget, Option.some(budget)),
      Runtime.provideService(TokenApi.TokenApi, api)
    )
    const entries = new Map<string, Entry>()
    // No renewal outlasts this, nor the saving of what it brought.
    const idle = Math.max(
      config.accessTokenLifetime,
      2 * (config.minRequestInterval + config.renewalTimeout + config.requestTimeout)
    )
    let round = 0
    let lookedAt = clock.unsafeCurrentTimeMillis()
    let sweptAt = clock.unsafeCurrentTimeNanos()

    const open = (account: string): Entry => {
      const make = Effect.gen(function*() {
        const own = yield* Scope.fork(scope, ExecutionStrategy.sequential)
        const provider = yield* TokenProvider.make.pipe(
          Effect.provideServiceEffect(
            Credentials.Credentials,
            Credentials.make(credentials(account), { account })
          ),
          Scope.extend(own)
        )
        return { provider, scope: own, round }
      })
      return Runtime.runSync(runtime, make)
    }

    // One synchronous step: two fibers find the same entry, and none that is being released.
    const use = (account: string): TokenProvider.Service => {
      sweep()
      let entry = entries.get(account)
      if (entry === undefined) {
        entry = open(account)
        entries.set(account, entry)
      }
      entry.round = round
      return entry.provider
    }

    // A round lasts `idle` at least: who was not used in the last one has not been for so long.
    const sweep = (): void => {
      const now = clock.unsafeCurrentTimeMillis()
      if (isPending(lookedAt, lookedAt + idle, now)) {
        return
      }
      lookedAt = now
      const nanos = clock.unsafeCurrentTimeNanos()
      if (Number(nanos - sweptAt) / 1e6 < idle) {
        return
      }
      sweptAt = nanos
      for (const [account, entry] of entries) {
        if (entry.round < round && !isBusy(Runtime.runSync(runtime, entry.provider.status).phase)) {
          entries.delete(account)
          Runtime.runFork(runtime, Scope.close(entry.scope, Exit.void))
        }
      }
      round += 1
    }

    const get = (account: string): TokenProvider.Service => ({
      accessToken: Effect.suspend(() => use(account).accessToken),
      refresh: Effect.suspend(() => use(account).refresh),
      invalidate: (rejected) => Effect.suspend(() => use(account).invalidate(rejected)),
      reset: Effect.suspend(() => use(account).reset),
      status: Effect.suspend(() => use(account).status),
      changes: Stream.suspend(() => use(account).changes)
    })

    return {
      get,
      client: (account) =>
        Runtime.runSync(
          runtime,
          Effect.provideService(PlatformClient.make, TokenProvider.TokenProvider, get(account))
        )
    }
  })

/**
 * Accounts whose credentials are looked up by name.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <E, R>(
  credentials: Lookup<E, R>
): Layer.Layer<Accounts, never, HttpClient.HttpClient | JindouyunConfig | R> =>
  Layer.scoped(Accounts, make(credentials)) as Layer.Layer<Accounts, never, HttpClient.HttpClient | JindouyunConfig | R>

// What would be lost with it: a refusal, a platform's wish to be left alone, readers who wait.
const isBusy = (phase: TokenProvider.Phase): boolean =>
  phase === "credentialsRefused" || phase === "cooling" || phase === "renewing"

interface Entry {
  readonly provider: TokenProvider.Service
  readonly scope: Scope.CloseableScope
  round: number
}
