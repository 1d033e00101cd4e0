// Writes the tables and programs of the READMEs, of SECURITY.md and of the pages in docs from the sources; with --check it only says
// whether they are up to date. A part is written into each page that has its marker, in the language of that page.
import * as Redacted from "effect/Redacted"
import * as Struct from "effect/Struct"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { Hint, JindouyunConfig, JindouyunError, ReturnCode, Token, TokenApi } from "../../packages/core/src/index.js"
import { settingTexts } from "../../packages/core/src/internal/settingTexts.js"
import * as TokenState from "../../packages/core/src/internal/token/state.js"
import { fill } from "../section.js"

type Language = keyof ReturnCode.Localized

const words = {
  en: {
    settings: ["Option", "Environment", "Default", "Meaning"],
    errors: ["Tag", "When", "Disposition", "Source", "What to do"],
    causes: ["Cause", "Class", "Hint"],
    unrecognized: "any other code",
    family: "`retry` if the first digit is 5, else `fatal`",
    transport: "no answer came",
    response: "an answer that is not the platform's",
    store: "the token store failed",
    credentials: "the credentials could not be read",
    closed: "the layer was closed",
    depends: "depends on its `reason`",
    reasons: "depends on its `reason`: see `hint`",
    it: " it",
    required: "required",
    username: "The username of the developer account",
    password: "Its password, `Redacted`",
    none: "—"
  },
  zh: {
    settings: ["选项", "环境变量", "默认值", "含义"],
    errors: ["标签", "触发条件", "处理方式", "来源", "处理建议"],
    causes: ["原因", "类", "处理建议"],
    unrecognized: "其他返回码",
    family: "首位为 5 时 `retry`，否则 `fatal`",
    transport: "没有收到响应",
    response: "响应不是平台的格式",
    store: "Token 存储失败",
    credentials: "无法读取凭据",
    closed: "Layer 已关闭",
    depends: "取决于 `reason`",
    reasons: "取决于 `reason`，见 `hint`",
    it: "该返回码",
    required: "必填",
    username: "开发者账号的用户名",
    password: "开发者账号的密码，类型为 `Redacted`",
    none: "—"
  }
} as const

