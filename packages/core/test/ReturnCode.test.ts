import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as ReturnCode from "../src/ReturnCode.js"

describe("ReturnCode", () => {
  it("there are three dispositions of an error, and success is none of them", () => {
    const failures = ["retry", "reauthenticate", "fatal"]
    for (const disposition of ["success", ...failures, "", "later", undefined]) {
      const isFailure = disposition !== undefined && failures.includes(disposition)
      assert.strictEqual(Schema.is(ReturnCode.FailureDisposition)(disposition), isFailure)
    }
  })

  describe("table", () => {
    it.each(
      [
        [20000, "Success", "success", "documented"],
        [30005, "ApiVersionRejected", "fatal", "convention"],
        [40000, "InvalidParameter", "fatal", "convention"],
        [40001, "AuthenticationFailed", "fatal", "convention"],
        [40003, "TokenRejected", "reauthenticate", "convention"],
        [50000, "ServerFailure", "retry", "convention"],
        [50001, "UnknownServerFailure", "retry", "convention"]
      ] as const
    )("%i is %s, %s by %s", (code, tag, disposition, provenance) => {
      const row = ReturnCode.lookup(code)
      assert.strictEqual(row?.tag, tag)
      assert.strictEqual(row?.disposition, disposition)
      assert.strictEqual(row?.provenance, provenance)
      assert.strictEqual(ReturnCode.disposition(code), disposition)
    })

    it("has these seven rows, each code and each tag once", () => {
      assert.strictEqual(ReturnCode.table.length, 7)
      assert.strictEqual(new Set(ReturnCode.table.map((row) => row.code)).size, 7)
      assert.strictEqual(new Set(ReturnCode.table.map((row) => row.tag)).size, 7)
    })

    it("calls one code only documented and success, 20000", () => {
      const codes = (column: "provenance" | "disposition", value: string) =>
        ReturnCode.table.filter((row) => row[column] === value).map((row) => row.code)
      assert.deepStrictEqual(codes("provenance", "documented"), [20000])
      assert.deepStrictEqual(codes("disposition", "success"), [20000])
      assert.strictEqual(ReturnCode.success, 20000)
    })

    it("says in both languages what each code means, and of success what the document prints", () => {
      for (const row of ReturnCode.table) {
        assert.match(row.meaning.en, /^[\x20-\x7e]+$/)
        assert.match(row.meaning.zh, /\p{Script=Han}/u)
      }
      assert.strictEqual(ReturnCode.lookup(20000)?.meaning.zh, "数据返回正确")
    })

    it("knows no other code", () => {
      for (const code of [0, 2, 19999, 20001, 30004, 40002, 50002, 200000]) {
        assert.isUndefined(ReturnCode.lookup(code))
      }
    })
  })

  describe("disposition", () => {
    it.each([
      [50002, "retry"],
      [59999, "retry"],
      [5, "retry"],
      [500, "retry"],
      [510000, "retry"],
      [0, "fatal"],
      [10000, "fatal"],
      [20001, "fatal"],
      [30006, "fatal"],
      [40004, "fatal"],
      [45000, "fatal"],
      [60005, "fatal"],
      [99999, "fatal"]
    ])("of the unknown code %i is, by its family, %s", (code, expected) => {
      assert.strictEqual(ReturnCode.disposition(code), expected)
    })

    it.prop("of an unknown code is retry exactly when its first digit is 5", [
      FastCheck.nat(999_999_999).filter((code) => ReturnCode.lookup(code) === undefined)
    ], ([code]) => {
      const first = [...String(code)][0]
      assert.strictEqual(ReturnCode.family(code), Number(first))
      assert.strictEqual(ReturnCode.disposition(code), first === "5" ? "retry" : "fatal")
    })

    it("follows the user's word before the table and the family", () => {
      const dispositions = { 40001: "retry", 50000: "fatal", 50002: "reauthenticate", 41009: "retry" } as const
      for (const [code, expected] of Object.entries(dispositions)) {
        assert.strictEqual(ReturnCode.disposition(Number(code), dispositions), expected)
      }
      assert.strictEqual(ReturnCode.disposition(40003, dispositions), "reauthenticate")
      assert.strictEqual(ReturnCode.disposition(50003, dispositions), "retry")
    })

    it("of 20000 is success, also if returnCodes sets another disposition", () => {
      assert.strictEqual(ReturnCode.disposition(20000, { 20000: "fatal" }), "success")
    })
  })
})
