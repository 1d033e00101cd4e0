import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Report from "@jindouyun/sandbox/Report"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { responseOf } from "../src/internal/edition/httpError.js"
import * as Jindouyun from "../src/Jindouyun.js"
import * as JindouyunConfig from "../src/JindouyunConfig.js"
import * as PlatformClient from "../src/PlatformClient.js"
import type * as ReturnCode from "../src/ReturnCode.js"
import * as TokenProvider from "../src/TokenProvider.js"

const limit = 100
const path = "/api/report/own"
const json = "application/json;charset=UTF-8"

type Answer = Response | "reset"

/** The client of requests of one's own over a platform that answers with these responses in turn, then with a success. */
const clientOf = (
  answers: ReadonlyArray<Answer>,
  options: {
    readonly returnCodes?: ReturnCode.Dispositions
    readonly wrap?: (client: HttpClient.HttpClient) => HttpClient.HttpClient
  } = {}
) => {
  const rest = [...answers]
  const bodies: Array<HttpBody.HttpBody> = []
  const platform = HttpClient.make((request) =>
    Effect.suspend(() => {
      bodies.push(request.body)
      const answer = rest.shift() ?? of({ code: 20000, message: "", data: {} })
      return answer === "reset"
        ? Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", cause: { code: "ECONNRESET" } }))
        : Effect.succeed(HttpClientResponse.fromWeb(request, answer))
    })
  )
  return Effect.map(PlatformClient.make, ({ httpClient }) => ({ httpClient, bodies })).pipe(
    Effect.provide(TokenProvider.layerStatic(Redacted.make("any-token"))),
    Effect.provide(JindouyunConfig.layer({ maxResponseBytes: limit, returnCodes: options.returnCodes ?? {} })),
    Effect.provideService(HttpClient.HttpClient, (options.wrap ?? ((client) => client))(platform))
  )
}

