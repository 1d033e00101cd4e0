import { assert, describe, it, vi } from "@effect/vitest"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import * as Arr from "effect/Array"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { daily, UnknownDay, visits } from "../examples/call-a-report.js"
import { answered, refused } from "../examples/calls-in-a-test.js"
import { advice } from "../examples/every-failure.js"
import { test } from "../examples/fault-in-a-test.js"
import * as replaced from "../examples/hand-written-replaced.js"
import * as handWritten from "../examples/hand-written.js"
import { visitsOf } from "../examples/http-api.js"
import { emulated, failing, fixed } from "../examples/layers-in-a-test.js"
// Its test runs with those of this file.
import "../examples/recipes/test-of-a-report.js"
import { reports } from "../examples/settings-of-a-program.js"
import { report } from "../examples/token-in-a-program.js"
import { account } from "../examples/variables-in-a-test.js"
import * as JindouyunError from "../src/JindouyunError.js"
import * as PlatformClient from "../src/PlatformClient.js"
import * as TokenProvider from "../src/TokenProvider.js"
import { inTime, platform } from "./platform.js"
import { withEnvironment } from "./utils.js"

const common = { endpoint: "/api/access_token", attempts: 1, disposition: "fatal" } as const

const ofCode = (code: number) => JindouyunError.fromReturnCode({ ...common, code, returnMessage: "words", status: 200 })

