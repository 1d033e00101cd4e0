import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Report from "@jindouyun/sandbox/Report"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import * as Endpoint from "../src/Endpoint.js"
import * as Jindouyun from "../src/Jindouyun.js"
import * as JindouyunConfig from "../src/JindouyunConfig.js"
import * as PlatformClient from "../src/PlatformClient.js"
import * as RetryBudget from "../src/RetryBudget.js"
import * as TokenProvider from "../src/TokenProvider.js"
import { inTime, platform } from "./platform.js"
import { renderings } from "./utils.js"

class QuotaExceeded extends Data.TaggedError("QuotaExceeded")<Endpoint.Refusal> {}
class TryLater extends Data.TaggedError("TryLater")<Endpoint.Refusal> {
  readonly disposition = "retry"
}
class Elsewhere extends Data.TaggedError("Elsewhere")<Endpoint.Refusal> {}

const path = "/api/report/daily"

const Rows = Schema.Struct({ visits: Schema.Number, day: Schema.DateFromString })
const Parameters = Schema.Struct({ day: Schema.DateFromString, top: Schema.optional(Schema.Int) })

const daily = Endpoint.make({
  path,
  parameters: Parameters,
  data: Rows,
  errors: { 41001: QuotaExceeded, 51001: TryLater, 40000: Elsewhere },
  idempotent: true
})
const once = Endpoint.make({ path, data: Schema.Unknown })
const lookup = Endpoint.make({ method: "GET", path: "/api/report/echo", parameters: Parameters, data: Schema.Unknown })

const day = new Date("2030-01-01T00:00:00.000Z")
const asked = { day: day.toISOString() }

const withPlatform = (
  settings: Partial<Jindouyun.Options> = {},
  sandbox: Sandbox.Options = {}
): Layer.Layer<
  PlatformClient.PlatformClient | TokenProvider.TokenProvider | Sandbox.Sandbox | HttpClient.HttpClient
> =>
  Layer.orDie(
    platform(settings, {
      reports: { [path]: ({ body }) => ({ data: { visits: 3, ...Object(body) } }), "/api/report/echo": Report.echo },
      ...sandbox
    })
  )

const world = Effect.all({
  client: PlatformClient.PlatformClient,
  provider: TokenProvider.TokenProvider,
  sandbox: Sandbox.Sandbox
})

