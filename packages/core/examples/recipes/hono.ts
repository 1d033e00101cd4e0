/**
 * A server of Hono for two accounts. The process has one `ManagedRuntime`: the layer is built once, and each handler runs an
 * effect to a promise. An invalid setting ends the program before it listens. Hono logs a defect and answers 500. `close`
 * ends the layer, so that the pair of a token request that is out is still saved. In Express, Fastify or a script the
 * runtime is the same.
 */
import { FetchHttpClient } from "@effect/platform"
import { Effect, Layer, ManagedRuntime } from "effect"
import { Hono } from "hono"
import { accounts, report } from "./many-accounts.js"

const runtime = ManagedRuntime.make(Layer.provide(accounts, FetchHttpClient.layer))
await runtime.runtime()

export const app = new Hono().get("/:account{north|south}/visits/:day", (context) =>
  runtime.runPromise(
    Effect.match(report(context.req.param("account"), context.req.param("day")), {
      onSuccess: ({ visits }) => context.json({ visits }),
      onFailure: (failure) => context.json({ failure: failure._tag }, 502)
    })
  ))

export const close = (): Promise<void> => runtime.dispose()
