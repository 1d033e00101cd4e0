import { assert, describe, it } from "@effect/vitest"
import * as TokenApi from "@jindouyun/core/TokenApi"
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
import { apply, mutants } from "../mutants/Mutants.js"
import * as Batch from "../runs/Batch.js"
import type { Subject } from "../world/World.js"

const seed = 20_300_101

describe("the token's life", () => {
  it("keeps every guarantee through some hundred histories of one seed", () => {
    const report = Batch.check({ seed, number: 0, runs: 250 })
    assert.strictEqual(report.found, undefined, report.found?.history)
    assert.strictEqual(report.runs, 250)
    assert.strictEqual(report.steps, 250 * Batch.length)
    assert.isAbove(report.requests, 250)
  }, 60_000)

  it("knows of each mutant where in the source it strikes", () => {
    const source = (file: string) => readFileSync(new URL(`../../core/src/${file}`, import.meta.url), "utf8")
    const lost = mutants.filter((mutant) => apply(mutant, source(mutant.file)) === undefined)
    assert.deepStrictEqual(lost.map(({ name }) => name), [])
  })

  it("is the same for the same seed, and another for another", () => {
    const [one, again, other] = [1, 1, 2].map((number) => Batch.check({ seed, number, runs: 40 }))
    assert.deepStrictEqual(one, again)
    assert.notStrictEqual(one?.requests, other?.requests)
  }, 60_000)

  it("shows a provider that makes two requests at once, in as few steps as it takes", () => {
    const twice: Subject = {
      api: Effect.map(TokenApi.make, (api) => ({
        ...api,
        acquire: (credentials) =>
          Effect.map(
            Effect.all([api.acquire(credentials), api.acquire(credentials)], { concurrency: 2 }),
            ([grant]) => grant
          )
      }))
    }
    const { found } = Batch.check({ seed, number: 0, runs: 250 }, { subject: twice })
    // They overlap, or follow each other without a pause, where an answer takes no time.
    assert.include(["one request in flight", "a floor between any two requests"], found?.invariant)
    assert.isAtMost(found?.needed ?? Infinity, 5)
    assert.isAtMost((found?.history.match(/^[0-9]+\. /gm) ?? []).length, 2)
  }, 60_000)
})
