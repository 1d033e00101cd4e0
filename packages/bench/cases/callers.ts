/**
 * Everybody at once, and no token: one request, and what waiting for it costs beside as many fibers that wait for one
 * Deferred, which one bare request fills.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { count, figures, heap, interleave, main, ratio, spread, type Turn } from "../measure.js"
import { adapters } from "../peers/load.js"
import { control, jindouyun, provider, undici } from "../platform.js"
import type { Check, Figure } from "../Result.js"

const delay = 20

/** Starts the waiters, weighs them while they wait, and lets them go. */
const callers = <A, E>(waiters: number, one: Effect.Effect<A, E>, weigh: boolean) =>
  Effect.gen(function*() {
    const before = weigh ? heap() : 0
    const start = performance.now()
    const fibers: Array<Fiber.RuntimeFiber<A, E>> = []
    for (let i = 0; i < waiters; i++) {
      fibers.push(yield* Effect.fork(one))
    }
    if (weigh) {
      yield* Effect.yieldNow()
      const bytes = (heap() - before) / waiters
      yield* Effect.forEach(fibers, Fiber.join, { discard: true })
      return { bytes }
    }
    for (const fiber of fibers) {
      yield* Fiber.join(fiber)
    }
    return { wall: performance.now() - start }
  })

main(async ({ peers, quick, url }) => {
  await control(url, { delay })
  const found: Array<Figure> = []
  const checks: Array<Check> = []

  for (const waiters of [1, 1000, quick ? 10_000 : 100_000]) {
    const requests: Array<number> = []

    const ours = (weigh: boolean): Turn => async () => {
      const runtime = ManagedRuntime.make(jindouyun(url))
      const { accessToken } = await runtime.runPromise(provider)
      const before = (await control(url)).requests
      const numbers = await runtime.runPromise(callers(waiters, accessToken, weigh))
      requests.push((await control(url)).requests - before)
      await runtime.dispose()
      return numbers
    }

    const bare = (weigh: boolean): Turn => async () => {
      const runtime = ManagedRuntime.make(undici)
      const { client, deferred } = await runtime.runPromise(Effect.gen(function*() {
        return { client: yield* HttpClient.HttpClient, deferred: yield* Deferred.make<unknown>() }
      }))
      const fill = HttpClientRequest.post(`${url}/api/access_token`).pipe(
        client.execute,
        Effect.flatMap((response) => response.json),
        Effect.orDie,
        Effect.intoDeferred(deferred)
      )
      const numbers = await runtime.runPromise(
        Effect.zipRight(Effect.forkDaemon(fill), callers(waiters, Deferred.await(deferred), weigh))
      )
      await runtime.dispose()
      return numbers
    }

    const few = quick ? 3 : waiters === 100_000 ? 11 : 31
    const rounds = await interleave({ ours: ours(false), Deferred: bare(false) }, {
      rounds: few,
      warmup: waiters === 1 ? 10 : 2
    })
    found.push(...figures(rounds, "wall", { title: `wall of ${waiters}`, unit: "ms" }))
    checks.push(
      ratio(rounds, "wall", ["ours", "Deferred"], {
        name: `wall of ${waiters} beside one Deferred`,
        goal: { atMost: 1.5 }
      })
    )
    if (waiters > 1) {
      const weighed = await interleave({ ours: ours(true), Deferred: bare(true) }, { rounds: quick ? 1 : 5, warmup: 1 })
      found.push(...figures(weighed, "bytes", { title: `heap a waiter of ${waiters}`, unit: "B" }))
      checks.push(
        ratio(weighed, "bytes", ["ours", "Deferred"], {
          name: `heap a waiter of ${waiters} beside one Deferred`,
          goal: undefined
        })
      )
    }
    checks.unshift(count(`requests for ${waiters}`, Math.max(...requests), { exactly: 1 }))
  }

  for (const [name, { getter }] of Object.entries(peers ? await adapters() : {})) {
    if (getter !== undefined) {
      const walls: Array<number> = []
      let requests = 0
      for (let round = 0; round < 11; round++) {
        const get = await getter(url)
        const before = (await control(url)).requests
        const start = performance.now()
        await Promise.all(Array.from({ length: 1000 }, () => get()))
        walls.push(performance.now() - start)
        requests = Math.max(requests, (await control(url)).requests - before)
      }
      found.push({ measure: "wall of 1000", contender: name, unit: "ms", ...spread(walls) })
      found.push({ measure: "requests for 1000", contender: name, unit: "", ...spread([requests]) })
    }
  }
  return { figures: found, checks }
})
