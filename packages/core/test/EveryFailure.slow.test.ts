import { assert, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const from = (path: string) => new URL(path, import.meta.url)

const folder = from("../build/every-failure/")

const compiler = fileURLToPath(from("../../../node_modules/typescript/bin/tsc"))

/** The program, and the program without each of its tags. */
const variants = (): ReadonlyArray<readonly [tag: string, program: string]> => {
  const program = readFileSync(from("../examples/every-failure.ts"), "utf8")
    .replace("./call-a-report.js", "../../examples/call-a-report.js")
  const tags = [...program.matchAll(/^ {4}([A-Z]\w+): \(.*\n/gm)]
  return [["none", program], ...tags.map(([line, tag = ""]) => [tag, program.replace(line, "")] as const)]
}

/** The errors of the compiler by the tag that the program lacks. */
const compile = (programs: ReturnType<typeof variants>): ReadonlyMap<string, string> => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const [tag, program] of programs) {
    writeFileSync(new URL(`${tag}.ts`, folder), program)
  }
  writeFileSync(
    new URL("tsconfig.json", folder),
    JSON.stringify({ extends: "../../tsconfig.examples.json", include: ["*.ts"], references: [] })
  )
  let output = ""
  try {
    execFileSync(process.execPath, [compiler, "-p", fileURLToPath(folder), "--pretty", "false"], { encoding: "utf8" })
  } catch (error) {
    output = (error as { readonly stdout: string }).stdout
  }
  const errors = output.split(/^(?=\S+\.ts\()/m)
  return new Map(programs.map(([tag]) => [tag, errors.filter((error) => error.includes(`/${tag}.ts(`)).join("")]))
}

describe("the example of every failure", () => {
  it(
    "does not compile without any one of its tags, and the compiler names that tag alone",
    () => {
      const programs = variants()
      const errors = compile(programs)
      const tags = programs.slice(1).map(([tag]) => tag)
      assert.lengthOf(tags, 13)
      assert.strictEqual(errors.get("none"), "")
      for (const tag of tags) {
        const named = tags.filter((each) =>
          new RegExp(`'${each}' is not assignable to type 'never'`).test(errors.get(tag) ?? "")
        )
        assert.deepStrictEqual(named, [tag], errors.get(tag))
      }
    },
    180_000
  )
})
