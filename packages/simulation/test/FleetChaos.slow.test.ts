import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as RedisServer from "../../redis/test/redisServer.js"
import * as Chaos from "../runs/fleet/chaos.js"
import * as Processes from "../runs/fleet/processes.js"
import type { Store } from "../runs/fleet/protocol.js"

const play = (store: Store["_tag"], options: Chaos.Options) =>
  Processes.folder.pipe(
    Effect.flatMap(Processes.bundle),
    Effect.flatMap((program) => Chaos.play({ program, processes: 4, store }, options)),
    Effect.scoped
  )

for (const store of ["File", "Redis"] as const) {
  describe.skipIf(store === "Redis" && !RedisServer.isInstalled)(`four processes under chaos, store ${store}`, () => {
    it.live(
      "on Effect 3 and Effect 4 overlap for no other cause than a pause or a lost lease, and share one pair afterwards",
      () =>
        Effect.gen(function*() {
          const seen = yield* play(store, { seconds: 8, seed: 3, isMixed: true })
          assert.deepStrictEqual(seen.broken, [])
          assert.isAbove(seen.kills + seen.pauses.short + seen.pauses.long, 0)
          assert.isAbove(seen.acquisitions + seen.refreshes, 1)
          assert.isAbove(seen.saves.kept + seen.saves.lost, 0)
        }),
      180_000
    )

    it.live.each(
      [
        [
          "leaseGrantedTwice",
          /token requests of process \d+ \(\w+, \d+ to (\d+ ms|the end)\) and process \d+ \(\w+, .*\) overlapped: both held a lease, and the store had lost none/
        ],
        ["saveNotKept", /process \d+ reported pair \d+ as saved; afterwards the store held pair \d+/],
        [
          "clearWithoutFence",
          /process \d+ reset the account; afterwards the store held pair \d+, which was issued before/
        ]
      ] as const
    )("are found out if their store is broken: %s", ([mutant, found]) =>
      Effect.gen(function*() {
        const { broken } = yield* play(store, {
          seconds: 100,
          seed: 1,
          mutant,
          ...(mutant === "clearWithoutFence" ? { resetShare: 0.5 } : {})
        })
        assert.match(broken.join("\n"), found)
      }), 180_000)
  })
}
