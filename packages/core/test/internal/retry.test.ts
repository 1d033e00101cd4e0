import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { amend } from "../../src/internal/retry.js"
import * as JindouyunError from "../../src/JindouyunError.js"
import { everyTokenError, second, start, transport } from "../utils.js"

const nextTryAt = DateTime.unsafeMake(start + 5 * second)

const roundTrip = <A, I>(schema: Schema.Schema<A, I>, error: A): A =>
  Schema.decodeUnknownSync(schema)(JSON.parse(JSON.stringify(Schema.encodeSync(schema)(error))))

describe("amend", () => {
  it.each(Object.entries(everyTokenError))("%s keeps its class and its other fields", (tag, error) => {
    const amended = amend(error, { attempts: 3, nextTryAt })
    assert.strictEqual(amended.constructor, error.constructor)
    assert.deepStrictEqual(
      { ...amended },
      {
        ...error,
        ...("attempts" in error ? { attempts: 3 } : {}),
        ...(tag === "ProviderClosed" ? {} : { nextTryAt })
      } as unknown as typeof amended
    )
    assert.deepStrictEqual({ ...roundTrip(JindouyunError.TokenError, amended) }, { ...amended })
  })

  it("leaves the error it was given as it was", () => {
    const error = transport("reset", "ambiguous")
    amend(error, { attempts: 3, nextTryAt })
    assert.strictEqual(error.attempts, 1)
    assert.isUndefined(error.nextTryAt)
  })
})
