// Runs a script of tests and writes the JSON report of vitest: `node scripts/run-tests.mjs <report> <script>`.
//
// Some tests use real processes, sockets and time, and a busy machine can starve one of them. If at most three files fail, they run
// a second time, alone. A test that fails again fails the run. A test that passes then is named in the report as unsteady.
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { relative } from "node:path"

const mostFiles = 3

const run = (script, report, files = []) =>
  spawnSync(
    "npm",
    ["run", script, "--", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...files],
    { stdio: "inherit" }
  ).status

const read = (path) => existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined

/** The report, with the results of the files that ran a second time in place of the first ones. */
const merged = (first, second) => {
  const again = new Map(second.testResults.map((file) => [file.name, file]))
  const testResults = first.testResults.map((file) => again.get(file.name) ?? file)
  const count = (...statuses) =>
    testResults.flatMap((file) => file.assertionResults).filter((test) => statuses.includes(test.status)).length
  const unsteady = first.testResults
    .filter((file) => again.get(file.name)?.status === "passed")
    .flatMap((file) => file.assertionResults.filter((test) => test.status === "failed"))
  return {
    ...first,
    testResults,
    unsteady,
    numPassedTests: count("passed"),
    numFailedTests: count("failed"),
    numPendingTests: count("pending", "skipped"),
    numTodoTests: count("todo")
  }
}

const [report, script] = process.argv.slice(2)
if (report === undefined || script === undefined) {
  console.error("usage: node scripts/run-tests.mjs <report> <script>")
  process.exit(2)
}
let status = run(script, report)
const first = read(report)
const failed = first?.testResults.filter((file) => file.status === "failed") ?? []
if (status !== 0 && failed.length > 0 && failed.length <= mostFiles) {
  const files = failed.map((file) => relative(process.cwd(), file.name))
  console.log(`\nsecond run of ${files.join(", ")}`)
  status = run(script, `${report}.second`, files)
  const second = read(`${report}.second`)
  if (second !== undefined) writeFileSync(report, JSON.stringify(merged(first, second)))
}
process.exit(status ?? 1)
