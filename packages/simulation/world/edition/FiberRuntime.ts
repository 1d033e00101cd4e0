import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import type * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as LogLevel from "effect/LogLevel"
import * as Random from "effect/Random"
import * as Runtime from "effect/Runtime"
import * as RuntimeFlags from "effect/RuntimeFlags"
import type { FiberScheduler } from "./FiberScheduler.js"

/** The services and settings of new fibers. */
export type FiberRuntime = Runtime.Runtime<never>

export interface Options {
  readonly clock: Clock.Clock
  readonly random: Random.Random
  readonly scheduler: FiberScheduler
}

export const make = ({ clock, random, scheduler }: Options): FiberRuntime => {
  const services = DefaultServices.liveServices.pipe(
    Context.add(Clock.Clock, clock),
    Context.add(Random.Random, random)
  )
  return Runtime.defaultRuntime.pipe(
    // The metrics of these fibers are not read.
    Runtime.disableRuntimeFlag(RuntimeFlags.RuntimeMetrics),
    Runtime.setFiberRef(DefaultServices.currentServices, services),
    Runtime.setFiberRef(FiberRef.currentScheduler, scheduler),
    Runtime.setFiberRef(FiberRef.currentMinimumLogLevel, LogLevel.None),
    Runtime.setFiberRef(FiberRef.currentTracerEnabled, false)
  )
}

export const withScheduler = (runtime: FiberRuntime, scheduler: FiberScheduler): FiberRuntime =>
  Runtime.setFiberRef(runtime, FiberRef.currentScheduler, scheduler)

/** Starts a fiber, which runs up to its first wait before this returns. */
export const fork = <A, E>(runtime: FiberRuntime, effect: Effect.Effect<A, E>): Fiber.RuntimeFiber<A, E> =>
  Runtime.runFork(runtime, effect)

/** Starts a fiber as a task of the scheduler. */
export const forkLater = <A, E>(runtime: FiberRuntime, effect: Effect.Effect<A, E>): Fiber.RuntimeFiber<A, E> =>
  Runtime.runFork(runtime, effect, { immediate: false })

/** The exit of a fiber that has ended. */
export const poll = <A, E>(fiber: Fiber.RuntimeFiber<A, E>): Exit.Exit<A, E> | undefined =>
  fiber.unsafePoll() ?? undefined
