// What a person can do about each failure, apart from the classes: JindouyunError says when.
import type { FailureTag, Localized } from "../ReturnCode.js"

export const returnCode = {
  ApiVersionRejected: () => ({
    en: "This library sends APIVersion 3, the only value the platform documents; look for a newer release.",
    zh: "本库发送平台文档唯一允许的 APIVersion 3；请查看是否有新版本。"
  }),
  InvalidParameter: () => ({
    en:
      "Check what was sent; if a refresh is refused so, the option refreshTokenField (JINDOUYUN_REFRESH_TOKEN_FIELD) may have to be refresh_token.",
    zh:
      "请检查请求参数；如果刷新 Token 被这样拒绝，可能需要将 refreshTokenField（JINDOUYUN_REFRESH_TOKEN_FIELD）设为 refresh_token。"
  }),
  AuthenticationFailed: () => ({
    en:
      "Check the username and the password of the developer account; they are not sent again until they change or reset is called.",
    zh: "请检查开发者账号的用户名和密码；在修改凭据或调用 reset 之前不会再次发送。"
  }),
  TokenRejected: ({ endpoint }) =>
    endpoint.endsWith("/refresh_token")
      ? {
        en:
          "The refresh token was not accepted: before the access token has expired the platform may not take it (earlyRefresh: 0), or not under this name (refreshTokenField).",
        zh:
          "refreshToken 未被接受：accessToken 过期前平台可能不接受刷新（earlyRefresh: 0），或字段名不对（refreshTokenField）。"
      }
      : {
        en: "Pass the token to invalidate and read a new one; another process may have logged in to the same account.",
        zh: "请用该 Token 调用 invalidate 后重新读取；可能有其他进程登录了同一账号。"
      },
  ServerFailure: () => platformTrouble,
  UnknownServerFailure: () => platformTrouble,
  UnrecognizedReturnCode: ({ code }) => ({
    en:
      `Look ${code} up in the platform's appendix of return codes; the option returnCodes (JINDOUYUN_RETURN_CODES) says what to do about it.`,
    zh: `请在平台文档的返回码附录中查找 ${code}；可用 returnCodes（JINDOUYUN_RETURN_CODES）设置其处理方式。`
  })
} satisfies Record<
  FailureTag | "UnrecognizedReturnCode",
  (failure: { readonly endpoint: string; readonly code: number }) => Localized
>

const platformTrouble: Localized = {
  en: "The platform is in trouble; try again later.",
  zh: "平台暂时故障，请稍后重试。"
}

export const StoreFailure: Localized = {
  en: "Check the store that holds the token pair.",
  zh: "请检查保存 Token 的存储。"
}

export const CredentialsUnavailable: Localized = {
  en: "Check where the username and the password come from.",
  zh: "请检查用户名和密码的来源。"
}

export const ProviderClosed: Localized = {
  en: "Read tokens only while the layer that made the provider is open.",
  zh: "请只在创建该服务的 Layer 打开期间读取 Token。"
}

export const transport = {
  refused: {
    en: "Nothing listens at the base URL; check host and port.",
    zh: "目标地址没有服务在监听；请检查主机和端口。"
  },
  nameNotFound: {
    en: "The host of the base URL has no address; check its spelling and the name server.",
    zh: "无法解析主机名；请检查拼写和 DNS。"
  },
  unreachable: {
    en: "There is no route to the host of the base URL; check the network.",
    zh: "无法到达目标主机；请检查网络。"
  },
  tls: {
    en: "The secure connection failed; check the certificate, its authority, and that the port speaks TLS.",
    zh: "安全连接失败；请检查证书、签发机构以及端口是否支持 TLS。"
  },
  connectTimeout: {
    en: "The host of the base URL does not answer; check the network and the firewall.",
    zh: "连接超时；请检查网络和防火墙。"
  },
  reset: { en: "The connection was cut; try again later.", zh: "连接被断开，请稍后重试。" },
  timeout: {
    en: "The answer took too long; try again later or raise requestTimeout.",
    zh: "响应超时，请稍后重试或调大 requestTimeout。"
  },
  other: { en: "The request failed below HTTP; check the network.", zh: "网络请求失败；请检查网络。" }
} satisfies { readonly [reason: string]: Localized }

export const response = {
  status: {
    en:
      "Something answered that does not speak the platform's protocol; check the base URL and what is in front of it.",
    zh: "响应不是平台的格式；请检查 baseUrl 以及中间的网关。"
  },
  notText: {
    en: "The answer is no UTF-8 text; check the base URL and what is in front of it.",
    zh: "响应不是 UTF-8 文本；请检查 baseUrl 以及中间的网关。"
  },
  notEnvelope: {
    en: "The answer has no code, message and data; check the base URL and what is in front of it.",
    zh: "响应没有 code/message/data；请检查 baseUrl 以及中间的网关。"
  },
  invalidData: {
    en: "The platform reported success with other data than it documents; look for a newer release.",
    zh: "平台返回成功但数据与文档不符；请查看是否有新版本。"
  },
  tooLarge: {
    en: "The answer is larger than maxResponseBytes; check the base URL or raise it.",
    zh: "响应超过 maxResponseBytes；请检查 baseUrl 或调大该值。"
  },
  truncated: { en: "The answer was cut short; try again later.", zh: "响应被截断，请稍后重试。" },
  redirect: {
    en: "Redirects are not followed, so that secrets stay with one origin; set baseUrl to the final address.",
    zh: "为保护凭据不会跟随重定向；请将 baseUrl 设为最终地址。"
  }
} satisfies { readonly [reason: string]: Localized }
