import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import { aliases, type CommandName, commands, type Option, ownOptions } from "../CommandLine.js"
import type { Language } from "../Language.js"
import { pad, widthOf } from "./columns.js"
import { optionTexts, pathText } from "./optionTexts.js"
import { summaries } from "./summaries.js"

/** @internal */
export const title: ReturnCode.Localized = {
  en: "The access token of the Jindouyun open platform, for shells and scripts",
  zh: "筋斗云开放平台的 Token，供终端和脚本使用"
}

/**
 * The examples by command: each is a shell command and its meaning.
 *
 * @internal
 */
export const examples: {
  readonly [command in CommandName | "start"]: ReadonlyArray<readonly [line: string, meaning: ReturnCode.Localized]>
} = {
  start: [
    ["jindouyun sandbox --port 8080", {
      en: "runs an emulated platform; no account is needed. Use a second shell",
      zh: "运行模拟平台，不需要账号；请在另一个终端继续"
    }],
    ["jindouyun login --base-url http://127.0.0.1:8080 --username user1", {
      en: "asks for the password, pass1. Without --base-url: the real platform",
      zh: "询问密码，即 pass1；不写 --base-url 则使用真实平台"
    }],
    ["jindouyun call /api/report/echo --data '{\"day\":\"2021-12-12\"}'", {
      en: "calls a report with the token",
      zh: "携带 Token 调用数据报表接口"
    }],
    ["curl -H \"accessToken: $(jindouyun token)\" …", {
      en: "passes the token to another program",
      zh: "把 Token 传给其他程序"
    }]
  ],
  token: [
    ["jindouyun token", {
      en: "prints only the token, from the store while the token is valid",
      zh: "只输出 Token；有效期内从存储读取"
    }],
    ["jindouyun token --json", {
      en: "also prints the generation and both expiry times",
      zh: "还输出 Token 的代次和两个到期时间"
    }],
    ["curl -H \"accessToken: $(jindouyun token)\" https://jdy.cigdata.cn/api/…", {
      en: "passes the token to another program",
      zh: "把 Token 传给其他程序"
    }]
  ],
  refresh: [["jindouyun refresh", {
    en: "gets a new pair, for example after the platform has rejected a token",
    zh: "换取一对新 Token，例如在平台拒绝了 Token 之后"
  }]],
  status: [
    ["jindouyun status", {
      en: "shows the stored pair, its place and its expiry times",
      zh: "显示已保存的 Token、保存位置和到期时间"
    }],
    ["jindouyun status --json | jq .accessToken.secondsLeft", {
      en: "prints how many seconds the access token is still valid",
      zh: "输出 accessToken 还有多少秒到期"
    }]
  ],
  login: [
    ["jindouyun login", { en: "asks for username and password", zh: "询问用户名和密码" }],
    ["pass show jindouyun | jindouyun login --username user1 --password-stdin", {
      en: "reads the password from another program",
      zh: "从其他程序读取密码"
    }],
    ["export JINDOUYUN_ENCRYPTION_KEY=$(pass show jindouyun-key)", {
      en: "reads a key that openssl rand -base64 32 has made. All later commands need it",
      zh: "读取由 openssl rand -base64 32 生成的密钥；之后的所有命令都需要它"
    }],
    ["jindouyun login --remember", {
      en: "also stores the password; the key encrypts the password and the pair",
      zh: "同时保存密码；密码和 Token 都用密钥加密"
    }]
  ],
  logout: [["jindouyun logout", {
    en: "deletes the stored pair of the account and its remembered password",
    zh: "删除该账号已保存的 Token 和密码"
  }]],
  call: [
    ["jindouyun call /api/report/daily --data '{\"day\":\"2021-12-12\"}'", {
      en: "prints the data of the response as JSON",
      zh: "以 JSON 输出响应的 data"
    }],
    ["jindouyun call /api/report/daily --data @day.json --raw", {
      en: "reads the parameters from a file; prints the whole response",
      zh: "从文件读取参数，输出整个响应"
    }],
    ["date +'{\"day\":\"%F\"}' | jindouyun call /api/report/daily --data -", {
      en: "reads the parameters from stdin",
      zh: "从标准输入读取参数"
    }],
    ["jindouyun call /api/report/daily --method GET --data '{\"day\":\"2021-12-12\"}'", {
      en: "sends the parameters in the query",
      zh: "把参数写入查询参数"
    }]
  ],
  doctor: [
    ["jindouyun doctor", {
      en: "checks settings, store, proxy, network and clock, without a login",
      zh: "检查设置、存储、代理、网络和时钟，不登录"
    }],
    ["jindouyun doctor --probe --path /api/report/daily", {
      en: "tests the points that the platform's document leaves open: one login, one refresh, one call",
      zh: "检测平台文档未说明之处：一次登录、一次刷新、一次调用"
    }]
  ],
  sandbox: [
    ["jindouyun sandbox", {
      en: "runs an emulated platform on a free port, until Ctrl-C",
      zh: "在空闲端口运行模拟平台，直到按下 Ctrl-C"
    }],
    ["jindouyun sandbox --port 8080", { en: "uses a port of your choice", zh: "使用指定的端口" }],
    ["jindouyun sandbox --account user2:pass2 --access-token-lifetime \"90 seconds\"", {
      en: "has an account of your own, whose tokens expire soon",
      zh: "使用自定义账号，Token 很快过期"
    }],
    ["jindouyun sandbox --report /api/report/daily=daily.json", {
      en: "answers a report with the data of a file",
      zh: "以文件内容作为报表的 data"
    }],
    ["jindouyun sandbox --host 0.0.0.0 --port 8080", {
      en: "lets other machines in, and prints the key of the control API",
      zh: "允许其他机器访问，并输出控制 API 的密钥"
    }]
  ]
}

