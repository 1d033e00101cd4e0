import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Parameters from "../src/Parameters.js"

const source = Parameters.nameOf(Parameters.place("{}"))

describe("parameters of a call", () => {
  it("are in the argument, in a file or at stdin", () => {
    assert.deepStrictEqual(Parameters.place(undefined), { _tag: "None" })
    assert.deepStrictEqual(Parameters.place("-"), { _tag: "Stdin" })
    assert.deepStrictEqual(Parameters.place("@-"), { _tag: "Stdin" })
    assert.deepStrictEqual(Parameters.place("@day.json"), { _tag: "File", path: "day.json" })
    assert.deepStrictEqual(Parameters.place("{}"), { _tag: "Text", text: "{}" })
  })

  it("are any JSON in a body, and names with simple values in a query", () => {
    assert.deepStrictEqual(Either.getOrThrow(Parameters.parse("POST", "[1]", source)), [1])
    assert.deepStrictEqual(Either.getOrThrow(Parameters.parse("GET", "{\"a\":1,\"b\":[\"x\"]}", source)), {
      a: 1,
      b: ["x"]
    })
    for (const text of ["[1]", "1", "null", "{\"a\":null}", "{\"a\":{\"b\":1}}"]) {
      assert.isTrue(Either.isLeft(Parameters.parse("GET", text, source)), text)
    }
    assert.isTrue(Either.isLeft(Parameters.parse("POST", "{", source)))
  })

  it("come back without what is secret, wherever it stands", () => {
    const secret = Redacted.make("s3cret")
    const cleaned = JSON.stringify(
      Parameters.withoutSecrets({ s3cret: ["a s3cret b", { token: "s3cret" }], count: 1, none: null }, [secret])
    )
    assert.notInclude(cleaned, "s3cret")
    assert.include(cleaned, "\"count\":1,\"none\":null")
  })
})
