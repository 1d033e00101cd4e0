import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import { diagnose } from "../../../src/internal/http/transportError.js"

type Shape = Record<string, unknown>

const system = (code: string, more: Shape = {}) =>
  Object.assign(new Error(`${more["syscall"] ?? "read"} ${code} CANARY`), { code, errno: -1, ...more })

const undici = (name: string, code: string, cause?: unknown) =>
  Object.assign(new Error(name, { cause }), { name, code })

const happyEyeballs = (...errors: ReadonlyArray<unknown>) =>
  Object.assign(new AggregateError(errors), { code: (errors[0] as { readonly code?: string }).code })

/** fetch hides what happened one level deeper than the others. */
const fetchFailed = (cause: unknown) => new TypeError("fetch failed", { cause })

const inClient = (cause: unknown) =>
  new HttpClientError.RequestError({
    request: HttpClientRequest.post("https://platform.example/api/access_token"),
    reason: "Transport",
    cause
  })

/** The diagnosis without the place of the connection, which has tests of its own. */
const known = (error: unknown): Shape => {
  const { peer: _, ...diagnosis } = diagnose(error)
  return diagnosis
}

const connect = { syscall: "connect", address: "192.0.2.1", port: 443 }
const lookup = { syscall: "getaddrinfo", hostname: "platform.example" }

const cases: ReadonlyArray<
  readonly [name: string, error: unknown, reason: string, delivery: "unsent" | "ambiguous", detail: string | undefined]
