import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Endpoint from "@jindouyun/core/Endpoint"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { UsageError } from "../Failure.js"
import { checks } from "../internal/checks.js"
import * as flags from "../internal/flags.js"
import * as Output from "../internal/Output.js"
import { probe } from "../internal/probing.js"
import * as Session from "../internal/Session.js"
import { summaries } from "../internal/summaries.js"
import { waiting } from "../internal/waiting.js"
import * as Probe from "../Probe.js"
import * as Report from "../Report.js"

/** @internal */
export const doctor = Command.make("doctor", {
  ...flags.common,
  probe: Options.withDescription(
    Options.boolean("probe"),
    "Test the points that the platform's document leaves open: one login, one refresh and, with --path, one call"
  ),
  path: Options.optional(
    Options.withDescription(Options.text("path"), "The report that --probe calls, such as /api/report/daily")
  ),
  method: Options.withDescription(
    Options.withDefault(Options.withAlias(Options.choice("method", ["POST", "GET"]), "X"), "POST"),
    "The HTTP method of that call"
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
      checks: looked.map(({ name, state, text }) => ({ name, state, text })),
      ...(asked === undefined ? {} : { probe: found })
    }, [
      ...Object.entries(settings).map(([name, { source, value }]) =>
        `${name.padEnd(22)} ${value.padEnd(28)} ${source}`.trimEnd()
      ),
      "",
      ...looked.map(({ name, state, text }) => line(state, name, text)),
      ...(found.length === 0 ? [] : ["", ...found.map(({ point, state, text }) => line(state, point, text))])
    ])
    // The first problem is also the failure of the command, for its exit code and its hint.
    const failures = looked.flatMap(({ failure }) => failure === undefined ? [] : [failure])
    const [failure] = asked?._tag === "Left" ? [...failures, asked.left] : failures
    return yield* failure === undefined ? Effect.void : Effect.fail(failure)
  })).pipe(Command.withDescription(summaries.doctor))

const line = (state: string, name: string, text: string): string =>
  `${state.padEnd(7)} ${name.padEnd(14)} ${Report.oneLine(text)}`

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
