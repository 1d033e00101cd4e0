import type * as CliApp from "@effect/cli/CliApp"
import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as ValidationError from "@effect/cli/ValidationError"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import { arrange, type Arranged, check, topics, withoutCommand } from "../CommandLine.js"
import { root } from "../commands/root.js"
import * as ExitCode from "../ExitCode.js"
import { type Failure, OutputFailure, UsageError } from "../Failure.js"
import * as Report from "../Report.js"
import * as completions from "./completions.js"
import * as help from "./help.js"
import type { Input } from "./Input.js"
import * as Output from "./Output.js"
import { version } from "./version.js"

/**
 * Runs a command line: prints its output and returns the exit code. Never fails.
 *
 * @internal
 */
export const run = (
  typed: ReadonlyArray<string>
): Effect.Effect<ExitCode.ExitCode, never, CliApp.CliApp.Environment | Output.Output | Input> =>
  Effect.gen(function*() {
    const output = yield* Output.Output
    const exit = yield* Effect.flatMap(arrange(typed), (line) => execute(typed, line)).pipe(
      Effect.provide(Logger.replace(Logger.defaultLogger, logger(output))),
      Effect.mapError((failure) => ValidationError.isValidationError(failure) ? unparsed : failure),
      Effect.exit
    )
    const failure = exit._tag === "Failure" ? failureOf(exit.cause) : undefined
    // A warning of the library often has the same text as the failure.
    const warnings = output.warnings.splice(0).filter((warning) => warning !== failure?.message).map((warning) =>
      Report.warning(warning, output.language)
    )
    if (failure === undefined || !output.json) {
      yield* warn(output, warnings)
    }
    if (exit._tag === "Success") {
      return ExitCode.codes.success
    }
    if (failure !== undefined) {
      yield* output.err(`${
        output.json
          ? Report.json(failure, output.language, warnings)
          : `${prefix(output)}${Report.sentence(failure, output.language)}`
      }\n`)
      return ExitCode.of(failure)
    }
    if (Cause.isInterrupted(exit.cause)) {
      return ExitCode.codes.interrupted
    }
    yield* output.err(
      output.json
        ? `${JSON.stringify({ error: "Defect", exitCode: ExitCode.codes.defect, message: defectOf(exit.cause) })}\n`
        : `${prefix(output)}${defects[output.language]} ${defectOf(exit.cause)}\n`
    )
    return ExitCode.codes.defect
  })

const failureOf = (cause: Cause.Cause<Failure>): Failure | undefined =>
  Option.getOrUndefined(Cause.failureOption(cause)) ??
    Array.from(Cause.defects(cause)).find((defect) => defect instanceof OutputFailure)

const warn = (output: Output.Service, warnings: ReadonlyArray<string>): Effect.Effect<void> =>
  output.json
    ? warnings.length === 0 ? Effect.void : output.err(`${JSON.stringify({ warnings })}\n`)
    : Effect.forEach(warnings, (warning) => output.err(`jindouyun: ${Report.oneLine(warning)}\n`), { discard: true })

const execute = (typed: ReadonlyArray<string>, { arguments: ordered, command }: Arranged) =>
  Effect.gen(function*() {
    const output = yield* Output.Output
    const { colors, language } = output
    const [first = "--help"] = ordered
    const print = (parts: Parameters<typeof help.render>[0]) =>
      output.out(`${help.render(parts, language, colors.out)}\n`)
    const end = ordered.indexOf("--")
    if ((end < 0 ? ordered : ordered.slice(0, end)).includes("--help") || first === "--help") {
      const topic = topics.find((name) => name === first)
      return yield* command !== undefined
        ? print(help.ofCommand(command, language))
        : topic !== undefined
        ? print(help.ofTopic(topic, language))
        : first.startsWith("-")
        ? print(help.overview(language))
        : withoutCommand(true)
    }
    if (command === undefined && !first.startsWith("-")) {
      return yield* withoutCommand(true)
    }
    yield* check(command, typed)
    if (command === undefined && !/^--(version|completions)$/.test(first)) {
      return yield* withoutCommand(false)
    }
    yield* Command.run(root(language), { name: "jindouyun", version, executable: "jindouyun" })(
      ["node", "jindouyun", ...ordered]
    ).pipe(
      Effect.withConsole(consoleOf(output)),
      Effect.provide(CliConfig.layer({ isCaseSensitive: true }))
    )
  })

// The parser prints its version and completions through the console, whose methods have no failure: it becomes a defect, which
// `failureOf` finds. The error messages of the parser are dropped: `run` prints one line.
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

const logger = (output: Output.Service) =>
  Logger.make<unknown, void>(({ annotations, logLevel, message }) => {
    const text = Array.isArray(message) ? message.map(String).join(" ") : String(message)
    if (LogLevel.greaterThanEqual(logLevel, LogLevel.Warning)) {
      output.warnings.push(text)
    } else if (Option.isSome(HashMap.get(annotations, "package"))) {
      Effect.runFork(output.err(`${logLevel.label} ${Report.oneLine(text)}\n`))
    }
  })

const prefix = ({ colors }: Output.Service): string => colors.err ? "\u{1b}[1;31mjindouyun:\u{1b}[0m " : "jindouyun: "

const defects = {
  en: "this is a defect of jindouyun, please report it:",
  zh: "这是 jindouyun 的缺陷，请报告："
}

// Only the kind of the defect, because its message may contain a secret.
const defectOf = (cause: Cause.Cause<Failure>): string =>
  Report.oneLine(
    Array.from(Cause.defects(cause), (defect) => defect instanceof Error ? `${defect.name}` : typeof defect).join(", ")
  )
