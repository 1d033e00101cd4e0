import * as Predicate from "effect/Predicate"
import type { TransportReason } from "../../JindouyunError.js"

/** @internal */
export interface Diagnosis {
  readonly reason: TransportReason
  readonly delivery: "unsent" | "ambiguous"
  readonly detail: string | undefined
}

/**
 * What became of a request that got no answer, read from the causes of the client's error: each client nests the
 * system's error at another depth.
 *
 * `unsent` is an allow-list: a connection or a handshake that never stood. A reset proves nothing by itself.
 *
 * @internal
 */
export const diagnose = (error: unknown): Diagnosis => {
  const signs = collect(error, 6)
  const diagnoses = signs.map(read)
  const unsent = diagnoses.length > 0 && diagnoses.every((diagnosis) => diagnosis.delivery === "unsent")
  const first = diagnoses.find((diagnosis) => diagnosis.reason !== "other") ?? diagnoses[0]
  return first === undefined
    ? { reason: "other", delivery: "ambiguous", detail: undefined }
    : { ...first, delivery: unsent ? "unsent" : "ambiguous" }
}

interface Sign {
  readonly code: string
  readonly connecting: boolean
}

const collect = (error: unknown, depth: number): ReadonlyArray<Sign> => {
  if (depth === 0 || !Predicate.isRecord(error)) {
    return []
  }
  // Node tries every address of a host and reports them together: only if none was reached was nothing sent.
  if (Array.isArray(error.errors) && error.errors.length > 0) {
    return error.errors.flatMap((each) => collect(each, depth - 1))
  }
  if (Predicate.isString(error.code) && /^[A-Z0-9_]{1,60}$/.test(error.code)) {
    return [{ code: error.code, connecting: error.syscall === "connect" || error.syscall === "getaddrinfo" }]
  }
  return collect(error.cause, depth - 1)
}

const read = ({ code, connecting }: Sign): Diagnosis => {
  const reason = reasonOf(code, connecting)
  const unsent = connecting || reason === "connectTimeout" || handshake.test(code)
  return { reason, delivery: unsent ? "unsent" : "ambiguous", detail: code }
}

const reasonOf = (code: string, connecting: boolean): TransportReason => {
  switch (code) {
    case "ECONNREFUSED":
      return "refused"
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EAI_NODATA":
    case "EAI_NONAME":
      return "nameNotFound"
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EHOSTDOWN":
    case "ENETDOWN":
      return "unreachable"
    case "UND_ERR_CONNECT_TIMEOUT":
      return "connectTimeout"
    case "ETIMEDOUT":
      return connecting ? "connectTimeout" : "timeout"
    case "UND_ERR_HEADERS_TIMEOUT":
    case "UND_ERR_BODY_TIMEOUT":
      return "timeout"
    case "ECONNRESET":
    case "ECONNABORTED":
    case "EPIPE":
    case "UND_ERR_SOCKET":
      return "reset"
    default:
      return tls.test(code) ? "tls" : "other"
  }
}

// What ends a handshake, before anything of ours is written.
const handshake =
  /^(EPROTO|ERR_SSL_(WRONG_VERSION_NUMBER|UNSUPPORTED_PROTOCOL|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|.*HANDSHAKE_FAILURE|.*PROTOCOL_VERSION)|ERR_TLS_CERT_ALTNAME_INVALID|CERT_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(GET_ISSUER_CERT|GET_ISSUER_CERT_LOCALLY|VERIFY_LEAF_SIGNATURE|GET_CRL|DECODE_ISSUER_PUBLIC_KEY)|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH_EXCEEDED)$/

const tls = new RegExp(`${handshake.source}|^ERR_(SSL|TLS)_`)
