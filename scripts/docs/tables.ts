// Writes the tables and programs of the READMEs and of the pages in docs from the sources; with --check it only says
// whether they are up to date.
import * as Redacted from "effect/Redacted"
import * as Struct from "effect/Struct"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { JindouyunConfig, JindouyunError, ReturnCode, Token } from "../../packages/core/src/index.js"
import { settingTexts } from "../../packages/core/src/internal/settingTexts.js"
import * as TokenState from "../../packages/core/src/internal/token/state.js"
import { fill } from "../section.js"

type Language = keyof ReturnCode.Localized

const words = {
  en: {
    settings: ["Option", "Environment", "Default", "Meaning"],
    errors: ["Tag", "When", "Disposition", "Source", "What to do"],
    unrecognized: "any other code",
    family: "`retry` if the first digit is 5, else `fatal`",
    transport: "no answer came",
    response: "an answer that is not the platform's",
    store: "the token store failed",
    credentials: "the credentials could not be read",
    closed: "the layer was closed",
    depends: "by its `reason`",
    reasons: "by its `reason`; `hint` says it",
    it: "it",
    required: "required",
    username: "The username of the developer account",
    password: "Its password, `Redacted`",
    none: "—"
  },
  zh: {
    settings: ["选项", "环境变量", "默认值", "含义"],
    errors: ["标签", "何时", "处理方式", "来源", "处理建议"],
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
    password: "密码，`Redacted`",
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
      endpoint: "",
      code,
      returnMessage: "",
      status: 200,
      disposition: "fatal"
    })
  const known = ReturnCode.table.filter((row) => row.tag !== "Success").map((row) => [
    `\`${row.tag}\``,
    `\`${row.code}\` ${row.meaning[language]}`,
    `\`${row.disposition}\``,
    row.provenance,
    ofCode(row.code).hint[language]
  ])
  const hint = (error: { readonly hint: ReturnCode.Localized }) => error.hint[language]
  return table(text.errors, [
    ...known,
    [
      "`UnrecognizedReturnCode`",
      text.unrecognized,
      text.family,
      text.none,
      hint(ofCode(41009)).replace("41009", text.it)
    ],
    ["`TransportFailure`", text.transport, text.depends, text.none, text.reasons],
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

const file = (path: string): string =>
  `\`\`\`ts\n${readFileSync(new URL(`../../${path}`, import.meta.url), "utf8").trim()}\n\`\`\``

const program = (path: string): string => file(`packages/core/examples/${path}.ts`)

// The comment at the head of a recipe is its text.
const recipe = (path: string): string => {
  const [, text = "", code = ""] = /^```ts\n\/\*\*\n([^]*?)\n \*\/\n([^]*)$/.exec(program(`recipes/${path}`)) ?? []
  return `${text.replace(/^ \* ?/gm, "")}\n\n\`\`\`ts\n${code}`
}

const readme = (language: Language) => [
  ["settings", settings(language)],
  ["errors", errors(language)],
  ["example", program("ten-lines")],
  ["call", program("call-a-report")]
]

const recipes = [
  "proxy-and-private-authority",
  "gateway",
  "without-effect",
  "serverless",
  "paging",
  "rotated-secrets"
].map((name) => [name, recipe(name)])

// A page that names a program in a comment has its text below.
const programs = (page: string) =>
  [...page.matchAll(/^<!-- ((?:packages|scratchpad)\/.+\.ts) -->$/gm)].map(([, path = ""]) =>
    [path, file(path)] as const
  )

const pages = readdirSync(new URL("../../docs", import.meta.url)).filter((name) => name.endsWith(".md"))

let stale = false

for (
  const [file, parts] of [
    ["README.md", readme("en")],
    ["README.zh-CN.md", readme("zh")],
    ["docs/recipes.md", recipes],
    ["docs/architecture.md", [["states", states()]]],
    ...pages.filter((name) => name !== "recipes.md" && name !== "architecture.md").map((name) =>
      [`docs/${name}`, []] as const
    )
  ] as const
) {
  const url = new URL(`../../${file}`, import.meta.url)
  const page = readFileSync(url, "utf8")
  const filled = [...parts, ...programs(page)].reduce(
    (text, [name = "", content = ""]) => fill(text, name, content),
    page
  )
  if (page !== filled && process.argv.includes("--check")) {
    console.error(`${file} is out of date: run npm run readme`)
    stale = true
  } else if (page !== filled) {
    writeFileSync(url, filled)
  }
}

process.exit(stale ? 1 : 0)
