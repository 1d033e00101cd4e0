// Fails on words and openings that this project does not use, and names file, line and word. Takes a fraction of a second.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { join, relative } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))

const places = [
  "CONTRIBUTING.md",
  "README.md",
  "README.zh-CN.md",
  "SECURITY.md",
  "docs",
  "scratchpad",
  ...readdirSync(join(root, "packages")).flatMap((name) =>
    ["README.md", "README.zh-CN.md", "src", "examples"].map((child) => join("packages", name, child))
  )
]

// What may stand between two words of a sentence: white space, and the asterisks or slashes of a comment.
const gap = String.raw`[\s*/]`

const words = [
  `(?<!\\bin(?:-|${gap}*))flight`,
  "latch",
  "saboteur",
  "(?<![a-z])herd",
  "travel",
  "landing",
  "launched",
  "exchangeFloor",
  "unlessBegun",
  "giveWay",
  "polledLease",
  "anew",
  "whoever",
  "somebody"
]

// Only the case tells `coolDown` from `cooldown`; a sentence opens with a capital. A question may open with "Who".
const checks = [
  new RegExp(words.join("|"), "gi"),
  /cool_?Down|COOL_DOWN/g,
  new RegExp(`\\bWho\\b(?![^.!?]*\\?)|\\bWhere${gap}+nobody\\b`, "g")
]

// A sentence that opens with "What" names no subject, unless it is a question. A heading of a page may be such a question.
const openings = {
  ts: /(?:\/\*\*|^\s*\*|\/\/) What(?:ever)?\b/gm,
  md: /^What(?:ever)?\b(?![^.!?]*\?)|(?<=[.!?] )What(?:ever)?\b(?![^.!?]*\?)/gm
}

const files = (path) =>
  statSync(path).isDirectory()
    ? readdirSync(path).filter((name) => name !== "node_modules").flatMap((name) => files(join(path, name)))
    : [path]

const findings = places.map((place) => join(root, place)).filter(existsSync).flatMap(files).flatMap((file) => {
  const text = readFileSync(file, "utf8")
  const matches = [
    ...checks,
    ...Object.entries(openings).flatMap(([kind, check]) => file.endsWith(`.${kind}`) ? [check] : [])
  ].flatMap((check) => [...text.matchAll(check)])
    .sort((a, b) => a.index - b.index)
  return matches.map((match) => {
    const line = text.slice(0, match.index).split("\n").length
    return `${relative(root, file)}:${line}: ${match[0].replace(/[\s*/]+/g, " ")}`
  })
})

findings.forEach((finding) => console.error(finding))
process.exit(findings.length > 0 ? 1 : 0)