> = [
  ["a refused connection", system("ECONNREFUSED", connect), "refused", "unsent", "ECONNREFUSED"],
  ["a name without address", system("ENOTFOUND", lookup), "nameNotFound", "unsent", "ENOTFOUND"],
  ["a name server in trouble", system("EAI_AGAIN", lookup), "nameNotFound", "unsent", "EAI_AGAIN"],
  ["a host without route", system("EHOSTUNREACH", connect), "unreachable", "unsent", "EHOSTUNREACH"],
  ["a network without route", system("ENETUNREACH", connect), "unreachable", "unsent", "ENETUNREACH"],
  ["a connection that never stood", system("ETIMEDOUT", connect), "connectTimeout", "unsent", "ETIMEDOUT"],
  ["a reset while connecting", system("ECONNRESET", connect), "reset", "unsent", "ECONNRESET"],
  ["a reset while reading", system("ECONNRESET", { syscall: "read" }), "reset", "ambiguous", "ECONNRESET"],
  ["a reset while writing", system("ECONNRESET", { syscall: "write" }), "reset", "ambiguous", "ECONNRESET"],
  ["a reset that says no more", system("ECONNRESET"), "reset", "ambiguous", "ECONNRESET"],
  ["a broken pipe", system("EPIPE", { syscall: "write" }), "reset", "ambiguous", "EPIPE"],
  [
    "a lost route in mid-stream",
    system("EHOSTUNREACH", { syscall: "read" }),
    "unreachable",
    "ambiguous",
    "EHOSTUNREACH"
  ],
  ["a connection gone silent", system("ETIMEDOUT", { syscall: "read" }), "timeout", "ambiguous", "ETIMEDOUT"],
  [
    "TLS spoken to a plain port",
    system("ERR_SSL_WRONG_VERSION_NUMBER"),
    "tls",
    "ambiguous",
    "ERR_SSL_WRONG_VERSION_NUMBER"
  ],
  [
    "TLS spoken to a plain port, on node's client",
    system("EPROTO", { syscall: "write" }),
    "tls",
    "ambiguous",
    "EPROTO"
  ],
  [
    "a server whose TLS is too old",
    system("ERR_SSL_UNSUPPORTED_PROTOCOL"),
    "tls",
    "unsent",
    "ERR_SSL_UNSUPPORTED_PROTOCOL"
  ],
  ["a certificate that has expired", system("CERT_HAS_EXPIRED"), "tls", "unsent", "CERT_HAS_EXPIRED"],
  [
    "a certificate signed by itself",
    system("DEPTH_ZERO_SELF_SIGNED_CERT"),
    "tls",
    "unsent",
    "DEPTH_ZERO_SELF_SIGNED_CERT"
  ],
  ["a chain signed by itself", system("SELF_SIGNED_CERT_IN_CHAIN"), "tls", "unsent", "SELF_SIGNED_CERT_IN_CHAIN"],
  [
    "an unknown authority",
    system("UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
    "tls",
    "unsent",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
  ],
  [
    "a certificate of another host",
    system("ERR_TLS_CERT_ALTNAME_INVALID", { host: "platform.example" }),
    "tls",
    "unsent",
    "ERR_TLS_CERT_ALTNAME_INVALID"
  ],
  [
    "undici's connect timeout",
    undici("ConnectTimeoutError", "UND_ERR_CONNECT_TIMEOUT"),
    "connectTimeout",
    "unsent",
    "UND_ERR_CONNECT_TIMEOUT"
  ],
  [
    "undici's headers timeout",
    undici("HeadersTimeoutError", "UND_ERR_HEADERS_TIMEOUT"),
    "timeout",
    "ambiguous",
    "UND_ERR_HEADERS_TIMEOUT"
  ],
  [
    "undici's body timeout",
    undici("BodyTimeoutError", "UND_ERR_BODY_TIMEOUT"),
    "timeout",
    "ambiguous",
    "UND_ERR_BODY_TIMEOUT"
  ],
  [
    "undici's other side closed",
    undici("SocketError", "UND_ERR_SOCKET"),
    "reset",
    "ambiguous",
    "UND_ERR_SOCKET"
  ],
  [
    "undici's closed client",
    undici("ClientClosedError", "UND_ERR_CLOSED"),
    "other",
    "ambiguous",
    "UND_ERR_CLOSED"
  ],
  [
    "all addresses refused",
    happyEyeballs(system("ECONNREFUSED", connect), system("ECONNREFUSED", { ...connect, address: "2001:db8::1" })),
    "refused",
    "unsent",
    "ECONNREFUSED"
  ],
  [
    "one address refused, one without route",
    happyEyeballs(system("ENETUNREACH", connect), system("ECONNREFUSED", connect)),
    "unreachable",
    "unsent",
    "ENETUNREACH"
  ],
  [
    "one address refused, one reset after it stood",
    happyEyeballs(system("ECONNREFUSED", connect), system("ECONNRESET", { syscall: "read" })),
    "refused",
    "ambiguous",
    "ECONNREFUSED"
  ]
]

const wrappings: ReadonlyArray<readonly [string, (error: unknown) => unknown]> = [
  ["as it is", (error) => error],
  ["in the error of node's or undici's client", inClient],
  ["in the error of fetch", (error) => inClient(fetchFailed(error))]
]

describe("diagnose", () => {
  for (const [where, wrap] of wrappings) {
    it.each(cases)(`of %s, ${where}, is known`, (_name, error, reason, delivery, detail) => {
      assert.deepStrictEqual(known(wrap(error)), { reason, delivery, detail })
    })
  }

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["text", "ECONNREFUSED"],
    ["an error without a code", new Error("ECONNREFUSED")],
    ["fetch failed without a cause", fetchFailed(undefined)],
    ["an abort", new DOMException("aborted", "AbortError")],
    ["a timeout of a signal", new DOMException("timed out", "TimeoutError")],
    ["an AggregateError of nothing", new AggregateError([])],
    ["a numeric code", Object.assign(new Error("x"), { code: 61 })],
    ["a code that is a sentence", Object.assign(new Error("x"), { code: "password CANARY" })],
    ["a code without end", Object.assign(new Error("x"), { code: "A".repeat(500) })]
  ])("of %s proves nothing", (_name, error) => {
    for (const [, wrap] of wrappings) {
      assert.deepStrictEqual(known(wrap(error)), {
        reason: "other",
        delivery: "ambiguous",
        detail: undefined
      })
    }
  })

  it.each<[string, unknown, unknown]>([
    ["a refused connection", system("ECONNREFUSED", connect), { host: "192.0.2.1", port: 443 }],
    ["a name without address", system("ENOTFOUND", lookup), { host: "platform.example", port: undefined }],
    ["several addresses", happyEyeballs(system("ECONNREFUSED", connect)), { host: "192.0.2.1", port: 443 }],
    ["a connection that stood", system("ECONNRESET", { ...connect, syscall: "read" }), undefined],
    ["a socket of Unix", system("ECONNREFUSED", { syscall: "connect", address: "/tmp/a" }), {
      host: "/tmp/a",
      port: undefined
    }],
    ["no address", system("ECONNREFUSED", { syscall: "connect" }), undefined]
  ])("names the place of %s", (_name, error, peer) => {
    for (const [, wrap] of wrappings) {
      assert.deepStrictEqual(diagnose(wrap(error)).peer, peer as never)
    }
  })

  it.each([
    ["tlsv1 alert protocol version", "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "ambiguous"],
    ["wrong version number", "ERR_SSL_WRONG_VERSION_NUMBER", "ambiguous"],
    ["unsupported protocol", "ERR_SSL_UNSUPPORTED_PROTOCOL", "unsent"],
    ["<CANARY>", "EPROTO", "ambiguous"]
  ])("EPROTO of Node's client has OpenSSL's reason in its message: %s", (reason, detail, delivery) => {
    const message = `write EPROTO 80AC:error:0A00042E:SSL routines:ssl3_read_bytes:${reason}:../ssl/record.c:1601:\n`
    const error = Object.assign(new Error(message), { code: "EPROTO", syscall: "write" })
    assert.deepStrictEqual(known(inClient(error)), { reason: "tls", delivery, detail })
  })

  it("an unknown code with a system call other than connecting proves nothing", () => {
    assert.deepStrictEqual({ ...diagnose(system("EIO", { syscall: "read" })) }, {
      reason: "other",
      delivery: "ambiguous",
      detail: "EIO"
    })
  })

  // Each of these also ends a secure connection, when the request may have been read.
  it.each([
    "EPROTO",
    "ERR_SSL_WRONG_VERSION_NUMBER",
    "ERR_SSL_PACKET_LENGTH_TOO_LONG",
    "ERR_SSL_HTTP_REQUEST",
    "ERR_SSL_UNEXPECTED_MESSAGE",
    "ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC",
    "ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC",
    "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE",
    "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
    "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
    "ERR_TLS_RENEGOTIATION_DISABLED"
  ])("%s, of TLS, does not prove that nothing was sent", (code) => {
    for (const syscall of [undefined, "read", "write"]) {
      const diagnosis = diagnose(inClient(system(code, { syscall })))
      assert.deepStrictEqual({ ...diagnosis }, { reason: "tls", delivery: "ambiguous", detail: code })
    }
  })

  it.each([
    "CERT_NOT_YET_VALID",
    "CERT_REVOKED",
    "CERT_UNTRUSTED",
    "CRL_HAS_EXPIRED",
    "ERROR_IN_CERT_NOT_AFTER_FIELD",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "UNABLE_TO_DECRYPT_CERT_SIGNATURE",
    "INVALID_PURPOSE",
    "HOSTNAME_MISMATCH",
    "ERR_TLS_CERT_ALTNAME_FORMAT"
  ])("%s, of a certificate, proves that nothing was sent", (code) => {
    assert.deepStrictEqual({ ...diagnose(inClient(system(code))) }, { reason: "tls", delivery: "unsent", detail: code })
  })

  it("a cause that is its own cause ends", () => {
    const error = new Error("x")
    error.cause = error
    assert.strictEqual(diagnose(error).delivery, "ambiguous")
  })

  it("repeats nothing of a message", () => {
    for (const [, error] of cases) {
      assert.notInclude(JSON.stringify(diagnose(inClient(error))), "CANARY")
    }
  })
})
