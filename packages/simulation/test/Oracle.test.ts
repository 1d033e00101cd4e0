import { assert, describe, it } from "@effect/vitest"
import type { Command, Setup, Step } from "../world/History.js"
import type { Answer, Fault } from "../world/Platform.js"
import * as World from "../world/World.js"

const setup: Setup = {
  seed: 0,
  store: "none",
  storeLatency: 0,
  acquireWithoutStore: false,
  yields: "none",
  random: "seeded",
  refreshTokens: "once",
  earlyRefresh: "accepted",
  acquireRevokesOlder: false,
  latency: 0,
  retryBudget: 500,
  cooldown: 1000,
  lifetimes: { access: 86_400_000, refresh: 2_592_000_000, early: 0, margin: 0 }
}

const read: Command = { do: "read", on: 0, callers: 1, yields: false, rejects: false }
const advance = (millis: number): Command => ({ do: "advance", millis })
const all = (command: Command): Step => ({ command, tasks: "all" })
const faults = (...answers: ReadonlyArray<Answer>): Command => ({
  do: "faults",
  faults: answers.map((answer) => ({ answer, acts: false, latency: 0, retryAfter: undefined }))
})
const failing = (latency: number): Fault => ({
  answer: { _tag: "code", code: 50000 },
  acts: false,
  latency,
  retryAfter: undefined
})
const hang: Answer = { _tag: "hang" }
const code50000: Answer = { _tag: "code", code: 50000 }

describe("the oracle", () => {
  it("allows for a store without a pair after a refresh that brought the rejected token back to a closing provider", () => {
    const { requests, violation } = World.run({
      setup: { ...setup, store: "memory", earlyRefresh: "samePair" },
      steps: [
        all(read),
        all({ do: "invalidate", on: 0, age: 0 }),
        all(advance(16_000)),
        // Up to the wait before the acquisition.
        { command: read, tasks: 40 },
        all({ do: "close", on: 0 }),
        all({ do: "start", on: 0 })
      ]
    })
    assert.isUndefined(violation)
    assert.strictEqual(requests, 3)
  })

  it("allows for a renewal that a turned clock began, and that lasts until the clock has caught up", () => {
    const { requests, violation } = World.run({
      setup,
      steps: [
        all(read),
        all(faults(hang, hang, hang)),
        all({ do: "turn", millis: -30_000 }),
        all(advance(6000)),
        all(read),
        all(advance(60_000))
      ]
    })
    assert.isUndefined(violation)
    assert.strictEqual(requests, 5)
  })
  it("allows for a provider that remembers an older refusal than the store had before a reset", () => {
    const { violation } = World.run({
      setup: { ...setup, store: "memory" },
      steps: [
        all({ do: "start", on: 0 }),
        all(faults({ _tag: "code", code: 40001 })),
        all({ do: "reset", on: 0, reads: true }),
        all({ ...read, on: 1 }),
        all(faults({ _tag: "status", status: 403 }, { _tag: "code", code: 40003 })),
        all({ do: "reset", on: 0, reads: true }),
        all(advance(86_400_000)),
        all(read),
        all({ do: "reset", on: 0, reads: false }),
        all({ ...read, on: 1 })
      ]
    })
    assert.isUndefined(violation)
  })
  it("allows for a forced refresh that reads the store before another provider has saved its pair", () => {
    const violations = Array.from({ length: 60 }, (_, tasks) =>
      World.run({
        setup: { ...setup, store: "memory" },
        steps: [all({ do: "start", on: 0 }), { command: read, tasks }, all({ do: "refresh", on: 1, yields: false })]
      }).violation)
    assert.deepStrictEqual(violations, violations.map(() => undefined))
  })
  it("allows for a pair that a turned clock put into the future, and that another provider dates like its older pair", () => {
    const { requests, violation } = World.run({
      setup: { ...setup, store: "memory" },
      steps: [
        all({ do: "start", on: 0 }),
        all(read),
        // Just before the refresh token expires.
        all({ do: "approach", on: 0, instant: 3, by: -1 }),
        // Provider 1 refreshes, and provider 0 waits for the lease.
        { command: { ...read, on: 1 }, tasks: 8 },
        all(read),
        all({ do: "faults", faults: [22_000, 9000, 14_000, 14_000].map(failing) }),
        all({ do: "turn", millis: -86_400_000 }),
        all({ ...read, on: 1 }),
        all({ do: "approach", on: 1, instant: 0, by: -1 })
      ]
    })
    assert.isUndefined(violation)
    assert.strictEqual(requests, 7)
  })

  it("allows for a refresh token that another provider received again after an ambiguous refresh", () => {
    const { requests, violation } = World.run({
      setup: {
        ...setup,
        store: "memory",
        earlyRefresh: "samePair",
        lifetimes: { access: 86_400_000, refresh: 2_592_000_000 }
      },
      steps: [
        all(read),
        all({ do: "start", on: 0 }),
        all(faults({ _tag: "reset" }, code50000, code50000, code50000)),
        all({ do: "approach", on: 0, instant: 0, by: 0 }),
        all(read),
        all({ ...read, on: 1 }),
        all({ do: "approach", on: 0, instant: 5, by: -1 }),
        all({ do: "refresh", on: 0, yields: false }),
        all({ do: "revoke", what: "allTokens" }),
        all({ do: "refresh", on: 0, yields: false })
      ]
    })
    assert.isUndefined(violation)
    assert.strictEqual(requests, 7)
  })

  it("allows for a stored refusal that a turned clock dates before the unsaved pair of another provider", () => {
    const { requests, violation } = World.run({
      setup: {
        ...setup,
        store: "memory",
        latency: 1500,
        lifetimes: { access: 86_400_000, refresh: 2_592_000_000 }
      },
      steps: [
        all(read),
        all({ do: "turn", millis: -86_400_000 }),
        all(faults({ _tag: "code", code: 40003 }, { _tag: "code", code: 40003 })),
        all({ do: "start", on: 0 }),
        all({ do: "reset", on: 1, reads: false }),
        all(advance(43_200_000)),
        all({ ...read, on: 1 }),
        all(read)
      ]
    })
    assert.isUndefined(violation)
    assert.strictEqual(requests, 4)
  })

  it("allows for a forced refresh that starts a second renewal after a turned clock made the stored pair valid", () => {
    const { requests, violation } = World.run({
      setup: { ...setup, store: "memory", lifetimes: { access: 86_400_000, refresh: 2_592_000_000 } },
      steps: [
        all({ do: "everyFault", fault: { answer: hang, acts: false, latency: 0, retryAfter: undefined } }),
        all({ do: "start", on: 0 }),
        all({
          do: "faults",
          faults: [{ answer: { _tag: "honest" }, acts: true, latency: 0, retryAfter: undefined }]
        }),
        all(read),
        all(advance(86_400_000)),
        all(read),
        all({ do: "refresh", on: 1, yields: false }),
        all(advance(1000)),
        all({ do: "turn", millis: -86_400_000 }),
        all({ do: "approach", on: 0, instant: 0, by: -1 })
      ]
    })
    assert.isUndefined(violation)
    assert.strictEqual(requests, 6)
  })
})