const of = (body: unknown, { headers = {}, status = 200 }: ResponseInit = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": json, ...headers } })

const rejection = () => of({ code: 40003, message: "no", data: null })

/** A body without a length that arrives in pieces of ten bytes, and perhaps never ends. */
const arriving = (text: string, type: string, isEndless = false) => {
  const pieces = text.match(/[^]{1,10}/g) ?? []
  return new Response(
    new ReadableStream<Uint8Array>({
      pull: (controller) => {
        const piece = pieces.shift()
        if (piece !== undefined) {
          controller.enqueue(new TextEncoder().encode(piece))
        } else if (!isEndless) {
          controller.close()
        }
      }
    }),
    { headers: { "content-type": type } }
  )
}

describe("a rejected request of one's own", () => {
  const padded = { code: 40003, message: "m".repeat(limit), data: null }
  const text = JSON.stringify({ code: 40003, message: "", data: null })
  const rows: ReadonlyArray<readonly [string, () => Answer, sent: number, returnCodes?: ReturnCode.Dispositions]> = [
    ["40003", rejection, 2],
    ["40003 as text", () => of({ code: "40003" }), 2],
    ["40003 with HTTP 500", () => of({ code: 40003 }, { status: 500 }), 2],
    [
      "40003 as another type of JSON",
      () => of({ code: 40003 }, { headers: { "content-type": "application/problem+json" } }),
      2
    ],
    ["40003 in pieces", () => arriving(text, "Application/JSON"), 2],
    ["40003 of exactly the limit", () => of({ code: 40003, message: "m".repeat(limit - 27) }), 2],
    ["a code that is set to reauthenticate", () => of({ code: 41001 }), 2, { 41001: "reauthenticate" }],
    ["HTTP 401 without a body", () => new Response(null, { status: 401 }), 2],
    ["HTTP 401 with a page that is longer than the limit", () => new Response("p".repeat(1000), { status: 401 }), 2],
    ["HTTP 401 with 40001", () => of({ code: 40001 }, { status: 401 }), 2],
    ["40003 that is set to fatal", rejection, 1, { 40003: "fatal" }],
    ["40001", () => of({ code: 40001 }), 1],
    ["50000", () => of({ code: 50000 }), 1],
    ["20000", () => of({ code: 20000 }), 1],
    ["40003 in a field of the data", () => of({ code: 20000, data: { code: 40003 } }), 1],
    ["JSON without a code", () => of({ answer: 40003 }), 1],
    ["40003 that is no JSON by its type", () => arriving(text, "text/plain"), 1],
    ["40003 that is longer than the limit", () => of(padded), 1],
    [
      "40003 that is longer than the limit by its header",
      () => of({ code: 40003 }, { headers: { "content-length": "101" } }),
      1
    ],
    ["40003 in pieces that are longer than the limit", () => arriving(JSON.stringify(padded), json), 1],
    ["HTTP 403", () => new Response(null, { status: 403 }), 1],
    ["HTTP 502", () => new Response("<html>", { status: 502 }), 1],
    ["a reset", () => "reset", 1],
    ["a body that breaks off", () => new Response(brokenOff(text), { headers: { "content-type": json } }), 1]
  ]
  for (const [title, answer, sent, returnCodes = {}] of rows) {
    it.effect(`by ${title} is sent ${sent === 1 ? "once" : "once more"}`, () =>
      Effect.gen(function*() {
        const { bodies, httpClient } = yield* clientOf([answer()], { returnCodes })
        yield* Effect.exit(httpClient.post(path, { body: HttpBody.unsafeJson({ day: 1 }) }))
        assert.deepStrictEqual(
          bodies.map((body) => body.toJSON()),
          Array.from({ length: sent }, () => bodies[0]?.toJSON())
        )
        assert.lengthOf(bodies, sent)
      }))
  }

  it.effect("fails if the new token is rejected too: with the class of the code, or that of the status", () =>
    Effect.gen(function*() {
      const endings = [
        [rejection, { _tag: "TokenRejected", code: 40003 }],
        [() => of({ code: 41001 }), { _tag: "UnrecognizedReturnCode", code: 41001 }],
        [() => new Response(null, { status: 401 }), { _tag: "UnexpectedResponse", reason: "status", status: 401 }]
      ] as const
      for (const [answer, expected] of endings) {
        const { bodies, httpClient } = yield* clientOf([answer(), answer()], {
          returnCodes: { 41001: "reauthenticate" }
        })
        const failure = yield* Effect.flip(httpClient.get(`${path}?a=1`))
        assert.deepInclude(failure, {
          ...expected,
          endpoint: path,
          baseUrl: "https://jdy.cigdata.cn",
          attempts: 2,
          disposition: "reauthenticate"
        })
        assert.lengthOf(bodies, 2)
      }
    }))

  const repeatable: ReadonlyArray<readonly [string, HttpBody.HttpBody, isRepeatable: boolean]> = [
    ["no body", HttpBody.empty, true],
    ["JSON", HttpBody.unsafeJson({ a: 1 }), true],
    ["a form", HttpBody.formDataRecord({ a: "1" }), true],
    ["parameters of a URL", HttpBody.urlParams([["a", "1"]]), true],
    ["a raw text", HttpBody.raw("a"), true],
    ["a blob", HttpBody.raw(new Blob(["a"])), true],
    ["a stream", HttpBody.stream(Stream.make(new Uint8Array([1]))), false],
    ["a raw stream", HttpBody.raw(new ReadableStream()), false]
  ]
  for (const [title, body, isRepeatable] of repeatable) {
    it.effect(`with ${title} is sent ${isRepeatable ? "once more with the same body" : "once, and fails"}`, () =>
      Effect.gen(function*() {
        const { bodies, httpClient } = yield* clientOf([rejection()])
        const outcome = yield* Effect.either(httpClient.execute(
          HttpClientRequest.setBody(HttpClientRequest.post(path), body)
        ))
        assert.deepStrictEqual(bodies, isRepeatable ? [body, body] : [body])
        assert.strictEqual(outcome._tag === "Left" && outcome.left._tag, isRepeatable ? false : "TokenRejected")
        if (outcome._tag === "Left") {
          assert.match(outcome.left.message, /is a stream.* once more/)
          assert.notInclude(outcome.left.message, "tokenPlacement")
        }
      }))
  }

  it.effect("is found below a client that fails on every status but 2xx, whose other failures keep their body", () =>
    Effect.gen(function*() {
      const { bodies, httpClient } = yield* clientOf(
        [new Response(null, { status: 401 }), of({ code: 40003 }, { status: 400 }), of({ a: 1 }, { status: 404 })],
        { wrap: HttpClient.filterStatusOk }
      )
      assert.deepInclude(yield* Effect.flip(httpClient.get(path)), { _tag: "TokenRejected" })
      const failure = yield* Effect.flip(httpClient.get(path))
      assert.match(String(failure), /StatusCode/)
      const response = failure._tag === "ResponseError" ? responseOf(failure) : undefined
      assert(response !== undefined)
      assert.deepStrictEqual(yield* response.json, { a: 1 })
      assert.lengthOf(bodies, 3)
    }))
})

/** A body that fails after its text. */
const brokenOff = (text: string) => {
  const pieces = [text]
  return new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const piece = pieces.shift()
      return piece === undefined
        ? controller.error(Object.assign(new Error("gone"), { code: "ECONNRESET" }))
        : controller.enqueue(new TextEncoder().encode(piece))
    }
  })
}

