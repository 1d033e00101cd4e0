/**
 * The failures of a command.
 *
 * @since 0.1.0
 */
import type { InvalidConfiguration, TokenError } from "@jindouyun/core/JindouyunError"
import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import * as Data from "effect/Data"

/**
 * A failure of a command. Any other error is a defect.
 *
 * @since 0.1.0
 * @category models
 */
export type Failure = UsageError | InvalidConfiguration | TokenError

/**
 * The command line is wrong. The error never contains a value from the command line that may be a secret.
 *
 * @since 0.1.0
 * @category errors
 */
export class UsageError extends Data.TaggedError("UsageError")<{
  readonly problem: ReturnCode.Localized
  readonly hint: ReturnCode.Localized
}> {
  /** The problem in English. */
  override get message(): string {
    return this.problem.en
  }
}
