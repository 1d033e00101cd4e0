import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as recovery from "../../../src/internal/token/recovery.js"
import * as TokenState from "../../../src/internal/token/state.js"
import type { TokenError, TokenRequestError } from "../../../src/JindouyunError.js"
import type * as ReturnCode from "../../../src/ReturnCode.js"
import type { RefusedCredentials } from "../../../src/TokenRecord.js"
import { answered, day, hour, makePair, minute, second, start, transport, unexpected } from "../../utils.js"

// What is known of a failure: the platform said no, said "later", never heard of it, or may have acted on it.
const refusals: ReadonlyArray<readonly [string, TokenError]> = [
  ["ApiVersionRejected", answered(30005, "fatal")],
  ["InvalidParameter", answered(40000, "fatal")],
  ["AuthenticationFailed", answered(40001, "fatal")],
  ["TokenRejected", answered(40003, "reauthenticate")],
  ["an unrecognized code", answered(41009, "fatal")],
  ["an unrecognized code that asks for an acquisition", answered(41009, "reauthenticate")],
  ["a server failure that the user calls fatal", answered(50000, "fatal")],
  ["an envelope with HTTP 500 and a refusal in it", answered(40001, "fatal", 500)],
  ["401 without an envelope", unexpected("status", 401, "fatal")],
  ["403 without an envelope", unexpected("status", 403, "fatal")]
]

const answeredLater: ReadonlyArray<readonly [string, TokenError]> = [
  ["ServerFailure", answered(50000, "retry")],
  ["UnknownServerFailure", answered(50001, "retry")],
  ["an unrecognized code of family 5", answered(50002, "retry")],
  ["AuthenticationFailed that the user calls retry", answered(40001, "retry")]
]

const unsentLater: ReadonlyArray<readonly [string, TokenError]> = [
  ["a refused connection", transport("refused", "unsent")],
  ["a name without address", transport("nameNotFound", "unsent")],
  ["an unreachable host", transport("unreachable", "unsent")],
  ["a connect timeout", transport("connectTimeout", "unsent")]
]

const unsentForGood: ReadonlyArray<readonly [string, TokenError]> = [
  ["a TLS failure", transport("tls", "unsent", "fatal")]
]

const ambiguousLater: ReadonlyArray<readonly [string, TokenError]> = [
  ["a reset", transport("reset", "ambiguous")],
  ["a timeout", transport("timeout", "ambiguous")],
  ["another failure of the transport", transport("other", "ambiguous")],
  ["408", unexpected("status", 408, "retry")],
  ["425", unexpected("status", 425, "retry")],
  ["429", unexpected("status", 429, "retry")],
  ["502", unexpected("status", 502, "retry")],
  ["a truncated answer", unexpected("truncated", 200, "retry")],
  ["an answer that is no envelope", unexpected("notEnvelope", 200, "retry")],
  ["an answer that is no text", unexpected("notText", 200, "retry")]
]

const ambiguousForGood: ReadonlyArray<readonly [string, TokenError]> = [
  ["a success with other data", unexpected("invalidData", 200, "fatal")],
  ["an answer that is too large", unexpected("tooLarge", 200, "fatal")]
]

// Any other status, a redirect among them, cools down without a retry.
const otherStatus: ReadonlyArray<readonly [string, TokenError]> = [
  ["404", unexpected("status", 404, "fatal")],
  ["405", unexpected("status", 405, "fatal")],
  ["a redirect", unexpected("redirect", 302, "fatal")]
]

const circumstances = [true, false].flatMap((canServe) =>
  [true, false].flatMap((isAmbiguous) => [0, 1, 2, 3].map((refreshes) => ({ canServe, isAmbiguous, refreshes })))
)

// A request that ended without an answer is itself what makes a refresh token ambiguous.
const ambiguousOnes = circumstances.filter(({ isAmbiguous }) => isAmbiguous)

type Outcome = readonly [retry: boolean, otherwise: recovery.Recovery["otherwise"]]
type Circumstances = typeof circumstances[number]

const recoveries = (
  request: recovery.TokenRequest,
  failure: TokenError,
  cases: ReadonlyArray<Circumstances> = circumstances
): ReadonlyArray<readonly [Circumstances, Outcome]> =>
  cases.map((each) => {
    const { otherwise, retry } = recovery.afterFailure(request, failure, each)
    return [each, [retry, otherwise]]
  })

