import { assert, describe, it } from "@effect/vitest"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { once } from "node:events"
import { connect, roundTrip } from "./support/rawSocket.js"

const body = "{\"username\":\"user1\",\"password\":\"pass1\"}"

/** An acquisition with headers of one's own. */
const acquisition = (headers: ReadonlyArray<string>, options: {
  readonly target?: string
  readonly version?: string
  readonly body?: string
} = {}) =>
  [
    `POST ${options.target ?? "/api/access_token"} HTTP/${options.version ?? "1.1"}`,
    "Content-Type: application/json;charset=UTF-8",
    "APIVersion: 3",
    ...headers,
    "",
    options.body ?? body
  ].join("\r\n")

const length = `Content-Length: ${body.length}`
const last = [length, "Connection: close"]
const upgrade = ["Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"]

const send = (bytes: string | Uint8Array) =>
  Effect.gen(function*() {
    const { url } = yield* SandboxServer.SandboxServer
    const received = yield* Effect.promise(() => roundTrip(url, bytes))
    assert.isUndefined(received.error)
    return received.bytes.toString()
  })

/** The status and the return code of each answer. */
const answers = (text: string): Array<string | undefined> =>
  [...text.matchAll(/HTTP\/1\.1 (\d+)[^]*?(?:"code":"(\d+)"|(?=HTTP\/1\.1)|$)/g)].map(([, status, code]) =>
    code === undefined ? status : `${status} ${code}`
  )

describe("SandboxServer answers", () => {
  const cases: ReadonlyArray<readonly [name: string, bytes: string | Uint8Array, ReadonlyArray<string | undefined>]> = [
    [
      "a request that offers HTTP/2, over HTTP/1.1",
      acquisition(["Host: a", ...upgrade, length, "Connection: Upgrade, HTTP2-Settings, close"]),
      ["200 20000"]
    ],
    [
      "a request that offers a WebSocket, as any other request",
      acquisition(["Host: a", "Upgrade: websocket", "Sec-WebSocket-Version: 13", length, "Connection: Upgrade, close"]),
      ["200 20000"]
    ],
    [
      "requests that arrive together, in their order",
      acquisition(["Host: a", length]) + acquisition(["Host: a", "Content-Length: 2"], { body: "{}" }) +
      acquisition(["Host: a", ...last]),
      ["200 20000", "200 40000", "200 20000"]
    ],
    ["HTTP/1.0 without a host", acquisition([length], { version: "1.0" }), ["200 20000"]],
    [
      "a body in chunks",
      acquisition(["Host: a", "Transfer-Encoding: chunked", "Connection: close"], {
        body: `5\r\n${body.slice(0, 5)}\r\n${(body.length - 5).toString(16)}\r\n${body.slice(5)}\r\n0\r\n\r\n`
      }),
      ["200 20000"]
    ],
    [
      "a request that asks whether to send its body, with yes",
      acquisition(["Host: a", "Expect: 100-continue", ...last]),
      ["100", "200 20000"]
    ],
    [
      "a request that asks whether to send 50 MB, with no",
      acquisition(["Host: a", "Expect: 100-continue", "Content-Length: 50000000"], { body: "" }),
      ["413 40000"]
    ],
    [
      "a target with an origin, as a client sends it to a proxy",
      acquisition(["Host: a", ...last], { target: "http://127.0.0.1:8080/api/access_token" }),
      ["200 20000"]
    ]
  ]
  for (const [name, bytes, expected] of cases) {
    it.live(name, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(answers(yield* send(bytes)), [...expected])
      }).pipe(Effect.provide(SandboxServer.layer())))
  }

  it.live("a request without a body that offers HTTP/2, and the next request of the connection", () =>
    Effect.gen(function*() {
      const { url } = yield* SandboxServer.SandboxServer
      let text = ""
      const socket = connect(url).on("data", (chunk: Buffer) => (text += chunk.toString()))
      socket.write(
        ["GET /nowhere HTTP/1.1", "Host: a", ...upgrade, "Connection: Upgrade, HTTP2-Settings", "", ""].join("\r\n")
      )
      yield* Effect.promise(() => once(socket, "data"))
      socket.write(acquisition(["Host: a", ...last]))
      yield* Effect.promise(() => once(socket, "close"))
      assert.deepStrictEqual(answers(text), ["404 40000", "200 20000"])
    }).pipe(Effect.provide(SandboxServer.layer())))

  it.live("without a host in the request, as the host that the client connected to", () =>
    Effect.gen(function*() {
      yield* send(acquisition([length], { version: "1.0" }))
      yield* send(acquisition(["Host: a", ...last], { target: "http://b:80/api/access_token?x=1" }))
      const journal = yield* (yield* Sandbox.Sandbox).journal
      const { url } = yield* SandboxServer.SandboxServer
      assert.deepStrictEqual(
        journal.map(({ origin, path }) => origin + path),
        [`${url}/api/access_token`, "http://b:80/api/access_token"]
      )
    }).pipe(Effect.provide(SandboxServer.layer())))
})

