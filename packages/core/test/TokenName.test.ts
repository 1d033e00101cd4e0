import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import * as Endpoint from "../src/Endpoint.js"
import * as JindouyunConfig from "../src/JindouyunConfig.js"
import * as PlatformClient from "../src/PlatformClient.js"
import * as TokenProvider from "../src/TokenProvider.js"

const clients = { fetch: FetchHttpClient.layer, undici: NodeHttpClient.layerUndici, node: NodeHttpClient.layer }

const report = Endpoint.make({ path: "/api/report/daily", data: Schema.Unknown })

const over = (
  client: Layer.Layer<HttpClient.HttpClient>,
  options: JindouyunConfig.Options
) =>
  PlatformClient.layer.pipe(
    Layer.provide(TokenProvider.layerStatic(Redacted.make("the-token"))),
    Layer.provide([client, JindouyunConfig.layer(options)])
  )

/** A server that answers each request with success and notes the names and values of its headers. */
const server = Effect.acquireRelease(
  Effect.async<{ readonly baseUrl: string; readonly seen: Array<ReadonlyArray<string>>; readonly close: () => void }>(
    (resume) => {
      const seen: Array<ReadonlyArray<string>> = []
      const server = createServer((request, response) => {
        seen.push(request.rawHeaders)
        request.resume().on("end", () => response.end(JSON.stringify({ code: "20000", message: "", data: null })))
      })
      server.listen(0, "127.0.0.1", () => {
        const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
        resume(Effect.succeed({ baseUrl, seen, close: () => server.close().closeAllConnections() }))
      })
    }
  ),
  ({ close }) => Effect.sync(close)
)

const setByHttp = (
  "accept accept-charset accept-encoding connection content-length content-type cookie date expect host http2-settings " +
  "keep-alive origin proxy-authorization proxy-connection referer sec-fetch-dest sec-fetch-mode sec-fetch-site " +
  "sec-websocket-key set-cookie te trailer transfer-encoding upgrade via access-control-request-method dnt " +
  "permissions-policy APIVersion __proto__"
).split(" ")

const carried = (
  "accessToken X-Access-Token token Authorization x_token x-api-key - _ 0 123 constructor toString valueOf " +
  "hasOwnProperty __defineGetter__ prototype then size get"
).split(" ")

describe("tokenName", () => {
  it.each(setByHttp.flatMap((name) => [name, name.toUpperCase(), name[0]?.toUpperCase() + name.slice(1)]))(
    "%s is refused, because a client cannot send a token under it",
    (tokenName) => {
      for (const tokenPlacement of ["header", "query"] as const) {
        const refused = Either.getLeft(JindouyunConfig.make({ tokenName, tokenPlacement }))
        assert.deepInclude({ ...Option.getOrThrow(refused) }, {
          setting: "tokenName",
          variable: "JINDOUYUN_TOKEN_NAME"
        })
      }
    }
  )

  for (const [client, layer] of Object.entries(clients)) {
    it.scopedLive(`arrives as it is over ${client}, whatever its name`, () =>
      Effect.gen(function*() {
        const { baseUrl, seen } = yield* server
        for (const tokenName of carried) {
          yield* Effect.gen(function*() {
            const { call, httpClient } = yield* PlatformClient.PlatformClient
            yield* call(report)(undefined)
            yield* httpClient.get("/api/report/daily")
          }).pipe(Effect.provide(over(layer, { baseUrl, tokenName })), Effect.scoped)
          const values = seen.splice(0).map((headers) =>
            headers.filter((_, index) => headers[index - 1]?.toLowerCase() === tokenName.toLowerCase())
          )
          assert.deepStrictEqual([tokenName, ...values], [tokenName, ["the-token"], ["the-token"]])
        }
      }))
  }

  it.effect.each(["accessToken", "X-Access-Token", "authorization"])(
    "%s is a header that a client of the consumer redacts, as are those that it redacted before",
    (tokenName) =>
      Effect.gen(function*() {
        const shown: Array<object> = []
        const client = HttpClient.make((request) =>
          Effect.gen(function*() {
            shown.push(Headers.redact(request.headers, yield* FiberRef.get(Headers.currentRedactedNames)))
            return HttpClientResponse.fromWeb(request, Response.json({ code: "20000", message: "", data: null }))
          })
        )
        yield* Effect.gen(function*() {
          const { call, httpClient } = yield* PlatformClient.PlatformClient
          yield* call(report)(undefined)
          yield* httpClient.get("/api/report/daily", { headers: { "x-own": "own", cookie: "c" } })
        }).pipe(
          Effect.locally(Headers.currentRedactedNames, ["x-own", "cookie"]),
          Effect.provide(over(Layer.succeed(HttpClient.HttpClient, client), { tokenName }))
        )
        assert.lengthOf(shown, 2)
        for (const headers of shown) {
          assert.notInclude(JSON.stringify(headers), "the-token")
          assert.isTrue(tokenName.toLowerCase() in headers)
        }
        assert.notInclude(JSON.stringify(shown[1]), "\"own\"")
        assert.isTrue(Redacted.isRedacted((shown[1] as { readonly cookie: unknown }).cookie))
      })
  )
})
