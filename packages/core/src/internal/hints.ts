// The hint of each cause of a failure, in English. The first row that matches a failure is its hint.
import * as DateTime from "effect/DateTime"

/** The fields of a failure that select and fill a hint. */
export interface Facts {
  readonly _tag: string
  readonly endpoint: string
  readonly baseUrl?: string | undefined
  readonly code?: number | undefined
  readonly status?: number | undefined
  readonly reason?: string | undefined
  readonly detail?: string | undefined
  readonly proxy?: string | undefined
  readonly delivery: string
  readonly disposition: string
  readonly retryAfter?: number | undefined
  readonly nextTryAt?: DateTime.Utc | undefined
  readonly refusedAt?: DateTime.Utc | undefined
  readonly whiteSpaceIn?: string | undefined
  readonly hasStream?: boolean | undefined
}

/** A cause: the test for it, and the hint. */
type Cause<Text extends string = string> = readonly [is: (failure: Facts) => boolean, text: Text]

/** The texts whose names in braces are filled. `chineseHints.ts` has each of them in Chinese. */
export type Text = (typeof causes)[number][1] | typeof unknown

/** The text of a failed request. */
export const textOf = (failure: Facts): Text => causes.find(([is]) => is(failure))?.[1] ?? unknown

/** The values of the names in braces. */
export type Words = { readonly [name: string]: (failure: Facts) => string | number | undefined }

/** A text whose names in braces are replaced by their values. A name without a value is left out. */
export const fill = (text: string, words: Words, failure: Facts): string =>
  text.replace(/\{([a-z]+)\}/gi, (_, name: string) => String(words[name]?.(failure) ?? ""))

/** The hint of a failed request. */
export const of = (failure: Facts): string => {
  const lapse = lapseOf(failure)
  const refused = lapse === undefined
    ? ""
    : `${
      failure.refusedAt === undefined
        ? ""
        : ` The refusal is from ${DateTime.formatIso(failure.refusedAt)} and was remembered; no request was sent.`
    } The credentials are not sent again until ${lapse}; reset and jindouyun login lift the refusal.`
  return (isKnownUnsent(failure) ? "Nothing was sent. " : "")
    + fill(textOf(failure), words, failure).replace(/^the /, "The ")
    + refused
}

/** Whole seconds, rounded up. */
export const secondsOf = (millis: number): number => Math.ceil(millis / 1000)

/** The host of the base URL, with its port. */
export const hostOf = ({ baseUrl }: Facts): string | undefined => baseUrl?.replace(/^[a-z]+:\/\/|\/.*$/g, "")

/** The names in braces that every language fills alike, and those of English. */
export const words = {
  base: ({ baseUrl = "the base URL" }) => baseUrl,
  code: ({ code }) => code,
  detail: ({ detail = "to no other address" }) => detail,
  endpoint: ({ endpoint }) => endpoint,
  host: (failure) => hostOf(failure) ?? "the host of the base URL",
  later: ({ nextTryAt, retryAfter }) =>
    nextTryAt !== undefined
      ? `the next attempt is made at ${DateTime.formatIso(nextTryAt)}`
      : retryAfter !== undefined
      ? `try again in ${secondsOf(retryAfter)} s`
      : "try again later",
  port: ({ baseUrl = "" }) => /:(\d+)/.exec(baseUrl)?.[1],
  proxy: ({ proxy }) => proxy,
  proxystatus: ({ detail = "" }) => /\d+$/.exec(detail)?.[0],
  root: ({ baseUrl = "" }) => baseUrl.replace(beforeApi, "$1"),
  status: ({ status }) => status,
  which: ({ whiteSpaceIn }) => whiteSpaceIn
} satisfies Words

/** Whether the hint begins with the fact that nothing was sent: a person asks this first where a handshake fails. */
export const isKnownUnsent = ({ delivery, reason }: Facts): boolean =>
  delivery === "unsent" && (reason === "tls" || reason === "nameNotFound")

const isAcquisition = ({ endpoint }: Facts): boolean => endpoint === "/api/access_token"
const isRefresh = ({ endpoint }: Facts): boolean => endpoint === "/api/refresh_token"
const isDenied = ({ reason, status }: Facts): boolean => reason === "status" && (status === 401 || status === 403)

