/**
 * Renders a failure: one line of text with a hint for a person, or one line of JSON for a program.
 *
 * @since 0.1.0
 */
import * as Hint from "@jindouyun/core/Hint"
import { type InvalidConfiguration, isRefusal, StoreFailure, type TokenError } from "@jindouyun/core/JindouyunError"
import * as ReturnCode from "@jindouyun/core/ReturnCode"
import * as TokenApi from "@jindouyun/core/TokenApi"
import * as DateTime from "effect/DateTime"
import * as ExitCode from "./ExitCode.js"
import { type Failure, hintOf, noteOf } from "./Failure.js"
import { inChinese as translated, settingInChinese } from "./internal/chinese.js"
import { oneLine } from "./internal/text.js"
import type { Language } from "./Language.js"

/**
 * The failure and its hint as one line, without the name of the command.
 *
 * @since 0.1.0
 * @category rendering
 */
export const sentence = (failure: Failure, language: Language): string =>
  oneLine(
    language === "zh"
      ? `${what(failure, language)}。${hint(failure).zh}`
      : `${what(failure, language)}. ${hint(failure).en}`
  )

/**
 * The failure as JSON: tag, exit code, message, hint, details and the warnings that came before it.
 *
 * @since 0.1.0
 * @category rendering
 */
export const json = (failure: Failure, language: Language, warnings: ReadonlyArray<string> = []): string => {
  const known: { [field: string]: unknown } = {}
  const fields: { readonly [field: string]: unknown } = { ...failure }
  for (const field of details) {
    const value = fields[field]
    if (value !== undefined) {
      known[field] = DateTime.isDateTime(value) ? DateTime.formatIso(value) : value
    }
  }
  return JSON.stringify({
    error: failure._tag,
    exitCode: exitCode(failure),
    message: oneLine(what(failure, language)),
    hint: oneLine(hint(failure)[language]),
    ...known,
    ...(warnings.length === 0 ? {} : { warnings })
  })
}

/**
 * The exit code of a failure.
 *
 * **Details**
 *
 * The platform's document does not name the return code for a wrong password. A refused login therefore has the exit code
 * `credentials`, unless its return code is known to mean something else.
 *
 * @since 0.1.0
 * @category rendering
 */
export const exitCode = (failure: Failure): ExitCode.ExitCode => {
  switch (failure._tag) {
    case "UsageError":
      return ExitCode.codes.usage
    case "OutputFailure":
      return ExitCode.codes.output
    case "InvalidConfiguration":
      return ExitCode.codes.configuration
    case "CredentialsUnavailable":
    case "AuthenticationFailed":
      return ExitCode.codes.credentials
    case "TransportFailure":
      return ExitCode.codes.network
    case "StoreFailure":
      return ExitCode.codes.store
    case "ProviderClosed":
      return ExitCode.codes.defect
    case "ApiVersionRejected":
    case "InvalidParameter":
    case "ServerFailure":
    case "UnknownServerFailure":
      return ExitCode.codes.platform
    case "TokenRejected":
    case "UnrecognizedReturnCode":
    case "UnexpectedResponse":
      return failure.endpoint === TokenApi.acquirePath && isRefusal(failure)
        ? ExitCode.codes.credentials
        : ExitCode.codes.platform
  }
}

/**
 * The failure without its hint.
 *
 * @since 0.1.0
 * @category rendering
 */
export const what = (failure: Failure, language: Language): string =>
  language === "zh" ? inChinese(failure) : inEnglish(failure)

/**
 * The failure without its hint, in both languages.
 *
 * @since 0.1.0
 * @category rendering
 */
export const whatInBoth = (failure: Failure): ReturnCode.Localized => ({
  en: inEnglish(failure),
  zh: inChinese(failure)
})

/**
 * A hint for a person at a shell. It replaces some of the library's hints, which are for programmers.
 *
 * @since 0.1.0
 * @category rendering
 */
export const hint = (failure: Failure): ReturnCode.Localized => {
  const note = noteOf(failure)
  const { en, zh } = hintOf(failure) ?? ownHint(failure)
  return note === undefined ? { en, zh } : { en: `${en} ${note.en}`, zh: `${zh}${note.zh}` }
}

const ownHint = (failure: Failure): ReturnCode.Localized => {
  switch (failure._tag) {
    case "CredentialsUnavailable":
      return {
        en: "Run jindouyun login, or set JINDOUYUN_USERNAME and JINDOUYUN_PASSWORD.",
        zh: "请运行 jindouyun login，或设置 JINDOUYUN_USERNAME 和 JINDOUYUN_PASSWORD。"
      }
    case "TokenRejected":
      return failure.endpoint === TokenApi.refreshPath
        ? {
          en: `${failure.hint} Run jindouyun login to get a new pair.`,
          zh: `${Hint.of(failure).zh}可运行 jindouyun login 获取新的 Token。`
        }
        : isTokenRequest(failure.endpoint)
        ? Hint.of(failure)
        : {
          en:
            "The platform rejected a new token: check how calls send it (JINDOUYUN_TOKEN_PLACEMENT, JINDOUYUN_TOKEN_NAME), or run jindouyun doctor --probe.",
          zh:
            "刚取得的 Token 被拒绝：请检查调用时携带 Token 的方式（JINDOUYUN_TOKEN_PLACEMENT、JINDOUYUN_TOKEN_NAME），可运行 jindouyun doctor --probe 检测。"
        }
    case "InvalidConfiguration": {
      const { expected, setting } = failure
      const { en, zh } = Hint.of(failure)
      return {
        en,
        zh: zh.replace(` ${setting}，`, () => `${spaced(settingInChinese(setting)).trimEnd()}，`).replace(
          expected,
          () => translated(expected)
        )
      }
    }
    case "StoreFailure":
      return failure.remedy !== undefined || failure.systemError !== undefined ? Hint.of(failure) : {
        en: "Run jindouyun doctor, or use another store (--store).",
        zh: "请运行 jindouyun doctor，或换用其他存储（--store）。"
      }
    case "UsageError":
    case "OutputFailure":
      return failure.hint
    default:
      return Hint.of(failure)
  }
}