describe("the response to a request of one's own", () => {
  const short = JSON.stringify({ code: 20000, message: "", data: { visits: 7 } })
  const long = JSON.stringify({ code: 20000, message: "", data: { visits: 7 }, rest: "测".repeat(limit) })
  const responses: ReadonlyArray<readonly [string, string, () => Response]> = [
    ["a short JSON", short, () => new Response(short, { headers: { "content-type": json } })],
    ["a short JSON in pieces", short, () => arriving(short, json)],
    ["a long JSON", long, () => new Response(long, { headers: { "content-type": json, "content-length": "400" } })],
    ["a long JSON in pieces", long, () => arriving(long, json)],
    ["a text", long, () => arriving(long, "text/csv")]
  ]
  const utf8 = new TextDecoder()
  const Envelope = Schema.Struct({ data: Schema.Struct({ visits: Schema.Number }) })
  const ways: ReadonlyArray<
    readonly [
      string,
      (response: HttpClientResponse.HttpClientResponse) => Effect.Effect<unknown, unknown>,
      of: (text: string) => unknown
    ]
  > = [
    ["json", ({ json }) => json, (text) => JSON.parse(text)],
    ["text", ({ text }) => text, (text) => text],
    ["arrayBuffer", ({ arrayBuffer }) => Effect.map(arrayBuffer, (bytes) => utf8.decode(bytes)), (text) => text],
    ["stream", ({ stream }) => Stream.mkString(Stream.decodeText(stream)), (text) => text],
    [
      "urlParamsBody",
      ({ urlParamsBody }) => Effect.map(urlParamsBody, (body) => [...body]),
      (text) => [...new URLSearchParams(text)]
    ],
    ["schemaBodyJson", HttpClientResponse.schemaBodyJson(Envelope), () => ({ data: { visits: 7 } })]
  ]
  for (const [title, text, response] of responses) {
    it.effect(`${title} is read whole in every way`, () =>
      Effect.gen(function*() {
        for (const [, read, expected] of ways) {
          const { httpClient } = yield* clientOf([response()])
          assert.deepStrictEqual(yield* Effect.flatMap(httpClient.get(path), read), expected(text))
        }
      }))
  }

  it.effect("a short JSON is read in several ways, one after the other", () =>
    Effect.gen(function*() {
      const { httpClient } = yield* clientOf([of({ code: 20000, data: { visits: 7 } })])
      const response = yield* httpClient.get(path)
      for (const [way, read] of [...ways, ...ways]) {
        assert.strictEqual((yield* Effect.exit(read(response)))._tag, "Success", way)
      }
    }))

  it.effect("an empty body stays empty", () =>
    Effect.gen(function*() {
      const headers = { "content-type": json }
      const { httpClient } = yield* clientOf([
        new Response(null, { status: 204, headers }),
        new Response("", { headers })
      ])
      for (const status of [204, 200]) {
        const response = yield* httpClient.get(path)
        assert.strictEqual(response.status, status)
        assert.strictEqual(yield* response.json, null)
      }
    }))

  it.effect("a long or other body streams: its beginning is there before its end", () =>
    Effect.gen(function*() {
      for (const type of [json, "text/csv"]) {
        const { httpClient } = yield* clientOf([arriving(long, type, true)])
        const response = yield* httpClient.get(path)
        const bytes = yield* Stream.runCollect(Stream.take(Stream.flattenIterables(response.stream), long.length))
        assert.lengthOf(Array.from(bytes), long.length)
      }
    }))

  it.effect("a slow body is handed on after the request timeout, and loses no byte", () =>
    Effect.gen(function*() {
      const bytes = new TextEncoder().encode(short)
      const pushes: Array<ReadableStreamDefaultController<Uint8Array>> = []
      const body = new ReadableStream<Uint8Array>({ start: (controller) => void pushes.push(controller) })
      pushes[0]?.enqueue(bytes.slice(0, 10))
      const { httpClient } = yield* clientOf([new Response(body, { headers: { "content-type": json } })])
      const fiber = yield* Effect.fork(httpClient.get(path))
      yield* TestClock.adjust("14 seconds")
      assert.isNull(fiber.unsafePoll())
      yield* TestClock.adjust("1 second")
      const response = yield* Fiber.join(fiber)
      pushes[0]?.enqueue(bytes.slice(10))
      pushes[0]?.close()
      assert.strictEqual(yield* response.text, short)
    }))

  it.effect("a body that breaks off fails when it is read, after the bytes that arrived", () =>
    Effect.gen(function*() {
      const { bodies, httpClient } = yield* clientOf([
        new Response(brokenOff(short), { headers: { "content-type": json } })
      ])
      const response = yield* httpClient.get(path)
      const seen: Array<string> = []
      const failure = yield* Effect.flip(
        Stream.runForEach(Stream.decodeText(response.stream), (text) => Effect.sync(() => seen.push(text)))
      )
      assert.match(String(failure), /Decode/)
      assert.deepInclude(failure.cause, { reason: "reset", detail: "ECONNRESET" })
      assert.strictEqual(seen.join(""), short)
      assert.lengthOf(bodies, 1)
    }))
})

