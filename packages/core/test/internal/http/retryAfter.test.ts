import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { retryAfter } from "../../../src/internal/http/retryAfter.js"
import { hour, minute, second, start } from "../../utils.js"

const http = (instant: number) => new Date(instant).toUTCString()

describe("retryAfter", () => {
  it.each<[string, string | undefined, string | undefined, number | undefined]>([
    ["nothing where the header is absent", undefined, undefined, undefined],
    ["nothing where only a Date is there", undefined, http(start), undefined],
    ["seconds", "120", undefined, 2 * minute],
    ["zero seconds", "0", undefined, 0],
    ["seconds in white space", " 30 ", undefined, 30 * second],
    ["seconds, whatever the Date", "30", http(start - hour), 30 * second],
    ["seconds up to an hour", "3600", undefined, hour],
    ["more than an hour as an hour", "3601", undefined, hour],
    ["a year as an hour", "31536000", undefined, hour],
    ["thirteen digits as an hour", "9999999999999", undefined, hour],
    ["more digits than a number holds as an hour", "9".repeat(400), undefined, hour],
    ["seconds with decimals", "1.5", undefined, 1500],
    ["the longest of several numbers, which the gateway and the platform sent", "30, 120 ,1.5", undefined, 2 * minute],
    ["thirteen digits in a list as an hour", "1, 9999999999999", undefined, hour],
    ["a date of the obsolete form of RFC 850", "Tuesday, 01-Jan-30 00:01:00 GMT", undefined, minute],
    ["a date of the obsolete form of C, in UTC", "Tue Jan  1 00:01:00 2030", undefined, minute],
    ["nothing in an incomplete list", "30,", undefined, undefined],
    ["nothing in a list with a word", "30, soon", undefined, undefined],
    ["thirteen zeros as no wait", "0".repeat(13), undefined, 0],
    ["a date, from our clock", http(start + 90 * second), undefined, 90 * second],
    ["a date, from the Date of the same answer", http(start + 5 * hour + minute), http(start + 5 * hour), minute],
    ["a date, from our clock where the Date is garbage", http(start + minute), "yesterday", minute],
    ["a date in the past as no wait", http(start - hour), undefined, 0],
    ["a date before the Date as no wait", http(start + minute), http(start + hour), 0],
    ["a date more than an hour away as an hour", http(start + 2 * hour), undefined, hour],
    ["nothing in an empty value", "", undefined, undefined],
    ["nothing in a word", "soon", undefined, undefined],
    ["nothing in a word and a number", "soon 2999", undefined, undefined],
    ["nothing in a unit", "120s", undefined, undefined],
    ["nothing in NaN", "NaN", undefined, undefined],
    ["nothing in Infinity", "Infinity", undefined, undefined]
  ])("reads %s", (_what, value, date, expected) => {
    assert.strictEqual(retryAfter(value, date, start), expected)
  })

  it.each(["-1", "-120", "1.", ".5", "1.5.5", "1e3", "0x10", "+5", "-1, -2", "\uff15"])(
    "%j is no number of seconds, and no reason to wait",
    (value) => {
      assert.strictEqual(retryAfter(value, undefined, start) ?? 0, 0)
    }
  )

  it.prop("whatever the headers say, it is nothing or from zero to an hour", [
    FastCheck.oneof(
      FastCheck.string(),
      FastCheck.nat().map(String),
      FastCheck.date({ noInvalidDate: true }).map(String)
    ),
    FastCheck.option(FastCheck.oneof(FastCheck.string(), FastCheck.date({ noInvalidDate: true }).map(String)), {
      nil: undefined
    })
  ], ([value, date]) => {
    const wait = retryAfter(value, date, start)
    assert.isTrue(wait === undefined || (wait >= 0 && wait <= hour), `${wait}`)
  })
})
