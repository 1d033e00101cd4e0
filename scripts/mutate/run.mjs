// Breaks the sources of core in every small way Stryker knows, one at a time, and looks whether a test notices:
// `npm run mutate -- [FILE…] [--report] [--update]`. Without files all of the table below; --report runs nothing and shows
// what was measured last; --update writes it to RESULTS.md. Stryker is no dependency: it is installed apart, on
// first use, into a folder that git ignores.
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { installApart } from "../installApart.mjs"

const version = "9.6.1"
const root = fileURLToPath(new URL("../..", import.meta.url))
const folder = "build/mutation"

// The tests that are to notice, per file. A run with all of them would take hours and could only find more.
const suites = {
  "Token": ["Token", "internal/token/state"],
  "internal/token/freshness": ["internal/token/freshness", "internal/token/state"],
  "internal/token/state": ["internal/token/state"],
  "internal/http/envelope": ["internal/http/envelope"],
  "internal/edition/issuePaths": ["internal/http/envelope"],
  "ReturnCode": ["ReturnCode"],
  "internal/dispositions": ["internal/dispositions"],
  "TokenApi": ["TokenApi"],
  "internal/http/request": ["TokenApi", "internal/http/request"],
  "TokenProvider": ["TokenProvider", "SharedStore"],
  "internal/token/recovery": ["internal/token/recovery"],
  "internal/token/rejections": ["internal/token/rejections"]
}

function install() {
  // Without peers: vitest is the one of this repository.
  installApart("mutation", {
    "@stryker-mutator/core": version,
    "@stryker-mutator/vitest-runner": version
  })
}

function run(command, cwd, env = {}) {
  const { status } = spawnSync(command, { cwd, env: { ...process.env, ...env }, shell: true, stdio: "inherit" })
  if (status !== 0) process.exit(status ?? 1)
}

function mutate(file) {
  const name = file.replaceAll("/", "-")
  const config = `${folder}/${name}.config.json`
  writeFileSync(
    `${root}${config}`,
    JSON.stringify({
      mutate: [`packages/core/src/${file}.ts`],
      testRunner: "vitest",
      vitest: { configFile: "scripts/mutate/vitest.config.mjs", related: false },
      plugins: ["@stryker-mutator/vitest-runner"],
      coverageAnalysis: "perTest",
      concurrency: 2,
      timeoutMS: 20_000,
      timeoutFactor: 3,
      reporters: ["json"],
      jsonReporter: { fileName: `${folder}/${name}.json` },
      ignorePatterns: ["build", "dist", ".changeset", "scratchpad"],
      tempDirName: `${folder}/tmp`,
      // TypeScript 7 has no API for Stryker to read the configuration with: it is to find no such file.
      tsconfigFile: "none.json",
      checkers: [],
      allowConsoleColors: false
    })
  )
  run(`node ${folder}/node_modules/@stryker-mutator/core/bin/stryker.js run ${config}`, root, {
    MUTATION_TESTS: suites[file].map((test) => `test/${test}.test.ts`).join(",")
  })
}

// What Stryker counts as noticed: a test that failed, or one that did not come to its end any more.
const noticed = new Set(["Killed", "Timeout"])

function read(file) {
  const report = `${root}${folder}/${file.replaceAll("/", "-")}.json`
  if (!existsSync(report)) return []
  return Object.values(JSON.parse(readFileSync(report, "utf8")).files).flatMap(({ mutants, source }) =>
    mutants.map(({ location, mutatorName, replacement, status }) => ({
      status,
      text: `${file}.ts:${location.start.line}:${location.start.column} ${mutatorName}: ${
        source.split("\n")[location.start.line - 1].trim()
      }\n    became ${replacement}`
    }))
  )
}

function row(title, mutants) {
  const count = (...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length
  const killed = count(...noticed)
  const survived = count("Survived", "NoCoverage")
  const score = ((100 * killed) / (killed + survived)).toFixed(1)
  return `| ${title} | ${mutants.length} | ${killed} | ${survived} | ${score} % |`
}

function table() {
  const measured = Object.keys(suites).map((file) => [file, read(file)]).filter(([, mutants]) => mutants.length > 0)
  return [
    "| File | Mutants | Noticed | Survivors | Score | Tests |",
    "| --- | --- | --- | --- | --- | --- |",
    ...measured.map(([file, mutants]) =>
      `${row(`\`${file}\``, mutants)} ${suites[file].map((test) => `\`${test}\``).join(", ")} |`
    ),
    `${row("all", measured.flatMap(([, mutants]) => mutants))} |`
  ].join("\n")
}

const files = process.argv.slice(2).filter((argument) => !argument.startsWith("--"))
const unknown = files.filter((file) => !(file in suites))
if (unknown.length > 0) throw new Error(`no tests are named for ${unknown.join(", ")}`)
const chosen = files.length > 0 ? files : Object.keys(suites)

if (!process.argv.includes("--report")) {
  install()
  for (const file of chosen) mutate(file)
}

for (const { text } of chosen.flatMap(read).filter(({ status }) => !noticed.has(status))) console.log(text)
console.log(`\n${table()}`)
if (process.argv.includes("--update")) {
  const document = new URL("RESULTS.md", import.meta.url)
  const section = `<!-- mutation -->\n\n${table()}\n\n<!-- /mutation -->`
  writeFileSync(
    document,
    readFileSync(document, "utf8").replace(/<!-- mutation -->[^]*<!-- \/mutation -->/, () => section)
  )
}
