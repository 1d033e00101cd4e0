import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Http from "node:http"
import type * as Net from "node:net"
import * as JindouyunConfig from "../src/JindouyunConfig.js"
import type * as JindouyunError from "../src/JindouyunError.js"
import * as TokenApi from "../src/TokenApi.js"
import * as Tls from "./tls.js"

const account = { username: "user1", password: Redacted.make("pass1") }

const acquire = (
  client: Layer.Layer<HttpClient.HttpClient>,
  baseUrl: string
): Effect.Effect<JindouyunError.TransportFailure | JindouyunError.UnexpectedResponse, unknown> =>
  Effect.flip(Effect.flatMap(TokenApi.TokenApi, (api) => api.acquire(account))).pipe(
    Effect.provide(
      TokenApi.layer.pipe(
        Layer.provide([client, JindouyunConfig.layer({ baseUrl, requestTimeout: "3 seconds" })])
      )
    ),
    Effect.filterOrFail((error) => error._tag === "TransportFailure" || error._tag === "UnexpectedResponse")
  )

const record = (type: number, version: readonly [number, number], body: Uint8Array) =>
  Buffer.from([type, ...version, body.length >> 8, body.length & 255, ...body])

const noise = (bytes: number) => Buffer.alloc(bytes, 0x5a)

const alert = (level: number, description: number) => record(21, [3, 3], Buffer.from([level, description]))

const oneByteLonger = (text: string) =>
  Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${text.length + 1}\r\n\r\n${text}`)

/** How a connection ends after the server has read a whole request. */
const ends: { readonly [name: string]: (connection: Tls.Connection) => void } = {
  "bytes that are no TLS": ({ raw }) => raw.write(noise(64)),
  "plain HTTP": ({ raw }) => raw.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
  "a record of another version": ({ raw }) => raw.write(record(23, [2, 0], noise(32))),
  "a record that does not decrypt": ({ raw }) => raw.write(record(23, [3, 3], noise(64))),
  "a record that is too long": ({ raw }) => raw.write(Buffer.from([23, 3, 3, 0xff, 0xff, ...noise(128)])),
  "a record of an unknown type": ({ raw }) => raw.write(record(99, [3, 3], noise(32))),
  "a handshake message that is not expected": ({ raw }) => raw.write(record(22, [3, 3], noise(32))),
  "an alert in plain text: handshake failure": ({ raw }) => raw.write(alert(2, 40)),
  "an alert in plain text: protocol version": ({ raw }) => raw.write(alert(2, 70)),
  "an alert in plain text: unknown authority": ({ raw }) => raw.write(alert(2, 48)),
  "noise and a reset": ({ raw }) => {
    raw.write(noise(64))
    raw.resetAndDestroy()
  },
  "a reset": ({ raw }) => raw.resetAndDestroy(),
  "an end": ({ raw }) => raw.end(),
  "an end within the response": ({ raw, secure }) => secure.write(oneByteLonger("{}"), () => raw.end()),
  "noise within the response": ({ raw, secure }) => secure.write(oneByteLonger("{}"), () => raw.write(noise(64)))
}

const versions = ["TLSv1.2", "TLSv1.3"] as const

const trusted = Tls.pem("self-signed")

describe("a secure connection that breaks after the server has read the request", () => {
  for (const [name, client] of Object.entries(Tls.clients(trusted))) {
    it.scopedLive.each(versions)(
      `is ambiguous over ${name} and %s, however it breaks`,
      (version) =>
        Effect.gen(function*() {
          const found = yield* Effect.forEach(Object.entries(ends), ([title, end]) =>
            Effect.gen(function*() {
              const server = yield* Tls.server(trusted, end, { minVersion: version, maxVersion: version })
              const { delivery, disposition } = yield* acquire(client, `https://127.0.0.1:${server.port}`)
              return [title, server.received() > 0, delivery, disposition]
            }), { concurrency: "unbounded" })
          assert.deepStrictEqual(found, Object.keys(ends).map((title) => [title, true, "ambiguous", "retry"]))
        })
    )
  }
})

describe("a connection that was never secure", () => {
  const certificates = [
    ["a certificate that has expired", "expired", true, "CERT_HAS_EXPIRED"],
    ["a certificate of another host", "other-host", true, "ERR_TLS_CERT_ALTNAME_INVALID"],
    ["a certificate that no authority signed", "self-signed", false, "DEPTH_ZERO_SELF_SIGNED_CERT"]
  ] as const
  for (const [title, certificate, isTrusted, code] of certificates) {
    for (const version of versions) {
      const text = Tls.pem(certificate)
      it.scopedLive.each(Object.entries(Tls.clients(isTrusted ? text : Tls.pem("other-host"))))(
        `is unsent over %s and ${version}: ${title}`,
        ([_, client]) =>
          Effect.gen(function*() {
            const server = yield* Tls.server(text, () => {}, { minVersion: version, maxVersion: version })
            const failure = yield* acquire(client, `https://127.0.0.1:${server.port}`)
            assert.strictEqual(server.received(), 0)
            assert.deepInclude({ ...failure }, {
              reason: "tls",
              detail: code,
              delivery: "unsent",
              disposition: "fatal"
            })
          })
      )
    }
  }

  // The same codes also end a secure connection, so they prove nothing.
  it.scopedLive.each(Object.entries(Tls.clients(trusted)))(
    "to a port of plain HTTP is not proven unsent over %s",
    ([_, client]) =>
      Effect.gen(function*() {
        const port = yield* Effect.acquireRelease(
          Effect.async<Http.Server>((resume) => {
            const server = Http.createServer((_, response) => response.end())
            server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
          }),
          (server) => Effect.sync(() => server.close())
        ).pipe(Effect.map((server) => (server.address() as Net.AddressInfo).port))
        const failure = yield* acquire(client, `https://127.0.0.1:${port}`)
        assert.deepInclude({ ...failure }, { reason: "tls", delivery: "ambiguous", disposition: "retry" })
      })
  )
})
