import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, describe, expect, it } from "vitest"

const root = fileURLToPath(new URL("..", import.meta.url))
const folders: Array<string> = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const passes = `test("passes", () => {})`
const fails = `test("fails", () => { throw new Error("always") })`
const failsOnce = `import { existsSync, writeFileSync } from "node:fs"
test("fails once", () => {
  if (existsSync("seen")) return
  writeFileSync("seen", "")
  throw new Error("the first time")
})`

/** Runs tests, counts them and returns the output of the count. */
const outcome = (files: ReadonlyArray<string>) => {
  const folder = mkdtempSync(join(tmpdir(), "run-tests-"))
  folders.push(folder)
  mkdirSync(join(folder, "test"))
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", scripts: { all: "vitest run" } }))
  files.forEach((file, index) =>
    writeFileSync(join(folder, `test/${index}.test.mjs`), `import { test } from "vitest"\n${file}\n`)
  )
  const node = (script: string, ...options: ReadonlyArray<string>) =>
    spawnSync(process.execPath, [join(root, "scripts", script), ...options], { cwd: folder, encoding: "utf8" })
  const run = node("run-tests.mjs", "report.json", "all")
  const count = node("count-tests.mjs", "report.json")
  return {
    statuses: [run.status, count.status],
    lines: count.stdout.trim().split("\n"),
    secondRun: existsSync(join(folder, "report.json.second"))
  }
}

describe("the run of all tests", () => {
  it("names a test that fails once and passes in the second run", () => {
    expect(outcome([passes, failsOnce])).toEqual({
      statuses: [0, 0],
      lines: [
        "failed once, passed in a second run: test/1.test.mjs: fails once: Error: the first time",
        "2 passed, 0 failed"
      ],
      secondRun: true
    })
  })

  it("fails for a test that fails twice and for a file that cannot be loaded, and names both", () => {
    expect(outcome([failsOnce, fails, `throw new Error("at the start")`])).toEqual({
      statuses: [1, 1],
      lines: [
        "failed: test/1.test.mjs: fails: Error: always",
        "failed: test/2.test.mjs: at the start",
        "failed once, passed in a second run: test/0.test.mjs: fails once: Error: the first time",
        "1 passed, 2 failed"
      ],
      secondRun: true
    })
  })

  it("fails for an error outside of a test, without a second run", () => {
    const { secondRun, statuses } = outcome([
      failsOnce,
      `test("passes", () => { void Promise.reject(new Error("unhandled")) })`
    ])
    expect(statuses[0]).toBe(1)
    expect(secondRun).toBe(false)
  })

  it("fails at once for many files", () => {
    const { lines, secondRun, statuses } = outcome([fails, fails, fails, fails, fails, fails, passes])
    expect(statuses).toEqual([1, 1])
    expect(secondRun).toBe(false)
    expect(lines.at(-1)).toBe("1 passed, 6 failed")
  })
})
