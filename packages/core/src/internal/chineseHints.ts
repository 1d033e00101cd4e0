// The hints in Chinese. A program that does not ask for them leaves them out.
import * as DateTime from "effect/DateTime"
import type * as JindouyunError from "../JindouyunError.js"
import * as hints from "./hints.js"

/** The hint of a failure. */
export const of = (failure: JindouyunError.TokenError | JindouyunError.InvalidConfiguration): string => {
  switch (failure._tag) {
    case "StoreFailure":
      return failure.remedy?.zh ?? system(failure.systemError)
    case "CredentialsUnavailable":
      return credentialsTexts[hints.CredentialsUnavailable(failure.detail)]
    case "ProviderClosed":
      return "请在创建 TokenProvider 的 Layer 关闭之前读取 Token。"
    case "InvalidConfiguration":
      return invalidConfiguration(failure)
    default:
      return ofRequest(failure)
  }
}

const ofRequest = (failure: hints.Facts): string => {
  const lapse = hints.lapseOf(failure)
  const refused = lapse === undefined
    ? ""
    : `${
      failure.refusedAt === undefined
        ? ""
        : `凭据已于 ${DateTime.formatIso(failure.refusedAt)} 被拒绝；此结果来自记录，没有再次发送请求。`
    }${lapses[lapse]}不会再次发送凭据；可用 reset 或 jindouyun login 解除。`
  return (hints.isKnownUnsent(failure) ? "请求未发出。" : "")
    + hints.fill(texts[hints.textOf(failure)], words, failure).trimStart().replace(/ (?=[：；，。（])/g, "")
    + refused
}

const words: hints.Words = {
  ...hints.words,
  base: ({ baseUrl = "baseUrl" }) => baseUrl,
  host: (failure) => {
    const host = hints.hostOf(failure)
    return host === undefined ? "目标主机" : ` ${host} `
  },
  detail: (failure) => details.reduce((text, [en, zh]) => text.replace(en, zh), hints.words.detail(failure)),
  later: ({ nextTryAt, retryAfter }) =>
    nextTryAt !== undefined
      ? `下一次请求时间为 ${DateTime.formatIso(nextTryAt)}`
      : retryAfter !== undefined
      ? `请在 ${hints.secondsOf(retryAfter)} 秒后重试`
      : "请稍后重试",
  which: ({ whiteSpaceIn }) => whiteSpaceIn === "password" ? "密码" : "用户名"
}

const details: ReadonlyArray<readonly [en: RegExp, zh: string]> = [
  [/^data: /, "data："],
  [/ missing or not of the expected form$/, " 缺失或结构不符"],
  [/not of the expected form$/, "结构不符"],
  [/its schema threw$/, "其 Schema 抛出了异常"],
  [/^the refresh returned the access token that was just rejected$/, "刷新返回了刚被拒绝的 accessToken"],
  [/^to (?=https?:)/, "指向 "],
  [/^to another path of the same origin$/, "指向同一源的其他路径"],
  [/^gzip without content-encoding$/, "gzip，未声明 content-encoding"],
  [/^to no other address$/, "未给出其他地址"],
  [/^the client followed it to another origin$/, "客户端跟随重定向，到了其他地址"]
]

const lapses: { readonly [Lapse in hints.Lapse]: string } = {
  "they change": "在修改凭据之前，",
  "they change or an hour has passed": "在修改凭据或满一小时之前，",
  "they change or an hour has passed (never, if returnCodes sets the code to fatal)":
    "在修改凭据或满一小时之前（若 returnCodes 将该返回码设为 fatal，则在修改凭据之前），"
}

const wiped = "程序在请求需要该敏感信息之前已用 Redacted.unsafeWipe 将其清除：请在不再需要之后清除，或提供新的。"

