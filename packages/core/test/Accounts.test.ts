import { assert, describe, it } from "@effect/vitest"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Report from "@jindouyun/sandbox/Report"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { VirtualClock } from "../../simulation/world/VirtualClock.js"
import * as Accounts from "../src/Accounts.js"
import * as Endpoint from "../src/Endpoint.js"
import * as JindouyunConfig from "../src/JindouyunConfig.js"
import { inTime } from "./platform.js"
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

  it.effect("remember a refusal each", () =>
    Effect.gen(function*() {
      const { accounts } = yield* services
      assert.strictEqual((yield* Effect.flip(accounts.get("locked-out").accessToken))._tag, "AuthenticationFailed")
      yield* accounts.get("one").accessToken
      yield* inTime(Effect.flip(accounts.get("locked-out").accessToken))
      assert.strictEqual(yield* acquisitions, 2)
    }).pipe(Effect.provide(world())))

  it.effect("look their credentials up at each need, so that a changed password is sent", () =>
    Effect.gen(function*() {
      const passwords = new Map([["one", "wrong"]])
      const changing = Accounts.layer((account) =>
        Effect.succeed({ ...right, password: Redacted.make(passwords.get(account) ?? "") })
      ).pipe(
        Layer.provide(JindouyunConfig.layer()),
        Layer.provideMerge(Sandbox.layerHttpClient()),
        Layer.orDie
      )
      yield* Effect.gen(function*() {
        const { accounts } = yield* services
        const { accessToken } = accounts.get("one")
        assert.strictEqual((yield* Effect.flip(accessToken))._tag, "AuthenticationFailed")
        passwords.set("one", "pass1")
        yield* TestClock.adjust("1 minute")
        yield* accessToken
        assert.strictEqual(yield* acquisitions, 2)
      }).pipe(Effect.provide(changing))
    }))

  it.effect("fail with CredentialsUnavailable if the lookup throws", () =>
    Effect.gen(function*() {
      const throwing = Accounts.layer((): Effect.Effect<typeof right> => {
        throw new Error("pass1")
      }).pipe(
        Layer.provide(JindouyunConfig.layer()),
        Layer.provideMerge(Sandbox.layerHttpClient()),
        Layer.orDie
      )
      yield* Effect.gen(function*() {
        const { accounts } = yield* services
        const failure = yield* Effect.flip(accounts.get("one").accessToken)
        assert.strictEqual(failure._tag, "CredentialsUnavailable")
        assert.notInclude(failure.message, "pass1")
        assert.strictEqual(yield* acquisitions, 0)
      }).pipe(Effect.provide(throwing))
    }))

  it.effect("share one budget, calls and requests alike", () =>
    Effect.gen(function*() {
      const { accounts, sandbox } = yield* services
      yield* sandbox.inject("acquire", Fault.returnCode(50000), ...Array.from({ length: 3 }, () => Fault.html502))
      yield* inTime(accounts.get("one").accessToken.pipe(Effect.exit))
      yield* sandbox.inject("report", Fault.returnCode(50000))
      const failure = yield* Effect.flip(inTime(accounts.client("other").call(echo)()))
      assert.deepInclude({ ...failure }, { _tag: "ServerFailure", attempts: 1 })
    }).pipe(Effect.provide(world({ retryBudget: 15 }))))

  it.effect("need no timer, however many there are", () => {
    const clock = new VirtualClock(start)
    return Effect.gen(function*() {
      const { accounts } = yield* services
      for (let n = 0; n < 1000; n++) {
        yield* accounts.get(`account ${n}`).accessToken
      }
      assert.strictEqual(yield* acquisitions, 1000)
      // The last renewal is still on its way to the ground, with its deadline.
      yield* Effect.replicateEffect(Effect.yieldNow(), 100)
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
