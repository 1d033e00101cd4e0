import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Report from "@jindouyun/sandbox/Report"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import type * as Tracer from "effect/Tracer"
import * as Accounts from "../src/Accounts.js"
import * as Endpoint from "../src/Endpoint.js"
import { accountKey } from "../src/internal/digest.js"
import * as Jindouyun from "../src/Jindouyun.js"
import * as JindouyunConfig from "../src/JindouyunConfig.js"
import * as PlatformClient from "../src/PlatformClient.js"
import * as TokenProvider from "../src/TokenProvider.js"
import { observedTracer } from "./edition/observedTracer.js"
import { annotationsOf, series } from "./edition/telemetry.js"
import { inTime, platform } from "./platform.js"
import { withEnvironment } from "./utils.js"

class QuotaExceeded extends Data.TaggedError("QuotaExceeded")<Endpoint.Refusal> {}

const echo = Endpoint.make({ path: Report.echoPath, data: Schema.Unknown, idempotent: true })

/** Another name for each test, for metrics live as long as the process. */
const key = (account: string) => accountKey("https://jdy.cigdata.cn", account)

const recording = () => {
  const spans: Array<Tracer.Span> = []
  const tracer = observedTracer((span) => spans.push(span))
  return { spans, tracer }
}

const attributesOf = (
  spans: ReadonlyArray<Tracer.Span>,
  name: string
): ReadonlyArray<Readonly<Record<string, unknown>>> =>
  spans.filter((span) => span.name === name).map(({ attributes, kind }) => ({
    kind,
    ...Object.fromEntries(attributes)
  }))

const counted = Effect.map(
  series,
  (all) => (name: string, labels: Readonly<Record<string, string>>) =>
    all.flatMap((each) =>
      each.name === name && Object.entries(labels).every(([key, value]) => each.labels[key] === value)
        ? [each.state]
        : []
    )
)