describe("requests of one's own on a real socket", () => {
  const clients = { fetch: FetchHttpClient.layer, undici: NodeHttpClient.layerUndici, node: NodeHttpClient.layer }
  const big = "b".repeat(3_000_000)
  for (const [name, client] of Object.entries(clients)) {
    it.live(`a revoked token is renewed, and every body arrives whole (${name})`, () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        const { httpClient } = yield* PlatformClient.PlatformClient
        const visits = Effect.flatMap(
          httpClient.post("/api/report/visits", { body: HttpBody.unsafeJson({ day: 1 }) }),
          ({ json }) => json
        )
        assert.deepInclude(yield* visits, { data: { day: 1 } })
        yield* sandbox.revoke("accessTokens")
        const answers = yield* Effect.all([visits, visits, visits], { concurrency: "unbounded" })
        for (const answer of answers) {
          assert.deepInclude(answer, { data: { day: 1 } })
        }
        assert.deepInclude(yield* sandbox.requests, { acquire: 1, refresh: 1 })
        const long = yield* Effect.flatMap(httpClient.get("/api/report/big"), ({ json }) => json)
        assert.deepInclude(long, { data: { big } })
      }).pipe(
        Effect.provide(
          Layer.unwrapEffect(Effect.map(SandboxServer.SandboxServer, ({ url }) =>
            Jindouyun.layer({ baseUrl: url, username: "user1", password: Redacted.make("pass1") }))).pipe(
              Layer.provide(client),
              Layer.provideMerge(SandboxServer.layer({
                reports: {
                  "/api/report/visits": ({ body }) => ({ data: body }),
                  "/api/report/big": () => ({ data: { big } }),
                  [Report.echoPath]: Report.echo
                }
              }))
            )
        )
      ), 20_000)
  }
})
