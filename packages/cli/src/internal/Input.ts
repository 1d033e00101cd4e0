import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { UsageError } from "../Failure.js"

/**
 * The stdin of a command: a terminal or a pipe.
 *
 * @internal
 */
export class Input extends Context.Tag("@jindouyun/cli/Input")<Input, Service>() {}

/**
 * The most bytes that the command reads from stdin or a file of the user: a device can be endless.
 *
 * @internal
 */
export const mostBytes = 64 * 1024 * 1024

/** @internal */
export const tooLong: ReturnCode.Localized = { en: `more than ${mostBytes} bytes`, zh: `超过 ${mostBytes} 字节` }

/** @internal */
export interface Service {
  readonly isTerminal: boolean
  /** The whole of stdin. Fails if stdin has more than `mostBytes`. */
  readonly all: Effect.Effect<Uint8Array, UsageError>
  /** The whole of a file, which may be a pipe. Fails with the reason. */
  readonly file: (path: string) => Effect.Effect<Uint8Array, ReturnCode.Localized>
  /** One line that the user types; a secret is not shown. Fails if stdin is not a terminal. */
  readonly ask: (question: string, options: { readonly isSecret: boolean }) => Effect.Effect<string, UsageError>
}
