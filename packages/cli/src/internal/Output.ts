import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { Language } from "../Language.js"

/**
 * The two streams of a command, and how they are to be written to.
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
  readonly out: (text: string) => Effect.Effect<void>
  readonly err: (text: string) => Effect.Effect<void>
}

/**
 * A result: JSON where that was asked for, else lines for people.
 *
 * @internal
 */
export const result = (
  value: { readonly [field: string]: unknown },
  lines: ReadonlyArray<string>
): Effect.Effect<void, never, Output> =>
  Effect.flatMap(
    Output,
    ({ json, out }) => out(json ? `${JSON.stringify(value)}\n` : lines.map((line) => `${line}\n`).join(""))
  )

/**
 * Says what is waited for once it takes longer than a second. If the output is JSON, it prints nothing, unless stderr
 * is a terminal.
 *
 * @internal
 */
export const withProgress =
  (waiting: ReturnCode.Localized) => <A, E, R>(step: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | Output> =>
    Effect.flatMap(Output, ({ err, isWatched, json, language }) =>
      json && !isWatched
        ? step
        : Effect.acquireUseRelease(
          // What is acquired is so without interruption, and a child takes after its parent.
          Effect.fork(Effect.interruptible(Effect.delay(err(`${waiting[language]}\n`), Duration.seconds(1)))),
          () => step,
          Fiber.interruptFork
        ))

/** @internal */
export const plain = (text: string): string => text.replaceAll(ansi, "")

const ansi = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*[A-Za-z]`, "g")
