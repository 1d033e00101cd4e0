import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { arrange, passwordTyped } from "../src/CommandLine.js"

const ordered = (...typed: ReadonlyArray<string>) => Either.getOrThrow(arrange(typed)).arguments

describe("the command line", () => {
  it("takes options before the command, after it, and after its arguments", () => {
    const expected = ["call", "--json", "--data", "-", "--", "/api/report/echo"]
    assert.deepStrictEqual(ordered("--json", "call", "--data", "-", "/api/report/echo"), expected)
    assert.deepStrictEqual(ordered("call", "/api/report/echo", "--json", "--data", "-"), expected)
    assert.deepStrictEqual(ordered("call", "--json", "/api/report/echo", "--data", "-"), expected)
  })

  it("does not take the value of an option for a command", () => {
    assert.deepStrictEqual(ordered("--username", "status", "token"), ["token", "--username", "status"])
    assert.deepStrictEqual(ordered("-u", "status", "token"), ["token", "-u", "status"])
  })

  it("knows that output is to be JSON wherever that stands, but not where it is an argument", () => {
    assert.isTrue(Either.getOrThrow(arrange(["nope", "--json"])).json)
    assert.isFalse(Either.getOrThrow(arrange(["call", "--", "--json"])).json)
  })

  it("reads help as a command", () => {
    assert.deepStrictEqual(ordered("help", "token"), ["token", "--help"])
    assert.deepStrictEqual(ordered("help"), ["--help"])
    assert.deepStrictEqual(ordered("call", "/api", "--data", "-", "-h"), ["call", "--help"])
  })

  it("refuses a password in every form, and repeats none", () => {
    const forms = [
      ["login", "--password", "hunter2"],
      ["login", "--password=hunter2"],
      ["--pass", "hunter2", "login"],
      ["login", "--PASSWORD=hunter2"],
      ["login", "-p", "hunter2"],
      ["login", "-phunter2"]
    ]
    for (const form of forms) {
      assert.strictEqual(Either.getOrThrow(Either.flip(arrange(form))), passwordTyped, form.join(" "))
    }
    assert.notInclude(JSON.stringify(passwordTyped), "hunter2")
  })

  it("takes --password-stdin for what it is", () => {
    assert.deepStrictEqual(ordered("login", "--password-stdin"), ["login", "--password-stdin"])
  })
})