const texts: { readonly [Text in hints.Text]: string } = {
  "The program wiped this secret with Redacted.unsafeWipe before a request needed it: wipe it later, or pass another one.":
    wiped,
  "The secret is no Redacted text: pass Redacted.make(text), and check that the variable of the text is set.":
    "程序传入的不是文本的 Redacted：请传入 Redacted.make(text)，并检查该文本所来自的变量。",
  "The path of the base URL {base} contains /api, and {endpoint} is appended to it: set baseUrl (JINDOUYUN_BASE_URL) to {root}.":
    "baseUrl {base} 的路径中已含 /api，而 {endpoint} 会附加在其后：请将 baseUrl（JINDOUYUN_BASE_URL）设为 {root}。",
  "The {which} begins or ends in white space, such as the newline of a file: remove it, or check the username and the password.":
    "{which}的开头或结尾有空白字符（例如文件末尾的换行）：请去除，或检查用户名和密码。",
  "The platform rejected the token, and the body of the request is a stream, which cannot be sent again: make the request once more, with a new stream. The next request has a new token.":
    "平台拒绝了 Token，而请求体是流，不能重发：请用新的流重新发起请求，届时将使用新的 Token。",
  "The platform also rejects the token that replaced a rejected one: check where the token goes, tokenPlacement (JINDOUYUN_TOKEN_PLACEMENT) and tokenName (JINDOUYUN_TOKEN_NAME); another program may have logged in to the same account.":
    "换新后的 Token 仍被平台拒绝：请检查 Token 的位置 tokenPlacement（JINDOUYUN_TOKEN_PLACEMENT）和名称 tokenName（JINDOUYUN_TOKEN_NAME）；也可能有其他程序登录了同一账号。",
  "A proxy requires a username and a password, or refuses them (HTTP 407): correct them where the program names the proxy.":
    "代理要求用户名和密码，或拒绝了现有的用户名和密码（HTTP 407）：请在程序设置代理的地方修正。",
  "A gateway in front of {host} denies {endpoint} (HTTP {status}): check whether the gateway admits this account and the address of this machine, and where the token goes, tokenPlacement (JINDOUYUN_TOKEN_PLACEMENT) and tokenName (JINDOUYUN_TOKEN_NAME).":
    "{host}前的网关拒绝访问 {endpoint}（HTTP {status}）：请检查网关是否允许该账号和本机地址，以及 Token 的位置 tokenPlacement（JINDOUYUN_TOKEN_PLACEMENT）和名称 tokenName（JINDOUYUN_TOKEN_NAME）。",
  "The request is too large for the gateway in front of {host} (HTTP {status}): shorten the parameters of the call, or raise the limit of the gateway.":
    "请求超过{host}前的网关的大小上限（HTTP {status}）：请缩短调用的参数，或调大网关的上限。",
  "The platform has no {endpoint} at {base}, or refuses the call (HTTP {status}): correct the path, the method and the parameters of the endpoint, or the gateway in front of it.":
    "{base} 处没有接口 {endpoint}，或拒绝该调用（HTTP {status}）：请修正接口的路径、方法和参数，或其前面的网关。",
  "A gateway in front of {host} denies access (HTTP {status}): check the credentials, and whether the gateway admits the address of this machine.":
    "{host}前的网关拒绝访问（HTTP {status}）：请检查凭据，以及网关是否允许本机地址。",
  "The platform or a gateway in front of it received too many requests (HTTP 429); {later}.":
    "请求过于频繁，被平台或其前面的网关限流（HTTP 429）；{later}。",
  "The platform or a gateway in front of it is unavailable (HTTP {status}); {later}.":
    "平台或其前面的网关暂时不可用（HTTP {status}）；{later}。",
  "The response is compressed ({detail}), although the request asks for identity: turn compression off in the gateway in front of {host}.":
    "响应被压缩（{detail}），但请求已要求不压缩（identity）：请在{host}前的网关中关闭压缩。",
  "The data does not fit the schema of the endpoint {endpoint}: correct that schema ({detail}).":
    "数据与接口 {endpoint} 的 Schema 不符：请修正该 Schema（{detail}）。",
  "The platform reported success without the documented tokens ({detail}): check whether a gateway changes responses, then ask the platform's support.":
    "平台返回成功，但响应中没有文档所述的 Token（{detail}）：请检查网关是否改写了响应，然后联系平台技术支持。",
  "The platform does not answer at {base} (HTTP {status}): correct baseUrl (JINDOUYUN_BASE_URL), or the gateway in front of it.":
    "{base} 处没有平台的服务（HTTP {status}）：请修正 baseUrl（JINDOUYUN_BASE_URL）或其前面的网关。",
  "The response of {host} is not UTF-8 text: check baseUrl (JINDOUYUN_BASE_URL) and the gateway in front of it.":
    "{host}的响应不是 UTF-8 文本：请检查 baseUrl（JINDOUYUN_BASE_URL）以及中间的网关。",
  "The response of {host} is a page of HTML or XML: correct baseUrl (JINDOUYUN_BASE_URL), the path of the endpoint, or the gateway in front of it.":
    "{host}的响应是 HTML 或 XML 页面：请修正 baseUrl（JINDOUYUN_BASE_URL）、接口的路径或其前面的网关。",
  "The response of {host} is empty, cut short or not JSON; {later}. If it stays so, correct the gateway in front of it.":
    "{host}的响应为空、被截断或不是 JSON；{later}。若一直如此，请修正其前面的网关。",
  "The response of {host} has no code, message and data: check baseUrl (JINDOUYUN_BASE_URL) and the gateway in front of it.":
    "{host}的响应没有 code/message/data：请检查 baseUrl（JINDOUYUN_BASE_URL）以及中间的网关。",
  "The response is larger than maxResponseBytes (JINDOUYUN_MAX_RESPONSE_BYTES): raise it, or check the base URL.":
    "响应超过 maxResponseBytes（JINDOUYUN_MAX_RESPONSE_BYTES）：请调大该值或检查 baseUrl。",
  "Redirects are not followed ({detail}), so that secrets stay with one origin: set baseUrl (JINDOUYUN_BASE_URL) to the final address if the platform has moved there, or correct the gateway in front of {host}.":
    "本库不跟随重定向（{detail}），以免凭据发往其他地址：如果平台已迁至该处，请将 baseUrl（JINDOUYUN_BASE_URL）设为最终地址；否则请修正{host}前的网关。",
  "This library sends APIVersion 3, the only value the platform documents; look for a newer release.":
    "本库发送的 APIVersion 为 3，即平台文档允许的唯一值；请查看本库是否有新版本。",
  "The platform may expect the refresh token under another name: set refreshTokenField (JINDOUYUN_REFRESH_TOKEN_FIELD) to refresh_token, or back to refreshToken.":
    "平台可能要求 refreshToken 使用另一个字段名：请将 refreshTokenField（JINDOUYUN_REFRESH_TOKEN_FIELD）设为 refresh_token，或改回 refreshToken。",
  "Check the path and the parameters of the call.": "请检查调用的路径和参数。",
  "Check the username and the password, and the path of baseUrl (JINDOUYUN_BASE_URL).":
    "请检查用户名、密码以及 baseUrl（JINDOUYUN_BASE_URL）的路径。",
  "Check the username and the password of the developer account.": "请检查开发者账号的用户名和密码。",
  "The platform refused the refresh token. If the platform accepts a refresh only after expiry, set earlyRefresh to 0. If the field has another name, set refreshTokenField.":
    "平台拒绝了 refreshToken。如果平台只接受到期后的刷新，请将 earlyRefresh 设为 0；如果字段名不同，请设置 refreshTokenField。",
  "Pass the token to invalidate and read a new one; another process may have logged in to the same account.":
    "请将该 Token 传给 invalidate，再重新读取；可能有其他进程登录了同一账号。",
  "The platform refuses the acquisition with the return code of an invalid token: check the username and the password.":
    "平台以“Token 无效”的返回码拒绝了获取 Token 的请求：请检查用户名和密码。",
  "The platform failed ({code}); {later}.": "平台暂时故障（{code}）；{later}。",
  "Look {code} up in the platform's appendix of return codes, and check the username and the password; the option returnCodes (JINDOUYUN_RETURN_CODES) sets its disposition.":
    "请在平台文档的返回码附录中查找 {code}，并检查用户名和密码；可用 returnCodes（JINDOUYUN_RETURN_CODES）设置其处理方式。",
  "Look {code} up in the platform's appendix of return codes; the option returnCodes (JINDOUYUN_RETURN_CODES) sets its disposition.":
    "请在平台文档的返回码附录中查找 {code}；可用 returnCodes（JINDOUYUN_RETURN_CODES）设置其处理方式。",
  "The certificate of {host} has expired: renew it there, or correct the clock of this machine.":
    "{host}的证书已过期：请更新证书，或校正本机时钟。",
  "The certificate of {host} is not valid yet: correct the clock of this machine, or the certificate.":
    "{host}的证书尚未生效：请校正本机时钟或更换证书。",
  "The certificate is not for {host}: correct the host of baseUrl (JINDOUYUN_BASE_URL), or install a certificate for this host.":
    "证书不属于{host}：请修正 baseUrl（JINDOUYUN_BASE_URL）的主机名，或为该主机安装证书。",
  "No authority that this machine trusts signed the certificate of {host}: name the authority's file in NODE_EXTRA_CA_CERTS, or pass it to the HTTP client.":
    "{host}的证书不是由本机信任的机构签发：请用 NODE_EXTRA_CA_CERTS 指定签发机构的证书文件，或将其传给 HTTP 客户端。",
  "{host} and this machine have no version or cipher of TLS in common: update the server or the gateway in front of it.":
    "{host}与本机没有共同的 TLS 版本或加密套件：请升级服务器或其前面的网关。",
  "{host} does not accept the client certificate, or expects one: pass a certificate to the HTTP client.":
    "{host}要求客户端证书，或不接受现有的证书：请将证书传给 HTTP 客户端。",
  "The response of {host} is not TLS: correct the scheme and the port of baseUrl (JINDOUYUN_BASE_URL), or the gateway in between.":
    "{host}返回的不是 TLS 数据：请修正 baseUrl（JINDOUYUN_BASE_URL）的协议和端口，或中间的网关。",
  "The undici dispatcher is of another major version than the fetch or the client that uses it: install the major in process.versions.undici, or provide NodeHttpClient.layerUndici.":
    "undici 的 dispatcher 与使用它的 fetch 或客户端主版本不同：请安装 process.versions.undici 所示的主版本，或使用 NodeHttpClient.layerUndici。",
  "The headers of the response of {host} are too large: correct the gateway in front of it.":
    "{host}的响应头过大：请修正其前面的网关。",
  "The response of {host} is not valid HTTP: correct the port of baseUrl (JINDOUYUN_BASE_URL), or the gateway in between.":
    "{host}返回的不是有效的 HTTP 响应：请修正 baseUrl（JINDOUYUN_BASE_URL）的端口，或中间的网关。",
  "The HTTP client of the program threw an error: run the same request with FetchHttpClient.layer to compare, and correct that client.":
    "程序提供的 HTTP 客户端抛出了异常：请用 FetchHttpClient.layer 发送同一请求作对比，并修正该客户端。",
  "fetch refuses to connect to port {port}, a port of another protocol, and sent nothing: correct the port of baseUrl (JINDOUYUN_BASE_URL), or provide NodeHttpClient.layerUndici.":
    "fetch 拒绝连接端口 {port}（其他协议的端口），请求未发出：请修正 baseUrl（JINDOUYUN_BASE_URL）的端口，或使用 NodeHttpClient.layerUndici。",
  "A proxy cannot connect to {host} (HTTP {proxystatus}); {later}. If it stays so, correct the proxy, or exclude the host from the proxy.":
    "代理无法连接{host}（HTTP {proxystatus}）；{later}。若一直如此，请修正代理，或让发往该主机的请求不经过代理。",
  "A proxy refuses the connection to {host} (HTTP {proxystatus}): allow the host in the proxy, or exclude the host from the proxy.":
    "代理拒绝连接{host}（HTTP {proxystatus}）：请在代理中放行该主机，或让发往该主机的请求不经过代理。",
  "Nothing answers at {proxy}, to which the client connects in place of {host}: start this proxy, or correct its address in the program.":
    "客户端为访问{host}而连接的代理 {proxy} 没有响应：请启动该代理，或修正程序中的代理地址。",
  "Nothing listens at {host}: start the server, or correct host and port of baseUrl (JINDOUYUN_BASE_URL).":
    "{host}没有服务在监听：请启动服务，或修正 baseUrl（JINDOUYUN_BASE_URL）的主机和端口。",
  "{host} has no address: correct baseUrl (JINDOUYUN_BASE_URL), or check the name server.":
    "无法解析{host}：请修正 baseUrl（JINDOUYUN_BASE_URL）或检查 DNS。",
  "There is no route to {host}: check the network.": "无法到达{host}：请检查网络。",
  "The secure connection to {host} failed: check the certificate, its authority, and what stands in between.":
    "与{host}的安全连接失败：请检查证书、签发机构以及中间的设备。",
  "{host} does not answer: check the network and the firewall.": "连接{host}超时：请检查网络和防火墙。",
  "The connection to {host} was cut; {later}.": "与{host}的连接被断开；{later}。",
  "The response took too long; {later}, or raise timeout of the endpoint {endpoint}.":
    "响应超时；{later}。也可调大接口 {endpoint} 的 timeout。",
  "The response took too long; {later}, or raise requestTimeout (JINDOUYUN_REQUEST_TIMEOUT) and renewalTimeout.":
    "响应超时；{later}。也可调大 requestTimeout（JINDOUYUN_REQUEST_TIMEOUT）和 renewalTimeout。",
  "The request to {host} failed below HTTP and the client gave no code: send the same request with NodeHttpClient.layerUndici, which gives one, and check the network.":
    "发往{host}的请求在 HTTP 层之下失败，客户端没有给出错误码：请用能给出错误码的 NodeHttpClient.layerUndici 发送同一请求，并检查网络。",
  "The request to {host} failed below HTTP: look up the code in the message, and check the network.":
    "发往{host}的请求在 HTTP 层之下失败：请查阅消息中的错误码，并检查网络。",
  "The platform is in trouble; try again later.": "平台暂时故障，请稍后重试。"
}

