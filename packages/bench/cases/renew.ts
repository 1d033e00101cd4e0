/**
 * Readers while one refresh follows the other in the background: none of them waits, and how much slower the slowest
 * are.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Runtime from "effect/Runtime"
import { count, figures, interleave, main, ratio, spread, type Turn } from "../measure.js"
import { control, open, provider } from "../platform.js"

/** So many reads are timed at once: one alone is shorter than what a clock can tell. */
const batch = 50

main(async ({ quick, url }) => {
  await control(url, { delay: 20 })
  const runtime = open(url, { minRequestInterval: "1 millis", retryBudget: 1000 })
  const { accessToken, refresh } = await runtime.runPromise(provider)
  const context = await runtime.runtime()
  await runtime.runPromise(accessToken)
  const millis = quick ? 400 : 2000
  let waits = 0
  let reads = 0

  const breathe = Effect.promise(() => new Promise<void>((resume) => setImmediate(resume)))

  // As many reads as fit into a while, and room for the network between them.
  const readers = Effect.gen(function*() {
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
      // One that had to wait would not be done by the time its fiber is handed back.
      const exit = Runtime.runFork(context, accessToken).unsafePoll()
      reads += 1
      waits += exit !== null && Exit.isSuccess(exit) ? 0 : 1
      yield* breathe
    }
    times.sort((a, b) => a - b)
    return { p99: times[Math.floor(times.length * 0.99)] ?? NaN, p50: spread(times).median }
  })

  const refreshes: Array<number> = []
  const alone: Turn = () => runtime.runPromise(readers)
  const renewing: Turn = async () => {
    const before = (await control(url)).requests
    const background = runtime.runFork(Effect.forever(refresh))
    const numbers = await runtime.runPromise(readers)
    await Effect.runPromise(Fiber.interrupt(background))
    refreshes.push((await control(url)).requests - before)
    return numbers
  }
  const rounds = await interleave({ "with refreshes": renewing, without: alone }, {
    rounds: quick ? 5 : 11,
    warmup: 1
  })
  await runtime.dispose()
  return {
    figures: [
      ...figures(rounds, "p50", { title: "a read, median", unit: "ns" }),
      ...figures(rounds, "p99", { title: "a read, p99", unit: "ns" })
    ],
    checks: [
      count("readers that waited", waits, { exactly: 0 }),
      count("reads looked at", reads, undefined),
      count("fewest refreshes in a round", Math.min(...refreshes), { atLeast: 1 }),
      ratio(rounds, "p99", ["with refreshes", "without"], { name: "p99 beside without refreshes", goal: { atMost: 2 } })
    ]
  }
})
