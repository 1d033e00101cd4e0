import { assert, describe, it } from "@effect/vitest"
import * as Journal from "@jindouyun/sandbox/Journal"
import * as Report from "@jindouyun/sandbox/Report"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Effect from "effect/Effect"
import { rows } from "../src/internal/chineseReasons.js"
import { page } from "../src/internal/page.js"
import { account, acquisition, carriers, refresh, send, type Sent } from "./support/carriers.js"

const json = "application/json;charset=UTF-8"

/** Requests that the platform refuses at once, and the reason. */
const refused: ReadonlyArray<
  readonly [path: string, body: unknown, reason: string, sent?: Sent, options?: Sandbox.Options]
> = [
  ["/api/access_token", account, "header APIVersion missing, expected 3", { headers: {} }],
  ["/api/access_token", account, "header APIVersion 2, expected 3", { headers: { APIVersion: "2" } }],
  ["/api/refresh_token", account, "header APIVersion v3, expected 3", { headers: { APIVersion: "v3" } }],
  [
    "/api/access_token",
    account,
    `header Content-Type application/json, expected ${json}`,
    { contentType: "application/json" }
  ],
  [
    "/api/access_token",
    "username=user1",
    `header Content-Type application/x-www-form-urlencoded, expected ${json}`,
    { contentType: "application/x-www-form-urlencoded" }
  ],
  ["/api/access_token", "", "the body is empty, expected a JSON object"],
  ["/api/access_token", "username=user1", "the body is not JSON in UTF-8"],
  ["/api/access_token", Uint8Array.of(0x22, 0xff, 0x22), "the body is not JSON in UTF-8"],
  ["/api/access_token", "[]", "the body is not a JSON object"],
  ["/api/access_token", "null", "the body is not a JSON object"],
  ["/api/access_token", "\"pass1\"", "the body is not a JSON object"],
  ["/api/access_token", {}, "field username missing"],
  ["/api/access_token", { username: "user1" }, "field password missing"],
  ["/api/access_token", { password: "pass1" }, "field username missing"],
  ["/api/access_token", { userName: "user1", password: "pass1" }, "field userName, expected username and password"],
  ["/api/access_token", { ...account, day: "1" }, "field day, expected username and password"],
  ["/api/access_token", { ...account, password: 1 }, "field password is a number, expected a text"],
  ["/api/access_token", { ...account, password: null }, "field password is null, expected a text"],
  ["/api/access_token", { ...account, password: ["pass1"] }, "field password is a list, expected a text"],
  ["/api/access_token", { ...account, password: {} }, "field password is an object, expected a text"],
  ["/api/access_token", { ...account, username: "user9" }, "no account has this username"],
  ["/api/access_token", { ...account, password: "pass9" }, "the password is not that of the account"],
  ["/api/access_token", undefined, "method GET, expected POST", { method: "GET" }],
  ["/api/refresh_token", account, "method PUT, expected POST", { method: "PUT" }],
  ["/api/refresh_token", {}, "field refreshToken or refresh_token missing"],
  ["/api/refresh_token", {}, "field refreshToken missing", {}, { refreshTokenField: "refreshToken" }],
  [
    "/api/refresh_token",
    { refresh_token: "a" },
    "field refresh_token, expected refreshToken",
    {},
    { refreshTokenField: "refreshToken" }
  ],
  [
    "/api/refresh_token",
    { refreshToken: "a" },
    "field refreshToken, expected refresh_token",
    {},
    { refreshTokenField: "refresh_token" }
  ],
  ["/api/refresh_token", { token: "a" }, "field token, expected refreshToken or refresh_token"],
  ["/api/refresh_token", { refreshToken: "a", grant: "b" }, "field grant, expected refreshToken or refresh_token"],
  [
    "/api/refresh_token",
    { refreshToken: "a", refresh_token: "a" },
    "fields refreshToken and refresh_token, expected one of them"
  ],
  ["/api/refresh_token", { refreshToken: "a" }, "the refresh token is unknown"],
  ["/a/7", {}, "the sandbox has no report at this path; its reports: /r", { headers: {} }, {
    reports: { "/r": Report.echo }
  }],
  [
    "/a/7",
    {},
    "the sandbox has no report at this path; its reports: /r/:id; a path must match exactly, so write a value in place of a :name",
    { headers: {} },
    { reports: { "/r/:id": Report.echo } }
  ],
  [Report.echoPath, {}, "header accessToken missing, expected header accessToken"],
  [Report.echoPath, {}, "header Authorization, expected header accessToken", {
    headers: { Authorization: "Bearer a" }
  }],
  [Report.echoPath, {}, "header access_token, expected header accessToken", { headers: { access_token: "a" } }],
  [`${Report.echoPath}?accessToken=a`, {}, "query parameter accessToken, expected header accessToken"],
  [Report.echoPath, {}, "the access token is unknown", { headers: { accessToken: "a" } }],
  [
    Report.echoPath,
    {},
    "header accessToken, expected query parameter token",
    { headers: { accessToken: "a" } },
    { tokenPlacement: "query", tokenName: "token" }
  ],
  [
    `${Report.echoPath}?token=a&token=b`,
    {},
    "query parameter token 2 times, expected query parameter token once",
    {},
    { tokenPlacement: "query", tokenName: "token" }
  ]
]

