import { assert, describe, it } from "@effect/vitest"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Report from "@jindouyun/sandbox/Report"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { setTimeout } from "node:timers/promises"
import { acquisition, type Answer, carriers, refresh, send, type Sent } from "./support/carriers.js"

interface Envelope {
  readonly code: unknown
  readonly message: string
  readonly data: unknown
}

const envelope = ({ text }: Answer) => JSON.parse(text) as Envelope

const anything = "an access token"

const issue = (accessToken = anything) =>
  Effect.flatMap(
    Sandbox.Sandbox,
    (sandbox) =>
      sandbox.issue({ accessToken: Redacted.make(accessToken), refreshToken: Redacted.make("a refresh token") })
  )

/** A report call with the token where it is by default. */
const call = (path: string, body?: unknown, sent: Sent = {}) =>
  send(path, body, { headers: { accessToken: anything }, ...sent })

const codeOf = (answer: Answer) => envelope(answer).code

const faults: ReadonlyArray<readonly [Fault.Fault, Partial<Answer> | { readonly text: RegExp }]> = [
  [Fault.refuse({ code: 41009, message: "余额不足", status: 403 }), {
    status: 403,
    text: "{\"code\":\"41009\",\"message\":\"余额不足\",\"data\":{}}"
  }],
  [Fault.delay(0), { status: 200, text: /"parameters":\{"n":1\}\}\}$/ }],
  [Fault.delay(0, { acts: "last" }), { status: 200, text: /"parameters":\{"n":1\}\}\}$/ }],
  [Fault.empty, { status: 200, text: "" }],
  [Fault.invalidUtf8, { status: 200, text: /\ufffd/ }],
  [Fault.html502, { status: 502, text: /502 Bad Gateway/ }],
  [Fault.status(429, { retryAfter: 7 }), { status: 429, text: "" }],
  [Fault.wrongTypes("notObject"), { status: 200, text: /"code":"20000".*"data":"accessToken"\}$/ }],
  [Fault.oversized(70_000), { status: 200, text: /"parameters":\{"n":1\}\}\} {100}/ }],
  [Fault.redirect(307, "https://elsewhere.example/"), { status: 307, text: "" }],
  [Fault.rawBody("{}"), { status: 200, text: "{}" }]
]

const thrower = (thrown: unknown) => () => {
  throw thrown
}

const cyclic: Record<string, unknown> = {}
cyclic["self"] = cyclic

