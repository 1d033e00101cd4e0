import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { fstatSync, writeSync } from "node:fs"
import process from "node:process"
import { isatty } from "node:tty"
import { OutputFailure } from "../Failure.js"
import { fromLocale } from "../Language.js"
import type { Service } from "./Output.js"

/**
 * The stdout and stderr of Node.
 *
 * @internal
 */
export const make = (json: boolean): Service => {
  const { env } = process
  const isColored = (isTerminal: boolean) => isTerminal && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb"
  const [out, err] = [isatty(1), isatty(2)]
  // Made at its first use, and once: a stream listens for errors.
  let stderr: ReturnType<typeof writer> | undefined
  return {
    language: fromLocale(env["LC_ALL"], env["LC_MESSAGES"], env["LANG"]),
    json,
    colors: { out: isColored(out), err: isColored(err) },
    isWatched: err,
    warnings: [],
    failures: [],
    out: writer(1),
    // A failure that cannot be reported keeps its exit code.
    err: (text) => {
      stderr ??= writer(2)
      return Effect.ignore(stderr(text))
    }
  }
}

const writer = (descriptor: 1 | 2): (text: string) => Effect.Effect<void, OutputFailure> =>
  isFile(descriptor) ? toFile(descriptor) : toStream(descriptor)

const isFile = (descriptor: 1 | 2): boolean => {
  const stats = fstatSync(descriptor)
  return !isatty(descriptor) && !stats.isFIFO() && !stats.isSocket()
}

// The stream of Node for files does not notice that a part of a text was not written.
const toFile = (descriptor: 1 | 2) => (text: string): Effect.Effect<void, OutputFailure> =>
  Effect.try({
    try: () => {
      for (let rest = Buffer.from(text); rest.length > 0;) {
        rest = rest.subarray(writeSync(descriptor, rest))
      }
    },
    catch: failureOf
  })

// The process exits with the command, so each write completes first.
const toStream = (descriptor: 1 | 2): (text: string) => Effect.Effect<void, OutputFailure> => {
  const stream = descriptor === 1 ? process.stdout : process.stderr
  let cause: Error | undefined
  const ended = (error: Error) => {
    cause ??= error
  }
  stream.on("error", ended)
  return (text) =>
    Effect.async<void, OutputFailure>((resume) => {
      stream.write(text, (error) => {
        if (error instanceof Error) {
          ended(error)
        }
        resume(cause === undefined || codeOf(cause) === "EPIPE" ? Effect.void : Effect.fail(failureOf(cause)))
      })
    })
}

const failureOf = (error: unknown): OutputFailure => new OutputFailure({ systemError: codeOf(error) })

const codeOf = (error: unknown): string =>
  Predicate.hasProperty(error, "code") && Predicate.isString(error.code) ? error.code : "unknown error"
