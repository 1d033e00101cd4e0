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
import type { Latch, TokenRecord } from "../src/TokenStore.js"
import { answered, assertSame, day, makePair, minute, second, start, transport } from "./utils.js"

/** The defaults: margin 60 seconds, window 30 minutes. */
const policy: TokenState.Policy = { expiryMargin: minute, earlyRefresh: 30 * minute }

const now = start
const passing = transport("refused", "unsent")
const earlier = transport("reset", "ambiguous")
const latch: Latch = { credentials: "salt:hash", failure: answered(40001, "fatal") }
const laterLatch: Latch = { credentials: "salt:another", failure: answered(40000, "fatal") }
// The state never looks into a fiber.
const flight: TokenState.Flight = {
  arrival: Deferred.unsafeMake(FiberId.none),
  landing: Deferred.unsafeMake(FiberId.none),
  fiber: {} as Fiber.RuntimeFiber<void, TokenError>
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

const idle = (failure?: TokenError): TokenState.Idle => ({ _tag: "Idle", failure })

const cooling = (since: number, until: number): TokenState.Cooling => ({
  _tag: "Cooling",
  since,
  until,
  failures: 2,
  failure: passing
})

const activities = {
  idle: idle(),
  flying: { _tag: "Flying", flight, failures: 2, failure: earlier },
  cooling: cooling(now - second, now + second),
  cooledDown: cooling(now - 2 * second, now),
  closed: { _tag: "Closed", failure: earlier }
} satisfies { readonly [activity: string]: TokenState.Activity }

const latches = { "no latch": undefined, latched: latch } satisfies { readonly [latch: string]: Latch | undefined }

type Pair = keyof typeof pairs
type Activity = keyof typeof activities
type LatchName = keyof typeof latches

const keysOf = <K extends string>(record: { readonly [_ in K]: unknown }) => Object.keys(record) as Array<K>

const stateOf = (
  held: TokenState.Held | undefined,
  activity: TokenState.Activity,
  latch?: Latch
): TokenState.TokenState => ({
  generation,
  held,
  latch,
  activity,
  lastExchangeAt: undefined
})

const allStates = keysOf(pairs).flatMap((pair) =>
  keysOf(activities).flatMap((activity) =>
    keysOf(latches).map((latch) =>
      [pair, activity, latch, stateOf(pairs[pair], activities[activity], latches[latch])] as const
    )
  )
)

type Expected = "serve" | "serve and renew" | "wait" | "renew" | "fail, cooling" | "closed"

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
      assertSame(decision, { _tag: "Renew" })
      return "renew"
    case "Fail":
      if (decision.failure._tag === "ProviderClosed") {
        assert.strictEqual(decision.failure.phase, "unsent")
        return "closed"
      }
      assert.strictEqual(decision.failure, passing)
      return "fail, cooling"
  }
}

const read = (state: TokenState.TokenState, at = now) => told(TokenState.decide(state, at, policy, false))
const forcedRead = (state: TokenState.TokenState, at = now) => told(TokenState.decide(state, at, policy, true))

type Rows<A> = { readonly [P in Pair]: { readonly [Act in Activity]: { readonly [L in LatchName]: A } } }

const either = <A>(value: A): { readonly [L in LatchName]: A } => ({ "no latch": value, latched: value })

// Nothing can be handed out: the flight is awaited, the cool-down fails, and all else, also a latch, takes a flight. One
// that meets a latch reads the credentials anew, and sends them only if they differ.
const unserved: Rows<Expected>[Pair] = {
  idle: either("renew"),
  flying: either("wait"),
  cooling: either("fail, cooling"),
  cooledDown: either("renew"),
  closed: either("closed")
}

const reads: Rows<Expected> = {
  absent: unserved,
  fresh: {
    idle: either("serve"),
    flying: either("serve"),
    cooling: either("serve"),
    cooledDown: either("serve"),
    closed: either("closed")
  },
  due: {
    idle: { "no latch": "serve and renew", latched: "serve" },
    flying: either("serve"),
    cooling: either("serve"),
    cooledDown: { "no latch": "serve and renew", latched: "serve" },
    closed: either("closed")
  },
  expired: unserved,
  rejected: unserved
}

const forcedReads: Rows<Expected> = {
  absent: unserved,
  fresh: unserved,
  due: unserved,
  expired: unserved,
  rejected: unserved
}

