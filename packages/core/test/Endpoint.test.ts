import { assert, describe, it } from "@effect/vitest"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Endpoint from "../src/Endpoint.js"

class Refused extends Data.TaggedError("Refused")<Endpoint.Refusal> {}

class Misspelt extends Data.TaggedError("Misspelt")<Endpoint.Refusal> {
  readonly disposition = "reauthentificate"
}

const make = (options: Record<string, unknown>) => () =>
  Endpoint.make({ path: "/api/report", data: Schema.Unknown, ...options } as never)

describe("an endpoint", () => {
  it("is a POST that is not repeated, unless it says otherwise", () => {
    const { errors, idempotent, method } = Endpoint.make({ path: "/api/report", data: Schema.Unknown })
    assert.deepStrictEqual({ idempotent, method, codes: errors.size }, { idempotent: false, method: "POST", codes: 0 })
    assert.isTrue(Endpoint.make({ method: "GET", path: "/api/report", data: Schema.Unknown }).idempotent)
    assert.isFalse(make({ method: "GET", idempotent: false })().idempotent)
  })

  for (
    const path of [
      "https://evil.example/api",
      "//evil.example/api",
      "/api//report",
      "/api/../report",
      "/api/./report",
      "/api\\report",
      "/\\evil.example",
      "/api?x=1",
      "/api#x",
      "/api report",
      "/api/%2e%2e/report",
      "/api\r\nX: 1",
      "api/report",
      "/api/report:id",
      "/api/::id",
      "/api/:",
      "/api/:/report",
      "/api/:a:b",
      "/api/",
      "/",
      "",
      7
    ]
  ) {
    it(`has no path ${JSON.stringify(path)}`, () => {
      assert.throws(make({ path }), TypeError, `Endpoint ${JSON.stringify(path)}: the path`)
    })
  }

  for (const method of ["get", "TRACE", "GET\r\nx: 1", 7]) {
    it(`has no method ${JSON.stringify(method)}`, () => {
      assert.throws(make({ method }), TypeError, "Endpoint /api/report: method: must be one of GET, DELETE")
    })
  }

  for (
    const [what, parameters] of [
      ["no parameters", undefined],
      ["unknown parameters", Schema.Unknown],
      ["other parameters", Schema.Struct({ day: Schema.String })],
      ["an optional one", Schema.Struct({ id: Schema.optional(Schema.String) })],
      ["one with a default", Schema.Struct({ id: Schema.optionalWith(Schema.String, { default: () => "1" }) })],
      ["a record of any names", Schema.Record({ key: Schema.String, value: Schema.String })],
      [
        "one with another encoded name",
        Schema.Struct({ no: Schema.String }).pipe(Schema.rename({ no: "id" }))
      ],
      ["one that one member of a union lacks", Schema.Union(Schema.Struct({ id: Schema.String }), Schema.Struct({}))]
    ] as const
  ) {
    it(`has no path that names a parameter with ${what}`, () => {
      assert.throws(
        make({ path: "/api/report/:id", parameters }),
        TypeError,
        "Endpoint /api/report/:id: the path names id: the encoded parameters need a required field id"
      )
    })
  }

  for (
    const [headers, problem] of [
      [{ cookie: "a=1" }, "headers[\"cookie\"]: is a name with another meaning"],
      [{ "X-A": "1", Host: "evil" }, "headers[\"Host\"]: is a name with another meaning"],
      [{ APIVersion: "4" }, "headers[\"APIVersion\"]: "],
      [{ "content-type": "text/plain" }, "headers[\"content-type\"]: "],
      [{ "accept-encoding": "gzip" }, "headers[\"accept-encoding\"]: "],
      [{ "sec-fetch-mode": "cors" }, "headers[\"sec-fetch-mode\"]: "],
      [{ ["__proto__"]: "1" }, "headers[\"__proto__\"]: "],
      [{ "": "1" }, "headers[\"\"]: is not a name"],
      [{ "x y": "1" }, "headers[\"x y\"]: is not a name"],
      [{ "x\r\ny": "1" }, "headers[\"x\\r\\ny\"]: is not a name"],
      [{ 名: "1" }, "headers[\"名\"]: is not a name"],
      [{ "X-A": "1", "x-a": "2" }, "headers[\"X-A\"]: two headers have this name"],
      ...["", " secret", "secret ", "secret\r\nx: 1", "\u0000secret", "秘secret", "sécret", 7, null, ["secret"]].map((
        value
      ) => [{ "X-A": value }, "headers[\"X-A\"]: the value must be printable ASCII"] as const)
    ] as const
  ) {
    it(`has no headers ${JSON.stringify(headers)}`, () => {
      const thrown = Either.flip(Either.try({ try: make({ headers }), catch: String }))
      assert.include(Either.getOrThrow(thrown), `TypeError: Endpoint /api/report: ${problem}`)
      assert.notInclude(Either.getOrThrow(thrown), "secret")
    })
  }

  for (const timeout of [0, -1, Number.NaN, Infinity, "soon", "2 hours", "-1 seconds", {}, 3_600_001, ""]) {
    it(`has no timeout ${JSON.stringify(timeout)}`, () => {
      assert.throws(
        make({ timeout }),
        TypeError,
        /^Endpoint \/api\/report: timeout: is .*; expected a duration such as/
      )
    })
  }

  it("has a timeout in milliseconds, or that of the settings", () => {
    const timeouts = [undefined, 1, "30 seconds", Duration.minutes(1), 3_600_000]
    assert.deepStrictEqual(timeouts.map((timeout) => make({ timeout })().timeout), [
      undefined,
      1,
      30_000,
      60_000,
      3_600_000
    ])
  })

  it("has no unknown option", () => {
    assert.throws(
      make({ idempotant: true }),
      TypeError,
      "Endpoint /api/report: \"idempotant\" is no option; the options are method,"
    )
  })

  it("has no errors of another endpoint, which are a map", () => {
    const { errors } = Endpoint.make({ path: "/api/report", data: Schema.Unknown, errors: { 41001: Refused } })
    for (const value of [errors, [Refused]]) {
      assert.throws(make({ errors: value }), TypeError, "Endpoint /api/report: errors: must be an object")
    }
  })

  for (const option of ["parameters", "data"]) {
    it(`has ${option} by a schema only`, () => {
      for (const value of [null, 7, { visits: "number" }, () => true]) {
        assert.throws(make({ [option]: value }), TypeError, `Endpoint /api/report: ${option}: must be a schema`)
      }
    })
  }

  for (
    const [what, errors, problem] of [
      ["success", { 20000: Refused }, "errors[20000]: 20000 is success"],
      ["a key that is no number", { quota: Refused }, "errors[quota]: the key"],
      ["a key that is no whole number", { 1.5: Refused }, "errors[1.5]: the key"],
      ["a key that is too long", { 1234567890: Refused }, "errors[1234567890]: the key"],
      ["something that is no class", { 41001: "Refused" }, "errors[41001]: must be a class"],
      ["a class that is not tagged", { 41001: Date }, "errors[41001]: the class must be a tagged one"],
      [
        "a class with an unknown disposition",
        { 41001: Misspelt },
        "errors[41001]: the disposition of the class must be"
      ],
      [
        "a class that cannot be built",
        {
          41001: class {
            constructor() {
              throw new Error()
            }
          }
        },
        "errors[41001]: the class must be built from"
      ]
    ] as const
  ) {
    it(`has no errors with ${what}`, () => {
      assert.throws(make({ errors }), TypeError, `Endpoint /api/report: ${problem}`)
    })
  }
})