const isTokenRequest = (endpoint: string): boolean =>
  endpoint === TokenApi.acquirePath || endpoint === TokenApi.refreshPath

// Only these fields are shown, so no other field can leak a secret.
const details = [
  "code",
  "returnMessage",
  "endpoint",
  "reason",
  "systemError",
  "status",
  "detail",
  "operation",
  "setting",
  "variable",
  "delivery",
  "disposition",
  "attempts",
  "retryAfter",
  "nextTryAt"
]

const inEnglish = (failure: Failure): string => {
  if (failure._tag === "InvalidConfiguration") {
    return `${settingOf(failure)} ${failure.problem}`
  }
  // Some messages of the library end with their hint.
  const end = typeof failure.hint === "string" ? failure.hint : failure.hint.en
  const message = failure.message
  return (message.endsWith(end) ? message.slice(0, -end.length) : message).replace(/[.\s]+$/, "")
}

const inChinese = (failure: Failure): string => {
  switch (failure._tag) {
    case "UsageError":
      return failure.problem.zh.replace(/。$/, "")
    case "OutputFailure":
      return `结果无法写入标准输出：${failure.systemError}`
    case "InvalidConfiguration":
      return `${settingNameInChinese(failure)}有误：${translated(failure.problem)}`
    case "CredentialsUnavailable":
      return `无法取得凭据：${translated(failure.detail)}`
    case "StoreFailure":
      return `Token 存储无法${operations[failure.operation]}：${translated(failure.detail)}`
    case "ProviderClosed":
      return "Token 服务已关闭"
    case "TransportFailure":
      return `${failure.endpoint}：${reasons[failure.reason]}${bracketed(failure.detail)}，${
        failure.delivery === "unsent" ? "请求未发出" : "不确定平台是否已处理"
      }${tries(failure.attempts)}`
    case "UnexpectedResponse":
      return `${failure.endpoint}：意外的响应（HTTP ${failure.status}）${
        failure.detail === undefined ? "" : `：${translated(failure.detail)}`
      }${tries(failure.attempts)}`
    default: {
      const meaning = ReturnCode.lookup(failure.code)?.meaning.zh
      return `${failure.endpoint}：返回码 ${failure.code}${meaning === undefined ? "" : `，${meaning}`}${
        failure.returnMessage === "" ? "" : `：“${failure.returnMessage}”`
      }${tries(failure.attempts)}`
    }
  }
}

const settingOf = ({ setting, variable }: Pick<InvalidConfiguration, "setting" | "variable">): string =>
  variable === undefined || variable === setting ? setting : `${setting} (${variable})`

const settingNameInChinese = ({ setting, variable }: Pick<InvalidConfiguration, "setting" | "variable">): string => {
  const name = settingInChinese(setting)
  return name !== setting
    ? name
    : variable === undefined || variable === setting
    ? `${setting.startsWith("--") ? "选项" : "设置"} ${setting} `
    : `设置 ${setting}（${variable}）`
}

// A space separates letters from Chinese.
const spaced = (name: string): string => /^[!-~]/.test(name) ? ` ${name} ` : name

const operations = { load: "读取", save: "写入", clear: "清除", lease: "加锁" } as const

const reasons = {
  refused: "连接被拒绝",
  nameNotFound: "找不到主机",
  unreachable: "网络不可达",
  tls: "安全连接失败",
  connectTimeout: "连接超时",
  reset: "连接被断开",
  timeout: "响应超时",
  other: "网络故障"
} as const

const bracketed = (detail: string | undefined): string => detail === undefined ? "" : `（${translated(detail)}）`

const tries = (attempts: number): string => attempts > 1 ? `（共 ${attempts} 次尝试）` : ""

/**
 * A warning of the library, which is in English. If it is the message of one of the failures, it is written as a failure of
 * the command is.
 *
 * @since 0.1.0
 * @category rendering
 */
export const warning = (text: string, language: Language, failures: ReadonlyArray<TokenError> = []): string => {
  if (language === "en") {
    return text
  }
  if (text.endsWith(withoutStore.en)) {
    return `${warning(text.slice(0, -withoutStore.en.length), language, failures)}${withoutStore.zh}`
  }
  const failure = failures.find(({ message }) => message === text)
  if (failure !== undefined) {
    return sentence(failure, language)
  }
  const [, operation, detail] = /^token store: (load|save|clear|lease) failed: (.*?)\. [A-Z]/s.exec(text) ?? []
  const systemError = /^[A-Z][A-Z0-9]+(?= \()/.exec(detail ?? "")?.[0]
  return detail === undefined
    ? translated(text)
    : sentence(
      new StoreFailure({ operation: operation as StoreFailure["operation"], detail, systemError }),
      language
    )
}

const withoutStore: ReturnCode.Localized = {
  en: " Acquiring without the store, because acquireWithoutStore is true.",
  zh: "acquireWithoutStore 为 true，因此不经存储直接获取 Token。"
}
