/**
 * A function that is frozen between two calls, which would freeze a renewal in the background too. With `earlyRefresh:
 * 0` the caller that needs a token renews it and waits. Each instance builds the layer once, outside the handler.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { Jindouyun } from "@jindouyun/core"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { visits } from "../call-a-report.js"

const runtime = ManagedRuntime.make(
  Layer.provide(Jindouyun.layerFromEnv({ earlyRefresh: 0, renewalTimeout: "8 seconds" }), FetchHttpClient.layer)
)

export const handler = ({ day }: { readonly day: string }): Promise<{ readonly visits: number }> =>
  runtime.runPromise(Effect.map(visits(day), (visits) => ({ visits })))
