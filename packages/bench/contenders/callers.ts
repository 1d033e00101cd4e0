import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { open, provider } from "./library.js"

/** Milliseconds until each caller has its token, or, if `heap` is given, bytes of the heap for each waiting caller. */
export type Callers = (count: number, heap?: () => number) => Promise<Readonly<Record<string, number>>>

const measured = <A, E>(count: number, one: Effect.Effect<A, E>, heap: (() => number) | undefined) =>
  Effect.gen(function*() {
    const before = heap?.() ?? 0
    const start = performance.now()
    const fibers: Array<Fiber.RuntimeFiber<A, E>> = []
    for (let i = 0; i < count; i++) {
      fibers.push(yield* Effect.fork(one))
    }
    // Every fork has started and waits when the timers run.
    yield* Effect.promise(() => new Promise<void>((resume) => setTimeout(resume, 1)))
    const bytes = heap === undefined ? undefined : (heap() - before) / count
    for (const fiber of fibers) {
      yield* Fiber.join(fiber)
    }
    return bytes === undefined ? { wall: performance.now() - start } : { bytes }
  })

/** Callers that need a token at once: of the library, and of one `Deferred` that a bare request fills. */
export const callers = (url: string): { readonly library: Callers; readonly deferred: Callers } => ({
  library: async (count, heap) => {
    const runtime = open(url)
    const { accessToken } = await runtime.runPromise(provider)
    const numbers = await runtime.runPromise(measured(count, accessToken, heap))
    await runtime.dispose()
    return numbers
  },
  deferred: async (count, heap) => {
    const runtime = ManagedRuntime.make(FetchHttpClient.layer)
    const client = await runtime.runPromise(HttpClient.HttpClient)
    const deferred = await runtime.runPromise(Deferred.make<unknown>())
    const fill = HttpClientRequest.post(`${url}/api/access_token`).pipe(
      client.execute,
      Effect.flatMap((response) => response.json),
      Effect.orDie,
      Effect.flatMap((body) => Deferred.succeed(deferred, body))
    )
    runtime.runFork(fill)
    const numbers = await runtime.runPromise(measured(count, Deferred.await(deferred), heap))
    await runtime.dispose()
    return numbers
  }
})
