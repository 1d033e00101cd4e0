import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { constVoid } from "effect/Function"
import * as Readable from "effect/Readable"
import * as Ref from "effect/Ref"
import { SyncRef } from "../../src/internal/syncRef.js"

describe("syncRef", () => {
  it.effect("makes a Ref", () =>
    Effect.gen(function*() {
      const ref: Ref.Ref<number> = new SyncRef(1, constVoid)
      assert.isTrue(Readable.isReadable(ref))
      assert.strictEqual(yield* ref, 1)
      assert.strictEqual(yield* Ref.modify(ref, (n) => ["result", n + 1]), "result")
      assert.strictEqual(yield* Ref.updateAndGet(ref, (n) => n * 10), 20)
      yield* Ref.set(ref, 3)
      assert.strictEqual(yield* Ref.get(ref), 3)
    }))

  it.effect("is read and set in one synchronous step", () =>
    Effect.gen(function*() {
      const ref = new SyncRef(1, constVoid)
      yield* Ref.set(ref, 2)
      assert.strictEqual(ref.current, 2)
      ref.set(3)
      assert.strictEqual(yield* Ref.get(ref), 3)
    }))

  it.effect("reports each change, after it happened, and nothing else", () =>
    Effect.gen(function*() {
      const seen: Array<number> = []
      const ref: SyncRef<number> = new SyncRef(1, () => seen.push(ref.current))
      yield* Ref.update(ref, (n) => n + 1)
      yield* Ref.set(ref, 2)
      ref.set(2)
      ref.set(3)
      assert.deepStrictEqual(seen, [2, 3])
    }))
})
