import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import type * as Tracer from "effect/Tracer"
import type { UsernamePassword } from "../src/Credentials.js"
import * as JindouyunConfig from "../src/JindouyunConfig.js"
import type { TokenRequestError } from "../src/JindouyunError.js"
import { RefreshToken } from "../src/Token.js"
import * as TokenApi from "../src/TokenApi.js"
import { observedTracer } from "./edition/observedTracer.js"
import { hour, second, start } from "./utils.js"

const pair = { accessToken: "access1", refreshToken: "refresh1" }
const success = JSON.stringify({ code: 20000, message: "数据返回正确", data: pair })
const account: UsernamePassword = { username: "user1", password: Redacted.make("pass1") }
const refreshToken = new RefreshToken({ value: Redacted.make("refresh0") })

type Answer = (
  request: HttpClientRequest.HttpClientRequest,
  signal: AbortSignal
) => Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>

const clientOf = (answer: Answer) => HttpClient.make((request, _url, signal) => answer(request, signal))

const over = (
  client: HttpClient.HttpClient,
  options: JindouyunConfig.Options = {}
): Effect.Effect<TokenApi.Service> =>
  Effect.provide(
    TokenApi.TokenApi,
    TokenApi.layer.pipe(
      Layer.provide(Layer.orDie(JindouyunConfig.layer({ baseUrl: "http://localhost:1234", ...options }))),
      Layer.provide(Layer.succeed(HttpClient.HttpClient, client))
    )
  )

const acquire = (answer: Answer, options?: JindouyunConfig.Options) =>
  Effect.flatMap(over(clientOf(answer), options), (api) => api.acquire(account))

const respond = (body: BodyInit | null, init?: ResponseInit): Answer => (request) =>
  Effect.succeed(HttpClientResponse.fromWeb(request, new Response(body, init)))

const failed = (answer: Answer, options?: JindouyunConfig.Options): Effect.Effect<TokenRequestError> =>
  Effect.orDie(Effect.flip(acquire(answer, options)))

const assertHas = (failure: TokenRequestError, expected: Readonly<Record<string, unknown>>) =>
  assert.deepInclude<Record<string, unknown>>({ ...failure }, expected)

const bytes = (text: string) => new TextEncoder().encode(text)

/** A body in the given pieces; `onPull` is told of each before it is given. */
const inPieces = (pieces: ReadonlyArray<Uint8Array>, onPull: () => void = () => undefined) => {
  const rest = [...pieces]
  return new ReadableStream<Uint8Array>({
    pull: (controller) => {
      onPull()
      const piece = rest.shift()
      return piece === undefined ? controller.close() : controller.enqueue(piece)
    }
  }, { highWaterMark: 0 })
}

const requestError = (request: HttpClientRequest.HttpClientRequest, cause: unknown) =>
  new HttpClientError.RequestError({ request, reason: "Transport", cause })

const statusError = (request: HttpClientRequest.HttpClientRequest, response: Response) =>
  new HttpClientError.ResponseError({
    request,
    response: HttpClientResponse.fromWeb(request, response),
    reason: "StatusCode"
  })

const decodeError = (request: HttpClientRequest.HttpClientRequest, response: Response, cause?: unknown) =>
  new HttpClientError.ResponseError({
    request,
    response: HttpClientResponse.fromWeb(request, response),
    reason: "Decode",
    cause
  })

interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly type: string
  readonly body: unknown
}

/** A request that is answered with a success, and what was seen of it. */
const observed = (
  use: (api: TokenApi.Service) => Effect.Effect<unknown, unknown>,
  options?: JindouyunConfig.Options
): Effect.Effect<Seen> =>
  Effect.gen(function*() {
    const seen: Array<HttpClientRequest.HttpClientRequest> = []
    const api = yield* over(
      clientOf((request, signal) => {
        seen.push(request)
        return respond(success)(request, signal)
      }),
      options
    )
    yield* Effect.orDie(use(api))
    assert.lengthOf(seen, 1)
    const [request] = seen
    if (request === undefined || request.body._tag !== "Uint8Array") {
      return yield* Effect.dieMessage("no request with a text")
    }
    return {
      method: request.method,
      url: request.url,
      headers: { ...request.headers },
      type: request.body.contentType,
      body: JSON.parse(new TextDecoder().decode(request.body.body)) as unknown
    }
  })

