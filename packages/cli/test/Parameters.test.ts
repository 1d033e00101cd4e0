import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import * as Parameters from "../src/Parameters.js"

const source = Parameters.nameOf(Parameters.place("{}"))

const parsed = (method: "POST" | "GET" | "DELETE", text: string) => Parameters.parse(method, text, source)

const body = (text: string) =>
  Either.map(parsed("POST", text), (parameters) => parameters._tag === "Body" ? parameters.text : "a query")

const query = (text: string) => {
  const parameters = Either.getOrThrow(parsed("GET", text))
  return parameters._tag === "Query" ? parameters.query : {}
}

const problemOf = (method: "POST" | "GET" | "DELETE", text: string) =>
  Either.getOrThrow(Either.flip(parsed(method, text))).message

/** What is printed for a response, without white space. */
const rendered = (response: string, part: "envelope" | "data" = "data") =>
  Either.getOrThrow(Parameters.render(response, part, [])).replace(/\s+/g, "")

describe("parameters of a call", () => {
  it("are in the argument, in a file or at stdin", () => {
    assert.deepStrictEqual(Parameters.place(undefined), { _tag: "None" })
    assert.deepStrictEqual(Parameters.place("-"), { _tag: "Stdin" })
    assert.deepStrictEqual(Parameters.place("@-"), { _tag: "Stdin" })
    assert.deepStrictEqual(Parameters.place("@day.json"), { _tag: "File", path: "day.json" })
    assert.deepStrictEqual(Parameters.place("{}"), { _tag: "Text", text: "{}" })
  })

  it("are any JSON in a body, and names with simple values in a query", () => {
    for (const text of ["[1]", "null", "\"x\"", " 1e400 ", "-0", "\ttrue\r\n", "{\"a\":{\"b\":null}}"]) {
      assert.deepStrictEqual(body(text), Either.right(text.trim()), text)
    }
    assert.deepStrictEqual(query("{\"a\":1,\"b\":[\"x\",true,0.10],\"c\":[]}"), {
      a: "1",
      b: ["x", "true", "0.10"],
      c: []
    })
    for (
      const text of ["[1]", "1", "null", "{\"a\":null}", "{\"a\":{\"b\":1}}", "{\"a\":[[1]]}", "{\"a\":\"\\ud800\"}"]
    ) {
      assert.match(problemOf("GET", text), /^--data does not fit into the query/, text)
      assert.match(problemOf("DELETE", text), /^--data does not fit into the query/, text)
    }
  })

  it("keep every number as it was written", () => {
    for (
      const number of ["1285704473650888702", "-0", "0.10", "1.0", "1E5", "1e+5", "1e400", "-1e-400", "1".repeat(400)]
    ) {
      assert.deepStrictEqual(body(`[${number}]`), Either.right(`[${number}]`))
      assert.deepStrictEqual(query(`{"a":${number},"b":[${number}]}`), { a: number, b: [number] })
      const response = `{"code":20000,"data":{"a":${number}}}`
      assert.strictEqual(rendered(response), `{"a":${number}}`)
      assert.strictEqual(rendered(response, "envelope"), response)
    }
  })

  it("keep every name", () => {
    const names = ["__proto__", "constructor", "toJSON", "toString", "isLosslessNumber", "value", "data", ""]
    const text = `{${names.map((name) => `"${name}":"1"`).join(",")}}`
    assert.deepStrictEqual(body(text), Either.right(text))
    assert.deepStrictEqual(Object.entries(query(text)), names.map((name): [string, string] => [name, "1"]))
    assert.strictEqual(rendered(`{"data":${text}}`), text)
  })

  it("are refused where they are not JSON, have a name twice, or are nested too deeply", () => {
    const wrong = [
      "{",
      "020000",
      "+1",
      ".5",
      "1.",
      "0x10",
      "NaN",
      "Infinity",
      "'a'",
      "{a:1}",
      "[1,]",
      "1 2",
      "\"\n\"",
      "\"\0\""
    ]
    for (const text of [...wrong, "\ufeff1", "\u00a01", "// 1\n1"]) {
      assert.strictEqual(problemOf("POST", text), "--data is not JSON", text)
    }
    for (
      const text of [
        "{\"a\":1,\"a\":1.0}",
        "{\"a\":\"x\",\"a\":\"x\"}",
        "{\"b\":\"}{\\\"\",\"a\":{},\"a\":{}}",
        "[{\"b\":{\"a\":1,\"\\u0061\":2}}]"
      ]
    ) {
      assert.strictEqual(problemOf("POST", text), "--data has the name \"a\" twice", text)
    }
    assert.strictEqual(problemOf("GET", "{\"__proto__\":1,\"__proto__\":2}"), "--data has the name \"__proto__\" twice")
    for (const [open, close] of [["[", "]"], ["{\"a\":", "}"]]) {
      const deep = `${open?.repeat(200_000)}1${close?.repeat(200_000)}`
      assert.strictEqual(problemOf("POST", deep), "--data is nested too deeply")
      assert.deepStrictEqual(
        Parameters.render(`{"data":${deep}}`, "data", []),
        Either.left({
          en: "is nested too deeply",
          zh: "嵌套过深"
        })
      )
    }
    assert.strictEqual(problemOf("POST", " \n"), "--data is empty")
  })

  it("come back with escapes in place of characters that change what a terminal shows", () => {
    const data = {
      "\u202ek": ["\u007f\u009b31m\u0085", "\u200e\u200f\u061c\u2066x\u2069\u2028", "筋斗云 \u{1f468}\u200d\u{1f469}"]
    }
    const shown = Either.getOrThrow(Parameters.render(JSON.stringify({ data }), "data", []))
    assert.notMatch(shown.replaceAll("\n", ""), /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u)
    assert.deepStrictEqual(JSON.parse(shown), data)
    assert.include(shown, "\\u009b31m")
    assert.include(shown, "筋斗云 \u{1f468}\u200d\u{1f469}")
  })

  it("come back without what is secret, wherever it stands", () => {
    const secret = Redacted.make("s3cret")
    const cleaned = JSON.stringify(
      Parameters.withoutSecrets({ s3cret: ["a s3cret b", { token: "s3cret" }], count: 1, none: null }, [secret])
    )
    assert.notInclude(cleaned, "s3cret")
    assert.include(cleaned, "\"count\":1,\"none\":null")
  })

  const value = "tok/en=se'cret&va+lue<0123>"
  const entities = value.replace(/[^a-z0-9]/g, (char) => `&#x${char.charCodeAt(0).toString(16)};`)
  const forms: { readonly [form: string]: string } = {
    raw: value,
    "escaped solidus": value.replaceAll("/", "\\/"),
    "JSON in JSON": JSON.stringify(JSON.stringify(value)),
    "unicode escapes": value.replace(/[^a-z0-9]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`),
    "HTML entities": entities,
    "a URL": encodeURIComponent(value),
    "a URL, twice": encodeURIComponent(encodeURIComponent(value)),
    "HTML in a URL": encodeURIComponent(entities),
    base64: Encoding.encodeBase64(value),
    "base64 of more": Encoding.encodeBase64(`accessToken: ${value}`),
    hexadecimal: Encoding.encodeHex(value),
    "a cut secret": `${value.slice(0, 12)}…`
  }
  for (const [form, text] of Object.entries(forms)) {
    it(`come back without a secret that is written as ${form}`, () => {
      for (const data of [text, [text], { [text]: 1 }, { echo: `before ${text} after` }]) {
        const shown = Either.getOrThrow(Parameters.render(JSON.stringify({ data }), "data", [Redacted.make(value)]))
        assert.include(shown, "<redacted>")
        for (let at = 0; at + 8 <= text.length; at++) {
          const piece = text.slice(at, at + 8)
          // The beginning of that text is no secret.
          assert.isTrue(form === "base64 of more" || !shown.includes(piece), shown)
        }
        assert.notInclude(shown, Encoding.encodeBase64(value).slice(4, 24))
      }
    })
  }

  it("come back with every digit and character that is no secret, also of a long text", () => {
    const text = `${"筋斗云 \\u0041 &amp; %41 \u{1f600}".repeat(20_000)} 12345678901234567890`
    const answer = `{"data":{"text":${JSON.stringify(text)},"n":1.50,"m":1285704473650888702}}`
    const shown = Either.getOrThrow(Parameters.render(answer, "data", [Redacted.make(value)]))
    assert.strictEqual((JSON.parse(shown) as { readonly text: string }).text, text)
    assert.match(shown, /"n": 1\.50,\n +"m": 1285704473650888702/)
  })
})