describe("SandboxServer refuses, and says what is wrong:", () => {
  const cases: ReadonlyArray<readonly [name: string, bytes: string | Uint8Array, RegExp]> = [
    [
      "HTTP/2 without an upgrade",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      /^HTTP\/1\.1 505 .*is HTTP\/2 .*expected HTTP\/1\.1/s
    ],
    ["TLS", Buffer.from("160301020001000", "hex"), /^HTTP\/1\.1 400 .*starts with TLS; expected .*http:\/\//s],
    ["bytes that are no request", "hello\r\n\r\n", /^HTTP\/1\.1 400 .*is not HTTP\/1\.1 \(HPE_/s],
    [
      "headers that are too long",
      acquisition(["Host: a", `X: ${"x".repeat(20_000)}`]),
      /^HTTP\/1\.1 431 .*too long; expected at most 16384 bytes/s
    ],
    [
      "a body that is too large, before it has come",
      acquisition(["Host: a", "Content-Length: 50000000", "Connection: close"], { body: "{" }),
      /^HTTP\/1\.1 413 .*"code":"40000".*the body is larger than 1048576 bytes/s
    ],
    [
      "chunks that are too large, before the last one has come",
      acquisition(["Host: a", "Transfer-Encoding: chunked", "Connection: close"], {
        body: `200000\r\n${"x".repeat(2_097_152)}\r\n`
      }),
      /^HTTP\/1\.1 413 .*"code":"40000".*the body is larger than 1048576 bytes/s
    ]
  ]
  for (const [name, bytes, expected] of cases) {
    it.live(name, () =>
      Effect.gen(function*() {
        assert.match(yield* send(bytes), expected)
        // The server serves on.
        assert.deepStrictEqual(answers(yield* send(acquisition(["Host: a", ...last]))), ["200 20000"])
      }).pipe(Effect.provide(SandboxServer.layer())))
  }

  it.live("a body of 50 MB, in a journal entry with the reason", () =>
    Effect.gen(function*() {
      const { url } = yield* SandboxServer.SandboxServer
      const sent = fetch(`${url}/api/access_token`, {
        method: "POST",
        headers: { "content-type": "application/json;charset=UTF-8", apiversion: "3" },
        body: new Uint8Array(50_000_000)
      })
      const [took, response] = yield* Effect.timed(Effect.promise(() => sent))
      assert.strictEqual(response.status, 413)
      // The client of this process needs most of the time, to send the body.
      assert.isBelow(Duration.toMillis(took), 10_000)
      const [entry] = yield* (yield* Sandbox.Sandbox).journal
      assert.deepInclude(entry, {
        outcome: { _tag: "Answered", status: 413, code: 40000 },
        reason: "the body is larger than 1048576 bytes"
      })
    }).pipe(Effect.provide(SandboxServer.layer())))
})

describe("SandboxServer closes in less than two seconds", () => {
  const connections: ReadonlyArray<readonly [name: string, bytes: string]> = [
    ["a connection without a request", ""],
    ["a part of the headers", "POST /api/access_token HTTP/1.1\r\nHost: a\r\n"],
    ["a part of a body", acquisition(["Host: a", "Content-Length: 1000"])],
    ["an answered request", acquisition(["Host: a", length])],
    ["a request that waits for its answer", acquisition(["Host: a", length])],
    [
      "an offer of HTTP/2",
      acquisition(["Host: a", ...upgrade, length, "Connection: Upgrade, HTTP2-Settings"])
    ],
    [
      "an offer of HTTP/2 without a body",
      ["GET / HTTP/1.1", "Host: a", ...upgrade, "Connection: Upgrade", "", ""].join("\r\n")
    ],
    [
      "an offer of a WebSocket",
      ["GET / HTTP/1.1", "Host: a", "Upgrade: websocket", "Connection: Upgrade", "", ""].join("\r\n")
    ],
    ["a follower of the journal", "GET /_sandbox/journal/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"],
    ["a tunnel", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["HTTP/2 without an upgrade", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]
  ]
  for (const [name, bytes] of connections) {
    it.live(`with ${name}`, () =>
      Effect.gen(function*() {
        const scope = yield* Scope.make()
        const latency = name.includes("waits") ? "1 hour" : 0
        const context = yield* Layer.buildWithScope(SandboxServer.layer({ control: true, latency }), scope)
        const { url } = yield* Effect.provide(SandboxServer.SandboxServer, context)
        const socket = connect(url).on("error", () => {})
        // Half open: the client does not answer the end of the connection.
        socket.allowHalfOpen = true
        yield* Effect.promise(() => once(socket, "connect"))
        socket.write(bytes)
        yield* Effect.sleep("150 millis")
        const [took] = yield* Effect.timed(Scope.close(scope, Exit.void))
        socket.destroy()
        assert.isBelow(Duration.toMillis(took), 2000)
      }))
  }
})
