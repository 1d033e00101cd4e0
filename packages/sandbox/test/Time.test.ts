import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { setTimeout } from "node:timers/promises"
import { accepts, account, acquisition, memory, refresh, send, socket } from "./support/carriers.js"

const isDone = <A, E>(fiber: Fiber.RuntimeFiber<A, E>) => Effect.map(Fiber.poll(fiber), (exit) => exit._tag === "Some")

// A socket takes its time whatever the test clock says.
const realTime = (millis: number) => Effect.promise(() => setTimeout(millis))

const lastOutcome = Effect.flatMap(
  Sandbox.Sandbox,
  ({ journal }) => Effect.map(journal, (entries) => entries.at(-1)?.outcome)
)

describe("time in memory is the caller's", () => {
  it.effect("an access token lives for 24 hours, a refresh token for 30 days", () =>
    Effect.gen(function*() {
      const { data } = yield* acquisition()
      yield* TestClock.adjust("24 hours")
      assert.isFalse(yield* accepts(data.accessToken))
      const other = (yield* refresh(data.refreshToken)).data
      yield* TestClock.adjust("86399 seconds")
      assert.isTrue(yield* accepts(other.accessToken))
      yield* TestClock.adjust("29 days")
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* refresh(other.refreshToken)).code, "40003")
    }).pipe(Effect.provide(memory())))

  it.effect("a refresh starts both lifetimes again, also where it answers the same pair", () =>
    Effect.gen(function*() {
      const { data } = yield* acquisition()
      yield* TestClock.adjust("9 seconds")
      assert.deepStrictEqual((yield* refresh(data.refreshToken)).data, data)
      yield* TestClock.adjust("9 seconds")
      assert.isTrue(yield* accepts(data.accessToken))
      yield* TestClock.adjust("10 seconds")
      assert.isFalse(yield* accepts(data.accessToken))
      assert.strictEqual((yield* refresh(data.refreshToken)).code, "20000")
    }).pipe(Effect.provide(
      memory({ earlyRefresh: "samePair", accessTokenLifetime: "10 seconds", refreshTokenLifetime: "20 seconds" })
    )))

  it.effect("a lifetime that is configured later holds for later tokens only", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      const older = (yield* acquisition()).data
      yield* sandbox.configure({ accessTokenLifetime: "1 second" })
      const newer = (yield* acquisition()).data
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([yield* accepts(older.accessToken), yield* accepts(newer.accessToken)], [true, false])
    }).pipe(Effect.provide(memory({ revokeOnAcquire: false }))))

  it.effect("latency holds every answer back, after the platform has acted", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.fork(acquisition())
      yield* Effect.yieldNow()
      assert.deepInclude(yield* lastOutcome, { _tag: "Answered", code: 20000 })
      yield* TestClock.adjust("299 millis")
      assert.isFalse(yield* isDone(fiber))
      yield* TestClock.adjust("1 millis")
      assert.isTrue(yield* isDone(fiber))
    }).pipe(Effect.provide(memory({ latency: "300 millis" }))))

  it.effect("a clock that is put forward ends the life of tokens, dates the answers, and wakes nothing", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      const { data } = yield* acquisition()
      yield* sandbox.advance("23 hours")
      assert.isTrue(yield* accepts(data.accessToken))
      yield* sandbox.advance("1 hour")
      assert.isFalse(yield* accepts(data.accessToken))
      assert.strictEqual((yield* refresh(data.refreshToken)).code, "20000")
      yield* sandbox.inject("acquire", Fault.delay("1 minute"))
      const late = yield* Effect.fork(acquisition())
      yield* Effect.yieldNow()
      yield* sandbox.advance("1 hour")
      assert.isFalse(yield* isDone(late))
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(late)
      assert.strictEqual(DateTime.formatIso(yield* sandbox.now), "1970-01-02T01:01:00.000Z")
      const answer = yield* send("/api/access_token", account)
      assert.strictEqual(answer.headers["date"], "Fri, 02 Jan 1970 01:01:00 GMT")
      assert.strictEqual((yield* sandbox.journal).at(-1)?.at, 90_060_000)
    }).pipe(Effect.provide(memory())))

  for (const acts of ["first", "last"] as const) {
    it.effect(`a client that hangs up during a delay leaves a platform that acts ${acts}`, () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        const { data } = yield* acquisition()
        yield* sandbox.inject("refresh", Fault.delay("10 seconds", { acts }))
        const fiber = yield* Effect.fork(refresh(data.refreshToken))
        yield* Effect.yieldNow()
        yield* TestClock.adjust("9 seconds")
        assert.isFalse(yield* isDone(fiber))
        yield* Fiber.interrupt(fiber)
        assert.strictEqual((yield* lastOutcome)?._tag, acts === "first" ? "Faulted" : "Cut")
        assert.strictEqual((yield* refresh(data.refreshToken)).code, acts === "first" ? "40003" : "20000")
        assert.strictEqual(yield* sandbox.maxOverlap, 1)
      }).pipe(Effect.provide(memory())))
  }

  it.effect("a slow body arrives at a byte a second, after its head", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      yield* sandbox.inject("acquire", Fault.slowBody)
      const client = yield* HttpClient.HttpClient
      const response = yield* client.execute(
        HttpClientRequest.post("http://localhost/api/access_token", {
          headers: { APIVersion: "3" }
        }).pipe(HttpClientRequest.bodyText(JSON.stringify(account), "application/json;charset=UTF-8"))
      )
      let received = ""
      const fiber = yield* Effect.fork(
        Stream.runForEach(Stream.decodeText(response.stream), (text) => Effect.sync(() => (received += text)))
      )
      yield* Effect.yieldNow()
      yield* TestClock.adjust("9 seconds")
      assert.strictEqual(received, "{\"code\":\"")
      yield* TestClock.adjust("5 minutes")
      yield* Fiber.join(fiber)
      assert.lengthOf(received, Number(response.headers["content-length"]) - "数据返回正确".length * 2)
    }).pipe(Effect.provide(memory())))
})

