// Prints each failed test, then `N passed, N failed`, from the JSON reports of vitest, whose paths are the arguments.
import { existsSync, readFileSync } from "node:fs"
import { relative } from "node:path"

const missing = (path) => ({
  testResults: [{ name: path, status: "failed", message: "no report was written", assertionResults: [] }]
})
const reports = process.argv.slice(2).map((path) =>
  existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : missing(path)
)

const firstLine = (text) => text?.split("\n", 1)[0] ?? ""
const failures = (report) =>
  report.testResults.filter((file) => file.status === "failed").flatMap((file) => {
    const failed = file.assertionResults.filter((test) => test.status === "failed")
    const place = relative(process.cwd(), file.name)
    // A file that could not be loaded, or a run that broke, has no test to count.
    return failed.length === 0
      ? [`${place}: ${firstLine(file.message)}`]
      : failed.map((test) => `${place}: ${test.fullName}: ${firstLine(test.failureMessages[0])}`)
  })

const failed = reports.flatMap(failures)
for (const line of failed) console.log(`failed: ${line}`)
for (const { file, message, test } of reports.flatMap((report) => report.unsteady ?? [])) {
  console.log(`failed once, passed in a second run: ${relative(process.cwd(), file)}: ${test}: ${firstLine(message)}`)
}

const sum = (count) => reports.reduce((total, report) => total + (count(report) ?? 0), 0)
const passed = sum((report) => report.numPassedTests)
const skipped = sum((report) => report.numPendingTests) + sum((report) => report.numTodoTests)
console.log(`${passed} passed, ${failed.length} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`)
// A run without a passed test is a run that found no test.
process.exit(failed.length === 0 && reports.length > 0 && reports.every((report) => report.numPassedTests > 0) ? 0 : 1)
