import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Agent, type Dispatcher, fetch as undiciFetch, ProxyAgent } from "@effect/platform-node/Undici"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Http from "node:http"
import * as Net from "node:net"
import { gzipSync } from "node:zlib"
import * as Credentials from "../src/Credentials.js"
import * as Encryption from "../src/Encryption.js"
import * as Endpoint from "../src/Endpoint.js"
import * as Hint from "../src/Hint.js"
import * as Jindouyun from "../src/Jindouyun.js"
import type * as JindouyunError from "../src/JindouyunError.js"
import * as PlatformClient from "../src/PlatformClient.js"
import * as TokenProvider from "../src/TokenProvider.js"
import * as Tls from "./tls.js"

type Write = (response: Http.ServerResponse, request: Http.IncomingMessage) => void

interface Served {
  readonly origin: string
  readonly requests: () => number
}

/** A server of HTTP that answers every request so. */
const http = (write: Write): Effect.Effect<Served, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<readonly [Http.Server, () => number]>((resume) => {
        let count = 0
        const server = Http.createServer((request, response) => {
          count += 1
          request.resume().on("end", () => write(response, request))
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed([server, () => count])))
      }),
      ([server]) => Effect.sync(() => server.close().closeAllConnections())
    ),
    ([server, requests]) => ({
      origin: `http://127.0.0.1:${(server.address() as Net.AddressInfo).port}`,
      requests
    })
  )