// The statuses of the 300s that lead to no other address. The library asks for none of them.
const isNoRedirect = (status: number): boolean => status >= 300 && ![301, 302, 303, 307, 308].includes(status)

const isRefusedAcquisition = (failure: Facts): boolean =>
  isAcquisition(failure) && (failure.delivery === "answered" ? failure.disposition !== "retry" : isDenied(failure))

/** Until when refused credentials are not sent again. */
export type Lapse = NonNullable<ReturnType<typeof lapseOf>>

/** Until when the credentials of a failed acquisition are not sent again; undefined if they were not refused. */
export const lapseOf = (failure: Facts) =>
  !isRefusedAcquisition(failure)
    ? undefined
    : failure._tag === "AuthenticationFailed"
    ? "they change"
    : failure.code === undefined
    ? "they change or an hour has passed"
    // A code that is set to `fatal` does not lapse, which the failure does not show.
    : "they change or an hour has passed (never, if returnCodes sets the code to fatal)"

const coded = <const T extends string>(codes: string, text: T): Cause<T> => [
  ({ _tag, detail = "" }) => _tag === "TransportFailure" && new RegExp(`^(${codes})$`).test(detail),
  text
]

const because = <const T extends string>(reason: string, text: T): Cause<T> => [
  (failure) => failure.reason === reason,
  text
]

const tagged = <const T extends string>(tag: string, text: T): Cause<T> => [({ _tag }) => _tag === tag, text]

const unknown = "The platform is in trouble; try again later."

// A platform that has nothing at the path of a token request may also ask for a token there, which the request does not have.
const isOddRefusal = (failure: Facts): boolean =>
  failure.code === 40000
    ? isAcquisition(failure) || isRefresh(failure)
    : failure.code === 40003 && isAcquisition(failure)

// The part of a base URL before /api, which the library appends. If a report call is refused, the base URL led to a token.
const beforeApi = /^([a-z]+:\/\/.*?)\/api(\/.*)?$/i

const wiped =
  "The program wiped this secret with Redacted.unsafeWipe before a request needed it: wipe it later, or pass another one."

