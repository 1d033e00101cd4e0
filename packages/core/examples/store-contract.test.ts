import { it } from "@effect/vitest"
import { TokenStore } from "@jindouyun/core"
import * as StoreContract from "@jindouyun/sandbox/StoreContract"
import { Effect } from "effect"

for (const { name, run } of StoreContract.cases.filter(({ needs }) => needs === undefined)) {
  it.scopedLive(name, () =>
    Effect.gen(function*() {
      const memory = yield* TokenStore.makeMemory
      // `store` makes the store of one process. A case runs it several times, over one backend.
      yield* run({ store: Effect.succeed(memory) })
    }))
}
