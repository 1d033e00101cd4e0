import { assert, describe, it } from "@effect/vitest"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { accepts, account, acquisition, carriers, envelope, refresh, send, type Sent } from "./support/carriers.js"

const acquirePath = "/api/access_token"
const refreshPath = "/api/refresh_token"

for (const [where, carrier] of carriers) {
  describe(`the platform ${where}`, () => {
    describe("follows the document", () => {
      it.live("gives the document's account two tokens of 32 alphanumerics", () =>
        Effect.gen(function*() {
          const answer = yield* send(acquirePath, account)
          const { code, data, message } = envelope(answer)
          assert.strictEqual(answer.status, 200)
          assert.strictEqual(answer.headers["content-type"], "application/json;charset=UTF-8")
          assert.deepStrictEqual([code, message], ["20000", "数据返回正确"])
          assert.deepStrictEqual(Object.keys(data), ["accessToken", "refreshToken"])
          for (const token of [data.accessToken, data.refreshToken]) {
            assert.match(token, /^[0-9A-Za-z]{32}$/)
          }
          assert.isTrue(yield* accepts(data.accessToken))
          assert.isFalse(yield* accepts(data.refreshToken))
        }).pipe(Effect.provide(carrier())))

      it.live("gives two new tokens for a refresh token", () =>
        Effect.gen(function*() {
          const first = (yield* acquisition()).data
          const second = (yield* refresh(first.refreshToken)).data
          assert.strictEqual(new Set([...Object.values(first), ...Object.values(second)]).size, 4)
          assert.isTrue(yield* accepts(second.accessToken))
        }).pipe(Effect.provide(carrier())))

      it.live("takes the content type with and without the space, the charset in any case", () =>
        Effect.gen(function*() {
          const types = [
            "application/json;charset=UTF-8",
            "application/json; charset=UTF-8",
            "application/json;charset=utf-8"
          ]
          for (const contentType of types) {
            assert.strictEqual(envelope(yield* send(acquirePath, account, { contentType })).code, "20000", contentType)
          }
        }).pipe(Effect.provide(carrier())))

      const refused: ReadonlyArray<readonly [string, string, unknown, Sent]> = [
        ["a missing APIVersion", "30005", account, { headers: {} }],
        ["another APIVersion", "30005", account, { headers: { APIVersion: "2" } }],
        ["an APIVersion that only looks like a three", "30005", account, { headers: { APIVersion: "3.0" } }],
        ["a missing content type", "40000", undefined, {}],
        ["a content type without a charset", "40000", account, { contentType: "application/json" }],
        ["another charset", "40000", account, { contentType: "application/json;charset=GBK" }],
        ["a form", "40000", account, { contentType: "application/x-www-form-urlencoded" }],
        ["a body that is not JSON", "40000", "{\"username\":", {}],
        ["a body that is not UTF-8", "40000", Uint8Array.of(0x7b, 0xff, 0x7d), {}],
        ["an array", "40000", [account], {}],
        ["null", "40000", "null", {}],
        ["a missing password", "40000", { username: "user1" }, {}],
        ["a password that is a number", "40000", { username: "user1", password: 1 }, {}],
        ["a username that is null", "40000", { username: null, password: "pass1" }, {}],
        ["a field nobody documented", "40000", { ...account, grant: "password" }, {}],
        ["GET", "40000", undefined, { method: "GET" }],
        ["PUT", "40000", account, { method: "PUT" }],
        ["another password", "40001", { ...account, password: "pass2" }, {}],
        ["another username", "40001", { ...account, username: "user2" }, {}]
      ]
      for (const [what, code, body, sent] of refused) {
        it.live(`refuses ${what} with an envelope`, () =>
          Effect.gen(function*() {
            const answer = yield* send(acquirePath, body, sent)
            assert.strictEqual(answer.status, 200)
            assert.strictEqual(answer.headers["content-type"], "application/json;charset=UTF-8")
            const { message, ...others } = JSON.parse(answer.text) as { readonly message: unknown }
            assert.deepStrictEqual(others, { code, data: {} })
            assert.isString(message)
          }).pipe(Effect.provide(carrier())))
      }

      it.live("refuses a refresh token it does not know, and an access token in its place", () =>
        Effect.gen(function*() {
          const { data } = yield* acquisition()
          assert.strictEqual((yield* refresh("9xZ0k4E8m9QOYw8vltDeSsb0i8JlaGts")).code, "40003")
          assert.strictEqual((yield* refresh(data.accessToken)).code, "40003")
        }).pipe(Effect.provide(carrier())))

      it.live("answers a path it does not know with 404 and an envelope", () =>
        Effect.gen(function*() {
          for (const path of ["/api/token", "/", "/api/access_token/", "/API/access_token"]) {
            const answer = yield* send(path, account)
            assert.strictEqual(answer.status, 404, path)
            assert.strictEqual(envelope(answer).code, "40000", path)
          }
        }).pipe(Effect.provide(carrier())))
    })

    describe("can be told how to behave", () => {
      it.live("codeType: the code is a number", () =>
        Effect.gen(function*() {
          assert.strictEqual((yield* acquisition()).code, 20000)
          assert.strictEqual((yield* acquisition({ ...account, password: "" })).code, 40001)
        }).pipe(Effect.provide(carrier({ codeType: "number" }))))

      const both = { refreshToken: "a", refresh_token: "a" }
      for (
        const [refreshTokenField, taken] of [
          ["refreshToken", [true, false, false]],
          ["refresh_token", [false, true, false]],
          ["either", [true, true, false]]
        ] as const
      ) {
        it.live(`refreshTokenField: ${refreshTokenField} is taken and nothing else`, () =>
          Effect.gen(function*() {
            const bodies = [{ refreshToken: "a" }, { refresh_token: "a" }, both]
            const codes = yield* Effect.forEach(bodies, (body) =>
              Effect.map(send(refreshPath, body), (answer) => envelope(answer).code))
            assert.deepStrictEqual(
              codes,
              taken.map((isTaken) =>
                isTaken ? "40003" : "40000"
              )
            )
          }).pipe(Effect.provide(carrier({ refreshTokenField }))))
      }

      it.live("username and password: another account", () =>
        Effect.gen(function*() {
          assert.strictEqual((yield* acquisition()).code, "40001")
          assert.strictEqual((yield* acquisition({ username: "u", password: "p" })).code, "20000")
        }).pipe(Effect.provide(carrier({ username: "u", password: "p" }))))

      it.live("failureStatus: refusals have the status that was asked for, successes 200", () =>
        Effect.gen(function*() {
          assert.strictEqual((yield* send(acquirePath, { ...account, password: "" })).status, 401)
          assert.strictEqual((yield* send(acquirePath, account)).status, 200)
        }).pipe(Effect.provide(carrier({ failureStatus: 401 }))))

      it.live("returnCodes: each kind of refusal has the code that was asked for", () =>
        Effect.gen(function*() {
          const { data } = yield* acquisition()
          assert.strictEqual((yield* acquisition({ ...account, password: "" })).code, "1")
          assert.strictEqual((yield* refresh("")).code, "2")
          assert.strictEqual((yield* refresh(data.refreshToken)).code, "3")
          assert.strictEqual((yield* acquisition([])).code, "4")
          assert.strictEqual(envelope(yield* send(acquirePath, account, { headers: {} })).code, "5")
        }).pipe(Effect.provide(carrier({
          earlyRefresh: "refused",
          returnCodes: { wrongCredentials: 1, invalidToken: 2, earlyRefresh: 3, badParameter: 4, wrongApiVersion: 5 }
        }))))

      it.live("echo: the message of a refusal repeats what was sent", () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          assert.include(
            (yield* acquisition({ username: "user1", password: "pass2" })).message,
            "\"password\":\"pass2\""
          )
          yield* sandbox.inject("acquire", Fault.returnCode(50000))
          assert.include((yield* acquisition()).message, "\"password\":\"pass1\"")
          yield* sandbox.configure({ echo: false })
          assert.notInclude((yield* acquisition({ username: "user1", password: "pass2" })).message, "pass2")
        }).pipe(Effect.provide(carrier({ echo: true }))))

      for (const revokeOnAcquire of [true, false]) {
        it.live(`revokeOnAcquire: an acquisition ${revokeOnAcquire ? "revokes" : "spares"} the older pair`, () =>
          Effect.gen(function*() {
            const older = (yield* acquisition()).data
            const newer = (yield* acquisition()).data
            assert.strictEqual(yield* accepts(older.accessToken), !revokeOnAcquire)
            assert.isTrue(yield* accepts(newer.accessToken))
            assert.strictEqual((yield* refresh(older.refreshToken)).code, revokeOnAcquire ? "40003" : "20000")
          }).pipe(Effect.provide(carrier({ revokeOnAcquire }))))
      }

      for (const revokeOnRefresh of [true, false]) {
        it.live(`revokeOnRefresh: a refresh ${revokeOnRefresh ? "revokes" : "spares"} the older pairs`, () =>
          Effect.gen(function*() {
            const oldest = (yield* acquisition()).data
            const older = (yield* acquisition()).data
            const newer = (yield* refresh(older.refreshToken)).data
            assert.strictEqual(yield* accepts(oldest.accessToken), !revokeOnRefresh)
            assert.strictEqual(yield* accepts(older.accessToken), !revokeOnRefresh)
            assert.isTrue(yield* accepts(newer.accessToken))
            assert.strictEqual((yield* refresh(oldest.refreshToken)).code, revokeOnRefresh ? "40003" : "20000")
          }).pipe(Effect.provide(carrier({ revokeOnAcquire: false, revokeOnRefresh }))))
      }

      for (const revokeOnRefresh of [true, false]) {
        for (const refreshTokenUse of ["once", "many"] as const) {
          it.live(`refreshTokenUse: ${refreshTokenUse}, ${revokeOnRefresh ? "" : "not "}revoking on refresh`, () =>
            Effect.gen(function*() {
              const { data } = yield* acquisition()
              const again = Effect.map(refresh(data.refreshToken), ({ code }) => code)
              const codes = yield* Effect.all([again, again, again])
              assert.deepStrictEqual(
                codes,
                refreshTokenUse === "many" ? ["20000", "20000", "20000"] : ["20000", "40003", "40003"]
              )
            }).pipe(Effect.provide(carrier({ refreshTokenUse, revokeOnRefresh }))))
        }
      }

      it.live("earlyRefresh: refused while the access token is good, accepted when it is not", () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          const { data } = yield* acquisition()
          assert.strictEqual((yield* refresh(data.refreshToken)).code, "40003")
          assert.isTrue(yield* accepts(data.accessToken))
          yield* sandbox.revoke("accessTokens")
          assert.strictEqual((yield* refresh(data.refreshToken)).code, "20000")
        }).pipe(Effect.provide(carrier({ earlyRefresh: "refused" }))))

      it.live("earlyRefresh: the same pair again while the access token is good, a new one when it is not", () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          const { data } = yield* acquisition()
          assert.deepStrictEqual((yield* refresh(data.refreshToken)).data, data)
          assert.deepStrictEqual((yield* refresh(data.refreshToken)).data, data)
          yield* sandbox.revoke(Redacted.make(data.accessToken))
          assert.notDeepEqual((yield* refresh(data.refreshToken)).data, data)
        }).pipe(Effect.provide(carrier({ earlyRefresh: "samePair" }))))

      it.live("configure changes what it names, while running, and nothing else", () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          yield* sandbox.configure({ password: "rotated", returnCodes: { wrongCredentials: 41009 } })
          assert.strictEqual((yield* acquisition()).code, 41009)
          assert.strictEqual((yield* acquisition({ ...account, password: "rotated" })).code, 20000)
          assert.strictEqual((yield* refresh("")).code, 40003)
        }).pipe(Effect.provide(carrier({ codeType: "number" }))))
    })

    describe("can be acted upon", () => {
      it.live("revoke takes one token, all access tokens, or all tokens", () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          const one = (yield* acquisition()).data
          const two = (yield* acquisition()).data
          yield* sandbox.revoke(Redacted.make(one.accessToken))
          assert.deepStrictEqual([yield* accepts(one.accessToken), yield* accepts(two.accessToken)], [false, true])
          yield* sandbox.revoke("accessTokens")
          assert.isFalse(yield* accepts(two.accessToken))
          assert.strictEqual((yield* refresh(one.refreshToken)).code, "20000")
          yield* sandbox.revoke("allTokens")
          assert.strictEqual((yield* refresh(two.refreshToken)).code, "40003")
        }).pipe(Effect.provide(carrier({ revokeOnAcquire: false, revokeOnRefresh: false }))))

      it.live("issue makes a pair known", () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          yield* sandbox.issue({ accessToken: Redacted.make("an access token"), refreshToken: Redacted.make("r") })
          assert.isTrue(yield* accepts("an access token"))
          assert.strictEqual((yield* refresh("r")).code, "20000")
        }).pipe(Effect.provide(carrier())))

      it.live("faults are listed in their order, and taken away", () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          yield* sandbox.inject("acquire", Fault.returnCode(1), Fault.empty)
          yield* sandbox.inject("report", Fault.html502)
          yield* acquisition()
          assert.deepStrictEqual(yield* sandbox.faults, {
            acquire: [Fault.empty],
            refresh: [],
            report: [Fault.html502]
          })
          yield* sandbox.clearFaults
          assert.deepStrictEqual(yield* sandbox.faults, { acquire: [], refresh: [], report: [] })
          assert.strictEqual((yield* acquisition()).code, "20000")
        }).pipe(Effect.provide(carrier())))

      it.live("outcomes tells of the requests that were decided, and of each later one", () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          yield* acquisition()
          const fiber = yield* Effect.fork(Stream.runCollect(Stream.take(sandbox.outcomes, 3)))
          yield* Effect.sleep("10 millis")
          yield* sandbox.inject("refresh", Fault.html502)
          yield* acquisition()
          yield* send(refreshPath, { refreshToken: "" })
          assert.deepStrictEqual([...yield* Fiber.join(fiber)], yield* sandbox.journal)
        }).pipe(Effect.provide(carrier())))
    })

    describe("has accounts", () => {
      const code = (username: string, password: string) =>
        Effect.map(acquisition({ username, password }), ({ code }) => code)

      it.live("of which each logs in with its own password, until it is removed", () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          yield* sandbox.addAccount({ username: "user2", password: Redacted.make("pass2") })
          assert.deepStrictEqual(yield* sandbox.accounts, ["user1", "user2"])
          assert.strictEqual(yield* code("user2", "pass2"), "20000")
          assert.strictEqual(yield* code("user2", "pass1"), "40001")
          assert.strictEqual(yield* code("user1", "pass1"), "20000")
          assert.isTrue(yield* sandbox.removeAccount("user1"))
          assert.isFalse(yield* sandbox.removeAccount("user1"))
          assert.deepStrictEqual(yield* sandbox.accounts, ["user2"])
          assert.strictEqual(yield* code("user1", "pass1"), "40001")
        }).pipe(Effect.provide(carrier())))

      it.live("whose acquisitions and refreshes revoke none of another's tokens, whose removal revokes its own", () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          yield* sandbox.addAccount({ username: "user2", password: Redacted.make("pass2") })
          const one = (yield* acquisition()).data
          const two =
            (yield* refresh((yield* acquisition({ username: "user2", password: "pass2" })).data.refreshToken)).data
          assert.isTrue(yield* accepts(one.accessToken))
          assert.isTrue(yield* accepts(two.accessToken))
          yield* sandbox.removeAccount("user2")
          assert.deepStrictEqual([yield* accepts(one.accessToken), yield* accepts(two.accessToken)], [true, false])
          assert.strictEqual((yield* refresh(two.refreshToken)).code, "40003")
          assert.strictEqual((yield* refresh(one.refreshToken)).code, "20000")
        }).pipe(Effect.provide(carrier())))

      it.live("that a changed password and a changed name of the first leave as they are", () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          yield* sandbox.addAccount({ username: "user2", password: Redacted.make("pass2") })
          yield* sandbox.addAccount({ username: "user1", password: Redacted.make("rotated") })
          assert.strictEqual(yield* code("user1", "rotated"), "20000")
          yield* sandbox.configure({ username: "user3" })
          assert.deepStrictEqual(yield* sandbox.accounts, ["user2", "user3"])
          assert.strictEqual(yield* code("user3", "rotated"), "20000")
          assert.strictEqual(yield* code("user2", "pass2"), "20000")
        }).pipe(Effect.provide(carrier())))
    })
  })
}
