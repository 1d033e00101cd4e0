import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import { fromTransportError, type TransportFailure } from "@jindouyun/core/JindouyunError"
import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import { type Failure, withHint, withNote } from "../Failure.js"
import type { Proxy, Route } from "./proxy.js"

/**
 * The HTTP client of a route. The code of the proxy is loaded with the first request.
 *
 * @internal
 */
export const client = (route: Route): Layer.Layer<HttpClient.HttpClient> =>
  route._tag === "Direct" && route.because === undefined
    ? FetchHttpClient.layer
    : Layer.scoped(
      HttpClient.HttpClient,
      Effect.gen(function*() {
        const scope = yield* Effect.scope
        const loaded = yield* Effect.cached(Scope.extend(load(route), scope))
        return HttpClient.makeWith<never, never, HttpClientError.HttpClientError, never>(
          Effect.flatMap((request) => Effect.flatMap(loaded, ({ execute }) => execute(request))),
          Effect.succeed
        )
      })
    )

const load = (route: Route): Effect.Effect<HttpClient.HttpClient, never, Scope.Scope> =>
  Effect.flatMap(
    Effect.promise(() => import("./nodeUndici.js")),
    (nodeUndici) =>
      Effect.map(nodeUndici.make(route), (client) => {
        let refusal: HttpClientError.HttpClientError | undefined
        return HttpClient.transform(client, (sending) =>
          Effect.suspend(() =>
            refusal !== undefined ? Effect.fail(refusal) : Effect.tapError(sending, (error) =>
              Effect.sync(() => {
                // A proxy may lock an account whose wrong password arrives several times.
                if (statusOf(fromTransportError("", error)) === 407) {
                  refusal = error
                }
              }))
          ))
      })
  )

/** The HTTP status of a proxy that refused the connection. */
const statusOf = ({ detail = "" }: TransportFailure): number | undefined => {
  const [, status] = /^PROXY_STATUS_([0-9]+)$/.exec(detail) ?? []
  return status === undefined ? undefined : Number(status)
}

/**
 * Gives a failure on the way through a proxy the hint that names the proxy and its variable, if the proxy may be the cause.
 *
 * @internal
 */
export const explained = (route: Route) => <E extends Failure>(failure: E): E => {
  if (route._tag === "Direct") {
    return failure
  }
  const { shown, variable } = route
  if (failure._tag === "UnexpectedResponse" && failure.reason === "status") {
    return failure.status === 407 ? withHint(failure, refusedByProxy(route, 407)) : withNote(failure, note(route))
  }
  if (failure._tag !== "TransportFailure") {
    return failure
  }
  const status = statusOf(failure)
  if (status !== undefined) {
    return withHint(failure, refusedByProxy(route, status))
  }
  switch (failure.reason) {
    case "refused":
      return withHint(failure, {
        en: `Nothing listens at the proxy ${shown}: start the proxy, or correct ${variable}.`,
        zh: `代理 ${shown} 没有服务在监听：请启动代理，或修正 ${variable}。`
      })
    case "nameNotFound":
      return withHint(failure, {
        en: `The host of the proxy ${shown} has no address: correct ${variable}, or check the name server.`,
        zh: `无法解析代理 ${shown} 的主机名：请修正 ${variable} 或检查 DNS。`
      })
    case "unreachable":
    case "connectTimeout":
      return withHint(failure, {
        en: `The proxy ${shown} does not answer: correct ${variable}, or check the network and the firewall.`,
        zh: `代理 ${shown} 没有响应：请修正 ${variable}，或检查网络和防火墙。`
      })
    default:
      return withNote(failure, note(route))
  }
}

const note = ({ shown, variable }: Proxy): ReturnCode.Localized => ({
  en: `The request went through the proxy ${shown} (${variable}).`,
  zh: `请求经过代理 ${shown}（${variable}）。`
})

const refusedByProxy = (proxy: Proxy, status: number): ReturnCode.Localized => {
  const { authorization, shown, target, variable } = proxy
  return status >= 500
    ? {
      en:
        `The proxy ${shown} (${variable}) cannot connect to ${target} (HTTP ${status}): try again later. If it stays so, correct ${variable}, or name the host in NO_PROXY.`,
      zh:
        `代理 ${shown}（${variable}）无法连接 ${target}（HTTP ${status}）：请稍后重试。若一直如此，请修正 ${variable}，或在 NO_PROXY 中列出该主机。`
    }
    : status !== 407
    ? {
      en:
        `The proxy ${shown} (${variable}) refuses the connection to ${target} (HTTP ${status}): allow the host in the proxy, correct ${variable}, or name the host in NO_PROXY.`,
      zh:
        `代理 ${shown}（${variable}）拒绝连接 ${target}（HTTP ${status}）：请在代理中放行该主机，修正 ${variable}，或在 NO_PROXY 中列出该主机。`
    }
    : Option.isSome(authorization)
    ? {
      en: `The proxy ${shown} refuses its username or password (HTTP 407): correct them in ${variable}.`,
      zh: `代理 ${shown} 拒绝了用户名或密码（HTTP 407）：请在 ${variable} 中修正。`
    }
    : {
      en:
        `The proxy ${shown} requires a username and a password (HTTP 407): add them to ${variable}, as in http://user:password@host:port.`,
      zh: `代理 ${shown} 要求用户名和密码（HTTP 407）：请写入 ${variable}，例如 http://user:password@host:port。`
    }
}
