import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { checkDispositions, dispositionOf, parseDispositions } from "../../src/internal/dispositions.js"
import * as ReturnCode from "../../src/ReturnCode.js"
import { isRight } from "../utils.js"

describe("dispositions", () => {
  describe("dispositionOf", () => {
    type Row = [code: number, status: number, dispositions: ReturnCode.Dispositions, expected: ReturnCode.Disposition]
    const row = (code: number, status: number, expected: ReturnCode.Disposition): Row => [code, status, {}, expected]

    it.each<Row>([
      // An unknown code with a status of the server's trouble is transient.
      ...[429, 500, 501, 502, 503, 504, 507, 599].map((status) => row(41009, status, "retry")),
      ...[200, 201, 302, 400, 401, 403, 404, 408, 409, 422, 428, 430, 451, 499].map((status) =>
        row(41009, status, "fatal")
      ),
      // What the table of codes or a setting says of the code stays.
      [40001, 503, {}, "fatal"],
      [40003, 502, {}, "reauthenticate"],
      [50000, 200, {}, "retry"],
      [20000, 503, {}, "success"],
      [41009, 503, { 41009: "fatal" }, "fatal"],
      [41009, 429, { 41009: "reauthenticate" }, "reauthenticate"],
      [41009, 503, { 41010: "fatal" }, "retry"]
    ])("of %i with HTTP %i and %j is %s", (code, status, dispositions, expected) => {
      assert.strictEqual(dispositionOf(code, status, dispositions), expected)
    })
  })

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
