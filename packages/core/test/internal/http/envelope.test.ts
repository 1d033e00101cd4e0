import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { CodeFromWire } from "../../../src/internal/edition/wire.js"
import * as Envelope from "../../../src/internal/http/envelope.js"
import { isRight } from "../../utils.js"

const canary = "4f1cCANARYd0e7"
const levels = 100_000
const deep = "[".repeat(levels) + "]".repeat(levels)

const malformed = (text: string): Envelope.Malformed => Either.getOrThrow(Either.flip(Envelope.decode(text)))

describe("Envelope", () => {
  describe("decode", () => {
    const data = { accessToken: "a", refreshToken: "r" }

    it.each<[string, string, Envelope.Envelope]>([
      [
        "the code as a number, as in the document's table",
        `{"code":20000,"message":"数据返回正确","data":{"accessToken":"a","refreshToken":"r"}}`,
        { code: 20000, message: "数据返回正确", data }
      ],
      [
        "the code as a string, as in the document's example",
        `{"code":"20000","message":"数据返回正确","data":{"accessToken":"a","refreshToken":"r"}}`,
        { code: 20000, message: "数据返回正确", data }
      ],
      ["a missing message as empty", `{"code":40001,"data":{}}`, { code: 40001, message: "", data: {} }],
      ["a null message as empty", `{"code":40001,"message":null,"data":{}}`, { code: 40001, message: "", data: {} }],
      ["a message that is a number as empty", `{"code":40001,"message":1}`, { code: 40001, message: "" }],
      ["a message that is an object as empty", `{"code":"20000","message":{"zh":"ok"},"data":{}}`, {
        code: 20000,
        message: "",
        data: {}
      }],
      ["null data", `{"code":40001,"message":"no","data":null}`, { code: 40001, message: "no", data: null }],
      ["absent data", `{"code":"40001","message":"no"}`, { code: 40001, message: "no" }],
      ["absent data beside a number", `{"code":40001,"message":"no"}`, { code: 40001, message: "no" }],
      ["data of any form", `{"code":50000,"message":"no","data":"text"}`, { code: 50000, message: "no", data: "text" }],
      ["data that is a list", `{"code":50000,"message":"no","data":[1]}`, { code: 50000, message: "no", data: [1] }],
      [
        "an envelope with unknown fields",
        `{"code":20000,"message":"ok","data":{},"traceId":"x","success":true,"msg":1}`,
        { code: 20000, message: "ok", data: {} }
      ],
      ["an envelope in white space", `\r\n {"code" : 20000 } \n`, { code: 20000, message: "" }]
    ])("reads %s", (_what, text, expected) => {
      const envelope = Either.getOrThrow(Envelope.decode(text))
      assert.deepStrictEqual(envelope, expected)
      assert.hasAllKeys(envelope, Object.keys(expected))
    })

    it.each<[string, string, boolean]>([
      ["an empty answer", "", true],
      ["white space", " \n ", true],
      ["null", "null", false],
      ["a number", "20000", false],
      ["a string", `"20000"`, false],
      ["true", "true", false],
      ["an empty list", "[]", false],
      ["a list of an envelope", `[{"code":20000,"message":"ok","data":{}}]`, false],
      ["an empty object", "{}", false],
      ["an object without a code", `{"message":"ok","data":{}}`, false],
      ["a null code", `{"code":null,"message":"ok","data":{}}`, false],
      ["a code that is a word", `{"code":"OK","message":"ok","data":{}}`, false],
      ["a code with a blank", `{"code":"20000 ","message":"ok","data":{}}`, false],
      ["a code in scientific notation", `{"code":"2e4","message":"ok","data":{}}`, false],
      ["a code with a leading zero", `{"code":"020000","message":"ok","data":{}}`, false],
      ["a code of zeros", `{"code":"00","message":"ok","data":{}}`, false],
      ["a code with an escaped leading zero", `{"code":"\\u003020000","message":"ok","data":{}}`, false],
      ["a number with a leading zero", `{"code":020000,"message":"ok","data":{}}`, true],
      ["a fractional code", `{"code":20000.5,"message":"ok","data":{}}`, false],
      ["a code beyond safe integers", `{"code":1e21,"message":"ok","data":{}}`, false],
      ["a code under another name", `{"Code":20000,"message":"ok","data":{}}`, false],
      ["HTML", "<html><head><title>502 Bad Gateway</title></head></html>", true],
      ["plain text", "Service Unavailable", true],
      ["truncated JSON", `{"code":20000,"message":"ok","data":{"accessToken":"4f1c`, true],
      ["two documents", `{"code":20000}{"code":20000}`, true]
    ])("%s is no envelope, and was damaged only where it is not even JSON", (_what, text, damaged) => {
      assert.strictEqual(malformed(text).damaged, damaged)
    })

    it.each([
      ["a code", `{"code":"${canary}","message":"ok","data":{}}`],
      ["a message", `{"code":null,"message":["${canary}"],"data":{}}`],
      ["data beside a wrong code", `{"code":null,"data":{"accessToken":"${canary}"}}`],
      ["the name of an unknown field", `{"code":null,"${canary}":1}`],
      ["text", canary],
      ["a string", `"${canary}"`],
      ["a list", `["${canary}"]`],
      ["truncated JSON", `{"code":20000,"data":{"accessToken":"${canary}`]
    ])("the problem never repeats %s", (_where, text) => {
      const problem = malformed(text)
      assert.isNotEmpty(problem.detail)
      assert.notInclude(JSON.stringify(problem), "CANARY")
    })

    it.each([
      ["null", "not of the expected form"],
      [`{"message":"ok"}`, "code missing or not of the expected form"],
      [`{"code":true}`, "code missing or not of the expected form"],
      ["", "an empty body"],
      ["<a>", "HTML or XML"]
    ])("the problem of %s names the field, once, if it is one", (text, detail) => {
      assert.strictEqual(malformed(text).detail, detail)
    })

    it("deep JSON in data is read, deep JSON elsewhere is no envelope, and neither makes it throw", () => {
      assert.isTrue(isRight(Envelope.decode(`{"code":20000,"message":"ok","data":${deep}}`)))
      assert.isFalse(malformed(deep).damaged)
      assert.isFalse(malformed(`{"code":${deep},"message":"ok","data":{}}`).damaged)
    })

    it.prop("no text makes it throw", [FastCheck.string({ unit: "binary" })], ([text]) => {
      assert.doesNotThrow(() => Envelope.decode(text))
    })

    it("an envelope cut short anywhere was damaged", () => {
      const whole = `{"code":20000,"message":"ok","data":{"accessToken":"a"}}`
      assert.isTrue(isRight(Envelope.decode(whole)))
      for (let length = 0; length < whole.length; length++) {
        assert.isTrue(malformed(whole.slice(0, length)).damaged)
      }
    })

    it.prop("reads what its schema reads, and nothing else", [
      FastCheck.record({
        code: FastCheck.oneof(
          FastCheck.maxSafeInteger(),
          FastCheck.double(),
          FastCheck.constantFrom("20000", "", null)
        ),
        message: FastCheck.option(FastCheck.oneof(FastCheck.string(), FastCheck.nat())),
        data: FastCheck.jsonValue(),
        other: FastCheck.jsonValue()
      }, { requiredKeys: [] })
    ], ([json]) => {
      const text = JSON.stringify(json)
      assert.deepStrictEqual(
        Either.getRight(Envelope.decode(text)),
        Either.getRight(Schema.decodeUnknownEither(Envelope.Envelope)(JSON.parse(text)))
      )
    })

    it.prop("no JSON makes it throw, or repeats itself in the problem", [FastCheck.json()], ([text]) => {
      Either.match(Envelope.decode(text), {
        onLeft: ({ damaged, detail }) => {
          assert.isFalse(damaged)
          assert.match(detail, /^[a-z, ]+$/)
        },
        onRight: ({ code }) => assert.isTrue(Number.isSafeInteger(code))
      })
    })
  })

  describe("decodeData", () => {
    const decode = Envelope.decodeData(Envelope.TokenData)

    it("takes a schema that throws for one that does not like the data, and drops what it throws", () => {
      const throwing = Schema.Unknown.pipe(Schema.filter(() => {
        throw new Error("CANARY")
      }))
      assert.deepStrictEqual(Envelope.decodeData(throwing)(1), Either.left("data: its schema threw"))
    })

    it("reads the pair the document promises, unknown fields or not", () => {
      const pair = { accessToken: "0123456789abcdef0123456789abcdef", refreshToken: "fedcba9876543210" }
      assert.deepStrictEqual(decode(pair), Either.right(pair))
      assert.deepStrictEqual(decode({ ...pair, expiresIn: 86400 }), Either.right(pair))
    })

    it.each([
      ["x"],
      ["with-dashes_and.dots~and=signs+/"],
      ["x".repeat(4096)],
      ["in the middle"]
    ])("a token has no length and no alphabet but what is safe in a header: %j", (token) => {
      assert.isTrue(isRight(decode({ accessToken: token, refreshToken: token })))
    })

    it.each([
      ["absent", undefined, []],
      ["null", null, []],
      ["a list", [canary], []],
      ["text", canary, []],
      ["without an access token", { refreshToken: canary }, ["accessToken"]],
      ["without a refresh token", { accessToken: canary }, ["refreshToken"]],
      ["with an empty access token", { accessToken: "", refreshToken: canary }, ["accessToken"]],
      ["with a null refresh token", { accessToken: canary, refreshToken: null }, ["refreshToken"]],
      ["with a number for a token", { accessToken: 1, refreshToken: canary }, ["accessToken"]],
      ["with a line break in a token", { accessToken: `${canary}\r\nx: y`, refreshToken: "r" }, ["accessToken"]],
      ["with a letter beyond ASCII in a token", { accessToken: "a", refreshToken: `${canary}é` }, ["refreshToken"]],
      ["with a blank at the end of a token", { accessToken: `${canary} `, refreshToken: "r" }, ["accessToken"]],
      ["with other names", { access_token: canary, refresh_token: canary }, ["accessToken"]]
    ])("data %s is not what was promised, and the problem names fields and no values", (_what, data, fields) => {
      const problem = Either.getOrThrow(Either.flip(decode(data)))
      assert.include(problem, "data")
      assert.notInclude(problem, "CANARY")
      for (const field of fields) {
        assert.include(problem, field)
      }
    })

    const problemOf = <A, I>(schema: Schema.Schema<A, I>, data: unknown) =>
      Either.getOrThrow(Either.flip(Envelope.decodeData(schema)(data)))

    it("a field within a field is named with its path", () => {
      const nested = Schema.Struct({ shop: Schema.Struct({ ids: Schema.Array(Schema.Number) }) })
      const expected = "data: shop.ids.1 missing or not of the expected form"
      assert.strictEqual(problemOf(nested, { shop: { ids: [1, canary] } }), expected)
    })

    it("of many fields five are named", () => {
      const required = (name: string) => Schema.Struct({ [name]: Schema.Number })
      const many = Schema.Union(...["a", "b", "c", "d", "e", "f"].map(required))
      assert.strictEqual(problemOf(many, {}), "data: a, b, c, d, e missing or not of the expected form")
    })

    it("deep JSON in the place of a token is not what was promised, and does not make it throw", () => {
      assert.isFalse(isRight(decode({ accessToken: JSON.parse(deep), refreshToken: "r" })))
    })
  })

  describe("TokenData", () => {
    it.each<[string, boolean]>([
      ["x", true],
      ["xy", true],
      ["x y", true],
      ["!~", true],
      ["", false],
      [" ", false],
      [" x", false],
      ["x ", false],
      ["x\ny", false],
      ["xé", false],
      ["x\u007f", false]
    ])("whether %j may be a token: %s", (text, expected) => {
      const is = Schema.is(Envelope.TokenData)
      assert.strictEqual(is({ accessToken: text, refreshToken: "r" }), expected)
      assert.strictEqual(is({ accessToken: "a", refreshToken: text }), expected)
    })
  })

  describe("CodeFromWire", () => {
    const decode = Schema.decodeUnknownEither(CodeFromWire)

    it.each([
      [20000, 20000],
      ["20000", 20000],
      [0, 0],
      ["0", 0],
      ["123456789", 123456789],
      [40001, 40001],
      ["50000", 50000],
      [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]
    ])("reads %j", (wire, expected) => {
      assert.deepStrictEqual(decode(wire), Either.right(expected))
    })

    it.each([
      "020000",
      "00000",
      "20000 ",
      " 20000",
      "20000\n",
      "2e4",
      "0x4E20",
      "+20000",
      "-20000",
      "20000.0",
      "Infinity",
      "NaN",
      "２００００",
      "",
      "1234567890",
      20000.5,
      -1,
      1e21,
      Number.MAX_SAFE_INTEGER + 1,
      NaN,
      Infinity,
      true,
      null,
      undefined,
      [20000],
      { code: 20000 },
      20000n
    ])("refuses %o", (wire) => {
      assert.isFalse(isRight(decode(wire)))
    })

    it("is written as a number, if it is one that would be read", () => {
      const encode = Schema.encodeEither(CodeFromWire)
      assert.deepStrictEqual(encode(20000), Either.right(20000))
      assert.isFalse(isRight(encode(20000.5)))
      assert.isFalse(isRight(encode(-1)))
    })

    it.prop("reads a code the same from a number and from its digits", [FastCheck.nat(999_999_999)], ([code]) => {
      assert.deepStrictEqual(decode(code), Either.right(code))
      assert.deepStrictEqual(decode(String(code)), Either.right(code))
    })
  })
})
