import * as Effect from "effect/Effect"
import { assert, it } from "vitest"
import { requests } from "../../examples/refresh-on-a-test-clock.js"

it("the test of docs/effect-4.md refreshes the token once after 24 hours", async () => {
  assert.deepStrictEqual(await Effect.runPromise(requests), { acquire: 1, refresh: 1, report: 0 })
})
