// The traces that a program leaves in its process: memory, handles, fibers, errors outside of any fiber, and metric series.
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type * as Scope from "effect/Scope"

/** Bytes in use after everything unreachable is gone. A finalizer can release more, so it collects several times. */
export const heap: Effect.Effect<number> = Effect.promise(async () => {
  if (globalThis.gc === undefined) {
    throw new Error("run it with --expose-gc")
  }
  for (let round = 0; round < 4; round++) {
    globalThis.gc()
    await new Promise((resume) => setTimeout(resume, 20))
  }
  return process.memoryUsage().heapUsed
})

/** The handles and timers that keep the process running, and the listeners of the process, by name. */
export const handles = (): ReadonlyMap<string, number> => {
  const counts = new Map(
    process.eventNames().map((name) => [`listener of ${String(name)}`, process.listenerCount(name)])
  )
  for (const name of process.getActiveResourcesInfo()) {
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

/** The handles that were not there before. */
export const added = (before: ReadonlyMap<string, number>): ReadonlyArray<string> =>
  [...handles()].flatMap(([name, count]) => {
    const more = count - (before.get(name) ?? 0)
    return more > 0 ? [`${more} ${name}`] : []
  })

/** How many fibers of Effect are running. */
export const fibers = (): number => {
  const active = Metric.unsafeSnapshot().find(({ metricKey }) => metricKey.name === "effect_fiber_active")
  return active === undefined ? 0 : Number(Reflect.get(active.metricState, "count"))
}

/** The accounts that have metric series. */
export const accountsWithSeries = (): ReadonlySet<string> =>
  new Set(
    Metric.unsafeSnapshot().flatMap(({ metricKey }) =>
      metricKey.tags.flatMap(({ key, value }) => key === "account" ? [value] : [])
    )
  )

/** Collects what reaches the process outside of any fiber, until the scope ends. */
export const strayErrors: Effect.Effect<ReadonlyArray<string>, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => {
      const errors: Array<string> = []
      const rejected = (error: unknown) => errors.push(`unhandled rejection: ${String(error)}`)
      const thrown = (error: unknown) => errors.push(`uncaught exception: ${String(error)}`)
      // Node warns of too many listeners of one event, which are never removed.
      const warned = (warning: Error) => errors.push(`warning: ${warning.message}`)
      process.on("unhandledRejection", rejected).on("uncaughtException", thrown).on("warning", warned)
      return { errors, rejected, thrown, warned }
    }),
    ({ rejected, thrown, warned }) =>
      Effect.sync(() =>
        process.off("unhandledRejection", rejected).off("uncaughtException", thrown).off("warning", warned)
      )
  ),
  ({ errors }) => errors
)
