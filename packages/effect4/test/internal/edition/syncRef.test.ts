import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as SyncRef from "../../../src/internal/edition/syncRef.js"

describe("syncRef", () => {
  it.effect("makes a Ref", () =>
    Effect.gen(function*() {
      const ref: Ref.Ref<number> = SyncRef.make(1)
      assert.strictEqual(Ref.getUnsafe(ref), 1)
      assert.strictEqual(yield* Ref.modify(ref, (n) => ["result", n + 1]), "result")
      assert.strictEqual(yield* Ref.updateAndGet(ref, (n) => n * 10), 20)
      yield* Ref.set(ref, 3)
      assert.strictEqual(yield* Ref.get(ref), 3)
    }))

  for (const [name, make] of [["its own Ref", SyncRef.make], ["any other Ref", Ref.makeUnsafe]] as const) {
    it.effect(`reads and sets ${name} in one synchronous step`, () =>
      Effect.gen(function*() {
        const ref = make(1)
        yield* Ref.set(ref, 2)
        assert.strictEqual(SyncRef.get(ref), 2)
        SyncRef.set(ref, 3)
        assert.strictEqual(yield* Ref.get(ref), 3)
      }))
  }

  it.effect("reports each change, after it happened, and nothing else", () =>
    Effect.gen(function*() {
      const seen: Array<number> = []
      const ref: Ref.Ref<number> = SyncRef.make(1, () => seen.push(SyncRef.get(ref)))
      yield* Ref.update(ref, (n) => n + 1)
      yield* Ref.set(ref, 2)
      SyncRef.set(ref, 2)
      SyncRef.set(ref, 3)
      assert.deepStrictEqual(seen, [2, 3])
    }))
})
