import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import { InvalidConfiguration } from "@jindouyun/core/JindouyunError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as flags from "../internal/flags.js"
import * as Output from "../internal/Output.js"
import { summaries } from "../internal/summaries.js"
import type { Language } from "../Language.js"

/** @internal */
export const sandbox = (language: Language) =>
  Command.make("sandbox", {
    port: Options.optional(flags.described(language)("--port", Options.integer("port"))),
    json: flags.json(language)
  }, ({ port }) =>
    Effect.gen(function*() {
      // Loaded here because the server is half of this program and only this command uses it.
      const SandboxServer = yield* Effect.promise(() => import("@jindouyun/sandbox/SandboxServer"))
      const isPort = Option.match(port, { onNone: () => true, onSome: (port) => port >= 0 && port <= 65_535 })
      const context = yield* isPort
        ? Layer.build(SandboxServer.layer({ ...account, control: true, port: Option.getOrUndefined(port) })).pipe(
          Effect.mapError(({ cause }) => refused(`is not available${codeOf(cause)}`))
        )
        : refused("is not a port")
      const { url } = Context.get(context, SandboxServer.SandboxServer)
      yield* Output.result({ url, docs: `${url}/docs`, ...account }, lines(url)[language])
      return yield* Effect.never
    }).pipe(Effect.scoped)).pipe(Command.withDescription(summaries.sandbox[language]))

// The account of the platform's document; its password is public.
const account = { username: "user1", password: "pass1" }

const lines = (url: string): { readonly [language in Language]: ReadonlyArray<string> } => {
  const login = `jindouyun login --base-url ${url} --username ${account.username}`
  const call = "jindouyun call /api/report/echo --data '{\"day\":\"2021-12-12\"}'"
  return {
    en: [
      `platform  ${url}`,
      `page      ${url}/docs: try requests, inject faults, read the journal`,
      `account   ${account.username}, password ${account.password}`,
      `log in    ${login}`,
      `call      ${call}`,
      "The sandbox runs until Ctrl-C and stores nothing."
    ],
    zh: [
      `平台  ${url}`,
      `页面  ${url}/docs：可尝试请求、注入故障、查看请求记录`,
      `账号  ${account.username}，密码 ${account.password}`,
      `登录  ${login}`,
      `调用  ${call}`,
      "sandbox 一直运行到按下 Ctrl-C，不保存任何内容。"
    ]
  }
}

const refused = (problem: string) =>
  new InvalidConfiguration({ setting: "--port", problem, expected: "a free port of 127.0.0.1" })

const codeOf = (cause: unknown): string =>
  Predicate.hasProperty(cause, "code") && Predicate.isString(cause.code) ? `: ${cause.code}` : ""
