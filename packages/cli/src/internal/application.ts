import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import type * as Terminal from "@effect/platform/Terminal"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import { arrange, type Arranged, check, topics, withoutCommand } from "../CommandLine.js"
import * as ExitCode from "../ExitCode.js"
import { type Failure, OutputFailure } from "../Failure.js"
import type * as Reports from "../Report.js"
import type { Input } from "./Input.js"
import * as Output from "./Output.js"
import { oneLine } from "./text.js"

/**
 * The system as commands use it. A layer is built only for a line that needs it.
 *
 * @internal
 */
export interface System {
  readonly files: Layer.Layer<FileSystem.FileSystem>
  readonly terminal: Layer.Layer<Path.Path | Terminal.Terminal | Input>
}

/**
 * Runs a command line: prints its output and returns the exit code. Never fails.
 *
 * **Details**
 *
 * Each command, the help and the texts of failures are modules of their own, which are loaded for the line that needs them.
 *
 * @internal
 */
export const run = (
  typed: ReadonlyArray<string>,
  system: System
): Effect.Effect<ExitCode.ExitCode, never, Output.Output> =>
  Effect.gen(function*() {
    const output = yield* Output.Output
    const exit = yield* Effect.flatMap(arrange(typed), (line) => execute(typed, line, system)).pipe(
      Effect.provide(Logger.replace(Logger.defaultLogger, logger(output))),
      Effect.exit
    )
    if (exit._tag === "Success" && output.warnings.length === 0) {
      return ExitCode.codes.success
    }
    const Report = yield* Effect.orElseSucceed(Effect.tryPromise(() => import("../Report.js")), () => withoutTexts)
    const failure = exit._tag === "Failure" ? failureOf(exit.cause) : undefined
    // A warning of the library often has the same text as the failure.
    const warnings = output.warnings.splice(0).filter((warning) => warning !== failure?.message).map((warning) =>
      Report.warning(warning, output.language, output.failures)
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
      return Report.exitCode(failure)
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

/** The reports if the files of the command were removed while it ran, by an upgrade for example. */
const withoutTexts: Pick<typeof Reports, "exitCode" | "json" | "sentence" | "warning"> = {
  exitCode: () => ExitCode.codes.defect,
  json: ({ _tag, message }) => JSON.stringify({ error: _tag, exitCode: ExitCode.codes.defect, message }),
  sentence: ({ message }) => message,
  warning: (text) => text
}

const failureOf = (cause: Cause.Cause<Failure>): Failure | undefined =>
  Option.getOrUndefined(Cause.failureOption(cause)) ??
    Array.from(Cause.defects(cause)).find((defect) => defect instanceof OutputFailure)

const warn = (output: Output.Service, warnings: ReadonlyArray<string>): Effect.Effect<void> =>
  output.json
    ? warnings.length === 0 ? Effect.void : output.err(`${JSON.stringify({ warnings })}\n`)
    : Effect.forEach(warnings, (warning) => output.err(`jindouyun: ${oneLine(warning)}\n`), { discard: true })

const execute = (
  typed: ReadonlyArray<string>,
  { arguments: ordered, command }: Arranged,
  { files, terminal }: System
): Effect.Effect<void, Failure, Output.Output> =>
  Effect.gen(function*() {
    const [first = "--help", ...others] = ordered
    const end = ordered.indexOf("--")
    if ((end < 0 ? ordered : ordered.slice(0, end)).includes("--help") || first === "--help") {
      return yield* printHelp(first, command)
    }
    if (command === undefined && !first.startsWith("-")) {
      return yield* withoutCommand(true)
    }
    yield* check(command, typed)
    if (command === undefined && !/^--(version|completions)$/.test(first)) {
      return yield* withoutCommand(false)
    }
    // Scripts call `jindouyun token` often, and the parser takes as long to load as the command itself.
    if (command === "token" && others.every((option) => option === "--json")) {
      const { withoutOptions } = yield* Effect.promise(() => import("./printToken.js"))
      return yield* Effect.provide(withoutOptions, files)
    }
    const parser = yield* Effect.promise(() => import("./parser.js"))
    yield* Effect.provide(parser.run(ordered), Layer.merge(files, terminal))
  })

const printHelp = (
  first: string,
  command: Arranged["command"]
): Effect.Effect<void, Failure, Output.Output> =>
  Effect.gen(function*() {
    const { colors, language, out } = yield* Output.Output
    const topic = topics.find((name) => name === first)
    if (command === undefined && topic === undefined && !first.startsWith("-")) {
      return yield* withoutCommand(true)
    }
    const { ofCommand, overview, render } = yield* Effect.promise(() => import("./help.js"))
    const parts = command !== undefined
      ? ofCommand(command, language)
      : topic !== undefined
      ? (yield* Effect.promise(() => import("./helpTopics.js"))).ofTopic(topic, language)
      : overview(language)
    yield* out(`${render(parts, language, colors.out)}\n`)
  })

const logger = (output: Output.Service) =>
  Logger.make<unknown, void>(({ annotations, logLevel, message }) => {
    const text = Array.isArray(message) ? message.map(String).join(" ") : String(message)
    if (LogLevel.greaterThanEqual(logLevel, LogLevel.Warning)) {
      output.warnings.push(text)
    } else if (Option.isSome(HashMap.get(annotations, "package"))) {
      Effect.runFork(output.err(`${logLevel.label} ${oneLine(text)}\n`))
    }
  })

const prefix = ({ colors }: Output.Service): string => colors.err ? "\u{1b}[1;31mjindouyun:\u{1b}[0m " : "jindouyun: "

const defects = {
  en: "this is a defect of jindouyun, please report it:",
  zh: "这是 jindouyun 的缺陷，请报告："
}

// Only the kind of the defect, because its message may contain a secret.
const defectOf = (cause: Cause.Cause<Failure>): string =>
  oneLine(
    Array.from(Cause.defects(cause), (defect) => defect instanceof Error ? `${defect.name}` : typeof defect).join(", ")
  )
