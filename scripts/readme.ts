// Writes the tables and programs of the READMEs and of the pages in docs from the sources; with --check it only says
// whether they are up to date.
import * as Struct from "effect/Struct"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { JindouyunConfig, JindouyunError, ReturnCode } from "../packages/core/src/index.js"
import { settingTexts } from "../packages/core/src/internal/settingTexts.js"
import { fill } from "./section.js"

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
    errors: ["标签", "何时", "处理方式", "来源", "怎么办"],
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

const file = (path: string): string =>
  `\`\`\`ts\n${readFileSync(new URL(`../${path}`, import.meta.url), "utf8").trim()}\n\`\`\``

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

const pages = readdirSync(new URL("../docs", import.meta.url)).filter((name) => name.endsWith(".md"))

let stale = false

for (
  const [file, parts] of [
    ["README.md", readme("en")],
    ["README.zh-CN.md", readme("zh")],
    ["docs/recipes.md", recipes],
    ...pages.filter((name) => name !== "recipes.md").map((name) => [`docs/${name}`, []] as const)
  ] as const
) {
  const url = new URL(`../${file}`, import.meta.url)
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
