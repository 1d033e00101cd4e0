import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import type { CommandName } from "../CommandLine.js"

/**
 * A description of each command on one line.
 *
 * @internal
 */
export const summaries: { readonly [command in CommandName]: ReturnCode.Localized } = {
  token: {
    en: "Print a valid access token; logs in or refreshes if necessary",
    zh: "输出有效的 accessToken；必要时登录或刷新"
  },
  refresh: {
    en: "Get a new pair now, even if the current pair is valid",
    zh: "立即换取一对新 Token，即使当前 Token 仍有效"
  },
  status: {
    en: "Show the stored pair and its expiry times; sends no request",
    zh: "显示已保存的 Token 及其到期时间；不发送请求"
  },
  login: {
    en: "Log in and store the pair; asks for the password without echo",
    zh: "登录并保存一对 Token；提示输入密码，不回显"
  },
  logout: {
    en: "Delete the stored pair and the remembered password; sends no request",
    zh: "删除已保存的 Token 和密码；不发送请求"
  },
  call: {
    en: "Call a report with the token and print its data as JSON",
    zh: "携带 Token 调用数据报表接口，以 JSON 输出其 data"
  },
  doctor: {
    en: "Check settings, store, proxy, network and clock",
    zh: "检查设置、存储、代理、网络和时钟"
  },
  sandbox: {
    en: "Run an emulated platform on this machine until Ctrl-C",
    zh: "在本机运行模拟平台，直到按下 Ctrl-C"
  }
}