describe("a call", () => {
  it.effect("is prepared once for each endpoint, and never taken for that of another", () =>
    Effect.gen(function*() {
      const { client } = yield* world
      assert.strictEqual(client.call(daily), client.call(daily))
      assert.notStrictEqual<unknown>(client.call(once), client.call(Endpoint.make({ path, data: Schema.Unknown })))
    }).pipe(Effect.provide(withPlatform())))

  it.effect("writes its parameters by their schema, carries the token, and reads the data", () =>
    Effect.gen(function*() {
      const { client, sandbox } = yield* world
      assert.deepStrictEqual(yield* client.call(daily)({ day }), { visits: 3, day })
      assert.deepStrictEqual(yield* client.call(lookup)({ day, top: 5 }), {
        method: "GET",
        parameters: { ...asked, top: "5" }
      })
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 2 })
    }).pipe(Effect.provide(withPlatform())))

  it.effect("carries the token as a query parameter where that is its place, whatever the parameters are called", () =>
    Effect.gen(function*() {
      const { client } = yield* world
      assert.deepStrictEqual(yield* client.call(daily)({ day }), { visits: 3, day })
      const thief = Endpoint.make({
        method: "GET",
        path: "/api/report/echo",
        parameters: Schema.Struct({ token: Schema.String }),
        data: Schema.Struct({ parameters: Schema.Unknown })
      })
      assert.deepStrictEqual(yield* client.call(thief)({ token: "mine" }), { parameters: {} })
    }).pipe(
      Effect.provide(
        withPlatform({ tokenPlacement: "query", tokenName: "token" }, { tokenPlacement: "query", tokenName: "token" })
      )
    ))

  it.effect("fails with the endpoint's class for its code, in place of the table's, and leaves the others", () =>
    Effect.gen(function*() {
      const { client, sandbox } = yield* world
      yield* sandbox.inject("report", Fault.refuse({ code: 41001, message: "no more" }))
      const own = yield* Effect.flip(client.call(daily)({ day }))
      assert.instanceOf(own, QuotaExceeded)
      assert.deepInclude({ ...own }, { code: 41001, returnMessage: "no more", endpoint: path })
      yield* sandbox.inject("report", Fault.returnCode(40000), Fault.returnCode(41002))
      assert.strictEqual((yield* Effect.flip(client.call(daily)({ day })))._tag, "Elsewhere")
      assert.strictEqual((yield* Effect.flip(client.call(daily)({ day })))._tag, "UnrecognizedReturnCode")
      yield* sandbox.inject("report", Fault.returnCode(40000))
      assert.strictEqual((yield* Effect.flip(client.call(once)()))._tag, "InvalidParameter")
    }).pipe(Effect.provide(withPlatform())))

  it.effect("has one class for a code, also where the acquisition answers it", () =>
    Effect.gen(function*() {
      const { client, sandbox } = yield* world
      yield* sandbox.inject("acquire", Fault.returnCode(40000))
      const failure = yield* Effect.flip(client.call(daily)({ day }))
      assert.deepInclude(failure, { _tag: "Elsewhere", endpoint: "/api/access_token" })
    }).pipe(Effect.provide(withPlatform())))

  it.effect("that is refused refuses no credentials, whatever the code", () =>
    Effect.gen(function*() {
      const { client, provider, sandbox } = yield* world
      yield* sandbox.inject("report", Fault.returnCode(40001))
      assert.strictEqual((yield* Effect.flip(client.call(once)()))._tag, "AuthenticationFailed")
      assert.strictEqual((yield* provider.status).phase, "fresh")
      yield* client.call(once)()
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 2 })
    }).pipe(Effect.provide(withPlatform())))

  it.effect("dies of parameters its schema cannot write, names them, and repeats none", () =>
    Effect.gen(function*() {
      const { client, sandbox } = yield* world
      const exit = yield* Effect.sandbox(client.call(daily)({ day, top: 1.5 })).pipe(Effect.flip)
      assert.include(Cause.pretty(exit), `Endpoint ${path}: parameters: top missing or not of the expected form`)
      assert.notInclude(renderings(exit), "1.5")
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 0, refresh: 0, report: 0 })
    }).pipe(Effect.provide(withPlatform())))

  for (
    const [what, method, where, parameters] of [
      ["a bigint", "POST", "as JSON", { top: 7n }],
      ["a null", "GET", "as a query", { top: null }],
      ["a text", "GET", "as a query", "seven"],
      ["a list", "GET", "as a query", [["top", "7"]]]
    ] as const
  ) {
    it.effect(`dies of parameters that cannot be written ${where}, ${what} for one, and sends nothing`, () =>
      Effect.gen(function*() {
        const { client, sandbox } = yield* world
        const call = client.call(Endpoint.make({ method, path, parameters: Schema.Unknown, data: Schema.Unknown }))
        const exit = yield* Effect.flip(Effect.sandbox(call(parameters)))
        assert.include(Cause.pretty(exit), `TypeError: Endpoint ${path}: parameters: they cannot be written ${where}`)
        assert.notInclude(renderings(exit), "7n")
        assert.deepStrictEqual(yield* sandbox.requests, { acquire: 0, refresh: 0, report: 0 })
      }).pipe(Effect.provide(withPlatform())))
  }

  it.effect("takes a schema of data that throws for one that does not like them, and asks no more", () =>
    Effect.gen(function*() {
      const { client, sandbox } = yield* world
      const decode = (visits: number): string => {
        throw new Error(`${visits} visits`)
      }
      const data = Schema.Struct({
        visits: Schema.transform(Schema.Number, Schema.String, { strict: true, decode, encode: Number })
      })
      const failure = yield* Effect.flip(client.call(Endpoint.make({ path, data, idempotent: true }))())
      assert.deepInclude(failure, { reason: "invalidData", detail: "data: its schema threw", attempts: 1 })
      assert.notInclude(renderings(failure), "3 visits")
      assert.deepInclude(yield* sandbox.requests, { report: 1 })
    }).pipe(Effect.provide(withPlatform())))

  it.effect("names the fields of a success that are not what was promised", () =>
    Effect.gen(function*() {
      const { client } = yield* world
      const failure = yield* Effect.flip(client.call(daily)({ day }))
      assert.deepInclude(failure, { _tag: "UnexpectedResponse", reason: "invalidData", attempts: 1 })
      assert.include(renderings(failure), "visits")
      assert.notInclude(renderings(failure), "many")
    }).pipe(Effect.provide(withPlatform({}, { reports: { [path]: () => ({ data: { visits: "many" } }) } }))))
})