describe("what can be watched", () => {
  it.effect("a span for each operation, with the attributes that are documented and no other", () => {
    const { spans, tracer } = recording()
    return Effect.gen(function*() {
      const client = yield* PlatformClient.PlatformClient
      const sandbox = yield* Sandbox.Sandbox
      yield* client.call(echo)()
      yield* sandbox.revoke("accessTokens")
      yield* sandbox.inject("refresh", Fault.html502)
      yield* inTime(client.call(echo)())
      yield* sandbox.inject("report", Fault.refuse({ code: 41009, status: 400 }))
      yield* Effect.flip(client.call(echo)())

      const account = { "jindouyun.account": "user1" }
      const call = { kind: "client", "http.request.method": "POST", "jindouyun.endpoint": Report.echoPath, ...account }
      const success = { "jindouyun.return_code": 20000, "http.response.status_code": 200 }
      const first = { "jindouyun.attempt": 1, "jindouyun.replayed": false, ...success }
      assert.deepStrictEqual(attributesOf(spans, "PlatformClient.call"), [
        { ...call, ...first, "jindouyun.generation": 1 },
        { ...call, ...first, "jindouyun.generation": 2, "jindouyun.attempt": 2, "jindouyun.replayed": true },
        {
          ...call,
          ...first,
          "jindouyun.generation": 2,
          "jindouyun.return_code": 41009,
          "http.response.status_code": 400,
          "error.type": "UnrecognizedReturnCode"
        }
      ])
      const request = { kind: "client", "http.request.method": "POST", ...account }
      assert.deepStrictEqual(attributesOf(spans, "TokenApi.acquire"), [
        { ...request, "jindouyun.endpoint": "/api/access_token", ...success }
      ])
      assert.deepStrictEqual(attributesOf(spans, "TokenApi.refresh"), [
        {
          ...request,
          "jindouyun.endpoint": "/api/refresh_token",
          "error.type": "UnexpectedResponse",
          "http.response.status_code": 502,
          "jindouyun.attempt": 1
        },
        { ...request, "jindouyun.endpoint": "/api/refresh_token", ...success }
      ])
      const renewal = { kind: "internal", ...account }
      assert.deepStrictEqual(attributesOf(spans, "TokenProvider.renew"), [renewal, renewal])
      const provider = yield* TokenProvider.TokenProvider
      yield* inTime(provider.refresh)
      yield* provider.reset
      assert.deepStrictEqual(attributesOf(spans, "TokenProvider.refresh"), [renewal])
      assert.deepStrictEqual(attributesOf(spans, "TokenProvider.reset"), [renewal])
    }).pipe(Effect.provide(platform()), Effect.withTracer(tracer))
  })

  it.effect("a span says how its requests have ended, and does not keep what they brought", () => {
    const { spans, tracer } = recording()
    return Effect.gen(function*() {
      const client = yield* PlatformClient.PlatformClient
      yield* client.call(echo)()
      // The caller may go on before the renewal ends.
      yield* TestClock.adjust(0)
      const exits = spans.flatMap(({ name, status }) => status._tag === "Ended" ? [[name, status.exit] as const] : [])
      assert.deepStrictEqual(exits, [
        ["PlatformClient.call", Exit.void],
        ["TokenProvider.renew", Exit.void],
        ["TokenApi.acquire", Exit.void]
      ])
    }).pipe(Effect.provide(platform()), Effect.withTracer(tracer))
  })

  it.effect("a read of a fresh token has no span", () => {
    const { spans, tracer } = recording()
    return Effect.gen(function*() {
      const provider = yield* TokenProvider.TokenProvider
      yield* provider.accessToken
      const before = spans.length
      yield* provider.accessToken
      assert.strictEqual(spans.length, before)
    }).pipe(Effect.provide(platform()), Effect.withTracer(tracer))
  })

  it.effect("requests by endpoint, outcome and account, durations by endpoint, cache hits, the expiry, and the budget", () => {
    const account = key("watched")
    return Effect.gen(function*() {
      const provider = yield* TokenProvider.TokenProvider
      const sandbox = yield* Sandbox.Sandbox
      const acquisitions = Effect.map(
        counted,
        (metric) => metric("jindouyun_request_duration_seconds", { endpoint: "/api/access_token" })[0]?.count ?? 0
      )
      const before = yield* acquisitions
      yield* sandbox.inject("acquire", Fault.returnCode(50000))
      yield* inTime(provider.accessToken)
      yield* TestClock.adjust("1 hour")
      yield* provider.accessToken
      const metric = yield* counted
      const requests = (outcome: string) =>
        metric("jindouyun_token_requests_total", { endpoint: "/api/access_token", outcome, account })
      assert.deepInclude(requests("success")[0], { count: 1 })
      assert.deepInclude(requests("ServerFailure")[0], { count: 1 })
      assert.strictEqual(yield* acquisitions, before + 2)
      assert.deepInclude(metric("jindouyun_token_cache_hits_total", { account })[0], { count: 1 })
      const expiry = metric("jindouyun_token_expiry_timestamp_seconds", { account })[0]?.value
      assert.closeTo(expiry ?? 0, 24 * 3600, 60)
      assert.deepInclude(metric("jindouyun_retry_budget_left", {})[0], { value: 496 })
    }).pipe(Effect.provide(platform({ username: "watched" }, { username: "watched" })))
  })

  it.effect("the series of an account go after its last provider; those of open providers stay", () =>
    Effect.gen(function*() {
      const open = (username: string) =>
        Effect.map(
          Layer.build(Layer.fresh(Jindouyun.layer({ username, password: Redacted.make("pass1") }))),
          Context.get(TokenProvider.TokenProvider)
        )
      const sandbox = yield* Sandbox.Sandbox
      yield* Effect.forEach(
        ["kept", ...Array.from({ length: 240 }, (_, i) => `passing${i}`)],
        (username) => sandbox.addAccount({ username, password: Redacted.make("pass1") })
      )
      const use = (username: string) => Effect.flatMap(open(username), ({ accessToken }) => accessToken)
      const seriesOf = (account: string) =>
        Effect.map(series, (all) => all.filter(({ labels }) => Object.values(labels).includes(key(account))).length)
      const kept = yield* open("kept")
      yield* kept.accessToken
      yield* Effect.scoped(use("kept"))
      const before = yield* series
      yield* Effect.forEach(Array.from({ length: 240 }), (_, i) => Effect.scoped(use(`passing${i}`)))
      const after = yield* series
      assert.isAtMost(after.length - before.length, 3 * 100)
      assert.strictEqual(yield* seriesOf("passing239"), 3)
      assert.strictEqual(yield* seriesOf("passing0"), 0)
      assert.strictEqual(yield* seriesOf("kept"), 3)
      yield* kept.accessToken
      const metric = yield* counted
      assert.deepInclude(metric("jindouyun_token_cache_hits_total", { account: key("kept") })[0], { count: 1 })
      // An account that is opened again is counted from the beginning.
      const again = yield* open("passing0")
      yield* again.accessToken
      assert.strictEqual(yield* seriesOf("passing0"), 3)
    }).pipe(
      Effect.scoped,
      Effect.provide(Sandbox.layerHttpClient())
    ))

  it.effect("calls by endpoint and outcome, each once", () => {
    const endpoint = "/api/report/watched"
    return Effect.gen(function*() {
      const client = yield* PlatformClient.PlatformClient
      const sandbox = yield* Sandbox.Sandbox
      const call = client.call(Endpoint.make({ path: endpoint, data: Schema.Unknown, idempotent: true }))
      yield* sandbox.inject("report", Fault.returnCode(50000))
      yield* inTime(call())
      yield* sandbox.inject("report", Fault.returnCode(40000))
      yield* Effect.flip(call())
      const metric = yield* counted
      assert.deepInclude(metric("jindouyun_calls_total", { endpoint, outcome: "success" })[0], { count: 1 })
      assert.deepInclude(metric("jindouyun_calls_total", { endpoint, outcome: "InvalidParameter" })[0], { count: 1 })
    }).pipe(Effect.provide(platform({}, { reports: { [endpoint]: () => ({}) } })))
  })

  it.effect("calls that are refused with a code of the endpoint's own, by the name of its class", () => {
    const { spans, tracer } = recording()
    const endpoint = "/api/report/watched/own"
    return Effect.gen(function*() {
      const client = yield* PlatformClient.PlatformClient
      const sandbox = yield* Sandbox.Sandbox
      yield* sandbox.inject("report", Fault.returnCode(41001))
      yield* Effect.flip(
        client.call(Endpoint.make({ path: endpoint, data: Schema.Unknown, errors: { 41001: QuotaExceeded } }))()
      )
      const metric = yield* counted
      assert.deepInclude(metric("jindouyun_calls_total", { endpoint, outcome: "QuotaExceeded" })[0], { count: 1 })
      assert.deepInclude(attributesOf(spans, "PlatformClient.call")[0], {
        "error.type": "QuotaExceeded",
        "jindouyun.return_code": 41001,
        "http.response.status_code": 200
      })
    }).pipe(Effect.provide(platform({}, { reports: { [endpoint]: () => ({}) } })), Effect.withTracer(tracer))
  })

  describe("the account as the program named it", () => {
    const credentials = { username: "user1", password: Redacted.make("pass1") }
    const composed = <E, R>(layer: Layer.Layer<Jindouyun.Services, E, R>) =>
      Effect.map(Layer.build(layer), (context) =>
        [
          Context.get(context, TokenProvider.TokenProvider),
          Context.get(context, PlatformClient.PlatformClient)
        ] as const)
    const rows = [
      ["by its username", "user1", composed(Jindouyun.layer(credentials))],
      ["by the username of the environment", "user1", composed(Jindouyun.layerFromEnv())],
      [
        "by the option account",
        "reports",
        composed(
          Jindouyun.layerCredentials(Effect.succeed(credentials), { account: "reports" })
        )
      ],
      [
        "by the name that Accounts was given",
        "北区",
        Effect.map(
          Effect.map(
            Layer.build(Jindouyun.layerAccounts(() => Effect.succeed(credentials))),
            Context.get(Accounts.Accounts)
          ),
          (accounts) => [accounts.get("北区"), accounts.client("北区")] as const
        )
      ],
      [
        "without characters that forge a line of a log",
        "a\\u000ab",
        composed(
          Jindouyun.layerCredentials(Effect.succeed(credentials), { account: "a\nb" })
        )
      ]
    ] as const

    it.scoped.each(rows)("is in each log and each span: %s", ([, name, make]) => {
      const { spans, tracer } = recording()
      const logs: Array<unknown> = []
      const logger = Logger.make((log) => {
        const { account, module } = annotationsOf(log)
        logs.push([module, account, String(log.message).includes("pass1")])
      })
      return Effect.gen(function*() {
        yield* withEnvironment({ JINDOUYUN_USERNAME: "user1", JINDOUYUN_PASSWORD: "pass1" })
        const [provider, client] = yield* make
        const sandbox = yield* Sandbox.Sandbox
        yield* sandbox.inject("acquire", Fault.returnCode(40001))
        yield* Effect.flip(provider.accessToken)
        yield* TestClock.adjust("1 hour")
        yield* provider.reset
        yield* inTime(client.call(echo)())
        yield* inTime(provider.refresh)
        yield* sandbox.inject("report", Fault.returnCode(40003), Fault.returnCode(40003))
        yield* Effect.flip(inTime(client.call(echo)()))
        const ours = spans.map(({ attributes, name }) => [name, attributes.get("jindouyun.account")])
        const names = ["renew", "reset", "renew", "refresh", "renew", "renew"].map((each) => `TokenProvider.${each}`)
        assert.includeDeepMembers(
          ours,
          [...names, "PlatformClient.call", "TokenApi.acquire"].map((each) => [each, name])
        )
        assert.deepStrictEqual(ours.filter(([, account]) => account !== name), [])
        assert.deepStrictEqual(logs, [["TokenProvider", name, false], ["PlatformClient", name, false]])
        const metric = yield* counted
        assert.lengthOf(metric("jindouyun_token_requests_total", { account: name }), 0)
      }).pipe(
        Effect.withTracer(tracer),
        Effect.provide(Sandbox.layerHttpClient({ reports: { [Report.echoPath]: Report.echo } })),
        Effect.provide(Logger.replace(Logger.defaultLogger, logger))
      )
    })

    it.effect("is absent for a provider for tests, which has no account", () => {
      const { spans, tracer } = recording()
      return Effect.gen(function*() {
        const { call } = yield* PlatformClient.PlatformClient
        yield* call(echo)()
        assert.isFalse(spans[0]?.attributes.has("jindouyun.account"))
      }).pipe(
        Effect.provide(PlatformClient.layer),
        Effect.provide([
          TokenProvider.layerStatic(Redacted.make("any")),
          JindouyunConfig.layer(),
          Layer.succeed(
            HttpClient.HttpClient,
            HttpClient.make((request) =>
              Effect.succeed(HttpClientResponse.fromWeb(request, Response.json({ code: 20000, message: "", data: {} })))
            )
          )
        ]),
        Effect.withTracer(tracer)
      )
    })
  })
})
