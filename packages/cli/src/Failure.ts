/**
 * Every way a command can fail.
 *
 * @since 0.1.0
 */
import type { InvalidConfiguration, TokenError } from "@jindouyun/core/JindouyunError"
import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import * as Data from "effect/Data"

/**
 * What a command can fail with; anything else is a defect.
 *
 * @since 0.1.0
 * @category models
 */
export type Failure = UsageError | InvalidConfiguration | TokenError

/**
 * The command line is wrong. It never repeats a value that may be a secret.
 *
 * @since 0.1.0
 * @category errors
 */
export class UsageError extends Data.TaggedError("UsageError")<{
  readonly problem: ReturnCode.Localized
  readonly hint: ReturnCode.Localized
}> {
  /** The sentence in English. */
  override get message(): string {
    return this.problem.en
  }
}
