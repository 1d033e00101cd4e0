/**
 * A proxy and a private certificate authority. Both are options of the undici client, which the program passes to the
 * library.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { ProxyAgent } from "@effect/platform-node/Undici"
import { Jindouyun } from "@jindouyun/core"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

export const throughProxy = (options: { readonly proxy: string; readonly authority: string }) =>
  Jindouyun.layerFromEnv().pipe(
    Layer.provide(NodeHttpClient.layerUndiciWithoutDispatcher),
    Layer.provide(
      Layer.scoped(
        NodeHttpClient.Dispatcher,
        Effect.acquireRelease(
          Effect.sync(() => new ProxyAgent({ uri: options.proxy, requestTls: { ca: options.authority } })),
          (agent) => Effect.promise(() => agent.close())
        )
      )
    )
  )
