import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Hint from "../src/Hint.js"
import * as JindouyunConfig from "../src/JindouyunConfig.js"
import * as JindouyunError from "../src/JindouyunError.js"
import * as PlatformClient from "../src/PlatformClient.js"
import * as ReturnCode from "../src/ReturnCode.js"
import * as TokenProvider from "../src/TokenProvider.js"
import { answered, everyTokenError, second, transport, unexpected } from "./utils.js"

const errors = Object.entries(everyTokenError)

const invalidConfiguration = new JindouyunError.InvalidConfiguration({
  setting: "earlyRefresh",
  variable: "JINDOUYUN_EARLY_REFRESH",
  problem: "is too large",
  expected: "at most a quarter of the lifetime"
})

const roundTrip = <A, I>(schema: Schema.Schema<A, I>, error: A): A =>
  Schema.decodeUnknownSync(schema)(JSON.parse(JSON.stringify(Schema.encodeSync(schema)(error))))

describe("JindouyunError", () => {
  it.each([...errors, ["InvalidConfiguration", invalidConfiguration] as const])(
    "%s is tagged so, and says in a message and two hints what happened and what to do",
    (tag, error) => {
      assert.instanceOf(error, Error)
      assert.strictEqual(error._tag, tag)
      assert.isNotEmpty(error.message)
      assert.notInclude(error.message, "undefined")
      assert.match(error.hint, /^[A-Z].*\.$/)
      assert.match(Hint.of(error).zh, /\p{Script=Han}/u)
    }
  )

  it.each(errors)("%s survives its encoding by Schema, as the same class with the same fields", (_tag, error) => {
    const again = roundTrip(JindouyunError.TokenError, error)
    assert.strictEqual(again.constructor, error.constructor)
    assert.deepStrictEqual({ ...again }, { ...error })
    assert.strictEqual(again.message, error.message)
    assert.strictEqual(again.disposition, error.disposition)
    assert.strictEqual(again.delivery, error.delivery)
  })

  it("InvalidConfiguration survives its encoding by Schema", () => {
    const again = roundTrip(JindouyunError.InvalidConfiguration, invalidConfiguration)
    assert.deepStrictEqual({ ...again }, { ...invalidConfiguration })
    assert.strictEqual(again.message, invalidConfiguration.message)
  })

  it.each(errors)("JSON of %s tells its tag and its fields", (tag, error) => {
    const json = JSON.parse(JSON.stringify(error))
    assert.strictEqual(json._tag, tag)
    assert.deepStrictEqual(json, JSON.parse(JSON.stringify({ ...error })))
  })

  it("the message of a return code tells endpoint, code, meaning and the platform's own words", () => {
    const { message } = JindouyunError.fromReturnCode({
      endpoint: "/api/access_token",
      code: 40001,
      returnMessage: "用户名或密码错误",
      status: 200,
      disposition: "fatal"
    })
    for (const part of ["/api/access_token", "40001", "authentication", "用户名或密码错误"]) {
      assert.include(message, part)
    }
  })

  it("the message tells the attempts, where there was more than one", () => {
    const once = transport("reset", "ambiguous")
    assert.notInclude(once.message, "attempts")
    assert.include(new JindouyunError.TransportFailure({ ...once, attempts: 4 }).message, "4 attempts")
  })

  it("each transport reason has a hint of its own in both languages", () => {
    const hints = JindouyunError.TransportFailure.fields.reason.literals.map((reason) =>
      Hint.of(transport(reason, "ambiguous"))
    )
    assert.strictEqual(new Set(hints.map(({ en }) => en)).size, 8)
    assert.strictEqual(new Set(hints.map(({ zh }) => zh)).size, 8)
  })

  it.each([
    "",
    "CERT_HAS_EXPIRED",
    "CERT_NOT_YET_VALID",
    "HOSTNAME_MISMATCH",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "ERR_SSL_UNSUPPORTED_PROTOCOL",
    "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
    "EPROTO",
    "HPE_INVALID_CONSTANT"
  ])("a host in a Chinese hint has a space only beside letters and characters, with the detail %o", (detail) => {
    for (const baseUrl of [undefined, "https://gateway.example"]) {
      for (const reason of JindouyunError.TransportFailure.fields.reason.literals) {
        for (const delivery of ["unsent", "ambiguous"] as const) {
          const error = new JindouyunError.TransportFailure({ ...transport(reason, delivery), detail, baseUrl })
          assert.notMatch(Hint.of(error).zh, / {2}| [：；，。]|[：；，。] /)
        }
      }
    }
  })

  it.each([
    ...Object.values(JindouyunConfig.settings).map(({ expected }) => expected),
    "the username of a developer account",
    "the password of a developer account",
    "32 bytes in base64",
    "32 bytes in base64, as openssl rand -base64 32 prints them",
    "a key beside encryptionKey, or nothing",
    "a Redacted that is not wiped",
    "a Redacted, as Redacted.make returns it",
    "the path of a folder",
    "a value of its type"
  ])("the Chinese hint of an invalid setting expects in Chinese: %s", (expected) => {
    const error = new JindouyunError.InvalidConfiguration({ setting: "x", problem: "is missing", expected })
    assert.include(error.hint, expected)
    // Two words with one space between them are English; names and values stand alone.
    assert.notMatch(Hint.of(error).zh.replace(/"[^"]*"|openssl rand -base64 32/g, ""), /[a-z]+ [a-z]+/i)
  })

  it("each reason of an unexpected response has a hint of its own in both languages", () => {
    const hints = JindouyunError.UnexpectedResponse.fields.reason.literals.map((reason) =>
      Hint.of(unexpected(reason, 200, "fatal"))
    )
    assert.strictEqual(new Set(hints.map(({ en }) => en)).size, 7)
    assert.strictEqual(new Set(hints.map(({ zh }) => zh)).size, 7)
  })

  it("TokenError is closed: these classes and no other", () => {
    assert.deepStrictEqual<ReadonlyArray<string>>(
      JindouyunError.TokenError.members.map(({ name }) => name),
      errors.map(([tag]) => tag)
    )
  })

  describe("isRetryable and isRefusal", () => {
    it.each<[string, JindouyunError.TokenError, boolean, boolean]>([
      ["ApiVersionRejected", everyTokenError.ApiVersionRejected, false, true],
      ["InvalidParameter", everyTokenError.InvalidParameter, false, true],
      ["AuthenticationFailed", everyTokenError.AuthenticationFailed, false, true],
      ["TokenRejected", everyTokenError.TokenRejected, false, true],
      ["ServerFailure", everyTokenError.ServerFailure, true, false],
      ["UnknownServerFailure", everyTokenError.UnknownServerFailure, true, false],
      ["UnrecognizedReturnCode 41009", answered(41009, "fatal"), false, true],
      ["UnrecognizedReturnCode 50002", answered(50002, "retry"), true, false],
      ["AuthenticationFailed that the user calls retry", answered(40001, "retry"), true, false],
      ["ServerFailure that the user calls fatal", answered(50000, "fatal"), false, true],
      ["ServerFailure that the user calls reauthenticate", answered(50000, "reauthenticate"), false, true],
      ["a refused connection", transport("refused", "unsent"), true, false],
      ["a reset", transport("reset", "ambiguous"), true, false],
      ["a TLS failure", transport("tls", "unsent", "fatal"), false, false],
      ["HTTP 401", unexpected("status", 401, "fatal"), false, true],
      ["HTTP 403", unexpected("status", 403, "fatal"), false, true],
      ["HTTP 404", unexpected("status", 404, "fatal"), false, false],
      ["HTTP 429", unexpected("status", 429, "retry"), true, false],
      ["HTTP 503", unexpected("status", 503, "retry"), true, false],
      ["a redirect", unexpected("redirect", 302, "fatal"), false, false],
      ["a success with other data", unexpected("invalidData", 200, "fatal"), false, false],
      ["StoreFailure", everyTokenError.StoreFailure, true, false],
      ["CredentialsUnavailable", everyTokenError.CredentialsUnavailable, true, false],
      ["ProviderClosed", everyTokenError.ProviderClosed, false, false]
    ])("%s", (_name, error, retryable, refusal) => {
      assert.strictEqual(JindouyunError.isRetryable(error), retryable, "isRetryable")
      assert.strictEqual(JindouyunError.isRefusal(error), refusal, "isRefusal")
    })
  })

  describe("fromReturnCode", () => {
    const failure = (code: number) =>
      JindouyunError.fromReturnCode({
        endpoint: "/api/access_token",
        code,
        returnMessage: "no",
        status: 503,
        disposition: "fatal",
        retryAfter: 30 * second
      })

    it.each(
      [
        [30005, "ApiVersionRejected"],
        [40000, "InvalidParameter"],
        [40001, "AuthenticationFailed"],
        [40003, "TokenRejected"],
        [50000, "ServerFailure"],
        [50001, "UnknownServerFailure"],
        [41009, "UnrecognizedReturnCode"],
        [50002, "UnrecognizedReturnCode"],
        [0, "UnrecognizedReturnCode"]
      ] as const
    )("of %i is %s with all that is known", (code, tag) => {
      const error = failure(code)
      assert.strictEqual(error._tag, tag)
      assert.deepStrictEqual(
        { ...error },
        {
          _tag: tag,
          endpoint: "/api/access_token",
          attempts: 1,
          code,
          returnMessage: "no",
          status: 503,
          disposition: "fatal",
          delivery: "answered",
          retryAfter: 30 * second
        } as unknown as typeof error
      )
    })

    it("has a class for each row of the table but success, of the row's own tag", () => {
      for (const { code, tag } of ReturnCode.table) {
        if (tag !== "Success") {
          assert.strictEqual(failure(code)._tag, tag)
        }
      }
    })

    it.prop("of any other code is unrecognized, with its number and its family", [
      FastCheck.nat(999_999_999).filter((code) => ReturnCode.lookup(code) === undefined)
    ], ([code]) => {
      const error = failure(code)
      assert.strictEqual(error._tag, "UnrecognizedReturnCode")
      assert.strictEqual(error.code, code)
      assert.strictEqual("family" in error ? error.family : undefined, Number(`${code}`[0]))
      assert.include(error.message, `${code}`)
      assert.include(Hint.of(error).zh, `${code}`)
    })
  })

  describe("fromTransportError", () => {
    const system = (code: string, syscall: string) => Object.assign(new Error("CANARY"), { code, syscall })
    const inClient = (cause: unknown) =>
      new HttpClientError.RequestError({
        request: HttpClientRequest.get("https://user:CANARY@platform.example/a?token=CANARY"),
        reason: "Transport",
        cause
      })

    it.each<[string, unknown, object]>([
      ["a refused connection is unsent and worth a retry", inClient(system("ECONNREFUSED", "connect")), {
        baseUrl: "https://platform.example",
        reason: "refused",
        detail: "ECONNREFUSED",
        delivery: "unsent",
        disposition: "retry"
      }],
      ["a rejected certificate is unsent and fatal", inClient(system("CERT_HAS_EXPIRED", "read")), {
        baseUrl: "https://platform.example",
        reason: "tls",
        detail: "CERT_HAS_EXPIRED",
        delivery: "unsent",
        disposition: "fatal"
      }],
      ["a TLS record that breaks later is ambiguous and worth a retry", system("ERR_SSL_BAD_RECORD", "read"), {
        reason: "tls",
        detail: "ERR_SSL_BAD_RECORD",
        delivery: "ambiguous",
        disposition: "retry"
      }],
      ["an Effect.timeout is a timeout", new Cause.TimeoutException(), {
        reason: "timeout",
        detail: undefined,
        delivery: "ambiguous",
        disposition: "retry"
      }],
      ["an unknown error proves nothing", new Error("CANARY"), {
        reason: "other",
        detail: undefined,
        delivery: "ambiguous",
        disposition: "retry"
      }]
    ])("%s", (_name, error, expected) => {
      const failure = JindouyunError.fromTransportError("/", error)
      assert.deepStrictEqual<object>({ ...failure }, {
        _tag: "TransportFailure",
        endpoint: "/",
        attempts: 1,
        ...expected
      })
      assert.notInclude(JSON.stringify(failure), "CANARY")
    })

    it.each<[string, string, object, string | undefined]>([
      ["the port of the URL", "http://localhost:3128", { address: "::1", port: 3128 }, undefined],
      ["the default port", "https://platform.example", { address: "192.0.2.1", port: 443 }, undefined],
      ["the address of the URL", "http://[::1]:8080", { address: "::1", port: 8080 }, undefined],
      ["the name of the URL", "http://platform.example", { hostname: "platform.example" }, undefined],
      ["another port", "http://platform.example", { address: "::1", port: 3128 }, "[::1]:3128"],
      ["another address", "http://192.0.2.1:8080", { address: "192.0.2.9", port: 8080 }, "192.0.2.9:8080"],
      ["another name", "http://platform.example", { hostname: "proxy.example" }, "proxy.example"]
    ])("names the place of a failed connection if it is not that of the request: %s", (_name, url, at, proxy) => {
      const error = new HttpClientError.RequestError({
        request: HttpClientRequest.get(`${url}/a`),
        reason: "Transport",
        cause: Object.assign(system("ECONNREFUSED", "connect"), at)
      })
      assert.strictEqual(JindouyunError.fromTransportError("/a", error).proxy, proxy)
    })

    it.effect("an error of PlatformClient.httpClient, which has no system error left, is read the same", () =>
      Effect.gen(function*() {
        const refusing = HttpClient.make((request) =>
          Effect.fail(
            new HttpClientError.RequestError({ request, reason: "Transport", cause: system("ECONNREFUSED", "connect") })
          )
        )
        const { httpClient } = yield* PlatformClient.PlatformClient.pipe(
          Effect.provide(PlatformClient.layer),
          Effect.provide(TokenProvider.layerStatic(Redacted.make("token"))),
          Effect.provide(JindouyunConfig.layer()),
          Effect.provideService(HttpClient.HttpClient, refusing)
        )
        const failure = JindouyunError.fromTransportError("/a", yield* Effect.flip(httpClient.get("/a")))
        assert.deepInclude({ ...failure }, { reason: "refused", delivery: "unsent", detail: "ECONNREFUSED" })
      }))
  })

  describe("InvalidConfiguration", () => {
    it("tells option, variable, problem and what would be right", () => {
      assert.strictEqual(
        invalidConfiguration.message,
        "earlyRefresh (environment: JINDOUYUN_EARLY_REFRESH) is too large; expected at most a quarter of the lifetime"
      )
      // Only the program knows whether it gave the option or the variable.
      assert.include(invalidConfiguration.hint, "Set earlyRefresh (environment: JINDOUYUN_EARLY_REFRESH) to")
      assert.include(Hint.of(invalidConfiguration).zh, "earlyRefresh（环境变量：JINDOUYUN_EARLY_REFRESH）")
    })
  })
})
