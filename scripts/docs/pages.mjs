// Reads every page a person reads: compiles its TypeScript, looks whether its programs are files that a test runs and whether the
// scripts its shell blocks name exist, follows its links within the repository, counts its lines, and parses its pictures.
import { spawnSync } from "node:child_process"
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { installApart } from "../installApart.mjs"

const root = fileURLToPath(new URL("../..", import.meta.url))
const { scripts } = JSON.parse(readFileSync(`${root}package.json`, "utf8"))
const pages = ["README.md", "README.zh-CN.md", "CONTRIBUTING.md", "SECURITY.md"].concat(
  readdirSync(`${root}packages`).map((name) => `packages/${name}/README.md`).filter((page) => existsSync(`${root}${page}`)),
  readdirSync(`${root}docs`, { recursive: true }).filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`),
  ["packages/bench", "packages/core/test/matrix", "packages/simulation", "scripts/mutate"].map((folder) =>
    `${folder}/RESULTS.md`
  )
)
const problems = []

const read = (page) => readFileSync(`${root}${page}`, "utf8")

const blocks = (page, language) =>
  [...read(page).matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, found, text]) => found === language ? [text] : [])

// The headings of a page, as links name them.
const anchors = (page) =>
  [...read(page).replaceAll(/^```.*?^```$/gms, "").matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
  )

// How many lines a page may have. Results and decisions are no guides; some guides have each program in several languages.
const longest = (page) =>
  page.startsWith("README")
    ? 140
    : /^docs\/(zh\/)?[\w-]+\.md$/.test(page) && !/(guarantees|sandbox-clients|sandbox-tests)\.md$/.test(page)
    ? 200
    : Infinity

// What runs a file of a package: the tests and the other examples of the package.
const runners = readdirSync(`${root}packages`).flatMap((name) => [`packages/${name}/test`, `packages/${name}/examples`])
  .filter((folder) => existsSync(`${root}${folder}`))
  .flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true }).filter((file) => file.endsWith(".ts")).map((file) => [
      folder.replace(/(test|examples)$/, ""),
      readFileSync(`${root}${folder}/${file}`, "utf8")
    ])
  )

// The commands of the pages are run by `Pages.slow.test.ts` of the command line, and with them the programs of scratchpad.
const isRun = (path) =>
  path.endsWith(".test.ts") || runners.some(([place, text]) =>
    path.startsWith(place) && text.includes(path.replace(/.*(\/[^/]+\.)\w+$/, "$1"))
  ) || pages.some((page) => blocks(page, "sh").some((text) => text.includes(` tsx ${path} `)))

const section = /^<!-- (\S+) -->$(.*?)^<!-- \/\1 -->$/gms

for (const page of pages) {
  const lines = read(page).split("\n").length - 1
  if (lines > longest(page)) problems.push(`${page}: ${lines} lines are more than ${longest(page)}`)
  for (const [, text] of read(page).replaceAll(section, "").matchAll(/^```ts\n(.*?)^```$/gms)) {
    problems.push(`${page}: this program is no file that a test runs, named in a comment:\n${text}`)
  }
  for (const [, name, text] of read(page).matchAll(section)) {
    const path = name.includes("/") ? name : `packages/core/examples/recipes/${name}.ts`
    if (text.includes("```ts\n") && !isRun(path)) problems.push(`${page}: no test runs ${path}`)
  }
  for (const [, target] of read(page).replaceAll(/^```.*?^```$/gms, "").matchAll(/\]\(([^)\s]+)\)/g)) {
    const [path, anchor] = target.split("#")
    if (/^(https?|mailto):/.test(target)) continue
    const file = path === "" ? page : join(dirname(page), path)
    if (!existsSync(`${root}${file}`)) problems.push(`${page}: ${target} leads nowhere`)
    else if (anchor !== undefined && !anchors(file).includes(anchor)) {
      problems.push(`${page}: ${target}: no such heading`)
    }
  }
  for (const text of blocks(page, "sh")) {
    for (const [, name] of text.matchAll(/\bnpm run (?:-s )?([\w:-]+)/g)) {
      if (!(name in scripts)) problems.push(`${page}: there is no script ${name}`)
    }
    for (const [, path] of text.matchAll(/\bnpx tsx (\S+)/g)) {
      if (!existsSync(`${root}${path}`)) problems.push(`${page}: there is no ${path}`)
    }
  }
}

