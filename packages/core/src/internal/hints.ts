// The hint of each cause of a failure. The first row that matches a failure is its hint.
import * as DateTime from "effect/DateTime"
import type { Localized } from "../ReturnCode.js"

/** The fields of a failure that select and fill a hint. */
export interface Facts {
  readonly _tag: string
  readonly endpoint: string
  readonly baseUrl?: string | undefined
  readonly code?: number | undefined
  readonly status?: number | undefined
  readonly reason?: string | undefined
  readonly detail?: string | undefined
  readonly delivery: string
  readonly disposition: string
  readonly retryAfter?: number | undefined
  readonly nextTryAt?: DateTime.Utc | undefined
  readonly refusedAt?: DateTime.Utc | undefined
  readonly whiteSpaceIn?: string | undefined
}

/** A cause: the test for it, and the hint. */
type Cause = readonly [is: (failure: Facts) => boolean, en: string, zh: string]

/** The hint of a failed request. */
export const of = (failure: Facts): Localized => {
  const [, en, zh] = causes.find(([is]) => is(failure)) ?? unknown
  const { en: sent, zh: sentZh } = unsent(failure)
  const { en: memory, zh: memoryZh } = memoryOf(failure)
  const filled = (text: string, language: keyof Localized) =>
    text.replace(/\{([a-z]+)\}/gi, (_, name: string) => words[name]?.(failure)[language] ?? "")
  return {
    en: sent + filled(en, "en").replace(/^the /, "The ") + memory,
    zh: sentZh + filled(zh, "zh").trimStart().replace(/ (?=[：；，。])/g, "") + memoryZh
  }
}

const same = (text: string | number = ""): Localized => ({ en: `${text}`, zh: `${text}` })

const seconds = (millis: number): number => Math.ceil(millis / 1000)

/** The values of the names in braces. */
const words: { readonly [name: string]: (failure: Facts) => Localized } = {
  base: ({ baseUrl }) => baseUrl === undefined ? { en: "the base URL", zh: "baseUrl" } : same(baseUrl),
  code: ({ code }) => same(code),
  detail: ({ detail }) => same(detail),
  endpoint: ({ endpoint }) => same(endpoint),
  host: ({ baseUrl }) => {
    const host = baseUrl?.replace(/^[a-z]+:\/\/|\/.*$/g, "")
    return host === undefined
      ? { en: "the host of the base URL", zh: "目标主机" }
      : { en: host, zh: ` ${host} ` }
  },
  later: ({ nextTryAt, retryAfter }) =>
    nextTryAt !== undefined
      ? {
        en: `the next attempt is made at ${DateTime.formatIso(nextTryAt)}`,
        zh: `下一次请求时间为 ${DateTime.formatIso(nextTryAt)}`
      }
      : retryAfter !== undefined
      ? { en: `try again in ${seconds(retryAfter)} s`, zh: `请在 ${seconds(retryAfter)} 秒后重试` }
      : { en: "try again later", zh: "请稍后重试" },
  port: ({ baseUrl = "" }) => same(/:(\d+)/.exec(baseUrl)?.[1]),
  root: ({ baseUrl = "" }) => same(baseUrl.replace(beforeApi, "$1")),
  status: ({ status }) => same(status),
  which: ({ whiteSpaceIn }) => ({ en: whiteSpaceIn ?? "", zh: whiteSpaceIn === "password" ? "密码" : "用户名" })
}

const nothing: Localized = { en: "", zh: "" }

// A person asks this first where a handshake fails or a host is unknown.
const unsent = ({ delivery, reason }: Facts): Localized =>
  delivery === "unsent" && (reason === "tls" || reason === "nameNotFound")
    ? { en: "Nothing was sent. ", zh: "请求未发出。" }
    : nothing

const isAcquisition = ({ endpoint }: Facts): boolean => endpoint === "/api/access_token"
const isRefresh = ({ endpoint }: Facts): boolean => endpoint === "/api/refresh_token"
const isDenied = ({ reason, status }: Facts): boolean => reason === "status" && (status === 401 || status === 403)

