import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import * as Crypto from "node:crypto"
import * as ControlApi from "../ControlApi.js"
import * as ControlError from "../ControlError.js"
import { pathOf } from "./carrier.js"
import { page } from "./page.js"
import type { Problem } from "./problems.js"

type Headers = Readonly<Record<string, string | undefined>>

/**
 * Refuses a request to the control API and its pages if a page of another origin may have sent it. A browser on this
 * machine can reach the server at any address.
 *
 * @internal
 */
export const guarded =
  (keyOf: () => Redacted.Redacted | undefined) => <R>(app: HttpApp.Default<never, R>): HttpApp.Default<never, R> =>
    Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
      const isPage = !request.url.startsWith(ControlApi.prefix)
      const forbidden = forbiddenBy(request.headers, keyOf(), isPage)
      const media = mediaProblem(request.method, request.headers)
      return Effect.map(
        forbidden !== undefined
          ? answer(ControlError.Forbidden, new ControlError.Forbidden({ problems: [forbidden] }), 403)
          : media !== undefined
          ? answer(ControlError.UnsupportedMediaType, new ControlError.UnsupportedMediaType({ problems: [media] }), 415)
          : app,
        HttpServerResponse.setHeaders(
          pathOf(request.url) === "/" ? { ...headers, "content-security-policy": pagePolicy } : headers
        )
      )
    })

/**
 * Lets a request to the platform pass if it comes from no browser, whatever its host is, or from the pages of this server. A page of
 * another origin could take a queued fault, or acquire a pair and so revoke that of a test.
 *
 * @internal
 */
export const withoutForeignPages =
  (keyOf: () => Redacted.Redacted | undefined) => <R>(app: HttpApp.Default<never, R>): HttpApp.Default<never, R> =>
    Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers: sent }) => {
      const isBrowser = sent["origin"] !== undefined || sent["sec-fetch-site"] !== undefined
      const foreign = isBrowser ? foreignPage(sent, keyOf()) : undefined
      return foreign === undefined
        ? app
        : Effect.map(
          answer(ControlError.Forbidden, new ControlError.Forbidden({ problems: [foreign] }), 403),
          HttpServerResponse.setHeaders({ ...headers, "content-security-policy": "sandbox" })
        )
    })

const forbiddenBy = (headers: Headers, key: Redacted.Redacted | undefined, isPage: boolean): Problem | undefined => {
  // A page has no secret. A browser cannot send the key when it opens one.
  if (key !== undefined && !isPage && !isKey(headers[ControlApi.keyHeader.toLowerCase()] ?? "", key)) {
    const problem = headers[ControlApi.keyHeader.toLowerCase()] === undefined ? "is missing" : "is not the control key"
    return { field: ControlApi.keyHeader, problem, expected: "the control key of this server" }
  }
  return foreignPage(headers, key)
}

const foreignPage = (headers: Headers, key: Redacted.Redacted | undefined): Problem | undefined => {
  const host = headers["host"] ?? ""
  const site = headers["sec-fetch-site"]
  const origin = headers["origin"]
  // A name that an attacker resolves to this machine makes the attacker's page one of this origin.
  if (key === undefined && !isLoopbackHost(host)) {
    return { field: "Host", problem: "is foreign", expected: "localhost, 127.0.0.1 or [::1], with any port" }
  }
  if (site !== undefined && site !== "same-origin" && site !== "none") {
    const expected = "same-origin or none: in a browser, open the address of the page itself"
    return { field: "Sec-Fetch-Site", problem: "is another site", expected }
  }
  return origin === undefined || isOriginOf(origin, host)
    ? undefined
    : { field: "Origin", problem: "is foreign", expected: "the origin of this server, or no Origin" }
}

const isKey = (sent: string, key: Redacted.Redacted): boolean =>
  Crypto.timingSafeEqual(sha256(sent), sha256(Redacted.value(key)))

const sha256 = (text: string) => Crypto.createHash("sha256").update(text).digest()

/** Whether a host, with or without a port, is this machine. @internal */
export const isLoopbackHost = (host: string): boolean => {
  const hostname = /^[\w.:[\]-]+$/.test(host) ? parse(`http://${host}`)?.hostname.replace(/\.$/, "") ?? "" : ""
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

const isOriginOf = (origin: string, host: string): boolean => {
  const url = parse(origin)
  return url !== undefined && url.host === parse(`${url.protocol}//${host}`)?.host
}

const parse = (url: string): URL | undefined => URL.canParse(url) ? new URL(url) : undefined

// `curl -d` and the form of a page send another type; so does a page that avoids the browser's question to the server.
const mediaProblem = (method: string, headers: Headers): Problem | undefined => {
  const type = headers["content-type"]
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0
  return (hasBody || (type !== undefined && method !== "GET" && method !== "HEAD")) && !isJson.test(type ?? "")
    ? {
      field: "Content-Type",
      problem: type === undefined ? "is missing" : "is not that of JSON",
      expected: "application/json, as curl --json sends it"
    }
    : undefined
}

const isJson = /^application\/json\s*(;|$)/i

const headers = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin"
}

const answer = <A, I>(schema: Schema.Schema<A, I>, error: A, status: number) =>
  Effect.orDie(HttpServerResponse.schemaJson(schema)(error, { status }))

const hashOf = (tag: "script" | "style"): string => {
  const text = page.slice(page.indexOf(`<${tag}>`) + tag.length + 2, page.indexOf(`</${tag}>`))
  return `'sha256-${Crypto.createHash("sha256").update(text).digest("base64")}'`
}

// Only the page's own script and style run, and requests go to this server only.
const pagePolicy = [
  "default-src 'none'",
  `script-src ${hashOf("script")}`,
  `style-src ${hashOf("style")}`,
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join("; ")
