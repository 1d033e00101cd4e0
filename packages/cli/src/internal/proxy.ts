import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
import { InvalidConfiguration } from "@jindouyun/core/JindouyunError"
import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { type Failure, withHint, withNote } from "../Failure.js"

/**
 * The way to the platform: through a proxy, or direct.
 *
 * @internal
 */
export type Route =
  | {
    readonly _tag: "Direct"
    /** Why no proxy is used, if the environment names one. */
    readonly because: ReturnCode.Localized | undefined
  }
  | Proxy

/** @internal */
export interface Proxy {
  readonly _tag: "Proxy"
  /** The address, without credentials. */
  readonly url: string
  /** The address as it is printed: credentials are shown as `<redacted>`. */
  readonly shown: string
  /** The environment variable that names the proxy. */
  readonly variable: string
  /** The host and the port of the platform. */
  readonly target: string
  /** The value of `proxy-authorization`. */
  readonly authorization: Option.Option<Redacted.Redacted>
}

/**
 * The route to a base URL. The environment is read as undici's `EnvHttpProxyAgent` reads it; in addition, a loopback host
 * is never proxied and an empty variable is unset.
 *
 * @internal
 */
export const routeTo = (baseUrl: string): Effect.Effect<Route, InvalidConfiguration> =>
  Effect.flatMap(
    Effect.forEach(variables, (name) =>
      Effect.map(
        Effect.orElseSucceed(Config.redacted(name), () => Redacted.make("")),
        (value) => [name, Redacted.value(value)] as const
      )),
    (found) => route(baseUrl, Object.fromEntries(found))
  )

const variables = ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"]

/**
 * The route to a base URL with these environment variables.
 *
 * @internal
 */
export const route = (
  baseUrl: string,
  environment: { readonly [variable: string]: string | undefined }
): Either.Either<Route, InvalidConfiguration> =>
  Either.gen(function*() {
    const { host, hostname, port, protocol } = new URL(baseUrl)
    const isSecure = protocol === "https:"
    const first = (names: ReadonlyArray<string>) => names.find((name) => (environment[name] ?? "") !== "")
    const variable = first(isSecure ? variables.slice(0, 4) : variables.slice(2, 4))
    if (variable === undefined) {
      return { _tag: "Direct", because: undefined }
    }
    if (isLoopback(hostname)) {
      return {
        _tag: "Direct",
        because: { en: `${host} is a loopback host`, zh: `${host} 是本机地址` }
      }
    }
    const exception = first(variables.slice(4))
    const defaultPort = isSecure ? 443 : 80
    const isExcepted = exception !== undefined
      && excepts(environment[exception] ?? "", hostname, port === "" ? defaultPort : Number(port))
    return isExcepted
      ? { _tag: "Direct", because: { en: `${exception} names ${host}`, zh: `${exception} 包含 ${host}` } }
      : {
        ...yield* parse(variable, environment[variable] ?? ""),
        _tag: "Proxy",
        variable,
        target: port === "" ? `${hostname}:${defaultPort}` : host
      }
  })

// The hosts to which core allows http:.
const isLoopback = (hostname: string): boolean =>
  /^localhost$|^127(\.[0-9]+){3}$|^\[(::1|::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4})\]$/.test(hostname)

/** Whether NO_PROXY excepts a host. An entry excepts its host and the subdomains of it; a port in an entry must match. */
const excepts = (list: string, hostname: string, port: number): boolean =>
  list.trim() === "*" || list.split(/[,\s]/).filter((entry) => entry !== "").some((entry) => {
    const [, host = entry, only] = /^(.+):([0-9]+)$/.exec(entry) ?? []
    const name = host.replace(/^\*?\./, "").toLowerCase()
    return (only === undefined || Number(only) === port) && (hostname === name || hostname.endsWith(`.${name}`))
  })

const parse = (
  variable: string,
  text: string
): Either.Either<Pick<Proxy, "authorization" | "shown" | "url">, InvalidConfiguration> =>
  Either.gen(function*() {
    const refused = (problem: string) =>
      Either.left(
        new InvalidConfiguration({
          setting: variable,
          variable,
          problem,
          expected: "the http: or https: URL of a proxy, such as http://proxy.example:3128"
        })
      )
    const value = yield* Either.orElse(JindouyunConfig.valueOf(text), refused)
    // As in curl, host and port without a scheme are an http: proxy.
    const written = /^[^/]+:[0-9]+\/?$/.test(value ?? "") && !/^[a-z0-9+.-]+:\/\//i.test(value ?? "")
      ? `http://${value}`
      : value ?? ""
    if (!URL.canParse(written)) {
      return yield* refused("is not a URL")
    }
    const { host, password, protocol, username } = new URL(written)
    if (protocol !== "http:" && protocol !== "https:") {
      return yield* protocol.startsWith("socks")
        ? refused("is the address of a SOCKS proxy, which is not supported")
        : refused("is neither http: nor https:")
    }
    const url = `${protocol}//${host}`
    if (username === "" && password === "") {
      return { url, shown: url, authorization: Option.none() }
    }
    const decoded = Option.liftThrowable(decodeURIComponent)(`${username}:${password}`)
    return Option.isNone(decoded)
      ? yield* refused("has a % that is not followed by two digits")
      : {
        url,
        shown: `${protocol}//<redacted>@${host}`,
        authorization: Option.some(Redacted.make(`Basic ${Buffer.from(decoded.value).toString("base64")}`))
      }
  })

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
        let isRefused = false
        return HttpClient.transform(client, (sending, request) =>
          Effect.suspend(() => {
            const refused = (status: number) =>
              new HttpClientError.RequestError({
                request,
                reason: "Transport",
                cause: { code: `${refusedBy}${status}`, syscall: "connect" }
              })
            return isRefused ? Effect.fail(refused(407)) : Effect.mapError(sending, (error) => {
              const status = statusOf(error)
              // A proxy may lock an account whose wrong password arrives several times.
              isRefused = status === 407
              return status === undefined ? error : refused(status)
            })
          }))
      })
  )

/** The start of the system error of a connection that the proxy refused; the HTTP status follows. */
const refusedBy = "PROXY_STATUS_"

// undici reports the status only in the text of an error, which may be nested.
const statusOf = (error: unknown, depth = 0): number | undefined => {
  if (!Predicate.isRecord(error) || depth > mostCauses) {
    return undefined
  }
  const [, tunnel, forward] = error instanceof Error
    ? /^Proxy response \(([0-9]{3})\)|^Proxy Authentication Required \((407)\)/.exec(error.message) ?? []
    : []
  const status = tunnel ?? forward
  return status === undefined ? statusOf(error["cause"], depth + 1) : Number(status)
}

const mostCauses = 8

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
  const status = failure.detail?.startsWith(refusedBy) === true ? Number(failure.detail.slice(refusedBy.length)) : NaN
  if (!Number.isNaN(status)) {
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
  return status !== 407
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