const isRefusedAcquisition = (failure: Facts): boolean =>
  isAcquisition(failure) && (failure.delivery === "answered" ? failure.disposition !== "retry" : isDenied(failure))

/** Until when refused credentials are not sent again, and how to lift the refusal. */
const memoryOf = (failure: Facts): Localized => {
  if (!isRefusedAcquisition(failure)) {
    return nothing
  }
  const at = failure.refusedAt === undefined ? undefined : DateTime.formatIso(failure.refusedAt)
  // A code that is set to `fatal` does not lapse, which the failure does not show.
  const [lapse, lapseZh] = failure._tag === "AuthenticationFailed"
    ? ["they change", "在修改凭据之前，"]
    : failure.code === undefined
    ? ["they change or an hour has passed", "在修改凭据或满一小时之前，"]
    : [
      "they change or an hour has passed (never, if returnCodes sets the code to fatal)",
      "在修改凭据或满一小时之前（若 returnCodes 将该返回码设为 fatal，则在修改凭据之前），"
    ]
  return {
    en: `${
      at === undefined ? "" : ` The refusal is from ${at} and was remembered; no request was sent.`
    } The credentials are not sent again until ${lapse}; reset and jindouyun login lift the refusal.`,
    zh: `${
      at === undefined ? "" : `凭据已于 ${at} 被拒绝；此结果来自记录，没有再次发送请求。`
    }${lapseZh}不会再次发送凭据；可用 reset 或 jindouyun login 解除。`
  }
}

const coded = (codes: string, en: string, zh: string): Cause => [
  ({ _tag, detail = "" }) => _tag === "TransportFailure" && new RegExp(`^(${codes})$`).test(detail),
  en,
  zh
]

const unknown: Cause = [() => true, "The platform is in trouble; try again later.", "平台暂时故障，请稍后重试。"]

const because = (reason: string, en: string, zh: string): Cause => [(failure) => failure.reason === reason, en, zh]

const tagged = (tag: string, en: string, zh: string): Cause => [({ _tag }) => _tag === tag, en, zh]

// The part of a base URL before /api, which the library appends. If a report call is refused, the base URL led to a token.
const beforeApi = /^([a-z]+:\/\/.*?)\/api(\/.*)?$/i

const wiped: Localized = {
  en:
    "The program wiped this secret with Redacted.unsafeWipe before a request needed it: wipe it later, or hand in another one.",
  zh: "程序在请求需要该敏感信息之前已用 Redacted.unsafeWipe 将其清除：请在不再需要之后清除，或提供新的。"
}

