// A reporter for scripts/run-tests.mjs: the JSON report of vitest has no errors outside of tests, such as unhandled rejections.
import { writeFileSync } from "node:fs"

export default class UnhandledErrors {
  onTestRunEnd(_modules, errors) {
    const path = process.env["UNHANDLED_ERRORS"]
    if (path !== undefined) {
      writeFileSync(path, JSON.stringify(errors.map(({ message }) => message)))
    }
  }
}
