import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as FastCheck from "effect/FastCheck"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as TokenState from "../../../src/internal/token/state.js"
import { ProviderClosed, StoreFailure } from "../../../src/JindouyunError.js"
import type { TokenError } from "../../../src/JindouyunError.js"
import type * as Token from "../../../src/Token.js"
import type { RefusedCredentials, TokenRecord } from "../../../src/TokenRecord.js"
import { answered, assertSame, day, makePair, minute, second, start, transport } from "../../utils.js"

/** The defaults: margin 60 seconds, window 30 minutes. */
const policy: TokenState.Policy = { expiryMargin: minute, earlyRefresh: 30 * minute }

const now = start
const passing = transport("refused", "unsent")
const earlier = transport("reset", "ambiguous")
const refusedCredentials: RefusedCredentials = {
  credentials: "salt:hash",
  failure: answered(40001, "fatal"),
  refusedAt: 0
}
const laterRefusal: RefusedCredentials = {
  credentials: "salt:another",
  failure: answered(40000, "fatal"),
  refusedAt: 0
}
// The state never looks into a fiber.
const renewal: TokenState.Renewal = {
  tokenReady: Deferred.unsafeMake(FiberId.none),
  done: Deferred.unsafeMake(FiberId.none),
  fiber: {} as Fiber.RuntimeFiber<void, TokenError>,
  resets: 0
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
  renewing: { _tag: "Renewing", renewal, failures: 2, failure: earlier },
  cooling: cooling(now - second, now + second),
  cooled: cooling(now - 2 * second, now),
  closed: { _tag: "Closed", failure: earlier }
} satisfies { readonly [activity: string]: TokenState.Activity }

const refusals = { "no refusal": undefined, credentialsRefused: refusedCredentials } satisfies {
  readonly [refusedCredentials: string]: RefusedCredentials | undefined
}

type Pair = keyof typeof pairs
type Activity = keyof typeof activities
type RefusalName = keyof typeof refusals

const keysOf = <K extends string>(record: { readonly [_ in K]: unknown }) => Object.keys(record) as Array<K>

const stateOf = (
  held: TokenState.Held | undefined,
  activity: TokenState.Activity,
  refusedCredentials?: RefusedCredentials
): TokenState.TokenState => ({
  generation,
  resets: 0,
  held,
  refusedCredentials,
  earlierRefusals: [],
  activity,
  lastRequestAt: undefined,
  storeFailure: undefined,
  isFieldSuspected: false
})