describe("the journal", () => {
  for (const [where, carrier] of [["in memory", memory], ["on a socket", socket]] as const) {
    it.effect(`tells which requests came, when, and what was answered, ${where}`, () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        yield* TestClock.setTime(1_639_296_000_000)
        const { data } = yield* acquisition()
        yield* TestClock.adjust("5 seconds")
        yield* refresh(data.refreshToken)
        yield* acquisition({ ...account, password: "" })
        yield* send("/api/other?x=1", undefined, { method: "GET" })
        yield* sandbox.inject("acquire", Fault.html502)
        yield* send("/api/access_token", account)
        const entries = yield* sandbox.journal
        const origin = entries[0]?.origin ?? ""
        assert.match(origin, /^https?:\/\/[a-z0-9.:]+$/)
        assert.deepStrictEqual(entries, [
          {
            sequence: 1,
            endpoint: "acquire",
            method: "POST",
            origin,
            path: "/api/access_token",
            at: 1_639_296_000_000,
            overlap: 1,
            outcome: { _tag: "Answered", status: 200, code: 20000 }
          },
          {
            sequence: 2,
            endpoint: "refresh",
            method: "POST",
            origin,
            path: "/api/refresh_token",
            at: 1_639_296_005_000,
            overlap: 1,
            outcome: { _tag: "Answered", status: 200, code: 20000 }
          },
          {
            sequence: 3,
            endpoint: "acquire",
            method: "POST",
            origin,
            path: "/api/access_token",
            at: 1_639_296_005_000,
            overlap: 1,
            outcome: { _tag: "Answered", status: 200, code: 40001 },
            reason: "the password is not that of the account"
          },
          {
            sequence: 4,
            endpoint: undefined,
            method: "GET",
            origin,
            path: "/api/other",
            at: 1_639_296_005_000,
            overlap: 0,
            outcome: { _tag: "Answered", status: 404, code: 40000 },
            reason: "the sandbox has no report at this path; its reports: /api/report/echo"
          },
          {
            sequence: 5,
            endpoint: "acquire",
            method: "POST",
            origin,
            path: "/api/access_token",
            at: 1_639_296_005_000,
            overlap: 1,
            outcome: { _tag: "Faulted", fault: "Html502", acted: false, code: undefined }
          }
        ])
        assert.deepStrictEqual(yield* sandbox.requests, { acquire: 3, refresh: 1, report: 0 })
        yield* sandbox.clear
        assert.deepStrictEqual(yield* sandbox.journal, [])
        assert.deepStrictEqual(yield* sandbox.requests, { acquire: 0, refresh: 0, report: 0 })
        yield* acquisition()
        assert.deepInclude((yield* sandbox.journal)[0], { sequence: 6 })
      }).pipe(Effect.provide(carrier())))

    it.effect(`counts the requests in flight, and forgets those that ended or were cut, ${where}`, () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        const overlaps = Effect.map(sandbox.journal, (entries) => entries.map(({ overlap }) => overlap))
        const until = (count: number) =>
          realTime(5).pipe(
            Effect.zipRight(sandbox.requests),
            Effect.repeat({ until: ({ acquire }) => acquire === count })
          )
        const one = yield* Effect.fork(acquisition())
        yield* until(1)
        const two = yield* Effect.fork(acquisition())
        yield* until(2)
        yield* Fiber.interrupt(one)
        yield* realTime(50)
        const three = yield* Effect.fork(acquisition())
        yield* until(3)
        yield* TestClock.adjust("1 minute")
        yield* Fiber.joinAll([two, three])
        const four = yield* Effect.fork(acquisition())
        yield* until(4)
        yield* TestClock.adjust("1 minute")
        yield* Fiber.join(four)
        assert.deepStrictEqual(yield* overlaps, [1, 2, 2, 1])
        assert.strictEqual(yield* sandbox.maxOverlap, 2)
        yield* sandbox.clear
        assert.strictEqual(yield* sandbox.maxOverlap, 0)
      }).pipe(Effect.provide(carrier({ latency: "1 minute" }))))

    it.effect(`counts the requests in flight with one refresh token, ${where}`, () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        const refreshing = (token: string, count: number, body: unknown = { refreshToken: token }) =>
          Effect.fork(send("/api/refresh_token", body)).pipe(
            Effect.tap(
              realTime(5).pipe(
                Effect.zipRight(sandbox.requests),
                Effect.repeat({ until: ({ refresh }) => refresh === count })
              )
            )
          )
        const one = [yield* refreshing("one", 1), yield* refreshing("other", 2), yield* refreshing("", 3, "no JSON")]
        assert.strictEqual(yield* sandbox.maxTokenOverlap, 1)
        yield* TestClock.adjust("1 minute")
        yield* Fiber.joinAll(one)
        const cut = yield* refreshing("one", 4)
        yield* Fiber.interrupt(cut)
        yield* realTime(50)
        const two = [yield* refreshing("one", 5)]
        assert.strictEqual(yield* sandbox.maxTokenOverlap, 1)
        two.push(yield* refreshing("one", 6, { refresh_token: "one" }))
        assert.strictEqual(yield* sandbox.maxTokenOverlap, 2)
        yield* TestClock.adjust("1 minute")
        yield* Fiber.joinAll(two)
        yield* sandbox.clear
        assert.strictEqual(yield* sandbox.maxTokenOverlap, 0)
      }).pipe(Effect.provide(carrier({ latency: "1 minute" }))))

    it.effect(`holds no password and no token, ${where}`, () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        const { data } = yield* acquisition()
        yield* refresh(data.refreshToken)
        yield* acquisition({ username: "user1", password: "another secret" })
        for (const secret of [account.password, data.accessToken, data.refreshToken]) {
          yield* send(`/api/${secret}/reports?token=${secret}`, { secret })
        }
        const journal = JSON.stringify(yield* sandbox.journal)
        for (const secret of [account.password, "another secret", data.accessToken, data.refreshToken]) {
          assert.notInclude(journal, secret)
        }
      }).pipe(Effect.provide(carrier({ echo: true }))))
  }

  it.effect("counts an answer as in flight until its last byte was read or dropped", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      yield* sandbox.inject("acquire", Fault.slowBody)
      const slow = yield* Effect.fork(acquisition())
      yield* Effect.yieldNow()
      yield* TestClock.adjust("3 seconds")
      yield* acquisition()
      yield* Fiber.interrupt(slow)
      yield* acquisition()
      assert.deepStrictEqual((yield* sandbox.journal).map(({ overlap }) => overlap), [1, 2, 1])
    }).pipe(Effect.provide(memory())))
})