// dprint-ignore
const causes = [
  [(it) => beforeApi.test(it.baseUrl ?? "") && (it.status === 404 || isOddRefusal(it)),
    "The path of the base URL {base} contains /api, and {endpoint} is appended to it: set baseUrl (JINDOUYUN_BASE_URL) to {root}."],
  [({ whiteSpaceIn }) => whiteSpaceIn !== undefined,
    "The {which} begins or ends in white space, such as the newline of a file: remove it, or check the username and the password."],
  coded("the (password|refresh token|access token) was wiped",
    wiped),
  coded("the (password|refresh token|access token) is (missing|no Redacted|no text)",
    "The secret is no Redacted text: pass Redacted.make(text), and check that the variable of the text is set."),
  [({ hasStream }) => hasStream === true,
    "The platform rejected the token, and the body of the request is a stream, which cannot be sent again: make the request once more, with a new stream. The next request has a new token."],
  [(it) => it.disposition === "reauthenticate" && !isAcquisition(it) && !isRefresh(it),
    "The platform also rejects the token that replaced a rejected one: check where the token goes, tokenPlacement (JINDOUYUN_TOKEN_PLACEMENT) and tokenName (JINDOUYUN_TOKEN_NAME); another program may have logged in to the same account."],
  [({ reason, status }) => reason === "status" && status === 407,
    "A proxy requires a username and a password, or refuses them (HTTP 407): correct them where the program names the proxy."],
  [(it) => isDenied(it) && !isAcquisition(it) && !isRefresh(it),
    "A gateway in front of {host} denies {endpoint} (HTTP {status}): check whether the gateway admits this account and the address of this machine, and where the token goes, tokenPlacement (JINDOUYUN_TOKEN_PLACEMENT) and tokenName (JINDOUYUN_TOKEN_NAME)."],
  [(it) => isDenied(it) || (it.reason === "status" && it.status === 451),
    "A gateway in front of {host} denies access (HTTP {status}): check the credentials, and whether the gateway admits the address of this machine."],
  [({ disposition, status }) => disposition === "retry" && status === 429,
    "The platform or a gateway in front of it received too many requests (HTTP 429); {later}."],
  [({ reason, status = 0 }) => reason === "status" && (status >= 500 || status === 408 || status === 425),
    "The platform or a gateway in front of it is unavailable (HTTP {status}); {later}."],
  [({ reason, status = 0 }) => reason === "status" && [413, 414, 431].includes(status),
    "The request is too large for the gateway in front of {host} (HTTP {status}): shorten the parameters of the call, or raise the limit of the gateway."],
  [(it) => it.reason === "status" && !isAcquisition(it) && !isRefresh(it),
    "The platform has no {endpoint} at {base}, or refuses the call (HTTP {status}): correct the path, the method and the parameters of the endpoint, or the gateway in front of it."],
  [({ detail = "", reason }) => reason === "notText" && /^(content-encoding|gzip)/.test(detail),
    "The response is compressed ({detail}), although the request asks for identity: turn compression off in the gateway in front of {host}."],
  [(it) => it.reason === "invalidData" && !isAcquisition(it) && !isRefresh(it),
    "The data does not fit the schema of the endpoint {endpoint}: correct that schema ({detail})."],
  because("invalidData",
    "The platform reported success without the documented tokens ({detail}): check whether a gateway changes responses, then ask the platform's support."),
  [({ reason, status = 0 }) => reason === "status" || (reason === "redirect" && isNoRedirect(status)),
    "The platform does not answer at {base} (HTTP {status}): correct baseUrl (JINDOUYUN_BASE_URL), or the gateway in front of it."],
  because("notText",
    "The response of {host} is not UTF-8 text: check baseUrl (JINDOUYUN_BASE_URL) and the gateway in front of it."),
  [({ detail, reason }) => reason === "notEnvelope" && detail === "HTML or XML",
    "The response of {host} is a page of HTML or XML: correct baseUrl (JINDOUYUN_BASE_URL), the path of the endpoint, or the gateway in front of it."],
  [({ detail, reason }) => reason === "truncated" || (reason === "notEnvelope" && (detail === "an empty body" || detail === "not JSON")),
    "The response of {host} is empty, cut short or not JSON; {later}. If it stays so, correct the gateway in front of it."],
  because("notEnvelope",
    "The response of {host} has no code, message and data: check baseUrl (JINDOUYUN_BASE_URL) and the gateway in front of it."),
  because("tooLarge",
    "The response is larger than maxResponseBytes (JINDOUYUN_MAX_RESPONSE_BYTES): raise it, or check the base URL."),
  because("redirect",
    "Redirects are not followed ({detail}), so that secrets stay with one origin: set baseUrl (JINDOUYUN_BASE_URL) to the final address if the platform has moved there, or correct the gateway in front of {host}."),
  tagged("ApiVersionRejected",
    "This library sends APIVersion 3, the only value the platform documents; look for a newer release."),
  [(it) => it._tag === "InvalidParameter" && isRefresh(it),
    "The platform may expect the refresh token under another name: set refreshTokenField (JINDOUYUN_REFRESH_TOKEN_FIELD) to refresh_token, or back to refreshToken."],
  [(it) => it._tag === "InvalidParameter" && !isAcquisition(it),
    "Check the path and the parameters of the call."],
  tagged("InvalidParameter",
    "Check the username and the password, and the path of baseUrl (JINDOUYUN_BASE_URL)."),
  tagged("AuthenticationFailed",
    "Check the username and the password of the developer account."),
  [(it) => it._tag === "TokenRejected" && isRefresh(it),
    "The platform refused the refresh token. If the platform accepts a refresh only after expiry, set earlyRefresh to 0. If the field has another name, set refreshTokenField."],
  [(it) => it._tag === "TokenRejected" && !isAcquisition(it),
    "Pass the token to invalidate and read a new one; another process may have logged in to the same account."],
  tagged("TokenRejected",
    "The platform refuses the acquisition with the return code of an invalid token: check the username and the password."),
  [(it) => it.code !== undefined && it.disposition === "retry",
    "The platform failed ({code}); {later}."],
  [(it) => it._tag === "UnrecognizedReturnCode" && isAcquisition(it),
    "Look {code} up in the platform's appendix of return codes, and check the username and the password; the option returnCodes (JINDOUYUN_RETURN_CODES) sets its disposition."],
  tagged("UnrecognizedReturnCode",
    "Look {code} up in the platform's appendix of return codes; the option returnCodes (JINDOUYUN_RETURN_CODES) sets its disposition."),
  coded("CERT_HAS_EXPIRED",
    "The certificate of {host} has expired: renew it there, or correct the clock of this machine."),
  coded("CERT_NOT_YET_VALID",
    "The certificate of {host} is not valid yet: correct the clock of this machine, or the certificate."),
  coded("ERR_TLS_CERT_ALTNAME_.*|HOSTNAME_MISMATCH|ERR_SSL_.*UNRECOGNIZED_NAME",
    "The certificate is not for {host}: correct the host of baseUrl (JINDOUYUN_BASE_URL), or install a certificate for this host."),
  coded("(DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED)_CERT(_IN_CHAIN)?|UNABLE_TO_(GET_ISSUER|VERIFY).*|CERT_UNTRUSTED|INVALID_CA",
    "No authority that this machine trusts signed the certificate of {host}: name the authority's file in NODE_EXTRA_CA_CERTS, or pass it to the HTTP client."),
  coded("ERR_SSL_UNSUPPORTED_PROTOCOL|ERR_SSL_.*PROTOCOL_VERSION|ERR_SSL_.*HANDSHAKE_FAILURE",
    "{host} and this machine have no version or cipher of TLS in common: update the server or the gateway in front of it."),
  coded("ERR_SSL_.*ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)",
    "{host} does not accept the client certificate, or expects one: pass a certificate to the HTTP client."),
  coded("EPROTO|ERR_SSL_(WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG)",
    "The response of {host} is not TLS: correct the scheme and the port of baseUrl (JINDOUYUN_BASE_URL), or the gateway in between."),
  coded("UND_ERR_INVALID_ARG",
    "The undici dispatcher is of another major version than the fetch or the client that uses it: install the major in process.versions.undici, or provide NodeHttpClient.layerUndici."),
  coded("HPE_HEADER_OVERFLOW|UND_ERR_HEADERS_OVERFLOW",
    "The headers of the response of {host} are too large: correct the gateway in front of it."),
  coded("HPE_.*|HTTPParserError|UND_ERR_RES_.*",
    "The response of {host} is not valid HTTP: correct the port of baseUrl (JINDOUYUN_BASE_URL), or the gateway in between."),
  coded("the HTTP client died|the request died",
    "The HTTP client of the program threw an error: run the same request with FetchHttpClient.layer to compare, and correct that client."),
  coded("bad port",
    "fetch refuses to connect to port {port}, a port of another protocol, and sent nothing: correct the port of baseUrl (JINDOUYUN_BASE_URL), or provide NodeHttpClient.layerUndici."),
  coded("PROXY_STATUS_407",
    "A proxy requires a username and a password, or refuses them (HTTP 407): correct them where the program names the proxy."),
  coded("PROXY_STATUS_5\\d+",
    "A proxy cannot connect to {host} (HTTP {proxystatus}); {later}. If it stays so, correct the proxy, or exclude the host from the proxy."),
  coded("PROXY_STATUS_\\d+",
    "A proxy refuses the connection to {host} (HTTP {proxystatus}): allow the host in the proxy, or exclude the host from the proxy."),
  [({ proxy }) => proxy !== undefined,
    "Nothing answers at {proxy}, to which the client connects in place of {host}: start this proxy, or correct its address in the program."],
  because("refused",
    "Nothing listens at {host}: start the server, or correct host and port of baseUrl (JINDOUYUN_BASE_URL)."),
  because("nameNotFound",
    "{host} has no address: correct baseUrl (JINDOUYUN_BASE_URL), or check the name server."),
  because("unreachable",
    "There is no route to {host}: check the network."),
  because("tls",
    "The secure connection to {host} failed: check the certificate, its authority, and what stands in between."),
  because("connectTimeout",
    "{host} does not answer: check the network and the firewall."),
  because("reset",
    "The connection to {host} was cut; {later}."),
  coded("no answer within the timeout of the endpoint",
    "The response took too long; {later}, or raise timeout of the endpoint {endpoint}."),
  because("timeout",
    "The response took too long; {later}, or raise requestTimeout (JINDOUYUN_REQUEST_TIMEOUT) and renewalTimeout."),
  [({ detail, reason }) => reason === "other" && detail === undefined,
    "The request to {host} failed below HTTP and the client gave no code: send the same request with NodeHttpClient.layerUndici, which gives one, and check the network."],
  because("other",
    "The request to {host} failed below HTTP: look up the code in the message, and check the network.")
] as const satisfies ReadonlyArray<Cause>