const credentialsTexts: { readonly [Text in ReturnType<typeof hints.CredentialsUnavailable>]: string } = {
  "The program wiped this secret with Redacted.unsafeWipe before a request needed it: wipe it later, or pass another one.":
    wiped,
  "The effect that reads the credentials threw an error: catch the error there, or fail with CredentialsUnavailable.":
    "读取凭据的 Effect 抛出了异常：请在其中捕获该异常，或以 CredentialsUnavailable 失败。",
  "The source of the credentials did not answer within renewalTimeout (JINDOUYUN_RENEWAL_TIMEOUT): check the source or raise the limit.":
    "凭据来源未在 renewalTimeout（JINDOUYUN_RENEWAL_TIMEOUT）内响应：请检查来源或调大该值。",
  "Check where the username and the password come from.": "请检查用户名和密码的来源。"
}

const system = (code: string | undefined): string => {
  const cause = hints.systemCauseOf(code)
  return cause === undefined
    ? "请检查保存 Token 的存储。"
    : `${systemTexts[cause.text]}${
      cause.isOnDisk ? "，或改用其他目录（命令行：XDG_STATE_HOME）或其他存储（--store redis）" : ""
    }。`
}

const systemTexts: { readonly [Text in hints.SystemText]: string } = {
  "No space is left: free space or raise the quota": "空间不足：请清理空间或提高配额",
  "The disk is read-only: mount it for writing": "磁盘只读：请以可写方式挂载",
  "The system denies access: correct owner and permissions of this path and of the folders above it":
    "没有权限：请修正该路径及其上级目录的所有者和权限",
  "The folder spans two disks: put it on one disk": "目录跨越两个磁盘：请放在同一磁盘上",
  "Too many files are open: close some or raise the limit (ulimit -n)":
    "打开的文件过多：请关闭一些或提高上限（ulimit -n）",
  "The disk does not support this operation: use another disk": "磁盘不支持此操作：请换用其他磁盘",
  "Symbolic links form a loop: correct the links": "符号链接成环：请修正链接",
  "A folder is where a file should be: move it away": "应为文件的位置是一个目录：请将其移走",
  "Something else is where a folder should be: move it away": "应为目录的位置有其他内容：请将其移走",
  "The path is too long: shorten it": "路径过长：请缩短",
  "A folder or a file is missing: create the folder again": "目录或文件不存在：请重新创建",
  "Another program uses the file: end that program": "文件被其他程序占用：请结束该程序",
  "The disk fails or is not connected: check the disk and its mount": "磁盘故障或未连接：请检查磁盘及其挂载",
  "Nothing listens there: start the store, or correct host and port": "没有服务在监听：请启动存储，或修正主机和端口",
  "The host has no address: correct the host, or check the name server": "无法解析主机名：请修正主机名或检查 DNS",
  "The host does not answer: check the network and the firewall": "主机没有响应：请检查网络和防火墙",
  "The connection was cut: check the store and try again": "连接被断开：请检查存储后重试"
}