// dprint-ignore
const causes: ReadonlyArray<Cause> = [
  [(it) => beforeApi.test(it.baseUrl ?? "") && (it.status === 404 || (it.code === 40000 && (isAcquisition(it) || isRefresh(it)))),
    "The path of the base URL {base} contains /api, and {endpoint} is appended to it: set baseUrl (JINDOUYUN_BASE_URL) to {root}.",
    "baseUrl {base} 的路径中已含 /api，而 {endpoint} 会附加在其后：请将 baseUrl（JINDOUYUN_BASE_URL）设为 {root}。"],
  [({ whiteSpaceIn }) => whiteSpaceIn !== undefined,
    "The {which} begins or ends in white space, such as the newline of a file: remove it, or check the username and the password.",
    "{which}的开头或结尾有空白字符（例如文件末尾的换行）：请去除，或检查用户名和密码。"],
  coded("the (password|refresh token|access token) was wiped",
    wiped.en,
    wiped.zh),
  [(it) => it.disposition === "reauthenticate" && !isAcquisition(it) && !isRefresh(it),
    "The platform also rejects the token that replaced a rejected one: check where the token goes, tokenPlacement (JINDOUYUN_TOKEN_PLACEMENT) and tokenName (JINDOUYUN_TOKEN_NAME); another program may have logged in to the same account.",
    "换新后的 Token 仍被平台拒绝：请检查 Token 的位置 tokenPlacement（JINDOUYUN_TOKEN_PLACEMENT）和名称 tokenName（JINDOUYUN_TOKEN_NAME）；也可能有其他程序登录了同一账号。"],
  [isDenied,
    "A gateway in front of {host} denies access (HTTP {status}): check the credentials, and whether the gateway admits the address of this machine.",
    "{host}前的网关拒绝访问（HTTP {status}）：请检查凭据，以及网关是否允许本机地址。"],
  [({ reason, status }) => reason === "status" && status === 429,
    "The platform or a gateway in front of it is asked too often (HTTP 429); {later}.",
    "请求过于频繁，被平台或其前面的网关限流（HTTP 429）；{later}。"],
  [({ reason, status = 0 }) => reason === "status" && (status >= 500 || status === 408 || status === 425),
    "The platform or a gateway in front of it is unavailable (HTTP {status}); {later}.",
    "平台或其前面的网关暂时不可用（HTTP {status}）；{later}。"],
  [({ detail = "", reason }) => reason === "notText" && detail.startsWith("content-encoding"),
    "The response is compressed ({detail}), although the request asks for identity: turn compression off in the gateway in front of {host}.",
    "响应被压缩（{detail}），但请求已要求不压缩（identity）：请在{host}前的网关中关闭压缩。"],
  [(it) => it.reason === "invalidData" && !isAcquisition(it) && !isRefresh(it),
    "The data does not fit the schema of the endpoint {endpoint}: correct that schema ({detail}).",
    "数据与接口 {endpoint} 的 Schema 不符：请修正该 Schema（{detail}）。"],
  because("invalidData",
    "The platform reported success without the documented tokens ({detail}): check whether a gateway changes responses, then ask the platform's support.",
    "平台返回成功，但响应中没有文档所述的 Token（{detail}）：请检查网关是否改写了响应，然后联系平台技术支持。"),
  because("status",
    "Nothing of the platform answers at {base} (HTTP {status}): correct baseUrl (JINDOUYUN_BASE_URL), or the gateway in front of it.",
    "{base} 处没有平台的服务（HTTP {status}）：请修正 baseUrl（JINDOUYUN_BASE_URL）或其前面的网关。"),
  because("notText",
    "The response of {host} is not UTF-8 text: check baseUrl (JINDOUYUN_BASE_URL) and the gateway in front of it.",
    "{host}的响应不是 UTF-8 文本：请检查 baseUrl（JINDOUYUN_BASE_URL）以及中间的网关。"),
  because("notEnvelope",
    "The response of {host} has no code, message and data: check baseUrl (JINDOUYUN_BASE_URL) and the gateway in front of it.",
    "{host}的响应没有 code/message/data：请检查 baseUrl（JINDOUYUN_BASE_URL）以及中间的网关。"),
  because("tooLarge",
    "The response is larger than maxResponseBytes (JINDOUYUN_MAX_RESPONSE_BYTES): raise it, or check the base URL.",
    "响应超过 maxResponseBytes（JINDOUYUN_MAX_RESPONSE_BYTES）：请调大该值或检查 baseUrl。"),
  because("truncated", "The response was cut short; try again later.", "响应被截断，请稍后重试。"),
  because("redirect",
    "Redirects are not followed, so that secrets stay with one origin: set baseUrl (JINDOUYUN_BASE_URL) to the final address.",
    "本库不跟随重定向，以免凭据发往其他地址：请将 baseUrl（JINDOUYUN_BASE_URL）设为最终地址。"),
  tagged("ApiVersionRejected",
    "This library sends APIVersion 3, the only value the platform documents; look for a newer release.",
    "本库发送的 APIVersion 为 3，即平台文档允许的唯一值；请查看本库是否有新版本。"),
  [(it) => it._tag === "InvalidParameter" && isRefresh(it),
    "The platform may expect the refresh token under another name: set refreshTokenField (JINDOUYUN_REFRESH_TOKEN_FIELD) to refresh_token, or back to refreshToken.",
    "平台可能要求 refreshToken 使用另一个字段名：请将 refreshTokenField（JINDOUYUN_REFRESH_TOKEN_FIELD）设为 refresh_token，或改回 refreshToken。"],
  [(it) => it._tag === "InvalidParameter" && !isAcquisition(it),
    "Check the path and the parameters of the call.",
    "请检查调用的路径和参数。"],
  tagged("InvalidParameter",
    "Check the username and the password, and the path of baseUrl (JINDOUYUN_BASE_URL).",
    "请检查用户名、密码以及 baseUrl（JINDOUYUN_BASE_URL）的路径。"),
  tagged("AuthenticationFailed",
    "Check the username and the password of the developer account.",
    "请检查开发者账号的用户名和密码。"),
  [(it) => it._tag === "TokenRejected" && isRefresh(it),
    "The refresh token was not accepted: before the access token has expired the platform may not take it (earlyRefresh: 0), or not under this name (refreshTokenField).",
    "refreshToken 未被接受：平台可能不允许在 accessToken 过期前刷新（请设置 earlyRefresh: 0），也可能要求另一个字段名（refreshTokenField）。"],
  [(it) => it._tag === "TokenRejected" && !isAcquisition(it),
    "Pass the token to invalidate and read a new one; another process may have logged in to the same account.",
    "请将该 Token 传给 invalidate，再重新读取；可能有其他进程登录了同一账号。"],
  tagged("TokenRejected",
    "The platform rejects the acquisition with the code of a token: check the username and the password.",
    "平台以“Token 无效”的返回码拒绝了获取 Token 的请求：请检查用户名和密码。"),
  [(it) => it.code !== undefined && it.disposition === "retry",
    "The platform failed ({code}); {later}.",
    "平台暂时故障（{code}）；{later}。"],
  [(it) => it._tag === "UnrecognizedReturnCode" && isAcquisition(it),
    "Look {code} up in the platform's appendix of return codes, and check the username and the password; the option returnCodes (JINDOUYUN_RETURN_CODES) sets its disposition.",
    "请在平台文档的返回码附录中查找 {code}，并检查用户名和密码；可用 returnCodes（JINDOUYUN_RETURN_CODES）设置其处理方式。"],
  tagged("UnrecognizedReturnCode",
    "Look {code} up in the platform's appendix of return codes; the option returnCodes (JINDOUYUN_RETURN_CODES) sets its disposition.",
    "请在平台文档的返回码附录中查找 {code}；可用 returnCodes（JINDOUYUN_RETURN_CODES）设置其处理方式。"),
  coded("CERT_HAS_EXPIRED",
    "The certificate of {host} has expired: renew it there, or correct the clock of this machine.",
    "{host}的证书已过期：请更新证书，或校正本机时钟。"),
  coded("CERT_NOT_YET_VALID",
    "The certificate of {host} is not valid yet: correct the clock of this machine, or the certificate.",
    "{host}的证书尚未生效：请校正本机时钟或更换证书。"),
  coded("ERR_TLS_CERT_ALTNAME_.*|HOSTNAME_MISMATCH",
    "The certificate is not for {host}: correct the host of baseUrl (JINDOUYUN_BASE_URL), or install a certificate for this host.",
    "证书不属于{host}：请修正 baseUrl（JINDOUYUN_BASE_URL）的主机名，或为该主机安装证书。"),
  coded("(DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED)_CERT(_IN_CHAIN)?|UNABLE_TO_(GET_ISSUER|VERIFY).*|CERT_UNTRUSTED|INVALID_CA",
    "No authority that this machine trusts signed the certificate of {host}: name the authority's file in NODE_EXTRA_CA_CERTS, or pass it to the HTTP client.",
    "{host}的证书不是由本机信任的机构签发：请用 NODE_EXTRA_CA_CERTS 指定签发机构的证书文件，或将其传给 HTTP 客户端。"),
  coded("ERR_SSL_UNSUPPORTED_PROTOCOL|ERR_SSL_.*PROTOCOL_VERSION|ERR_SSL_.*HANDSHAKE_FAILURE",
    "{host} and this machine have no version or cipher of TLS in common: update the server or the gateway in front of it.",
    "{host}与本机没有共同的 TLS 版本或加密套件：请升级服务器或其前面的网关。"),
  coded("ERR_SSL_.*ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)",
    "{host} does not accept the client certificate, or expects one: pass a certificate to the HTTP client.",
    "{host}要求客户端证书，或不接受现有的证书：请将证书传给 HTTP 客户端。"),
  coded("EPROTO|ERR_SSL_(WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG)",
    "The response of {host} is not TLS: correct the scheme and the port of baseUrl (JINDOUYUN_BASE_URL), or the gateway in between.",
    "{host}返回的不是 TLS 数据：请修正 baseUrl（JINDOUYUN_BASE_URL）的协议和端口，或中间的网关。"),
  coded("UND_ERR_INVALID_ARG",
    "The undici dispatcher is of another major version than the fetch or the client that uses it: install the major in process.versions.undici, or provide NodeHttpClient.layerUndici.",
    "undici 的 dispatcher 与使用它的 fetch 或客户端主版本不同：请安装 process.versions.undici 所示的主版本，或使用 NodeHttpClient.layerUndici。"),
  coded("HPE_.*|HTTPParserError",
    "The response of {host} is not HTTP: correct the port of baseUrl (JINDOUYUN_BASE_URL), or the gateway in between.",
    "{host}返回的不是 HTTP 响应：请修正 baseUrl（JINDOUYUN_BASE_URL）的端口，或中间的网关。"),
  coded("the HTTP client died|the request died",
    "The HTTP client of the program threw an error: run the same request with FetchHttpClient.layer to compare, and correct that client.",
    "程序提供的 HTTP 客户端抛出了异常：请用 FetchHttpClient.layer 发送同一请求作对比，并修正该客户端。"),
  coded("bad port",
    "fetch refuses to connect to port {port}, a port of another protocol, and sent nothing: correct the port of baseUrl (JINDOUYUN_BASE_URL), or provide NodeHttpClient.layerUndici.",
    "fetch 拒绝连接端口 {port}（其他协议的端口），请求未发出：请修正 baseUrl（JINDOUYUN_BASE_URL）的端口，或使用 NodeHttpClient.layerUndici。"),
  because("refused",
    "Nothing listens at {host}: start the server, or correct host and port of baseUrl (JINDOUYUN_BASE_URL).",
    "{host}没有服务在监听：请启动服务，或修正 baseUrl（JINDOUYUN_BASE_URL）的主机和端口。"),
  because("nameNotFound",
    "{host} has no address: correct baseUrl (JINDOUYUN_BASE_URL), or check the name server.",
    "无法解析{host}：请修正 baseUrl（JINDOUYUN_BASE_URL）或检查 DNS。"),
  because("unreachable",
    "There is no route to {host}: check the network.",
    "无法到达{host}：请检查网络。"),
  because("tls",
    "The secure connection to {host} failed: check the certificate, its authority, and what stands in between.",
    "与{host}的安全连接失败：请检查证书、签发机构以及中间的设备。"),
  because("connectTimeout",
    "{host} does not answer: check the network and the firewall.",
    "连接{host}超时：请检查网络和防火墙。"),
  because("reset",
    "The connection to {host} was cut; {later}.",
    "与{host}的连接被断开；{later}。"),
  coded("no answer within the timeout of the endpoint",
    "The response took too long; {later}, or raise timeout of the endpoint {endpoint}.",
    "响应超时；{later}，或调大接口 {endpoint} 的 timeout。"),
  because("timeout",
    "The response took too long; {later}, or raise requestTimeout (JINDOUYUN_REQUEST_TIMEOUT) and renewalTimeout.",
    "响应超时；{later}，或调大 requestTimeout（JINDOUYUN_REQUEST_TIMEOUT）和 renewalTimeout。"),
  [({ detail, reason }) => reason === "other" && detail === undefined,
    "The request to {host} failed below HTTP and the client gave no code: send the same request with NodeHttpClient.layerUndici, which gives one, and check the network.",
    "发往{host}的请求在 HTTP 层之下失败，客户端没有给出错误码：请用能给出错误码的 NodeHttpClient.layerUndici 发送同一请求，并检查网络。"],
  because("other",
    "The request to {host} failed below HTTP: look the code up that the message names, and check the network.",
    "发往{host}的请求在 HTTP 层之下失败：请查阅消息中的错误码，并检查网络。")
]

