import { FetchHttpClient } from "@effect/platform"
import { Endpoint, Jindouyun, PlatformClient } from "@jindouyun/core"
import { Effect, Layer, ManagedRuntime, Schema } from "effect"

const daily = Endpoint.make({
  path: "/api/report/daily",
  parameters: Schema.Struct({ day: Schema.String }),
  data: Schema.Struct({ visits: Schema.Number }),
  idempotent: true
})

// Reads JINDOUYUN_USERNAME and JINDOUYUN_PASSWORD.
const runtime = ManagedRuntime.make(Layer.provide(Jindouyun.layerFromEnv(), FetchHttpClient.layer))

export const visits = (day: string): Promise<number> =>
  PlatformClient.PlatformClient.pipe(
    Effect.flatMap((client) => client.call(daily)({ day })),
    Effect.map((report) => report.visits),
    runtime.runPromise
  )

export const close = (): Promise<void> => runtime.dispose()
