import { assert, describe, it } from "@effect/vitest"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import * as Effect from "effect/Effect"
import { limits } from "../src/internal/nodeServer.js"
import { connect } from "./support/rawSocket.js"

/** Sends bytes, then one more from time to time, and measures when the server ends the connection, in seconds. */
const lifetime = (url: string, bytes: string, drip = "") =>
  Effect.promise<{ readonly seconds: number; readonly text: string }>(() =>
    new Promise((resolve) => {
      const started = performance.now()
      let text = ""
      const socket = connect(url).on("data", (chunk: Buffer) => (text += chunk.toString())).on("error", () => {})
      socket.write(bytes)
      const dripping = setInterval(() => socket.write(drip), 500)
      socket.on("close", () => {
        clearInterval(dripping)
        resolve({ seconds: (performance.now() - started) / 1000, text })
      })
    })
  )

const head = "POST /api/access_token HTTP/1.1\r\nHost: a\r\n"

const connections: ReadonlyArray<
  readonly [name: string, seconds: number, answer: RegExp, bytes: string, drip?: string]
> = [
  ["without a request", limits.headersTimeout, /^HTTP\/1\.1 408 .*did not arrive in time/s, ""],
  ["with headers that come one byte at a time", limits.headersTimeout, /^HTTP\/1\.1 408 /, head, "X"],
  [
    "with a body that comes one byte at a time",
    limits.requestTimeout,
    /^HTTP\/1\.1 408 /,
    `${head}Content-Length: 999\r\n\r\n`,
    "x"
  ],
  [
    "with chunks that come one at a time",
    limits.requestTimeout,
    /^HTTP\/1\.1 408 /,
    `${head}Transfer-Encoding: chunked\r\n\r\n`,
    "1\r\nx\r\n"
  ],
  [
    "with a refused body that goes on",
    limits.requestTimeout,
    /^HTTP\/1\.1 413 /,
    `${head}Content-Length: 50000000\r\n\r\n`,
    "x"
  ],
  [
    "behind an answer",
    limits.keepAliveTimeout,
    /^HTTP\/1\.1 404 .*keep-alive: timeout=60/is,
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
  ]
]

describe("the server ends a connection", () => {
  for (const [name, millis, answer, bytes, drip] of connections) {
    it.concurrent(`${name} after ${millis / 1000} seconds`, () =>
      Effect.gen(function*() {
        const { url } = yield* SandboxServer.SandboxServer
        const { seconds, text } = yield* lifetime(url, bytes, drip)
        assert.match(text, answer)
        assert.isAbove(seconds, millis / 1000 - 1)
        assert.isBelow(seconds, millis / 1000 + 6)
      }).pipe(Effect.provide(SandboxServer.layer()), Effect.runPromise), 90_000)
  }

  it.concurrent("of two thousand that are idle", () =>
    Effect.gen(function*() {
      const { url } = yield* SandboxServer.SandboxServer
      const all = yield* Effect.all(Array.from({ length: 2000 }, () => lifetime(url, "P")), {
        concurrency: "unbounded"
      })
      assert.isBelow(Math.max(...all.map(({ seconds }) => seconds)), limits.headersTimeout / 1000 + 10)
    }).pipe(Effect.provide(SandboxServer.layer()), Effect.runPromise), 90_000)
})
