import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { checkDispositions, parseDispositions } from "../../src/internal/dispositions.js"
import * as ReturnCode from "../../src/ReturnCode.js"
import { isRight } from "../utils.js"

describe("dispositions", () => {
  describe("parseDispositions", () => {
    it.each<[string, ReturnCode.Dispositions]>([
      ["41009=retry", { 41009: "retry" }],
      ["41009=retry,40103=reauthenticate", { 41009: "retry", 40103: "reauthenticate" }],
      [" 41009 = fatal , 50000=fatal ", { 41009: "fatal", 50000: "fatal" }],
      ["0=retry", { 0: "retry" }],
      ["999999999=fatal", { 999999999: "fatal" }]
    ])("reads %j", (text, expected) => {
      assert.deepStrictEqual(parseDispositions(text), Either.right(expected))
    })

    it.each([
      "20000=retry",
      "020000=retry",
      "041009=retry",
      "00=retry",
      "41009",
      "41009=",
      "=retry",
      "41009=success",
      "41009=Retry",
      "41009=retry;40103=fatal",
      "41009=retry,",
      ",41009=retry",
      "41009=retry,41009=fatal",
      "41009=retry,041009=fatal",
      "4e4=retry",
      "0x10=retry",
      "-1=retry",
      "1.5=retry",
      "1234567890=retry",
      "41009=retry=fatal",
      "__proto__=retry"
    ])("refuses %j", (text) => {
      assert.isFalse(isRight(parseDispositions(text)))
    })

    it.each([
      ["41009", "has an entry that is not code=disposition"],
      ["41009=retry,41009=fatal", "sets 41009 twice"],
      ["20000=retry", "sets a disposition for 20000, which is success"]
    ])("says what is wrong with %j", (text, problem) => {
      assert.deepStrictEqual(parseDispositions(text), Either.left(problem))
    })
  })

  describe("checkDispositions", () => {
    it.each<[ReturnCode.Dispositions]>([
      [{}],
      [{ 41009: "retry" }],
      [{ 40001: "reauthenticate", 50000: "fatal", 999999999: "retry" }]
    ])("accepts %j", (dispositions) => {
      assert.deepStrictEqual(checkDispositions(dispositions), Either.right(dispositions))
    })

    it.each([
      [{ 20000: "retry" }],
      [{ "020000": "retry" }],
      [{ 41009: "success" }],
      [{ 41009: "later" }],
      [{ 41009: 1 }],
      [{ 41009: null }],
      [{ [-1]: "retry" }],
      [{ 1.5: "retry" }],
      [{ 1e21: "retry" }],
      [{ 1234567890: "retry" }],
      [{ TokenRejected: "retry" }]
    ])("refuses %j", (dispositions) => {
      assert.isFalse(isRight(checkDispositions(dispositions as unknown as ReturnCode.Dispositions)))
    })

    it.each([
      [{ 20000: "retry" }, "sets a disposition for 20000, which is success"],
      [{ "041009": "retry" }, "has a key that is not a return code of one to nine digits"],
      [{ 41009: "later" }, "gives 41009 a disposition that does not exist"]
    ])("says what is wrong with %j", (dispositions, problem) => {
      assert.deepStrictEqual(
        checkDispositions(dispositions as unknown as ReturnCode.Dispositions),
        Either.left(problem)
      )
    })

    // With the leading zero the entry would belong to no code, and be ignored without a word.
    it("refuses or honours a key with leading zeros, and never ignores it", () => {
      const checked = checkDispositions({ "041009": "retry" } as ReturnCode.Dispositions)
      assert.isTrue(Either.match(checked, {
        onLeft: () => true,
        onRight: (dispositions) => ReturnCode.disposition(41009, dispositions) === "retry"
      }))
    })
  })
})
