import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import * as rejections from "../../../src/internal/token/rejections.js"
import * as Token from "../../../src/Token.js"

const policy = { cooldown: 1000, maxCooldown: 5000 }

const token = (generation: number, replacedRejectedAt?: number) =>
  new Token.AccessToken({
    value: Redacted.make("a"),
    generation,
    expiresAt: DateTime.unsafeMake(0),
    replacedRejectedAt
  })

type Event =
  | { readonly rejected: number; readonly at: number; readonly isReplay?: boolean; readonly replacedAt?: number }
  | { readonly accepted: number }

/** The verdicts on the rejections, and the state after all events. */
const play = (events: ReadonlyArray<Event>) => {
  let state = rejections.initial
  const verdicts: Array<rejections.Verdict> = []
  for (const event of events) {
    if ("accepted" in event) {
      state = rejections.accepted(state, token(event.accepted))
    } else {
      const rejected = { token: token(event.rejected, event.replacedAt), isReplay: event.isReplay ?? false }
      const [verdict, next] = rejections.decide(state, rejected, event.at, policy)
      state = next
      verdicts.push(verdict)
    }
  }
  return { verdicts, state }
}

describe("the rejections of a client", () => {
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<Event>, ReadonlyArray<rejections.Verdict>]> = [
    ["the first one renews", [{ rejected: 1, at: 0 }], ["replay"]],
    ["calls with one token share its renewal", [
      { rejected: 1, at: 0 },
      { rejected: 1, at: 9000 },
      { rejected: 1, at: 9000, isReplay: true }
    ], ["replay", "replay", "fail"]],
    ["a replay ends its call, however long it took", [
      { rejected: 1, at: 0 },
      { rejected: 2, at: 60_000, isReplay: true },
      { rejected: 2, at: 60_999 },
      { rejected: 2, at: 61_000 }
    ], ["replay", "fail", "fail", "replay"]],
    ["another call with the new token fails too, before the replay is answered", [
      { rejected: 1, at: 0 },
      { rejected: 2, at: 10 },
      { rejected: 2, at: 500, isReplay: true },
      { rejected: 2, at: 1009 },
      { rejected: 2, at: 1010 }
    ], ["replay", "fail", "fail", "fail", "replay"]],
    ["a late replay does not prolong a cooldown that is over", [
      { rejected: 1, at: 0 },
      { rejected: 2, at: 0 },
      { rejected: 2, at: 1500, isReplay: true },
      { rejected: 2, at: 1500 }
    ], ["replay", "fail", "fail", "replay"]],
    ["a late rejection of an older token renews nothing and is replayed, also during a cooldown", [
      { rejected: 1, at: 0 },
      { rejected: 2, at: 10 },
      { rejected: 1, at: 20 }
    ], ["replay", "fail", "replay"]],
    ["a rejection of a token that has an accepted successor does not count", [
      { accepted: 3 },
      { rejected: 2, at: 0 },
      { rejected: 3, at: 10 }
    ], ["replay", "replay"]],
    ["a success with the new token makes its rejection the first one", [
      { rejected: 1, at: 0 },
      { accepted: 2 },
      { rejected: 2, at: 10 },
      { accepted: 3 },
      { rejected: 3, at: 20 }
    ], ["replay", "replay", "replay"]],
    ["a success with the old token proves nothing", [
      { rejected: 1, at: 0 },
      { accepted: 1 },
      { rejected: 2, at: 10 }
    ], ["replay", "fail"]],
    ["a new token whose call was not answered is rejected for a reason of its own after the cooldown", [
      { rejected: 1, at: 0 },
      { rejected: 2, at: 999 },
      { rejected: 2, at: 86_400_000 }
    ], ["replay", "fail", "replay"]],
    ["so is its successor", [
      { rejected: 1, at: 0 },
      { rejected: 3, at: 86_400_000 }
    ], ["replay", "replay"]],
    ["a success does not end a cooldown", [
      { rejected: 1, at: 0 },
      { rejected: 2, at: 10, isReplay: true },
      { accepted: 2 },
      { rejected: 2, at: 1009 },
      { rejected: 2, at: 1010 }
    ], ["replay", "fail", "fail", "replay"]],
    ["the cooldown doubles up to its cap", [
      { rejected: 1, at: 0 },
      { rejected: 2, at: 0, isReplay: true },
      { rejected: 2, at: 1000 },
      { rejected: 3, at: 1000, isReplay: true },
      { rejected: 3, at: 2999 },
      { rejected: 3, at: 3000 },
      { rejected: 4, at: 3000, isReplay: true },
      { rejected: 4, at: 6999 },
      { rejected: 4, at: 7000 },
      { rejected: 5, at: 7000, isReplay: true },
      { rejected: 5, at: 11_999 },
      { rejected: 5, at: 12_000 }
    ], ["replay", "fail", "replay", "fail", "fail", "replay", "fail", "fail", "replay", "fail", "fail", "replay"]],
    ["a wall clock that is set back far ends the cooldown", [
      { rejected: 1, at: 100_000 },
      { rejected: 2, at: 100_000 },
      { rejected: 2, at: 98_000 }
    ], ["replay", "fail", "replay"]],
    ["a token that another process received for a rejected one is new for a cooldown", [
      { rejected: 7, at: 500, replacedAt: 0 },
      { rejected: 7, at: 999, replacedAt: 0 },
      { rejected: 7, at: 1000, replacedAt: 0 }
    ], ["fail", "fail", "replay"]],
    ["such a token is an old one later", [{ rejected: 7, at: 1000, replacedAt: 0 }], ["replay"]],
    ["such a token is an old one after a success", [
      { accepted: 7 },
      { rejected: 7, at: 500, replacedAt: 0 }
    ], ["replay"]]
  ]
  for (const [title, events, verdicts] of cases) {
    it(`${title}`, () => {
      assert.deepStrictEqual(play(events).verdicts, verdicts)
    })
  }

  it("start at most one renewal for a token, and none within a cooldown of another, whatever the order", () => {
    const event = FastCheck.oneof(
      FastCheck.record({ rejected: FastCheck.nat(6), after: FastCheck.nat(1500), isReplay: FastCheck.boolean() }),
      FastCheck.record({ accepted: FastCheck.nat(6) })
    )
    FastCheck.assert(FastCheck.property(FastCheck.array(event, { maxLength: 40 }), (events) => {
      let at = 0
      let state = rejections.initial
      let endOfCooldown = -Infinity
      const renewed = new Set<number>()
      for (const event of events) {
        if ("accepted" in event) {
          state = rejections.accepted(state, token(event.accepted))
          continue
        }
        at += event.after
        const rejected = { token: token(event.rejected), isReplay: event.isReplay }
        const [verdict, next] = rejections.decide(state, rejected, at, policy)
        if (next.renewed !== state.renewed) {
          assert.strictEqual(verdict, "replay")
          assert.isFalse(renewed.has(event.rejected))
          assert.isAtLeast(at, endOfCooldown)
          renewed.add(event.rejected)
        }
        if (next.cooldown !== undefined && next.cooldown !== state.cooldown) {
          assert.strictEqual(verdict, "fail")
          endOfCooldown = at + policy.cooldown
        }
        assert.isFalse(event.isReplay && verdict === "replay")
        state = next
      }
    }))
  })
})
