// Prints `N passed, N failed` from the JSON reports of vitest, whose paths are the arguments.
import { existsSync, readFileSync } from "node:fs"

const counts = process.argv.slice(2).map((path) => {
  const report = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined
  // A file that could not be loaded has no test to count, and no report at all means that the run itself broke.
  const broken = (report?.testResults ?? [{ status: "failed", assertionResults: [] }]).filter(
    (file) => file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed")
  ).length
  return {
    passed: report?.numPassedTests ?? 0,
    failed: (report?.numFailedTests ?? 0) + broken,
    skipped: (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0)
  }
})
const sum = (name) => counts.reduce((total, count) => total + count[name], 0)
const failed = sum("failed")
const skipped = sum("skipped")

console.log(`${sum("passed")} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`)
// A run without a passed test is a run that found no test.
process.exit(failed === 0 && counts.length > 0 && counts.every(({ passed }) => passed > 0) ? 0 : 1)
