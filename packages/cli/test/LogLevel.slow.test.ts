import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { makeHome, serve, signedIn } from "./command.js"

describe("--wizard without a terminal", () => {
  const lines = [
    ["--wizard"],
    ["token", "--wizard"],
    ["--wizard", "login"],
    ["--wizard", "--log-level", "debug"],
    ["call", "/api/report/daily", "--wizard"],
    ["call", "--wizard", "--json"]
  ]
  for (const line of lines) {
    it.scopedLive(`is a usage error: ${line.join(" ")}`, () =>
      Effect.gen(function*() {
        const { run } = yield* makeHome
        const outcome = yield* Effect.timeoutOption(run(...line), Duration.seconds(20))
        const { code, err, out } = outcome._tag === "Some" ? outcome.value : assert.fail("the command did not end")
        assert.strictEqual(code, 2, err)
        assert.strictEqual(out, "")
        assert.match(err, /terminal/)
      }), 30_000)
  }
})

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
