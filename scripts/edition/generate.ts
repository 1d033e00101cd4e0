/**
 * Generates the packages for Effect 4 from those for Effect 3 (docs/decisions/effect-4.md). The folders named `edition` and the
 * files of `byHand` are written for each Effect and committed; everything else is generated.
 */
import { createFromBuffer } from "@dprint/formatter"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { convert, type Problem } from "./convert.js"
import { editions } from "./table.js"

const root = fileURLToPath(new URL("../..", import.meta.url))

const filesIn = (folder: string): ReadonlyArray<string> =>
  fs.existsSync(folder)
    ? fs.readdirSync(folder, { encoding: "utf8", recursive: true }).filter((file) => file.endsWith(".ts"))
    : []

const isEdition = (file: string): boolean => file.includes("/edition/")

const isWanted = (file: string, only: ReadonlyArray<string> | undefined): boolean =>
  only?.some((each) => file === each || file.startsWith(`${each}/`)) !== false

const mark = "// Generated from "

// Below the comment of the module, which docgen reads only at the head of a file.
const marked = (text: string, from: string): string =>
  text.replace(/^(?:\/\*\*[^]*?\*\/\n)?/, (comment) => `${comment}${mark}${from} by npm run edition.\n`)

/** The text of each generated file, by its path. */
const generated = new Map<string, string>()
const problems: Array<Problem> = []
for (const { byHand = [], folders, from, only, to, without = [] } of editions) {
  for (const folder of folders) {
    for (const file of filesIn(path.join(root, from, folder)).map((file) => path.join(folder, file))) {
      if (
        isWanted(file, only) && !without.includes(file) && !byHand.includes(file) && !isEdition(file)
      ) {
        const text = fs.readFileSync(path.join(root, from, file), "utf8")
        const converted = convert(text, path.join(from, file), (module) => {
          const imported = path.join(path.dirname(file), module.replace(/\.js$/, ".ts"))
          return without.includes(imported)
        })
        problems.push(...converted.problems)
        generated.set(path.join(to, file), marked(converted.text, path.join(from, file)))
      }
    }
  }
}

if (problems.length > 0) {
  for (const { file, line, text } of problems) {
    console.error(`${file}:${line}: ${text}`)
  }
  console.error("\nLook each one up, and add it to scripts/edition/table.ts or rules.ts.")
  process.exit(1)
}

// Formatted before the comparison, so that a second run changes nothing.
const { plugins: [plugin], typescript, ...settings } = JSON.parse(
  fs.readFileSync(path.join(root, "dprint.json"), "utf8")
)
const formatter = createFromBuffer(fs.readFileSync(path.join(root, plugin)))
formatter.setConfig({ lineWidth: settings.lineWidth, indentWidth: settings.indentWidth }, typescript)
for (const [file, text] of generated) {
  const target = path.join(root, file)
  const formatted = formatter.formatText({ filePath: file, fileText: text })
  if (!fs.existsSync(target) || fs.readFileSync(target, "utf8") !== formatted) {
    fs.mkdirSync(path.dirname(target), { recursive: true })
    fs.writeFileSync(target, formatted)
  }
}

const strangers: Array<string> = []
for (const { byHand = [], folders, to } of editions) {
  for (const folder of folders) {
    for (const file of filesIn(path.join(root, to, folder)).map((file) => path.join(folder, file))) {
      const target = path.join(to, file)
      if (!generated.has(target) && !byHand.includes(file) && !isEdition(file)) {
        if (new RegExp(`^${mark}`, "m").test(fs.readFileSync(path.join(root, target), "utf8"))) {
          fs.rmSync(path.join(root, target))
        } else {
          strangers.push(target)
        }
      }
    }
  }
}
if (strangers.length > 0) {
  console.error(
    `${
      strangers.join("\n")
    }\n\nThese files are not generated: move them to the package for Effect 3, or to a folder named edition.`
  )
  process.exit(1)
}
