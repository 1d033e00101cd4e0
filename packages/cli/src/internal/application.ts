import type * as CliApp from "@effect/cli/CliApp"
import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as ValidationError from "@effect/cli/ValidationError"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import { arrange, type Arranged, commands } from "../CommandLine.js"
import { root } from "../commands/root.js"
import * as ExitCode from "../ExitCode.js"
import { type Failure, OutputFailure, UsageError } from "../Failure.js"
import * as Report from "../Report.js"
import { footer, overview } from "./help.js"
import { Input } from "./Input.js"
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
    const exit = yield* Effect.flatMap(arrange(typed), execute).pipe(
      Effect.provide(Logger.replace(Logger.defaultLogger, logger(output))),
      Effect.mapError((failure) => ValidationError.isValidationError(failure) ? usageOf(failure) : failure),
      Effect.exit
    )
    const failure = exit._tag === "Failure" ? failureOf(exit.cause) : undefined
    // A warning of the library often has the same text as the failure.
    const warnings = output.warnings.splice(0).filter((warning) => warning !== failure?.message)
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

const execute = ({ arguments: ordered, command }: Arranged) =>
  Effect.gen(function*() {
    const output = yield* Output.Output
    const end = ordered.indexOf("--")
    const options = end < 0 ? ordered : ordered.slice(0, end)
    if (options.some((word) => word.startsWith("--wizard")) && !(yield* Input).isTerminal) {
      return yield* wizardWithoutTerminal
    }
    if (command === undefined && (ordered.length === 0 || ordered.some((word) => word === "--help" || word === "-h"))) {
      return yield* output.out(`${overview}\n`)
    }
    if (command === undefined && !/^--(version|completions)(=|$)/.test(ordered[0] ?? "")) {
      return yield* new UsageError({
        problem: { en: "the command is unknown", zh: "没有这个命令" },
        hint: { en: `Use one of ${commands.join(", ")}.`, zh: `可用的命令：${commands.join("、")}。` }
      })
    }
    yield* Command.run(root, {
      name: "jindouyun",
      version,
      executable: "jindouyun",
      footer: command === undefined ? HelpDoc.empty : footer(command)
    })(["node", "jindouyun", ...ordered]).pipe(
      Effect.withConsole(consoleOf(output)),
      Effect.provide(CliConfig.layer({ isCaseSensitive: true }))
    )
  })

// The parser would wait for keys for ever.
const wizardWithoutTerminal = new UsageError({
  problem: { en: "--wizard asks questions, and stdin is not a terminal", zh: "--wizard 需要提问，而标准输入不是终端" },
  hint: { en: "Write the options, or run the command at a terminal.", zh: "请直接写出选项，或在终端中运行。" }
})

// The parser prints help and completions through the console, whose methods have no failure: it becomes a defect, which
// `failureOf` finds. The error messages of the parser are dropped: `run` prints one line.
const consoleOf = (output: Output.Service): Console.Console => {
  const write = (text: unknown) =>
    Effect.orDie(output.out(`${output.colors.out ? String(text) : Output.plain(String(text))}\n`))
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

// The parser's message repeats an unknown argument, which may be a password.
const usageOf = (error: ValidationError.ValidationError): UsageError => {
  const text = Report.oneLine(Output.plain(HelpDoc.toAnsiText(error.error)))
  const isWord = /^Received unknown argument: '(?!-)/.test(text)
  const problem = isWord ? "there is one argument too many" : text.replace(/=.*$/, "").replace(/\.$/, "")
  return new UsageError({
    problem: { en: problem, zh: `命令行有误：${isWord ? "有多余的参数" : problem}` },
    hint: { en: "See jindouyun --help.", zh: "请参阅 jindouyun --help。" }
  })
}

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