// Every reason that a test sees is checked for English. Names and values of these tests are no English words.
const isChinese = (text: string): boolean =>
  /\p{Script=Han}/u.test(text)
  && !/\b(the|a|an|is|of|or|and|in|by|no|expected|missing|field|header|query|method|body|token|account)\b/.test(
    text.replace(/请求头 \S+|查询参数 \S+|字段 \S+|report\/\S+/g, "")
  )

const reasonInEnglish = Effect.flatMap(
  Sandbox.Sandbox,
  ({ journal }) => Effect.map(journal, (all) => all.at(-1)?.reason)
)

const reason = Effect.tap(reasonInEnglish, (reason) =>
  Effect.sync(() => {
    const chinese = reason === undefined ? "中" : Journal.reasonInChinese(reason)
    assert.isTrue(isChinese(chinese), chinese)
  }))

for (const [where, carrier] of carriers) {
  describe(`the journal has the reason of a refusal, ${where}:`, () => {
    for (const [path, body, expected, sent, options] of refused) {
      it.live(`${path}: ${expected}`, () =>
        Effect.gen(function*() {
          yield* send(path, body, sent)
          assert.strictEqual(yield* reason, expected)
        }).pipe(Effect.provide(carrier(options))))
    }

    it.live("why a token is not valid", () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        const call = (accessToken: string) =>
          Effect.zipRight(send(Report.echoPath, {}, { headers: { accessToken } }), reason)
        const first = (yield* acquisition()).data
        yield* refresh(first.refreshToken)
        yield* refresh(first.refreshToken)
        assert.strictEqual(yield* reason, "the refresh token is used already")
        assert.strictEqual(yield* call(first.accessToken), "the access token is revoked by a later refresh")
        const second = (yield* acquisition()).data
        const third = (yield* acquisition()).data
        yield* refresh(second.refreshToken)
        assert.strictEqual(yield* reason, "the refresh token is revoked by a later acquisition")
        assert.strictEqual(yield* call(second.accessToken), "the access token is revoked by a later acquisition")
        yield* refresh(third.accessToken)
        assert.strictEqual(yield* reason, "the refresh token is an access token")
        assert.strictEqual(yield* call(third.refreshToken), "the access token is a refresh token")
        yield* sandbox.advance("24 hours")
        assert.match((yield* call(third.accessToken)) ?? "", /^the access token expired \d s ago$/)
        yield* sandbox.revoke("allTokens")
        yield* refresh(third.refreshToken)
        assert.strictEqual(yield* reason, "the refresh token is revoked")
        const fourth = (yield* acquisition()).data
        yield* sandbox.removeAccount("user1")
        assert.strictEqual(yield* call(fourth.accessToken), "the access token is revoked, as its account is removed")
      }).pipe(Effect.provide(carrier())))

    it.live("a refresh before expiry", () =>
      Effect.gen(function*() {
        yield* refresh((yield* acquisition()).data.refreshToken)
        assert.strictEqual(yield* reason, "the access token is still valid, and earlyRefresh is refused")
      }).pipe(Effect.provide(carrier({ earlyRefresh: "refused" }))))

    it.live("without a secret in a name or a header", () =>
      Effect.gen(function*() {
        const { data } = yield* acquisition({ username: "user1", password: "Gs9!hush" })
        for (const secret of ["Gs9!hush", data.accessToken, data.refreshToken]) {
          for (
            const sending of [
              send("/api/access_token", { [secret]: "" }),
              send("/api/access_token", { [secret]: 1 }),
              send("/api/refresh_token", { [`x${secret}`]: "" }),
              send("/api/access_token", {}, { headers: { APIVersion: secret } }),
              send("/api/access_token", {}, { contentType: `text/${secret}` })
            ]
          ) {
            yield* sending
            const text = (yield* reason) ?? ""
            assert.include(text, "<redacted>")
            assert.notInclude(text, secret)
          }
        }
        yield* send("/api/access_token", { ["x".repeat(5000)]: "" })
        assert.isBelow(((yield* reason) ?? "").length, 300)
        yield* send("/api/access_token", { "a\u001b[2J\r\n\u202e": "" })
        assert.strictEqual(yield* reason, "field a\\u001b[2J\\u000d\\u000a\\u202e, expected username and password")
        // The words of the platform are not masked, even if a password has them.
        yield* send("/api/access_token", { username: "user1" })
        assert.strictEqual(yield* reason, "field password missing")
      }).pipe(Effect.provide(carrier({
        password: "Gs9!hush",
        accounts: [{ username: "user2", password: "password missing" }]
      }))))

    it.live("and no reason of a success", () =>
      Effect.gen(function*() {
        yield* acquisition()
        assert.isUndefined(yield* reason)
      }).pipe(Effect.provide(carrier())))
  })
}

describe("the page at /", () => {
  it("has the same Chinese reasons", () => {
    assert.include(page, JSON.stringify(rows))
  })
})
