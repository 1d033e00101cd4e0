/**
 * The measurements as text: on the terminal, in RESULTS.md and as a chart.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { fill } from "../../scripts/section.js"
import { chart } from "./chart.js"
import { type Check, type Figure, isReached, type Kept, type Measured, type ModuleBytes, type Step } from "./Result.js"

const beside = (file: string): URL => new URL(file, import.meta.url)

const data = beside("results.json")
const page = beside("RESULTS.md")

const command = (name: string): string => `npm run bench -- --only ${name}`

const number = (value: number): string =>
  Number.isNaN(value)
    ? "—"
    : Number.isInteger(value)
    ? value.toLocaleString("en-US")
    : Math.abs(value) >= 1000
    ? Math.round(value).toLocaleString("en-US")
    : Math.abs(value) >= 100
    ? value.toFixed(0)
    : Math.abs(value) >= 10
    ? value.toFixed(1)
    : Math.abs(value) >= 2
    ? value.toFixed(2)
    // Where a hundredth would hide on which side of a goal a ratio is.
    : Math.abs(value) >= 0.1
    ? value.toFixed(3)
    : value.toFixed(4)

const spreadOf = (low: number | undefined, high: number | undefined): string =>
  low === undefined || high === undefined || low === high ? "" : `${number(low)} – ${number(high)}`

const goalOf = ({ goal }: Check): string =>
  goal === undefined
    ? ""
    : "exactly" in goal
    ? `= ${number(goal.exactly)}`
    : "atMost" in goal
    ? `≤ ${number(goal.atMost)}`
    : `≥ ${number(goal.atLeast)}`

const verdict = (check: Check): string => {
  const reached = isReached(check)
  return reached === undefined ? "" : reached ? "yes" : "**no**"
}

const from = ({ cores, cpu, load, node }: Measured["environment"]): string =>
  `node ${node}, ${cores} cores of ${cpu}, load ${load}`

export const text = (_name: string, { checks, environment, figures, modules = {} }: Measured): string =>
  [
    from(environment),
    ...figures.map(({ contender, high, low, measure, median, rounds, unit }: Figure) =>
      `  ${measure.padEnd(36)} ${contender.padEnd(36)} ${number(median).padStart(12)} ${unit.padEnd(3)} ${
        spreadOf(low, high)
      } (${rounds})`
    ),
    ...checks.map((check) =>
      `  ${check.name.padEnd(62)} ${number(check.value).padStart(12)} ${spreadOf(check.low, check.high).padEnd(16)} ${
        goalOf(check)
      } ${verdict(check).replaceAll("*", "")}`
    ),
    ...Object.entries(modules).flatMap(([edition, rows]) =>
      rows.map(({ bytes, module, saved }) =>
        `  ${edition}: ${module.padEnd(52)} ${number(bytes).padStart(12)} B  ${
          saved === undefined ? "" : `${number(saved)} compressed`
        }`
      )
    )
  ].join("\n")

const row = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

const table = (heads: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [row(heads), row(heads.map(() => "---")), ...rows.map(row)].join("\n")

const section = (name: string, { checks, environment, figures }: Measured): string =>
  [
    `\`${command(name)}\` on ${from(environment)}`,
    ...(checks.length === 0 ? [] : [table(
      ["what", "value", "quartiles", "goal", "reached"],
      checks.map((check) => [
        check.name,
        number(check.value),
        spreadOf(check.low, check.high),
        goalOf(check),
        verdict(check)
      ])
    )]),
    ...(figures.length === 0 ? [] : [table(
      ["measure", "of", "median", "quartiles", "rounds"],
      figures.map(({ contender, high, low, measure, median, rounds, unit }) => [
        measure,
        contender,
        `${number(median)} ${unit}`.trim(),
        spreadOf(low, high),
        String(rounds)
      ])
    )])
  ].join("\n\n")

const goals = (cases: Kept["cases"]): string =>
  table(
    ["case", "what", "value", "goal", "reached", "command"],
    Object.entries(cases).flatMap(([name, { checks }]) =>
      checks.filter(({ goal }) => goal !== undefined).map((check) => [
        `\`${name}\``,
        check.name,
        number(check.value),
        goalOf(check),
        verdict(check),
        `\`${command(name)}\``
      ])
    )
  )

const steps = (steps: ReadonlyArray<Step>): string =>
  table(
    ["after", "times `Ref.get`", "quartiles", "a read"],
    steps.map(({ high, low, nanos, ratio, step }) => [
      step,
      number(ratio),
      spreadOf(low, high),
      `${number(nanos)} ns`
    ])
  )

type Modules = Readonly<Record<string, ReadonlyArray<ModuleBytes>>>

const modules = (found: Modules): string => {
  const names = new Set(Object.values(found).flatMap((rows) => rows.map(({ module }) => module)))
  const sums = ["other modules of core", "other modules", "all of core"]
  return table(
    ["module", ...Object.keys(found).flatMap((edition) => [`${edition}: bytes`, "compressed"])],
    [...[...names].filter((name) => !sums.includes(name)), ...sums].map((name) => [
      name,
      ...Object.values(found).flatMap((rows) => {
        const row = rows.find(({ module }) => module === name)
        return [row?.bytes, row?.saved].map((bytes) => bytes === undefined ? "" : number(bytes))
      })
    ])
  )
}

const kept = (): Kept => JSON.parse(readFileSync(data, "utf8")) as Kept

/** Cases that were not measured this time stay as they are. */
export const update = (measured: Kept["cases"]): void => {
  const before = kept()
  const now: Kept = { ...before, cases: { ...before.cases, ...measured } }
  writeFileSync(data, `${JSON.stringify(now, undefined, 1)}\n`)
  writeFileSync(beside("results.svg"), chart(now))
  let content = fill(readFileSync(page, "utf8"), "goals", goals(now.cases))
  content = fill(content, "steps", steps(now.steps))
  for (const [name, found] of Object.entries(now.cases)) {
    content = fill(content, name, section(name, found))
    if (found.modules !== undefined) {
      content = fill(content, "modules", modules(found.modules))
    }
  }
  writeFileSync(page, content)
}
