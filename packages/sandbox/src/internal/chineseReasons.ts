/**
 * The reasons of refusals in Chinese: a pattern of the English text, and the Chinese text. `$1` is a part that stays as it is,
 * `@1` a part that is translated, too. The page has the same table.
 *
 * @internal
 */
export const rows: ReadonlyArray<readonly [english: string, chinese: string]> = [
  ["the access token (.*)", "accessToken @1"],
  ["the refresh token (.*)", "refreshToken @1"],
  ["expired ([0-9]+) s ago", "已过期 $1 秒"],
  ["is an access token", "是 accessToken"],
  ["is a refresh token", "是 refreshToken"],
  ["is unknown", "未知"],
  ["is revoked", "已被撤销"],
  ["is revoked by a later acquisition", "已被之后的获取撤销"],
  ["is revoked by a later refresh", "已被之后的刷新撤销"],
  ["is revoked, as its account is removed", "已被撤销，因为账号已删除"],
  ["is used already", "已使用过"],
  ["is still valid, and earlyRefresh is refused", "仍有效，而 earlyRefresh 为 refused"],
  ["the password is not that of the account", "密码与账号不符"],
  ["no account has this username", "没有该用户名的账号"],
  ["header (\\S+) missing, expected header (\\S+)", "缺少请求头 $1"],
  ["header (\\S+) missing, expected (.*)", "缺少请求头 $1，应为@2"],
  ["header (\\S+) (.*), expected (.*) once", "请求头 $1 出现多次，应为一次"],
  ["header (\\S+), expected (.*)", "Token 在请求头 $1 中，应在@2中"],
  ["header (\\S+) (.*), expected (.*)", "请求头 $1 为 $2，应为@3"],
  ["query parameter (\\S+) missing, expected (.*)", "缺少查询参数 $1"],
  ["query parameter (\\S+) (.*), expected (.*) once", "查询参数 $1 出现多次，应为一次"],
  ["query parameter (\\S+), expected (.*)", "Token 在查询参数 $1 中，应在@2中"],
  ["header (\\S+)", "请求头 $1 "],
  ["query parameter (\\S+)", "查询参数 $1 "],
  ["method (\\S+), expected (\\S+)", "方法为 $1，应为 $2"],
  ["field (.*) missing", "缺少字段@1"],
  ["fields (\\S+) and (\\S+), expected one of them", "同时有字段 $1 和 $2，应只有其中一个"],
  ["field (.*) is (.*), expected a text", "字段 $1 是@2，应为字符串"],
  ["field (.*), expected (.*)", "字段 $1 有误，应为@2"],
  ["null", " null"],
  ["a list", "数组"],
  ["an object", "对象"],
  ["a number", "数字"],
  ["a boolean", "布尔值"],
  ["(\\S+) and (\\S+)", " $1 和 $2"],
  ["(\\S+) or (\\S+)", " $1 或 $2"],
  ["the body is empty, expected a JSON object", "请求体为空，应为 JSON 对象"],
  ["the body is not JSON in UTF-8", "请求体不是 UTF-8 编码的 JSON"],
  ["the body is not a JSON object", "请求体不是 JSON 对象"],
  ["the body is larger than ([0-9]+) bytes", "请求体超过 $1 字节"],
  ["the sandbox has no report at this path; its reports: none", "sandbox 没有此路径的报表，也没有其他报表"],
  [
    "the sandbox has no report at this path; its reports: (.*); a path must match exactly, so write a value in place of a :name",
    "sandbox 没有此路径的报表；已有的报表：$1；路径须完全匹配，请将 :name 换成具体的值"
  ],
  ["the sandbox has no report at this path; its reports: (.*)", "sandbox 没有此路径的报表；已有的报表：$1"],
  ["the report threw (.*)", "报表抛出了异常：$1"],
  ["([!-~]+)", " $1"]
]

/** @internal */
export const inChinese = (reason: string): string => {
  for (const [english, chinese] of rows) {
    const parts = new RegExp(`^${english}$`).exec(reason)
    if (parts !== null) {
      return chinese.replace(
        /([$@])([0-9])/g,
        (_, mark, number) => mark === "$" ? parts[number] ?? "" : inChinese(parts[number] ?? "")
      )
    }
  }
  return reason
}