// From scratchpad every package for Effect 3 can be seen, from effect4 every package for Effect 4. What a block imports tells which it needs.
const folders = { 3: `${root}scratchpad/build/pages`, 4: `${root}packages/effect4/build/pages` }
for (const folder of Object.values(folders)) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(`${folder}/blocks`, { recursive: true })
  writeFileSync(
    `${folder}/tsconfig.json`,
    JSON.stringify({
      extends: `${root}tsconfig.base.json`,
      compilerOptions: { composite: false, declarationMap: false, incremental: false, noEmit: true, types: ["node"] },
      include: ["blocks"]
    })
  )
}
// Some programs go on from the first report, or from the recipe before them. The two clients of a page share their requests.
for (
  const [path, name] of [
    ["core/examples/call-a-report.ts", "../call-a-report.ts"],
    ["core/examples/call-a-report.ts", "call-a-report.ts"],
    ["core/examples/recipes/many-accounts.ts", "many-accounts.ts"],
    ["sandbox/quick-starts/three-tests/platform.ts", "platform.ts"]
  ]
) {
  copyFileSync(`${root}packages/${path}`, `${folders[3]}/blocks/${name}`)
}
const counts = { 3: 0, 4: 0 }
for (const page of pages) {
  for (const [index, text] of blocks(page, "ts").entries()) {
    const effect = text.includes("@jindouyun/effect4") ? 4 : 3
    writeFileSync(`${folders[effect]}/blocks/${page.replaceAll(/[/.]/g, "-")}-${index + 1}.ts`, text)
    counts[effect] += 1
  }
}
for (const [effect, folder] of Object.entries(folders)) {
  console.log(`compiling ${counts[effect]} blocks for Effect ${effect}`)
  if (
    spawnSync(`${root}node_modules/.bin/tsc --project .`, { cwd: folder, shell: true, stdio: "inherit" }).status !== 0
  ) {
    problems.push(`a block of TypeScript for Effect ${effect} does not compile`)
  }
}

// The Chinese page has the headings, the programs and the commands of the English page; the comments of commands are translated.
const outline = (page) => [
  ...read(page).replaceAll(/^```.*?^```$/gms, "").matchAll(/^#+ /gm),
  ...[...read(page).matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, text]) =>
    language === "mermaid" ? "a picture" : text.replaceAll(/ +#.*$/gm, "")
  )
].map(String)
for (const page of pages.filter((page) => page.startsWith("docs/zh/") || page.endsWith(".zh-CN.md"))) {
  const english = page.replace("docs/zh/", "docs/").replace(".zh-CN", "")
  const [own, other] = [outline(page), outline(english)]
  const index = own.findIndex((part, index) => part !== other[index])
  if (index >= 0 || own.length !== other.length) {
    problems.push(`${page}: it differs from ${english}:\n${own.at(index)}`)
  }
}

const pictures = pages.flatMap((page) => blocks(page, "mermaid").map((text) => [page, text]))
const tools = installApart("pages", { mermaid: "11.17.2" })
const load = (name) => import(pathToFileURL(`${tools}/node_modules/${name}`))
// It cleans what it has read with the help of a browser's document. There is none, and nothing is drawn.
const { default: purify } = await load("dompurify/dist/purify.es.mjs")
Object.assign(purify, { addHook: () => undefined, sanitize: (text) => text })
const { default: mermaid } = await load("mermaid/dist/mermaid.core.mjs")
for (const [page, text] of pictures) {
  await mermaid.parse(text).catch((error) =>
    problems.push(`${page}: a picture does not parse: ${error.message}\n${text}`)
  )
}
console.log(`parsed ${pictures.length} pictures`)
if (await mermaid.parse("sequenceDiagram\n  A->>>>B", { suppressErrors: true }) !== false) {
  problems.push("a picture that cannot be parsed was parsed")
}

for (const problem of problems) console.error(problem)
process.exit(problems.length === 0 ? 0 : 1)
