import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
import { InvalidConfiguration } from "@jindouyun/core/JindouyunError"
import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

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
