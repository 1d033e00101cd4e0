/**
 * The clients of Node for tests on Effect 4. undici 8 needs Node 22: on Node 20, undici's client gets an agent of undici 7. The
 * tests import this file under the name `@effect/platform-node/NodeHttpClient`.
 */
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import { Agent } from "undici"
import * as NodeHttpClient from "../node_modules/@effect/platform-node/dist/NodeHttpClient.js"

export * from "../node_modules/@effect/platform-node/dist/NodeHttpClient.js"

const agent = Effect.acquireRelease(
  Effect.sync(() => new Agent()),
  (agent) => Effect.promise(() => agent.destroy())
)

export const layerUndici: Layer.Layer<HttpClient.HttpClient> = Number.parseInt(process.versions.node, 10) >= 22
  ? NodeHttpClient.layerUndici
  : NodeHttpClient.layerUndiciNoDispatcher.pipe(
    Layer.provide(Layer.effect(NodeHttpClient.Dispatcher, Effect.map(agent, (agent) => agent as never)))
  )
