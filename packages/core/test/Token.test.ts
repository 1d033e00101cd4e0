import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Equal from "effect/Equal"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import * as Token from "../src/Token.js"
import { day, hour, lifetimes, makePair, minute, renderings, second, start } from "./utils.js"

const instants = FastCheck.integer({ min: start - 40 * day, max: start + 40 * day })
const spans = FastCheck.integer({ min: 1, max: 2 * day })

describe("Token", () => {
  it("a pair expires 24 hours and 30 days after its request was sent", () => {
    const pair = makePair({ sentAt: start, generation: 7 })
    assert.strictEqual(pair.sentAt, start)
    assert.strictEqual(pair.accessExpiresAt, start + 24 * hour)
    assert.strictEqual(pair.refreshExpiresAt, start + 30 * day)
    assert.strictEqual(pair.accessToken.generation, 7)
    assert.strictEqual(DateTime.toEpochMillis(pair.accessToken.expiresAt), pair.accessExpiresAt)
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
