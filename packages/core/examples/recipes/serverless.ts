/**
 * A function that is frozen between two calls, which would freeze a renewal in the background too. With `earlyRefresh:
 * 0` the caller that needs a token renews it and waits. Each instance builds the layer once, outside the handler.
 */
import { FetchHttpClient } from "@effect/platform"
import { Jindouyun } from "@jindouyun/core"
import { Effect, Layer, ManagedRuntime } from "effect"
import { visits } from "../call-a-report.js"

const runtime = ManagedRuntime.make(
  Layer.provide(Jindouyun.layerFromEnv({ earlyRefresh: 0, renewalTimeout: "8 seconds" }), FetchHttpClient.layer)
)

export const handler = ({ day }: { readonly day: string }): Promise<{ readonly visits: number }> =>
  runtime.runPromise(Effect.map(visits(day), (visits) => ({ visits })))