describe("TokenApi", () => {
  it("is known under its own name", () => {
    assert.strictEqual(TokenApi.TokenApi.key, "@jindouyun/core/TokenApi")
  })

  describe("what is sent", () => {
    const expected = {
      method: "POST",
      headers: {
        apiversion: "3",
        "accept-encoding": "identity",
        "content-type": "application/json;charset=UTF-8",
        "content-length": "39"
      },
      type: "application/json;charset=UTF-8"
    }

    it.effect("an acquisition is one POST with username and password, to the letter of the document", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* observed((api) => api.acquire(account)), {
          ...expected,
          url: "http://localhost:1234/api/access_token",
          body: { username: "user1", password: "pass1" }
        })
      }))

    it.effect("a refresh is one POST with the refresh token, in the field the option names", () =>
      Effect.gen(function*() {
        const headers = (length: number) => ({ ...expected.headers, "content-length": String(length) })
        assert.deepStrictEqual(yield* observed((api) => api.refresh(refreshToken)), {
          ...expected,
          headers: headers(27),
          url: "http://localhost:1234/api/refresh_token",
          body: { refreshToken: "refresh0" }
        })
        const other = yield* observed((api) => api.refresh(refreshToken), { refreshTokenField: "refresh_token" })
        assert.deepStrictEqual(other.body, { refresh_token: "refresh0" })
      }))

    it.effect("a prefix in the base URL, of a gateway, stands before the path", () =>
      Effect.gen(function*() {
        const { url } = yield* observed((api) => api.acquire(account), { baseUrl: "http://localhost:1234/gate" })
        assert.strictEqual(url, "http://localhost:1234/gate/api/access_token")
      }))
  })

  describe("what comes back", () => {
    it.effect("a pair that is redacted, and counted from when it was asked for", () =>
      Effect.gen(function*() {
        yield* TestClock.setTime(start)
        const late: Answer = (request, signal) => Effect.delay(respond(success)(request, signal), "5 seconds")
        const fiber = yield* Effect.fork(acquire(late))
        yield* Effect.yieldNow()
        yield* TestClock.adjust("5 seconds")
        const grant = yield* Fiber.join(fiber)
        assert.strictEqual(yield* Clock.currentTimeMillis, start + 5 * second)
        assert.strictEqual(grant.sentAt, start)
        assert.strictEqual(Redacted.value(grant.accessToken), "access1")
        assert.strictEqual(Redacted.value(grant.refreshToken.value), "refresh1")
        assert.notInclude(JSON.stringify(grant), "access1")
        assert.isTrue(Equal.equals(grant.accessToken, Redacted.make("access1")))
      }))

    it.effect("each call is counted from its own request", () =>
      Effect.gen(function*() {
        const api = yield* over(clientOf(respond(success)))
        const request = api.acquire(account)
        yield* TestClock.setTime(start)
        assert.strictEqual((yield* request).sentAt, start)
        yield* TestClock.adjust("1 second")
        assert.strictEqual((yield* request).sentAt, start + second)
      }))

    it.effect("text whose letters are split between two pieces is whole again", () =>
      Effect.gen(function*() {
        const whole = bytes(`{"code":20000,"data":{"accessToken":"a","refreshToken":"r"},"message":"数据"}`)
        let cut = 0
        const api = yield* over(
          clientOf((request, signal) =>
            respond(inPieces([whole.subarray(0, cut), whole.subarray(cut)]))(request, signal)
          )
        )
        for (cut = 1; cut < whole.length; cut++) {
          assert.strictEqual(Redacted.value((yield* api.acquire(account)).accessToken), "a")
        }
      }))

    it.effect("a letter that never ends, and bytes that are no letter, are no text", () =>
      Effect.gen(function*() {
        const expected = { _tag: "UnexpectedResponse", reason: "notText", disposition: "retry", delivery: "ambiguous" }
        const letter = bytes("数").subarray(0, 2)
        assertHas(yield* failed(respond(inPieces([bytes(success), letter]))), expected)
        assertHas(yield* failed(respond(new Uint8Array([0xff, 0xfe]))), expected)
      }))
  })

  describe("the limit of an answer", () => {
    const { length } = bytes(success)

    it.effect("as many bytes as are allowed are read, one more is too many", () =>
      Effect.gen(function*() {
        yield* acquire(respond(success), { maxResponseBytes: length })
        assertHas(yield* failed(respond(success), { maxResponseBytes: length - 1 }), {
          _tag: "UnexpectedResponse",
          endpoint: "/api/access_token",
          reason: "tooLarge",
          status: 200,
          detail: `more than ${length - 1} bytes`,
          disposition: "fatal",
          delivery: "ambiguous",
          attempts: 1
        })
      }))

    it.effect("pieces are counted together, and nothing is read beyond the limit", () =>
      Effect.gen(function*() {
        let pulls = 0
        const endless = Array.from({ length: 1000 }, () => new Uint8Array(100))
        const failure = yield* failed(respond(inPieces(endless, () => pulls++)), { maxResponseBytes: 1000 })
        assertHas(failure, { _tag: "UnexpectedResponse", reason: "tooLarge" })
        assert.isAtMost(pulls, 15)
      }))

    it.effect("a body of the length that its head tells is read whole", () =>
      acquire(respond(success, { headers: { "content-length": String(length) } }), { maxResponseBytes: length }))

    it.effect("a body that is longer than its head tells is too large, and not served in part", () =>
      Effect.gen(function*() {
        const answer = respond(inPieces([bytes(success), new Uint8Array(1000)]), {
          headers: { "content-length": String(length) }
        })
        assertHas(yield* failed(answer, { maxResponseBytes: 1000 }), { reason: "tooLarge", disposition: "fatal" })
      }))

    it.effect.each<[string, Record<string, string>]>([
      ["whose head tells more than the limit", { "content-length": "1001" }],
      ["whose head tells no number", { "content-length": "many" }],
      ["that is compressed, whatever its head tells", { "content-length": "10", "content-encoding": "gzip" }]
    ])("a body %s is not read beyond the limit", ([, headers]) =>
      Effect.gen(function*() {
        let pulls = 0
        const endless = Array.from({ length: 1000 }, () => new Uint8Array(100))
        const answer = respond(inPieces(endless, () => pulls++), { headers })
        assertHas(yield* failed(answer, { maxResponseBytes: 1000 }), { reason: "tooLarge" })
        assert.isAtMost(pulls, 15)
      }))
  })

  describe("answers without an envelope", () => {
    it.effect.each<[number, string, string]>([
      [300, "redirect", "fatal"],
      [304, "redirect", "fatal"],
      [307, "redirect", "fatal"],
      [399, "redirect", "fatal"],
      [400, "status", "fatal"],
      [401, "status", "fatal"],
      [403, "status", "fatal"],
      [404, "status", "fatal"],
      [407, "status", "fatal"],
      [408, "status", "retry"],
      [409, "status", "fatal"],
      [424, "status", "fatal"],
      [425, "status", "retry"],
      [426, "status", "fatal"],
      [428, "status", "fatal"],
      [429, "status", "retry"],
      [430, "status", "fatal"],
      [499, "status", "fatal"],
      [500, "status", "retry"],
      [503, "status", "retry"],
      [599, "status", "retry"]
    ])("HTTP %i is a failure of %s, %s", ([status, reason, disposition]) =>
      Effect.gen(function*() {
        const failure = yield* failed(respond(status === 304 ? null : "<html>", { status }))
        assertHas(failure, {
          _tag: "UnexpectedResponse",
          endpoint: "/api/access_token",
          attempts: 1,
          reason,
          status,
          disposition,
          delivery: "ambiguous"
        })
        assert.isUndefined("detail" in failure ? failure.detail : "none")
        assert.isUndefined("retryAfter" in failure ? failure.retryAfter : "none")
      }))

    it.effect("an informational status that a client lets through is no success", () =>
      Effect.gen(function*() {
        const informational: Answer = (request) => {
          const response = HttpClientResponse.fromWeb(request, new Response(null))
          return Effect.succeed(Object.create(response, { status: { value: 199 } }))
        }
        assertHas(yield* failed(informational), { reason: "status", status: 199, disposition: "fatal" })
      }))

    it.effect.each<[string, string, string, string]>([
      ["nothing", "", "an empty body", "retry"],
      ["HTML", "<html>", "HTML or XML", "retry"],
      ["JSON of another form", "[]", "not of the expected form", "fatal"],
      ["an envelope without a code", "{}", "code missing or not of the expected form", "fatal"]
    ])("200 and %s is no envelope", ([_what, body, detail, disposition]) =>
      Effect.gen(function*() {
        for (const status of [200, 299]) {
          assertHas(yield* failed(respond(body, { status })), {
            _tag: "UnexpectedResponse",
            reason: "notEnvelope",
            status,
            detail,
            disposition,
            delivery: "ambiguous"
          })
        }
      }))

    it.effect("a success whose data is not what was promised is not asked for again", () =>
      Effect.gen(function*() {
        assertHas(yield* failed(respond(`{"code":20000,"data":{"accessToken":"a"}}`)), {
          _tag: "UnexpectedResponse",
          reason: "invalidData",
          status: 200,
          detail: "data: refreshToken missing or not of the expected form",
          disposition: "fatal",
          delivery: "ambiguous"
        })
      }))

    it.effect("an answer without any body, where the client makes an error of it, is no envelope", () =>
      Effect.gen(function*() {
        const empty: Answer = (request) => Effect.succeed(HttpClientResponse.fromWeb(request, new Response(null)))
        assertHas(yield* failed(empty), { reason: "notEnvelope", detail: "an empty body", disposition: "retry" })
      }))

    it.effect("a body that breaks off was truncated, and says with which code of the system", () =>
      Effect.gen(function*() {
        const broken = new ReadableStream<Uint8Array>({
          pull: (controller) => controller.error(Object.assign(new Error("cut"), { code: "ECONNRESET" }))
        })
        assertHas(yield* failed(respond(broken)), {
          _tag: "UnexpectedResponse",
          reason: "truncated",
          detail: "ECONNRESET",
          disposition: "retry",
          delivery: "ambiguous"
        })
      }))

    it.effect("Retry-After is read, in seconds and as a date against the one of the answer", () =>
      Effect.gen(function*() {
        const retryAfter = (headers: Record<string, string>) =>
          Effect.map(
            failed(respond("", { status: 503, headers })),
            (failure) => "retryAfter" in failure ? failure.retryAfter : undefined
          )
        yield* TestClock.setTime(start)
        assert.strictEqual(yield* retryAfter({ "retry-after": "7" }), 7 * second)
        const at = (millis: number) => new Date(millis).toUTCString()
        assert.strictEqual(yield* retryAfter({ "retry-after": at(start + 9 * second) }), 9 * second)
        assert.strictEqual(
          yield* retryAfter({ "retry-after": at(start + hour + 3 * second), date: at(start + hour) }),
          3 * second
        )
      }))
  })

  describe("return codes", () => {
    const refused = (code: number, init: ResponseInit = {}, options: JindouyunConfig.Options = {}) =>
      failed(respond(JSON.stringify({ code, message: "no" }), init), options)

    it.effect("the envelope speaks before the status does, and is an answer", () =>
      Effect.gen(function*() {
        for (const status of [200, 302, 401, 500]) {
          assertHas(yield* refused(40001, { status }), {
            _tag: "AuthenticationFailed",
            endpoint: "/api/access_token",
            code: 40001,
            returnMessage: "no",
            status,
            disposition: "fatal",
            delivery: "answered"
          })
        }
      }))

    it.effect("a success is one whatever its status is, also 429", () =>
      Effect.gen(function*() {
        for (const status of [200, 302, 429, 500]) {
          assert.strictEqual(Redacted.value((yield* acquire(respond(success, { status }))).accessToken), "access1")
        }
      }))

    it.effect.each<[number, number, JindouyunConfig.Options["returnCodes"], string]>([
      [41009, 200, undefined, "fatal"],
      [41009, 428, undefined, "fatal"],
      [41009, 429, undefined, "retry"],
      [41009, 500, undefined, "retry"],
      [41009, 503, undefined, "retry"],
      [41009, 404, undefined, "fatal"],
      [40001, 503, undefined, "fatal"],
      [41009, 503, { 41009: "fatal" }, "fatal"],
      [40001, 429, undefined, "fatal"],
      [41009, 429, { 41009: "reauthenticate" }, "reauthenticate"],
      [41009, 429, { 41008: "fatal" }, "retry"],
      [41009, 200, { 41009: "retry" }, "retry"],
      [50000, 200, undefined, "retry"]
    ])(
      "the code %i with HTTP %i and the option %j is %s",
      ([code, status, returnCodes, disposition]) =>
        Effect.gen(function*() {
          const failure = yield* refused(code, { status }, { returnCodes })
          assertHas(failure, { code, status, disposition })
        })
    )

    it.effect("Retry-After comes with them, too", () =>
      Effect.gen(function*() {
        assertHas(yield* refused(50000, { headers: { "retry-after": "7" } }), { retryAfter: 7 * second })
      }))

    it.effect("a message that repeats what was sent, or what the caller knows, says nothing of it", () =>
      Effect.gen(function*() {
        const echo = `{"code":40001,"message":"pass1, refresh0 and known1"}`
        const api = yield* over(clientOf(respond(echo)))
        const secrets = [Redacted.make("known1")]
        const words = (request: Effect.Effect<unknown, TokenRequestError>) =>
          Effect.map(Effect.flip(request), (failure) => "returnMessage" in failure ? failure.returnMessage : undefined)
        const both = { secrets }
        assert.strictEqual(yield* words(api.acquire(account)), "<redacted>, refresh0 and known1")
        assert.strictEqual(yield* words(api.acquire(account, both)), "<redacted>, refresh0 and <redacted>")
        assert.strictEqual(yield* words(api.refresh(refreshToken)), "pass1, <redacted> and known1")
        assert.strictEqual(yield* words(api.refresh(refreshToken, both)), "pass1, <redacted> and <redacted>")
      }))
  })

  describe("no answer", () => {
    const cut = (cause: unknown): Answer => (request) => Effect.fail(requestError(request, cause))

    it.effect.each<[string, object, Readonly<Record<string, unknown>>]>([
      ["a refused connection", { code: "ECONNREFUSED", syscall: "connect" }, {
        reason: "refused",
        delivery: "unsent",
        disposition: "retry",
        detail: "ECONNREFUSED"
      }],
      ["a reset", { code: "ECONNRESET", syscall: "read" }, {
        reason: "reset",
        delivery: "ambiguous",
        disposition: "retry"
      }],
      ["a bad certificate", { code: "CERT_HAS_EXPIRED" }, { reason: "tls", delivery: "unsent", disposition: "fatal" }],
      ["TLS that broke later", { code: "ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC" }, {
        reason: "tls",
        delivery: "ambiguous",
        disposition: "retry"
      }],
      ["something unheard of", {}, { reason: "other", delivery: "ambiguous", disposition: "retry" }]
    ])("%s is told apart, and so is what was never sent", ([_what, cause, expected]) =>
      Effect.gen(function*() {
        const common = { _tag: "TransportFailure", endpoint: "/api/access_token", attempts: 1 }
        assertHas(yield* failed(cut(cause)), { ...common, ...expected })
      }))

    it.effect("a client that fails on a status does not hide the envelope; one that fails otherwise has no answer", () =>
      Effect.gen(function*() {
        const failsWith = (make: typeof statusError): Answer => (request) =>
          Effect.fail(make(request, new Response(`{"code":40001,"message":"no"}`, { status: 401 })))
        assertHas(yield* failed(failsWith(statusError)), { _tag: "AuthenticationFailed", status: 401 })
        assertHas(yield* failed(failsWith(decodeError)), { _tag: "TransportFailure", reason: "other" })
      }))

    it.effect("a client that dies has failed, and its words are dropped", () =>
      Effect.gen(function*() {
        assertHas(yield* failed(() => Effect.die(new Error("pass1"))), {
          _tag: "TransportFailure",
          endpoint: "/api/access_token",
          reason: "other",
          detail: "the HTTP client died",
          delivery: "ambiguous",
          disposition: "retry"
        })
      }))

    it.effect("the request timeout covers head and body", () =>
      Effect.gen(function*() {
        for (const answer of [() => Effect.never, respond(inPieces([bytes("{")], () => undefined))]) {
          const stalled: Answer = (request, signal) =>
            Effect.map(answer(request, signal), (response) => stalling(response))
          const fiber = yield* Effect.fork(failed(stalled, { requestTimeout: "3 seconds" }))
          yield* Effect.yieldNow()
          yield* TestClock.adjust("2999 millis")
          assert.isNull(fiber.unsafePoll())
          yield* TestClock.adjust("1 millis")
          assertHas(yield* Fiber.join(fiber), {
            _tag: "TransportFailure",
            endpoint: "/api/access_token",
            reason: "timeout",
            detail: "no answer within the request timeout",
            delivery: "ambiguous",
            disposition: "retry"
          })
        }
      }))

    const stalling = (response: HttpClientResponse.HttpClientResponse): HttpClientResponse.HttpClientResponse =>
      HttpClientResponse.fromWeb(
        response.request,
        new Response(new ReadableStream({ pull: () => new Promise(() => {}) }))
      )

    it.effect("who is interrupted between head and body leaves no request open", () =>
      Effect.gen(function*() {
        const reading = yield* Deferred.make<AbortSignal>()
        const endless: Answer = (request, signal) => {
          const body = new ReadableStream({
            pull: () => {
              Deferred.unsafeDone(reading, Effect.succeed(signal))
              return new Promise(() => {})
            }
          }, { highWaterMark: 0 })
          return Effect.succeed(HttpClientResponse.fromWeb(request, new Response(body)))
        }
        const fiber = yield* Effect.fork(acquire(endless))
        const signal = yield* Deferred.await(reading)
        assert.isFalse(signal.aborted)
        yield* Fiber.interrupt(fiber)
        assert.isTrue(signal.aborted)
      }))
  })

  describe("where it goes", () => {
    const from = (url: string): Answer => (request) =>
      Effect.succeed(HttpClientResponse.fromWeb({ ...request, url }, new Response(success)))

    it.effect("an answer of another origin is none, whatever it says", () =>
      Effect.gen(function*() {
        for (const url of ["http://localhost:1235/api/access_token", "https://localhost:1234/", "http://evil.test/"]) {
          assertHas(yield* failed(from(url)), {
            _tag: "UnexpectedResponse",
            reason: "redirect",
            status: 200,
            detail: "the client followed it to another origin",
            disposition: "fatal"
          })
        }
      }))

    it.effect("an answer of our origin is one, also where the client names it without the origin", () =>
      Effect.gen(function*() {
        yield* acquire(from("http://localhost:1234/elsewhere"))
        yield* acquire(from("/api/access_token"))
      }))

    it.effect("fetch is told to follow nothing, and otherwise what the consumer told it", () =>
      Effect.gen(function*() {
        const told: Array<RequestInit> = []
        const client = HttpClient.make((request) =>
          Effect.map(Effect.serviceOption(FetchHttpClient.RequestInit), (init) => {
            told.push(Option.getOrThrow(init))
            return HttpClientResponse.fromWeb(request, new Response(success))
          })
        )
        const api = over(client)
        yield* Effect.flatMap(api, (api) => api.acquire(account))
        yield* Effect.flatMap(api, (api) => api.acquire(account)).pipe(
          Effect.provideService(FetchHttpClient.RequestInit, { keepalive: true, redirect: "follow" })
        )
        assert.deepStrictEqual(told, [{ redirect: "manual" }, { keepalive: true, redirect: "manual" }])
      }))
  })

  describe("tracing", () => {
    it.effect("each request is one span of ours that takes no stack trace; the client adds none, and sends nothing along", () =>
      Effect.gen(function*() {
        const spans: Array<{ readonly span: Tracer.Span; readonly takesStack: boolean }> = []
        const tracer = observedTracer((span, options) => {
          spans.push({ span, takesStack: options !== undefined && options.captureStackTrace !== false })
        })
        const { headers } = yield* observed((api) => api.acquire(account)).pipe(
          Effect.withSpan("caller", { captureStackTrace: false }),
          Effect.withTracer(tracer)
        )
        yield* observed((api) => api.refresh(refreshToken)).pipe(Effect.withTracer(tracer))
        const ofSpan = (key: string) => spans.map(({ span }) => span.attributes.get(key))
        assert.deepStrictEqual(spans.map(({ span }) => span.name), ["caller", "TokenApi.acquire", "TokenApi.refresh"])
        assert.deepStrictEqual(spans.map(({ takesStack }) => takesStack), [false, false, false])
        assert.deepStrictEqual(ofSpan("http.request.method"), [undefined, "POST", "POST"])
        assert.deepStrictEqual(ofSpan("jindouyun.endpoint"), [undefined, "/api/access_token", "/api/refresh_token"])
        assert.notProperty(headers, "traceparent")
        assert.notProperty(headers, "b3")
      }))
  })
})
