// A process that loads the records of some accounts with the library for Effect 4, and saves each record again.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Store } from "../../simulation/runs/fleet/protocol.js"
import * as TokenStore from "../src/TokenStore.js"
import * as stores from "./stores.js"

const [storeAsJson = "", baseUrl = "", ...accounts] = process.argv.slice(2)
const store: Store = JSON.parse(storeAsJson)

const rewrite = (account: string) =>
  Effect.gen(function*() {
    const { lease, load, save } = yield* TokenStore.TokenStore
    const key = TokenStore.keyOf(baseUrl, account)
    const record = Option.getOrThrow(yield* load(key))
    const held = yield* lease(key, Duration.seconds(10))
    if (Option.isNone(held) || !(yield* save(key, record, held))) {
      return yield* Effect.die(`the record of ${account} was not saved`)
    }
    yield* held.value.release
  })

await Effect.runPromise(Effect.provide(Effect.forEach(accounts, rewrite), stores.layer(store)))
