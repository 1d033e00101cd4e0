import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as FastCheck from "effect/FastCheck"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import { ProviderClosed } from "../src/JindouyunError.js"
import type { TokenError } from "../src/JindouyunError.js"
import type * as Token from "../src/Token.js"
import * as TokenState from "../src/TokenState.js"
import type { Latch } from "../src/TokenStore.js"
import { answered, day, makePair, minute, second, start, transport } from "./utils.js"

/** The defaults: margin 60 seconds, window 30 minutes. */
const policy: TokenState.Policy = { expiryMargin: minute, earlyRefresh: 30 * minute }

const now = start
const passing = transport("refused", "unsent")
const earlier = transport("reset", "ambiguous")
const latch: Latch = {
  credentials: "salt:hash",
  failure: answered(40001, "fatal") as Latch["failure"]
}
// The state never looks into a fiber.
const flight: TokenState.Flight = {
  done: Deferred.unsafeMake(FiberId.none),
  fiber: {} as Fiber.RuntimeFiber<unknown>
}

const hold = (pair: Token.TokenPair, more: Partial<TokenState.Held> = {}): TokenState.Held => ({
  pair,
  access: "live",
  refresh: "untried",
  ...more
})

const generation = 3
const aged = (age: number) => makePair({ sentAt: now - age, generation })

const pairs = {
  absent: undefined,
  fresh: hold(aged(minute)),
  due: hold(aged(day - 20 * minute)),
  expired: hold(aged(day - 30 * second)),
  rejected: hold(aged(minute), { access: "rejected" })
} satisfies { readonly [pair: string]: TokenState.Held | undefined }

const cooling = (since: number, until: number): TokenState.Activity => ({
  _tag: "Cooling",
  since,
  until,
  failures: 2,
  failure: passing
})

const activities = {
  idle: { _tag: "Idle", failure: undefined },
  flying: { _tag: "Flying", flight, failures: 2, failure: earlier },
  cooling: cooling(now - second, now + second),
  cooledDown: cooling(now - 2 * second, now),
  latched: { _tag: "Latched", latch },
  closed: { _tag: "Closed" }
} satisfies { readonly [activity: string]: TokenState.Activity }

type Pair = keyof typeof pairs
type Activity = keyof typeof activities

const stateOf = (held: TokenState.Held | undefined, activity: TokenState.Activity): TokenState.TokenState => ({
  generation,
  held,
  activity,
  lastExchangeAt: undefined
})

const allStates = (Object.keys(pairs) as Array<Pair>).flatMap((pair) =>
  (Object.keys(activities) as Array<Activity>).map((activity) =>
    [pair, activity, stateOf(pairs[pair], activities[activity])] as const
  )
)

type Expected = "serve" | "serve and renew" | "wait" | "renew" | "look at the credentials" | "fail, cooling" | "closed"

const told = (decision: TokenState.Decision): Expected => {
  switch (decision._tag) {
    case "Serve":
      assert.strictEqual(decision.token.generation, generation)
      return "serve"
    case "ServeAndRenew":
      assert.strictEqual(decision.token.generation, generation)
      return "serve and renew"
    case "Await":
      assert.strictEqual(decision.flight, flight)
      return "wait"
    case "Renew":
      if (Option.isNone(decision.latch)) {
        return "renew"
      }
      assert.strictEqual(decision.latch.value, latch)
      return "look at the credentials"
    case "Fail":
      if (decision.failure._tag === "ProviderClosed") {
        assert.strictEqual(decision.failure.phase, "unsent")
        return "closed"
      }
      assert.strictEqual(decision.failure, passing)
      return "fail, cooling"
  }
}

// Nothing can be handed out: the flight is awaited, the cool-down fails, the latch asks for other credentials.
const unserved = {
  idle: "renew",
  flying: "wait",
  cooling: "fail, cooling",
  cooledDown: "renew",
  latched: "look at the credentials",
  closed: "closed"
} as const

const reads: { readonly [P in Pair]: { readonly [A in Activity]: Expected } } = {
  absent: unserved,
  fresh: {
    idle: "serve",
    flying: "serve",
    cooling: "serve",
    cooledDown: "serve",
    latched: "serve",
    closed: "closed"
  },
  due: {
    idle: "serve and renew",
    flying: "serve",
    cooling: "serve",
    cooledDown: "serve and renew",
    latched: "serve",
    closed: "closed"
  },
  expired: unserved,
  rejected: unserved
}