describe("a rejected token", () => {
  it.effect("is renewed, and the call made once more, whatever the HTTP status and the endpoint", () =>
    Effect.gen(function*() {
      const { client, provider, sandbox } = yield* world
      yield* provider.accessToken
      yield* sandbox.revoke("accessTokens")
      yield* inTime(client.call(once)())
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 1, report: 2 })
    }).pipe(Effect.provide(withPlatform({}, { failureStatus: 500 }))))

  it.effect("is renewed once for a hundred calls, each made twice, at no cost to the budget", () =>
    Effect.gen(function*() {
      const { client, provider, sandbox } = yield* world
      yield* provider.accessToken
      yield* sandbox.revoke("accessTokens")
      const calls = yield* inTime(Effect.all(Array.from({ length: 100 }, () => client.call(daily)({ day })), {
        concurrency: "unbounded"
      }))
      assert.strictEqual(calls.length, 100)
      const { report, ...tokenRequests } = yield* sandbox.requests
      assert.deepStrictEqual(tokenRequests, { acquire: 1, refresh: 1 })
      // A call that starts after the renewal carries the new token.
      assert.isAtMost(report, 200)
    }).pipe(Effect.provide(withPlatform({ retryBudget: 0 }))))

  it.effect("ends the call when the newer one is rejected, too, and is kept for the others", () =>
    Effect.gen(function*() {
      const { client, provider, sandbox } = yield* world
      yield* sandbox.inject("report", Fault.returnCode(40003), Fault.returnCode(40003))
      const failure = yield* Effect.flip(inTime(client.call(daily)({ day })))
      assert.deepInclude(failure, { _tag: "TokenRejected", attempts: 2 })
      assert.strictEqual((yield* provider.status).phase, "fresh")
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 1, report: 2 })
    }).pipe(Effect.provide(withPlatform())))

  it.effect("is HTTP 401 without an envelope, too", () =>
    Effect.gen(function*() {
      const { client, sandbox } = yield* world
      yield* sandbox.inject("report", Fault.status(401))
      yield* inTime(client.call(daily)({ day }))
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 1, report: 2 })
      yield* sandbox.inject("report", Fault.status(401), Fault.rawBody("<html>", { status: 401 }))
      const failure = yield* Effect.flip(inTime(client.call(daily)({ day })))
      assert.deepInclude(failure, {
        _tag: "UnexpectedResponse",
        status: 401,
        attempts: 2,
        disposition: "reauthenticate",
        delivery: "ambiguous"
      })
      assert.include(failure.message, "tokenPlacement")
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 2, report: 4 })
    }).pipe(Effect.provide(withPlatform())))

  it.effect("is one with a class of the endpoint, too", () =>
    Effect.gen(function*() {
      const { client, sandbox } = yield* world
      const endpoint = Endpoint.make({ path, data: Schema.Unknown, errors: { 40003: Elsewhere } })
      yield* sandbox.inject("report", Fault.returnCode(40003))
      yield* inTime(client.call(endpoint)())
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 1, report: 2 })
      yield* sandbox.inject("report", Fault.returnCode(40003), Fault.returnCode(40003))
      assert.propertyVal(yield* Effect.flip(inTime(client.call(endpoint)())), "_tag", "Elsewhere")
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 2, report: 4 })
    }).pipe(Effect.provide(withPlatform())))

  it.effect("is neither HTTP 403 without an envelope, nor HTTP 401 with a code of another meaning", () =>
    Effect.gen(function*() {
      const { client, sandbox } = yield* world
      yield* sandbox.inject("report", Fault.status(403), Fault.refuse({ code: 41234, status: 401 }))
      for (const status of [403, 401]) {
        const failure = yield* Effect.flip(client.call(daily)({ day }))
        assert.deepInclude({ ...failure }, { status, disposition: "fatal", attempts: 1 })
      }
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 2 })
    }).pipe(Effect.provide(withPlatform())))

  it.effect("is one by the user's word, too", () =>
    Effect.gen(function*() {
      const { client, sandbox } = yield* world
      yield* sandbox.inject("report", Fault.returnCode(41001))
      yield* inTime(client.call(daily)({ day }))
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 1, report: 2 })
    }).pipe(Effect.provide(withPlatform({ returnCodes: { 41001: "reauthenticate" } }))))
})

