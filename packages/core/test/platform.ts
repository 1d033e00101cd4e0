import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Jindouyun from "../src/Jindouyun.js"
import * as TokenProvider from "../src/TokenProvider.js"
import * as TokenStore from "../src/TokenStore.js"

/** A provider over the sandbox in memory; the sandbox is there too, to be steered and asked. */
export const platform = (settings: Partial<Jindouyun.Options> = {}, sandbox: Sandbox.Options = {}) =>
  Jindouyun.layer({ username: "user1", password: Redacted.make("pass1"), ...settings }).pipe(
    Layer.provideMerge(Sandbox.layerHttpClient(sandbox))
  )

/** Moves the test clock from one sleep to the next until the effect ends: a renewal sleeps many times in a row. */
export const inTime = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    // Without a step of time the clock still waits until every fiber sleeps or has ended.
    yield* TestClock.adjust(0)
    while (fiber.unsafePoll() === null) {
      const sleeps = yield* TestClock.sleeps()
      yield* Chunk.isEmpty(sleeps) ? TestClock.adjust(0) : TestClock.setTime(Math.min(...sleeps))
    }
    return yield* Fiber.join(fiber)
  })

/** A provider of its own over a store and the platform in the context, as a process of a fleet has it. */
export const providerOver = (store: TokenStore.Service, settings: Partial<Jindouyun.Options> = {}) =>
  Effect.map(
    Layer.build(
      Layer.fresh(Jindouyun.layer({
        username: "user1",
        password: Redacted.make("pass1"),
        store: Layer.succeed(TokenStore.TokenStore, store),
        ...settings
      }))
    ),
    Context.get(TokenProvider.TokenProvider)
  )
