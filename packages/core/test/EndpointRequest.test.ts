import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { inspect } from "node:util"
import * as Endpoint from "../src/Endpoint.js"
import * as JindouyunConfig from "../src/JindouyunConfig.js"
import * as PlatformClient from "../src/PlatformClient.js"
import * as TokenProvider from "../src/TokenProvider.js"
import { renderings } from "./utils.js"

const clients = { fetch: FetchHttpClient.layer, undici: NodeHttpClient.layerUndici, node: NodeHttpClient.layer }

/** The call of a client that lives as long as the scope. */
const callOver = (client: Layer.Layer<HttpClient.HttpClient>, options: JindouyunConfig.Options) =>
  Effect.map(Layer.build(over(client, options)), (context) => Context.get(context, PlatformClient.PlatformClient).call)

const over = (client: Layer.Layer<HttpClient.HttpClient>, options: JindouyunConfig.Options) =>
  PlatformClient.layer.pipe(
    Layer.provide(TokenProvider.layerStatic(Redacted.make("the-token"))),
    Layer.provide([client, Layer.orDie(JindouyunConfig.layer(options))])
  )

interface Seen {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

/** A server that notes each request and answers it with success. */
const server = Effect.acquireRelease(
  Effect.async<{ readonly baseUrl: string; readonly seen: Array<Seen>; readonly close: () => void }>((resume) => {
    const seen: Array<Seen> = []
    const server = createServer((request, response) => {
      let body = ""
      request.setEncoding("utf8").on("data", (text: string) => {
        body += text
      }).on("end", () => {
        const { headers, method, url } = request
        seen.push({ method, url, headers, body })
        response.end(JSON.stringify({ code: "20000", message: "", data: null }))
      })
    })
    server.listen(0, "127.0.0.1", () => {
      const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      resume(Effect.succeed({ baseUrl, seen, close: () => server.close().closeAllConnections() }))
    })
  }),
  ({ close }) => Effect.sync(close)
)

const data = Schema.Unknown

/** Calls an endpoint over a client that must receive no request, and returns the defect. */
const refusedCall = <Parameters>(endpoint: Endpoint.Endpoint<Parameters, unknown>, parameters: Parameters) =>
  Effect.gen(function*() {
    const sent: Array<string> = []
    const client = HttpClient.make((request) => Effect.dieMessage(`sent ${sent.push(request.url)}`))
    const cause = yield* PlatformClient.PlatformClient.pipe(
      Effect.flatMap(({ call }) => call(endpoint)(parameters)),
      Effect.sandbox,
      Effect.flip,
      Effect.provide(over(Layer.succeed(HttpClient.HttpClient, client), {}))
    )
    assert.deepStrictEqual(sent, [])
    return Cause.pretty(cause)
  })

const Id = Schema.Struct({ id: Schema.String })

/** Each value, and the segment that the platform receives. */
const segments: ReadonlyArray<readonly [value: string, segment: string]> = [
  ["42", "42"],
  ["a b", "a%20b"],
  ["a/b", "a%2Fb"],
  ["/", "%2F"],
  ["../../x", "..%2F..%2Fx"],
  ["a\\b", "a%5Cb"],
  ["...", "..."],
  [".a", ".a"],
  ["..;", "..%3B"],
  ["%2e%2e", "%252e%252e"],
  ["%2F", "%252F"],
  ["a?b=1#c", "a%3Fb%3D1%23c"],
  ["a;b=1", "a%3Bb%3D1"],
  [":id", "%3Aid"],
  ["@host:80", "%40host%3A80"],
  ["日报", "%E6%97%A5%E6%8A%A5"],
  ["😀", "%F0%9F%98%80"],
  ["a\r\nX: 1", "a%0D%0AX%3A%201"],
  [" ", "%20"],
  ["\t.", "%09."],
  ["\u0000", "%00"]
]

describe("a parameter of the path", () => {
  for (const [client, layer] of Object.entries(clients)) {
    it.scopedLive(`is one segment over ${client}, whatever it contains`, () =>
      Effect.gen(function*() {
        const { baseUrl, seen } = yield* server
        const report = Endpoint.make({ path: "/api/report/:id/rows", parameters: Id, data })
        const call = yield* callOver(layer, { baseUrl })
        yield* Effect.forEach(segments, ([id]) => call(report)({ id }))
        assert.deepStrictEqual(
          seen.map(({ body, url }) => [url, body]),
          segments.map(([, segment]) => [`/api/report/${segment}/rows`, "{}"])
        )
      }))
  }

  it.scopedLive("is not repeated in the query or in the body, and the token and the others are there", () =>
    Effect.gen(function*() {
      const { baseUrl, seen } = yield* server
      const parameters = Schema.Struct({
        id: Schema.Number,
        day: Schema.DateFromString,
        top: Schema.optional(Schema.Int)
      }).pipe(Schema.rename({ day: "on" }))
      const path = "/api/:day/report/:id"
      const on = new Date("2030-01-01T00:00:00.000Z")
      const call = yield* callOver(clients.node, { baseUrl: `${baseUrl}/prefix`, tokenPlacement: "query" })
      for (const method of ["GET", "DELETE", "POST", "PUT", "PATCH"] as const) {
        yield* call(Endpoint.make({ method, path, parameters, data }))({ id: -1.5, on, top: 5 })
      }
      const filled = "/prefix/api/2030-01-01T00%3A00%3A00.000Z/report/-1.5"
      assert.deepStrictEqual(seen.map(({ body, method, url }) => [method, url, body]), [
        ["GET", `${filled}?top=5&accessToken=the-token`, ""],
        ["DELETE", `${filled}?top=5&accessToken=the-token`, ""],
        ["POST", `${filled}?accessToken=the-token`, "{\"top\":5}"],
        ["PUT", `${filled}?accessToken=the-token`, "{\"top\":5}"],
        ["PATCH", `${filled}?accessToken=the-token`, "{\"top\":5}"]
      ])
    }))

  it.scopedLive("may be a boolean, a bigint, a field of a class or of each member of a union", () =>
    Effect.gen(function*() {
      const { baseUrl, seen } = yield* server
      class Asked extends Schema.Class<Asked>("Asked")({ id: Schema.BigIntFromSelf }) {}
      const either = Schema.Union(Schema.Struct({ id: Schema.Boolean }), Schema.Struct({ id: Schema.Literal("all") }))
      const call = yield* callOver(clients.node, { baseUrl })
      yield* call(Endpoint.make({ path: "/a/:id", parameters: Asked, data }))(new Asked({ id: 7n }))
      yield* call(Endpoint.make({ path: "/a/:id/:id", parameters: either, data }))({ id: true })
      yield* call(Endpoint.make({ path: "/a/:id", parameters: either, data }))({ id: "all" })
      assert.deepStrictEqual(seen.map(({ url }) => url), ["/a/7", "/a/true/true", "/a/all"])
    }))

  const Loose = Schema.Struct({ id: Schema.Any })
  for (
    const [value, problem] of [
      ["", "id is empty, . or .., which cannot be a segment of the path"],
      [".", "id is empty, . or .., which cannot be a segment of the path"],
      ["..", "id is empty, . or .., which cannot be a segment of the path"],
      ["\ud800secret", "id contains half of a surrogate pair"],
      [null, "id is missing or is no text, number or boolean"],
      [undefined, "id is missing or is no text, number or boolean"],
      [Number.NaN, "id is missing or is no text, number or boolean"],
      [Number.POSITIVE_INFINITY, "id is missing or is no text, number or boolean"],
      [["secret"], "id is missing or is no text, number or boolean"],
      [{ secret: "secret" }, "id is missing or is no text, number or boolean"],
      [Symbol("secret"), "id is missing or is no text, number or boolean"]
    ] as const
  ) {
    it.effect(`of the value ${inspect(value)} is a defect and sends nothing`, () =>
      Effect.gen(function*() {
        const text = yield* refusedCall(Endpoint.make({ path: "/api/report/:id", parameters: Loose, data }), {
          id: value
        })
        assert.include(text, `TypeError: Endpoint /api/report/:id: parameters: ${problem}`)
        assert.notInclude(text, "secret")
      }))
  }

  it.scopedLive("does not appear in an error: the error names the path of the endpoint", () =>
    Effect.gen(function*() {
      class NoReport extends Data.TaggedError("NoReport")<Endpoint.Refusal> {}
      const report = Endpoint.make({ path: "/api/report/:id", parameters: Id, data, errors: { 41001: NoReport } })
      const answer = (status: number, body: string) =>
        HttpClient.make((request) =>
          Effect.succeed(HttpClientResponse.fromWeb(request, new Response(body, { status })))
        )
      for (const client of [answer(500, "no"), answer(200, JSON.stringify({ code: 41001, message: "", data: null }))]) {
        const failure = yield* PlatformClient.PlatformClient.pipe(
          Effect.flatMap(({ call }) => call(report)({ id: "private" })),
          Effect.flip,
          Effect.provide(over(Layer.succeed(HttpClient.HttpClient, client), {}))
        )
        assert.strictEqual("endpoint" in failure ? failure.endpoint : "", "/api/report/:id")
        assert.notInclude(renderings(failure), "private")
      }
    }))
})

describe("the headers of an endpoint", () => {
  const headers = {
    "X-Tenant": "a b;c=\"d\"",
    "Accept-Language": "zh-CN",
    accept: "application/json",
    "content-language": "zh",
    token: "1",
    constructor: "2"
  }

  for (const [client, layer] of Object.entries(clients)) {
    it.scopedLive(`arrive as they are over ${client}, beside those of the library and the token`, () =>
      Effect.gen(function*() {
        const { baseUrl, seen } = yield* server
        const report = Endpoint.make({ path: "/api/report", data, headers })
        for (const tokenPlacement of ["header", "query"] as const) {
          const call = yield* callOver(layer, { baseUrl, tokenPlacement })
          yield* call(report)()
        }
        const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
        for (const request of seen) {
          assert.deepInclude(request.headers, { ...own, apiversion: "3" })
        }
        assert.deepStrictEqual(seen.map(({ headers }) => headers["accesstoken"]), ["the-token", undefined])
      }))
  }

  it.effect("contain no header of the token: the call is a defect that names both, and sends nothing", () =>
    Effect.gen(function*() {
      const report = Endpoint.make({ path: "/api/report", data, headers: { AccessTOKEN: "secret" } })
      const text = yield* refusedCall(report, undefined)
      assert.include(text, "TypeError: Endpoint /api/report: headers: AccessTOKEN is the header of the token")
      assert.notInclude(text, "secret")
    }))

  it.scopedLive("may have the name of the token if the token is in the query", () =>
    Effect.gen(function*() {
      const { baseUrl, seen } = yield* server
      const call = yield* callOver(clients.node, { baseUrl, tokenPlacement: "query" })
      yield* call(Endpoint.make({ path: "/api/report", data, headers: { accessToken: "mine" } }))()
      assert.deepInclude(seen[0], { url: "/api/report?accessToken=the-token" })
      assert.strictEqual(seen[0]?.headers["accesstoken"], "mine")
    }))
})

describe("the timeout of an endpoint", () => {
  const silent = HttpClient.make(() => Effect.never)

  const outcomeAfter = (
    endpoint: Endpoint.Endpoint<void, unknown>,
    millis: number,
    settings: JindouyunConfig.Options = {}
  ) =>
    Effect.gen(function*() {
      const { call } = yield* PlatformClient.PlatformClient
      const fiber = yield* Effect.fork(Effect.flip(call(endpoint)()))
      yield* TestClock.adjust(millis - 1)
      assert.isNull(fiber.unsafePoll())
      yield* TestClock.adjust(1)
      return yield* Effect.timeoutOption(Fiber.join(fiber), 0)
    }).pipe(Effect.provide(over(Layer.succeed(HttpClient.HttpClient, silent), settings)))

  it.effect("is the limit of a request, be it shorter or longer than requestTimeout", () =>
    Effect.gen(function*() {
      for (
        const [timeout, millis] of [[1, 1], ["2 seconds", 2000], ["1 hour", 3_600_000], [undefined, 15_000]] as const
      ) {
        const failure = Option.getOrThrow(
          yield* outcomeAfter(Endpoint.make({ path: "/api/report", data, timeout }), millis)
        )
        assert.deepInclude({ ...failure }, { _tag: "TransportFailure", reason: "timeout", attempts: 1 })
        const [ours, theirs] = ["raise timeout of the endpoint /api/report", "raise requestTimeout"]
        assert.include(failure?.hint, timeout === undefined ? theirs : ours)
        assert.notInclude(failure?.hint, timeout === undefined ? ours : theirs)
      }
    }))

  it.effect("leaves the limit of the retries: a request that times out after renewalTimeout is not retried", () =>
    Effect.gen(function*() {
      const make = (timeout: number) => Endpoint.make({ path: "/api/report", data, timeout, idempotent: true })
      const settings = { renewalTimeout: 10_000, maxAttempts: 2 }
      assert.isTrue(Option.isNone(yield* outcomeAfter(make(9000), 9000, settings)))
      assert.isTrue(Option.isSome(yield* outcomeAfter(make(10_000), 10_000, settings)))
    }))

  it.effect("of one endpoint ends no request of another", () =>
    Effect.gen(function*() {
      const { call } = yield* PlatformClient.PlatformClient
      const make = (timeout?: number) => Endpoint.make({ path: "/api/report", data, timeout })
      const fibers = yield* Effect.forEach([make(3000), make(), make(1000)], (endpoint) =>
        Effect.fork(Effect.flip(call(endpoint)())))
      const ended = yield* Effect.forEach([1000, 2000, 12_000], (millis) =>
        Effect.zipRight(
          TestClock.adjust(millis),
          Effect.sync(() =>
            fibers.map((fiber) => fiber.unsafePoll() !== null)
          )
        ))
      assert.deepStrictEqual(ended, [[false, false, true], [true, false, true], [true, true, true]])
    }).pipe(Effect.provide(over(Layer.succeed(HttpClient.HttpClient, silent), {}))))
})