describe("examples", () => {
  it.scopedLive("hand-written code logs in for each caller and sends each wrong password; its replacement sends one of both", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      const { url } = yield* SandboxServer.SandboxServer
      // The runtime of the replacement is outside this test, and logs the refusal.
      yield* Effect.acquireRelease(
        Effect.sync(() => vi.spyOn(console, "log").mockReturnValue()),
        (spy) => Effect.sync(() => spy.mockRestore())
      )
      const days = Arr.range(1, 5).map((day) => `2030-01-0${day}`)
      const acquisitions = (password: string, visits: (day: string) => Promise<number>) =>
        Effect.gen(function*() {
          yield* sandbox.clear
          yield* withEnvironment({
            JINDOUYUN_BASE_URL: url,
            JINDOUYUN_USERNAME: "user1",
            JINDOUYUN_PASSWORD: password,
            JINDOUYUN_COOLDOWN: "1",
            JINDOUYUN_MIN_REQUEST_INTERVAL: "0"
          })
          const answers = yield* Effect.promise(() => Promise.allSettled(days.map(visits)))
          yield* Effect.promise(() => visits("2030-01-06").catch(() => -1))
          return [(yield* sandbox.requests).acquire, answers.filter(({ status }) => status === "fulfilled").length]
        })
      assert.deepStrictEqual(yield* acquisitions("wrong", handWritten.visits), [6, 0])
      assert.deepStrictEqual(yield* acquisitions("wrong", replaced.visits), [1, 0])
      assert.deepStrictEqual(yield* acquisitions("pass1", handWritten.visits), [5, 5])
      assert.deepStrictEqual(yield* acquisitions("pass1", replaced.visits), [1, 5])
      yield* Effect.promise(() => replaced.close())
    }).pipe(
      Effect.provide(SandboxServer.layer({
        reports: { "/api/report/daily": () => ({ data: { visits: 7 } }) },
        revokeOnAcquire: false
      }))
    ))

  it.effect("call a report: its data, and each of its codes, against the sandbox", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      assert.strictEqual(yield* visits("2030-01-01"), 7)
      yield* sandbox.inject("report", Fault.returnCode(41002), Fault.returnCode(40000))
      assert.strictEqual(yield* visits("2030-01-01"), 0)
      assert.strictEqual((yield* Effect.flip(visits("2030-01-01")))._tag, "InvalidParameter")
    }).pipe(
      Effect.provide(platform({}, { reports: { "/api/report/daily": () => ({ data: { visits: 7 } }) } }))
    ))

  it.effect("a token in a program: a rejected token is renewed, and a rejection is never a success", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      for (const rejection of [Fault.returnCode(40003), Fault.status(401)]) {
        yield* sandbox.inject("report", rejection)
        assert.deepInclude(yield* inTime(report), { data: { visits: 7 } })
        yield* TestClock.adjust("1 second")
      }
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 2, report: 4 })
      yield* sandbox.inject("report", Fault.returnCode(40003), Fault.returnCode(40003))
      assert.strictEqual((yield* Effect.flip(inTime(report)))._tag, "TokenRejected")
    }).pipe(Effect.provide(platform({}, { reports: { "/api/report": () => ({ data: { visits: 7 } }) } }))))

  it.effect("an HttpApi: its calls carry the token, which is renewed if it is rejected", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      assert.strictEqual(yield* visitsOf("2030-01-01"), 7)
      for (const rejection of [Fault.returnCode(40003), Fault.status(401)]) {
        yield* sandbox.inject("report", rejection)
        assert.strictEqual(yield* inTime(visitsOf("2030-01-01")), 7)
        yield* TestClock.adjust("1 second")
      }
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 2, report: 5 })
    }).pipe(Effect.provide(platform({}, {
      reports: { "/api/report/daily": ({ query }) => ({ data: { visits: query.day === "2030-01-01" ? 7 : 0 } }) }
    }))))

  it.effect("layers in a test: the same program under each of them", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* fixed, "signed in, generation 1")
      assert.match(yield* failing, /^not signed in: Nothing listens/)
      assert.strictEqual(yield* emulated, "signed in, generation 1")
    }))

  it.effect("calls in a test: the handler answers, and its failure is handled as one of the platform", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* answered, 10)
      assert.strictEqual(yield* refused, 0)
    }))

  it.effect("a fault in a test: the second acquisition gets a token that the platform accepts", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* inTime(test), { accepted: true, requests: { acquire: 2, refresh: 0, report: 0 } })
    }))

  it.effect("variables in a test: the account signs in without a change of the environment", () =>
    Effect.gen(function*() {
      const { accessToken } = yield* TokenProvider.TokenProvider
      const { accepts } = yield* Sandbox.Sandbox
      assert.isTrue(yield* accepts((yield* accessToken).value))
    }).pipe(Effect.provide(Layer.provideMerge(account, Sandbox.layerHttpClient()))))

  it.scopedLive("settings of a program: its own variables are read, and a missing one is named", () =>
    Effect.gen(function*() {
      const variables = (values: Readonly<Record<string, string>>) =>
        Layer.provide(reports, Layer.setConfigProvider(ConfigProvider.fromJson(values)))
      const missing = yield* Effect.flip(Layer.build(variables({ REPORTS_USER: "user1" })))
      assert.match(missing.message, /REPORTS_PASSWORD/)
      const { account } = yield* Effect.provide(
        TokenProvider.TokenProvider,
        variables({ REPORTS_USER: "user1", REPORTS_PASSWORD: "pass1", REPORTS_TIMEOUT: "5 seconds" })
      )
      assert.strictEqual(account, "user1")
    }))

  it.effect("every failure: each error of a call has its advice", () => {
    const failures: ReadonlyArray<JindouyunError.TokenError | UnknownDay> = [
      ...[30005, 40000, 40001, 40003, 50000, 50001, 12345].map(ofCode),
      new JindouyunError.TransportFailure({ ...common, reason: "reset", delivery: "ambiguous" }),
      new JindouyunError.UnexpectedResponse({ ...common, reason: "status", status: 404, delivery: "ambiguous" }),
      new JindouyunError.StoreFailure({ operation: "load", detail: "gone" }),
      new JindouyunError.CredentialsUnavailable({ detail: "gone" }),
      new JindouyunError.ProviderClosed({ delivery: "unsent" }),
      new UnknownDay({ code: 41002, returnMessage: "", endpoint: daily.path })
    ]
    const advised = (outcome: Effect.Effect<{ readonly visits: number }, typeof failures[number]>) =>
      Effect.provide(
        advice,
        PlatformClient.layerTest({ "/api/report/daily": PlatformClient.handle(daily, () => outcome) })
      )
    return Effect.gen(function*() {
      const advices = yield* Effect.forEach(failures, (failure) => advised(Effect.fail(failure)))
      assert.lengthOf(Arr.dedupe([...advices, "7 visits"]), failures.length + 1)
      assert.strictEqual(yield* advised(Effect.succeed({ visits: 7 })), "7 visits")
    })
  })
})
