/**
 * Proxies and private certificate authorities are options of the undici client, which the program passes to the library.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import type { Dispatcher } from "@effect/platform-node/Undici"
import { EnvHttpProxyAgent, ProxyAgent } from "@effect/platform-node/Undici"
import { Jindouyun } from "@jindouyun/core"
import { Effect, Layer } from "effect"

const through = (dispatcher: () => Dispatcher) =>
  Jindouyun.layerFromEnv().pipe(
    Layer.provide(NodeHttpClient.layerUndiciWithoutDispatcher),
    Layer.provide(Layer.scoped(
      NodeHttpClient.Dispatcher,
      Effect.acquireRelease(Effect.sync(dispatcher), (dispatcher) => Effect.promise(() => dispatcher.close()))
    ))
  )

export const throughProxy = (options: { readonly proxy: string; readonly authority: string }) =>
  through(() => new ProxyAgent({ uri: options.proxy, requestTls: { ca: options.authority } }))

export const throughProxyOfEnvironment = through(() => new EnvHttpProxyAgent())
