import type * as CliApp from "@effect/cli/CliApp"
import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as ValidationError from "@effect/cli/ValidationError"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { root } from "../commands/root.js"
import { type Failure, UsageError } from "../Failure.js"
import * as completions from "./completions.js"
import type { Input } from "./Input.js"
import * as Output from "./Output.js"
import { version } from "./version.js"

/**
 * Parses the arguments of a checked command line and runs their command.
 *
 * @internal
 */
export const run = (
  ordered: ReadonlyArray<string>
): Effect.Effect<void, Failure, CliApp.CliApp.Environment | Output.Output | Input> =>
  Effect.flatMap(
    Output.Output,
    (output) =>
      Command.run(root(output.language), { name: "jindouyun", version, executable: "jindouyun" })(
        ["node", "jindouyun", ...ordered]
      ).pipe(
        Effect.withConsole(consoleOf(output)),
        Effect.provide(CliConfig.layer({ isCaseSensitive: true })),
        Effect.mapError((failure) => ValidationError.isValidationError(failure) ? unparsed : failure)
      )
  )

// The parser prints its version and completions through the console, whose methods have no failure: it becomes a defect, which
// `application` finds. The error messages of the parser are dropped: `application` prints one line.
const consoleOf = (output: Output.Service): Console.Console => {
  const write = (text: unknown) =>
    Effect.orDie(output.out(`${completions.translated(Output.plain(String(text)), output.language)}\n`))
  return {
    ...silent,
    log: (...args) => write(args.map(String).join(" ")),
    unsafe: silent.unsafe
  }
}

const silent: Console.Console = {
  [Console.TypeId]: Console.TypeId,
  assert: () => Effect.void,
  clear: Effect.void,
  count: () => Effect.void,
  countReset: () => Effect.void,
  debug: () => Effect.void,
  dir: () => Effect.void,
  dirxml: () => Effect.void,
  error: () => Effect.void,
  group: () => Effect.void,
  groupEnd: Effect.void,
  info: () => Effect.void,
  log: () => Effect.void,
  table: () => Effect.void,
  time: () => Effect.void,
  timeEnd: () => Effect.void,
  timeLog: () => Effect.void,
  trace: () => Effect.void,
  warn: () => Effect.void,
  unsafe: globalThis.console
}

// `check` finds what the parser would refuse. The parser's own message repeats arguments, which may be secret.
const unparsed = new UsageError({
  problem: { en: "the command line cannot be parsed", zh: "无法解析命令行" },
  hint: { en: "See jindouyun --help.", zh: "请参阅 jindouyun --help。" }
})
