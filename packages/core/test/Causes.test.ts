import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Agent, type Dispatcher } from "@effect/platform-node/Undici"
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
import type * as Net from "node:net"
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
              answer({ status: 404, body: envelope(40000) })
            ]
          ) {
            const { origin } = yield* http(write)
            const error = yield* Effect.flip(read(client, { baseUrl: origin + path }))
            const parts = [origin + path, `${origin}${path.startsWith("/gate") ? "/gate" : ""}`, "JINDOUYUN_BASE_URL"]
            const isEnvelope = error._tag === "InvalidParameter"
            check(error, {
              tag: isEnvelope ? "InvalidParameter" : "UnexpectedResponse",
              delivery: isEnvelope ? "answered" : "ambiguous",
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
          en: ["not HTTP", new URL(origin).host],
          zh: ["不是 HTTP"]
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