const table = (header: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

const settings = (language: Language): string =>
  table(
    words[language].settings,
    [
      ["`username`", "`JINDOUYUN_USERNAME`", words[language].required, words[language].username],
      ["`password`", "`JINDOUYUN_PASSWORD`", words[language].required, words[language].password]
    ].concat(
      Struct.entries(JindouyunConfig.settings).map(([option, setting]) => [
        `\`${option}\``,
        `\`${setting.variable}\``,
        `\`${setting.default}\``,
        settingTexts[option][language]
      ])
    )
  )

const errors = (language: Language): string => {
  const text = words[language]
  const ofCode = (code: number) =>
    JindouyunError.fromReturnCode({
      // Only an acquisition sends the credentials.
      endpoint: code === 40001 ? TokenApi.acquirePath : "",
      code,
      returnMessage: "",
      status: 200,
      disposition: code === 40003 ? "reauthenticate" : "fatal"
    })
  const hint = (error: JindouyunError.TokenError) => Hint.of(error)[language]
  const known = ReturnCode.table.filter((row) => row.tag !== "Success").map((row) => [
    `\`${row.tag}\``,
    `\`${row.code}\` ${row.meaning[language]}`,
    `\`${row.disposition}\``,
    row.provenance,
    hint(ofCode(row.code))
  ])
  return table(text.errors, [
    ...known,
    [
      "`UnrecognizedReturnCode`",
      text.unrecognized,
      text.family,
      text.none,
      hint(ofCode(41009)).replace(" 41009", text.it)
    ],
    ["`TransportFailure`", text.transport, "`retry`", text.none, text.reasons],
    ["`UnexpectedResponse`", text.response, text.depends, text.none, text.reasons],
    [
      "`StoreFailure`",
      text.store,
      "`retry`",
      text.none,
      hint(new JindouyunError.StoreFailure({ operation: "load", detail: "" }))
    ],
    [
      "`CredentialsUnavailable`",
      text.credentials,
      "`retry`",
      text.none,
      hint(new JindouyunError.CredentialsUnavailable({ detail: "" }))
    ],
    [
      "`ProviderClosed`",
      text.closed,
      "`fatal`",
      text.none,
      hint(new JindouyunError.ProviderClosed({ delivery: "unsent" }))
    ]
  ])
}

/** Causes of failures that share a class, and the hint of each. */
const causes = (language: Language): string => {
  const acquire = { endpoint: TokenApi.acquirePath, baseUrl: "https://gateway.example" }
  const report = { ...acquire, endpoint: "/api/report/daily" }
  const transport = (detail: string, reason: JindouyunError.TransportReason, isUnsent = false) =>
    new JindouyunError.TransportFailure({ ...acquire, reason, detail, delivery: isUnsent ? "unsent" : "ambiguous" })
  const response = (
    reason: JindouyunError.ResponseReason,
    status: number,
    more: { readonly detail?: string; readonly endpoint?: string; readonly baseUrl?: string } = {}
  ) => new JindouyunError.UnexpectedResponse({ ...acquire, reason, status, disposition: "retry", ...more })
  const answered = (code: number, more: { readonly endpoint?: string; readonly baseUrl?: string } = {}) =>
    JindouyunError.fromReturnCode({
      ...acquire,
      code,
      returnMessage: "",
      status: 200,
      disposition: code >= 50000 ? "retry" : code === 40003 ? "reauthenticate" : "fatal",
      ...more
    })
  const inApi = { baseUrl: "https://gateway.example/api" }
  const rows: ReadonlyArray<readonly [en: string, zh: string, JindouyunError.TokenRequestError]> = [
    ["nothing listens", "端口无人监听", transport("ECONNREFUSED", "refused")],
    ["an unknown host", "主机名不存在", transport("ENOTFOUND", "nameNotFound", true)],
    ["a certificate that has expired", "证书已过期", transport("CERT_HAS_EXPIRED", "tls", true)],
    ["a certificate of another host", "证书属于其他主机", transport("ERR_TLS_CERT_ALTNAME_INVALID", "tls", true)],
    ["a certificate of an unknown authority", "证书由未知机构签发", transport("DEPTH_ZERO_SELF_SIGNED_CERT", "tls", true)],
    ["a port that does not speak TLS", "端口不使用 TLS", transport("EPROTO", "tls")],
    ["a port that does not speak HTTP", "端口不使用 HTTP", transport("HPE_INVALID_CONSTANT", "other")],
    [
      "a port that fetch refuses",
      "fetch 拒绝连接的端口",
      new JindouyunError.TransportFailure({ ...transport("bad port", "other", true), baseUrl: "https://gateway.example:6000" })
    ],
    ["an undici dispatcher of another major", "undici dispatcher 的主版本不同", transport("UND_ERR_INVALID_ARG", "other")],
    [
      "a proxy that is down",
      "代理无人监听",
      new JindouyunError.TransportFailure({ ...transport("ECONNREFUSED", "refused"), proxy: "proxy.example:3128" })
    ],
    ["a proxy that refuses the connection", "代理拒绝连接", transport("PROXY_STATUS_403", "other")],
    ["a response that takes too long", "响应超时", transport("no answer within the request timeout", "timeout")],
    ["HTTP 503", "HTTP 503", response("status", 503)],
    ["HTTP 429", "HTTP 429", response("status", 429)],
    ["HTTP 403 without an envelope", "HTTP 403，没有响应结构", response("status", 403)],
    ["HTTP 404 to a token request", "Token 请求返回 HTTP 404", response("status", 404)],
    ["HTTP 404 to a report call", "报表调用返回 HTTP 404", response("status", 404, report)],
    ["HTTP 413, 414 or 431", "HTTP 413、414 或 431", response("status", 413)],
    ["HTTP 407", "HTTP 407", response("status", 407)],
    ["a redirect", "重定向", response("redirect", 302, { detail: "to https://sso.example" })],
    ["a page of HTML", "HTML 页面", response("notEnvelope", 200, { detail: "HTML or XML" })],
    ["an empty response", "响应为空", response("notEnvelope", 200, { detail: "an empty body" })],
    ["a base URL that contains `/api`: HTTP 404, or 40000 or 40003 to a token request", "baseUrl 含有 `/api`：HTTP 404，或 Token 请求返回 40000 或 40003", response("status", 404, inApi)],
    ["a compressed response", "响应被压缩", response("notText", 200, { detail: "content-encoding: gzip" })],
    ["data that does not fit an endpoint", "数据不符合接口声明", response("invalidData", 200, { ...report, detail: "data: rows.0.day missing or not of the expected form" })],
    ["40001", "40001", answered(40001)],
    [
      "40001, with a secret that ends in white space",
      "40001，密码末尾有空白",
      new JindouyunError.AuthenticationFailed({ ...answered(40001), whiteSpaceIn: "password" })
    ],
    ["an acquisition refused with another code", "获取 Token 被其他返回码拒绝", answered(41001)],
    ["a refresh refused with 40000", "刷新 Token 返回 40000", answered(40000, { endpoint: TokenApi.refreshPath })],
    [
      "40003 to a request whose body is a stream",
      "40003，请求体是流",
      new JindouyunError.TokenRejected({ ...answered(40003, report), hasStream: true })
    ],
    ["40003, also to the new token", "40003，换新后的 Token 也被拒绝", answered(40003, report)],
    ["50000", "50000", answered(50000)]
  ]
  return table(
    words[language].causes,
    rows.map(([en, zh, error]) => [{ en, zh }[language], `\`${error._tag}\``, Hint.of(error)[language]])
  )
}

/** What `decide` answers, for each pair that may be held and each activity. */
const states = (): string => {
  const now = Date.UTC(2030, 0, 1)
  const policy = { expiryMargin: 60_000, earlyRefresh: 30 * 60_000 }
  const day = 24 * 60 * 60_000
  const failure = new JindouyunError.ProviderClosed({ delivery: "unsent" })
  const held = (age: number, access: TokenState.Held["access"] = "live"): TokenState.Held => ({
    pair: Token.makePair(
      new Token.TokenGrant({
        accessToken: Redacted.make("access"),
        refreshToken: new Token.RefreshToken({ value: Redacted.make("refresh") }),
        sentAt: now - age
      }),
      1,
      { accessToken: day, refreshToken: 30 * day }
    ),
    access,
    refresh: "untried"
  })
  const renewal = {} as TokenState.Renewal
  const rows: ReadonlyArray<readonly [string, TokenState.Held | undefined, forced: boolean]> = [
    ["no token", undefined, false],
    ["valid", held(60_000), false],
    ["valid, early refresh due", held(day - 20 * 60_000), false],
    ["expired, or within the margin", held(day - 30_000), false],
    ["rejected", held(60_000, "rejected"), false],
    ["any, forced refresh", held(60_000), true]
  ]
  const cooling = { _tag: "Cooling", since: now - 1000, failures: 1, failure } as const
  const activities: ReadonlyArray<readonly [string, TokenState.Activity]> = [
    ["idle", { _tag: "Idle", failure: undefined }],
    ["renewing", { _tag: "Renewing", renewal, failures: 0, failure: undefined }],
    ["cooling down", { ...cooling, until: now + 1000 }],
    ["cooldown over", { ...cooling, until: now }],
    ["closed", { _tag: "Closed", failure: undefined }]
  ]
  return table(
    ["held token", ...activities.map(([name]) => name)],
    rows.map(([name, held, forced]) => [
      name,
      ...activities.map(([, activity]) =>
        `\`${TokenState.decide({ ...TokenState.initial, held, activity }, now, policy, forced)._tag}\``
      )
    ])
  )
}

const languages: Readonly<Record<string, string>> = { go: "go", java: "java", py: "python", sh: "sh", ts: "ts" }

const file = (path: string): string =>
  `\`\`\`${languages[path.slice(path.lastIndexOf(".") + 1)]}\n${
    readFileSync(new URL(`../../${path}`, import.meta.url), "utf8").replace(/^\/\/ Generated from .*\n/m, "").trim()
  }\n\`\`\``

const program = (path: string): string => file(`packages/core/examples/${path}.ts`)

// The comment at the head of a recipe is its text. It is English, so a Chinese page has a text of its own.
const recipe = (path: string, language: Language): string => {
  const [, text = "", code = ""] = /^```ts\n\/\*\*\n([^]*?)\n \*\/\n([^]*)$/.exec(program(`recipes/${path}`)) ?? []
  return language === "zh" ? `\`\`\`ts\n${code}` : `${text.replace(/^ \* ?/gm, "")}\n\n\`\`\`ts\n${code}`
}

const parts = (language: Language): ReadonlyArray<readonly [name: string, content: string]> => [
  ["settings", settings(language)],
  ["errors", errors(language)],
  ["causes", causes(language)],
  ["states", states()],
  ["contact", contact()],
  ...readdirSync(new URL("../../packages/core/examples/recipes", import.meta.url))
    .map((name) => name.replace(".ts", ""))
    .map((name) => [name, recipe(name, language)] as const)
]

// A page that names a program in a comment has its text below.
const programs = (page: string) =>
  [...page.matchAll(/^<!-- ((?:packages|scratchpad)\/.+\.(?:go|java|py|sh|ts)) -->$/gm)].map(([, path = ""]) =>
    [path, file(path)] as const
  )

const pages = readdirSync(new URL("../../docs", import.meta.url), { recursive: true })
  .map(String)
  .filter((name) => name.endsWith(".md"))
  .map((name) => `docs/${name}`)

const isChinese = (page: string): boolean => page.startsWith("docs/zh/") || page.endsWith(".zh-CN.md")

const packages = readdirSync(new URL("../../packages", import.meta.url))
  .map((name) => `packages/${name}/README.md`)
  .filter((page) => existsSync(new URL(`../../${page}`, import.meta.url)))

/** Where to report a vulnerability, from the root's `package.json`. */
const contact = (): string => {
  const { bugs } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"))
  return `Write to <${bugs.email}>. Do not open a public issue.`
}

let stale = false

for (const page of ["README.md", "README.zh-CN.md", "SECURITY.md", ...packages, ...pages]) {
  const url = new URL(`../../${page}`, import.meta.url)
  const text = readFileSync(url, "utf8")
  const filled = [...parts(isChinese(page) ? "zh" : "en"), ...programs(text)]
    .filter(([name]) => text.includes(`<!-- ${name} -->`))
    .reduce((text, [name, content]) => fill(text, name, content), text)
  if (text !== filled && process.argv.includes("--check")) {
    console.error(`${page} is out of date: run npm run readme`)
    stale = true
  } else if (text !== filled) {
    writeFileSync(url, filled)
  }
}

process.exit(stale ? 1 : 0)
