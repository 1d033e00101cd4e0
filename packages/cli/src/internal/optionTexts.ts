import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import type { Option } from "../CommandLine.js"

/**
 * The value that each option takes, as the help names it, and what the option does.
 *
 * @internal
 */
export const optionTexts: {
  readonly [option in Option]: ReturnCode.Localized & { readonly value?: ReturnCode.Localized }
} = {
  "--username": {
    value: { en: "NAME", zh: "用户名" },
    en: "The account; by default that of the last login",
    zh: "账号，默认为上次登录的账号"
  },
  "--base-url": {
    value: { en: "URL", zh: "URL" },
    en: "The address of the platform",
    zh: "平台地址"
  },
  "--store": {
    value: { en: "KIND", zh: "种类" },
    en: "The token store: file (the default), redis or none",
    zh: "Token 存储：file（默认）、redis 或 none"
  },
  "--set": {
    value: { en: "NAME=VALUE", zh: "名称=值" },
    en: "Any other setting, such as --set earlyRefresh=0",
    zh: "其他任意设置，例如 --set earlyRefresh=0"
  },
  "--config": {
    value: { en: "FILE", zh: "文件" },
    en: "The config file; by default jindouyun/config.json in XDG_CONFIG_HOME",
    zh: "配置文件，默认为 XDG_CONFIG_HOME 中的 jindouyun/config.json"
  },
  "--data": {
    value: { en: "JSON", zh: "JSON" },
    en: "The parameters: JSON, @file, or - for stdin",
    zh: "参数：JSON、@文件，或用 - 表示标准输入"
  },
  "--method": {
    value: { en: "METHOD", zh: "方法" },
    en: "The HTTP method, POST by default",
    zh: "HTTP 方法，默认为 POST"
  },
  "--host": {
    value: { en: "ADDRESS", zh: "地址" },
    en: "The address to listen on, 127.0.0.1 by default; 0.0.0.0 lets other machines in",
    zh: "监听地址，默认为 127.0.0.1；0.0.0.0 允许其他机器访问"
  },
  "--port": {
    value: { en: "PORT", zh: "端口" },
    en: "The port; a free port by default",
    zh: "端口，默认为空闲端口"
  },
  "--control-key": {
    value: { en: "KEY", zh: "密钥" },
    en: "The key of the control API; by default a random key if other machines can connect",
    zh: "控制 API 的密钥；其他机器可以访问时默认随机生成"
  },
  "--account": {
    value: { en: "NAME:PASSWORD", zh: "用户名:密码" },
    en: "An account in place of user1; repeat the option for more",
    zh: "代替 user1 的账号；可重复指定多个"
  },
  "--access-token-lifetime": {
    value: { en: "DURATION", zh: "时长" },
    en: "How long an access token is valid, such as \"90 seconds\"; 24 hours by default",
    zh: "accessToken 的有效期，例如 \"90 seconds\"，默认为 24 小时"
  },
  "--refresh-token-lifetime": {
    value: { en: "DURATION", zh: "时长" },
    en: "How long a refresh token is valid; 30 days by default",
    zh: "refreshToken 的有效期，默认为 30 天"
  },
  "--report": {
    value: { en: "PATH=FILE", zh: "路径=文件" },
    en: "A report whose data is this JSON file; repeat the option for more",
    zh: "以此 JSON 文件为 data 的报表；可重复指定多个"
  },
  "--path": {
    value: { en: "PATH", zh: "路径" },
    en: "The report that --probe calls, such as /api/report/daily",
    zh: "--probe 调用的报表，例如 /api/report/daily"
  },
  "--completions": {
    value: { en: "SHELL", zh: "SHELL" },
    en: "Print a completion script for bash, zsh, fish or sh",
    zh: "输出补全脚本，可为 bash、zsh、fish 或 sh"
  },
  "--log-level": {
    value: { en: "LEVEL", zh: "级别" },
    en: "Print the log of the library from this level on, such as debug",
    zh: "输出本库此级别以上的日志，例如 debug"
  },
  "--json": { en: "Print results and errors as JSON", zh: "以 JSON 输出结果和错误" },
  "--raw": {
    en: "Print the whole response, even if the platform refuses the call",
    zh: "输出整个响应，即使平台拒绝了调用"
  },
  "--password-stdin": { en: "Read the password from stdin", zh: "从标准输入读取密码" },
  "--remember": {
    en: "Also store the password, encrypted with JINDOUYUN_ENCRYPTION_KEY",
    zh: "同时保存密码，用 JINDOUYUN_ENCRYPTION_KEY 加密"
  },
  "--probe": {
    en: "Test what the platform's document leaves open: one login, one refresh and, with --path, one call",
    zh: "检测平台文档未说明之处：一次登录、一次刷新，指定 --path 时还有一次调用"
  },
  "--quiet": {
    en: "Print no line on stderr for each request",
    zh: "不在标准错误中为每个请求输出一行"
  },
  "--help": { en: "Show this help", zh: "显示本帮助" },
  "--version": { en: "Print the version", zh: "输出版本号" }
}

/**
 * The argument of `call`.
 *
 * @internal
 */
export const pathText: ReturnCode.Localized = {
  en: "The path after the base URL, such as /api/report/daily",
  zh: "baseUrl 之后的路径，例如 /api/report/daily"
}
