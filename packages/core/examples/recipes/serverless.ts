/**
 * A function that is frozen between two calls: a renewal in the background would be frozen with it. Without an early
 * window the token is renewed by the reader that needs it, and the layer, made outside the handler, is kept by an
 * instance as long as that lives.
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
