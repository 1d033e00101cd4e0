import type { TokenError } from "@jindouyun/core/JindouyunError"
import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { OutputFailure } from "../Failure.js"
import type { Language } from "../Language.js"

/**
 * The output streams of a command and their format.
 *
 * @internal
 */
export class Output extends Context.Tag("@jindouyun/cli/Output")<Output, Service>() {}

/** @internal */
export interface Service {
  readonly language: Language
  /** Whether results and errors are JSON. */
  readonly json: boolean
  readonly colors: { readonly out: boolean; readonly err: boolean }
  /** Whether stderr is a terminal. */
  readonly isWatched: boolean
  /** The warnings that were not printed yet. */
  readonly warnings: Array<string>
  /** The failures whose messages may be among the warnings. A failure has a text in each language, a warning has not. */
  readonly failures: Array<TokenError>
  /** Completes when the text is written. A reader that has closed the pipe is no failure. */
  readonly out: (text: string) => Effect.Effect<void, OutputFailure>
  readonly err: (text: string) => Effect.Effect<void>
}

/**
 * Prints a result: JSON with `--json`, with the warnings so far as `warnings`; otherwise lines of text.
 *
 * @internal
 */
export const result = (
  value: { readonly [field: string]: unknown },
  lines: ReadonlyArray<string>
): Effect.Effect<void, OutputFailure, Output> =>
  Effect.gen(function*() {
    const { failures, json, language, out, warnings } = yield* Output
    if (!json) {
      return yield* out(lines.map((line) => `${line}\n`).join(""))
    }
    if (warnings.length === 0) {
      return yield* out(`${JSON.stringify(value)}\n`)
    }
    const { warning } = yield* Effect.promise(() => import("../Report.js"))
    const printed = { ...value, warnings: warnings.splice(0).map((text) => warning(text, language, failures)) }
    yield* out(`${JSON.stringify(printed)}\n`)
  })

/**
 * Prints a message on stderr if a step takes longer than a second. With JSON output the message needs a terminal at
 * stderr.
 *
 * @internal
 */
export const withProgress =
  (waiting: ReturnCode.Localized) => <A, E, R>(step: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | Output> =>
    Effect.flatMap(Output, ({ err, isWatched, json, language }) =>
      json && !isWatched
        ? step
        : Effect.acquireUseRelease(
          // The acquire phase is uninterruptible, and a forked fiber inherits that.
          Effect.fork(Effect.interruptible(Effect.delay(err(`${waiting[language]}\n`), Duration.seconds(1)))),
          () => step,
          Fiber.interruptFork
        ))

/** @internal */
export const plain = (text: string): string => text.replaceAll(ansi, "")

const ansi = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*[A-Za-z]`, "g")
