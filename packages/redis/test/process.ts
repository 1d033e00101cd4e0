/** A process that uses the store at a port, waits to be told to end, and says so. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as RedisTokenStore from "../src/RedisTokenStore.js"

const told = Effect.async<void>((resume) => {
  process.stdin.once("data", () => resume(Effect.void))
})

const say = (word: string) => Effect.sync(() => process.stdout.write(`${word}\n`))

Effect.gen(function*() {
  const store = yield* RedisTokenStore.make({ url: Redacted.make(`redis://127.0.0.1:${process.argv[2]}`) })
  yield* store.load("an account")
  yield* say("used")
  yield* told
}).pipe(Effect.scoped, Effect.zipRight(say("closed")), Effect.runPromise)
