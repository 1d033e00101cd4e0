/**
 * The platform is in memory, and its clock is the clock of the test. A function answers the report, and a fault replaces the
 * next answer.
 */
import { assert, it } from "@effect/vitest"
import { Jindouyun } from "@jindouyun/core"
import { Fault, Sandbox } from "@jindouyun/sandbox"
import { Effect, Layer, Redacted } from "effect"
import { visits } from "../call-a-report.js"

const platform = Jindouyun.layer({ username: "user1", password: Redacted.make("pass1") }).pipe(
  Layer.provideMerge(Sandbox.layerHttpClient({ reports: { "/api/report/daily": () => ({ data: { visits: 7 } }) } }))
)

it.effect("an unknown day has no visits", () =>
  Effect.gen(function*() {
    assert.strictEqual(yield* visits("2030-01-01"), 7)
    const { inject } = yield* Sandbox.Sandbox
    yield* inject("report", Fault.returnCode(41002))
    assert.strictEqual(yield* visits("2030-02-30"), 0)
  }).pipe(Effect.provide(platform)))
