import { assert, describe, it } from "@effect/vitest"
import { clock } from "../src/internal/checks.js"

const now = 1_700_000_000_500
const second = 1_700_000_000_000
const seen = (date: number) => {
  const { state, text } = clock(date, now, now + 100, 60_000)
  return `${state} ${text.en}`
}

describe("the clock of this machine", () => {
  it("agrees with a date of the same second, and with a difference that does no harm", () => {
    assert.strictEqual(seen(second), "ok agrees with the platform's clock")
    assert.strictEqual(seen(second - 30_000), "ok is 29 s ahead of the platform's clock")
    assert.strictEqual(seen(second + 30_000), "ok is 29 s behind the platform's clock")
  })

  it("is to be set where it is further off than the margin", () => {
    assert.match(seen(second - 3_600_000), /^set is 59 min 59 s ahead of the platform's clock: set the clock/)
    assert.match(seen(second + 3_600_000), /^set is 59 min 59 s behind the platform's clock/)
  })

  it("cannot be compared without a date", () => {
    assert.strictEqual(seen(NaN), "open the platform sent no date")
  })
})
