import { assert, describe, it } from "@effect/vitest"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { FaultFromJson } from "../src/internal/faultFromJson.js"

describe("a fault as JSON", () => {
  const faults: ReadonlyArray<readonly [Fault.Fault, unknown]> = [
    [Fault.returnCode(41009), { _tag: "Refuse", code: 41009 }],
    [Fault.refuse({ code: 1, message: "m", status: 403 }), { _tag: "Refuse", code: 1, message: "m", status: 403 }],
    [Fault.resetBeforeActing, { _tag: "ResetBeforeActing" }],
    [Fault.resetAfterActing, { _tag: "ResetAfterActing" }],
    [Fault.delay("5 seconds"), { _tag: "Delay", duration: "5 seconds" }],
    [Fault.delay(5, { acts: "last" }), { _tag: "Delay", duration: 5, acts: "last" }],
    [Fault.slowBody, { _tag: "SlowBody" }],
    [Fault.truncate(10), { _tag: "Truncate", bytes: 10 }],
    [Fault.empty, { _tag: "Empty" }],
    [Fault.withActing(Fault.empty, false), { _tag: "Empty", acted: false }],
    [Fault.invalidUtf8, { _tag: "InvalidUtf8" }],
    [Fault.html502, { _tag: "Html502" }],
    [Fault.withActing(Fault.html502, true), { _tag: "Html502", acted: true }],
    [Fault.status(429, { retryAfter: 7 }), { _tag: "Status", status: 429, retryAfter: 7 }],
    [
      Fault.status(503, { retryAfter: DateTime.unsafeMake("2021-12-12T08:00:00Z") }),
      { _tag: "Status", status: 503, retryAfter: "2021-12-12T08:00:00Z" }
    ],
    [Fault.wrongTypes(), { _tag: "WrongTypes" }],
    [Fault.wrongTypes("notObject"), { _tag: "WrongTypes", types: "notObject" }],
    [Fault.oversized(70_000), { _tag: "Oversized", bytes: 70_000 }],
    [Fault.redirect(307, "https://a.example/"), { _tag: "Redirect", status: 307, location: "https://a.example/" }],
    [Fault.rawBody("{}"), { _tag: "RawBody", text: "{}" }],
    [
      Fault.rawBody("{}", { status: 201, headers: { "X-Odd": "yes" } }),
      { _tag: "RawBody", text: "{}", status: 201, headers: { "X-Odd": "yes" } }
    ]
  ]

  for (const [fault, json] of faults) {
    it(`${JSON.stringify(json)} is the fault of the constructor, there and back`, () => {
      assert.deepEqual(Schema.decodeUnknownSync(FaultFromJson)(json), fault)
      const written: unknown = JSON.parse(JSON.stringify(Schema.encodeSync(FaultFromJson)(fault)))
      assert.deepEqual(Schema.decodeUnknownSync(FaultFromJson)(written), fault)
    })
  }
})
