import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import * as Envelope from "../../src/internal/http/envelope.js"

const problemOf = <A, I>(schema: Schema.Codec<A, I>, data: unknown) =>
  Result.getOrThrow(Result.flip(Envelope.decodeData(schema)(data)))

it("a schema that cannot read at once is a problem, and does not make it throw", () => {
  const later = Schema.String.pipe(
    Schema.decodeTo(
      Schema.String,
      SchemaTransformation.transformEffect({
        decode: (text) => Effect.promise(() => Promise.resolve(text)),
        encode: Effect.succeed
      })
    )
  )
  // Effect 4 fails with a defect, which has no path.
  assert.strictEqual(problemOf(later, "canary"), "data: its schema threw")
  assert.strictEqual(problemOf(Schema.Struct({ later }), { later: "canary" }), "data: its schema threw")
})
