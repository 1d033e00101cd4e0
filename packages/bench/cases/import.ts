/**
 * What it takes to import all of core, beside importing the modules of effect and its platform that core imports. Each
 * time in a process of its own, from what the compiler emits.
 */
import { execFile, execFileSync } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"
import { count, figures, interleave, main, ratio, type Turn } from "../measure.js"

const run = promisify(execFile)

const dist = "packages/core/dist"
const folder = "packages/core/build/bench"

const probe = (file: string) => `
  gc(); gc()
  const before = process.memoryUsage().heapUsed
  const start = performance.now()
  await import(${JSON.stringify(pathToFileURL(file).href)})
  const time = performance.now() - start
  gc(); gc()
  console.log(JSON.stringify({ time, heap: process.memoryUsage().heapUsed - before }))
`

const importing = (file: string): Turn => async () => {
  const { stdout } = await run(process.execPath, ["--expose-gc", "--input-type=module", "--eval", probe(file)])
  return JSON.parse(stdout) as { readonly time: number; readonly heap: number }
}

main(async ({ quick }) => {
  execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-b", "packages/core/tsconfig.src.json"])
  const modules = new Set(
    readdirSync(dist, { recursive: true }).map(String).filter((file) => file.endsWith(".js")).flatMap((file) =>
      [...readFileSync(`${dist}/${file}`, "utf8").matchAll(/^(?:import|export) .*? ?from "([^".][^"]*)";?$/gm)]
        .map(([, name = ""]) => name)
        .filter((name) => name.startsWith("effect/") || name.startsWith("@effect/"))
    )
  )
  mkdirSync(folder, { recursive: true })
  // Beside core, where the same names mean the same modules.
  writeFileSync(`${folder}/modules.mjs`, [...modules].sort().map((name) => `import "${name}"`).join("\n"))

  const rounds = await interleave({
    core: importing(`${dist}/index.js`),
    "its modules of effect and platform": importing(`${folder}/modules.mjs`)
  }, quick ? { rounds: 3, warmup: 1 } : { rounds: 31, warmup: 2 })
  const beside = ["core", "its modules of effect and platform"] as const
  return {
    figures: [
      ...figures(rounds, "time", { title: "time to import", unit: "ms" }),
      ...figures(rounds, "heap", { title: "heap", unit: "B" })
    ],
    checks: [
      count("modules that are imported", modules.size, undefined),
      ratio(rounds, "time", beside, { name: "time beside its modules", goal: { atMost: 1.1 } }),
      ratio(rounds, "heap", beside, { name: "heap beside its modules", goal: { atMost: 1.1 } })
    ]
  }
})