describe("a retry", () => {
  it.effect("is made of an idempotent call, and of no other", () =>
    Effect.gen(function*() {
      const { client, sandbox } = yield* world
      yield* sandbox.inject("report", Fault.returnCode(50000), Fault.html502, Fault.resetAfterActing)
      yield* inTime(client.call(daily)({ day }))
      assert.deepInclude(yield* sandbox.requests, { report: 4 })
      yield* sandbox.inject("report", Fault.returnCode(50000))
      assert.deepInclude(yield* Effect.flip(client.call(once)()), { _tag: "ServerFailure", attempts: 1 })
      assert.deepInclude(yield* sandbox.requests, { report: 5 })
    }).pipe(Effect.provide(withPlatform())))

  it.effect("is made of a code whose class says so, and that is what comes of it in the end", () =>
    Effect.gen(function*() {
      const { client, sandbox } = yield* world
      yield* sandbox.inject("report", ...Array.from({ length: 5 }, () => Fault.returnCode(51001)))
      assert.strictEqual((yield* Effect.flip(inTime(client.call(daily)({ day }))))._tag, "TryLater")
      assert.deepInclude(yield* sandbox.requests, { report: 4 })
    }).pipe(Effect.provide(withPlatform())))

  it.effect("takes the token anew, and waits for Retry-After", () =>
    Effect.gen(function*() {
      const { client, sandbox } = yield* world
      yield* sandbox.inject("report", Fault.status(503, { retryAfter: 30 }), Fault.returnCode(50000))
      const fiber = yield* Effect.fork(client.call(daily)({ day }))
      yield* TestClock.adjust("29 seconds")
      assert.deepInclude(yield* sandbox.requests, { report: 1 })
      yield* sandbox.revoke("accessTokens")
      yield* TestClock.adjust("1 second")
      assert.deepInclude(yield* sandbox.requests, { report: 2 })
      yield* inTime(Fiber.join(fiber))
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 1, report: 4 })
    }).pipe(Effect.provide(withPlatform())))

  it.effect("is not made when Retry-After goes beyond the deadline", () =>
    Effect.gen(function*() {
      const { client, sandbox } = yield* world
      yield* sandbox.inject("report", Fault.status(503, { retryAfter: 51 }))
      assert.deepInclude(yield* Effect.flip(client.call(daily)({ day })), { status: 503, retryAfter: 51_000 })
    }).pipe(Effect.provide(withPlatform())))

  it.effect("is paid from the bucket that the requests pay from", () =>
    Effect.gen(function*() {
      const { client, provider, sandbox } = yield* world
      yield* sandbox.inject("acquire", Fault.returnCode(50000))
      yield* inTime(provider.accessToken)
      yield* sandbox.inject("report", ...Array.from({ length: 9 }, () => Fault.returnCode(50000)))
      assert.deepInclude(yield* Effect.flip(inTime(client.call(daily)({ day }))), { attempts: 1 })
    }).pipe(Effect.provide(Layer.provide(withPlatform(), RetryBudget.layer(8)))))
})

