import { assert, describe, it } from "@effect/vitest"
import * as Equal from "effect/Equal"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import * as Token from "../src/Token.js"
import { day, hour, lifetimes, makePair, minute, renderings, second, start } from "./utils.js"

const margin = minute

const instants = FastCheck.integer({ min: start - 40 * day, max: start + 40 * day })
const spans = FastCheck.integer({ min: 1, max: 2 * day })

describe("Token", () => {
  it("a pair expires 24 hours and 30 days after its request was sent", () => {
    const pair = makePair({ sentAt: start, generation: 7 })
    assert.strictEqual(pair.sentAt, start)
    assert.strictEqual(pair.accessExpiresAt, start + 24 * hour)
    assert.strictEqual(pair.refreshExpiresAt, start + 30 * day)
    assert.strictEqual(pair.accessToken.generation, 7)
  })

  it("equal values of two generations are two tokens", () => {
    const first = makePair({ generation: 1 }).accessToken
    const second = makePair({ generation: 2 }).accessToken
    assert.isTrue(Equal.equals(first.value, second.value))
    assert.isFalse(Equal.equals(first, second))
    assert.isTrue(Equal.equals(first, makePair({ generation: 1 }).accessToken))
  })

  it("no rendering of a pair shows a token", () => {
    const pair = Token.makePair(
      new Token.TokenGrant({
        accessToken: Redacted.make("CANARY-access"),
        refreshToken: new Token.RefreshToken({ value: Redacted.make("CANARY-refresh") }),
        sentAt: start
      }),
      1,
      lifetimes
    )
    assert.notInclude(renderings(pair), "CANARY")
    assert.strictEqual(Redacted.value(pair.accessToken.value), "CANARY-access")
  })

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
      assert.strictEqual(Token.isUsable(makePair(), now, margin), expected)
    })

    it("without a margin ends with the lifetime and begins with the sending", () => {
      const pair = makePair()
      assert.isTrue(Token.isUsable(pair, start + day - 1, 0))
      assert.isFalse(Token.isUsable(pair, start + day, 0))
      assert.isFalse(Token.isUsable(pair, start - 1, 0))
    })

    it.prop(
      "a token that is handed out has the margin left, and no more than its lifetime and the margin",
      [instants, spans, FastCheck.integer({ min: 0, max: day })],
      ([now, accessToken, margin]) => {
        const pair = makePair({ lifetimes: { accessToken, refreshToken: 30 * day } })
        if (Token.isUsable(pair, now, margin)) {
          assert.isAbove(pair.accessExpiresAt - now, margin)
          assert.isAtMost(pair.accessExpiresAt - now, accessToken + margin)
        }
      }
    )

    it.prop("a token just sent is usable with any margin up to a quarter of its lifetime", [spans], ([accessToken]) => {
      const pair = makePair({ lifetimes: { accessToken, refreshToken: 30 * day } })
      assert.isTrue(Token.isUsable(pair, start, accessToken / 4))
    })

    it.prop(
      "moves with the clock: only the distance from the sending counts",
      [instants, FastCheck.integer({ min: -10 * day, max: 10 * day })],
      ([now, shift]) => {
        assert.strictEqual(
          Token.isUsable(makePair(), now, margin),
          Token.isUsable(makePair({ sentAt: start + shift }), now + shift, margin)
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
      assert.strictEqual(Token.isDue(makePair(), now, window), expected)
    })

    it.prop("a wider window is never later", [instants, spans, spans], ([now, a, b]) => {
      if (Token.isDue(makePair(), now, Math.min(a, b))) {
        assert.isTrue(Token.isDue(makePair(), now, Math.max(a, b)))
      }
    })

    it.prop("a token just sent is never due with a window of at most a quarter of its lifetime", [
      FastCheck.integer({ min: 4, max: 2 * day })
    ], ([accessToken]) => {
      const pair = makePair({ lifetimes: { accessToken, refreshToken: 30 * day } })
      assert.isFalse(Token.isDue(pair, start, accessToken / 4))
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
      assert.strictEqual(Token.isRefreshable(makePair(), now), expected)
    })
  })

  describe("isPending", () => {
    const since = start
    const until = start + minute

    it.each([
      [true, "at its beginning", since],
      [true, "in its middle", since + 30 * second],
      [true, "one millisecond before its end", until - 1],
      [false, "at its end", until],
      [false, "after its end", until + 1],
      [false, "long after its end", until + 365 * day],
      [true, "with the clock turned back by a millisecond before its beginning", since - 1],
      [true, "with the clock turned back by half its span", since - 30 * second],
      [true, "with the clock turned back by its whole span", since - minute],
      [false, "with the clock turned back by a millisecond more than its span", since - minute - 1],
      [false, "with the clock turned back by a day", since - day],
      [false, "with the clock turned back to the epoch", 0]
    ])("is %s %s", (expected, _when, now) => {
      assert.strictEqual(Token.isPending(since, until, now), expected)
    })

    it.prop("holds from one span before the beginning to before the end, and nowhere else", [instants, spans], (
      [since, length]
    ) => {
      const until = since + length
      assert.isTrue(Token.isPending(since, until, since))
      assert.isTrue(Token.isPending(since, until, until - 1))
      assert.isFalse(Token.isPending(since, until, until))
      assert.isTrue(Token.isPending(since, until, since - length))
      assert.isFalse(Token.isPending(since, until, since - length - 1))
    })

    it.prop("a wait that is on has no more than twice its span left, wherever the clock was set", [
      instants,
      spans,
      FastCheck.integer({ min: -3 * day, max: 3 * day })
    ], ([since, length, jump]) => {
      const now = since + jump
      assert.strictEqual(Token.isPending(since, since + length, now), -length <= jump && jump < length)
      if (Token.isPending(since, since + length, now)) {
        assert.isAtMost(since + length - now, 2 * length)
      }
    })

    it.prop("a wait of no length is never on", [instants, FastCheck.integer({ min: -2 * day, max: 2 * day })], (
      [since, jump]
    ) => {
      assert.isFalse(Token.isPending(since, since, since))
      assert.isFalse(Token.isPending(since, since, since + jump))
    })
  })
})

describe("a pair by another clock", () => {
  it("is as old as it may be, and keeps its life", () => {
    const pair = makePair({ sentAt: start + 10 * minute })
    const rebased = Token.rebased(pair, start)
    assert.strictEqual(rebased.sentAt, start)
    assert.strictEqual(rebased.accessExpiresAt - rebased.sentAt, pair.accessExpiresAt - pair.sentAt)
    assert.strictEqual(rebased.refreshExpiresAt - rebased.sentAt, pair.refreshExpiresAt - pair.sentAt)
    assert.strictEqual(rebased.accessToken, pair.accessToken)
  })

  it("is left as it is where it comes from the past, or from too far away", () => {
    for (const sentAt of [start - hour, start, start + 6 * hour + 1]) {
      const pair = makePair({ sentAt })
      assert.strictEqual(Token.rebased(pair, start), pair)
    }
    assert.strictEqual(Token.rebased(makePair({ sentAt: start + 6 * hour }), start).sentAt, start)
  })
})
