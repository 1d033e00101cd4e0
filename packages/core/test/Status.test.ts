import { assert, describe, it } from "@effect/vitest"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as TokenProvider from "../src/TokenProvider.js"
import { inTime, platform } from "./platform.js"

const services = Effect.all({ provider: TokenProvider.TokenProvider, sandbox: Sandbox.Sandbox })

const slow = { latency: "1 second" } as const

describe("the status", () => {
  it.effect("names the phase that a read would meet, and holds no secret", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* services
      const phase = Effect.map(provider.status, (status) => status.phase)
      assert.strictEqual(yield* phase, "absent")
      const caller = yield* Effect.fork(provider.accessToken)
      yield* TestClock.adjust("500 millis")
      assert.strictEqual(yield* phase, "renewing")
      const token = yield* inTime(Fiber.join(caller))
      assert.strictEqual(yield* phase, "fresh")
      yield* TestClock.adjust("23 hours")
      yield* TestClock.adjust("35 minutes")
      assert.strictEqual(yield* phase, "due")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* phase, "expired")
      yield* inTime(provider.accessToken)
      yield* provider.invalidate(yield* provider.accessToken)
      assert.strictEqual(yield* phase, "rejected")
      yield* sandbox.inject("refresh", ...Arr.replicate(Fault.status(503), 4))
      yield* sandbox.inject("acquire", ...Arr.replicate(Fault.status(503), 4))
      yield* Effect.flip(inTime(provider.accessToken))
      const status = yield* provider.status
      assert.strictEqual(status.phase, "cooling")
      assert.isTrue(Option.exists(status.lastFailure, ({ _tag }) => _tag === "UnexpectedResponse"))
      assert.isTrue(DateTime.lessThan(yield* DateTime.now, Option.getOrThrow(status.nextTryAt)))
      assert.notInclude(JSON.stringify(status), Redacted.value(token.value))
    }).pipe(Effect.provide(platform({}, slow))))

  it.effect("is a stream of each change", () =>
    Effect.gen(function*() {
      const { provider } = yield* services
      const seen = yield* Ref.make<ReadonlyArray<string>>([])
      const observer = yield* Effect.fork(
        Stream.runForEach(provider.changes, ({ generation, phase }) =>
          Ref.update(seen, (all) => [...all, `${phase} ${generation}`]))
      )
      yield* Effect.yieldNow()
      yield* inTime(provider.accessToken)
      yield* TestClock.adjust("1 second")
      yield* provider.invalidate(yield* provider.accessToken)
      yield* inTime(provider.accessToken)
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(observer)
      assert.deepStrictEqual(Arr.dedupeAdjacent(yield* Ref.get(seen)), [
        "absent 0",
        "renewing 0",
        "fresh 1",
        "rejected 1",
        "renewing 1",
        "fresh 2"
      ])
    }).pipe(Effect.provide(platform({}, slow))))
})