// A latched token is not renewed in the background, and so it is not due.
const phases: Rows<TokenState.Phase> = {
  absent: {
    idle: { "no latch": "absent", latched: "latched" },
    flying: either("renewing"),
    cooling: either("cooling"),
    cooledDown: { "no latch": "absent", latched: "latched" },
    closed: either("closed")
  },
  fresh: {
    idle: either("fresh"),
    flying: either("fresh"),
    cooling: either("fresh"),
    cooledDown: either("fresh"),
    closed: either("closed")
  },
  due: {
    idle: { "no latch": "due", latched: "fresh" },
    flying: { "no latch": "due", latched: "fresh" },
    cooling: { "no latch": "due", latched: "fresh" },
    cooledDown: { "no latch": "due", latched: "fresh" },
    closed: either("closed")
  },
  expired: {
    idle: { "no latch": "expired", latched: "latched" },
    flying: either("renewing"),
    cooling: either("cooling"),
    cooledDown: { "no latch": "expired", latched: "latched" },
    closed: either("closed")
  },
  rejected: {
    idle: { "no latch": "rejected", latched: "latched" },
    flying: either("renewing"),
    cooling: either("cooling"),
    cooledDown: { "no latch": "rejected", latched: "latched" },
    closed: either("closed")
  }
}

const table = <A>(rows: Rows<A>) =>
  allStates.map(([pair, activity, latch, state]) =>
    [pair, activity, latch, rows[pair][activity][latch], state] as const
  )

const record = (generation: number, latch?: Latch, pair = Option.some(makePair({ generation }))): TokenRecord => ({
  generation,
  pair,
  latch: Option.fromNullable(latch)
})

type Transition = (state: TokenState.TokenState) => TokenState.TokenState

const next = makePair({ sentAt: now, generation: generation + 1 })

/** Every step that is no word of the platform's or the store's about logins: none of them touches the latch. */
const indifferent: ReadonlyArray<readonly [string, Transition]> = [
  ["the launch of a flight", TokenState.launched(flight)],
  ["the end of an exchange", TokenState.exchanged(now)],
  ["a doubt", TokenState.doubted(generation)],
  ["a refused refresh", TokenState.refused(generation)],
  ["a rejected token", TokenState.invalidated(makePair({ generation }).accessToken)],
  ["a landing", TokenState.landed(idle())],
  ["a landing with a failure", TokenState.landed(idle(earlier))],
  ["a landing in a cool-down", TokenState.landed(cooling(now, now + second))],
  ["a pair of the same generation", TokenState.arrived(makePair({ generation }), "live")],
  ["a pair of an older generation", TokenState.arrived(makePair({ generation: generation - 1 }), "live")],
  ["a record of the same generation without a latch", TokenState.adopted(record(generation), now)],
  ["an older record without a latch", TokenState.adopted(record(generation - 1), now)],
  ["an older record with a latch", TokenState.adopted(record(generation - 1, laterLatch), now)]
]

