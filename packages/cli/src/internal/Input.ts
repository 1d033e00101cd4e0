import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { UsageError } from "../Failure.js"

/**
 * The person or program at stdin.
 *
 * @internal
 */
export class Input extends Context.Tag("@jindouyun/cli/Input")<Input, Service>() {}

/** @internal */
export interface Service {
  readonly isTerminal: boolean
  /** All of it, as text. */
  readonly all: Effect.Effect<string>
  /** One line of a person, who does not see it if it is a secret. Fails where nobody can be asked. */
  readonly ask: (question: string, options: { readonly isSecret: boolean }) => Effect.Effect<string, UsageError>
}
