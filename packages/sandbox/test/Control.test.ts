import * as HttpApiClient from "@effect/platform/HttpApiClient"
import type { HttpMethod } from "@effect/platform/HttpMethod"
import { assert, describe, it } from "@effect/vitest"
import * as ControlApi from "@jindouyun/sandbox/ControlApi"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Report from "@jindouyun/sandbox/Report"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { accepts, account, acquisition, Origin, refresh, send, socket } from "./support/carriers.js"
import { ask, defaults, done, no, ok, server } from "./support/control.js"

describe("the control API", () => {
  it.live("lists, adds and removes accounts, and never shows a password", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* ask("GET", "/accounts"), ok([{ username: "user1" }]))
      const both = ok([{ username: "user1" }, { username: "用户 2" }])
      assert.deepStrictEqual(yield* ask("POST", "/accounts", { username: "用户 2", password: "pass2" }), both)
      assert.strictEqual((yield* acquisition({ username: "用户 2", password: "pass2" })).code, "20000")
      assert.deepStrictEqual(yield* ask("POST", "/accounts", { username: "用户 2", password: "pass3" }), both)
      assert.strictEqual((yield* acquisition({ username: "用户 2", password: "pass2" })).code, "40001")
      const path = `/accounts/${encodeURIComponent("用户 2")}`
      assert.deepStrictEqual(yield* ask("DELETE", path), ok([{ username: "user1" }]))
      assert.strictEqual((yield* acquisition({ username: "用户 2", password: "pass3" })).code, "40001")
      assert.deepStrictEqual(yield* ask("DELETE", path), {
        status: 404,
        body: {
          _tag: "NotFound",
          problems: [{ field: "username", problem: "is not known", expected: "one of user1" }]
        }
      })
    }).pipe(Effect.provide(server())))

  it.live("reads and changes the behaviour, and only what is named", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* ask("GET", "/behaviour"), ok(defaults))
      const changed = {
        ...defaults,
        codeType: "number",
        accessTokenLifetime: 90_000,
        latency: 5,
        returnCodes: { ...defaults.returnCodes, invalidToken: 41003 }
      }
      assert.deepStrictEqual(
        yield* ask("PATCH", "/behaviour", {
          codeType: "number",
          accessTokenLifetime: "90 seconds",
          latency: 5,
          returnCodes: { invalidToken: 41003 }
        }),
        ok(changed)
      )
      assert.deepStrictEqual(yield* ask("GET", "/behaviour"), ok(changed))
      assert.strictEqual((yield* refresh("")).code, 41003)
      // What is read can be written.
      assert.deepStrictEqual(yield* ask("PATCH", "/behaviour", defaults), ok(defaults))
    }).pipe(Effect.provide(server())))

  it.live("injects faults, lists those that wait and takes them away", () =>
    Effect.gen(function*() {
      const page = { _tag: "Html502", acted: false }
      const refusal = { _tag: "Refuse", code: 41009, acted: false }
      assert.deepStrictEqual(
        yield* ask("POST", "/faults", { endpoint: "acquire", fault: { _tag: "Html502" } }),
        ok({ ...no, acquire: [page] })
      )
      const two = ok({ ...no, acquire: [page, refusal] })
      assert.deepStrictEqual(yield* ask("POST", "/faults", { endpoint: "acquire", fault: refusal }), two)
      assert.deepStrictEqual(yield* ask("GET", "/faults"), two)
      assert.strictEqual((yield* send("/api/access_token", account)).status, 502)
      assert.deepStrictEqual(yield* ask("GET", "/faults"), ok({ ...no, acquire: [refusal] }))
      assert.deepStrictEqual(yield* ask("DELETE", "/faults"), done)
      assert.deepStrictEqual(yield* ask("GET", "/faults"), ok(no))
      assert.strictEqual((yield* acquisition()).code, "20000")
    }).pipe(Effect.provide(server())))

  it.live("revokes all access tokens, all tokens, or the one given", () =>
    Effect.gen(function*() {
      const one = (yield* acquisition()).data
      const two = (yield* acquisition()).data
      const accepted = Effect.all([accepts(one.accessToken), accepts(two.accessToken)])
      assert.deepStrictEqual(yield* ask("POST", "/tokens/revoke", { token: one.accessToken }), done)
      assert.deepStrictEqual(yield* accepted, [false, true])
      assert.deepStrictEqual(yield* ask("POST", "/tokens/revoke", { which: "accessTokens" }), done)
      assert.deepStrictEqual(yield* accepted, [false, false])
      assert.strictEqual((yield* refresh(one.refreshToken)).code, "20000")
      assert.deepStrictEqual(yield* ask("POST", "/tokens/revoke", { which: "allTokens" }), done)
      assert.strictEqual((yield* refresh(two.refreshToken)).code, "40003")
    }).pipe(Effect.provide(server({ revokeOnAcquire: false, revokeOnRefresh: false }))))

  it.live("shows the journal and the counts, and forgets them", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      yield* sandbox.inject("refresh", Fault.html502)
      yield* acquisition()
      yield* send("/api/refresh_token", {})
      yield* send("/nowhere", {})
      const journal = yield* sandbox.journal
      const at = (index: number) => new Date(journal[index]?.at ?? 0).toISOString()
      const origin = yield* Origin
      const common = { method: "POST", origin }
      assert.deepStrictEqual(
        yield* ask("GET", "/journal"),
        ok([
          {
            ...common,
            sequence: 1,
            endpoint: "acquire",
            path: "/api/access_token",
            at: at(0),
            overlap: 1,
            outcome: { _tag: "Answered", status: 200, code: 20000 }
          },
          {
            ...common,
            sequence: 2,
            endpoint: "refresh",
            path: "/api/refresh_token",
            at: at(1),
            overlap: 1,
            outcome: { _tag: "Faulted", fault: "Html502", acted: false, code: null }
          },
          {
            ...common,
            sequence: 3,
            endpoint: null,
            path: "/nowhere",
            at: at(2),
            overlap: 0,
            outcome: { _tag: "Answered", status: 404, code: 40000 },
            reason: "the sandbox has no report at this path; its reports: /api/report/echo"
          }
        ])
      )
      assert.deepStrictEqual(
        yield* ask("GET", "/counts"),
        ok({ requests: { acquire: 1, refresh: 1, report: 0 }, maxOverlap: 1 })
      )
      assert.deepStrictEqual(yield* ask("DELETE", "/journal"), done)
      assert.deepStrictEqual(yield* ask("GET", "/journal"), ok([]))
      assert.deepStrictEqual(
        yield* ask("GET", "/counts"),
        ok({ requests: { acquire: 0, refresh: 0, report: 0 }, maxOverlap: 0 })
      )
    }).pipe(Effect.provide(server())))

  it.live("sends the journal as events, those that were and those that come, until the client hangs up", () =>
    Effect.gen(function*() {
      yield* acquisition()
      const origin = yield* Origin
      const hangUp = new AbortController()
      const response = yield* Effect.promise(() => fetch(`${origin}/_sandbox/journal/events`, hangUp))
      assert.strictEqual(response.headers.get("content-type"), "text/event-stream")
      let text = ""
      const reading = response.body?.pipeThrough(new TextDecoderStream()).pipeTo(
        new WritableStream({ write: (chunk) => void (text += chunk) })
      ).catch(() => undefined)
      const until = (pattern: RegExp) =>
        Effect.timeout(
          Effect.repeat(Effect.delay(Effect.sync(() => text), "5 millis"), { until: (text) => pattern.test(text) }),
          "3 seconds"
        )
      yield* until(/^id: 1\ndata: .*"sequence":1,.*"code":20000\}\}\n\n/m)
      yield* acquisition({ ...account, password: "" })
      yield* until(/^id: 2\ndata: .*"sequence":2,.*"code":40001\},"reason":"[^"]+"\}\n\n/m)
      const entries = [...text.matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json ?? "") as unknown)
      assert.deepStrictEqual(ok(entries), yield* ask("GET", "/journal"))
      hangUp.abort()
      yield* Effect.promise(() => Promise.resolve(reading))
    }).pipe(Effect.provide(server())))

  it.live("lets the server close at once, also while somebody follows the journal", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(server(), scope)
      const url = `${Context.get(context, Origin)}/_sandbox/journal/events`
      const response = yield* Effect.promise(() => fetch(url))
      const ended = response.text().catch(() => "cut")
      yield* Effect.timeout(Scope.close(scope, Exit.void), "2 seconds")
      assert.strictEqual(yield* Effect.promise(() => ended), "cut")
    }))

  it.live("lists the pairs with the beginning of each token, and how long the token is valid", () =>
    Effect.gen(function*() {
      const pairs = Effect.map(ask("GET", "/tokens"), ({ body }) => body as ReadonlyArray<Record<string, unknown>>)
      assert.deepStrictEqual(yield* pairs, [])
      const { data } = yield* acquisition()
      const [pair, ...others] = yield* pairs
      assert.lengthOf(others, 0)
      assert.deepInclude(pair, {
        username: "user1",
        accessToken: `${data.accessToken.slice(0, 4)}…`,
        refreshToken: `${data.refreshToken.slice(0, 4)}…`
      })
      assert.approximately(Number(pair?.["accessTokenRemaining"]), 60_000, 5000)
      assert.approximately(Number(pair?.["refreshTokenRemaining"]), 120_000, 5000)
      yield* ask("POST", "/clock/advance", { by: "90 seconds" })
      const [late] = yield* pairs
      assert.isNull(late?.["accessTokenRemaining"])
      assert.approximately(Number(late?.["refreshTokenRemaining"]), 30_000, 5000)
      yield* ask("POST", "/tokens/revoke", { which: "allTokens" })
      assert.deepStrictEqual(yield* pairs, [])
    }).pipe(Effect.provide(server({ accessTokenLifetime: "1 minute", refreshTokenLifetime: "2 minutes" }))))

  it.live("adds, replaces and removes reports", () =>
    Effect.gen(function*() {
      const paths = (...paths: ReadonlyArray<string>) => ok([Report.echoPath, ...paths].map((path) => ({ path })))
      const { data } = yield* acquisition()
      const call = (path: string, method: HttpMethod = "POST") =>
        Effect.map(
          send(path, undefined, { method, headers: { accessToken: data.accessToken } }),
          ({ status, text }) => ({ status, body: JSON.parse(text) as unknown })
        )
      const envelope = (data: unknown) => ok({ code: "20000", message: "数据返回正确", data })
      assert.deepStrictEqual(yield* ask("GET", "/reports"), paths())
      const rows = [{ day: "2021-12-12", orders: 12, id: "1285704473650888702", rate: 0.1 }, null]
      assert.deepStrictEqual(
        yield* ask("POST", "/reports", { path: "/api/report/daily", data: rows }),
        paths("/api/report/daily")
      )
      assert.deepStrictEqual(yield* call("/api/report/daily"), envelope(rows))
      assert.deepStrictEqual(yield* call("/api/report/daily?day=1", "GET"), envelope(rows))
      for (const data of [null, 0, "", false, [], {}]) {
        yield* ask("POST", "/reports", { path: "/api/report/daily", data })
        assert.deepStrictEqual(yield* call("/api/report/daily"), envelope(data))
      }
      yield* ask("POST", "/reports", { path: "/api/report/daily" })
      assert.deepStrictEqual(yield* call("/api/report/daily"), envelope({}))
      yield* ask("POST", "/reports", { path: "/api/report/daily", code: 41009, message: "余额不足", status: 403 })
      assert.deepStrictEqual(yield* call("/api/report/daily"), {
        status: 403,
        body: { code: "41009", message: "余额不足", data: {} }
      })
      yield* ask("POST", "/reports", { path: "/api/report/daily", code: 41009, delay: "300 millis" })
      const [took, refusal] = yield* Effect.timed(call("/api/report/daily"))
      assert.deepInclude(refusal.body, { code: "41009" })
      assert.isAtLeast(Duration.toMillis(took), 290)
      // As a client writes a path with Chinese.
      assert.deepStrictEqual(
        yield* ask("POST", "/reports", { path: "/api/日报" }),
        paths("/api/report/daily", encodeURI("/api/日报"))
      )
      assert.deepStrictEqual(yield* call(encodeURI("/api/日报")), envelope({}))
      assert.deepStrictEqual(
        yield* ask("DELETE", "/reports?path=/api/report/daily"),
        paths(encodeURI("/api/日报"))
      )
      assert.strictEqual((yield* call("/api/report/daily")).status, 404)
      const unknown = yield* ask("DELETE", "/reports?path=/api/report/daily")
      assert.strictEqual(unknown.status, 404)
      assert.include(JSON.stringify(unknown.body), "is not known\",\"expected\":\"one of /api/report/echo, ")
      assert.strictEqual((yield* ask("DELETE", "/reports")).status, 404)
      // A report needs a token.
      assert.include((yield* send(encodeURI("/api/日报"), undefined)).text, "40003")
    }).pipe(Effect.provide(server())))

  it.live("resets everything but the options of the server", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      const { data } = yield* acquisition({ username: "user3", password: "pass3" })
      yield* sandbox.inject("report", Fault.html502)
      yield* ask("POST", "/accounts", { username: "user2", password: "pass2" })
      yield* ask("POST", "/accounts", { username: "user1", password: "other" })
      yield* ask("DELETE", "/accounts/user3")
      yield* ask("POST", "/reports", { path: "/api/report/daily" })
      yield* ask("POST", "/reports", { path: "/api/report/fixed", data: 2 })
      yield* ask("PATCH", "/behaviour", { codeType: "number", latency: 1 })
      yield* ask("POST", "/clock/advance", { by: "25 hours" })
      const reset = yield* send("/_sandbox/reset", undefined, { headers: {} })
      assert.strictEqual(reset.status, 204)
      assert.deepStrictEqual(yield* ask("GET", "/accounts"), ok([{ username: "user1" }, { username: "user3" }]))
      assert.deepStrictEqual(yield* ask("GET", "/reports"), ok([{ path: "/api/report/fixed" }]))
      assert.deepStrictEqual(yield* ask("GET", "/behaviour"), ok({ ...defaults, accessTokenLifetime: 60_000 }))
      assert.deepStrictEqual(yield* ask("GET", "/faults"), ok(no))
      assert.deepStrictEqual(yield* ask("GET", "/journal"), ok([]))
      assert.deepStrictEqual(
        yield* ask("GET", "/counts"),
        ok({ requests: { acquire: 0, refresh: 0, report: 0 }, maxOverlap: 0 })
      )
      assert.approximately(DateTime.toEpochMillis(yield* sandbox.now), Date.now(), 5000)
      assert.isFalse(yield* accepts(data.accessToken))
      const again = yield* acquisition({ username: "user3", password: "pass3" })
      const answer = yield* send("/api/report/fixed", undefined, { headers: { accessToken: again.data.accessToken } })
      assert.include(answer.text, "\"data\":1")
      assert.strictEqual((yield* acquisition()).code, "20000")
    }).pipe(Effect.provide(server({
      accounts: [{ username: "user3", password: "pass3" }],
      reports: { "/api/report/fixed": Report.fixed({ data: 1 }) },
      accessTokenLifetime: "1 minute"
    }))))

  it.live("puts the clock forward, so that a token expires without waiting", () =>
    Effect.gen(function*() {
      const { data } = yield* acquisition()
      const now = Effect.map(ask("GET", "/clock"), ({ body }) => Date.parse((body as { readonly now: string }).now))
      const before = yield* now
      assert.approximately(before, Date.now(), 5000)
      const { body, status } = yield* ask("POST", "/clock/advance", { by: "24 hours" })
      assert.strictEqual(status, 200)
      assert.approximately(Date.parse((body as { readonly now: string }).now) - before, 86_400_000, 5000)
      assert.approximately((yield* now) - before, 86_400_000, 5000)
      const answer = yield* send(Report.echoPath, undefined, { headers: { accessToken: data.accessToken } })
      assert.include(answer.text, "40003")
      assert.approximately(Date.parse(answer.headers["date"] ?? ""), before + 86_400_000, 5000)
      assert.strictEqual((yield* refresh(data.refreshToken)).code, "20000")
    }).pipe(Effect.provide(server())))

  it.live("is never seen by the platform, and neither are its pages", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      yield* sandbox.inject("report", Fault.html502)
      for (const path of Object.keys(ControlApi.openApi.paths).filter((path) => path.startsWith("/_sandbox"))) {
        if (!path.endsWith("/reset")) {
          yield* send(path, undefined, { method: "GET" })
          yield* send(path, undefined, { method: "POST" })
        }
      }
      for (const path of ["/_sandbox", "/_sandbox/x", "/docs", "/openapi.json", "/favicon.ico"]) {
        yield* send(path, undefined, { method: "GET" })
        yield* send(path, undefined, { method: "HEAD" })
      }
      assert.deepStrictEqual(yield* sandbox.journal, [])
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 0, refresh: 0, report: 0 })
      assert.strictEqual(yield* sandbox.maxOverlap, 0)
      assert.lengthOf((yield* sandbox.faults).report, 1)
    }).pipe(Effect.provide(server())))

  it.live("is there only when asked for: without it all paths are the platform's", () =>
    Effect.gen(function*() {
      const paths = ["/_sandbox/accounts", "/docs", "/openapi.json", "/favicon.ico"]
      for (const path of paths) {
        const answer = yield* send(path, undefined, { method: "GET" })
        assert.strictEqual(answer.status, 404)
        assert.include(answer.text, "\"code\":\"40000\"")
      }
      assert.deepStrictEqual((yield* (yield* Sandbox.Sandbox).journal).map(({ path }) => path), paths)
    }).pipe(Effect.provide(socket())))

  it.live("answers no secret anywhere, nor do its document and its page", () =>
    Effect.gen(function*() {
      const secrets = ["Gs9!hush", "Kw7!rotated"]
      yield* ask("POST", "/accounts", { username: "user2", password: secrets[1] })
      const one = (yield* acquisition({ username: "user1", password: secrets[0] })).data
      const two = (yield* acquisition({ username: "user2", password: secrets[1] })).data
      secrets.push(...Object.values(one), ...Object.values(two))
      for (const secret of secrets) {
        yield* send(`/api/${secret}?token=${secret}`, { secret })
      }
      // Nobody can know that it is one, but no operation repeats it.
      secrets.push("Zq3!mistyped")
      let answers = ""
      for (const [path, operations] of Object.entries(ControlApi.openApi.paths)) {
        for (const method of Object.keys(operations).filter(() => path.startsWith("/_sandbox"))) {
          if (!path.endsWith("/events")) {
            for (
              const body of [
                ...secrets,
                ...secrets.map((secret) => JSON.stringify(secret)),
                ...secrets.map((secret) => ({ username: [secret], password: [secret], token: [secret], by: secret })),
                ...secrets.map((secret) => ({ endpoint: secret, fault: { _tag: secret }, which: secret })),
                ...secrets.map((secret) => ({ codeType: secret, latency: secret, tokenName: ` ${secret}` }))
              ]
            ) {
              const asked = method === "get" ? undefined : body
              const answer = yield* send(path.replace("{username}", "nobody"), asked, {
                method: method.toUpperCase() as HttpMethod
              })
              answers += JSON.stringify(answer)
            }
          }
        }
      }
      for (const path of ["/docs", "/openapi.json"]) {
        answers += (yield* send(path, undefined, { method: "GET" })).text
      }
      assert.include(answers, "InvalidRequest")
      for (const secret of secrets) {
        assert.notInclude(answers, secret)
      }
    }).pipe(Effect.provide(server({ password: "Gs9!hush" }))), 20_000)

  it.live("can be used through the client of its HttpApi", () =>
    Effect.gen(function*() {
      const client = yield* HttpApiClient.make(ControlApi.SandboxApi, { baseUrl: yield* Origin })
      const fault = Fault.status(503, { retryAfter: DateTime.unsafeMake("2021-12-12T08:00:00Z") })
      yield* client.injectFault({ payload: { endpoint: "acquire", fault } })
      assert.deepStrictEqual((yield* client.faults()).acquire, [fault])
      yield* client.addAccount({ payload: { username: "user2", password: Redacted.make("pass2") } })
      yield* client.revoke({ payload: { token: Redacted.make("a token") } })
      const error = yield* Effect.flip(client.removeAccount({ path: { username: "user3" } }))
      assert.strictEqual(error._tag, "NotFound")
      assert.strictEqual(error.message, "username is not known, expected one of user1, user2")
    }).pipe(Effect.provide(server())))
})
