import { describe, it } from "@effect/vitest"
import { has } from "./support/programs.js"
import { quickStart } from "./support/quickStart.js"

// The JDK compiles the program, so a runtime alone is not enough.
describe.skipIf(!has("javac", "-version"))("the quick start for Java (JDK)", () => {
  it.live("acquires, refreshes, calls a report and meets a fault", () =>
    quickStart("java", ["-XX:TieredStopAtLevel=1"], "java/OpenAPI.java"))
})

describe.skipIf(!has("go", "version"))("the quick start for Go (go)", () => {
  it.live("acquires, refreshes, calls a report and meets a fault", () => quickStart("go", ["run"], "go/quick-start.go"))
})
