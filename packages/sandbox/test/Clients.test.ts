import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { file, has, output } from "./support/programs.js"

const json = ["-H", "Content-Type: application/json;charset=UTF-8", "-H", "APIVersion: 3"]
const login = ["-d", "{\"username\":\"user1\",\"password\":\"pass1\"}"]

describe.skipIf(!has("curl", "--version"))("curl", () => {
  for (
    const options of [[], ["--http1.1"], ["--http2"], ["--http1.0"], ["-H", "Expect: 100-continue"], [
      "-H",
      "Transfer-Encoding: chunked"
    ]]
  ) {
    it.live(`acquires with ${options.join(" ") || "no option"}`, () =>
      Effect.gen(function*() {
        const { journal, lines: [body, version] } = yield* output(
          "curl",
          (
            url
          ) => [
            "-sS",
            "-w",
            "\n%{http_version} %{num_connects}",
            ...options,
            ...json,
            ...login,
            `${url}/api/access_token`
          ]
        )
        assert.include(body, "\"code\":\"20000\"")
        assert.strictEqual(version, "1.1 1")
        assert.lengthOf(journal, 1)
      }))
  }
})

describe.skipIf(!has("python3", "--version"))("Python (python3)", () => {
  it.live("acquires, calls a report and refreshes, also with chunked bodies and over HTTP/1.0", () =>
    Effect.gen(function*() {
      const { journal, lines } = yield* output("python3", (url) => [file("test/clients/client.py"), url])
      assert.deepStrictEqual(lines, [
        "urllib 20000 20000 20000",
        "chunked 20000 20000 20000",
        "HTTP/1.0 20000 20000 20000"
      ])
      assert.lengthOf(journal, 9)
    }))
})
