// Runs a script of tests and writes the JSON report of vitest: `node scripts/run-tests.mjs <report> <script>`.
//
// Some tests use real processes, sockets and time, and a busy machine can starve one of them. If at most five files fail, they run
// a second time, alone. A test that fails again fails the run. A test that passes then is named in the report as unsteady.
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { relative } from "node:path"
import { fileURLToPath } from "node:url"

const mostFiles = 5

const reporter = fileURLToPath(new URL("unhandledErrors.mjs", import.meta.url))

const run = (script, report, files = []) => {
  rmSync(report, { force: true })
  const { status } = spawnSync(
    "npm",
    [
      "run",
      script,
      "--",
      "--reporter=default",
      "--reporter=json",
      `--reporter=${reporter}`,
      `--outputFile.json=${report}`,
      ...files
    ],
    { stdio: "inherit", env: { ...process.env, UNHANDLED_ERRORS: `${report}.errors` } }
  )
  return { status: status ?? 1, report: read(report), errors: read(`${report}.errors`) ?? [] }
}

const read = (path) => existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined

const failedTests = (file) => file.assertionResults.filter((test) => test.status === "failed")

/** The report, with the results of the files that ran a second time in place of the first ones. */
const merged = (first, second) => {
  const again = new Map(second.testResults.map((file) => [file.name, file]))
  const testResults = first.testResults.map((file) => again.get(file.name) ?? file)
  const count = (...statuses) =>
    testResults.flatMap((file) => file.assertionResults).filter((test) => statuses.includes(test.status)).length
  const unsteady = first.testResults.filter((file) => file.status === "failed").flatMap((file) => {
    const now = again.get(file.name)
    const passes = new Set(
      now?.assertionResults.filter((test) => test.status === "passed").map((test) => test.fullName)
    )
    const tests = failedTests(file).filter((test) => passes.has(test.fullName))
    // A file that could not be loaded has no test that failed.
    return failedTests(file).length === 0 && passes.size > 0
      ? [{ file: file.name, test: "the file", message: file.message }]
      : tests.map((test) => ({ file: file.name, test: test.fullName, message: test.failureMessages[0] }))
  })
  return {
    testResults,
    unsteady,
    numPassedTests: count("passed"),
    numFailedTests: count("failed"),
    numPendingTests: count("pending", "skipped"),
    numTodoTests: count("todo")
  }
}

const [path, script] = process.argv.slice(2)
if (path === undefined || script === undefined) {
  console.error("usage: node scripts/run-tests.mjs <report> <script>")
  process.exit(2)
}
const first = run(script, path)
const failed = first.report?.testResults.filter((file) => file.status === "failed") ?? []
let { status } = first
// An error outside of tests has no file that could run again.
if (status !== 0 && first.errors.length === 0 && failed.length > 0 && failed.length <= mostFiles) {
  const files = failed.map((file) => relative(process.cwd(), file.name))
  console.log(`\nsecond run of ${files.join(", ")}`)
  const second = run(script, `${path}.second`, files)
  status = second.status
  if (second.report !== undefined) writeFileSync(path, JSON.stringify(merged(first.report, second.report)))
}
process.exit(status)