/** The hint of credentials that could not be read. */
export const CredentialsUnavailable = (detail: string) =>
  /was wiped/.test(detail)
    ? wiped
    : /threw|died/.test(detail)
    ? "The effect that reads the credentials threw an error: catch the error there, or fail with CredentialsUnavailable."
    : /took too long/.test(detail)
    ? "The source of the credentials did not answer within renewalTimeout (JINDOUYUN_RENEWAL_TIMEOUT): check the source or raise the limit."
    : "Check where the username and the password come from."

const StoreFailure = "Check the store that holds the token pair."

/** The hint of a store's failure, by the system's error code. */
export const system = (code: string | undefined): string => {
  const cause = systemCauseOf(code)
  return cause === undefined
    ? StoreFailure
    : `${cause.text}${
      cause.isOnDisk
        ? ", or use another folder (XDG_STATE_HOME for the command) or another store (--store redis)"
        : ""
    }.`
}

/** The cause of a store's failure; undefined for an unknown code. */
export const systemCauseOf = (code: string | undefined) =>
  systemCauses.find(({ codes }) => code !== undefined && codes.split(" ").includes(code))

/** The texts of `systemCauseOf`. `chineseHints.ts` has each of them in Chinese. */
export type SystemText = (typeof systemCauses)[number]["text"]

