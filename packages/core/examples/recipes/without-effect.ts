/**
 * A program without Effect: one runtime for the process, promises at its edge, and a function that closes the layer.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { Jindouyun, PlatformClient } from "@jindouyun/core"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { daily } from "../call-a-report.js"

const runtime = ManagedRuntime.make(Layer.provide(Jindouyun.layerFromEnv(), FetchHttpClient.layer))

export const report = (day: string): Promise<{ readonly visits: number }> =>
  runtime.runPromise(Effect.flatMap(PlatformClient.PlatformClient, (client) => client.call(daily)({ day })))

export const close = (): Promise<void> => runtime.dispose()
