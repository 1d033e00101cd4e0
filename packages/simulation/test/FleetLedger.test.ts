import { assert, describe, it } from "@effect/vitest"
import * as TokenStore from "@jindouyun/core/TokenStore"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { makeRecord } from "../../core/test/utils.js"
import * as Ledger from "../runs/fleet/ledger.js"
import * as Processes from "../runs/fleet/processes.js"
import type { Store } from "../runs/fleet/protocol.js"
import * as stores from "../runs/fleet/stores.js"

const key = "c0ffee".padEnd(64, "0")

/** A ledger over a store that holds generation 5. */
const ledgerWith = (losses: ReadonlyArray<number>) =>
  Effect.gen(function*() {
    const direct: Store = { _tag: "File", directory: `${yield* Processes.folder}/store` }
    const { save } = Context.get(yield* Layer.build(stores.layer(direct)), TokenStore.TokenStore)
    yield* save(key, makeRecord(5), Option.none())
    return yield* Ledger.make({ direct, losses }, key)
  })

const saved = (generation: number): Ledger.Saved => ({ _tag: "Saved", since: 10_000, generation })

describe("the ledger of a chaos run", () => {
  it.scopedLive("confirms the saves of generations that the store holds or has passed", () =>
    Effect.gen(function*() {
      const ledger = yield* ledgerWith([])
      ledger.note(1, saved(5))
      ledger.note(2, saved(4))
      yield* ledger.close
      assert.deepStrictEqual(ledger.counts, { kept: 2, lost: 0 })
      assert.deepStrictEqual(ledger.broken, [])
    }))

  it.scopedLive.each([{ losses: [] }, { losses: [7000] }])(
    "names the save of a generation that the store does not hold (losses $losses)",
    ({ losses }) =>
      Effect.gen(function*() {
        const ledger = yield* ledgerWith(losses)
        ledger.note(3, saved(6))
        yield* ledger.close
        assert.deepStrictEqual(ledger.counts, { kept: 0, lost: 0 })
        assert.deepStrictEqual(ledger.broken, [
          "process 3 reported generation 6 as saved; afterwards the store held 5",
          "process 3 reported generation 6 as saved; at the end the store held 5"
        ])
      })
  )

  it.scopedLive("counts the save of a pair that the store lost", () =>
    Effect.gen(function*() {
      const ledger = yield* ledgerWith([10_001])
      ledger.note(3, saved(6))
      yield* ledger.close
      assert.deepStrictEqual(ledger.counts, { kept: 0, lost: 1 })
      assert.deepStrictEqual(ledger.broken, [])
    }))
})
