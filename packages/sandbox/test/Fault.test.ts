import type * as HttpClientError from "@effect/platform/HttpClientError"
import { assert, describe, it } from "@effect/vitest"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { account, acquisition, carriers, refresh, send } from "./support/carriers.js"

const acquirePath = "/api/access_token"

interface Case {
  readonly fault: Fault.Fault
  readonly acts: boolean
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly contentType?: string | undefined
  readonly text: string | RegExp
}

const json = "application/json;charset=UTF-8"

const success =
  /^\{"code":"20000","message":"数据返回正确","data":\{"accessToken":"\w{32}","refreshToken":"\w{32}"\}\} *$/

const answers: { readonly [name: string]: Case } = {
  "refuse: an envelope with any code, message and status": {
    fault: Fault.refuse({ code: 41009, message: "余额不足", status: 403 }),
    acts: false,
    status: 403,
    contentType: json,
    text: "{\"code\":\"41009\",\"message\":\"余额不足\",\"data\":{}}"
  },
  "returnCode: an envelope with a code and its meaning": {
    fault: Fault.returnCode(50000),
    acts: false,
    status: 200,
    contentType: json,
    text: "{\"code\":\"50000\",\"message\":\"服务器错误\",\"data\":{}}"
  },
  "returnCode: a code nobody knows": {
    fault: Fault.returnCode(99999),
    acts: false,
    status: 200,
    contentType: json,
    text: "{\"code\":\"99999\",\"message\":\"请求被拒绝\",\"data\":{}}"
  },
  "delay: the true answer": { fault: Fault.delay(1), acts: true, status: 200, contentType: json, text: success },
  "delay, acting last: the true answer": {
    fault: Fault.delay(1, { acts: "last" }),
    acts: true,
    status: 200,
    contentType: json,
    text: success
  },
  "empty: 200 without a body": { fault: Fault.empty, acts: true, status: 200, contentType: json, text: "" },
  "invalidUtf8: bytes that are no UTF-8": {
    fault: Fault.invalidUtf8,
    acts: true,
    status: 200,
    contentType: json,
    text: /^\{"code":"20000","message":".*\ufffd.*"/
  },
  "html502: the page of a gateway": {
    fault: Fault.html502,
    acts: false,
    status: 502,
    contentType: "text/html",
    text: /^<html>.*502 Bad Gateway/s
  },
  "status: 429, to be tried again in some seconds": {
    fault: Fault.status(429, { retryAfter: 7 }),
    acts: false,
    status: 429,
    headers: { "retry-after": "7" },
    text: ""
  },
  "status: 503, to be tried again at some date": {
    fault: Fault.status(503, { retryAfter: DateTime.unsafeMake("2021-12-12T08:00:00Z") }),
    acts: false,
    status: 503,
    headers: { "retry-after": "Sun, 12 Dec 2021 08:00:00 GMT" },
    text: ""
  },
  "status: any": { fault: Fault.status(418), acts: false, status: 418, text: "" },
  "wrongTypes: numbers for tokens": {
    fault: Fault.wrongTypes(),
    acts: true,
    status: 200,
    contentType: json,
    text: /"data":\{"accessToken":1,"refreshToken":2\}\}$/
  },
  "wrongTypes: null for tokens": {
    fault: Fault.wrongTypes("nulls"),
    acts: true,
    status: 200,
    contentType: json,
    text: /"data":\{"accessToken":null,"refreshToken":null\}\}$/
  },
  "wrongTypes: empty tokens": {
    fault: Fault.wrongTypes("empty"),
    acts: true,
    status: 200,
    contentType: json,
    text: /"data":\{"accessToken":"","refreshToken":""\}\}$/
  },
  "wrongTypes: no tokens": {
    fault: Fault.wrongTypes("missing"),
    acts: true,
    status: 200,
    contentType: json,
    text: /"data":\{\}\}$/
  },
  "wrongTypes: data that is no object": {
    fault: Fault.wrongTypes("notObject"),
    acts: true,
    status: 200,
    contentType: json,
    text: /"data":"accessToken"\}$/
  },
  "oversized: the true answer and a lot of spaces": {
    fault: Fault.oversized(200_000),
    acts: true,
    status: 200,
    headers: { "content-length": "200000" },
    contentType: json,
    text: success
  },
  "redirect: to anywhere": {
    fault: Fault.redirect(307, "https://elsewhere.example/"),
    acts: false,
    status: 307,
    headers: { location: "https://elsewhere.example/" },
    text: ""
  },
  "rawBody: any text": {
    fault: Fault.rawBody("{\"code\":2e4}", { status: 201, headers: { "X-Odd": "yes" } }),
    acts: false,
    status: 201,
    headers: { "x-odd": "yes" },
    contentType: json,
    text: "{\"code\":2e4}"
  }
}

