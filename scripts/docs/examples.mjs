// Fails if an exported constructor or layer (by its category, or by a name such as `make…` or `layer…`) has no @example in its
// docstring; `npm run docgen` compiles the examples.
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))
const places = ["core", "redis", "sandbox"].map((name) => `packages/${name}/src/`)
const exported = /^(\/\*\*(?:(?!\*\/)[^])*\*\/\n)?export (?:const|function) (\w+)/gm

const problems = places.flatMap((place) =>
  readdirSync(`${root}${place}`).filter((file) => file.endsWith(".ts")).flatMap((file) =>
    [...readFileSync(`${root}${place}${file}`, "utf8").matchAll(exported)]
      .filter(([, docstring = "", name]) => /^(make|layer)/.test(name) || /@category (constructors|layers)$/m.test(docstring))
      .filter(([, docstring = ""]) => !docstring.includes("@example"))
      .map(([, , name]) => `${place}${file}: ${name} has no @example`)
  )
)

for (const problem of problems) console.error(problem)
process.exit(problems.length === 0 ? 0 : 1)