const expected = (
  outcome: (circumstances: Circumstances) => Outcome,
  cases: ReadonlyArray<Circumstances> = circumstances
): ReadonlyArray<readonly [Circumstances, Outcome]> => cases.map((each) => [each, outcome(each)])

describe("recovery", () => {
  it("begins with nothing done", () => {
    assert.deepStrictEqual(recovery.nothingSent, { attempts: 0, refreshes: 0 })
  })

  describe("mayHaveUsedRefreshToken", () => {
    it.each([...ambiguousLater, ...ambiguousForGood])("%s may have used the refresh token up", (_name, failure) => {
      assert.isTrue(recovery.mayHaveUsedRefreshToken(failure))
    })

    it("so may a failure of the transport that no retry would mend", () => {
      assert.isTrue(recovery.mayHaveUsedRefreshToken(transport("other", "ambiguous", "fatal")))
    })

    it.each([...refusals, ...answeredLater, ...unsentLater, ...unsentForGood, ...otherStatus])(
      "%s has not used the refresh token up",
      (_name, failure) => {
        assert.isFalse(recovery.mayHaveUsedRefreshToken(failure))
      }
    )
  })

  describe("afterFailure, of an acquisition", () => {
    it.each([...answeredLater, ...unsentLater, ...ambiguousLater])(
      "%s may be tried again, and cools down at last",
      (_name, failure) => {
        assert.deepStrictEqual(recoveries("acquire", failure), expected(() => [true, "cooldown"]))
      }
    )

    it.each([...unsentForGood, ...ambiguousForGood, ...otherStatus])(
      "%s cools down without a retry",
      (_name, failure) => {
        assert.deepStrictEqual(recoveries("acquire", failure), expected(() => [false, "cooldown"]))
      }
    )
  })

  describe("afterFailure, of a refresh", () => {
    it.each(refusals)(
      "%s stops refreshing while a token can be served; otherwise, or after an ambiguous attempt, an acquisition follows",
      (_name, failure) => {
        assert.deepStrictEqual(
          recoveries("refresh", failure),
          expected(({ canServe, isAmbiguous }) => [
            false,
            canServe && !isAmbiguous ? "stopRefreshing" : "acquire"
          ])
        )
      }
    )

    it.each(answeredLater)(
      "%s is retried once; then a cooldown follows if a token can be served, otherwise an acquisition",
      (_name, failure) => {
        assert.deepStrictEqual(
          recoveries("refresh", failure),
          expected(({ canServe, isAmbiguous, refreshes }) => [
            refreshes < 2,
            canServe && !isAmbiguous ? "cooldown" : "acquire"
          ])
        )
      }
    )

    it.each(unsentLater)(
      "%s counts as no refresh, may be retried, and leads to no acquisition",
      (_name, failure) => {
        assert.deepStrictEqual(recoveries("refresh", failure), expected(() => [true, "cooldown"]))
      }
    )

    it.each(unsentForGood)("%s is not retried and leads to no acquisition", (_name, failure) => {
      assert.deepStrictEqual(recoveries("refresh", failure), expected(() => [false, "cooldown"]))
    })

    it.each(ambiguousLater)("%s is retried once, then an acquisition follows, also before expiry", (_name, failure) => {
      assert.deepStrictEqual(
        recoveries("refresh", failure, ambiguousOnes),
        expected(({ refreshes }) => [refreshes < 2, "acquire"], ambiguousOnes)
      )
    })

    it.each(ambiguousForGood)("an acquisition follows %s at once, also before expiry", (_name, failure) => {
      assert.deepStrictEqual(
        recoveries("refresh", failure, ambiguousOnes),
        expected(() => [false, "acquire"], ambiguousOnes)
      )
    })

    it.each(otherStatus)("%s is not tried again", (_name, failure) => {
      for (const each of circumstances) {
        assert.isFalse(recovery.afterFailure("refresh", failure, each).retry)
      }
    })
  })

  describe("firstRequest", () => {
    const held = (sentAt: number): TokenState.TokenState => ({
      ...TokenState.initial,
      generation: 1,
      held: { pair: makePair({ sentAt }), access: "live", refresh: "untried" }
    })

    it("is an acquisition if nothing is held, the refresh token has expired or credentials were refused, otherwise a refresh", () => {
      assert.strictEqual(recovery.firstRequest(TokenState.initial, start), "acquire")
      assert.strictEqual(recovery.firstRequest(held(start - 25 * hour), start), "refresh")
      assert.strictEqual(recovery.firstRequest(held(start - 30 * day + 1), start), "refresh")
      assert.strictEqual(recovery.firstRequest(held(start - 30 * day), start), "acquire")
      const refusedCredentials = { credentials: "salt:hash", failure: answered(40001, "fatal"), refusedAt: 0 }
      assert.strictEqual(recovery.firstRequest({ ...held(start - 25 * hour), refusedCredentials }, start), "acquire")
    })
  })

  describe("hasLapsed", () => {
    const refused = (failure: TokenRequestError): RefusedCredentials => ({
      credentials: "salt:hash",
      failure,
      refusedAt: start
    })

    it.each<[string, TokenRequestError, ReturnCode.Dispositions, boolean]>([
      ["40001", answered(40001, "fatal"), {}, false],
      ["40001 that is set to reauthenticate", answered(40001, "reauthenticate"), { 40001: "reauthenticate" }, false],
      ["40000", answered(40000, "fatal"), {}, true],
      ["an unknown code", answered(41009, "fatal"), {}, true],
      ["an unknown code that is set to fatal", answered(41009, "fatal"), { 41009: "fatal" }, false]
    ])("after an hour, for %s", (_what, failure, dispositions, expected) => {
      assert.isFalse(recovery.hasLapsed(refused(failure), start, dispositions))
      assert.isFalse(recovery.hasLapsed(refused(failure), start + hour - 1, dispositions))
      assert.strictEqual(recovery.hasLapsed(refused(failure), start + hour, dispositions), expected)
    })

    it("at once if the clock was set back by more than an hour", () => {
      const failure = answered(41009, "fatal")
      assert.isFalse(recovery.hasLapsed(refused(failure), start - hour, {}))
      assert.isTrue(recovery.hasLapsed(refused(failure), start - hour - 1, {}))
    })
  })

  describe("counted", () => {
    it("counts every request as an attempt, and as a refresh only one that may have reached the platform", () => {
      const after = (request: recovery.TokenRequest, failure: TokenError) =>
        recovery.counted({ attempts: 1, refreshes: 1 }, request, failure)
      assert.deepStrictEqual(after("refresh", transport("reset", "ambiguous")), { attempts: 2, refreshes: 2 })
      assert.deepStrictEqual(after("refresh", answered(50000, "retry")), { attempts: 2, refreshes: 2 })
      assert.deepStrictEqual(after("refresh", transport("refused", "unsent")), { attempts: 2, refreshes: 1 })
      assert.deepStrictEqual(after("acquire", transport("reset", "ambiguous")), { attempts: 2, refreshes: 1 })
    })
  })

  describe("cooldown", () => {
    const spans = { cooldown: second, maxCooldown: 5 * minute, minRequestInterval: 200 }

    it.each([
      [0, 0.5, 500],
      [1, 0.5, 1000],
      [2, 0.5, 2000],
      [8, 0.5, 128_000],
      [9, 0.5, 150_000],
      [50, 0.5, 150_000],
      [5000, 0.5, 150_000],
      [3, 0, 200],
      [0, 0.1, 200]
    ])("after %i failures before it and with the chance %d is about %i ms", (failures, random, expected) => {
      assert.approximately(recovery.cooldown(failures, random, 0, spans), expected, 1)
    })

    it("is no less than what the platform asked for", () => {
      assert.strictEqual(recovery.cooldown(0, 0.5, 30 * second, spans), 30 * second)
      assert.strictEqual(recovery.cooldown(20, 0.5, hour, spans), hour)
    })

    it.prop("lies between the floor and the greatest of doubled span, cap, floor and Retry-After", [
      FastCheck.nat(2000),
      FastCheck.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      FastCheck.nat(hour),
      FastCheck.record({
        cooldown: FastCheck.integer({ min: 1, max: hour }),
        maxCooldown: FastCheck.integer({ min: 1, max: hour }),
        minRequestInterval: FastCheck.nat(hour)
      })
    ], ([failures, random, retryAfter, spans]) => {
      const wait = recovery.cooldown(failures, random, retryAfter, spans)
      assert.isAtLeast(wait, Math.max(spans.minRequestInterval, retryAfter))
      assert.isAtMost(
        wait,
        Math.max(Math.min(spans.cooldown * 2 ** failures, spans.maxCooldown), spans.minRequestInterval, retryAfter)
      )
    })

    it.prop("grows with the failures, where chance is equal", [
      FastCheck.nat(40),
      FastCheck.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    ], ([failures, random]) => {
      assert.isAtLeast(recovery.cooldown(failures + 1, random, 0, spans), recovery.cooldown(failures, random, 0, spans))
    })
  })
})