export const StoreFailure: Localized = {
  en: "Check the store that holds the token pair.",
  zh: "请检查保存 Token 的存储。"
}

export const CredentialsUnavailable = (detail: string): Localized =>
  /was wiped/.test(detail)
    ? wiped
    : /threw|died/.test(detail)
    ? {
      en:
        "The effect that reads the credentials threw an error: catch the error there, or fail with CredentialsUnavailable.",
      zh: "读取凭据的 Effect 抛出了异常：请在其中捕获该异常，或以 CredentialsUnavailable 失败。"
    }
    : /took too long/.test(detail)
    ? {
      en:
        "The source of the credentials did not answer within renewalTimeout (JINDOUYUN_RENEWAL_TIMEOUT): check the source or raise the limit.",
      zh: "凭据来源未在 renewalTimeout（JINDOUYUN_RENEWAL_TIMEOUT）内响应：请检查来源或调大该值。"
    }
    : { en: "Check where the username and the password come from.", zh: "请检查用户名和密码的来源。" }

/** The hint of a store's failure, by the system's error code. */
export const system = (code: string | undefined): Localized => {
  const [, en, zh] = codes.find(([codes]) => code !== undefined && codes.split(" ").includes(code)) ?? []
  return en === undefined || zh === undefined ? StoreFailure : { en: `${en}.`, zh: `${zh}。` }
}

