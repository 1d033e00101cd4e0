import { assert, describe, it } from "@effect/vitest"
import * as JindouyunError from "@jindouyun/core/JindouyunError"
import * as ReturnCode from "@jindouyun/core/ReturnCode"
import { passwordTyped } from "../src/CommandLine.js"
import * as ExitCode from "../src/ExitCode.js"
import { type Failure, OutputFailure } from "../src/Failure.js"
import { oneLine } from "../src/internal/text.js"
import { fromLocale } from "../src/Language.js"
import * as Report from "../src/Report.js"

const refused = (code: number, endpoint: string, returnMessage = "no") =>
  JindouyunError.fromReturnCode({
    endpoint,
    code,
    returnMessage,
    status: 200,
    disposition: code < 50_000 ? "fatal" : "retry"
  })

const transport = new JindouyunError.TransportFailure({
  endpoint: "/api/access_token",
  attempts: 3,
  reason: "refused",
  detail: "ECONNREFUSED",
  disposition: "retry",
  delivery: "unsent"
})

const unexpected = (endpoint: string, status: number) =>
  new JindouyunError.UnexpectedResponse({
    endpoint,
    attempts: 1,
    reason: "status",
    status,
    disposition: "fatal",
    delivery: "ambiguous"
  })

const login = "/api/access_token"
const refresh = "/api/refresh_token"
const report = "/api/report/daily"

const failures: ReadonlyArray<readonly [Failure, ExitCode.ExitCode]> = [
  [passwordTyped, 2],
  [new JindouyunError.InvalidConfiguration({ setting: "store", problem: "is unknown", expected: "file" }), 3],
  [new JindouyunError.CredentialsUnavailable({ detail: "none" }), 4],
  [refused(40001, login), 4],
  [refused(41234, login), 4],
  [unexpected(login, 401), 4],
  [unexpected(login, 403), 4],
  [unexpected(login, 404), 5],
  [unexpected(report, 401), 5],
  [refused(30005, login), 5],
  [refused(40000, login), 5],
  [refused(40003, refresh), 5],
  [refused(40003, report), 5],
  [refused(41234, report), 5],
  [refused(50000, login), 5],
  [refused(50001, login), 5],
  [refused(51234, login), 5],
  [transport, 6],
  [new JindouyunError.StoreFailure({ operation: "save", detail: "PermissionDenied" }), 7],
  [new OutputFailure({ systemError: "ENOSPC" }), 8],
  [new JindouyunError.ProviderClosed({ delivery: "unsent" }), 1]
]

describe("a failure", () => {
  it("has the exit code of its kind", () => {
    for (const [failure, code] of failures) {
      assert.strictEqual(Report.exitCode(failure), code, failure.message)
    }
  })

  it("is one line in each language, with something to do at its end", () => {
    for (const [failure] of failures) {
      for (const language of ["en", "zh"] as const) {
        const line = Report.sentence(failure, language)
        assert.notMatch(line, /[\n\r]/)
        assert.isTrue(line.endsWith(oneLine(Report.hint(failure)[language])), line)
        assert.strictEqual(/[\u4e00-\u9fff]/.test(line), language === "zh", line)
      }
    }
  })

  it("says its hint once", () => {
    assert.strictEqual(
      Report.sentence(transport, "en"),
      "/api/access_token: refused (ECONNREFUSED), the request was not sent (after 3 attempts). "
        + "Nothing listens at the host of the base URL: start the server, or correct host and port of baseUrl (JINDOUYUN_BASE_URL)."
    )
    assert.strictEqual(
      Report.sentence(transport, "zh"),
      "/api/access_token：连接被拒绝（ECONNREFUSED），请求未发出（共 3 次尝试）。"
        + "目标主机没有服务在监听：请启动服务，或修正 baseUrl（JINDOUYUN_BASE_URL）的主机和端口。"
    )
  })

  it("is a line of JSON with its tag, exit code, hint and what else is known", () => {
    assert.deepStrictEqual(JSON.parse(Report.json(refused(41234, report, "quota"), "en")), {
      error: "UnrecognizedReturnCode",
      exitCode: 5,
      message: "/api/report/daily: return code 41234: \"quota\"",
      hint: refused(41234, report).hint,
      code: 41234,
      returnMessage: "quota",
      endpoint: report,
      status: 200,
      delivery: "answered",
      disposition: "fatal",
      attempts: 1
    })
  })

  it("can do nothing to a terminal", () => {
    assert.notMatch(oneLine("a\u{1b}[31mb\u{7}c\nd"), /\p{Cc}/u)
  })

  it("has a meaning for every exit code, none of which is there twice", () => {
    const codes = Object.values(ExitCode.codes)
    assert.deepStrictEqual(codes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 130])
    assert.deepStrictEqual(Object.keys(ExitCode.meanings), Object.keys(ExitCode.codes))
    assert.isTrue(ReturnCode.table.length > 0)
  })
})

describe("the language", () => {
  it("is that of the first variable that is set", () => {
    assert.strictEqual(fromLocale("zh_CN.UTF-8", "en_US", "en_US"), "zh")
    assert.strictEqual(fromLocale("", undefined, "zh_TW"), "zh")
    assert.strictEqual(fromLocale("C", undefined, "zh_CN"), "en")
    assert.strictEqual(fromLocale(undefined, "zh", "en"), "zh")
    assert.strictEqual(fromLocale(undefined, undefined, undefined), "en")
    assert.strictEqual(fromLocale(undefined, undefined, "zhuang"), "en")
  })
})
