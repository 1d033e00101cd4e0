import type * as JindouyunConfig from "../JindouyunConfig.js"
import type * as ReturnCode from "../ReturnCode.js"

/**
 * The meaning of each setting, for the tables of the READMEs. No other module imports this one, so no program contains it.
 */
export const settingTexts: { readonly [Name in keyof JindouyunConfig.Options]-?: ReturnCode.Localized } = {
  baseUrl: {
    en: "Address of the platform; /api/… is appended",
    zh: "平台地址，其后追加 /api/…"
  },
  allowInsecureHttp: {
    en: "Allows http: to a host that is not loopback",
    zh: "允许对非本机主机使用 http:"
  },
  refreshTokenField: {
    en: "Field of the refresh token; the document uses both names",
    zh: "refreshToken 的字段名，文档中两种写法都有"
  },
  tokenPlacement: {
    en: "Where a report call sends the access token; an assumption",
    zh: "调用数据报表接口时 accessToken 的位置（文档未说明，为本库的假定）"
  },
  tokenName: {
    en: "Name of that header or query parameter; an assumption",
    zh: "该请求头或查询参数的名称（文档未说明，为本库的假定）"
  },
  accessTokenLifetime: {
    en: "Lifetime of an access token",
    zh: "accessToken 的有效期"
  },
  refreshTokenLifetime: {
    en: "Lifetime of a refresh token",
    zh: "refreshToken 的有效期"
  },
  expiryMargin: {
    en: "How long before its expiry an access token is no longer returned",
    zh: "accessToken 到期前多久不再返回"
  },
  earlyRefresh: {
    en: "How long before its expiry an access token is refreshed in the background; 0 turns it off",
    zh: "accessToken 到期前多久开始在后台刷新；0 表示关闭"
  },
  requestTimeout: {
    en: "Time limit of one request, body included",
    zh: "一次请求的超时时间，含响应体"
  },
  renewalTimeout: {
    en: "Time limit of one renewal with all its attempts",
    zh: "一次续期的超时时间，含所有重试"
  },
  closeTimeout: {
    en: "How long a token request may still take when the layer closes, so that its pair is saved",
    zh: "Layer 关闭时，为正在进行的 Token 请求保留的时间，以便保存收到的 Token"
  },
  maxAttempts: {
    en: "Number of requests one renewal may send",
    zh: "一次续期最多发送的请求数"
  },
  minRequestInterval: {
    en: "Shortest time between two requests of an account",
    zh: "同一账号两次请求之间的最短间隔"
  },
  cooldown: {
    en: "How long reads fail at once after a failed renewal; doubles, with full jitter",
    zh: "续期失败后的冷却时间，其间读取立即失败；逐次加倍，并随机抖动"
  },
  maxCooldown: {
    en: "Longest cooldown",
    zh: "冷却时间的上限"
  },
  retryBudget: {
    en: "Tokens of the retry budget: a retry costs 5, a success returns 1",
    zh: "重试预算的额度：一次重试消耗 5，一次成功归还 1"
  },
  maxResponseBytes: {
    en: "Largest response that is read, in bytes",
    zh: "响应的最大字节数"
  },
  acquireWithoutStore: {
    en: "Whether a process may acquire a token on its own while the token store fails",
    zh: "Token 存储不可用时，是否允许进程自行获取 Token"
  },
  returnCodes: {
    en: "Dispositions of return codes",
    zh: "返回码的处理方式"
  }
}
