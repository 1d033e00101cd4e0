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
export type Failure = UsageError | OutputFailure | InvalidConfiguration | TokenError

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

/**
 * The result was not written to stdout. A reader that has closed the pipe is no failure.
 *
 * @since 0.1.0
 * @category errors
 */
export class OutputFailure extends Data.TaggedError("OutputFailure")<{
  /** The error code of the system. */
  readonly systemError: string
}> {
  override get message(): string {
    return `the result could not be written to stdout: ${this.systemError}`
  }
  /** How to remove the cause. */
  get hint(): ReturnCode.Localized {
    switch (this.systemError) {
      case "ENOSPC":
      case "EDQUOT":
        return { en: "Free space there, or write to another place.", zh: "请清理空间，或写到其他位置。" }
      case "EFBIG":
        return { en: "Raise the limit of file sizes (ulimit -f).", zh: "请调大文件大小上限（ulimit -f）。" }
      case "EBADF":
        return { en: "Open stdout for writing.", zh: "请以可写方式打开标准输出。" }
      default:
        return { en: "Check the file or the program that receives stdout.", zh: "请检查接收标准输出的文件或程序。" }
    }
  }
}

/**
 * A failure whose hint ends with a note about the circumstances of this command.
 *
 * @since 0.1.0
 * @category errors
 */
export const withNote = <F extends object>(failure: F, note: ReturnCode.Localized): F => extended(failure, Note, note)

/**
 * The note of a failure.
 *
 * @since 0.1.0
 * @category errors
 */
export const noteOf = (
  failure: Failure & { readonly [Note]?: ReturnCode.Localized }
): ReturnCode.Localized | undefined => failure[Note]

/**
 * A failure with another hint, for a cause that the library cannot know.
 *
 * @since 0.1.0
 * @category errors
 */
export const withHint = <F extends object>(failure: F, hint: ReturnCode.Localized): F => extended(failure, Hint, hint)

/**
 * The hint that `withHint` gave to a failure.
 *
 * @since 0.1.0
 * @category errors
 */
export const hintOf = (
  failure: Failure & { readonly [Hint]?: ReturnCode.Localized }
): ReturnCode.Localized | undefined => failure[Hint]

const extended = <F extends object>(failure: F, key: symbol, value: ReturnCode.Localized): F =>
  Object.create(Object.getPrototypeOf(failure), {
    ...Object.getOwnPropertyDescriptors(failure),
    [key]: { value }
  })

const Note: unique symbol = Symbol.for("@jindouyun/cli/Failure/Note")

const Hint: unique symbol = Symbol.for("@jindouyun/cli/Failure/Hint")
