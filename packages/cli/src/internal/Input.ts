import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { UsageError } from "../Failure.js"

/**
 * The stdin of a command: a terminal or a pipe.
 *
 * @internal
 */
export class Input extends Context.Tag("@jindouyun/cli/Input")<Input, Service>() {}

/** @internal */
export interface Service {
  readonly isTerminal: boolean
  /** The whole of stdin. */
  readonly all: Effect.Effect<Uint8Array, UsageError>
  /** One line that the user types; a secret is not shown. Fails if stdin is not a terminal. */
  readonly ask: (question: string, options: { readonly isSecret: boolean }) => Effect.Effect<string, UsageError>
}
