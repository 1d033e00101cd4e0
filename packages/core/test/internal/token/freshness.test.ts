import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as FastCheck from "effect/FastCheck"
import * as freshness from "../../../src/internal/token/freshness.js"
import * as Token from "../../../src/Token.js"
import { assertSame, day, hour, makePair, minute, start } from "../../utils.js"

const margin = minute

const instants = FastCheck.integer({ min: start - 40 * day, max: start + 40 * day })
const spans = FastCheck.integer({ min: 1, max: 2 * day })

describe("freshness", () => {
  describe("isUsable", () => {
    it.each([
      [true, "the moment it was sent", start],
      [true, "in the middle of its life", start + 12 * hour],
      [true, "one millisecond before the margin begins", start + day - margin - 1],
      [false, "when the margin begins", start + day - margin],
      [false, "within the margin", start + day - 1],
      [false, "when it expires", start + day],
      [false, "long after", start + 365 * day],
      [true, "with a clock turned back by as much as the margin", start - margin],
      [false, "with a clock turned back further", start - margin - 1],
      [false, "with a clock turned back by a day", start - day]
    ])("is %s %s", (expected, _when, now) => {
      assert.strictEqual(freshness.isUsable(makePair(), now, margin), expected)
    })

    it("without a margin ends with the lifetime and begins with the sending", () => {
      const pair = makePair()
      assert.isTrue(freshness.isUsable(pair, start + day - 1, 0))
      assert.isFalse(freshness.isUsable(pair, start + day, 0))
      assert.isFalse(freshness.isUsable(pair, start - 1, 0))
    })

    it.prop(
      "a token that is handed out has the margin left, and no more than its lifetime and the margin",
      [instants, spans, FastCheck.integer({ min: 0, max: day })],
      ([now, accessToken, margin]) => {
        const pair = makePair({ lifetimes: { accessToken, refreshToken: 30 * day } })
        if (freshness.isUsable(pair, now, margin)) {
          assert.isAbove(pair.accessExpiresAt - now, margin)
          assert.isAtMost(pair.accessExpiresAt - now, accessToken + margin)
        }
      }
    )

    it.prop("a token just sent is usable with any margin up to a quarter of its lifetime", [spans], ([accessToken]) => {
      const pair = makePair({ lifetimes: { accessToken, refreshToken: 30 * day } })
      assert.isTrue(freshness.isUsable(pair, start, accessToken / 4))
    })

    it.prop(
      "moves with the clock: only the distance from the sending counts",
      [instants, FastCheck.integer({ min: -10 * day, max: 10 * day })],
      ([now, shift]) => {
        assert.strictEqual(
          freshness.isUsable(makePair(), now, margin),
          freshness.isUsable(makePair({ sentAt: start + shift }), now + shift, margin)
        )
      }
    )
  })

  describe("isDue", () => {
    it.each([
      [false, "when it was just sent", start, 30 * minute],
      [false, "one millisecond before the window", start + day - 30 * minute - 1, 30 * minute],
      [true, "from the beginning of the window on", start + day - 30 * minute, 30 * minute],
      [false, "without a window before the expiry", start + day - 1, 0],
      [true, "without a window from the expiry on", start + day, 0]
    ])("is %s %s", (expected, _when, now, window) => {
      assert.strictEqual(freshness.isDue(makePair(), now, window), expected)
    })

    it.prop("a wider window is never later", [instants, spans, spans], ([now, a, b]) => {
      if (freshness.isDue(makePair(), now, Math.min(a, b))) {
        assert.isTrue(freshness.isDue(makePair(), now, Math.max(a, b)))
      }
    })

    it.prop("a token just sent is never due with a window of at most a quarter of its lifetime", [
      FastCheck.integer({ min: 4, max: 2 * day })
    ], ([accessToken]) => {
      const pair = makePair({ lifetimes: { accessToken, refreshToken: 30 * day } })
      assert.isFalse(freshness.isDue(pair, start, accessToken / 4))
    })
  })

  describe("isRefreshable", () => {
    it.each([
      [true, "when it was just sent", start],
      [true, "long after the access token has expired", start + 29 * day],
      [true, "one millisecond before it expires", start + 30 * day - 1],
      [false, "when it expires", start + 30 * day],
      [true, "with a clock turned back", start - day]
    ])("is %s %s", (expected, _when, now) => {
      assert.strictEqual(freshness.isRefreshable(makePair(), now), expected)
    })
  })
})

describe("a pair by another clock", () => {
  it("is as old as it may be, and keeps its life", () => {
    const pair = makePair({ sentAt: start + 10 * minute })
    const rebased = freshness.rebased(pair, start, undefined)
    assert.strictEqual(rebased.sentAt, start)
    assert.strictEqual(rebased.accessExpiresAt - rebased.sentAt, pair.accessExpiresAt - pair.sentAt)
    assert.strictEqual(rebased.refreshExpiresAt - rebased.sentAt, pair.refreshExpiresAt - pair.sentAt)
    assertSame(
      rebased.accessToken,
      new Token.AccessToken({ ...pair.accessToken, expiresAt: DateTime.unsafeMake(rebased.accessExpiresAt) })
    )
  })

  it("is left as it is where it comes from the past, or from too far away", () => {
    for (const sentAt of [start - hour, start, start + 6 * hour + 1]) {
      const pair = makePair({ sentAt })
      assert.strictEqual(freshness.rebased(pair, start, undefined), pair)
    }
    assert.strictEqual(freshness.rebased(makePair({ sentAt: start + 6 * hour }), start, undefined).sentAt, start)
  })

  it("keeps how long ago it replaced a rejected token", () => {
    const pair = makePair({ sentAt: start + hour })
    const accessToken = new Token.AccessToken({ ...pair.accessToken, replacedRejectedAt: start + hour })
    const rebased = freshness.rebased(new Token.TokenPair({ ...pair, accessToken }), start, undefined)
    assert.strictEqual(rebased.accessToken.replacedRejectedAt, start)
  })

  it("is as old as the pair before it if it comes from too far away", () => {
    const pair = makePair({ sentAt: start + 25 * hour })
    const rebased = freshness.rebased(pair, start, makePair({ sentAt: start - hour }))
    assert.strictEqual(rebased.sentAt, start - hour)
    assert.strictEqual(rebased.accessExpiresAt - rebased.sentAt, pair.accessExpiresAt - pair.sentAt)
    // The clock of this process was set back after that pair.
    assert.strictEqual(freshness.rebased(pair, start, makePair({ sentAt: start + hour })), pair)
  })
})
