// Fails if an exported constructor or layer (`make…`, `layer…`) has no @example in its docstring; `npm run docgen` compiles the examples.
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))
const places = ["core", "redis", "sandbox"].map((name) => `packages/${name}/src/`)
const exported = /(\/\*\*(?:(?!\*\/)[^])*\*\/\n)?export (?:const|function) ((?:make|layer)\w*)/g

// Modules that still have a constructor or layer without an example. A module leaves this list with its last one.
const waiting = [
  "PlatformClient.ts",
  "TokenProvider.ts"
].map((file) => `packages/core/src/${file}`)

const found = places.flatMap((place) =>
  readdirSync(`${root}${place}`).filter((file) => file.endsWith(".ts")).flatMap((file) =>
    [...readFileSync(`${root}${place}${file}`, "utf8").matchAll(exported)]
      .filter(([, docstring = ""]) => !docstring.includes("@example"))
      .map(([, , name]) => ({ path: `${place}${file}`, name }))
  )
)
const problems = [
  ...found.filter(({ path }) => !waiting.includes(path)).map(({ name, path }) => `${path}: ${name} has no @example`),
  ...waiting.filter((waits) => !found.some(({ path }) => path === waits)).map((path) =>
    `scripts/docs/examples.mjs: ${path} has all its examples, so it waits no longer`
  )
]

for (const problem of problems) console.error(problem)
process.exit(problems.length === 0 ? 0 : 1)
