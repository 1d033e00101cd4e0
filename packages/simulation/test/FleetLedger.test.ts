import { assert, describe, it } from "@effect/vitest"
import * as TokenStore from "@jindouyun/core/TokenStore"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { makePair, makeRecord } from "../../core/test/utils.js"
import * as Ledger from "../runs/fleet/ledger.js"
import * as Processes from "../runs/fleet/processes.js"
import type { Store } from "../runs/fleet/protocol.js"
import * as stores from "../runs/fleet/stores.js"

const key = "c0ffee".padEnd(64, "0")

const tokenOf = (order: number): string => `access-${order}`

/** The platform has issued pair 1 at 1,000 ms, pair 2 at 2,000 ms and so on. */
const issued = new Map(Array.from({ length: 9 }, (_, index) => {
  const order = index + 1
  return [tokenOf(order), { at: 1000 * order, order }] as const
}))

/** A ledger over a store that holds the fifth pair of the platform. The library may number its pairs as it likes. */
const ledgerWith = (losses: ReadonlyArray<number>) =>
  Effect.gen(function*() {
    const direct: Store = { _tag: "File", directory: `${yield* Processes.folder}/store` }
    const { save } = Context.get(yield* Layer.build(stores.layer(direct)), TokenStore.TokenStore)
    const pair = makePair({ generation: 1_000_000, value: tokenOf(5) })
    yield* save(key, { ...makeRecord(1_000_000), pair: Option.some(pair) }, Option.none())
    return yield* Ledger.make({ direct, losses }, { issued }, key)
  })

const saved = (order: number): Ledger.Saved => ({ _tag: "Saved", since: 10_000, accessToken: tokenOf(order) })

describe("the ledger of a chaos run", () => {
  it.scopedLive("confirms the saves of pairs that the store holds or has passed", () =>
    Effect.gen(function*() {
      const ledger = yield* ledgerWith([])
      ledger.note(1, saved(5))
      ledger.note(2, saved(4))
      yield* ledger.close
      assert.deepStrictEqual(ledger.counts, { kept: 2, lost: 0, resets: 0 })
      assert.deepStrictEqual(ledger.broken, [])
    }))

  it.scopedLive.each([{ losses: [] }, { losses: [7000] }])(
    "names the save of a pair that the store does not hold (losses $losses)",
    ({ losses }) =>
      Effect.gen(function*() {
        const ledger = yield* ledgerWith(losses)
        ledger.note(3, saved(6))
        yield* ledger.close
        assert.deepStrictEqual(ledger.counts, { kept: 0, lost: 0, resets: 0 })
        assert.deepStrictEqual(ledger.broken, [
          "process 3 reported pair 6 as saved; afterwards the store held pair 5",
          "process 3 reported pair 6 as saved; at the end the store held pair 5"
        ])
      })
  )

  it.scopedLive("names the save of a token that the platform has not issued", () =>
    Effect.gen(function*() {
      const ledger = yield* ledgerWith([])
      ledger.note(3, { ...saved(1), accessToken: "invented" })
      yield* ledger.close
      assert.include(ledger.broken, "process 3 reported pair 0 as saved; afterwards the store held pair 5")
    }))

  it.scopedLive("counts the save of a pair that the store lost", () =>
    Effect.gen(function*() {
      const ledger = yield* ledgerWith([10_001])
      ledger.note(3, saved(6))
      yield* ledger.close
      assert.deepStrictEqual(ledger.counts, { kept: 0, lost: 1, resets: 0 })
      assert.deepStrictEqual(ledger.broken, [])
    }))

  it.scopedLive.each([
    { isDone: true, resets: 1 },
    { isDone: false, resets: 0 }
  ])(
    "counts the save of a pair that a reset may have removed (done: $isDone)",
    ({ isDone, resets }) =>
      Effect.gen(function*() {
        const ledger = yield* ledgerWith([])
        ledger.resetBegins(1, 4900)
        ledger.resetEnded(1, isDone)
        ledger.note(3, saved(6))
        yield* ledger.close
        assert.deepStrictEqual(ledger.counts, { kept: 0, lost: 1, resets })
        assert.deepStrictEqual(ledger.broken, [])
      })
  )

  it.scopedLive("names a pair that was issued before a reset and is in the store after it", () =>
    Effect.gen(function*() {
      const ledger = yield* ledgerWith([])
      ledger.resetBegins(1, 5001)
      ledger.resetEnded(2, true)
      ledger.resetEnded(1, true)
      yield* ledger.close
      assert.deepStrictEqual(ledger.broken, [
        "process 1 reset the account; afterwards the store held pair 5, which was issued before",
        "process 1 reset the account; at the end the store held pair 5, which was issued before"
      ])
    }))

  it.scopedLive.each([
    { losses: [], isDone: false, when: "the reset failed" },
    { losses: [5000], isDone: true, when: "the store lost its fence" }
  ])("names no such pair if $when", ({ isDone, losses }) =>
    Effect.gen(function*() {
      const ledger = yield* ledgerWith(losses)
      ledger.resetBegins(1, 5001)
      ledger.resetEnded(1, isDone)
      yield* ledger.close
      assert.deepStrictEqual(ledger.broken, [])
    }))
})
