import * as Data from "effect/Data"
import * as Predicate from "effect/Predicate"
import type * as hints from "../hints.js"

type Reason = keyof typeof hints.transport

/**
 * What became of a request that got no answer. As the `cause` of an error it stands for the causes it was read from.
 */
export class Diagnosis extends Data.Class<{
  readonly reason: Reason
  readonly delivery: "unsent" | "ambiguous"
  readonly detail: string | undefined
}> {}

/**
 * Reads a diagnosis from the causes of a client's error. Each client nests the system's error at another depth.
 *
 * `unsent` is an allow-list: a connection or a handshake that never stood. A reset alone proves nothing.
 */
export const diagnose = (error: unknown): Diagnosis => {
  const known = Predicate.hasProperty(error, "cause") ? error.cause : error
  if (known instanceof Diagnosis) {
    return known
  }
  const diagnoses = collect(error, 6)
  const unsent = diagnoses.length > 0 && diagnoses.every((diagnosis) => diagnosis.delivery === "unsent")
  const first = diagnoses.find((diagnosis) => diagnosis.reason !== "other") ?? diagnoses[0]
  const timedOut = Predicate.isTagged(error, "TimeoutException")
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
  if (Predicate.isString(error.code) && /^[A-Z0-9_]{1,60}$/.test(error.code)) {
    return [read(error.code, error.syscall === "connect" || error.syscall === "getaddrinfo")]
  }
  return collect(error.cause, depth - 1)
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

// What ends a handshake, before anything of ours is written.
const handshake =
  /^(EPROTO|ERR_SSL_(WRONG_VERSION_NUMBER|UNSUPPORTED_PROTOCOL|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|.*HANDSHAKE_FAILURE|.*PROTOCOL_VERSION)|ERR_TLS_CERT_ALTNAME_INVALID|CERT_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(GET_ISSUER_CERT|GET_ISSUER_CERT_LOCALLY|VERIFY_LEAF_SIGNATURE|GET_CRL|DECODE_ISSUER_PUBLIC_KEY)|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH_EXCEEDED)$/

const tls = new RegExp(`${handshake.source}|^ERR_(SSL|TLS)_`)
