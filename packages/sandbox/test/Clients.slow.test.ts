import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { file, has, output } from "./support/programs.js"

// The JDK compiles the program, so a runtime alone is not enough.
describe.skipIf(!has("javac", "-version"))("java.net.http (JDK)", () => {
  it.live("acquires, calls a report and refreshes", () =>
    Effect.gen(function*() {
      const { journal, lines } = yield* output(
        "java",
        (url) => ["-XX:TieredStopAtLevel=1", file("test/clients/Client.java"), url]
      )
      assert.deepStrictEqual(lines, Array.from({ length: 3 }, () => "HTTP_1_1 200 {\"code\":\"20000\""))
      assert.lengthOf(journal, 3)
    }))
})

describe.skipIf(!has("go", "version"))("Go (go)", () => {
  it.live("acquires, calls a report and refreshes", () =>
    Effect.gen(function*() {
      const { journal, lines } = yield* output("go", (url) => ["run", file("test/clients/client.go"), url])
      assert.deepStrictEqual(lines, Array.from({ length: 3 }, () => "HTTP/1.1 200 20000"))
      assert.lengthOf(journal, 3)
    }))
})
