import { assert, describe, it } from "@effect/vitest"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Report from "@jindouyun/sandbox/Report"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Accounts from "../src/Accounts.js"
import * as Endpoint from "../src/Endpoint.js"
import * as JindouyunConfig from "../src/JindouyunConfig.js"
import { inTime } from "./platform.js"
import { WorldClock } from "./simulation/WorldClock.js"
import { start } from "./utils.js"

const right = { username: "user1", password: Redacted.make("pass1") }

/** Every account but `locked-out` has the one acquisition of the sandbox, which tells them apart by nothing. */
const world = (settings: JindouyunConfig.Options = {}) =>
  Accounts.layer((account) =>
    Effect.succeed(account === "locked-out" ? { ...right, password: Redacted.make("wrong") } : right)
  ).pipe(
    Layer.provide(JindouyunConfig.layer(settings)),
    Layer.provideMerge(Sandbox.layerHttpClient({ revokeOnAcquire: false, revokeOnRefresh: false })),
    Layer.orDie
  )

const services = Effect.all({ accounts: Accounts.Accounts, sandbox: Sandbox.Sandbox })

const echo = Endpoint.make({ path: Report.echoPath, data: Schema.Unknown, idempotent: true })

const acquisitions = Effect.map(Effect.flatMap(Sandbox.Sandbox, ({ requests }) => requests), ({ acquire }) => acquire)

describe("accounts", () => {
  it.effect("have a token each, and the same one under the same name", () =>
    Effect.gen(function*() {
      const { accounts } = yield* services
      const one = yield* accounts.get("one").accessToken
      assert.deepStrictEqual(yield* accounts.get("one").accessToken, one)
      const other = yield* accounts.get("other").accessToken
      assert.notStrictEqual(Redacted.value(other.value), Redacted.value(one.value))
      yield* accounts.client("one").call(echo)()
      assert.strictEqual(yield* acquisitions, 2)
    }).pipe(Effect.provide(world())))

  it.effect("ask for nothing before they are used", () =>
    Effect.gen(function*() {
      const { accounts } = yield* services
      accounts.get("one")
      accounts.client("other")
      assert.strictEqual((yield* accounts.get("one").status).phase, "absent")
      assert.strictEqual(yield* acquisitions, 0)
    }).pipe(Effect.provide(world())))

  it.effect("have a refusedCredentials each", () =>
    Effect.gen(function*() {
      const { accounts } = yield* services
      assert.strictEqual((yield* Effect.flip(accounts.get("locked-out").accessToken))._tag, "AuthenticationFailed")
      yield* accounts.get("one").accessToken
      yield* inTime(Effect.flip(accounts.get("locked-out").accessToken))
      assert.strictEqual(yield* acquisitions, 2)
    }).pipe(Effect.provide(world())))

  it.effect("share one budget, calls and requests alike", () =>
    Effect.gen(function*() {
      const { accounts, sandbox } = yield* services
      yield* sandbox.inject("acquire", Fault.returnCode(50000), ...Array.from({ length: 3 }, () => Fault.html502))
      yield* inTime(accounts.get("one").accessToken.pipe(Effect.exit))
      yield* sandbox.inject("report", Fault.returnCode(50000))
      const failure = yield* Effect.flip(inTime(accounts.client("other").call(echo)()))
      assert.deepInclude({ ...failure }, { _tag: "ServerFailure", attempts: 1 })
    }).pipe(Effect.provide(world({ retryBudget: 15 }))))

  it.effect("that nobody has used for the life of a token are released, and come back as they were made", () =>
    Effect.gen(function*() {
      const { accounts } = yield* services
      const one = accounts.get("one")
      yield* one.accessToken
      const phases = yield* Effect.fork(Stream.runCollect(Stream.map(one.changes, ({ phase }) => phase)))
      yield* Effect.yieldNow()
      for (const account of ["other", "locked-out"]) {
        yield* Effect.exit(accounts.get(account).accessToken)
      }
      yield* TestClock.adjust("24 hours")
      yield* inTime(accounts.get("other").accessToken)
      yield* TestClock.adjust("24 hours")
      yield* inTime(accounts.get("other").accessToken)
      assert.strictEqual([...(yield* inTime(Fiber.join(phases)))].at(-1), "closed")
      assert.strictEqual((yield* one.status).phase, "absent")
      assert.strictEqual((yield* accounts.get("locked-out").status).phase, "credentialsRefused")
      assert.strictEqual((yield* inTime(one.accessToken)).generation, 1)
    }).pipe(Effect.provide(world())))

  it.effect("that the platform has asked to be left alone by are not, however short their tokens live", () =>
    Effect.gen(function*() {
      const { accounts, sandbox } = yield* services
      yield* sandbox.inject("acquire", Fault.status(503, { retryAfter: 3600 }))
      assert.strictEqual((yield* Effect.flip(inTime(accounts.get("one").accessToken)))._tag, "UnexpectedResponse")
      for (let n = 0; n < 5; n++) {
        yield* TestClock.adjust("10 minutes")
        yield* accounts.get("other").status
      }
      assert.isTrue(Option.isSome((yield* accounts.get("one").status).nextTryAt))
      yield* Effect.flip(accounts.get("one").accessToken)
      assert.strictEqual(yield* acquisitions, 1)
    }).pipe(Effect.provide(world({ accessTokenLifetime: "1 minute" }))))

  it.effect("that are used now and then are not", () =>
    Effect.gen(function*() {
      const { accounts } = yield* services
      yield* accounts.get("one").accessToken
      for (let n = 0; n < 4; n++) {
        yield* TestClock.adjust("23 hours")
        yield* inTime(accounts.get("one").accessToken)
        yield* accounts.get(`${n}`).accessToken
      }
      assert.strictEqual((yield* accounts.get("one").accessToken).generation, 3)
    }).pipe(Effect.provide(world())))

  it.effect("need no timer, however many there are", () => {
    const clock = new WorldClock(start)
    return Effect.gen(function*() {
      const { accounts } = yield* services
      for (let n = 0; n < 1000; n++) {
        yield* accounts.get(`account ${n}`).accessToken
      }
      assert.strictEqual(yield* acquisitions, 1000)
      // The last renewal is still on its way to the ground, with its deadline.
      yield* Effect.repeatN(Effect.yieldNow(), 100)
      assert.strictEqual(clock.sleepers, 0)
    }).pipe(Effect.provide(world()), Effect.withClock(clock))
  }, 30_000)

  it.effect("close with their scope", () =>
    Effect.gen(function*() {
      const one = yield* Effect.provide(
        Effect.flatMap(
          Accounts.Accounts,
          (accounts) => Effect.as(accounts.get("one").accessToken, accounts.get("one"))
        ),
        world()
      )
      assert.strictEqual((yield* Effect.flip(one.accessToken))._tag, "ProviderClosed")
    }))
})
