import { describe, it } from "@effect/vitest"
import { has } from "./support/programs.js"
import { quickStart } from "./support/quickStart.js"

describe.skipIf(!has("curl", "--version"))("the quick start for curl (curl)", () => {
  it.live("acquires, refreshes, calls a report and meets a fault", () => quickStart("sh", [], "curl/quick-start.sh"))
})

describe.skipIf(!has("python3", "--version"))("the quick start for Python (python3)", () => {
  it.live("acquires, refreshes, calls a report and meets a fault", () =>
    quickStart("python3", [], "python/quick_start.py"))
})

describe("the quick start for TypeScript", () => {
  it.live("acquires, refreshes, calls a report and meets a fault", () =>
    quickStart(process.execPath, ["--import", "tsx"], "typescript/quick-start.ts"))
})
