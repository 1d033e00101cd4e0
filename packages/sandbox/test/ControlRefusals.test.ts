import type { HttpMethod } from "@effect/platform/HttpMethod"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { acquisition } from "./support/carriers.js"
import { ask, defaults, no, ok, refused, server } from "./support/control.js"

describe("the control API says of what it refuses which field is wrong, in what, and what would be right:", () => {
  const faultHeader =
    "a name that a header can have, without spaces, other than Connection, Content-Length, Keep-Alive, TE, Trailer, Transfer-Encoding and Upgrade"

  const lifetime = "a number of milliseconds, or a text such as \"90 seconds\" or \"24 hours\", at most 36500d"
  const cases: ReadonlyArray<readonly [HttpMethod, string, unknown, ReturnType<typeof refused>]> = [
    ["POST", "/accounts", "pass1", refused(["body", "is not JSON in UTF-8", "a JSON object"])],
    ["POST", "/accounts", "\"pass1\"", refused(["body", "is a text that does not fit", "an object"])],
    ["POST", "/accounts", undefined, refused(["body", "is not JSON in UTF-8", "a JSON object"])],
    [
      "POST",
      "/accounts",
      { username: "", password: 123456, pasword: "pass1" },
      refused(
        ["pasword", "is not known", "one of username, password"],
        ["username", "is a text that does not fit", "a text that is not empty"],
        ["password", "is a number", "a text"]
      )
    ],
    ["POST", "/accounts", { username: "u" }, refused(["password", "is missing", "a text"])],
    [
      "PATCH",
      "/behaviour",
      { failureStatus: 99, codeType: "numeral", echo: 1, accessTokenLifetime: -1, returnCodes: { x: 1 } },
      refused(
        ["codeType", "is a text that does not fit", "\"number\" or \"string\""],
        ["failureStatus", "is 99", "an HTTP status: a whole number from 200 to 999"],
        ["accessTokenLifetime", "is -1", lifetime],
        ["echo", "is 1", "true or false"],
        [
          "returnCodes.x",
          "is not known",
          "one of wrongCredentials, invalidToken, earlyRefresh, badParameter, wrongApiVersion"
        ]
      )
    ],
    [
      "POST",
      "/faults",
      { endpoint: "login", fault: { _tag: "Delay", duration: "-5 seconds", acts: null } },
      refused(
        ["endpoint", "is a text that does not fit", "\"acquire\" or \"refresh\" or \"report\""],
        [
          "fault.duration",
          "is a text that does not fit",
          "a number of milliseconds, or a text such as \"90 seconds\" or \"24 hours\", at most 1d"
        ],
        ["fault.acts", "is null", "\"first\" or \"last\""]
      )
    ],
    [
      "POST",
      "/faults",
      { endpoint: "acquire" },
      refused(["fault", "is missing", "a fault, such as {\"_tag\": \"Html502\"}"])
    ],
    [
      "POST",
      "/faults",
      { endpoint: "acquire", fault: { _tag: "RawBody", text: "", headers: { "a b": "", Trailer: "x", ok: "a\nb" } } },
      refused(
        ["fault.headers.a b", "is not known", faultHeader],
        ["fault.headers.Trailer", "is not known", faultHeader],
        ["fault.headers.ok", "is a text that does not fit", "a text that a header can hold: one line, no Chinese"]
      )
    ],
    [
      "POST",
      "/tokens/revoke",
      { which: "refreshTokens" },
      refused([
        "body",
        "is an object that does not fit",
        "{\"which\": \"accessTokens\"}, {\"which\": \"allTokens\"} or {\"token\": the token to revoke}"
      ])
    ],
    [
      "POST",
      "/reports",
      { path: "/api/report/x", code: -1, status: 999, delay: "soon", daat: {} },
      refused(
        ["daat", "is not known", "one of path, data, code, message, status, delay"],
        ["code", "is -1", "a return code: a whole number that is not negative"],
        ["status", "is 999", "an HTTP status: a whole number from 200 to 599"],
        [
          "delay",
          "is a text that does not fit",
          "a number of milliseconds, or a text such as \"90 seconds\" or \"24 hours\", at most 1d"
        ]
      )
    ],
    ...[
      "",
      "api/report/x",
      "//a/b",
      "/a?b=c",
      "/a#b",
      "/a b",
      "http://a/b",
      "/api/access_token",
      "/api/./refresh_token",
      "/_sandbox/x",
      "/"
    ].map((path) =>
      [
        "POST",
        "/reports",
        { path },
        refused([
          "path",
          "is a text that does not fit",
          "a path such as /api/report/daily, without a query, and not one of the token requests or the control API"
        ])
      ] as const
    ),
    ...["1285704473650888702", "-9007199254740993", "0.1234567890123456789", "1e400"].map((number) =>
      [
        "POST",
        "/reports",
        `{"path":"/api/x","data":["1285704473650888702\\"",{"id":${number}}]}`,
        refused([
          "body",
          `contains the number ${number}, which has more digits than JavaScript keeps`,
          "that number as a text, in quotes"
        ])
      ] as const
    ),
    ["POST", "/clock/advance", { by: "tomorrow" }, refused(["by", "is a text that does not fit", lifetime])]
  ]
  for (const [method, path, body, expected] of cases) {
    it.live(`${method} ${path} with ${JSON.stringify(body)}`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* ask(method, path, body), expected)
        assert.deepStrictEqual(yield* ask("GET", "/behaviour"), ok(defaults))
        assert.deepStrictEqual(yield* ask("GET", "/faults"), ok(no))
        assert.deepStrictEqual(yield* ask("GET", "/accounts"), ok([{ username: "user1" }]))
      }).pipe(Effect.provide(server())))
  }

  it.live("a clock that would go beyond the year 9999", () =>
    Effect.gen(function*() {
      const advance = ask("POST", "/clock/advance", { by: "36500 days" })
      const { body } = yield* Effect.repeat(advance, { until: ({ status }) => status !== 200 })
      assert.include(JSON.stringify(body), "\"field\":\"by\",\"problem\":\"is too long\"")
      assert.match(JSON.stringify((yield* ask("GET", "/clock")).body), /"9[0-9]{3}-/)
      assert.strictEqual((yield* acquisition()).code, "20000")
    }).pipe(Effect.provide(server())))

  it.live("a path or a method that is not there", () =>
    Effect.gen(function*() {
      for (
        const [method, path] of [["GET", ""], ["GET", "/secret"], ["PUT", "/faults"], ["GET", "/a/b/c"]] as const
      ) {
        const { body, status } = yield* ask(method, path)
        assert.strictEqual(status, 404)
        assert.include(JSON.stringify(body), "one of GET /_sandbox/accounts, POST /_sandbox/accounts,")
        assert.notInclude(JSON.stringify(body), "secret")
      }
    }).pipe(Effect.provide(server())))
})
