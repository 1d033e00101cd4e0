import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Readable from "effect/Readable"
import * as Ref from "effect/Ref"
import { SyncRef } from "../../src/internal/syncRef.js"

describe("SyncRef", () => {
  it.effect("is a Ref", () =>
    Effect.gen(function*() {
      const cell: Ref.Ref<number> = new SyncRef(1)
      assert.isTrue(Readable.isReadable(cell))
      assert.strictEqual(yield* cell, 1)
      assert.strictEqual(yield* Ref.modify(cell, (n) => ["told", n + 1]), "told")
      assert.strictEqual(yield* Ref.updateAndGet(cell, (n) => n * 10), 20)
      yield* Ref.set(cell, 3)
      assert.strictEqual(yield* Ref.get(cell), 3)
    }))

  it.effect("shows and takes its value in the middle of a step", () =>
    Effect.gen(function*() {
      const cell = new SyncRef(1)
      yield* Ref.set(cell, 2)
      assert.strictEqual(cell.current, 2)
      cell.current = 3
      assert.strictEqual(yield* Ref.get(cell), 3)
    }))
})