const invalidConfiguration = (failure: JindouyunError.InvalidConfiguration): string =>
  `请${/^is (missing|not set)/.test(failure.problem) ? "设置" : "修改"} ${
    hints.settingOf(failure).replace(/ \(environment: (.*)\)$/, "（环境变量：$1）")
  }，应为：${expectations.reduce((text, [en, zh]) => text.replace(en, zh), failure.expected)}。`

const expectations: ReadonlyArray<readonly [en: RegExp, zh: string]> = [
  [/^a duration such as ("[^"]*"), or a number of milliseconds, (.*)$/, "时长，例如 $1，或毫秒数；$2"],
  [/from 1 millisecond to 1 hour$/, "1 毫秒至 1 小时"],
  [/from 1 millisecond to 100 years$/, "1 毫秒至 100 年"],
  [/at most 1 hour$/, "至多 1 小时"],
  [/at most a quarter of accessTokenLifetime$/, "至多为 accessTokenLifetime 的四分之一"],
  [/^a whole number from (\d+) to (\d+)/, "$1 至 $2 的整数"],
  [/, because a refused refresh and its acquisition are two$/, "，因为被拒绝的刷新和随后的获取是两次请求"],
  [/^(\w+) or (\w+)$/, "$1 或 $2"],
  [
    /^an https: URL of host.*$/,
    "只含主机、端口和路径前缀的 https: URL（本机主机或设置了 allowInsecureHttp 时可用 http:）"
  ],
  [/^letters, digits, - and _, .*$/, "字母、数字、- 和 _，且不是 HTTP、客户端或本库使用的请求头"],
  [
    /^code=retry, .*$/,
    "返回码=retry、返回码=reauthenticate 或返回码=fatal，以逗号分隔；返回码没有前导零，也不能是 20000"
  ],
  [/^the username of a developer account$/, "开发者账号的用户名"],
  [/^the password of a developer account$/, "开发者账号的密码"],
  [
    /^32 bytes in base64(, as openssl rand -base64 32 prints them)?$/,
    "32 字节的 base64，即 openssl rand -base64 32 的输出"
  ],
  [/^a key beside encryptionKey, or nothing$/, "与 encryptionKey 同时设置的密钥，或不设置"],
  [/^a Redacted that is not wiped$/, "未被清除的 Redacted"],
  [/^a Redacted, as Redacted.make returns it$/, "Redacted，即 Redacted.make 的返回值"],
  [/^the path of a folder$/, "目录的路径"],
  [/^a value of its type$/, "符合该选项类型的值"]
]