const phases: { readonly [P in Pair]: { readonly [A in Activity]: TokenState.Phase } } = {
  absent: {
    idle: "absent",
    flying: "renewing",
    cooling: "cooling",
    cooledDown: "absent",
    latched: "latched",
    closed: "closed"
  },
  fresh: {
    idle: "fresh",
    flying: "fresh",
    cooling: "fresh",
    cooledDown: "fresh",
    latched: "fresh",
    closed: "closed"
  },
  due: {
    idle: "due",
    flying: "due",
    cooling: "due",
    cooledDown: "due",
    latched: "due",
    closed: "closed"
  },
  expired: {
    idle: "expired",
    flying: "renewing",
    cooling: "cooling",
    cooledDown: "expired",
    latched: "latched",
    closed: "closed"
  },
  rejected: {
    idle: "rejected",
    flying: "renewing",
    cooling: "cooling",
    cooledDown: "rejected",
    latched: "latched",
    closed: "closed"
  }
}

const table = <A>(rows: { readonly [P in Pair]: { readonly [Act in Activity]: A } }) =>
  allStates.map(([pair, activity, state]) => [pair, activity, rows[pair][activity], state] as const)

describe("TokenState", () => {
  describe("decide", () => {
    it.each(table(reads))("a read of the %s token, %s: %s", (_pair, _activity, expected, state) => {
      assert.strictEqual(told(TokenState.decide(state, now, policy, false)), expected)
    })

    it.each(table<Expected>({
      absent: unserved,
      fresh: unserved,
      due: unserved,
      expired: unserved,
      rejected: unserved
    }))("a forced refresh of the %s token, %s: %s", (_pair, _activity, expected, state) => {
      assert.strictEqual(told(TokenState.decide(state, now, policy, true)), expected)
    })

    it.each<[string, number, Expected]>([
      ["before the window", day - 30 * minute - 1, "serve"],
      ["when the window begins", day - 30 * minute, "serve and renew"],
      ["until the margin", day - minute - 1, "serve and renew"],
      ["when the margin begins", day - minute, "renew"],
      ["after its expiry", day, "renew"],
      ["after the refresh token has expired too", 40 * day, "renew"]
    ])("a read of a token %s (%i ms old): %s", (_when, age, expected) => {
      const state = stateOf(hold(aged(age)), activities.idle)
      assert.strictEqual(told(TokenState.decide(state, now, policy, false)), expected)
    })

    it("with margin and window zero a token is served to its expiry and renewed after it, to the letter", () => {
      const letter = { expiryMargin: 0, earlyRefresh: 0 }
      const decide = (age: number) =>
        told(TokenState.decide(stateOf(hold(aged(age)), activities.idle), now, letter, false))
      assert.strictEqual(decide(0), "serve")
      assert.strictEqual(decide(day - 1), "serve")
      assert.strictEqual(decide(day), "renew")
    })

    it("a refused early refresh turns early refresh off for its generation, and the renewal comes at the expiry", () => {
      const decide = (age: number) =>
        told(TokenState.decide(stateOf(hold(aged(age), { refresh: "refused" }), activities.idle), now, policy, false))
      assert.strictEqual(decide(day - 20 * minute), "serve")
      assert.strictEqual(decide(day - minute), "renew")
    })

    it("a doubtful refresh token is tried again early, too", () => {
      const state = stateOf(hold(aged(day - 20 * minute), { refresh: "doubtful" }), activities.idle)
      assert.strictEqual(told(TokenState.decide(state, now, policy, false)), "serve and renew")
    })

    it("an expired refresh token causes no login while the access token is good", () => {
      const pair = makePair({
        sentAt: now - day + 20 * minute,
        generation,
        lifetimes: { accessToken: day, refreshToken: minute }
      })
      assert.strictEqual(told(TokenState.decide(stateOf(hold(pair), activities.idle), now, policy, false)), "serve")
    })

    it("a clock turned back by less than the margin costs nothing, by more one renewal", () => {
      const decide = (sentAt: number) =>
        told(TokenState.decide(stateOf(hold(makePair({ sentAt, generation })), activities.idle), now, policy, false))
      assert.strictEqual(decide(now + minute), "serve")
      assert.strictEqual(decide(now + minute + 1), "renew")
      assert.strictEqual(decide(now + 365 * day), "renew")
    })

    it.each<[string, number, number, Expected]>([
      ["before its end", now - second, now + 1, "fail, cooling"],
      ["at its beginning", now, now + second, "fail, cooling"],
      ["at its end", now - second, now, "renew"],
      ["with the clock turned back before its beginning", now + 1, now + second, "renew"],
      ["with the clock turned back by a year", now + 365 * day, now + 365 * day + minute, "renew"]
    ])("a read in a cool-down, %s (%i to %i): %s", (_when, since, until, expected) => {
      const state = stateOf(undefined, cooling(since, until))
      assert.strictEqual(told(TokenState.decide(state, now, policy, false)), expected)
      assert.strictEqual(told(TokenState.decide(state, now, policy, true)), expected)
    })

    it.prop("no token is handed out that is rejected, expired or within the margin of its expiry", [
      FastCheck.constantFrom<Activity>("idle", "flying", "cooling", "cooledDown", "latched", "closed"),
      FastCheck.integer({ min: -2 * day, max: 2 * day }),
      FastCheck.constantFrom("live" as const, "rejected" as const),
      FastCheck.boolean()
    ], ([activity, age, access, forced]) => {
      const decision = TokenState.decide(
        stateOf(hold(aged(age), { access }), activities[activity]),
        now,
        policy,
        forced
      )
      if (decision._tag === "Serve" || decision._tag === "ServeAndRenew") {
        assert.strictEqual(access, "live")
        assert.isBelow(age, day - minute)
        assert.isFalse(forced)
      }
    })
  })

  describe("phase", () => {
    it.each(table(phases))("of the %s token, %s, is %s", (_pair, _activity, expected, state) => {
      assert.strictEqual(TokenState.phase(state, now, policy), expected)
    })
  })

  describe("canServe", () => {
    it.each(allStates)("of the %s token, %s, is true where a read is served", (pair, activity, state) => {
      assert.strictEqual(
        TokenState.canServe(state, now, policy),
        ["serve", "serve and renew"].includes(reads[pair][activity])
      )
    })
  })

  describe("floorLeft", () => {
    const floor = 200
    it.each<[string, number | undefined, number]>([
      ["no exchange has been made", undefined, 0],
      ["one has just ended", now, floor],
      ["one ended 150 ms ago", now - 150, 50],
      ["one ended 199 ms ago", now - 199, 1],
      ["one ended 200 ms ago", now - 200, 0],
      ["one ended long ago", now - day, 0],
      ["one ended, by a clock turned back, in the future", now + 1, 0],
      ["one ended, by a clock turned back far, in the future", now + 365 * day, 0]
    ])("after %s (at %s) is %i ms", (_when, lastExchangeAt, expected) => {
      const state = { ...stateOf(undefined, activities.idle), lastExchangeAt }
      assert.strictEqual(TokenState.floorLeft(state, now, floor), expected)
    })

    it("is nothing where the floor is nothing", () => {
      assert.strictEqual(TokenState.floorLeft(TokenState.exchanged(TokenState.initial, now), now, 0), 0)
    })

    it.prop("is never longer than the floor, wherever the clock jumps", [
      FastCheck.integer({ min: -2 * day, max: 2 * day }),
      FastCheck.nat(60 * minute)
    ], ([jump, floor]) => {
      const left = TokenState.floorLeft(TokenState.exchanged(TokenState.initial, now), now + jump, floor)
      assert.isAtLeast(left, 0)
      assert.isAtMost(left, floor)
    })
  })

  describe("launched", () => {
    it.each<[Activity, number, TokenError | undefined]>([
      ["idle", 0, undefined],
      ["cooledDown", 2, passing],
      ["latched", 0, latch.failure]
    ])("from %s counts %i failures in a row and remembers the last", (activity, failures, failure) => {
      const state = stateOf(pairs.due, activities[activity])
      assert.deepStrictEqual(TokenState.launched(state, flight), {
        ...state,
        activity: { _tag: "Flying", flight, failures, failure }
      })
    })
  })

  describe("arrived", () => {
    it("a later pair is held, live and untried, and the generation is its own", () => {
      const state = stateOf(hold(aged(day), { access: "rejected", refresh: "doubtful" }), activities.flying)
      const pair = makePair({ sentAt: now, generation: generation + 1 })
      assert.deepStrictEqual(TokenState.arrived(state, pair, "live"), {
        ...state,
        generation: generation + 1,
        held: { pair, access: "live", refresh: "untried" }
      })
    })

    it("a pair that brings the value just rejected is held as rejected", () => {
      const pair = makePair({ sentAt: now, generation: generation + 1 })
      assert.strictEqual(
        TokenState.arrived(stateOf(pairs.rejected, activities.flying), pair, "rejected").held?.access,
        "rejected"
      )
    })

    it.prop("a pair of an older or the same generation changes nothing, also after a reset", [
      FastCheck.integer({ min: 0, max: generation }),
      FastCheck.boolean()
    ], ([older, forgotten]) => {
      const before = stateOf(pairs.fresh, activities.flying)
      const state = forgotten ? TokenState.reset(before) : before
      assert.deepStrictEqual(TokenState.arrived(state, makePair({ generation: older }), "live"), state)
    })
  })

  describe("adopted", () => {
    const record = (generation: number, pair = Option.some(makePair({ generation }))) => ({
      generation,
      pair,
      latch: Option.none<Latch>()
    })

    it("a newer record of the store is taken over", () => {
      const state = stateOf(pairs.expired, activities.flying)
      const after = TokenState.adopted(record(generation + 4))(state)
      assert.strictEqual(after.generation, generation + 4)
      assert.deepStrictEqual(after.held, hold(makePair({ generation: generation + 4 })))
      assert.strictEqual(after.activity, state.activity)
    })

    it("a newer record without a pair leaves nothing held", () => {
      const after = TokenState.adopted(record(generation + 1, Option.none()))(stateOf(pairs.fresh, activities.flying))
      assert.strictEqual(after.generation, generation + 1)
      assert.isUndefined(after.held)
    })

    it("a record of an older or the same generation changes nothing", () => {
      const state = stateOf(pairs.rejected, activities.flying)
      for (const older of [0, generation - 1, generation]) {
        assert.deepStrictEqual(TokenState.adopted(record(older))(state), state)
      }
    })
  })

  describe("doubted", () => {
    it("casts doubt on the refresh token of the generation that was sent", () => {
      assert.strictEqual(
        TokenState.doubted(generation)(stateOf(pairs.fresh, activities.flying)).held?.refresh,
        "doubtful"
      )
    })

    it("leaves another generation alone, and a state without a pair", () => {
      for (const state of [stateOf(pairs.fresh, activities.flying), stateOf(undefined, activities.flying)]) {
        assert.deepStrictEqual(TokenState.doubted(generation - 1)(state), state)
      }
      const forgotten = stateOf(undefined, activities.flying)
      assert.deepStrictEqual(TokenState.doubted(generation)(forgotten), forgotten)
    })
  })

  describe("invalidated", () => {
    it("drops the token that was rejected, and keeps its refresh token", () => {
      const after = TokenState.invalidated(
        stateOf(pairs.fresh, activities.idle),
        makePair({ generation }).accessToken
      )
      assert.deepStrictEqual(after.held, { ...pairs.fresh, access: "rejected" })
      assert.strictEqual(told(TokenState.decide(after, now, policy, false)), "renew")
    })

    it.each([generation - 1, generation + 1, 0])(
      "never drops a token of another generation, also with the same value: %i",
      (other) => {
        const state = stateOf(pairs.fresh, activities.idle)
        const rejected = makePair({ generation: other }).accessToken
        assert.deepStrictEqual(TokenState.invalidated(state, rejected), state)
      }
    )

    it("drops by generation also where the value differs", () => {
      const rejected = makePair({ generation, value: "another" }).accessToken
      assert.strictEqual(
        TokenState.invalidated(stateOf(pairs.fresh, activities.idle), rejected).held?.access,
        "rejected"
      )
    })

    it("does nothing where nothing is held or the token was rejected before", () => {
      for (const held of [undefined, pairs.rejected]) {
        const state = stateOf(held, activities.idle)
        assert.strictEqual(TokenState.invalidated(state, makePair({ generation }).accessToken), state)
      }
    })
  })

  describe("landed", () => {
    const flying = stateOf(pairs.due, activities.flying)
    const refused = answered(40003, "reauthenticate")

    it.each<[TokenState.Landing["_tag"], TokenState.Landing, Partial<TokenState.TokenState>, TokenError | undefined]>([
      ["Done", { _tag: "Done" }, { activity: { _tag: "Idle", failure: undefined } }, undefined],
      [
        "Refused",
        { _tag: "Refused", failure: refused },
        { held: { ...pairs.due, refresh: "refused" }, activity: { _tag: "Idle", failure: refused } },
        refused
      ],
      [
        "Cooling",
        { _tag: "Cooling", failure: passing, since: now, until: now + second },
        { activity: { _tag: "Cooling", failure: passing, since: now, until: now + second, failures: 3 } },
        passing
      ],
      ["Latched", { _tag: "Latched", latch }, { activity: { _tag: "Latched", latch } }, latch.failure]
    ])("%s ends the flight, keeps what is held, and tells the failure", (_tag, landing, changed, failure) => {
      const after = TokenState.landed(flying, landing)
      assert.deepStrictEqual(after, { ...flying, ...changed })
      assert.strictEqual(TokenState.lastFailure(after), failure)
    })

    it("never takes a token away that can still be served", () => {
      for (
        const landing of [
          { _tag: "Refused", failure: refused },
          { _tag: "Cooling", failure: passing, since: now, until: now + second },
          { _tag: "Latched", latch }
        ] as const
      ) {
        assert.strictEqual(told(TokenState.decide(TokenState.landed(flying, landing), now, policy, false)), "serve")
      }
    })

    it("changes nothing where no flight is recorded", () => {
      for (const activity of ["idle", "cooling", "latched", "closed"] as const) {
        const state = stateOf(pairs.fresh, activities[activity])
        assert.strictEqual(TokenState.landed(state, { _tag: "Latched", latch }), state)
      }
    })

    it("failures in a row are counted through flights, and forgotten with a success", () => {
      const fail = (state: TokenState.TokenState) =>
        TokenState.landed(TokenState.launched(state, flight), {
          _tag: "Cooling",
          failure: passing,
          since: now,
          until: now + second
        })
      const failures = ({ activity }: TokenState.TokenState) => activity._tag === "Cooling" ? activity.failures : 0
      const thrice = fail(fail(fail(TokenState.initial)))
      assert.strictEqual(failures(thrice), 3)
      const done = TokenState.landed(TokenState.launched(thrice, flight), { _tag: "Done" })
      assert.strictEqual(failures(fail(done)), 1)
    })
  })

  describe("reset", () => {
    it.each(allStates)(
      "of the %s token, %s, forgets all but generation, flight, floor and closing",
      (_pair, name, state) => {
        const before = { ...state, lastExchangeAt: now }
        assert.deepStrictEqual(TokenState.reset(before), {
          generation,
          held: undefined,
          lastExchangeAt: now,
          activity: name === "flying" || name === "closed" ? activities[name] : activities.idle
        })
      }
    )

    it("a token from before it is still no match for the pair that comes after", () => {
      const after = TokenState.arrived(
        TokenState.reset(stateOf(pairs.fresh, activities.idle)),
        makePair({ sentAt: now, generation: generation + 1 }),
        "live"
      )
      assert.deepStrictEqual(TokenState.invalidated(after, makePair({ generation }).accessToken), after)
    })
  })

  describe("closed", () => {
    it.each(allStates)("of the %s token, %s, fails every read from then on", (_pair, _activity, state) => {
      const after = TokenState.closed(state)
      for (const forced of [false, true]) {
        assert.deepStrictEqual(TokenState.decide(after, now, policy, forced), {
          _tag: "Fail",
          failure: new ProviderClosed({ phase: "unsent" })
        })
      }
      assert.isFalse(TokenState.canServe(after, now, policy))
    })
  })

  it("the initial state holds nothing, has failed nothing and waits for nothing", () => {
    assert.strictEqual(TokenState.phase(TokenState.initial, now, policy), "absent")
    assert.strictEqual(TokenState.initial.generation, 0)
    assert.isUndefined(TokenState.lastFailure(TokenState.initial))
    assert.strictEqual(TokenState.floorLeft(TokenState.initial, now, 200), 0)
  })
})