describe("TokenState", () => {
  describe("decide", () => {
    it.each(table(reads))("a read of the %s token, %s, %s: %s", (_pair, _activity, _latch, expected, state) => {
      assert.strictEqual(read(state), expected)
    })

    it.each(table(forcedReads))(
      "a forced refresh of the %s token, %s, %s: %s",
      (_pair, _activity, _latch, expected, state) => {
        assert.strictEqual(forcedRead(state), expected)
      }
    )

    it.each<[string, number, Expected]>([
      ["before the window", day - 30 * minute - 1, "serve"],
      ["when the window begins", day - 30 * minute, "serve and renew"],
      ["until the margin", day - minute - 1, "serve and renew"],
      ["when the margin begins", day - minute, "renew"],
      ["after its expiry", day, "renew"],
      ["after the refresh token has expired too", 40 * day, "renew"]
    ])("a read of a token %s (%i ms old): %s", (_when, age, expected) => {
      assert.strictEqual(read(stateOf(hold(aged(age)), activities.idle)), expected)
    })

    it("with margin and window zero a token is served to its expiry and renewed after it, to the letter", () => {
      const letter = { expiryMargin: 0, earlyRefresh: 0 }
      const decide = (age: number) =>
        told(TokenState.decide(stateOf(hold(aged(age)), activities.idle), now, letter, false))
      assert.strictEqual(decide(0), "serve")
      assert.strictEqual(decide(day - 1), "serve")
      assert.strictEqual(decide(day), "renew")
    })

    it.each<[string, number, Expected]>([
      ["before the window", day - 30 * minute - 1, "serve"],
      ["when the window begins", day - 30 * minute, "serve"],
      ["until the margin", day - minute - 1, "serve"],
      ["when the margin begins", day - minute, "renew"],
      ["after its expiry", day, "renew"]
    ])("a latched token is served and not renewed early, %s (%i ms old): %s", (_when, age, expected) => {
      for (const refresh of ["untried", "doubtful", "refused"] as const) {
        assert.strictEqual(read(stateOf(hold(aged(age), { refresh }), activities.idle, latch)), expected)
      }
    })

    it("a refused early refresh turns early refresh off for its generation, and the renewal comes at the expiry", () => {
      const at = (age: number) => read(stateOf(hold(aged(age), { refresh: "refused" }), activities.idle))
      assert.strictEqual(at(day - 20 * minute), "serve")
      assert.strictEqual(at(day - minute - 1), "serve")
      assert.strictEqual(at(day - minute), "renew")
    })

    it("a doubtful refresh token is tried again early, too", () => {
      const state = stateOf(hold(aged(day - 20 * minute), { refresh: "doubtful" }), activities.idle)
      assert.strictEqual(read(state), "serve and renew")
    })

    it("an expired refresh token causes no login while the access token is good", () => {
      const pair = makePair({
        sentAt: now - day + 20 * minute,
        generation,
        lifetimes: { accessToken: day, refreshToken: minute }
      })
      assert.strictEqual(read(stateOf(hold(pair), activities.idle)), "serve")
    })

    it("a clock turned back by less than the margin costs nothing, by more one renewal", () => {
      const sent = (sentAt: number) => read(stateOf(hold(makePair({ sentAt, generation })), activities.idle))
      assert.strictEqual(sent(now + minute), "serve")
      assert.strictEqual(sent(now + minute + 1), "renew")
      assert.strictEqual(sent(now + 365 * day), "renew")
    })

    it.each<[string, number, number, Expected]>([
      ["before its end", now - second, now + 1, "fail, cooling"],
      ["at its beginning", now, now + second, "fail, cooling"],
      ["at its end", now - second, now, "renew"],
      ["long after its end", now - day, now - day + second, "renew"],
      ["with the clock turned back a little before its beginning", now + 1, now + 1 + second, "fail, cooling"],
      ["with the clock turned back by its whole span", now + second, now + 2 * second, "fail, cooling"],
      ["with the clock turned back by more than its span", now + second + 1, now + 2 * second + 1, "renew"],
      ["with the clock turned back by a year", now + 365 * day, now + 365 * day + minute, "renew"]
    ])("a read in a cool-down, %s (%i to %i): %s", (_when, since, until, expected) => {
      const state = stateOf(undefined, cooling(since, until))
      assert.strictEqual(read(state), expected)
      assert.strictEqual(forcedRead(state), expected)
      assert.strictEqual(TokenState.phase(state, now, policy), expected === "renew" ? "absent" : "cooling")
      const due = stateOf(pairs.due, cooling(since, until))
      assert.strictEqual(read(due), expected === "renew" ? "serve and renew" : "serve")
    })

    it.prop("no token is handed out that is rejected, expired or within the margin of its expiry", [
      FastCheck.constantFrom(...keysOf(activities)),
      FastCheck.constantFrom(...keysOf(latches)),
      FastCheck.integer({ min: -2 * day, max: 2 * day }),
      FastCheck.constantFrom("live" as const, "rejected" as const),
      FastCheck.boolean()
    ], ([activity, latch, age, access, forced]) => {
      const decision = TokenState.decide(
        stateOf(hold(aged(age), { access }), activities[activity], latches[latch]),
        now,
        policy,
        forced
      )
      if (decision._tag === "Serve" || decision._tag === "ServeAndRenew") {
        assert.strictEqual(access, "live")
        assert.isBelow(age, day - minute)
        assert.isAtLeast(age, -minute)
        assert.isFalse(forced)
        assert.notStrictEqual(activity, "closed")
      }
    })
  })

  describe("phase", () => {
    it.each(table(phases))("of the %s token, %s, %s, is %s", (_pair, _activity, _latch, expected, state) => {
      assert.strictEqual(TokenState.phase(state, now, policy), expected)
    })
  })

  describe("canServe", () => {
    it.each(allStates)("of the %s token, %s, %s, is true where a read is served", (pair, activity, latch, state) => {
      assert.strictEqual(
        TokenState.canServe(state, now, policy),
        ["serve", "serve and renew"].includes(reads[pair][activity][latch])
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
      ["one ended, by a clock turned back a little, in the future", now + 1, 201],
      ["one ended, by a clock turned back by the floor, in the future", now + floor, 400],
      ["one ended, by a clock turned back by more than the floor, in the future", now + floor + 1, 0],
      ["one ended, by a clock turned back far, in the future", now + 365 * day, 0]
    ])("after %s (at %s) is %i ms", (_when, lastExchangeAt, expected) => {
      const state = { ...stateOf(undefined, activities.idle), lastExchangeAt }
      assert.strictEqual(TokenState.floorLeft(state, now, floor), expected)
    })

    const exchanged = TokenState.exchanged(now)(TokenState.initial)

    it("is nothing where the floor is nothing", () => {
      for (const at of [now - 1, now, now + 1]) {
        assert.strictEqual(TokenState.floorLeft(exchanged, at, 0), 0)
      }
    })

    it.prop("ends when the floor is over, and is never longer than twice the floor, wherever the clock jumps", [
      FastCheck.integer({ min: -2 * day, max: 2 * day }),
      FastCheck.nat(60 * minute)
    ], ([jump, floor]) => {
      const left = TokenState.floorLeft(exchanged, now + jump, floor)
      assert.strictEqual(left, jump < -floor || jump > floor ? 0 : floor - jump)
    })
  })

  describe("nextTryAt", () => {
    it.each(allStates)(
      "of the %s token, %s, %s, is the end of the cool-down while it lasts, and otherwise nothing",
      (_pair, activity, _latch, state) => {
        assert.strictEqual(TokenState.nextTryAt(state, now), activity === "cooling" ? now + second : undefined)
      }
    )

    it("a clock turned back by more than the cool-down ends it", () => {
      const state = stateOf(pairs.expired, activities.cooling)
      assert.strictEqual(TokenState.nextTryAt(state, now - 3 * second), now + second)
      assert.isUndefined(TokenState.nextTryAt(state, now - 3 * second - 1))
    })
  })

  describe("exchanged", () => {
    it.each(allStates)(
      "of the %s token, %s, %s, remembers when, and nothing else",
      (_pair, _activity, _latch, state) => {
        assertSame(TokenState.exchanged(now)(state), { ...state, lastExchangeAt: now })
      }
    )
  })

  describe("launched", () => {
    it.each<[string, TokenState.Activity, Latch | undefined, number, TokenError | undefined]>([
      ["nothing", activities.idle, undefined, 0, undefined],
      ["a failure that cooled nothing down", idle(earlier), undefined, 0, earlier],
      ["a cool-down", activities.cooledDown, undefined, 2, passing],
      ["a refused login", idle(latch.failure), latch, 0, latch.failure],
      ["a refused login and a cool-down", activities.cooledDown, latch, 2, passing]
    ])(
      "after %s counts the failures in a row, remembers the last, and keeps the latch",
      (_what, activity, latch, failures, failure) => {
        const state = stateOf(pairs.due, activity, latch)
        assertSame(TokenState.launched(flight)(state), {
          ...state,
          latch,
          activity: { _tag: "Flying", flight, failures, failure }
        })
      }
    )
  })

  describe("arrived", () => {
    it.each(keysOf(latches))("a later pair is held, live and untried, and the generation is its own: %s", (name) => {
      const held = hold(aged(day), { access: "rejected", refresh: "doubtful" })
      const state = stateOf(held, activities.flying, latches[name])
      assertSame(TokenState.arrived(next, "live")(state), {
        ...state,
        generation: generation + 1,
        held: { pair: next, access: "live", refresh: "untried" },
        latch: undefined
      })
    })

    it("a pair that brings the value just rejected is held as rejected, and not served", () => {
      const after = TokenState.arrived(next, "rejected")(stateOf(pairs.rejected, activities.flying))
      assertSame(after.held, { pair: next, access: "rejected", refresh: "untried" })
      assert.strictEqual(after.generation, generation + 1)
      assert.isFalse(TokenState.canServe(after, now, policy))
    })

    it.prop("a pair of an older or the same generation changes nothing, also after a reset", [
      FastCheck.integer({ min: 0, max: generation }),
      FastCheck.boolean(),
      FastCheck.constantFrom(...keysOf(latches)),
      FastCheck.constantFrom("live" as const, "rejected" as const)
    ], ([older, forgotten, latch, access]) => {
      const before = stateOf(pairs.fresh, activities.flying, latches[latch])
      const state = forgotten ? TokenState.reset(before) : before
      assert.strictEqual(TokenState.arrived(makePair({ generation: older }), access)(state), state)
    })
  })

  describe("adopted", () => {
    it.each(allStates)("a newer record takes the place of the %s token, %s, %s", (_pair, _activity, _latch, state) => {
      const pair = makePair({ generation: generation + 4, value: "another" })
      const newer = record(generation + 4, undefined, Option.some(pair))
      assertSame(TokenState.adopted(newer, now)({ ...state, lastExchangeAt: now }), {
        generation: generation + 4,
        held: hold(pair),
        latch: undefined,
        activity: state.activity,
        lastExchangeAt: now
      })
    })

    it("a newer record that holds the very value that was rejected is held as rejected", () => {
      const state = stateOf(pairs.rejected, activities.idle, undefined)
      const after = TokenState.adopted(record(generation + 1), now)(state)
      assertSame(after.held, hold(makePair({ generation: generation + 1 }), { access: "rejected" }))
    })

    it.each(keysOf(latches))("a newer record without a pair leaves nothing held: %s", (name) => {
      const state = stateOf(pairs.fresh, activities.flying, latches[name])
      assertSame(TokenState.adopted(record(generation + 1, undefined, Option.none()), now)(state), {
        ...state,
        generation: generation + 1,
        held: undefined,
        latch: undefined
      })
    })

    it.each(keysOf(latches))("a newer record brings its own latch, with a pair or without: %s", (name) => {
      const state = stateOf(pairs.expired, activities.flying, latches[name])
      for (const pair of [Option.some(makePair({ generation: generation + 1 })), Option.none<Token.TokenPair>()]) {
        const after = TokenState.adopted(record(generation + 1, laterLatch, pair), now)(state)
        assert.strictEqual(after.latch, laterLatch)
        assert.strictEqual(after.generation, generation + 1)
        assertSame(after.held, Option.getOrUndefined(Option.map(pair, (pair) => hold(pair))))
      }
    })

    it.each(allStates)(
      "a record of the same generation adds its latch to the %s token, %s, %s, and nothing else",
      (_pair, _activity, _latch, state) => {
        for (const pair of [Option.some(makePair({ generation })), Option.none<Token.TokenPair>()]) {
          assertSame(TokenState.adopted(record(generation, laterLatch, pair), now)(state), {
            ...state,
            latch: laterLatch
          })
        }
      }
    )

    it.each(allStates)(
      "of the %s token, %s, %s, an older record changes nothing, nor one of the same generation without a latch",
      (_pair, _activity, _latch, state) => {
        for (const older of [0, generation - 1, generation]) {
          assert.strictEqual(TokenState.adopted(record(older), now)(state), state)
          assert.strictEqual(TokenState.adopted(record(older, undefined, Option.none()), now)(state), state)
        }
        for (const older of [0, generation - 1]) {
          assert.strictEqual(TokenState.adopted(record(older, laterLatch), now)(state), state)
        }
      }
    )

    it("a pair forgotten by a reset does not come back with a record of its generation", () => {
      const state = TokenState.reset(stateOf(pairs.fresh, activities.idle))
      assert.isUndefined(TokenState.adopted(record(generation), now)(state).held)
      assert.isUndefined(TokenState.adopted(record(generation, latch), now)(state).held)
    })
  })

  describe("latched", () => {
    it.each(allStates)(
      "of the %s token, %s, %s, sets the latch, and nothing else",
      (_pair, _activity, _latch, state) => {
        assertSame(TokenState.latched(laterLatch)(state), { ...state, latch: laterLatch })
      }
    )

    it.each(indifferent)("the latch outlasts %s, and none comes from it", (_what, transition) => {
      for (const [, , , state] of allStates) {
        assert.strictEqual(transition(state).latch, state.latch)
      }
    })

    it.each<[string, Transition]>([
      ["a pair that has arrived", TokenState.arrived(next, "live")],
      ["a pair that has arrived with the value just rejected", TokenState.arrived(next, "rejected")],
      ["a reset", TokenState.reset],
      ["a newer record", TokenState.adopted(record(generation + 1), now)],
      ["a newer record without a pair", TokenState.adopted(record(generation + 1, undefined, Option.none()), now)]
    ])("the latch ends with %s", (_what, transition) => {
      for (const [, , , state] of allStates) {
        assert.isUndefined(transition(TokenState.latched(latch)(state)).latch)
      }
    })

    it.prop("whatever else goes on, a latch stays until a pair arrives, a reset or a newer record", [
      FastCheck.array(FastCheck.constantFrom(...indifferent), { maxLength: 20 }),
      FastCheck.constantFrom(...allStates)
    ], ([steps, [, , , state]]) => {
      const after = steps.reduce((each, [, transition]) => transition(each), TokenState.latched(latch)(state))
      assert.strictEqual(after.latch, latch)
      assert.isUndefined(TokenState.reset(after).latch)
      assert.isUndefined(TokenState.arrived(next, "live")(after).latch)
      assert.isUndefined(TokenState.adopted(record(generation + 1), now)(after).latch)
    })

    it("flight after flight meets it, through landings and cool-downs", () => {
      const flying = TokenState.launched(flight)(TokenState.latched(latch)(stateOf(undefined, activities.idle)))
      assert.strictEqual(TokenState.phase(flying, now, policy), "renewing")
      assert.strictEqual(read(flying), "wait")

      const met = TokenState.landed(idle(latch.failure))(flying)
      assert.strictEqual(TokenState.phase(met, now, policy), "latched")
      assert.strictEqual(met.activity.failure, latch.failure)
      assert.strictEqual(read(met), "renew")

      const cooled = TokenState.landed(cooling(now, now + second))(TokenState.launched(flight)(met))
      assert.strictEqual(TokenState.phase(cooled, now, policy), "cooling")
      assert.strictEqual(read(cooled), "fail, cooling")
      assert.strictEqual(TokenState.phase(cooled, now + second, policy), "latched")
      assert.strictEqual(read(cooled, now + second), "renew")

      assert.strictEqual(TokenState.launched(flight)(cooled).latch, latch)
    })

    it("takes no token away: a forced login that is refused leaves readers what they had", () => {
      const flying = stateOf(pairs.fresh, activities.flying)
      const after = TokenState.landed(idle(latch.failure))(TokenState.latched(latch)(flying))
      assert.strictEqual(after.held, flying.held)
      assert.strictEqual(read(after), "serve")
    })
  })

  describe("forgotten", () => {
    it.each(allStates)("of the %s token, %s, %s, leaves no latch, and of pairs the later ones", (...[, , , state]) => {
      const held = state.held?.pair.accessToken.generation ?? 0
      assertSame(TokenState.forgotten(held - 1)(state), { ...state, latch: undefined })
      assertSame(TokenState.forgotten(held)(state), { ...state, held: undefined, latch: undefined })
      assert.notStrictEqual(TokenState.forgotten(held - 1)(state), state)
    })
  })

  describe("doubted", () => {
    it.each(["untried", "refused", "doubtful"] as const)(
      "casts doubt on the refresh token of the generation that was sent, %s before, and on nothing else",
      (refresh) => {
        for (const access of ["live", "rejected"] as const) {
          const state = stateOf(hold(aged(minute), { access, refresh }), activities.flying, latch)
          assertSame(TokenState.doubted(generation)(state), {
            ...state,
            held: hold(aged(minute), { access, refresh: "doubtful" })
          })
        }
      }
    )

    it("cast twice is one state, not another", () => {
      const once = TokenState.doubted(generation)(stateOf(pairs.fresh, activities.flying))
      assert.strictEqual(TokenState.doubted(generation)(once), once)
    })

    it("leaves another generation alone, and a state without a pair", () => {
      for (const held of [pairs.fresh, undefined]) {
        const state = stateOf(held, activities.flying)
        for (const other of [generation - 1, generation + 1, 0]) {
          assert.strictEqual(TokenState.doubted(other)(state), state)
        }
      }
      const forgotten = stateOf(undefined, activities.flying)
      assert.strictEqual(TokenState.doubted(generation)(forgotten), forgotten)
    })

    it("is over with the next pair", () => {
      const after = TokenState.arrived(next, "live")(
        TokenState.doubted(generation)(stateOf(pairs.due, activities.flying))
      )
      assert.strictEqual(after.held?.refresh, "untried")
    })
  })

  describe("refused", () => {
    it.each(["untried", "doubtful", "refused"] as const)(
      "marks the refresh token of its own generation, %s before, and nothing else",
      (refresh) => {
        const state = stateOf(hold(aged(minute), { refresh }), activities.flying)
        assertSame(TokenState.refused(generation)(state), {
          ...state,
          held: hold(aged(minute), { refresh: "refused" })
        })
      }
    )

    it("changes nothing for a reader but the early renewal, and brings no latch", () => {
      const after = TokenState.refused(generation)(stateOf(pairs.due, activities.idle))
      assert.strictEqual(read(stateOf(pairs.due, activities.idle)), "serve and renew")
      assert.strictEqual(read(after), "serve")
      assert.strictEqual(forcedRead(after), "renew")
      assert.isUndefined(after.latch)
    })

    it.each([generation - 1, generation + 1, 0])("leaves the pair of another generation alone: %i", (other) => {
      const state = stateOf(pairs.due, activities.flying)
      assert.strictEqual(TokenState.refused(other)(state), state)
      assert.strictEqual(read(TokenState.refused(other)(stateOf(pairs.due, activities.idle))), "serve and renew")
    })

    it("leaves a state without a pair alone, also one that has forgotten it", () => {
      for (const state of [TokenState.initial, TokenState.reset(stateOf(pairs.due, activities.flying))]) {
        assert.strictEqual(TokenState.refused(state.generation)(state), state)
      }
    })

    it("leaves the successor alone that arrived meanwhile, and is over with it", () => {
      const arrived = TokenState.arrived(next, "live")(stateOf(pairs.due, activities.flying))
      assert.strictEqual(TokenState.refused(generation)(arrived), arrived)
      const after = TokenState.arrived(next, "live")(
        TokenState.refused(generation)(stateOf(pairs.due, activities.flying))
      )
      assert.strictEqual(after.held?.refresh, "untried")
    })
  })

  describe("invalidated", () => {
    const invalidated = (generation: number, value = "access") =>
      TokenState.invalidated(makePair({ generation, value }).accessToken)

    it.each(keysOf(latches))("drops the token that was rejected, and keeps its refresh token: %s", (name) => {
      const state = stateOf(hold(aged(minute), { refresh: "doubtful" }), activities.idle, latches[name])
      const after = invalidated(generation)(state)
      assertSame(after, {
        ...state,
        held: hold(aged(minute), { access: "rejected", refresh: "doubtful" })
      })
      assert.strictEqual(read(after), "renew")
    })

    it.each([generation - 1, generation + 1, 0])(
      "never drops a token of another generation, also with the same value: %i",
      (other) => {
        const state = stateOf(pairs.fresh, activities.idle)
        assert.strictEqual(invalidated(other)(state), state)
      }
    )

    it("never drops the successor that has arrived", () => {
      const state = TokenState.arrived(next, "live")(stateOf(pairs.fresh, activities.flying))
      assert.strictEqual(invalidated(generation)(state), state)
    })

    it("drops by generation also where the value differs", () => {
      const after = invalidated(generation, "another")(stateOf(pairs.fresh, activities.idle))
      assert.strictEqual(after.held?.access, "rejected")
    })

    it("does nothing where nothing is held or the token was rejected before", () => {
      for (const held of [undefined, pairs.rejected]) {
        const state = stateOf(held, activities.idle)
        assert.strictEqual(invalidated(generation)(state), state)
      }
    })
  })

  describe("landed", () => {
    const refusal = answered(40003, "reauthenticate")
    const coolDown: TokenState.Cooling = {
      _tag: "Cooling",
      since: now,
      until: now + second,
      failures: 3,
      failure: passing
    }

    const landings: ReadonlyArray<readonly [string, TokenState.Idle | TokenState.Cooling, TokenError | undefined]> = [
      ["a success", idle(), undefined],
      ["a refused refresh", idle(refusal), refusal],
      ["a cool-down", coolDown, passing],
      ["a refused login", idle(latch.failure), latch.failure]
    ]

    it.each(landings)("%s ends the flight, keeps what is held, and tells the failure", (_what, landing, failure) => {
      for (const pair of keysOf(pairs)) {
        for (const name of keysOf(latches)) {
          const flying = { ...stateOf(pairs[pair], activities.flying, latches[name]), lastExchangeAt: now }
          const after = TokenState.landed(landing)(flying)
          assertSame(after, { ...flying, activity: landing })
          assert.strictEqual(after.activity.failure, failure)
        }
      }
    })

    it.each(landings)("%s never takes a token away that can still be served", (_what, landing) => {
      for (const name of keysOf(latches)) {
        const after = TokenState.landed(landing)(stateOf(pairs.fresh, activities.flying, latches[name]))
        assert.strictEqual(read(after), "serve")
        assert.isTrue(TokenState.canServe(after, now, policy))
      }
    })

    it.each(landings)("%s changes nothing where no flight is recorded", (_what, landing) => {
      for (const activity of ["idle", "cooling", "cooledDown", "closed"] as const) {
        for (const name of keysOf(latches)) {
          const state = stateOf(pairs.fresh, activities[activity], latches[name])
          assert.strictEqual(TokenState.landed(landing)(state), state)
        }
      }
    })

    it("a read after a cool-down has begun fails with its failure until it is over", () => {
      const after = TokenState.landed(coolDown)(stateOf(undefined, activities.flying))
      assert.strictEqual(read(after), "fail, cooling")
      assert.strictEqual(read(after, now + second - 1), "fail, cooling")
      assert.strictEqual(read(after, now + second), "renew")
    })

    it("failures in a row are counted through flights, and forgotten with a success", () => {
      // The flight adds its own failure to those it was launched with.
      const launchedWith = (state: TokenState.TokenState) => {
        const { activity } = TokenState.launched(flight)(state)
        return activity._tag === "Flying" ? activity.failures : undefined
      }
      const fail = (failures: number) => (state: TokenState.TokenState) =>
        TokenState.landed({ ...coolDown, failures })(TokenState.launched(flight)(state))
      const thrice = fail(3)(fail(2)(fail(1)(TokenState.initial)))
      assert.strictEqual(launchedWith(TokenState.initial), 0)
      assert.strictEqual(launchedWith(fail(1)(TokenState.initial)), 1)
      assert.strictEqual(launchedWith(thrice), 3)
      const done = TokenState.landed(idle())(TokenState.launched(flight)(thrice))
      assert.strictEqual(launchedWith(done), 0)
    })
  })

  describe("reset", () => {
    it.each(allStates)(
      "of the %s token, %s, %s, forgets all but generation, flight, floor and closing",
      (_pair, name, _latch, state) => {
        const before = { ...state, lastExchangeAt: now }
        assertSame(TokenState.reset(before), {
          generation,
          held: undefined,
          latch: undefined,
          lastExchangeAt: now,
          activity: name === "flying" || name === "closed" ? activities[name] : activities.idle
        })
      }
    )

    it("forgets the failure that cooled nothing down", () => {
      assertSame(TokenState.reset(stateOf(undefined, idle(earlier))).activity, idle())
    })

    it("a token from before it is still no match for the pair that comes after", () => {
      const after = TokenState.arrived(next, "live")(TokenState.reset(stateOf(pairs.fresh, activities.idle)))
      assert.strictEqual(TokenState.invalidated(makePair({ generation }).accessToken)(after), after)
    })
  })

  describe("closed", () => {
    it.each(allStates)("of the %s token, %s, %s, fails every read from then on", (_pair, _activity, _latch, state) => {
      const after = TokenState.closed(state)
      for (const forced of [false, true]) {
        assertSame(TokenState.decide(after, now, policy, forced), {
          _tag: "Fail",
          failure: new ProviderClosed({ phase: "unsent" })
        })
      }
      assert.isFalse(TokenState.canServe(after, now, policy))
      assert.strictEqual(TokenState.phase(after, now, policy), "closed")
    })

    it.each<[Activity, TokenError | undefined]>([
      ["idle", undefined],
      ["flying", earlier],
      ["cooling", passing],
      ["cooledDown", passing],
      ["closed", earlier]
    ])("from %s holds no token any more and remembers the last failure", (activity, failure) => {
      const after = TokenState.closed(stateOf(pairs.fresh, activities[activity]))
      assert.isUndefined(after.held)
      assertSame(after.activity, { _tag: "Closed", failure })
    })

    it("is final: no pair, no record and no landing that comes later opens it again", () => {
      const closed = TokenState.closed(stateOf(pairs.fresh, activities.flying))
      for (
        const transition of [
          TokenState.arrived(next, "live"),
          TokenState.adopted(record(generation + 1), now),
          TokenState.latched(latch),
          TokenState.landed(idle()),
          TokenState.reset
        ]
      ) {
        const after = transition(closed)
        assert.strictEqual(read(after), "closed")
        assert.isFalse(TokenState.canServe(after, now, policy))
      }
    })
  })

  it("the initial state holds nothing, has failed nothing and waits for nothing", () => {
    assertSame(TokenState.initial, {
      generation: 0,
      held: undefined,
      latch: undefined,
      activity: { _tag: "Idle", failure: undefined },
      lastExchangeAt: undefined
    })
    assert.strictEqual(TokenState.phase(TokenState.initial, now, policy), "absent")
    assert.strictEqual(read(TokenState.initial), "renew")
    assert.strictEqual(TokenState.floorLeft(TokenState.initial, now, 200), 0)
  })
})
