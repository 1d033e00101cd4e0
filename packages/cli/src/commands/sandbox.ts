import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import { InvalidConfiguration } from "@jindouyun/core/JindouyunError"
import type * as Journal from "@jindouyun/sandbox/Journal"
import type * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as v8 from "node:v8"
import * as flags from "../internal/flags.js"
import * as Output from "../internal/Output.js"
import * as sandboxOptions from "../internal/sandboxOptions.js"
import { summaries } from "../internal/summaries.js"
import type { Language } from "../Language.js"

/** @internal */
export const sandbox = (language: Language) => {
  const option = flags.described(language)
  return Command.make("sandbox", {
    host: Options.optional(option("--host", Options.text("host"))),
    port: Options.optional(option("--port", Options.integer("port"))),
    controlKey: Options.optional(option("--control-key", Options.text("control-key"))),
    account: Options.repeated(option("--account", Options.text("account"))),
    accessTokenLifetime: Options.optional(option("--access-token-lifetime", Options.text("access-token-lifetime"))),
    refreshTokenLifetime: Options.optional(option("--refresh-token-lifetime", Options.text("refresh-token-lifetime"))),
    report: Options.repeated(option("--report", Options.text("report"))),
    quiet: option("--quiet", Options.boolean("quiet")),
    json: flags.json(language)
  }, ({ controlKey, host, port, quiet, ...written }) =>
    Effect.gen(function*() {
      // The heap of a server that runs for days would grow to twice its size before Node collects the garbage.
      yield* Effect.sync(() => v8.setFlagsFromString("--optimize-for-size"))
      // Loaded here because the server is half of this program and only this command uses it.
      const [{ Sandbox }, SandboxServer, { reasonInChinese }] = yield* Effect.promise(() =>
        Promise.all([
          import("@jindouyun/sandbox/Sandbox"),
          import("@jindouyun/sandbox/SandboxServer"),
          import("@jindouyun/sandbox/Journal")
        ])
      )
      if (Option.exists(port, (port) => port < 0 || port > 65_535)) {
        return yield* new InvalidConfiguration({ setting: "--port", problem: "is not a port", expected: freePort })
      }
      const options = yield* sandboxOptions.read(written)
      const context = yield* Layer.build(SandboxServer.layer({
        ...options,
        control: true,
        host: Option.getOrUndefined(host),
        port: Option.getOrUndefined(port),
        controlKey: Option.getOrUndefined(Option.map(controlKey, (key) => Redacted.make(key)))
      })).pipe(
        Effect.mapError((error) =>
          error._tag === "ServeError"
            ? refused(codeOf(error.cause))
            : new InvalidConfiguration({ ...error, setting: "--control-key" })
        )
      )
      const server = Context.get(context, SandboxServer.SandboxServer)
      const key = server.controlKey === undefined ? undefined : Redacted.value(server.controlKey)
      const { url } = server
      const usernames = [options.username ?? "", ...options.accounts?.map(({ username }) => username) ?? []]
      const account = written.account.length === 0 ? sandboxOptions.documented : { accounts: usernames }
      yield* Output.result(
        { url, page: `${url}/`, ...account, ...key === undefined ? {} : { controlKey: key } },
        lines(url, key, usernames, written.account.length === 0)[language]
      )
      if (!quiet) {
        yield* Effect.forkScoped(
          requestLines(
            Context.get(context, Sandbox),
            language === "zh" ? { cut: "客户端已断开", inLanguage: reasonInChinese } : english
          )
        )
      }
      return yield* Effect.never
    }).pipe(Effect.scoped)).pipe(Command.withDescription(summaries.sandbox[language]))
}

/** The words of a request line. */
interface Words {
  readonly cut: string
  readonly inLanguage: (reason: string) => string
}

const english: Words = { cut: "disconnected", inLanguage: identity }

// One line for each request, when its outcome is known.
const requestLines = ({ outcomes }: Sandbox.Service, words: Words): Effect.Effect<void, never, Output.Output> =>
  Effect.flatMap(Output.Output, ({ err }) =>
    // One write for the lines of a moment: a write for each line is slower than the server, and the rest would wait in memory.
    outcomes.pipe(
      Stream.groupedWithin(1000, "50 millis"),
      Stream.runForEach((entries) => err(Array.from(entries, (entry) => `${lineOf(entry, words)}\n`).join("")))
    ))

const lineOf = ({ at, method, outcome, path, reason }: Journal.Entry, { cut, inLanguage }: Words): string =>
  [
    DateTime.formatIso(DateTime.unsafeMake(at)),
    method,
    path,
    ...outcome._tag === "Answered"
      ? [outcome.status, outcome.code]
      : outcome._tag === "Faulted"
      ? [outcome.fault, ...outcome.code === undefined ? [] : [outcome.code]]
      : [cut],
    ...reason === undefined ? [] : [inLanguage(reason)]
  ].join(" ")

const lines = (url: string, key: string | undefined, usernames: ReadonlyArray<string>, isDocumented: boolean): {
  readonly [language in Language]: ReadonlyArray<string>
} => {
  const login = `jindouyun login --base-url ${url} --username ${usernames[0]}`
  const call = "jindouyun call /api/report/echo --data '{\"day\":\"2021-12-12\"}'"
  const { password, username } = sandboxOptions.documented
  return {
    en: [
      `platform  ${url}`,
      `page      ${url}/: tokens, requests, faults, clock`,
      ...key === undefined ? [] : [`key       ${key}: the control API needs it, in the header X-Sandbox-Key`],
      isDocumented ? `account   ${username}, password ${password}` : `accounts  ${usernames.join(", ")}`,
      `log in    ${login}`,
      `call      ${call}`,
      "For tests only, not for production: no TLS, and the passwords are public.",
      "The sandbox runs until Ctrl-C and stores nothing."
    ],
    zh: [
      `平台  ${url}`,
      `页面  ${url}/：Token、请求记录、故障、时钟`,
      ...key === undefined ? [] : [`密钥  ${key}：控制 API 需要它，写入请求头 X-Sandbox-Key`],
      isDocumented ? `账号  ${username}，密码 ${password}` : `账号  ${usernames.join("、")}`,
      `登录  ${login}`,
      `调用  ${call}`,
      "仅供测试，不可用于生产环境：没有 TLS，密码是公开的。",
      "sandbox 一直运行到按下 Ctrl-C，不保存任何内容。"
    ]
  }
}

const freePort = "a free port of this machine"

// The system's codes of an address that this machine does not have, or that is not an address.
const ofHost: ReadonlyArray<string | undefined> = ["EADDRNOTAVAIL", "ENOTFOUND", "EAI_AGAIN", "EINVAL", "EAFNOSUPPORT"]

const refused = (code: string | undefined) =>
  new InvalidConfiguration({
    ...ofHost.includes(code)
      ? { setting: "--host", expected: "an address of this machine, such as 127.0.0.1, ::1 or 0.0.0.0" }
      : { setting: "--port", expected: freePort },
    problem: `is not available${code === undefined ? "" : `: ${code}`}`
  })

const codeOf = (cause: unknown): string | undefined =>
  Predicate.hasProperty(cause, "code") && Predicate.isString(cause.code) ? cause.code : undefined
