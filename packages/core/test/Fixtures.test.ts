import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
import * as Token from "@jindouyun/core/Token"
import * as TokenApi from "@jindouyun/core/TokenApi"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import * as Net from "node:net"

// Raw messages written by hand from the platform's document. Nothing here knows how core writes and reads.
const fixture = (name: string) => readFileSync(new URL(`../../sandbox/test/fixtures/${name}.http`, import.meta.url))

interface Request {
  readonly line: string
  readonly headers: ReadonlyMap<string, ReadonlyArray<string>>
  readonly body: string
}

const parse = (bytes: Buffer): Request => {
  const [head = "", body = ""] = bytes.toString("latin1").split("\r\n\r\n")
  const [line = "", ...lines] = head.split("\r\n")
  const headers = new Map<string, ReadonlyArray<string>>()
  for (const header of lines) {
    const [, name = "", value = ""] = /^([^:]+): ?(.*)$/.exec(header) ?? []
    headers.set(name.toLowerCase(), [...(headers.get(name.toLowerCase()) ?? []), value])
  }
  return { line, headers, body: Buffer.from(body, "latin1").toString("utf8") }
}

const isWhole = (bytes: Buffer) => {
  const { body, headers } = parse(bytes)
  return bytes.includes("\r\n\r\n") && Buffer.byteLength(body) >= Number(headers.get("content-length")?.[0] ?? 0)
}

/** Answers every request with the same bytes, and keeps the bytes it got. */
const serve = (answer: Buffer): Effect.Effect<
  { readonly url: string; readonly received: ReadonlyArray<Buffer> },
  never,
  Scope.Scope
> =>
  Effect.gen(function*() {
    const received: Array<Buffer> = []
    const sockets = new Set<Net.Socket>()
    const server = yield* Effect.acquireRelease(
      Effect.sync(() =>
        Net.createServer((socket) => {
          let bytes = Buffer.alloc(0)
          sockets.add(socket)
          socket.on("error", () => undefined)
          socket.on("data", (chunk: Buffer) => {
            bytes = Buffer.concat([bytes, chunk])
            if (isWhole(bytes)) {
              received.push(bytes)
              bytes = Buffer.alloc(0)
              socket.end(answer)
            }
          })
        }).listen(0, "127.0.0.1")
      ),
      (server) =>
        Effect.sync(() => {
          sockets.forEach((socket) => socket.destroy())
          server.close()
        })
    )
    yield* Effect.promise(() => once(server, "listening"))
    return { url: `http://127.0.0.1:${(server.address() as Net.AddressInfo).port}`, received }
  })

const run = <A, E>(
  client: Layer.Layer<HttpClient.HttpClient>,
  answer: string,
  use: (api: TokenApi.Service) => Effect.Effect<A, E>,
  options?: JindouyunConfig.Options
) =>
  Effect.gen(function*() {
    const { received, url } = yield* serve(fixture(answer))
    const layer = TokenApi.layer.pipe(
      Layer.provide(JindouyunConfig.layer({ ...options, baseUrl: url })),
      Layer.provide(client)
    )
    // In a span, so that a client that sends the trace along would.
    const result = yield* Effect.flatMap(TokenApi.TokenApi, (api) => Effect.either(use(api))).pipe(
      Effect.withSpan("caller"),
      Effect.provide(layer)
    )
    assert.lengthOf(received, 1)
    return { request: parse(received[0] ?? Buffer.alloc(0)), result }
  }).pipe(Effect.scoped)

const assertSent = (request: Request, expected: Request) => {
  assert.strictEqual(request.line, expected.line)
  assert.deepStrictEqual(request.headers.get("apiversion"), ["3"])
  assert.deepStrictEqual(request.headers.get("content-type"), ["application/json;charset=UTF-8"])
  assert.deepStrictEqual(JSON.parse(request.body), JSON.parse(expected.body))
  for (const name of request.headers.keys()) {
    assert.notMatch(name, /^(traceparent|tracestate|b3|x-b3-.*|authorization|cookie)$/)
  }
}

const acquire = (api: TokenApi.Service) => api.acquire({ username: "user1", password: Redacted.make("pass1") })

const refresh = (api: TokenApi.Service) =>
  api.refresh(new Token.RefreshToken({ value: Redacted.make("9xZ0k4E8m9QOYw8vltDeSsb0i8JlaGts") }))

const clients: ReadonlyArray<readonly [string, Layer.Layer<HttpClient.HttpClient>]> = [
  ["node's client", NodeHttpClient.layer],
  ["undici's client", NodeHttpClient.layerUndici],
  ["fetch", FetchHttpClient.layer]
]

for (const [name, client] of clients) {
  describe(`the raw messages of the document, over ${name}`, () => {
    for (
      const [operation, use] of [["acquire", acquire], ["refresh", refresh]] as const
    ) {
      for (const answer of ["success-string-code", "success-number-code"]) {
        it.live(`${operation} sends what ${operation}-request has, and reads ${answer}`, () =>
          Effect.gen(function*() {
            const { request, result } = yield* run(client, answer, use)
            assertSent(request, parse(fixture(`${operation}-request`)))
            assert.isTrue(result._tag === "Right")
            if (result._tag === "Right") {
              assert.strictEqual(Redacted.value(result.right.accessToken), "2UuHnZ8acWTUnLIOnh3wAO7hPeVz1HzH")
              assert.strictEqual(
                Redacted.value(result.right.refreshToken.value),
                "9xZ0k4E8m9QOYw8vltDeSsb0i8JlaGts"
              )
            }
          }))
      }

      it.live(`${operation} reads refusal-by-convention as an error with its code and words`, () =>
        Effect.gen(function*() {
          const { result } = yield* run(client, "refusal-by-convention", use)
          assert.isTrue(result._tag === "Left")
          if (result._tag === "Left") {
            assert.deepInclude(result.left, { _tag: "AuthenticationFailed", code: 40001, returnMessage: "认证失败" })
          }
        }))
    }

    it.live("refresh sends the body of refresh-request-java-example where the option asks for its field", () =>
      Effect.gen(function*() {
        const { request } = yield* run(client, "success-string-code", refresh, { refreshTokenField: "refresh_token" })
        assertSent(request, parse(fixture("refresh-request-java-example")))
      }))
  })
}
