import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { serve, signedIn } from "./command.js"

describe("--log-level", () => {
  it.scopedLive("is accepted at any place among the options", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const { run } = yield* signedIn(url)
      const lines = [
        ["--log-level", "debug", "token", "--json"],
        ["token", "--log-level", "debug", "--json"],
        ["token", "--json", "--log-level", "debug"],
        ["token", "--json", "--log-level=debug"],
        ["token", "--username", "user1", "--log-level", "debug", "--store", "file"],
        ["call", "--raw", "/api/report/echo", "--log-level", "debug"],
        ["call", "/api/report/echo", "--data", "{}", "-X", "POST", "--log-level", "debug"],
        ["status", "--set", "cooldown=1 second", "--log-level", "none", "--json"]
      ]
      for (const line of lines) {
        const { code, err } = yield* run(...line)
        assert.strictEqual(code, 0, `${line.join(" ")}: ${err}`)
      }
    }), 60_000)
})