describe("the client that carries the token", () => {
  const url = "https://jdy.cigdata.cn/api/report/echo"

  it.effect("adds it to relative and absolute URLs of the platform", () =>
    Effect.gen(function*() {
      const { client } = yield* world
      for (const target of ["/api/report/echo?a=1", "api/report/echo?a=1", `${url}?a=1`]) {
        const response = yield* client.httpClient.get(target)
        assert.deepInclude(yield* response.json, { code: "20000" })
      }
    }).pipe(Effect.provide(withPlatform())))

  it.effect("refuses every other origin, without asking for a token", () =>
    Effect.gen(function*() {
      const { client, sandbox } = yield* world
      for (
        const target of [
          "https://evil.example/",
          "http://jdy.cigdata.cn/",
          "https://jdy.cigdata.cn:444/",
          "https://jdy.cigdata.cn@evil.example/",
          "https:\\\\evil.example\\",
          "data:text/plain,",
          "blob:https://jdy.cigdata.cn/1",
          "https://"
        ]
      ) {
        const failure = yield* Effect.flip(client.httpClient.get(target))
        assert.match(String(failure), /InvalidUrl/)
      }
      for (const target of ["//evil.example/", "\\\\evil.example\\", "/../../evil"]) {
        yield* Effect.exit(client.httpClient.get(target))
      }
      const journal = yield* sandbox.journal
      assert.isTrue(journal.every(({ origin }) => origin === "https://jdy.cigdata.cn"))
    }).pipe(Effect.provide(withPlatform())))

  it.effect("carries it over no redirect to elsewhere, and goes along one within", () =>
    Effect.gen(function*() {
      const { client, sandbox } = yield* world
      const following = HttpClient.followRedirects(client.httpClient)
      yield* sandbox.inject("report", Fault.redirect(302, "/api/report/echo?b=2"))
      assert.strictEqual((yield* following.get("/api/report/echo")).status, 200)
      yield* sandbox.inject("report", Fault.redirect(307, "https://evil.example/api/report/echo"))
      assert.match(String(yield* Effect.flip(following.get(url))), /InvalidUrl/)
    }).pipe(Effect.provide(withPlatform())))

  it.effect("shows the token in no response and in no error, and repeats nothing", () =>
    Effect.gen(function*() {
      const { client, provider, sandbox } = yield* world
      const token = Redacted.value((yield* provider.accessToken).value)
      const request = HttpClientRequest.post(url).pipe(HttpClientRequest.bodyUnsafeJson({ a: 1 }))
      const response = yield* client.httpClient.execute(request)
      assert.notInclude(renderings(response) + renderings(response.request), token)
      yield* sandbox.inject("report", Fault.resetAfterActing, Fault.truncate(10), Fault.html502)
      const reset = yield* Effect.exit(client.httpClient.execute(request))
      assert.isTrue(Exit.isFailure(reset))
      const cut = yield* Effect.either(Effect.flatMap(client.httpClient.execute(request), ({ json }) => json))
      assert.isTrue(Either.isLeft(cut))
      const bad = yield* Effect.flip(HttpClient.filterStatusOk(client.httpClient).execute(request))
      assert.notInclude([reset, cut, bad].map(renderings).join(), token)
      assert.deepInclude(yield* sandbox.requests, { report: 4 })
    }).pipe(Effect.provide(withPlatform())))

  it.effect("shows it in nothing that the client below says, sets or dies of", () =>
    Effect.gen(function*() {
      const token = "the-token-of-nobody-else"
      const clients: ReadonlyArray<HttpClient.HttpClient> = [
        HttpClient.make((request, url) => Effect.die(Object.assign(new Error(url.href), { request }))),
        HttpClient.make((request, url) =>
          Effect.fail(
            new HttpClientError.RequestError({
              request,
              reason: "Transport",
              description: `${url.href} ${JSON.stringify(request.headers)}`
            })
          )
        ),
        HttpClient.make((request) =>
          Effect.succeed(
            HttpClientResponse.fromWeb(
              request,
              new Response("{}", { headers: [["set-cookie", `a=${token}; Path=/`], ["set-cookie", "b=2"]] })
            )
          )
        )
      ]
      const exits = yield* Effect.forEach(["header", "query"] as const, (tokenPlacement) =>
        Effect.forEach(clients, (client) =>
          Effect.gen(function*() {
            const { httpClient } = yield* PlatformClient.make
            return yield* Effect.exit(Effect.map(httpClient.get(url), (response) => ({ ...response.cookies.cookies })))
          }).pipe(
            Effect.provide(TokenProvider.layerStatic(Redacted.make(token))),
            Effect.provide(JindouyunConfig.layer({ tokenPlacement })),
            Effect.provideService(HttpClient.HttpClient, client)
          )))
      assert.notInclude(exits.flat().map(renderings).join(), token)
      for (const [died, said, set] of exits) {
        for (const failed of [died, said]) {
          assert.include(renderings(failed), "RequestError")
        }
        assert.deepInclude(
          set?.pipe(Exit.map(({ b }) =>
            b?.value
          )),
          { value: "2" }
        )
      }
    }))

  it.effect("fails as the provider does", () =>
    Effect.gen(function*() {
      const { client, sandbox } = yield* world
      yield* sandbox.inject("acquire", Fault.returnCode(40001))
      assert.strictEqual((yield* Effect.flip(client.httpClient.get(url)))._tag, "AuthenticationFailed")
    }).pipe(Effect.provide(withPlatform())))
})

describe("on a real socket", () => {
  const onSocket = Layer.unwrapEffect(
    Effect.map(
      SandboxServer.SandboxServer,
      ({ url }) => Jindouyun.layer({ baseUrl: url, username: "user1", password: Redacted.make("pass1") })
    )
  ).pipe(
    Layer.provide(FetchHttpClient.layer),
    Layer.provideMerge(
      SandboxServer.layer({ reports: { [path]: ({ body }) => ({ data: { visits: 3, ...Object(body) } }) } })
    )
  )

  it.live(
    "two hundred calls at once on a revoked token end in one renewal and two hundred successes",
    () =>
      Effect.gen(function*() {
        const { client, provider, sandbox } = yield* world
        yield* provider.accessToken
        yield* sandbox.revoke("accessTokens")
        const calls = yield* Effect.all(Array.from({ length: 200 }, () => client.call(daily)({ day })), {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(calls, Array.from({ length: 200 }, () => ({ visits: 3, day })))
        assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 1, report: 400 })
      }).pipe(Effect.provide(onSocket)),
    20_000
  )
})
