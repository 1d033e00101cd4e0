/**
 * The proxy that `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` name, as in curl; a name in lower case has priority. The agent
 * reads the variables when the layer is built. Add loopback hosts to `NO_PROXY`, because the agent sends them to the proxy, too.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { EnvHttpProxyAgent } from "@effect/platform-node/Undici"
import { Jindouyun } from "@jindouyun/core"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

export const throughProxyOfEnvironment = Jindouyun.layerFromEnv().pipe(
  Layer.provide(NodeHttpClient.layerUndiciWithoutDispatcher),
  Layer.provide(
    Layer.scoped(
      NodeHttpClient.Dispatcher,
      Effect.acquireRelease(
        Effect.sync(() => new EnvHttpProxyAgent()),
        (agent) => Effect.promise(() => agent.close())
      )
    )
  )
)
