import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as References from "effect/References"
import * as Scheduler from "effect/Scheduler"
import type { FiberScheduler } from "./FiberScheduler.js"

/** The services and settings of new fibers. */
export type FiberRuntime = Context.Context<never>

export interface Options {
  readonly clock: Clock.Clock
  readonly random: Random.Random
  readonly scheduler: FiberScheduler
}

export const make = ({ clock, random, scheduler }: Options): FiberRuntime =>
  Context.empty().pipe(
    Context.add(Clock.Clock, clock),
    Context.add(Random.Random, random),
    Context.add(Scheduler.Scheduler, scheduler),
    Context.add(References.MinimumLogLevel, "None"),
    Context.add(References.TracerEnabled, false)
  )

export const withScheduler = (runtime: FiberRuntime, scheduler: FiberScheduler): FiberRuntime =>
  Context.add(runtime, Scheduler.Scheduler, scheduler)

/** Starts a fiber, which runs up to its first wait before this returns. */
export const fork = <A, E>(runtime: FiberRuntime, effect: Effect.Effect<A, E>): Fiber.Fiber<A, E> =>
  Effect.runForkWith(runtime)(effect)

/** Starts a fiber as a task of the scheduler. */
export const forkLater = <A, E>(runtime: FiberRuntime, effect: Effect.Effect<A, E>): Fiber.Fiber<A, E> =>
  fork(runtime, Effect.andThen(Effect.yieldNow, effect))

/** The exit of a fiber that has ended. */
export const poll = <A, E>(fiber: Fiber.Fiber<A, E>): Exit.Exit<A, E> | undefined => fiber.pollUnsafe()
