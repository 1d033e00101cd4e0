/**
 * The exit codes of the command: one for each kind of failure.
 *
 * @since 0.1.0
 */
import type * as ReturnCode from "@jindouyun/core/ReturnCode"

/**
 * An exit code.
 *
 * @since 0.1.0
 * @category models
 */
export type ExitCode = typeof codes[keyof typeof codes]

/**
 * The exit codes by name.
 *
 * @since 0.1.0
 * @category codes
 */
export const codes = {
  success: 0,
  defect: 1,
  usage: 2,
  configuration: 3,
  credentials: 4,
  platform: 5,
  network: 6,
  store: 7,
  output: 8,
  interrupted: 130
} as const

/**
 * The meaning of each exit code, for the help and the documentation.
 *
 * @since 0.1.0
 * @category codes
 */
export const meanings: { readonly [Name in keyof typeof codes]: ReturnCode.Localized } = {
  success: { en: "success", zh: "成功" },
  defect: { en: "a defect of this program", zh: "程序缺陷" },
  usage: { en: "the command line is wrong", zh: "命令行有误" },
  configuration: { en: "a setting is invalid", zh: "设置有误" },
  credentials: {
    en: "no credentials are available, or the platform refuses them",
    zh: "没有可用的凭据，或平台拒绝了凭据"
  },
  platform: {
    en: "the platform refuses the request or sends an unexpected response",
    zh: "平台拒绝了请求，或返回了意外的响应"
  },
  network: { en: "no response arrived", zh: "没有收到响应" },
  store: { en: "the token store failed", zh: "无法使用 Token 存储" },
  output: { en: "the result could not be written to stdout", zh: "结果无法写入标准输出" },
  interrupted: { en: "interrupted by Ctrl-C", zh: "被 Ctrl-C 中断" }
}