/** A server of TCP that answers the first bytes of every connection so. */
const tcp = (bytes: string | Uint8Array): Effect.Effect<number, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<Net.Server>((resume) => {
        const server = Net.createServer((socket) => {
          socket.on("error", () => {}).once("data", () => socket.end(bytes))
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.sync(() => server.close())
    ),
    (server) => (server.address() as Net.AddressInfo).port
  )

const answer = (
  { body = "", headers = {}, status = 200 }: {
    readonly body?: string | Uint8Array
    readonly headers?: Http.OutgoingHttpHeaders
    readonly status?: number
  }
): Write =>
(response) => response.writeHead(status, headers).end(body)

const envelope = (code: unknown, message: unknown = "no", data: unknown = null) =>
  JSON.stringify({ code, message, data })

const pair = { accessToken: "a".repeat(32), refreshToken: "r".repeat(32) }

const clients = { fetch: FetchHttpClient.layer, undici: NodeHttpClient.layerUndici, node: NodeHttpClient.layer }

type Client = Layer.Layer<HttpClient.HttpClient>

const agentOf = (proxy: string) =>
  Layer.scoped(
    NodeHttpClient.Dispatcher,
    Effect.acquireRelease(
      Effect.sync(() => new ProxyAgent({ uri: proxy })),
      (agent) => Effect.promise(() => agent.destroy())
    )
  )

/** Clients through a proxy, as the recipes show them. */
const proxied = {
  undici: (proxy: string): Client => Layer.provide(NodeHttpClient.layerUndiciWithoutDispatcher, agentOf(proxy)),
  fetch: (proxy: string): Client =>
    Layer.provideMerge(
      FetchHttpClient.layer,
      Layer.provide(
        Layer.effect(
          FetchHttpClient.Fetch,
          Effect.map(
            NodeHttpClient.Dispatcher,
            (dispatcher) =>
              ((input: string, init: RequestInit) =>
                undiciFetch(input, { ...init, dispatcher } as never)) as unknown as typeof globalThis.fetch
          )
        ),
        agentOf(proxy)
      )
    )
}

const account = { username: "user1", password: Redacted.make("pass1") }

/** What a reader of the token gets, without retries that take time. */
const read = (client: Client, options: Partial<Jindouyun.Options>) =>
  Effect.flatMap(TokenProvider.TokenProvider, ({ accessToken }) => accessToken).pipe(
    Effect.provide(provider(client, options))
  )

const provider = (client: Client, options: Partial<Jindouyun.Options>) =>
  Jindouyun.layer({
    ...account,
    minRequestInterval: 0,
    cooldown: "1 hour",
    maxAttempts: 2,
    requestTimeout: "2 seconds",
    ...options
  }).pipe(Layer.provide([client, Logger.minimumLogLevel(LogLevel.None)]), Layer.orDie)

/** A failure, and what its hint has to name in each language. */
const check = (
  error: JindouyunError.TokenError,
  expected: {
    readonly tag: string
    readonly delivery: string
    readonly en: ReadonlyArray<string | RegExp>
    readonly zh: ReadonlyArray<string | RegExp>
  }
) => {
  assert.strictEqual(error._tag, expected.tag)
  assert.strictEqual(error.delivery, expected.delivery)
  for (const language of ["en", "zh"] as const) {
    for (const part of expected[language]) {
      assert.match(
        Hint.of(error)[language],
        part instanceof RegExp ? part : new RegExp(part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      )
    }
    assert.notInclude(Hint.of(error)[language], "undefined")
  }
  assert.match(Hint.of(error).zh, /\p{Script=Han}/u)
  assert.notMatch(Hint.of(error).zh, /\b(the|of|not|or|is|its|an?)\b/)
}

describe("a hint follows the cause", () => {
  for (const [name, client] of Object.entries(clients)) {
    it.scopedLive(`over ${name}: the platform is unavailable, and when the next attempt is made`, () =>
      Effect.gen(function*() {
        for (
          const [status, tag] of [[500, /unavailable/], [502, /unavailable/], [503, /unavailable/], [
            429,
            /too many requests/
          ]] as const
        ) {
          const { origin } = yield* http(answer({ status, headers: { "retry-after": "9999999999999" } }))
          const error = yield* Effect.flip(read(client, { baseUrl: origin }))
          const at = "nextTryAt" in error ? JSON.stringify(error.nextTryAt).slice(1, -1) : "never"
          check(error, {
            tag: "UnexpectedResponse",
            delivery: "ambiguous",
            en: [tag, `HTTP ${status}`, at],
            zh: [`HTTP ${status}`, at]
          })
          assert.notInclude(error.hint, "base URL")
          // Thirteen digits are read as one hour.
          assert.strictEqual("retryAfter" in error ? error.retryAfter : 0, 3_600_000)
        }
      }))

    it.scopedLive.each(
      [
        [413, "too large", "大小上限"],
        [414, "too large", "大小上限"],
        [431, "too large", "大小上限"],
        [451, "denies access", "拒绝访问"],
        [304, "The platform does not answer", "没有平台的服务"],
        [400, "The platform does not answer", "没有平台的服务"],
        [405, "The platform does not answer", "没有平台的服务"],
        [415, "The platform does not answer", "没有平台的服务"],
        // Node's fetch rejects a 407 and gives no reason.
        ...(name === "fetch" ? [] : [[407, "proxy requires a username", "代理要求"] as const])
      ] as const
    )(`over ${name}: HTTP %s to a token request`, ([status, en, zh]) =>
      Effect.gen(function*() {
        const { origin } = yield* http(answer({ status, body: status === 304 ? "" : "<h1>no</h1>" }))
        const error = yield* Effect.flip(read(client, { baseUrl: origin }))
        check(error, {
          tag: "UnexpectedResponse",
          delivery: "ambiguous",
          en: [en, `HTTP ${status}`],
          zh: [zh, `HTTP ${status}`]
        })
      }))

    it.scopedLive.each(
      [
        ...[404, 405, 410, 415].map((status) => [status, ["path", "method"], ["路径、方法和参数"]] as const),
        [403, ["denies", "this account", "tokenPlacement"], ["拒绝访问", "tokenPlacement"]] as const
      ]
    )(
      `over ${name}: HTTP %s to a report call, whose base URL has led to a token`,
      ([status, en, zh]) =>
        Effect.gen(function*() {
          const { origin } = yield* http((response, request) =>
            answer(request.url === "/api/access_token" ? { body: envelope(20000, "", pair) } : { status })(
              response,
              request
            )
          )
          const endpoint = Endpoint.make({ path: "/api/report/dialy", data: Schema.Unknown })
          const error = yield* Effect.flatMap(
            PlatformClient.PlatformClient,
            ({ call }) => Effect.flip(call(endpoint)(undefined))
          ).pipe(Effect.provide(provider(client, { baseUrl: origin })))
          const parts = ["/api/report/dialy", `HTTP ${status}`]
          check(error, {
            tag: "UnexpectedResponse",
            delivery: "ambiguous",
            en: [...parts, ...en],
            zh: [...parts, ...zh]
          })
          assert.notInclude(error.hint, "baseUrl")
          assert.notInclude(error.hint, "credentials")
        })
    )

    it.scopedLive.each([403, 404, 413, 451])(
      `over ${name}: a code that is not known, with HTTP %s`,
      (status) =>
        Effect.gen(function*() {
          const { origin } = yield* http(answer({ status, body: envelope(41009) }))
          const error = yield* Effect.flip(read(client, { baseUrl: origin }))
          check(error, { tag: "UnrecognizedReturnCode", delivery: "answered", en: ["Look 41009 up"], zh: ["41009"] })
        })
    )

    it.scopedLive(`over ${name}: a code that is not known, with HTTP 429`, () =>
      Effect.gen(function*() {
        const { origin } = yield* http(answer({ status: 429, body: envelope(41009) }))
        const error = yield* Effect.flip(read(client, { baseUrl: origin }))
        check(error, {
          tag: "UnrecognizedReturnCode",
          delivery: "answered",
          en: ["too many requests (HTTP 429)"],
          zh: ["限流（HTTP 429）"]
        })
      }))

    it.scopedLive.each(
      [
        [undefined, "to no other address)", "未给出其他地址）"],
        ["/login?token=CANARY", "to another path of the same origin", "指向同一源的其他路径"],
        ["mailto:admin@sso.example", "to no other address", "未给出其他地址"],
        ["https://sso.example/CANARY?user=CANARY", "to https://sso.example)", "指向 https://sso.example）"],
        ["https://CANARY:CANARY@new.example:8443/", "to https://new.example:8443)", "指向 https://new.example:8443）"],
        [
          "https://PASS1.evil.example/",
          "to https://<redacted>.evil.example)",
          "指向 https://<redacted>.evil.example）"
        ],
        ["http://[", "to no other address)", "未给出其他地址）"]
      ] as const
    )(`over ${name}: a redirect to %s`, ([location, en, zh]) =>
      Effect.gen(function*() {
        for (const status of [301, 302, 303, 307, 308]) {
          const headers = location === undefined ? {} : { location }
          const { origin, requests } = yield* http(answer({ status, headers, body: "<h1>moved</h1>" }))
          const error = yield* Effect.flip(read(client, { baseUrl: origin }))
          check(error, {
            tag: "UnexpectedResponse",
            delivery: "ambiguous",
            en: [en, "JINDOUYUN_BASE_URL"],
            zh: [zh, "JINDOUYUN_BASE_URL"]
          })
          assert.notInclude(JSON.stringify(error) + error.message, "CANARY")
          assert.strictEqual(requests(), 1)
        }
      }))

    it.scopedLive.each(
      [
        ["nothing", "", "empty, cut short or not JSON; the next attempt", "为空、被截断或不是 JSON；下一次", 2],
        [
          "white space",
          " \r\n",
          "empty, cut short or not JSON; the next attempt",
          "为空、被截断或不是 JSON；下一次",
          2
        ],
        ["a page", "\n<!doctype html><p>sign in", "a page of HTML or XML", "HTML 或 XML 页面", 2],
        [
          "a page after a byte order mark",
          "\ufeff<?xml version='1.0'?><e/>",
          "a page of HTML or XML",
          "HTML 或 XML 页面",
          2
        ],
        [
          "JSON that was cut short",
          envelope(20000, "", pair).slice(0, 40),
          "empty, cut short or not JSON; the next attempt",
          "为空、被截断或不是 JSON；下一次",
          2
        ],
        ["JSON of another form", "[]", "no code, message and data", "没有 code/message/data", 1],
        [
          "gzip that no header names",
          gzipSync(envelope(20000, "", pair)),
          "gzip without content-encoding",
          "gzip，未声明",
          1
        ],
        [
          "Latin-1",
          Buffer.from(envelope(20000, "\u00e9", pair), "latin1"),
          "is not UTF-8 text: check",
          "不是 UTF-8 文本：",
          2
        ]
      ] as const
    )(`over ${name}: a response of %s`, ([, body, en, zh, sent]) =>
      Effect.gen(function*() {
        const { origin, requests } = yield* http(answer({ body }))
        const error = yield* Effect.flip(read(client, { baseUrl: origin }))
        check(error, { tag: "UnexpectedResponse", delivery: "ambiguous", en: [en], zh: [zh] })
        assert.strictEqual(requests(), sent)
      }))

    it.scopedLive.each(["GBK", "\"iso-8859-1\"", "utf-16"])(
      `over ${name}: a response in the character set %s, which is not retried`,
      (charset) =>
        Effect.gen(function*() {
          const headers = { "content-type": `application/json; charset=${charset}` }
          const { origin, requests } = yield* http(answer({ headers, body: Uint8Array.of(0x22, 0xc3, 0xdc, 0x22) }))
          const error = yield* Effect.flip(read(client, { baseUrl: origin }))
          check(error, {
            tag: "UnexpectedResponse",
            delivery: "ambiguous",
            en: ["is not UTF-8 text"],
            zh: ["不是 UTF-8 文本"]
          })
          assert.include(error.message, charset)
          assert.strictEqual(requests(), 1)
        })
    )

    it.scopedLive.each(["utf-8", "\"UTF-8\"", " utf8", "'utf-8'"])(
      `over ${name}: damaged text in the character set %s, which is retried`,
      (charset) =>
        Effect.gen(function*() {
          const headers = { "content-type": `application/json; charset=${charset}` }
          const { origin, requests } = yield* http(answer({ headers, body: Uint8Array.of(0x22, 0xc3, 0xdc, 0x22) }))
          yield* Effect.flip(read(client, { baseUrl: origin, maxAttempts: 2 }))
          assert.strictEqual(requests(), 2)
        })
    )

    it.scopedLive(`over ${name}: headers that are too large`, () =>
      Effect.gen(function*() {
        const port = yield* tcp(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}\r\ncontent-length: 0\r\n\r\n`)
        const error = yield* Effect.flip(read(client, { baseUrl: `http://127.0.0.1:${port}` }))
        check(error, {
          tag: "TransportFailure",
          delivery: "ambiguous",
          en: ["headers", "too large"],
          zh: ["响应头过大"]
        })
      }))

    it.scopedLive(`over ${name}: nothing listens, and the host`, () =>
      Effect.gen(function*() {
        const { origin } = yield* Effect.scoped(http(answer({})))
        const host = new URL(origin).host
        const error = yield* Effect.flip(read(client, { baseUrl: origin }))
        check(error, {
          tag: "TransportFailure",
          delivery: "unsent",
          en: ["Nothing listens", host],
          zh: ["没有服务在监听", host]
        })
      }))

    it.scopedLive(`over ${name}: an unknown host`, () =>
      Effect.gen(function*() {
        const host = `${"a".repeat(64)}.invalid`
        const error = yield* Effect.flip(read(client, { baseUrl: `https://${host}` }))
        check(error, {
          tag: "TransportFailure",
          delivery: "unsent",
          en: ["Nothing was sent", host, "JINDOUYUN_BASE_URL"],
          zh: ["请求未发出", host]
        })
      }))

    it.scopedLive.each(["/api", "/gate/api", "/api/v1", "/API"])(
      `over ${name}: a base URL whose path contains /api: %s`,
      (path) =>
        Effect.gen(function*() {
          for (
            const write of [
              answer({ status: 404 }),
              answer({ body: envelope(40000) }),
              answer({ status: 404, body: envelope(40000) }),
              answer({ body: envelope(40003) })
            ]
          ) {
            const { origin } = yield* http(write)
            const error = yield* Effect.flip(read(client, { baseUrl: origin + path }))
            const parts = [origin + path, `${origin}${path.startsWith("/gate") ? "/gate" : ""}`, "JINDOUYUN_BASE_URL"]
            check(error, {
              tag: "code" in error ? error.code === 40003 ? "TokenRejected" : "InvalidParameter" : "UnexpectedResponse",
              delivery: "code" in error ? "answered" : "ambiguous",
              en: parts,
              zh: parts
            })
          }
        })
    )

    it.scopedLive(`over ${name}: an acquisition refused with another code than 40001`, () =>
      Effect.gen(function*() {
        for (const code of [41001, 40000, 40003, 30005]) {
          const { origin, requests } = yield* http(answer({ body: envelope(code) }))
          const [first, second] = yield* Effect.flatMap(TokenProvider.TokenProvider, ({ accessToken }) =>
            Effect.all([Effect.flip(accessToken), Effect.delay(Effect.flip(accessToken), "20 millis")])).pipe(
              Effect.provide(provider(client, { baseUrl: origin, cooldown: 1 }))
            )
          const lift = ["not sent again until", "jindouyun login", "reset"]
          assert.strictEqual(requests(), 1)
          check(first, {
            tag: first._tag,
            delivery: "answered",
            en: lift,
            zh: ["不会再次发送", "jindouyun login", "reset"]
          })
          assert.isTrue("refusedAt" in second && second.refusedAt !== undefined)
          check(second, { tag: first._tag, delivery: "answered", en: [...lift, "was remembered"], zh: ["来自记录"] })
          assert.notInclude(first.hint, "was remembered")
        }
      }))

    it.scopedLive(`over ${name}: a secret that ends in white space`, () =>
      Effect.gen(function*() {
        for (const code of [40001, 41001]) {
          const { origin } = yield* http(answer({ body: envelope(code) }))
          for (const end of ["\n", "\r\n", " ", "\t", "\u3000", "\ufeff"]) {
            const error = yield* Effect.flip(read(client, { baseUrl: origin, password: Redacted.make(`pass1${end}`) }))
            check(error, {
              tag: error._tag,
              delivery: "answered",
              en: ["The password", "white space"],
              zh: ["密码", "空白字符"]
            })
          }
          const named = yield* Effect.flip(read(client, { baseUrl: origin, username: "user1\n" }))
          check(named, {
            tag: named._tag,
            delivery: "answered",
            en: ["The username", "white space"],
            zh: ["用户名", "空白字符"]
          })
          const plain = yield* Effect.flip(read(client, { baseUrl: origin }))
          assert.notInclude(plain.hint, "white space")
        }
      }))

    it.scopedLive(`over ${name}: a message that is no string is tolerated`, () =>
      Effect.gen(function*() {
        for (const message of [1, true, null, { zh: "ok" }, ["ok"]]) {
          const success = yield* http(answer({ body: envelope("20000", message, pair) }))
          const token = yield* read(client, { baseUrl: success.origin })
          assert.strictEqual(Redacted.value(token.value), pair.accessToken)
          const refused = yield* http(answer({ body: envelope(40001, message) }))
          const error = yield* Effect.flip(read(client, { baseUrl: refused.origin }))
          assert.deepInclude({ ...error }, { _tag: "AuthenticationFailed", returnMessage: "" })
        }
      }))

    it.scopedLive(`over ${name}: data that does not fit the schema of the caller`, () =>
      Effect.gen(function*() {
        const { origin } = yield* http((response, { url = "" }) =>
          answer({ body: envelope("20000", "", url.includes("report") ? { rows: [{ day: 1 }] } : pair) })(
            response,
            {} as never
          )
        )
        const data = Schema.Struct({ rows: Schema.Array(Schema.Struct({ day: Schema.String })) })
        const error = yield* Effect.flatMap(PlatformClient.PlatformClient, ({ call }) =>
          Effect.flip(call(Endpoint.make({ path: "/api/report/daily", data }))(undefined))).pipe(
            Effect.provide(provider(client, { baseUrl: origin }))
          )
        const parts = ["/api/report/daily", "rows.0.day"]
        check(error, { tag: "UnexpectedResponse", delivery: "ambiguous", en: parts, zh: parts })
      }))

    it.scopedLive(`over ${name}: a response that is not HTTP`, () =>
      Effect.gen(function*() {
        const { origin } = yield* http((response) => response.socket?.end("20000 OK\r\n\r\n"))
        const error = yield* Effect.flip(read(client, { baseUrl: origin }))
        check(error, {
          tag: "TransportFailure",
          delivery: "ambiguous",
          en: ["not valid HTTP", new URL(origin).host],
          zh: ["不是有效的 HTTP"]
        })
      }))
  }

  for (const [name, client] of Object.entries({ undici: clients.undici, node: clients.node })) {
    it.scopedLive(`over ${name}: a gateway that compresses, which is not retried`, () =>
      Effect.gen(function*() {
        for (const encoding of ["gzip", "GZIP, br"]) {
          const { origin, requests } = yield* http(
            answer({ headers: { "content-encoding": encoding }, body: gzipSync(envelope("20000", "", pair)) })
          )
          const error = yield* Effect.flip(read(client, { baseUrl: origin, maxAttempts: 4 }))
          const parts = [`content-encoding: ${encoding}`, new URL(origin).host]
          check(error, {
            tag: "UnexpectedResponse",
            delivery: "ambiguous",
            en: [...parts, "gateway"],
            zh: [...parts, "网关"]
          })
          assert.strictEqual(requests(), 1)
        }
      }))
  }

  it.scopedLive.each(["gzip", "br", "deflate"])(
    "over fetch: a header that names %s, and a body that is not so encoded",
    (encoding) =>
      Effect.gen(function*() {
        const { origin, requests } = yield* http(
          answer({ headers: { "content-encoding": encoding }, body: envelope(20000, "", pair) })
        )
        const error = yield* Effect.flip(read(clients.fetch, { baseUrl: origin }))
        const parts = [`content-encoding: ${encoding}`]
        check(error, { tag: "UnexpectedResponse", delivery: "ambiguous", en: parts, zh: parts })
        assert.strictEqual(requests(), 1)
      })
  )

  for (const [name, through] of Object.entries(proxied)) {
    it.scopedLive.each(
      [
        [407, "requires a username and a password", "代理要求用户名和密码", 1],
        [403, "refuses the connection to platform.example (HTTP 403)", "代理拒绝连接 platform.example（HTTP 403）", 2],
        [502, "cannot connect to platform.example (HTTP 502)", "代理无法连接 platform.example（HTTP 502）", 2]
      ] as const
    )(`over ${name}: a proxy that answers with HTTP %s`, ([status, en, zh, attempts]) =>
      Effect.gen(function*() {
        const port = yield* tcp(`HTTP/1.1 ${status} no\r\ncontent-length: 0\r\n\r\n`)
        const error = yield* Effect.flip(
          read(through(`http://127.0.0.1:${port}`), { baseUrl: "https://platform.example" })
        )
        check(error, { tag: "TransportFailure", delivery: "unsent", en: [en], zh: [zh] })
        assert.strictEqual("attempts" in error ? error.attempts : 0, attempts)
      }))

    it.live.each(
      [
        ["127.0.0.1:1", "Nothing answers at 127.0.0.1:1,"],
        ["proxy.invalid:8080", "Nothing answers at proxy.invalid,"]
      ] as const
    )(`over ${name}: a proxy that cannot be reached, %s`, ([proxy, en]) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(read(through(`http://${proxy}`), { baseUrl: "https://platform.example" }))
        check(error, {
          tag: "TransportFailure",
          delivery: "unsent",
          en: [en, "in place of platform.example", "in the program"],
          zh: [proxy.replace(":8080", ""), "代理", "platform.example"]
        })
        assert.notInclude(error.hint, "JINDOUYUN_BASE_URL")
      }))
  }

  it.live.each([
    "http://127.0.0.1:9",
    "http://localhost:6000/prefix",
    "http://[::1]:10080",
    "https://gateway.example:25"
  ])(
    "over fetch: a port that fetch refuses, %s",
    (baseUrl) =>
      Effect.gen(function*() {
        const [, port = ""] = /:(\d+)/.exec(baseUrl) ?? []
        const error = yield* Effect.flip(read(clients.fetch, { baseUrl }))
        check(error, {
          tag: "TransportFailure",
          delivery: "unsent",
          en: ["fetch refuses", `port ${port},`, "JINDOUYUN_BASE_URL"],
          zh: ["fetch 拒绝", `端口 ${port}`, "JINDOUYUN_BASE_URL"]
        })
        assert.notInclude(error.message, "code")
      })
  )

  it.live("over a client whose error has no code: no code to look up", () =>
    Effect.gen(function*() {
      const failing = Layer.succeed(FetchHttpClient.Fetch, () => Promise.reject(new TypeError("CANARY")))
      const error = yield* Effect.flip(read(Layer.provideMerge(FetchHttpClient.layer, failing), {}))
      check(error, { tag: "TransportFailure", delivery: "ambiguous", en: ["gave no code"], zh: ["没有给出错误码"] })
      assert.notInclude(error.message, "CANARY")
    }))

  it.scopedLive("over fetch: an undici dispatcher of another major", () =>
    Effect.gen(function*() {
      const { origin, requests } = yield* http(answer({ body: envelope("20000", "", pair) }))
      const agent = yield* Effect.acquireRelease(
        Effect.sync(() => new Agent()),
        (agent) => Effect.promise(() => agent.destroy())
      )
      // An agent of another major does not know the handler that it is given, as it does not know this one.
      const dispatcher = { dispatch: (options: Dispatcher.DispatchOptions) => agent.dispatch(options, {}) }
      const init = Layer.succeed(FetchHttpClient.RequestInit, { dispatcher } as unknown as RequestInit)
      const error = yield* Effect.flip(read(Layer.provideMerge(FetchHttpClient.layer, init), { baseUrl: origin }))
      assert.strictEqual(requests(), 0)
      check(error, {
        tag: "TransportFailure",
        delivery: "ambiguous",
        en: ["undici dispatcher", "process.versions.undici"],
        zh: ["dispatcher", "process.versions.undici"]
      })
      assert.strictEqual(error.disposition, "fatal")
    }))

  for (const [name, of] of Object.entries(Tls.clients())) {
    void of
    it.scopedLive.each(
      [
        ["expired", true, /has expired/, /已过期/],
        ["other-host", true, /is not for/, /不属于/],
        ["self-signed", false, /NODE_EXTRA_CA_CERTS/, /NODE_EXTRA_CA_CERTS/]
      ] as const
    )(`over ${name}: a certificate that is refused: %s`, ([certificate, isTrusted, en, zh]) =>
      Effect.gen(function*() {
        const text = Tls.pem(certificate)
        const { port } = yield* Tls.server(text, () => {})
        const client = Tls.clients(isTrusted ? text : Tls.pem("other-host"))[name] ?? Layer.die("no client")
        const error = yield* Effect.flip(read(client, { baseUrl: `https://127.0.0.1:${port}` }))
        check(error, {
          tag: "TransportFailure",
          delivery: "unsent",
          en: ["Nothing was sent", `127.0.0.1:${port}`, en],
          zh: ["请求未发出", `127.0.0.1:${port}`, zh]
        })
      }))
  }

  for (const [name, client] of Object.entries(Tls.clients())) {
    it.scopedLive.each(
      [
        [70, "no version or cipher", "没有共同的 TLS 版本"],
        [40, "no version or cipher", "没有共同的 TLS 版本"],
        [112, "is not for", "不属于"],
        [48, "client certificate", "客户端证书"],
        [80, "secure connection", "安全连接失败"]
      ] as const
    )(`over ${name}: the alert %s of TLS`, ([alert, en, zh]) =>
      Effect.gen(function*() {
        const port = yield* tcp(Uint8Array.of(0x15, 3, 3, 0, 2, 2, alert))
        const error = yield* Effect.flip(read(client, { baseUrl: `https://127.0.0.1:${port}` }))
        check(error, {
          tag: "TransportFailure",
          delivery: "ambiguous",
          en: [en, `127.0.0.1:${port}`],
          zh: [zh, `127.0.0.1:${port}`]
        })
      }))
  }

  it.scopedLive.each(Object.entries(Tls.clients()))(
    "over %s: HTTPS to a port of HTTP",
    ([, client]) =>
      Effect.gen(function*() {
        const { origin } = yield* http(answer({}))
        const host = new URL(origin).host
        const error = yield* Effect.flip(read(client, { baseUrl: `https://${host}` }))
        check(error, {
          tag: "TransportFailure",
          delivery: "ambiguous",
          en: ["is not TLS", host],
          zh: ["不是 TLS", host]
        })
      })
  )

  it.effect("a wiped Redacted in the options is an InvalidConfiguration", () =>
    Effect.gen(function*() {
      const wiped = Redacted.make("pass1")
      Redacted.unsafeWipe(wiped)
      const layer = Effect.flip(Layer.build(Credentials.layer({ username: "user1", password: wiped })))
      const error = yield* Effect.scoped(layer)
      assert.deepInclude({ ...error }, { _tag: "InvalidConfiguration", setting: "password", problem: "was wiped" })
      const key = yield* Effect.flip(Encryption.make({ encryptionKey: wiped }))
      assert.deepInclude({ ...key }, { _tag: "InvalidConfiguration", setting: "encryptionKey" })
    }))

  it.effect.each(
    [
      ["dies", Effect.die("CANARY"), "threw an error", "抛出了异常"],
      [
        "throws",
        Effect.sync(() => {
          throw new Error("CANARY")
        }),
        "threw an error",
        "抛出了异常"
      ],
      ["fails", Effect.fail({ _tag: "VaultSealed" }), "Check where", "来源"]
    ] as const
  )("an effect of the credentials that %s is named by its step", ([, effect, en, zh]) =>
    Effect.gen(function*() {
      const credentials = yield* Credentials.make(effect)
      const error = yield* Effect.flip(credentials.current)
      check(error, { tag: "CredentialsUnavailable", delivery: "unsent", en: [en], zh: [zh] })
      assert.notInclude(error.message, "it died")
      assert.notInclude(error.message, "CANARY")
    }))
})