const elsewhereEn = "or use another folder (XDG_STATE_HOME for the command) or another store (--store redis)"
const elsewhereZh = "或改用其他目录（命令行：XDG_STATE_HOME）或其他存储（--store redis）"
const onDisk = (codes: string, en: string, zh: string) =>
  [codes, `${en}, ${elsewhereEn}`, `${zh}，${elsewhereZh}`] as const

const codes: ReadonlyArray<readonly [codes: string, en: string, zh: string]> = [
  onDisk("ENOSPC EDQUOT EFBIG", "No space is left: free space or raise the quota", "空间不足：请清理空间或提高配额"),
  onDisk("EROFS", "The disk is read-only: mount it for writing", "磁盘只读：请以可写方式挂载"),
  onDisk(
    "EACCES EPERM",
    "The system denies access: correct owner and permissions of this path and of the folders above it",
    "没有权限：请修正该路径及其上级目录的所有者和权限"
  ),
  onDisk("EXDEV", "The folder spans two disks: put it on one disk", "目录跨越两个磁盘：请放在同一磁盘上"),
  onDisk(
    "EMFILE ENFILE",
    "Too many files are open: close some or raise the limit (ulimit -n)",
    "打开的文件过多：请关闭一些或提高上限（ulimit -n）"
  ),
  onDisk(
    "ENOTSUP EOPNOTSUPP ENOSYS EINVAL EMLINK",
    "The disk does not support this operation: use another disk",
    "磁盘不支持此操作：请换用其他磁盘"
  ),
  onDisk("ELOOP", "Symbolic links form a loop: correct the links", "符号链接成环：请修正链接"),
  onDisk("EISDIR", "A folder is where a file should be: move it away", "应为文件的位置是一个目录：请将其移走"),
  onDisk(
    "ENOTDIR EEXIST ENOTEMPTY",
    "Something else is where a folder should be: move it away",
    "应为目录的位置有其他内容：请将其移走"
  ),
  onDisk("ENAMETOOLONG", "The path is too long: shorten it", "路径过长：请缩短"),
  onDisk("ENOENT", "A folder or a file is missing: create the folder again", "目录或文件不存在：请重新创建"),
  onDisk("EBUSY ETXTBSY EAGAIN", "Another program uses the file: end that program", "文件被其他程序占用：请结束该程序"),
  onDisk(
    "EIO ENXIO ENODEV ESTALE",
    "The disk fails or is not connected: check the disk and its mount",
    "磁盘故障或未连接：请检查磁盘及其挂载"
  ),
  [
    "ECONNREFUSED",
    "Nothing listens there: start the store, or correct host and port",
    "没有服务在监听：请启动存储，或修正主机和端口"
  ],
  [
    "ENOTFOUND EAI_AGAIN",
    "The host has no address: correct the host, or check the name server",
    "无法解析主机名：请修正主机名或检查 DNS"
  ],
  [
    "ETIMEDOUT EHOSTUNREACH ENETUNREACH EHOSTDOWN ENETDOWN",
    "The host does not answer: check the network and the firewall",
    "主机没有响应：请检查网络和防火墙"
  ],
  [
    "ECONNRESET ECONNABORTED EPIPE",
    "The connection was cut: check the store and try again",
    "连接被断开：请检查存储后重试"
  ]
]

