/**
 * The time and the heap of an import of the whole library, beside an import of the modules of Effect that the library imports. Each
 * import runs in a process of its own, from the output of the compiler.
 */
import { execFile, execFileSync } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"
import { editions, nameOf } from "../editions.js"
import { count, figures, interleave, main, ratio, type Turn } from "../measure.js"

const run = promisify(execFile)

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

/** The modules of Effect and its platform that the library imports. */
const modulesOf = (dist: string): ReadonlyArray<string> =>
  [
    ...new Set(
      readdirSync(dist, { recursive: true }).map(String).filter((file) => file.endsWith(".js")).flatMap((file) =>
        [...readFileSync(`${dist}/${file}`, "utf8").matchAll(/^(?:import|export) .*? ?from "([^".][^"]*)";?$/gm)]
          .map(([, name = ""]) => name)
          .filter((name) => name.startsWith("effect/") || name.startsWith("@effect/"))
      )
    )
  ].sort()

main(async ({ quick }) => {
  const contenders = editions.map((edition) => {
    const { library } = edition
    execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-b", `${library}/tsconfig.src.json`])
    const modules = modulesOf(`${library}/dist`)
    const folder = `${library}/build/bench`
    mkdirSync(folder, { recursive: true })
    // Beside the library, where the same names mean the same modules.
    writeFileSync(`${folder}/modules.mjs`, modules.map((name) => `import "${name}"`).join("\n"))
    return {
      edition,
      modules,
      turns: {
        [nameOf("library", edition)]: importing(`${library}/dist/index.js`),
        [nameOf("its modules of Effect", edition)]: importing(`${folder}/modules.mjs`)
      }
    }
  })
  const rounds = await interleave(
    Object.assign({}, ...contenders.map(({ turns }) => turns)),
    quick ? { rounds: 3, warmup: 1 } : { rounds: 31, warmup: 2 }
  )
  return {
    figures: [
      ...figures(rounds, "time", { title: "time to import", unit: "ms" }),
      ...figures(rounds, "heap", { title: "heap", unit: "B" })
    ],
    checks: contenders.flatMap(({ edition, modules }) => {
      const beside = [nameOf("library", edition), nameOf("its modules of Effect", edition)] as const
      return [
        count(nameOf("modules that are imported", edition), modules.length, undefined),
        ratio(rounds, "time", beside, { name: nameOf("time beside its modules", edition), goal: { atMost: 1.1 } }),
        ratio(rounds, "heap", beside, { name: nameOf("heap beside its modules", edition), goal: { atMost: 1.1 } })
      ]
    })
  }
})
