import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import { settingsOptions, type Topic } from "../CommandLine.js"
import * as ExitCode from "../ExitCode.js"
import type { Language } from "../Language.js"
import { columns, options, type Section } from "./help.js"

/**
 * The help of a topic.
 *
 * @internal
 */
export const ofTopic = (topic: Topic, language: Language): ReadonlyArray<Section | string> =>
  topic === "settings"
    ? [
      sourcesOfSettings[language],
      options(settingsOptions),
      {
        heading: {
          en: "SETTINGS: name for --set and the config file, variable, default",
          zh: "设置：名称（用于 --set 和配置文件）、环境变量、默认值"
        },
        lines: () =>
          [
            ["username", "JINDOUYUN_USERNAME", ""],
            ["store", "JINDOUYUN_STORE", "file"],
            ...Object.entries(JindouyunConfig.settings).map(([name, setting]) =>
              [name, setting.variable, setting.default] as const
            )
          ].map(([name = "", variable = "", value = ""]) =>
            `  ${name.padEnd(21)} ${variable.padEnd(33)} ${value}`.trimEnd()
          )
      },
      {
        heading: { en: "ENVIRONMENT ONLY", zh: "仅环境变量" },
        lines: (language) => columns(environmentOnly.map(([name, meaning]) => [name, meaning[language]]))
      },
      {
        en: "docs/settings.md describes each setting; jindouyun doctor shows its value and its source.",
        zh: "各项设置的含义见 docs/zh/settings.md；jindouyun doctor 显示当前值及其来源。"
      }[language]
    ]
    : [{
      heading: { en: "EXIT CODES", zh: "退出码" },
      lines: (language) =>
        columns(
          Object.entries(ExitCode.codes).map(([name, code]) => [
            String(code),
            ExitCode.meanings[name as keyof typeof ExitCode.codes][language]
          ])
        )
    }]

const sourcesOfSettings: ReturnCode.Localized = {
  en: "A setting comes from the first source that has it: an option, the environment, the\n"
    + "config file, the default. The last login supplies a missing account or platform.",
  zh: "设置取自第一个给出该值的来源：选项、环境变量、配置文件、默认值。\n未指定账号或平台时，使用上次登录的账号或平台。"
}

const environmentOnly: ReadonlyArray<readonly [name: string, meaning: ReturnCode.Localized]> = [
  ["JINDOUYUN_PASSWORD", { en: "the password", zh: "密码" }],
  ["JINDOUYUN_ENCRYPTION_KEY", { en: "encrypts what is stored", zh: "加密保存的内容" }],
  ["JINDOUYUN_PREVIOUS_ENCRYPTION_KEY", { en: "decrypts what an older key encrypted", zh: "解密上一个密钥加密的内容" }],
  ["JINDOUYUN_REDIS_URL", { en: "Redis, for --store redis", zh: "--store redis 使用的 Redis" }],
  ["JINDOUYUN_REDIS_PREFIX", { en: "the start of each key name", zh: "键名的前缀" }],
  ["HTTPS_PROXY, HTTP_PROXY, NO_PROXY", { en: "the proxy", zh: "代理" }]
]