export const ProviderClosed: Localized = {
  en: "Read tokens only while the layer that made the provider is open.",
  zh: "请在创建 TokenProvider 的 Layer 关闭之前读取 Token。"
}

/** The hint of an invalid setting. */
export const InvalidConfiguration = (name: string, expected: string): Localized => ({
  en: `Set ${name} to ${expected}.`,
  zh: `请修改 ${name}，应为：${expectations.reduce((text, [en, zh]) => text.replace(en, zh), expected)}。`
})

const expectations: ReadonlyArray<readonly [en: RegExp, zh: string]> = [
  [/^a duration such as ("[^"]*"), or a number of milliseconds, (.*)$/, "时长，例如 $1，或毫秒数；$2"],
  [/from 1 millisecond to 1 hour$/, "1 毫秒至 1 小时"],
  [/from 1 millisecond to 100 years$/, "1 毫秒至 100 年"],
  [/at most 1 hour$/, "至多 1 小时"],
  [/at most a quarter of accessTokenLifetime$/, "至多为 accessTokenLifetime 的四分之一"],
  [/^a whole number from (\d+) to (\d+)/, "$1 至 $2 的整数"],
  [/, for a refused refresh and its acquisition are two$/, "，因为被拒绝的刷新和随后的获取是两次请求"],
  [/^(\w+) or (\w+)$/, "$1 或 $2"],
  [
    /^an https: URL of host.*$/,
    "只含主机、端口和路径前缀的 https: URL（本机主机或设置了 allowInsecureHttp 时可用 http:）"
  ],
  [/^letters, digits, - and _, .*$/, "字母、数字、- 和 _，且不是 HTTP、客户端或本库使用的请求头"],
  [/^code=retry, .*$/, "返回码=retry、返回码=reauthenticate 或返回码=fatal，以逗号分隔；返回码不能是 20000"],
  [/^the username of a developer account$/, "开发者账号的用户名"],
  [/^the password of a developer account$/, "开发者账号的密码"],
  [
    /^32 bytes in base64(, as openssl rand -base64 32 prints them)?$/,
    "32 字节的 base64，即 openssl rand -base64 32 的输出"
  ],
  [/^a key beside encryptionKey, or nothing$/, "与 encryptionKey 同时设置的密钥，或不设置"],
  [/^a Redacted that is not wiped$/, "未被清除的 Redacted"],
  [/^the path of a folder$/, "目录的路径"],
  [/^a value of its type$/, "符合该选项类型的值"]
]