const allStates = keysOf(pairs).flatMap((pair) =>
  keysOf(activities).flatMap((activity) =>
    keysOf(refusals).map((refusedCredentials) =>
      [
        pair,
        activity,
        refusedCredentials,
        stateOf(pairs[pair], activities[activity], refusals[refusedCredentials])
      ] as const
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
      assert.strictEqual(decision.renewal, renewal)
      return "wait"
    case "Renew":
      assertSame(decision, { _tag: "Renew" })
      return "renew"
    case "Fail":
      if (decision.failure._tag === "ProviderClosed") {
        assert.strictEqual(decision.failure.delivery, "unsent")
        return "closed"
      }
      assert.strictEqual(decision.failure, passing)
      return "fail, cooling"
  }
}

const read = (state: TokenState.TokenState, at = now) => told(TokenState.decide(state, at, policy, false))
const forcedRead = (state: TokenState.TokenState, at = now) => told(TokenState.decide(state, at, policy, true))

type Rows<A> = { readonly [P in Pair]: { readonly [Act in Activity]: { readonly [L in RefusalName]: A } } }

const either = <A>(value: A): { readonly [L in RefusalName]: A } => ({ "no refusal": value, credentialsRefused: value })

// Nothing can be handed out: the renewal is awaited, the cooldown fails, and all else, also a refusedCredentials, takes a renewal. One
// that meets a refusedCredentials reads the credentials anew, and sends them only if they differ.
const unserved: Rows<Expected>[Pair] = {
  idle: either("renew"),
  renewing: either("wait"),
  cooling: either("fail, cooling"),
  cooled: either("renew"),
  closed: either("closed")
}

const reads: Rows<Expected> = {
  absent: unserved,
  fresh: {
    idle: either("serve"),
    renewing: either("serve"),
    cooling: either("serve"),
    cooled: either("serve"),
    closed: either("closed")
  },
  due: {
    idle: { "no refusal": "serve and renew", credentialsRefused: "serve" },
    renewing: either("serve"),
    cooling: either("serve"),
    cooled: { "no refusal": "serve and renew", credentialsRefused: "serve" },
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

// A credentialsRefused token is not renewed in the background, and so it is not due.
const phases: Rows<TokenState.Phase> = {
  absent: {
    idle: { "no refusal": "absent", credentialsRefused: "credentialsRefused" },
    renewing: either("renewing"),
    cooling: { "no refusal": "cooling", credentialsRefused: "credentialsRefused" },
    cooled: { "no refusal": "absent", credentialsRefused: "credentialsRefused" },
    closed: either("closed")
  },
  fresh: {
    idle: either("fresh"),
    renewing: either("fresh"),
    cooling: either("fresh"),
    cooled: either("fresh"),
    closed: either("closed")
  },
  due: {
    idle: { "no refusal": "due", credentialsRefused: "fresh" },
    renewing: { "no refusal": "due", credentialsRefused: "fresh" },
    cooling: { "no refusal": "due", credentialsRefused: "fresh" },
    cooled: { "no refusal": "due", credentialsRefused: "fresh" },
    closed: either("closed")
  },
  expired: {
    idle: { "no refusal": "expired", credentialsRefused: "credentialsRefused" },
    renewing: either("renewing"),
    cooling: { "no refusal": "cooling", credentialsRefused: "credentialsRefused" },
    cooled: { "no refusal": "expired", credentialsRefused: "credentialsRefused" },
    closed: either("closed")
  },
  rejected: {
    idle: { "no refusal": "rejected", credentialsRefused: "credentialsRefused" },
    renewing: either("renewing"),
    cooling: { "no refusal": "cooling", credentialsRefused: "credentialsRefused" },
    cooled: { "no refusal": "rejected", credentialsRefused: "credentialsRefused" },
    closed: either("closed")
  }
}

const table = <A>(rows: Rows<A>) =>
  allStates.map(([pair, activity, refusedCredentials, state]) =>
    [pair, activity, refusedCredentials, rows[pair][activity][refusedCredentials], state] as const
  )

const record = (
  generation: number,
  refusedCredentials?: RefusedCredentials,
  pair = Option.some(makePair({ generation }))
): TokenRecord => ({
  generation,
  pair,
  refusedCredentials: Option.fromNullable(refusedCredentials),
  earlierRefusals: []
})

type Transition = (state: TokenState.TokenState) => TokenState.TokenState

const next = makePair({ sentAt: now, generation: generation + 1 })

/** Every step that is no word of the platform's or the store's about acquisitions: none of them touches the refusedCredentials. */
const indifferent: ReadonlyArray<readonly [string, Transition]> = [
  ["the start of a renewal", TokenState.started(renewal)],
  ["the end of a request", TokenState.requestEnded(now)],
  ["a doubt", TokenState.refreshAmbiguous(generation)],
  ["a refused refresh", TokenState.refreshRefused(generation)],
  ["a rejected token", TokenState.invalidated(makePair({ generation }).accessToken)],
  ["a end", TokenState.finished(idle())],
  ["a end with a failure", TokenState.finished(idle(earlier))],
  ["a end in a cooldown", TokenState.finished(cooling(now, now + second))],
  ["a pair of the same generation", TokenState.received(makePair({ generation }), "live")],
  ["a pair of an older generation", TokenState.received(makePair({ generation: generation - 1 }), "live")],
  ["a record of the same generation without a refusedCredentials", TokenState.adopted(record(generation), now)],
  ["an older record without a refusedCredentials", TokenState.adopted(record(generation - 1), now)]
]

describe("TokenState", () => {
  describe("decide", () => {
    it.each(table(reads))("a read of the %s token, %s, %s: %s", (_pair, _activity, _refused, expected, state) => {
      assert.strictEqual(read(state), expected)
    })

    it.each(table(forcedReads))(
      "a forced refresh of the %s token, %s, %s: %s",
      (_pair, _activity, _refused, expected, state) => {
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
    ])("a credentialsRefused token is served and not renewed early, %s (%i ms old): %s", (_when, age, expected) => {
      for (const refresh of ["untried", "ambiguous", "refused"] as const) {
        assert.strictEqual(read(stateOf(hold(aged(age), { refresh }), activities.idle, refusedCredentials)), expected)
      }
    })

    it("a refused early refresh turns early refresh off for its generation, and the renewal comes at the expiry", () => {
      const at = (age: number) => read(stateOf(hold(aged(age), { refresh: "refused" }), activities.idle))
      assert.strictEqual(at(day - 20 * minute), "serve")
      assert.strictEqual(at(day - minute - 1), "serve")
      assert.strictEqual(at(day - minute), "renew")
    })

    it("an ambiguous refresh token is tried again early, too", () => {
      const state = stateOf(hold(aged(day - 20 * minute), { refresh: "ambiguous" }), activities.idle)
      assert.strictEqual(read(state), "serve and renew")
    })

    it("an expired refresh token causes no acquisition while the access token is good", () => {
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
    ])("a read in a cooldown, %s (%i to %i): %s", (_when, since, until, expected) => {
      const state = stateOf(undefined, cooling(since, until))
      assert.strictEqual(read(state), expected)
      assert.strictEqual(forcedRead(state), expected)
      assert.strictEqual(TokenState.phase(state, now, policy), expected === "renew" ? "absent" : "cooling")
      const due = stateOf(pairs.due, cooling(since, until))
      assert.strictEqual(read(due), expected === "renew" ? "serve and renew" : "serve")
    })

    it.prop("no token is handed out that is rejected, expired or within the margin of its expiry", [
      FastCheck.constantFrom(...keysOf(activities)),
      FastCheck.constantFrom(...keysOf(refusals)),
      FastCheck.integer({ min: -2 * day, max: 2 * day }),
      FastCheck.constantFrom("live" as const, "rejected" as const),
      FastCheck.boolean()
    ], ([activity, refusedCredentials, age, access, forced]) => {
      const decision = TokenState.decide(
        stateOf(hold(aged(age), { access }), activities[activity], refusals[refusedCredentials]),
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
    it.each(table(phases))("of the %s token, %s, %s, is %s", (_pair, _activity, _refused, expected, state) => {
      assert.strictEqual(TokenState.phase(state, now, policy), expected)
    })
  })

  describe("canServe", () => {
    it.each(allStates)(
      "of the %s token, %s, %s, is true where a read is served",
      (pair, activity, refusedCredentials, state) => {
        assert.strictEqual(
          TokenState.canServe(state, now, policy),
          ["serve", "serve and renew"].includes(reads[pair][activity][refusedCredentials])
        )
      }
    )
  })

  describe("requestWait", () => {
    const floor = 200
    it.each<[string, number | undefined, number]>([
      ["no request has been made", undefined, 0],
      ["one has just ended", now, floor],
      ["one ended 150 ms ago", now - 150, 50],
      ["one ended 199 ms ago", now - 199, 1],
      ["one ended 200 ms ago", now - 200, 0],
      ["one ended long ago", now - day, 0],
      ["one ended, by a clock turned back a little, in the future", now + 1, 201],
      ["one ended, by a clock turned back by the floor, in the future", now + floor, 400],
      ["one ended, by a clock turned back by more than the floor, in the future", now + floor + 1, 0],
      ["one ended, by a clock turned back far, in the future", now + 365 * day, 0]
    ])("after %s (at %s) is %i ms", (_when, lastRequestAt, expected) => {
      const state = { ...stateOf(undefined, activities.idle), lastRequestAt }
      assert.strictEqual(TokenState.requestWait(state, now, floor), expected)
    })

    const exchanged = TokenState.requestEnded(now)(TokenState.initial)

    it("is nothing where the floor is nothing", () => {
      for (const at of [now - 1, now, now + 1]) {
        assert.strictEqual(TokenState.requestWait(exchanged, at, 0), 0)
      }
    })

    it.prop("ends when the floor is over, and is never longer than twice the floor, wherever the clock jumps", [
      FastCheck.integer({ min: -2 * day, max: 2 * day }),
      FastCheck.nat(60 * minute)
    ], ([jump, floor]) => {
      const left = TokenState.requestWait(exchanged, now + jump, floor)
      assert.strictEqual(left, jump < -floor || jump > floor ? 0 : floor - jump)
    })
  })

  describe("nextTryAt", () => {
    it.each(allStates)(
      "of the %s token, %s, %s, is the end of the cooldown while it lasts, and otherwise nothing",
      (_pair, activity, _refused, state) => {
        assert.strictEqual(TokenState.nextTryAt(state, now), activity === "cooling" ? now + second : undefined)
      }
    )

    it("a clock turned back by more than the cooldown ends it", () => {
      const state = stateOf(pairs.expired, activities.cooling)
      assert.strictEqual(TokenState.nextTryAt(state, now - 3 * second), now + second)
      assert.isUndefined(TokenState.nextTryAt(state, now - 3 * second - 1))
    })
  })

  describe("requestEnded", () => {
    it.each(allStates)(
      "of the %s token, %s, %s, remembers when, and nothing else",
      (_pair, _activity, _refused, state) => {
        assertSame(TokenState.requestEnded(now)(state), { ...state, lastRequestAt: now })
      }
    )
  })

  describe("started", () => {
    it.each<[string, TokenState.Activity, RefusedCredentials | undefined, number, TokenError | undefined]>([
      ["nothing", activities.idle, undefined, 0, undefined],
      ["a failure that cooled nothing down", idle(earlier), undefined, 0, earlier],
      ["a cooldown", activities.cooled, undefined, 2, passing],
      ["a refused acquisition", idle(refusedCredentials.failure), refusedCredentials, 0, refusedCredentials.failure],
      ["a refused acquisition and a cooldown", activities.cooled, refusedCredentials, 2, passing]
    ])(
      "after %s counts the failures in a row, remembers the last, and keeps the refusedCredentials",
      (_what, activity, refusedCredentials, failures, failure) => {
        const state = stateOf(pairs.due, activity, refusedCredentials)
        assertSame(TokenState.started(renewal)(state), {
          ...state,
          refusedCredentials,
          activity: { _tag: "Renewing", renewal, failures, failure }
        })
      }
    )
  })

  describe("received", () => {
    it.each(keysOf(refusals))("a later pair is held, live and untried, and the generation is its own: %s", (name) => {
      const held = hold(aged(day), { access: "rejected", refresh: "ambiguous" })
      const state = stateOf(held, activities.renewing, refusals[name])
      assertSame(TokenState.received(next, "live")(state), {
        ...state,
        generation: generation + 1,
        held: { pair: next, access: "live", refresh: "untried" },
        refusedCredentials: undefined,
        earlierRefusals: TokenState.refusals(state)
      })
    })

    it("a pair that brings the value just rejected is held as rejected, and not served", () => {
      const after = TokenState.received(next, "rejected")(stateOf(pairs.rejected, activities.renewing))
      assertSame(after.held, { pair: next, access: "rejected", refresh: "untried" })
      assert.strictEqual(after.generation, generation + 1)
      assert.isFalse(TokenState.canServe(after, now, policy))
    })

    it.prop("a pair of an older or the same generation changes nothing, also after a reset", [
      FastCheck.integer({ min: 0, max: generation }),
      FastCheck.boolean(),
      FastCheck.constantFrom(...keysOf(refusals)),
      FastCheck.constantFrom("live" as const, "rejected" as const)
    ], ([older, forgotten, refusedCredentials, access]) => {
      const before = stateOf(pairs.fresh, activities.renewing, refusals[refusedCredentials])
      const state = forgotten ? TokenState.reset(before) : before
      assert.strictEqual(TokenState.received(makePair({ generation: older }), access)(state), state)
    })
  })

  describe("adopted", () => {
    it.each(allStates)(
      "a newer record takes the place of the %s token, %s, %s",
      (_pair, _activity, _refused, state) => {
        const pair = makePair({ generation: generation + 4, value: "another" })
        const newer = record(generation + 4, undefined, Option.some(pair))
        assertSame(TokenState.adopted(newer, now)({ ...state, lastRequestAt: now }), {
          generation: generation + 4,
          resets: 0,
          held: hold(pair),
          refusedCredentials: undefined,
          earlierRefusals: [],
          activity: state.activity,
          lastRequestAt: now,
          storeFailure: undefined,
          isFieldSuspected: false
        })
      }
    )

    it("a newer record that holds the very value that was rejected is held as rejected", () => {
      const state = stateOf(pairs.rejected, activities.idle, undefined)
      const after = TokenState.adopted(record(generation + 1), now)(state)
      assertSame(after.held, hold(makePair({ generation: generation + 1 }), { access: "rejected" }))
    })

    it.each(keysOf(refusals))("a newer record without a pair leaves nothing held: %s", (name) => {
      const state = stateOf(pairs.fresh, activities.renewing, refusals[name])
      assertSame(TokenState.adopted(record(generation + 1, undefined, Option.none()), now)(state), {
        ...state,
        generation: generation + 1,
        held: undefined,
        refusedCredentials: undefined
      })
    })

    it.each(keysOf(refusals))(
      "a newer record brings its own refusedCredentials, with a pair or without: %s",
      (name) => {
        const state = stateOf(pairs.expired, activities.renewing, refusals[name])
        for (const pair of [Option.some(makePair({ generation: generation + 1 })), Option.none<Token.TokenPair>()]) {
          const after = TokenState.adopted(record(generation + 1, laterRefusal, pair), now)(state)
          assert.strictEqual(after.refusedCredentials, laterRefusal)
          assert.strictEqual(after.generation, generation + 1)
          assertSame(after.held, Option.getOrUndefined(Option.map(pair, (pair) => hold(pair))))
        }
      }
    )

    it.each(allStates)(
      "a record of the same generation adds its refusedCredentials to the %s token, %s, %s, and nothing else",
      (_pair, _activity, _refused, state) => {
        for (const pair of [Option.some(makePair({ generation })), Option.none<Token.TokenPair>()]) {
          assertSame(TokenState.adopted(record(generation, laterRefusal, pair), now)(state), {
            ...state,
            refusedCredentials: laterRefusal,
            earlierRefusals: TokenState.refusals(state)
          })
        }
      }
    )

    it.each(allStates)(
      "of the %s token, %s, %s, an older record changes nothing, nor one of the same generation without a refusedCredentials",
      (_pair, _activity, _refused, state) => {
        for (const older of [0, generation - 1, generation]) {
          assert.strictEqual(TokenState.adopted(record(older), now)(state), state)
          assert.strictEqual(TokenState.adopted(record(older, undefined, Option.none()), now)(state), state)
        }
      }
    )

    it.each(allStates)(
      "an older record adds only its refusal to the %s token, %s, %s, and while the last save failed only one that is later than a held pair",
      (_pair, _activity, _refused, state) => {
        const unsaved = { ...state, storeFailure: new StoreFailure({ operation: "save", detail: "full" }) }
        for (const older of [0, generation - 1]) {
          const adopt = TokenState.adopted(record(older, laterRefusal), now)
          const earlierRefusals = TokenState.refusals(state)
          assertSame(adopt(state), { ...state, refusedCredentials: laterRefusal, earlierRefusals })
          assertSame(
            adopt(unsaved),
            state.held === undefined ? { ...unsaved, refusedCredentials: laterRefusal, earlierRefusals } : unsaved
          )
          const later = { ...laterRefusal, refusedAt: now }
          assert.strictEqual(TokenState.adopted(record(older, later), now)(unsaved).refusedCredentials, later)
        }
      }
    )

    it("a pair forgotten by a reset does not come back with a record of its generation", () => {
      const state = TokenState.reset(stateOf(pairs.fresh, activities.idle))
      assert.isUndefined(TokenState.adopted(record(generation), now)(state).held)
      assert.isUndefined(TokenState.adopted(record(generation, refusedCredentials), now)(state).held)
    })
  })

  describe("credentialsRefused", () => {
    it.each(allStates)(
      "of the %s token, %s, %s, sets the refusedCredentials, keeps the ones before, and changes nothing else",
      (_pair, _activity, _refused, state) => {
        assertSame(TokenState.credentialsRefused(laterRefusal)(state), {
          ...state,
          refusedCredentials: laterRefusal,
          earlierRefusals: TokenState.refusals(state)
        })
      }
    )

    it.each(indifferent)("%s neither adds nor removes refused credentials", (_what, transition) => {
      for (const [, , , state] of allStates) {
        assert.strictEqual(transition(state).refusedCredentials, state.refusedCredentials)
      }
    })

    it.each<[string, Transition]>([
      ["a pair that has arrived", TokenState.received(next, "live")],
      ["a pair that has arrived with the value just rejected", TokenState.received(next, "rejected")],
      ["a reset", TokenState.reset],
      ["a newer record", TokenState.adopted(record(generation + 1), now)],
      ["a newer record without a pair", TokenState.adopted(record(generation + 1, undefined, Option.none()), now)]
    ])("%s clears the refused credentials", (_what, transition) => {
      for (const [, , , state] of allStates) {
        assert.isUndefined(transition(TokenState.credentialsRefused(refusedCredentials)(state)).refusedCredentials)
      }
    })

    it.prop("only a pair, a reset or a newer record clears the refused credentials", [
      FastCheck.array(FastCheck.constantFrom(...indifferent), { maxLength: 20 }),
      FastCheck.constantFrom(...allStates)
    ], ([steps, [, , , state]]) => {
      const after = steps.reduce(
        (each, [, transition]) => transition(each),
        TokenState.credentialsRefused(refusedCredentials)(state)
      )
      assert.strictEqual(after.refusedCredentials, refusedCredentials)
      assert.isUndefined(TokenState.reset(after).refusedCredentials)
      assert.isUndefined(TokenState.received(next, "live")(after).refusedCredentials)
      assert.isUndefined(TokenState.adopted(record(generation + 1), now)(after).refusedCredentials)
    })

    it("renewal after renewal meets it, through ends and cooldowns", () => {
      const renewing = TokenState.started(renewal)(
        TokenState.credentialsRefused(refusedCredentials)(stateOf(undefined, activities.idle))
      )
      assert.strictEqual(TokenState.phase(renewing, now, policy), "renewing")
      assert.strictEqual(read(renewing), "wait")

      const met = TokenState.finished(idle(refusedCredentials.failure))(renewing)
      assert.strictEqual(TokenState.phase(met, now, policy), "credentialsRefused")
      assert.strictEqual(met.activity.failure, refusedCredentials.failure)
      assert.strictEqual(read(met), "renew")

      const cooled = TokenState.finished(cooling(now, now + second))(TokenState.started(renewal)(met))
      assert.strictEqual(TokenState.phase(cooled, now, policy), "credentialsRefused")
      assert.strictEqual(read(cooled), "fail, cooling")
      assert.strictEqual(TokenState.phase(cooled, now + second, policy), "credentialsRefused")
      assert.strictEqual(read(cooled, now + second), "renew")

      assert.strictEqual(TokenState.started(renewal)(cooled).refusedCredentials, refusedCredentials)
    })

    it("the newest eight are remembered, whatever order they come in", () => {
      const refused = (refusedAt: number): RefusedCredentials => ({
        ...refusedCredentials,
        credentials: `salt:${refusedAt}`,
        refusedAt
      })
      const times = [3, 9, 1, 10, 4, 2, 8, 6, 5, 7]
      const after = times.reduce(
        (state, at) => TokenState.credentialsRefused(refused(at))(state),
        stateOf(undefined, activities.idle)
      )
      const stored = TokenState.adopted({ ...record(generation), earlierRefusals: times.map(refused) }, now)(
        stateOf(undefined, activities.idle, refused(7))
      )
      for (const state of [after, stored]) {
        assert.deepStrictEqual(TokenState.refusals(state).map(({ refusedAt }) => refusedAt), [7, 10, 9, 8, 6, 5, 4, 3])
      }
    })

    it("a lifted refusal is forgotten, and no other", () => {
      const state = TokenState.credentialsRefused(laterRefusal)(stateOf(undefined, activities.idle, refusedCredentials))
      const lift = (lifted: RefusedCredentials) =>
        TokenState.refusals(TokenState.refusalLifted(({ credentials }) => credentials === lifted.credentials)(state))
      assert.deepStrictEqual(lift(laterRefusal), [refusedCredentials])
      assert.deepStrictEqual(lift(refusedCredentials), [laterRefusal])
    })

    it("takes no token away: a forced acquisition that is refused leaves readers what they had", () => {
      const renewing = stateOf(pairs.fresh, activities.renewing)
      const after = TokenState.finished(idle(refusedCredentials.failure))(
        TokenState.credentialsRefused(refusedCredentials)(renewing)
      )
      assert.strictEqual(after.held, renewing.held)
      assert.strictEqual(read(after), "serve")
    })
  })

  describe("refreshAmbiguous", () => {
    it.each(["untried", "refused", "ambiguous"] as const)(
      "casts doubt on the refresh token of the generation that was sent, %s before, and on nothing else",
      (refresh) => {
        for (const access of ["live", "rejected"] as const) {
          const state = stateOf(hold(aged(minute), { access, refresh }), activities.renewing, refusedCredentials)
          assertSame(TokenState.refreshAmbiguous(generation)(state), {
            ...state,
            held: hold(aged(minute), { access, refresh: "ambiguous" })
          })
        }
      }
    )

    it("cast twice is one state, not another", () => {
      const once = TokenState.refreshAmbiguous(generation)(stateOf(pairs.fresh, activities.renewing))
      assert.strictEqual(TokenState.refreshAmbiguous(generation)(once), once)
    })

    it("leaves another generation alone, and a state without a pair", () => {
      for (const held of [pairs.fresh, undefined]) {
        const state = stateOf(held, activities.renewing)
        for (const other of [generation - 1, generation + 1, 0]) {
          assert.strictEqual(TokenState.refreshAmbiguous(other)(state), state)
        }
      }
      const forgotten = stateOf(undefined, activities.renewing)
      assert.strictEqual(TokenState.refreshAmbiguous(generation)(forgotten), forgotten)
    })

    it("is over with the next pair", () => {
      const after = TokenState.received(next, "live")(
        TokenState.refreshAmbiguous(generation)(stateOf(pairs.due, activities.renewing))
      )
      assert.strictEqual(after.held?.refresh, "untried")
    })
  })

  describe("refreshRefused", () => {
    it.each(["untried", "ambiguous", "refused"] as const)(
      "marks the refresh token of its own generation, %s before, and nothing else",
      (refresh) => {
        const state = stateOf(hold(aged(minute), { refresh }), activities.renewing)
        assertSame(TokenState.refreshRefused(generation)(state), {
          ...state,
          held: hold(aged(minute), { refresh: "refused" })
        })
      }
    )

    it("changes nothing for a reader but the early renewal, and brings no refusal", () => {
      const after = TokenState.refreshRefused(generation)(stateOf(pairs.due, activities.idle))
      assert.strictEqual(read(stateOf(pairs.due, activities.idle)), "serve and renew")
      assert.strictEqual(read(after), "serve")
      assert.strictEqual(forcedRead(after), "renew")
      assert.isUndefined(after.refusedCredentials)
    })

    it.each([generation - 1, generation + 1, 0])("leaves the pair of another generation alone: %i", (other) => {
      const state = stateOf(pairs.due, activities.renewing)
      assert.strictEqual(TokenState.refreshRefused(other)(state), state)
      assert.strictEqual(read(TokenState.refreshRefused(other)(stateOf(pairs.due, activities.idle))), "serve and renew")
    })

    it("leaves a state without a pair alone, also one that has forgotten it", () => {
      for (const state of [TokenState.initial, TokenState.reset(stateOf(pairs.due, activities.renewing))]) {
        assert.strictEqual(TokenState.refreshRefused(state.generation)(state), state)
      }
    })

    it("leaves the successor alone that arrived meanwhile, and is over with it", () => {
      const arrived = TokenState.received(next, "live")(stateOf(pairs.due, activities.renewing))
      assert.strictEqual(TokenState.refreshRefused(generation)(arrived), arrived)
      const after = TokenState.received(next, "live")(
        TokenState.refreshRefused(generation)(stateOf(pairs.due, activities.renewing))
      )
      assert.strictEqual(after.held?.refresh, "untried")
    })
  })

  describe("invalidated", () => {
    const invalidated = (generation: number, value = "access") =>
      TokenState.invalidated(makePair({ generation, value }).accessToken)

    it.each(keysOf(refusals))("drops the token that was rejected, and keeps its refresh token: %s", (name) => {
      const state = stateOf(hold(aged(minute), { refresh: "ambiguous" }), activities.idle, refusals[name])
      const after = invalidated(generation)(state)
      assertSame(after, {
        ...state,
        held: hold(aged(minute), { access: "rejected", refresh: "ambiguous" })
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
      const state = TokenState.received(next, "live")(stateOf(pairs.fresh, activities.renewing))
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

  describe("finished", () => {
    const refusal = answered(40003, "reauthenticate")
    const cooldown: TokenState.Cooling = {
      _tag: "Cooling",
      since: now,
      until: now + second,
      failures: 3,
      failure: passing
    }

    const ends: ReadonlyArray<readonly [string, TokenState.Idle | TokenState.Cooling, TokenError | undefined]> = [
      ["a success", idle(), undefined],
      ["a refused refresh", idle(refusal), refusal],
      ["a cooldown", cooldown, passing],
      ["a refused acquisition", idle(refusedCredentials.failure), refusedCredentials.failure]
    ]

    it.each(ends)("%s ends the renewal, keeps what is held, and tells the failure", (_what, end, failure) => {
      for (const pair of keysOf(pairs)) {
        for (const name of keysOf(refusals)) {
          const renewing = { ...stateOf(pairs[pair], activities.renewing, refusals[name]), lastRequestAt: now }
          const after = TokenState.finished(end)(renewing)
          assertSame(after, { ...renewing, activity: end })
          assert.strictEqual(after.activity.failure, failure)
        }
      }
    })

    it.each(ends)("%s never takes a token away that can still be served", (_what, end) => {
      for (const name of keysOf(refusals)) {
        const after = TokenState.finished(end)(stateOf(pairs.fresh, activities.renewing, refusals[name]))
        assert.strictEqual(read(after), "serve")
        assert.isTrue(TokenState.canServe(after, now, policy))
      }
    })

    it.each(ends)("%s changes nothing where no renewal is recorded", (_what, end) => {
      for (const activity of ["idle", "cooling", "cooled", "closed"] as const) {
        for (const name of keysOf(refusals)) {
          const state = stateOf(pairs.fresh, activities[activity], refusals[name])
          assert.strictEqual(TokenState.finished(end)(state), state)
        }
      }
    })

    it("a read after a cooldown has begun fails with its failure until it is over", () => {
      const after = TokenState.finished(cooldown)(stateOf(undefined, activities.renewing))
      assert.strictEqual(read(after), "fail, cooling")
      assert.strictEqual(read(after, now + second - 1), "fail, cooling")
      assert.strictEqual(read(after, now + second), "renew")
    })

    it("failures in a row are counted through renewals, and forgotten with a success", () => {
      // The renewal adds its own failure to those it was started with.
      const startedWith = (state: TokenState.TokenState) => {
        const { activity } = TokenState.started(renewal)(state)
        return activity._tag === "Renewing" ? activity.failures : undefined
      }
      const fail = (failures: number) => (state: TokenState.TokenState) =>
        TokenState.finished({ ...cooldown, failures })(TokenState.started(renewal)(state))
      const thrice = fail(3)(fail(2)(fail(1)(TokenState.initial)))
      assert.strictEqual(startedWith(TokenState.initial), 0)
      assert.strictEqual(startedWith(fail(1)(TokenState.initial)), 1)
      assert.strictEqual(startedWith(thrice), 3)
      const done = TokenState.finished(idle())(TokenState.started(renewal)(thrice))
      assert.strictEqual(startedWith(done), 0)
    })
  })

  describe("storeReported", () => {
    const storeFailure = new StoreFailure({ operation: "save", detail: "full" })

    it.each(allStates)(
      "of the %s token, %s, %s, is remembered until a save succeeds, a newer record is adopted or a reset",
      (_pair, _activity, _refused, state) => {
        const failed = TokenState.storeReported(storeFailure)(state)
        assertSame(failed, { ...state, storeFailure })
        assertSame(TokenState.storeReported(undefined)(failed), state)
        assert.isUndefined(TokenState.adopted(record(generation + 1), now)(failed).storeFailure)
        assert.strictEqual(TokenState.adopted(record(generation), now)(failed).storeFailure, storeFailure)
        assert.isUndefined(TokenState.reset(failed).storeFailure)
        assert.strictEqual(TokenState.storeReported(storeFailure)(failed), failed)
      }
    )
  })

  describe("reset", () => {
    it.each(allStates)(
      "of the %s token, %s, %s, forgets all but generation, renewal, floor, closing and the suspected field",
      (_pair, name, _refused, state) => {
        const before = TokenState.fieldSuspected({ ...state, lastRequestAt: now })
        assertSame(TokenState.reset(before), {
          generation,
          resets: 1,
          held: undefined,
          refusedCredentials: undefined,
          earlierRefusals: [],
          lastRequestAt: now,
          storeFailure: undefined,
          isFieldSuspected: true,
          activity: name === "renewing" || name === "closed" ? activities[name] : activities.idle
        })
      }
    )

    it("forgets the failure that cooled nothing down", () => {
      assertSame(TokenState.reset(stateOf(undefined, idle(earlier))).activity, idle())
    })

    it("a token from before it is still no match for the pair that comes after", () => {
      const after = TokenState.received(next, "live")(TokenState.reset(stateOf(pairs.fresh, activities.idle)))
      assert.strictEqual(TokenState.invalidated(makePair({ generation }).accessToken)(after), after)
    })
  })

  describe("closed", () => {
    it.each(allStates)(
      "of the %s token, %s, %s, fails every read from then on",
      (_pair, _activity, _refused, state) => {
        const after = TokenState.closed(state)
        for (const forced of [false, true]) {
          assertSame(TokenState.decide(after, now, policy, forced), {
            _tag: "Fail",
            failure: new ProviderClosed({ delivery: "unsent" })
          })
        }
        assert.isFalse(TokenState.canServe(after, now, policy))
        assert.strictEqual(TokenState.phase(after, now, policy), "closed")
      }
    )

    it.each<[Activity, TokenError | undefined]>([
      ["idle", undefined],
      ["renewing", earlier],
      ["cooling", passing],
      ["cooled", passing],
      ["closed", earlier]
    ])("from %s holds no token any more and remembers the last failure", (activity, failure) => {
      const after = TokenState.closed(stateOf(pairs.fresh, activities[activity]))
      assert.isUndefined(after.held)
      assertSame(after.activity, { _tag: "Closed", failure })
    })

    it("is final: no pair, no record and no end that comes later opens it again", () => {
      const closed = TokenState.closed(stateOf(pairs.fresh, activities.renewing))
      for (
        const transition of [
          TokenState.received(next, "live"),
          TokenState.adopted(record(generation + 1), now),
          TokenState.credentialsRefused(refusedCredentials),
          TokenState.finished(idle()),
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
      resets: 0,
      held: undefined,
      refusedCredentials: undefined,
      earlierRefusals: [],
      activity: { _tag: "Idle", failure: undefined },
      lastRequestAt: undefined,
      storeFailure: undefined,
      isFieldSuspected: false
    })
    assert.strictEqual(TokenState.phase(TokenState.initial, now, policy), "absent")
    assert.strictEqual(read(TokenState.initial), "renew")
    assert.strictEqual(TokenState.requestWait(TokenState.initial, now, 200), 0)
  })
})
