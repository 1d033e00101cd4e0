import * as Data from "effect/Data"
import * as Predicate from "effect/Predicate"
import { isTimeout } from "../edition/isTimeout.js"

/** Why no response came. */
export const transportReasons = [
  "refused",
  "nameNotFound",
  "unreachable",
  "tls",
  "connectTimeout",
  "reset",
  "timeout",
  "other"
] as const

type Reason = typeof transportReasons[number]

/**
 * The reason and the delivery of a request that got no answer. As the `cause` of an error it stands for the causes it was read from.
 */
export class Diagnosis extends Data.Class<{
  readonly reason: Reason
  readonly delivery: "unsent" | "ambiguous"
  readonly detail: string | undefined
  /** The address of the failed connection attempt, if the system's error names it. */
  readonly peer?: Peer
}> {}

/** The host of a failed connection attempt, and its port if the error of the system names one. */
export interface Peer {
  readonly host: string
  readonly port: number | undefined
}

/**
 * Reads a diagnosis from the causes of a client's error. Each client nests the system's error at another depth.
 *
 * `unsent` is an allow-list: a connection that never stood or was never secure. A reset alone proves nothing.
 */
export const diagnose = (error: unknown): Diagnosis => {
  const known = Predicate.hasProperty(error, "cause") ? error.cause : error
  if (known instanceof Diagnosis) {
    return known
  }
  const diagnoses = collect(error, 6)
  const unsent = diagnoses.length > 0 && diagnoses.every((diagnosis) => diagnosis.delivery === "unsent")
  const first = diagnoses.find((diagnosis) => diagnosis.reason !== "other") ?? diagnoses[0]
  const timedOut = isTimeout(error)
  return first === undefined
    ? new Diagnosis({ reason: timedOut ? "timeout" : "other", delivery: "ambiguous", detail: undefined })
    : new Diagnosis({ ...first, delivery: unsent ? "unsent" : "ambiguous" })
}

const collect = (error: unknown, depth: number): ReadonlyArray<Diagnosis> => {
  if (depth === 0 || !Predicate.isRecord(error)) {
    return []
  }
  // Node tries every address of a host and reports them together: only if none was reached was nothing sent.
  if (Array.isArray(error.errors) && error.errors.length > 0) {
    return error.errors.flatMap((each) => collect(each, depth - 1))
  }
  const proxyStatus = error instanceof Error ? proxyAnswer.exec(error.message)?.slice(1).find(Boolean) : undefined
  if (proxyStatus !== undefined) {
    return [new Diagnosis({ reason: "other", delivery: "unsent", detail: `PROXY_STATUS_${proxyStatus}` })]
  }
  if (Predicate.isString(error.code) && /^[A-Z0-9_]{1,60}$/.test(error.code)) {
    const isConnecting = error.syscall === "connect" || error.syscall === "getaddrinfo"
    const peer = isConnecting ? peerOf(error) : undefined
    return [new Diagnosis({ ...read(codeOf(error.code, error.message), isConnecting), ...(peer && { peer }) })]
  }
  // fetch refuses the ports of other protocols before it connects, and gives no code.
  if (error.message === "bad port") {
    return [new Diagnosis({ reason: "other", delivery: "unsent", detail: error.message })]
  }
  // undici gives no code to a response that is not HTTP.
  return error.name === "HTTPParserError" ? [read(error.name, false)] : collect(error.cause, depth - 1)
}

// undici reports the status of a proxy that opens no connection, or wants a password, only in a message.
const proxyAnswer = /^Proxy response \((\d{3})\)|^Proxy Authentication Required \((407)\)/

const peerOf = ({ address, hostname, port }: { readonly [name: string]: unknown }): Peer | undefined => {
  const host = address ?? hostname
  return Predicate.isString(host) ? { host, port: Predicate.isNumber(port) ? port : undefined } : undefined
}

// For each failure of TLS while a request is written, Node's own client has the code EPROTO and OpenSSL's reason in the message.
const codeOf = (code: string, message: unknown): string => {
  const [, reason] = code === "EPROTO" ? /:SSL routines:\w*:([a-z0-9 ]{1,60}):/i.exec(String(message)) ?? [] : []
  return reason === undefined ? code : `ERR_SSL_${reason.toUpperCase().replaceAll(" ", "_")}`
}

const read = (code: string, connecting: boolean): Diagnosis => {
  const reason = code === "ETIMEDOUT" && connecting
    ? "connectTimeout"
    : reasons[code] ?? (tls.test(code) ? "tls" : "other")
  const unsent = connecting || reason === "connectTimeout" || handshake.test(code)
  return new Diagnosis({ reason, delivery: unsent ? "unsent" : "ambiguous", detail: code })
}

const reasons: { readonly [code: string]: Reason } = {
  ECONNREFUSED: "refused",
  ENOTFOUND: "nameNotFound",
  EAI_AGAIN: "nameNotFound",
  EAI_NODATA: "nameNotFound",
  EAI_NONAME: "nameNotFound",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  EHOSTDOWN: "unreachable",
  ENETDOWN: "unreachable",
  UND_ERR_CONNECT_TIMEOUT: "connectTimeout",
  ETIMEDOUT: "timeout",
  UND_ERR_HEADERS_TIMEOUT: "timeout",
  UND_ERR_BODY_TIMEOUT: "timeout",
  ECONNRESET: "reset",
  ECONNABORTED: "reset",
  EPIPE: "reset",
  UND_ERR_SOCKET: "reset"
}

// The codes with which only a handshake can end. Any other code of TLS, EPROTO and the alerts of the other side among them, also ends
// a secure connection, when the platform may have acted.
const handshake = new RegExp(
  `^(${
    [
      // The version in the hello of the server is refused; a secure connection has its version.
      "ERR_SSL_UNSUPPORTED_PROTOCOL",
      // Node compares the certificate with the host before it writes anything.
      "ERR_TLS_CERT_ALTNAME_(INVALID|FORMAT)",
      // The results of OpenSSL's verification of a certificate, which Node reports before it writes anything.
      "CERT_.*|CRL_.*|ERROR_IN_C(ERT|RL)_.*|(DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED)_CERT(_IN_CHAIN)?",
      "UNABLE_TO_(GET|VERIFY|DECODE|DECRYPT)_.*|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED"
    ].join("|")
  })$`
)

const tls = new RegExp(`${handshake.source}|^(EPROTO|ERR_(SSL|TLS)_.*)$`)
