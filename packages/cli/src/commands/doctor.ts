import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Endpoint from "@jindouyun/core/Endpoint"
import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { methods } from "../CommandLine.js"
import { UsageError } from "../Failure.js"
import { checks, labels } from "../internal/checks.js"
import { pad } from "../internal/columns.js"
import * as flags from "../internal/flags.js"
import * as Output from "../internal/Output.js"
import { probe } from "../internal/probing.js"
import * as Session from "../internal/Session.js"
import { summaries } from "../internal/summaries.js"
import { oneLine } from "../internal/text.js"
import { waiting } from "../internal/waiting.js"
import type { Language } from "../Language.js"
import * as Probe from "../Probe.js"
import { sourceNames } from "../Settings.js"

/** @internal */
export const doctor = (language: Language) =>
  Command.make("doctor", {
    ...flags.common(language),
    probe: flags.described(language)("--probe", Options.boolean("probe")),
    path: Options.optional(flags.described(language)("--path", Options.text("path"))),
    method: Options.withDefault(
      flags.described(language)("--method", Options.choice("method", methods.doctor)),
      "POST" as const
    )
  }, (given) =>
    Effect.gen(function*() {
      const target = yield* targetOf(given.path, given.method)
      const session = yield* Session.open(given)
      const { sources, store, username } = session.settings
      const settings = {
        ...Option.match(username, { onNone: () => ({}), onSome: (username) => ({ username }) }),
        store,
        ...sources
      }
      const looked = yield* checks(session).pipe(waiting(session))
      const asked = given.probe
        ? yield* Session.usernameOf(session).pipe(
          Effect.flatMap((username) => probe(session, username, target)),
          Effect.map((seen) => Probe.findings(seen, session.settings.config)),
          waiting(session),
          Effect.either
        )
        : undefined
      const found = asked?._tag === "Right" ? asked.right : []
      yield* Output.result({
        settings,
        checks: looked.map(({ name, state, text }) => ({ name, state, text: text[language] })),
        ...(asked === undefined
          ? {}
          : { probe: found.map((finding) => ({ ...finding, text: finding.text[language] })) })
      }, [
        ...Object.entries(settings).map(([name, { source, value }]) =>
          `${name.padEnd(22)} ${pad(value, 28)} ${sourceNames[source][language]}`
        ),
        "",
        ...looked.map(({ name, state, text }) => line(states[state], labels[name], text)[language]),
        ...(found.length === 0
          ? []
          : ["", ...found.map(({ point, state, text }) => line(states[state], Probe.labels[point], text)[language])])
      ])
      // The first problem is also the failure of the command, for its exit code and its hint.
      const failures = looked.flatMap(({ failure }) => failure === undefined ? [] : [failure])
      const [failure] = asked?._tag === "Left" ? [...failures, asked.left] : failures
      return yield* failure === undefined ? Effect.void : Effect.fail(failure)
    })).pipe(Command.withDescription(summaries.doctor[language]))

const states = {
  ok: { en: "ok", zh: "正常" },
  set: { en: "set", zh: "需设置" },
  open: { en: "open", zh: "未确定" },
  failed: { en: "failed", zh: "失败" }
}

const line = (
  state: ReturnCode.Localized,
  name: ReturnCode.Localized,
  text: ReturnCode.Localized
): ReturnCode.Localized => {
  const inLanguage = (language: Language) =>
    `${pad(state[language], 7)} ${pad(name[language], 14)} ${oneLine(text[language])}`
  return { en: inLanguage("en"), zh: inLanguage("zh") }
}

const targetOf = (path: Option.Option<string>, method: "GET" | "POST") =>
  Option.match(path, {
    onNone: () => Effect.succeedNone,
    onSome: (path) =>
      Effect.try({
        try: () => {
          Endpoint.make({ path, method, data: Schema.Unknown })
          return Option.some({ path, method })
        },
        catch: () =>
          new UsageError({
            problem: { en: "--path is not a valid path", zh: "--path 不是有效的路径" },
            hint: {
              en: "Write the path after the base URL, such as /api/report/daily.",
              zh: "请从 baseUrl 之后写起，例如 /api/report/daily。"
            }
          })
      })
  })