/** Reports that throw, or that return no answer, and the reason. */
const failing: ReadonlyArray<readonly [string, () => unknown, RegExp]> = [
  ["throws an error", thrower(new TypeError("my bug")), /TypeError: my bug/],
  ["throws a text", thrower("my bug"), /threw my bug/],
  ["throws an object", thrower({ my: "bug" }), /threw \{[^]*"bug"/],
  ["throws nothing", thrower(undefined), /threw undefined/],
  ["returns nothing", () => undefined, /the answer is not an object/],
  ["returns null", () => null, /the answer is not an object/],
  ["returns a text", () => "ok", /the answer is not an object/],
  ["returns a list", () => [1], /the answer is not an object|unknown field/],
  ["returns a promise", async () => ({}), /the answer is a promise/],
  ["returns an effect", () => Effect.succeed({}), /the answer has the unknown field/],
  ["returns bare data", () => ({ visits: 7 }), /the answer has the unknown field visits/],
  ["returns a code that is a text", () => ({ code: "20000" }), /a code that is not a whole number/],
  ["returns a code that is NaN", () => ({ code: NaN }), /a code that is not a whole number/],
  ["returns a message that is a number", () => ({ message: 7 }), /a message that is not a text/],
  ["returns a status out of range", () => ({ status: 99 }), /a status that is not/],
  ["returns a status that is a text", () => ({ status: "200" }), /a status that is not/],
  ["returns data with a bigint", () => ({ data: { n: 1n } }), /TypeError/],
  ["returns data with a cycle", () => ({ data: cyclic }), /TypeError/],
  ["returns data that is a function", () => ({ data: () => 1 }), /data that JSON cannot represent/]
]

for (const [where, carrier] of carriers) {
  describe(`a report call ${where}`, () => {
    describe("and its token", () => {
      it.effect("is answered for a token the platform knows, without an APIVersion and with any", () =>
        Effect.gen(function*() {
          const { accessToken } = (yield* acquisition()).data
          for (const headers of [{ accessToken }, { ACCESSTOKEN: accessToken, APIVersion: "2" }]) {
            const answer = yield* send(Report.echoPath, undefined, { headers })
            assert.strictEqual(answer.status, 200)
            assert.strictEqual(answer.headers["content-type"], "application/json;charset=UTF-8")
            assert.deepStrictEqual(envelope(answer), {
              code: "20000",
              message: "数据返回正确",
              data: { method: "POST", parameters: {} }
            })
          }
        }).pipe(Effect.provide(carrier())))

      const refused: ReadonlyArray<readonly [string, string, Sent]> = [
        ["no token", "", { headers: {} }],
        ["an empty token", "", { headers: { accessToken: "" } }],
        ["a token nobody issued", "", { headers: { accessToken: "another" } }],
        ["a refresh token", "", { headers: { accessToken: "a refresh token" } }],
        ["a token in the query, where the header is its place", "?accessToken=an+access+token", { headers: {} }],
        ["a token in another header", "", { headers: { Authorization: `Bearer ${anything}` } }]
      ]
      for (const [what, query, sent] of refused) {
        it.effect(`is refused with an envelope for ${what}`, () =>
          Effect.gen(function*() {
            yield* issue()
            const answer = yield* send(Report.echoPath + query, undefined, sent)
            assert.strictEqual(answer.status, 401)
            assert.deepStrictEqual(envelope(answer), { code: "40003", message: "Token 无效或已过期", data: {} })
          }).pipe(Effect.provide(carrier({ failureStatus: 401 }))))
      }

      it.effect("is refused once the token was revoked, by hand, by an acquisition or by a refresh", () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          const code = (accessToken: string) => Effect.map(call("/r", undefined, { headers: { accessToken } }), codeOf)
          const one = (yield* acquisition()).data
          assert.strictEqual(yield* code(one.accessToken), "20000")
          const two = (yield* acquisition()).data
          assert.deepStrictEqual([yield* code(one.accessToken), yield* code(two.accessToken)], ["1", "20000"])
          const three = (yield* refresh(two.refreshToken)).data
          assert.deepStrictEqual([yield* code(two.accessToken), yield* code(three.accessToken)], ["1", "20000"])
          yield* sandbox.revoke(Redacted.make(three.accessToken))
          assert.strictEqual(yield* code(three.accessToken), "1")
        }).pipe(Effect.provide(carrier({ returnCodes: { invalidToken: 1 }, reports: { "/r": () => ({}) } }))))

      it.effect("is refused from the moment on at which the token expires", () =>
        Effect.gen(function*() {
          yield* issue()
          yield* TestClock.adjust("9999 millis")
          assert.strictEqual(codeOf(yield* call(Report.echoPath)), "20000")
          yield* TestClock.adjust("1 millis")
          assert.strictEqual(codeOf(yield* call(Report.echoPath)), "40003")
        }).pipe(Effect.provide(carrier({ accessTokenLifetime: "10 seconds" }))))

      it.effect("has it in the header that was configured, in any case", () =>
        Effect.gen(function*() {
          yield* issue()
          const code = (name: string) =>
            Effect.map(send(Report.echoPath, undefined, { headers: { [name]: anything } }), codeOf)
          const names = ["x-token", "X-TOKEN", "accessToken"]
          assert.deepStrictEqual(yield* Effect.forEach(names, code), ["20000", "20000", "40003"])
        }).pipe(Effect.provide(carrier({ tokenName: "X-Token" }))))

      it.effect("has it in the query parameter that was configured, to the letter and once", () =>
        Effect.gen(function*() {
          yield* issue("a+b &=中")
          const token = encodeURIComponent("a+b &=中")
          const answer = (query: string, sent: Sent = {}) => send(Report.echoPath + query, undefined, sent)
          assert.deepStrictEqual(envelope(yield* answer(`?page=1&token=${token}&q=%E4%B8%AD`)).data, {
            method: "POST",
            parameters: { page: "1", q: "中" }
          })
          for (const query of ["", "?", `?Token=${token}`, `?token=${token}&token=${token}`, `#?token=${token}`]) {
            assert.strictEqual(codeOf(yield* answer(query)), "40003", query)
          }
          assert.strictEqual(codeOf(yield* answer("", { headers: { token } })), "40003")
        }).pipe(Effect.provide(carrier({ tokenPlacement: "query", tokenName: "token" }))))
    })

    describe("and what it sends", () => {
      it.effect("is told apart by method, query and body, whatever the content type", () =>
        Effect.gen(function*() {
          yield* issue()
          const seen = (path: string, body?: unknown, sent?: Sent) =>
            Effect.map(call(path, body, sent), (answer) => envelope(answer).data)
          assert.deepStrictEqual(yield* seen("/r?a=1&a=2&b=%20", undefined, { method: "GET" }), {
            method: "GET",
            path: "/r",
            query: { a: "2", b: " " },
            hasBody: false
          })
          for (const [body, contentType] of [[{ a: [1] }, "application/json"], [[null], "text/plain"]] as const) {
            assert.deepStrictEqual(yield* seen("/r", body, { method: "PUT", contentType }), {
              method: "PUT",
              path: "/r",
              query: {},
              body,
              hasBody: true
            })
          }
        }).pipe(Effect.provide(carrier({
          reports: { "/r": (call) => ({ data: { ...call, hasBody: call.body !== undefined } }) }
        }))))

      it.effect("comes back from the echo, the body's fields over those of the query", () =>
        Effect.gen(function*() {
          yield* issue()
          const parameters = (body: unknown) =>
            Effect.map(call(`${Report.echoPath}?a=1&b=2`, body), (answer) => envelope(answer).data)
          assert.deepStrictEqual(yield* parameters({ b: { c: 3 } }), {
            method: "POST",
            parameters: { a: "1", b: { c: 3 } }
          })
          assert.deepStrictEqual(yield* parameters([3]), { method: "POST", parameters: { a: "1", b: "2" } })
        }).pipe(Effect.provide(carrier())))

      it.effect("comes back from the echo with the digits that were sent", () =>
        Effect.gen(function*() {
          yield* issue()
          const rows = [
            ["", "{\"orderId\":1285704473650888702,\"n\":[0.10,-0,1E400,1.0,[9007199254740993]]}"],
            ["?a=1", " {\"n\":1e+05,\"n2\":-0.0}\n"],
            ["?a=1", "{}"],
            ["?n=1", "{\"n\":1.0}"]
          ] as const
          for (const [query, body] of rows) {
            const { text } = yield* call(Report.echoPath + query, body)
            const fields = [query === "?a=1" ? "\"a\":\"1\"" : "", body.trim().slice(1, -1)].filter((part) =>
              part !== ""
            )
            assert.include(text, `"parameters":{${fields.join(",")}}}}`)
          }
        }).pipe(Effect.provide(carrier())))

      it.effect("comes back as it is now where a report has changed it", () =>
        Effect.gen(function*() {
          yield* issue()
          assert.include((yield* call("/same", "{\"n\":1.0}")).text, "\"data\":{\"n\":1.0}}")
          assert.include((yield* call("/changed", "{\"n\":1.0}")).text, "\"data\":{\"n\":2}}")
        }).pipe(Effect.provide(carrier({
          reports: {
            "/same": ({ body }) => ({ data: body }),
            "/changed": ({ body }) => ({ data: Object.assign(body as object, { n: 2 }) })
          }
        }))))

      it.effect("is refused where it is no JSON, but not before its token was looked at", () =>
        Effect.gen(function*() {
          yield* issue()
          for (const body of ["{\"a\":", " ", Uint8Array.of(0x22, 0xff, 0x22)]) {
            assert.strictEqual(codeOf(yield* call(Report.echoPath, body)), "40000")
            assert.strictEqual(codeOf(yield* call(Report.echoPath, body, { headers: {} })), "40003")
          }
        }).pipe(Effect.provide(carrier())))
    })

    describe("and its answer", () => {
      const answers: ReadonlyArray<readonly [Report.ReportAnswer, number, Envelope]> = [
        [{}, 200, { code: 20000, message: "数据返回正确", data: {} }],
        [{ data: null, message: "ok", status: 206 }, 206, { code: 20000, message: "ok", data: null }],
        [{ data: [1, "二"] }, 200, { code: 20000, message: "数据返回正确", data: [1, "二"] }],
        [{ code: 50001 }, 418, { code: 50001, message: "服务器未知错误", data: {} }],
        [{ code: 41009, data: { left: 0 } }, 418, { code: 41009, message: "请求被拒绝", data: { left: 0 } }],
        [{ code: 41009, message: "m", data: null, status: 500 }, 500, { code: 41009, message: "m", data: null }]
      ]
      for (const [answer, status, expected] of answers) {
        it.effect(`is ${status} with ${JSON.stringify(expected)} where the report says ${JSON.stringify(answer)}`, () =>
          Effect.gen(function*() {
            const sandbox = yield* Sandbox.Sandbox
            yield* issue()
            const actual = yield* call("/r")
            assert.strictEqual(actual.status, status)
            assert.deepStrictEqual(envelope(actual), expected)
            assert.deepStrictEqual((yield* sandbox.journal)[0]?.outcome, {
              _tag: "Answered",
              status,
              code: Number(expected.code)
            })
          }).pipe(Effect.provide(carrier({
            codeType: "number",
            failureStatus: 418,
            reports: { "/r": () => answer }
          }))))
      }

      it.effect("is a failure of the server where the report throws or its data cannot be written", () =>
        Effect.gen(function*() {
          yield* issue()
          for (const path of ["/throws", "/big", "/echo"]) {
            const answer = yield* call(path)
            assert.strictEqual(codeOf(answer), path === "/echo" ? "20000" : "50000")
            assert.notInclude(answer.text, "not for clients")
          }
        }).pipe(Effect.provide(carrier({
          reports: {
            "/throws": () => {
              throw new Error("not for clients")
            },
            "/big": () => ({ data: 1n }),
            "/echo": Report.echo
          }
        }))))

      for (const [what, report, reason] of failing) {
        it.effect(`is 50000, a logged error and a reason in the journal if the report ${what}`, () => {
          const logged: Array<string> = []
          const logger = Logger.make(({ cause, logLevel, message }) => {
            logged.push(`${logLevel.label} ${String(message)} ${Cause.pretty(cause)}`)
          })
          return Effect.gen(function*() {
            const sandbox = yield* Sandbox.Sandbox
            yield* issue()
            yield* sandbox.inject("report", Fault.delay(0))
            for (const _ of ["faulted", "answered"]) {
              const answer = yield* call("/api/report/x")
              assert.deepStrictEqual(envelope(answer), { code: "50000", message: "服务器错误", data: {} })
            }
            assert.lengthOf(logged, 2)
            for (const [index, entry] of (yield* sandbox.journal).entries()) {
              assert.match(entry.reason ?? "", reason)
              assert.match(logged[index] ?? "", /^ERROR .*\/api\/report\/x/)
              assert.match(logged[index]?.split("\n").slice(0, 2).join("\n") ?? "", reason)
            }
          }).pipe(
            Effect.provide(carrier({ reports: { "/api/report/x": report as Report.Report } })),
            Effect.provide(Logger.replace(Logger.defaultLogger, logger))
          )
        })
      }

      it.effect("keeps the secrets of an error out of the journal", () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          const { accessToken } = (yield* acquisition()).data
          yield* call("/r", { accessToken }, { headers: { accessToken } })
          const [, entry] = yield* sandbox.journal
          assert.strictEqual(entry?.reason, "the report threw Error: no <redacted> for <redacted>")
        }).pipe(
          Effect.provide(carrier({
            reports: {
              "/r": ({ body }) => {
                throw new Error(`no ${(body as { readonly accessToken: string }).accessToken} for pass1`)
              }
            }
          })),
          Logger.withMinimumLogLevel(LogLevel.None)
        ))

      it.effect.each(
        [
          [{ "/a": Report.echo, "/b": Report.echo }, "/a, /b"],
          [undefined, Report.echoPath],
          [{}, "none"]
        ] as const
      )(
        "is a refusal that lists the reports if there is none at the path: %j",
        ([reports, listed]) =>
          Effect.gen(function*() {
            const sandbox = yield* Sandbox.Sandbox
            yield* issue()
            const answer = yield* call("/api/report/unknown")
            assert.deepStrictEqual([answer.status, codeOf(answer)], [404, "40000"])
            const reason = `the sandbox has no report at this path; its reports: ${listed}`
            assert.include(envelope(answer).message, reason)
            assert.strictEqual((yield* sandbox.journal)[0]?.reason, reason)
          }).pipe(Effect.provide(carrier({ reports })))
      )

      it.effect("comes from the report at exactly that path, and never from one at a path of the document", () =>
        Effect.gen(function*() {
          yield* issue()
          assert.strictEqual(codeOf(yield* call("/a")), "1")
          assert.strictEqual(codeOf(yield* call("/a/b")), "2")
          for (const path of ["/a/", "/A", "/", Report.echoPath]) {
            const answer = yield* call(path)
            assert.deepStrictEqual([answer.status, codeOf(answer)], [404, "40000"], path)
          }
          assert.strictEqual((yield* acquisition()).code, "20000")
          assert.strictEqual(codeOf(yield* call("/api/access_token", undefined, { method: "GET" })), "40000")
        }).pipe(Effect.provide(carrier({
          reports: {
            "/a": () => ({ code: 1 }),
            "/a/b": () => ({ code: 2 }),
            "/api/access_token": () => ({ code: 3 })
          }
        }))))

      it.effect("follows configure: other reports, another place for the token", () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          yield* issue()
          yield* sandbox.configure({ codeType: "number" })
          assert.strictEqual(codeOf(yield* call(Report.echoPath)), 20000)
          yield* sandbox.configure({ reports: { "/a": () => ({ code: 1 }) } })
          assert.deepStrictEqual([codeOf(yield* call("/a")), (yield* call(Report.echoPath)).status], [1, 404])
          yield* sandbox.configure({ tokenPlacement: "query" })
          assert.strictEqual(codeOf(yield* call("/a")), 40003)
          assert.strictEqual(codeOf(yield* call("/a?accessToken=an%20access%20token")), 1)
          yield* sandbox.configure({ tokenName: "t" })
          assert.strictEqual(codeOf(yield* call("/a?t=an+access+token")), 1)
        }).pipe(Effect.provide(carrier())))

      it.effect("repeats headers, query and body in the message of a refusal, where the sandbox echoes", () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          const repeats = ({ text }: Answer) =>
            ["a-revoked-token", "page=1", "month"].map((part) => text.includes(part))
          const refused = call("/r?page=1", { month: 2 }, { headers: { accessToken: "a-revoked-token" } })
          assert.deepStrictEqual(repeats(yield* refused), [true, true, true])
          yield* sandbox.inject("report", Fault.returnCode(50001))
          assert.deepStrictEqual(repeats(yield* refused), [true, true, true])
          yield* issue("a-revoked-token")
          const own = yield* refused
          assert.deepStrictEqual([codeOf(own), ...repeats(own)], ["41009", true, true, true])
          yield* sandbox.configure({ echo: false })
          assert.deepStrictEqual(repeats(yield* refused), [false, false, false])
        }).pipe(Effect.provide(carrier({ echo: true, reports: { "/r": () => ({ code: 41009 }) } }))))
    })

    describe("and faults", () => {
      for (const [fault, { text, ...expected }] of faults) {
        const name = `${fault._tag}${fault._tag === "Delay" ? `, acting ${fault.acts}` : ""}`
        it.effect(`meets ${name} on any path, ${Fault.hasActed(fault) ? "having" : "not having"} acted`, () => {
          let made = 0
          const report: Report.Report = (call) => {
            made++
            return Report.echo(call)
          }
          return Effect.gen(function*() {
            const sandbox = yield* Sandbox.Sandbox
            yield* issue()
            yield* sandbox.inject("report", fault, fault)
            for (const path of ["/one", "/two"]) {
              const answer = yield* call(path, { n: 1 })
              assert.deepInclude(answer, expected)
              if (text instanceof RegExp) {
                assert.match(answer.text, text)
              } else {
                assert.strictEqual(answer.text, text)
              }
            }
            assert.strictEqual(made, Fault.hasActed(fault) ? 2 : 0)
            assert.strictEqual(codeOf(yield* call("/one")), "20000")
            assert.deepInclude((yield* sandbox.journal)[0]?.outcome, {
              _tag: "Faulted",
              fault: fault._tag,
              acted: Fault.hasActed(fault)
            })
          }).pipe(Effect.provide(carrier({ reports: { "/one": report, "/two": report } })))
        })
      }

      for (const fault of [Fault.resetBeforeActing, Fault.resetAfterActing]) {
        it.effect(`meets ${fault._tag}: the connection ends before an answer`, () =>
          Effect.gen(function*() {
            const sandbox = yield* Sandbox.Sandbox
            yield* issue()
            yield* sandbox.inject("report", fault)
            assert.deepInclude(yield* Effect.flip(call(Report.echoPath)), { _tag: "RequestError", reason: "Transport" })
            assert.strictEqual(codeOf(yield* call(Report.echoPath)), "20000")
          }).pipe(Effect.provide(carrier())))
      }

      it.effect("meets Truncate: the connection ends within the answer", () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          yield* issue()
          yield* sandbox.inject("report", Fault.truncate(5))
          assert.deepInclude(yield* Effect.flip(call(Report.echoPath)), { _tag: "ResponseError", reason: "Decode" })
        }).pipe(Effect.provide(carrier())))

      it.live("meets SlowBody: the answer takes longer than anybody waits", () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          yield* issue()
          yield* sandbox.inject("report", Fault.slowBody)
          assert.strictEqual((yield* Effect.timeoutOption(call(Report.echoPath), "200 millis"))._tag, "None")
        }).pipe(Effect.provide(carrier())))

      it.effect("leaves the faults of the requests to them, and takes its own where it is refused too", () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          yield* sandbox.inject("acquire", Fault.returnCode(1))
          yield* sandbox.inject("report", Fault.returnCode(2))
          assert.strictEqual(codeOf(yield* call(Report.echoPath)), "2")
          assert.strictEqual(codeOf(yield* call(Report.echoPath)), "40003")
          assert.strictEqual((yield* acquisition()).code, "1")
        }).pipe(Effect.provide(carrier())))
    })

    describe("and the journal", () => {
      it.effect("is counted, and dated, its path without the query", () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          yield* TestClock.setTime(1_639_296_000_000)
          yield* issue()
          yield* call(`${Report.echoPath}?page=1`, undefined, { method: "GET" })
          yield* acquisition()
          const [entry, other] = yield* sandbox.journal
          assert.deepStrictEqual(entry, {
            sequence: 1,
            endpoint: "report",
            method: "GET",
            origin: other?.origin ?? "",
            path: Report.echoPath,
            at: 1_639_296_000_000,
            overlap: 0,
            outcome: { _tag: "Answered", status: 200, code: 20000 }
          })
          assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 1 })
          yield* sandbox.clear
          assert.deepStrictEqual(yield* sandbox.requests, { acquire: 0, refresh: 0, report: 0 })
        }).pipe(Effect.provide(carrier())))

      it.effect("does not count among the requests in flight, and tells how many there are", () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          const fork = <A, E, R>(effect: Effect.Effect<A, E, R>, count: number) =>
            Effect.tap(Effect.fork(effect), () =>
              Effect.promise(() => setTimeout(5)).pipe(
                Effect.zipRight(sandbox.journal),
                Effect.repeat({ until: (entries) => entries.length === count })
              ))
          yield* issue()
          const fibers = [
            yield* fork(call(Report.echoPath), 1),
            yield* fork(call(Report.echoPath), 2),
            yield* fork(acquisition(), 3),
            yield* fork(call(Report.echoPath), 4)
          ]
          yield* TestClock.adjust("1 minute")
          yield* Effect.forEach(fibers, (fiber) => Fiber.join<unknown, unknown>(fiber))
          const last = yield* fork(call(Report.echoPath), 5)
          yield* TestClock.adjust("1 minute")
          yield* Fiber.join(last)
          assert.deepStrictEqual((yield* sandbox.journal).map(({ overlap }) => overlap), [0, 0, 1, 1, 0])
          assert.strictEqual(yield* sandbox.maxOverlap, 1)
        }).pipe(Effect.provide(carrier({ latency: "1 minute" }))))

      for (const tokenPlacement of ["header", "query"] as const) {
        it.effect(`holds no token, the ${tokenPlacement} being its place`, () =>
          Effect.gen(function*() {
            const sandbox = yield* Sandbox.Sandbox
            const { accessToken } = (yield* acquisition()).data
            const headers = { accessToken }
            yield* sandbox.inject("report", Fault.returnCode(50000), Fault.delay(0))
            for (const _ of [1, 2, 3]) {
              yield* call(`${Report.echoPath}?accessToken=${accessToken}`, { accessToken }, { headers })
              yield* call(`${Report.echoPath}/${accessToken}?accessToken=${accessToken}`, undefined, { headers })
            }
            yield* sandbox.revoke("allTokens")
            yield* call(`${Report.echoPath}?accessToken=${accessToken}`, { accessToken }, { headers })
            const journal = yield* sandbox.journal
            assert.lengthOf(journal, 8)
            assert.notInclude(JSON.stringify(journal), accessToken)
          }).pipe(Effect.provide(carrier({ echo: true, tokenPlacement }))))
      }
    })
  })
}