const causeOf = (error: HttpClientError.HttpClientError) =>
  error.cause as { readonly code?: string; readonly syscall?: string }

// Whether the platform has acted shows in the refresh token, which works once.
const isUsedUp = (refreshToken: string) => Effect.map(refresh(refreshToken), ({ code }) => code === "40003")

for (const [where, carrier] of carriers) {
  describe(`a fault ${where}`, () => {
    for (const [title, { acts, contentType, fault, headers, status, text }] of Object.entries(answers)) {
      it.live(`${title}, ${acts ? "having" : "not having"} acted`, () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          const { refreshToken } = (yield* acquisition()).data
          yield* sandbox.inject("refresh", fault)
          const answer = yield* send("/api/refresh_token", { refreshToken })
          assert.strictEqual(answer.status, status)
          assert.deepInclude(answer.headers, headers ?? {})
          assert.strictEqual(answer.headers["content-type"], contentType)
          if (typeof text === "string") {
            assert.strictEqual(answer.text, text)
          } else {
            assert.match(answer.text, text)
          }
          assert.strictEqual(yield* isUsedUp(refreshToken), acts)
          const { outcome } = (yield* sandbox.journal)[1] ?? {}
          assert.deepInclude(outcome, { _tag: "Faulted", fault: fault._tag, acted: acts })
          assert.strictEqual(Fault.hasActed(fault), acts)
        }).pipe(Effect.provide(carrier())))
    }

    for (const [fault, acts] of [[Fault.resetBeforeActing, false], [Fault.resetAfterActing, true]] as const) {
      it.live(`${fault._tag}: the client sees ECONNRESET while reading`, () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          const { refreshToken } = (yield* acquisition()).data
          yield* sandbox.inject("refresh", fault)
          const error = yield* Effect.flip(send("/api/refresh_token", { refreshToken }))
          assert.deepInclude(error, { _tag: "RequestError", reason: "Transport" })
          assert.deepInclude(causeOf(error), { code: "ECONNRESET", syscall: "read" })
          assert.strictEqual(yield* isUsedUp(refreshToken), acts)
        }).pipe(Effect.provide(carrier())))
    }

    for (const bytes of [0, 1, 40]) {
      it.live(`truncate: the head arrives and ${bytes} bytes of the body, then the connection ends`, () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          const { refreshToken } = (yield* acquisition()).data
          yield* sandbox.inject("refresh", Fault.truncate(bytes))
          const error = yield* Effect.flip(send("/api/refresh_token", { refreshToken }))
          assert.deepInclude(error, { _tag: "ResponseError", reason: "Decode" })
          assert.deepInclude(causeOf(error), { code: "ECONNRESET" })
          assert.isTrue(yield* isUsedUp(refreshToken))
        }).pipe(Effect.provide(carrier())))
    }

    for (const fault of [Fault.empty, Fault.html502]) {
      it.live(`withActing: ${fault._tag} can hide that the platform has acted, or has not`, () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          for (const acts of [false, true]) {
            const { refreshToken } = (yield* acquisition()).data
            yield* sandbox.inject("refresh", Fault.withActing(fault, acts))
            yield* send("/api/refresh_token", { refreshToken })
            assert.strictEqual(yield* isUsedUp(refreshToken), acts)
          }
        }).pipe(Effect.provide(carrier())))
    }

    it.live("takes one request each, in the order of the queue, of its own endpoint", () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        yield* sandbox.inject("acquire", Fault.returnCode(1), Fault.returnCode(2))
        yield* sandbox.inject("acquire", Fault.returnCode(3))
        yield* sandbox.inject("refresh", Fault.returnCode(4))
        const codes = yield* Effect.all([
          acquisition(),
          acquisition(),
          acquisition(),
          acquisition(),
          refresh(""),
          refresh("")
        ])
        assert.deepStrictEqual(codes.map(({ code }) => code), ["1", "2", "3", "20000", "4", "40003"])
      }).pipe(Effect.provide(carrier())))

    it.live("waits for a request that belongs to its endpoint", () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        yield* sandbox.inject("acquire", Fault.returnCode(1))
        yield* send("/api/other", account)
        yield* send(acquirePath, undefined, { method: "GET" })
        assert.strictEqual((yield* acquisition()).code, "1")
      }).pipe(Effect.provide(carrier())))

    it.live("delivers the platform's own refusal too, when that is the true answer", () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        yield* sandbox.inject("acquire", Fault.oversized(1000))
        assert.strictEqual((yield* acquisition({ ...account, password: "" })).code, "40001")
        const [entry] = yield* sandbox.journal
        assert.deepStrictEqual(entry?.outcome, { _tag: "Faulted", fault: "Oversized", acted: true, code: 40001 })
      }).pipe(Effect.provide(carrier())))
  })
}
