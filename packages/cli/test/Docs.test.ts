import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { commands } from "../src/CommandLine.js"
import * as ExitCode from "../src/ExitCode.js"
import { examples } from "../src/internal/help.js"

const page = readFileSync(new URL("../../../docs/cli.md", import.meta.url), "utf8")

describe("docs/cli.md", () => {
  it("has every command with the examples of its help", () => {
    for (const command of commands) {
      assert.include(page, `\n### ${command}\n`)
      for (const [line] of examples[command]) {
        assert.include(page, `\n${line}\n`)
      }
    }
  })

  it("has every exit code with its meaning", () => {
    const rows = Object.entries(ExitCode.codes).map(([name, code]) =>
      `| ${code} | ${ExitCode.meanings[name as keyof typeof ExitCode.codes].en} |`
    )
    assert.include(page, `${rows.join("\n")}\n\n`)
  })
})