const onDisk = <const T extends string>(codes: string, text: T) => ({ codes, text, isOnDisk: true })

const elsewhere = <const T extends string>(codes: string, text: T) => ({ codes, text, isOnDisk: false })

const systemCauses = [
  onDisk("ENOSPC EDQUOT EFBIG", "No space is left: free space or raise the quota"),
  onDisk("EROFS", "The disk is read-only: mount it for writing"),
  onDisk(
    "EACCES EPERM",
    "The system denies access: correct owner and permissions of this path and of the folders above it"
  ),
  onDisk("EXDEV", "The folder spans two disks: put it on one disk"),
  onDisk("EMFILE ENFILE", "Too many files are open: close some or raise the limit (ulimit -n)"),
  onDisk("ENOTSUP EOPNOTSUPP ENOSYS EINVAL EMLINK", "The disk does not support this operation: use another disk"),
  onDisk("ELOOP", "Symbolic links form a loop: correct the links"),
  onDisk("EISDIR", "A folder is where a file should be: move it away"),
  onDisk("ENOTDIR EEXIST ENOTEMPTY", "Something else is where a folder should be: move it away"),
  onDisk("ENAMETOOLONG", "The path is too long: shorten it"),
  onDisk("ENOENT", "A folder or a file is missing: create the folder again"),
  onDisk("EBUSY ETXTBSY EAGAIN", "Another program uses the file: end that program"),
  onDisk("EIO ENXIO ENODEV ESTALE", "The disk fails or is not connected: check the disk and its mount"),
  elsewhere("ECONNREFUSED", "Nothing listens there: start the store, or correct host and port"),
  elsewhere("ENOTFOUND EAI_AGAIN", "The host has no address: correct the host, or check the name server"),
  elsewhere(
    "ETIMEDOUT EHOSTUNREACH ENETUNREACH EHOSTDOWN ENETDOWN",
    "The host does not answer: check the network and the firewall"
  ),
  elsewhere("ECONNRESET ECONNABORTED EPIPE", "The connection was cut: check the store and try again")
]

export const ProviderClosed = "Read tokens only while the layer that made the provider is open."

interface Setting {
  readonly setting: string
  readonly variable?: string | undefined
  readonly expected: string
}

/** The name of a setting and its variable: only the program knows whether it gave the value as an option. */
export const settingOf = ({ setting, variable }: Setting): string =>
  variable === undefined || variable === setting ? setting : `${setting} (environment: ${variable})`

/** The hint of an invalid setting. */
export const InvalidConfiguration = (setting: Setting): string => `Set ${settingOf(setting)} to ${setting.expected}.`
