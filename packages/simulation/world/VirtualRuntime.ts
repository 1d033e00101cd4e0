import * as HttpClient from "@effect/platform/HttpClient"
import * as Credentials from "@jindouyun/core/Credentials"
import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
import * as PlatformClient from "@jindouyun/core/PlatformClient"
import * as TokenApi from "@jindouyun/core/TokenApi"
import * as TokenProvider from "@jindouyun/core/TokenProvider"
import * as TokenStore from "@jindouyun/core/TokenStore"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import type { Chooser } from "./Chooser.js"
import { ControlledScheduler, type Yields } from "./ControlledScheduler.js"
import * as FiberRuntime from "./edition/FiberRuntime.js"
import type { Account } from "./Platform.js"
import { VirtualClock } from "./VirtualClock.js"

/** The wall clock of a run begins here, far from zero so that it can be turned back. */
const start = Date.UTC(2030, 0, 1)

export interface Options {
  /** Picks the next task. */
  readonly chooser: Chooser
  readonly yields: Yields
  readonly random: Random.Random
  /** For a run of many fibers: how many operations may follow each other at one instant. */
  readonly limit?: number | undefined
}

/** The parts of a provider. */
export interface Parts {
  readonly client: HttpClient.HttpClient
  readonly config: JindouyunConfig.Service
  readonly store: TokenStore.Service
  readonly credentials: Credentials.Service
}

export interface Opened {
  readonly service: TokenProvider.Service
  readonly scope: Scope.CloseableScope
}

/**
 * The clock, the scheduler and the random numbers of a run, and the library's provider on them. Nothing happens by
 * itself: the run moves the time and runs the tasks.
 */
export class VirtualRuntime {
  readonly clock = new VirtualClock(start)
  readonly scheduler: ControlledScheduler
  readonly runtime: FiberRuntime.FiberRuntime

  constructor({ chooser, limit, random, yields }: Options) {
    this.scheduler = new ControlledScheduler(chooser, yields, limit)
    this.runtime = FiberRuntime.make({ clock: this.clock, random, scheduler: this.scheduler })
  }

  /** Runs an effect that ends without waiting. */
  now<A, E>(effect: Effect.Effect<A, E>, runtime = this.runtime): A {
    const exit = FiberRuntime.poll(this.scheduler.atomically(() => FiberRuntime.fork(runtime, effect)))
    if (exit === undefined || Exit.isFailure(exit)) {
      throw new Error(`not done at once: ${String(exit)}`)
    }
    return exit.value
  }

  /** Runs the ready tasks, then moves from timer to timer until an instant, for as long as `run` returns `true`. */
  advance(until: number, run: () => boolean = () => this.drain()): void {
    let goesOn = run()
    while (goesOn && this.clock.wakeNext(until)) {
      goesOn = run()
    }
  }

  drain(): boolean {
    if (!this.scheduler.drain()) {
      throw new Error("the tasks do not come to an end")
    }
    return true
  }

  /** Opens a client of report calls over a provider. */
  client(
    { client, config }: Pick<Parts, "client" | "config">,
    provider: TokenProvider.Service,
    runtime: FiberRuntime.FiberRuntime
  ): PlatformClient.Service {
    const context = Context.empty().pipe(
      Context.add(HttpClient.HttpClient, client),
      Context.add(JindouyunConfig.JindouyunConfig, config),
      Context.add(TokenProvider.TokenProvider, provider)
    )
    return this.now(Effect.provide(PlatformClient.make, context), runtime)
  }

  /** Opens a provider; `runtime` is the runtime of its own process, if it has one. */
  open({ client, config, credentials, store }: Parts, runtime = this.runtime): Opened {
    const scope = this.now(Scope.make(), runtime)
    const context = Context.empty().pipe(
      Context.add(HttpClient.HttpClient, client),
      Context.add(JindouyunConfig.JindouyunConfig, config),
      Context.add(TokenStore.TokenStore, store),
      Context.add(Credentials.Credentials, credentials),
      Context.add(Scope.Scope, scope)
    )
    const service = this.now(
      TokenApi.make.pipe(
        Effect.flatMap((api) => Effect.provideService(TokenProvider.make, TokenApi.TokenApi, api)),
        Effect.provide(context)
      ),
      runtime
    )
    return { service, scope }
  }
}

export const credentialsOf = ({ password, username }: Account): Credentials.UsernamePassword => ({
  username,
  password: Redacted.make(password)
})
