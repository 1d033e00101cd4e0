import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Envelope from "../../src/internal/http/envelope.js"

const problemOf = <A, I>(schema: Schema.Schema<A, I>, data: unknown) =>
  Either.getOrThrow(Either.flip(Envelope.decodeData(schema)(data)))

it("a schema that cannot read at once is a problem, and does not make it throw", () => {
  const later = Schema.transformOrFail(Schema.String, Schema.String, {
    decode: (text) => Effect.promise(() => Promise.resolve(text)),
    encode: Effect.succeed
  })
  assert.strictEqual(problemOf(later, "canary"), "data: not of the expected form")
  const field = "data: later missing or not of the expected form"
  assert.strictEqual(problemOf(Schema.Struct({ later }), { later: "canary" }), field)
})

it("a field that must not be there is named", () => {
  const exact = Schema.Struct({ id: Schema.Number }).annotations({ parseOptions: { onExcessProperty: "error" } })
  assert.strictEqual(problemOf(exact, { id: 1, more: "canary" }), "data: more missing or not of the expected form")
})
