import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as JindouyunConfig from "../src/JindouyunConfig.js"
import type { TokenError } from "../src/JindouyunError.js"
import * as PlatformClient from "../src/PlatformClient.js"
import * as TokenProvider from "../src/TokenProvider.js"
import { releasesUnread } from "./edition/outcomes.js"

const clients = { fetch: FetchHttpClient.layer, undici: NodeHttpClient.layerUndici, node: NodeHttpClient.layer }

const limit = 100

/** No answer comes if there is no type. */
interface Head {
  readonly status?: number
  readonly type?: string
  readonly bytes?: number
}

interface Endless {
  readonly url: string
  readonly received: () => number
  readonly open: () => number
  readonly server: Http.Server
}

/** A server whose answers have no end: first those given, then text. It counts all requests, and those without an end. */
const endless = (heads: ReadonlyArray<Head>) =>
  Effect.acquireRelease(
    Effect.async<Endless>((resume) => {
      const rest = [...heads]
      let received = 0
      let open = 0
      const server = Http.createServer((_request, response) => {
        received += 1
        open += 1
        response.once("close", () => open -= 1)
        const { bytes = 10 * limit, status = 200, type } = rest.shift() ?? { type: "text/plain" }
        if (type !== undefined) {
          response.writeHead(status, { "content-type": type }).write("1".repeat(bytes))
        }
      })
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, open: () => open, received: () => received, server }))
      })
    }),
    ({ server }) =>
      Effect.sync(() => {
        server.closeAllConnections()
        server.close()
      })
  )

type Client = HttpClient.HttpClient.With<HttpClientError.HttpClientError | TokenError, Scope.Scope>

/** How a program uses a response without reading it to its end. A reader that is interrupted releases the response itself. */
const uses: ReadonlyArray<
  readonly [
    title: string,
    heads: ReadonlyArray<Head>,
    use: (client: Client) => Effect.Effect<unknown, unknown, Scope.Scope>,
    isInterrupted?: boolean
  ]
> = [
  ["of text", [], (client) => client.get("/a")],
  ["of JSON that is longer than the limit", [{ type: "application/json" }], (client) => client.get("/a")],
  ["of JSON that is too slow", [{ type: "application/json", bytes: 1 }], (client) => client.get("/a")],
  ["that did not come in time", [{}], (client) => Effect.timeoutOption(client.get("/a"), 100), true],
  ["of a request that was sent once more", [{ status: 401, type: "text/plain" }], (client) => client.get("/a")],
  [
    "of a client that changes the request",
    [],
    (client) => HttpClient.mapRequest(client, HttpClientRequest.setHeader("a", "b")).get("/a")
  ],
  [
    "of a status that the program rejects",
    [{ status: 500, type: "text/plain" }],
    (client) => Effect.flip(HttpClient.filterStatusOk(client).get("/a"))
  ],
  [
    "of which the program has read a part",
    [],
    (client) => Effect.flatMap(client.get("/a"), (response) => Stream.runHead(response.stream)),
    true
  ]
]

describe("a response that is not read", () => {
  for (const [name, layer] of Object.entries(clients)) {
    for (const [title, heads, use, isInterrupted = false] of uses) {
      const isReleased = isInterrupted || releasesUnread
      const does = isReleased ? "releases" : "keeps"
      it.live(`${does} its connection when the scope of the request closes (${name}): the response ${title}`, () =>
        Effect.gen(function*() {
          const { open, received, url } = yield* endless(heads)
          const { httpClient } = yield* PlatformClient.make.pipe(
            Effect.provide(TokenProvider.layerStatic(Redacted.make("any-token"))),
            Effect.provide(JindouyunConfig.layer({ baseUrl: url, maxResponseBytes: limit, requestTimeout: 100 }))
          )
          yield* Effect.scoped(use(HttpClient.withScope(httpClient)))
          assert.isAbove(received(), 0)
          yield* Effect.repeat(Effect.sleep(10), { until: () => open() === 0, times: isReleased ? 100 : 20 })
          assert.strictEqual(open(), isReleased ? 0 : 1)
        }).pipe(Effect.scoped, Effect.provide(layer)))
    }
  }
})
