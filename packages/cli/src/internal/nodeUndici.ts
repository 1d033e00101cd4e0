import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Agent, ProxyAgent } from "@effect/platform-node/Undici"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { Route } from "./proxy.js"

/**
 * A client on undici's agents, which do not read the environment. A proxy forwards `http:` requests, as curl sends them, and tunnels `https:`.
 *
 * @internal
 */
export const make = (route: Route): Effect.Effect<HttpClient.HttpClient, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() =>
        route._tag === "Direct" ? new Agent() : new ProxyAgent({
          uri: route.url,
          proxyTunnel: false,
          ...Option.match(route.authorization, {
            onNone: () => ({}),
            onSome: (authorization) => ({ token: Redacted.value(authorization) })
          })
        })
      ),
      (dispatcher) => Effect.promise(() => dispatcher.destroy())
    ),
    NodeHttpClient.makeUndici
  )
