import { assert, describe, it } from "@effect/vitest"
import { mutants } from "../mutants/mutants.js"
import * as Batch from "../runs/Batch.js"
import { withBundle } from "../runs/bundle.js"
import { Thread } from "../runs/Thread.js"

const seed = 20_300_101

describe("the simulation", () => {
  it("keeps every guarantee through some hundred histories of one seed", () => {
    const report = Batch.check({ seed, number: 0, runs: 200 })
    assert.strictEqual(report.found, undefined, report.found?.history)
    assert.strictEqual(report.runs, 200)
    assert.strictEqual(report.steps, 200 * Batch.length)
    assert.isAbove(report.requests, 200)
  }, 60_000)

  it("is the same for the same seed, and another for another", () => {
    const [one, again, other] = [1, 1, 2].map((number) => Batch.check({ seed, number, runs: 20 }))
    assert.deepStrictEqual(one, again)
    assert.notStrictEqual(one?.requests, other?.requests)
  }, 60_000)

  it("has one to three mutants for each guarantee, each with a name and a file of its own", () => {
    for (const guarantee of [...Array.from({ length: 13 }, (_, index) => index + 1), 16]) {
      const count = mutants.filter((mutant) => mutant.guarantee === guarantee).length
      assert.isTrue(count >= 1 && count <= 3, `guarantee ${guarantee} has ${count}`)
    }
    assert.strictEqual(new Set(mutants.map(({ name }) => name)).size, mutants.length)
    assert.strictEqual(new Set(mutants.map(({ file }) => file)).size, mutants.length)
  })

  it("finds a mutant, shrinks its history to a few steps, and finds the same again by seed and batch", async () => {
    const mutant = mutants.find(({ file }) => file === "10-no-minimum-interval")
    const attack = (file: string) => {
      const thread = new Thread(file)
      return thread.run({ batch: { seed, number: 0, runs: 250 }, isShrunk: true }).finally(() => thread.end())
    }
    const [{ found }, again] = await withBundle(mutant, (file) => Promise.all([attack(file), attack(file)]))
    assert.deepStrictEqual(again.found, found)
    assert.strictEqual(found?.invariant, "a minimum interval between two requests")
    assert.isAtMost(found?.needed ?? Infinity, 20)
    assert.isAtMost((found?.history.match(/^[0-9]+\. /gm) ?? []).length, 4)
  }, 60_000)
})
