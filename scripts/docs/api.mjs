// Writes the API documentation of every public package, or of the packages it is given (`-- redis effect4`), and compiles the
// examples in it.
import { spawnSync } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { packages } from "../packages/tarballs.mjs"

const run = (command, cwd) => spawnSync(command, { cwd, shell: true, stdio: "inherit" }).status === 0

// docgen passes over the examples of classes, which is where most of ours are. So the pages it has written are compiled
// too: every block of code in them, but the signatures.
const codeBlock = /(\*\*Signature\*\*\s+)?^```ts\n(.*?)^```$/gms

const compileExamples = (cwd) => {
  const folder = `${cwd}/build/api-examples`
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  let count = 0
  const pages = readdirSync(`${cwd}/docs/modules`, { recursive: true }).filter((path) => path.endsWith(".ts.md"))
  for (const page of pages) {
    const module = page.slice(0, -".ts.md".length).replaceAll(/[\\/]/g, "-")
    for (const [, signature, code] of readFileSync(`${cwd}/docs/modules/${page}`, "utf8").matchAll(codeBlock)) {
      if (signature === undefined) writeFileSync(`${folder}/${module}-${++count}.ts`, code)
    }
  }
  if (count === 0) return true
  const compilerOptions = { composite: false, declarationMap: false, incremental: false, noEmit: true, types: ["node"] }
  // An example names things only to show them.
  Object.assign(compilerOptions, { noUnusedLocals: false, noUnusedParameters: false })
  writeFileSync(
    `${folder}/tsconfig.json`,
    JSON.stringify({ extends: "../../../../tsconfig.base.json", compilerOptions, include: ["*.ts"] }, null, 2)
  )
  console.log(`Compiling ${count} example(s)...`)
  return run("tsc --project build/api-examples", cwd)
}

const chosen = process.argv.slice(2)
const unknown = chosen.filter((name) => packages.every(({ folder }) => folder !== name))
if (unknown.length > 0) {
  console.error(`There is no public package ${unknown.join(", ")}: name ${packages.map(({ folder }) => folder).join(", ")}.`)
  process.exit(1)
}
const failed = packages.filter(({ folder, source }) => {
  if (chosen.length > 0 && !chosen.includes(folder)) return false
  console.log(`\n${folder}`)
  // Pages of modules that are gone would otherwise stay.
  rmSync(`${source}/docs`, { recursive: true, force: true })
  return !(run("docgen", source) && compileExamples(source))
})

process.exit(failed.length === 0 ? 0 : 1)
