import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { open, provider } from "./library.js"

// One read is shorter than the resolution of a clock.
const batch = 50

export interface Renewals {
  /** Reads for that many milliseconds, while one refresh follows the other or without any, and returns nanoseconds of each read. */
  readonly reads: (millis: number, refreshing: boolean) => Promise<ReadonlyArray<number>>
  /** How many reads were examined, and how many of them did not return at once. */
  readonly counts: () => { readonly examined: number; readonly waited: number }
  readonly close: () => Promise<void>
}

/** Reads of a valid token while the token is refreshed in the background. */
export const renew = async (url: string): Promise<Renewals> => {
  const runtime = open(url, { minRequestInterval: "1 millis", retryBudget: 1000 })
  const { accessToken, refresh } = await runtime.runPromise(provider)
  await runtime.runPromise(accessToken)
  let waited = 0
  let examined = 0

  const pause = Effect.promise(() => new Promise<void>((resume) => setImmediate(resume)))

  // As many reads as fit into the time, with room for the network between them.
  const reads = (millis: number) =>
    Effect.gen(function*() {
      const times: Array<number> = []
      const end = performance.now() + millis
      while (performance.now() < end) {
        for (let group = 0; group < 20; group++) {
          const start = process.hrtime.bigint()
          for (let i = 0; i < batch; i++) {
            yield* accessToken
          }
          times.push(Number(process.hrtime.bigint() - start) / batch)
        }
        // A read that waits cannot run synchronously.
        examined += 1
        waited += Exit.isSuccess(runtime.runSyncExit(accessToken)) ? 0 : 1
        yield* pause
      }
      return times
    })

  return {
    reads: async (millis, refreshing) => {
      const background = refreshing ? runtime.runFork(Effect.forever(refresh)) : undefined
      const times = await runtime.runPromise(reads(millis))
      if (background !== undefined) {
        await runtime.runPromise(Fiber.interrupt(background))
      }
      return times
    },
    counts: () => ({ examined, waited }),
    close: () => runtime.dispose()
  }
}
