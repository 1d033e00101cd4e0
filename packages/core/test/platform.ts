import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Jindouyun from "../src/Jindouyun.js"

/** A provider over the sandbox in memory; the sandbox is there too, to be steered and asked. */
export const platform = (settings: Partial<Jindouyun.Options> = {}, sandbox: Sandbox.Options = {}) =>
  Jindouyun.layer({ username: "user1", password: Redacted.make("pass1"), ...settings }).pipe(
    Layer.provideMerge(Sandbox.layerHttpClient(sandbox))
  )

/** Lets virtual time go by in small steps until the effect is done: a renewal sleeps many times in a row. */
export const inTime = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    yield* Effect.yieldNow()
    while (fiber.unsafePoll() === null) {
      yield* TestClock.adjust("100 millis")
    }
    return yield* Fiber.join(fiber)
  })