/**
 * A part of a help text.
 *
 * @internal
 */
export interface Section {
  readonly heading: ReturnCode.Localized
  readonly lines: (language: Language) => ReadonlyArray<string>
}

/**
 * The help of a command: its own options and its examples. The settings, which many commands share, are a topic.
 *
 * @internal
 */
export const ofCommand = (command: CommandName, language: Language): ReadonlyArray<Section | string> => [
  summaries[command][language],
  usage({
    en: `jindouyun ${command}${command === "call" ? " PATH" : ""} [OPTIONS]`,
    zh: `jindouyun ${command}${command === "call" ? " 路径" : ""} [选项]`
  }),
  ...command === "call"
    ? [{
      heading: { en: "ARGUMENTS", zh: "参数" },
      lines: (language: Language) => columns([[{ en: "PATH", zh: "路径" }[language], pathText[language]]])
    }]
    : [],
  options([...ownOptions[command], "--json", "--help"]),
  exampleSection({ en: "EXAMPLES", zh: "示例" }, examples[command]),
  command === "sandbox" ? seeOthers[language] : seeSettings[language]
]

/**
 * The help without a command.
 *
 * @internal
 */
export const overview = (language: Language): ReadonlyArray<Section | string> => [
  title[language],
  usage({ en: "jindouyun COMMAND [OPTIONS]", zh: "jindouyun 命令 [选项]" }),
  {
    heading: { en: "COMMANDS", zh: "命令" },
    lines: (language) => columns(commands.map((command) => [command, summaries[command][language]]))
  },
  exampleSection({ en: "GETTING STARTED", zh: "入门" }, examples.start),
  options(["--json", "--completions", "--version", "--help"]),
  {
    heading: { en: "MORE", zh: "更多" },
    lines: (language) => columns(more.map(([line, meaning]) => [line[language], meaning[language]]))
  }
]

const more: ReadonlyArray<readonly [line: ReturnCode.Localized, meaning: ReturnCode.Localized]> = [
  [{ en: "jindouyun COMMAND --help", zh: "jindouyun 命令 --help" }, {
    en: "the options and examples of a command",
    zh: "一条命令的选项和示例"
  }],
  [{ en: "jindouyun help settings", zh: "jindouyun help settings" }, {
    en: "account, platform, store and every setting",
    zh: "账号、平台、存储及全部设置"
  }],
  [{ en: "jindouyun help exit-codes", zh: "jindouyun help exit-codes" }, {
    en: "the meaning of each exit code",
    zh: "每个退出码的含义"
  }]
]

const seeOthers: ReturnCode.Localized = {
  en: "All commands: jindouyun --help",
  zh: "全部命令：jindouyun --help"
}

const seeSettings: ReturnCode.Localized = {
  en: "Account, platform, store and other settings: jindouyun help settings",
  zh: "账号、平台、存储及其他设置：jindouyun help settings"
}

const usage = (line: ReturnCode.Localized): Section => ({
  heading: { en: "USAGE", zh: "用法" },
  lines: (language) => [`  ${line[language]}`]
})

/** @internal */
export const options = (names: ReadonlyArray<Option>): Section => ({
  heading: { en: "OPTIONS", zh: "选项" },
  lines: (language) =>
    columns(names.map((name) => {
      const { value } = optionTexts[name]
      const [alias] = Object.entries(aliases).find(([, long]) => long === name) ?? []
      return [
        `${alias === undefined ? "" : `${alias}, `}${name}${value === undefined ? "" : ` ${value[language]}`}`,
        optionTexts[name][language]
      ]
    }))
})

const exampleSection = (
  heading: ReturnCode.Localized,
  lines: ReadonlyArray<readonly [line: string, meaning: ReturnCode.Localized]>
): Section => ({
  heading,
  lines: (language) => lines.flatMap(([line, meaning]) => [`  $ ${line}`, `      ${meaning[language]}`])
})

/** @internal */
export const columns = (rows: ReadonlyArray<readonly [name: string, text: string]>): ReadonlyArray<string> => {
  const width = Math.max(...rows.map(([name]) => widthOf(name)))
  return rows.map(([name, text]) => `  ${pad(name, width)}  ${text}`)
}

/**
 * A help text, with bold headings at a terminal.
 *
 * @internal
 */
export const render = (parts: ReadonlyArray<Section | string>, language: Language, isColored: boolean): string =>
  parts.map((part) => {
    if (typeof part === "string") {
      return part
    }
    const heading = part.heading[language]
    return [isColored ? `\u{1b}[1m${heading}\u{1b}[0m` : heading, ...part.lines(language)].join("\n")
  }).join("\n\n")
