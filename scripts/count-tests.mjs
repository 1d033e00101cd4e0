// Prints `N passed, N failed` from the JSON report of vitest, whose path is the argument.
import { existsSync, readFileSync } from "node:fs"

const path = process.argv[2]
const report = path !== undefined && existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined

// A file that could not be loaded has no test to count, and no report at all means that the run itself broke.
const broken = (report?.testResults ?? [{ status: "failed", assertionResults: [] }]).filter(
  (file) => file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed")
).length
const passed = report?.numPassedTests ?? 0
const failed = (report?.numFailedTests ?? 0) + broken
const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0)

console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)
