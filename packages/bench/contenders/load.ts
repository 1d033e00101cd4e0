import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Endpoint from "@jindouyun/core/Endpoint"
import * as PlatformClient from "@jindouyun/core/PlatformClient"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { open, provider } from "./library.js"

const callers = 64

export interface Load {
  /** Calls at full speed for that many milliseconds, and returns the milliseconds of each call. */
  readonly library: (millis: number, refreshing: boolean) => Promise<ReadonlyArray<number>>
  /** The same with a token that is refreshed at the start, on bare `HttpClient`. */
  readonly constantToken: (millis: number) => Promise<ReadonlyArray<number>>
  readonly close: () => Promise<void>
}

/** 64 callers of one report, each with one call at a time. */
export const load = async (url: string, path: string): Promise<Load> => {
  const runtime = open(url, { minRequestInterval: "1 millis", retryBudget: 1000 })
  const { accessToken, refresh } = await runtime.runPromise(provider)
  const { call } = await runtime.runPromise(PlatformClient.PlatformClient)
  const client = await runtime.runPromise(HttpClient.HttpClient)
  const report = call(Endpoint.make({ path, data: Schema.Unknown }))()
  const decode = HttpClientResponse.schemaBodyJson(Schema.Struct({ code: Schema.Literal(20000), data: Schema.Unknown }))

  const timed = (one: Effect.Effect<unknown, unknown>, millis: number) => {
    const times: Array<number> = []
    const end = performance.now() + millis
    const caller = Effect.gen(function*() {
      // At least one call each: a busy machine can take all of the time to start the callers.
      do {
        const start = performance.now()
        yield* one
        times.push(performance.now() - start)
      } while (performance.now() < end)
    })
    return Effect.as(Effect.all(Array.from({ length: callers }, () => caller), { concurrency: "unbounded" }), times)
  }

  return {
    library: async (millis, refreshing) => {
      await runtime.runPromise(accessToken)
      const background = refreshing ? runtime.runFork(Effect.forever(refresh)) : undefined
      const times = await runtime.runPromise(timed(report, millis))
      if (background !== undefined) {
        await runtime.runPromise(Fiber.interrupt(background))
        // The renewal of an interrupted caller goes on: its request belongs to this turn.
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
      return times
    },
    constantToken: (millis) =>
      runtime.runPromise(Effect.flatMap(refresh, ({ value }) => {
        const request = HttpClientRequest.post(`${url}${path}`, {
          headers: { accessToken: Redacted.value(value), APIVersion: "3" }
        })
        return timed(Effect.flatMap(client.execute(request), decode), millis)
      })),
    close: () => runtime.dispose()
  }
}
