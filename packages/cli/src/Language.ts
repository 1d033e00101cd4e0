/**
 * The language of error messages, from the locale of the shell.
 *
 * @since 0.1.0
 */
import type * as ReturnCode from "@jindouyun/core/ReturnCode"

/**
 * English or Chinese.
 *
 * @since 0.1.0
 * @category models
 */
export type Language = keyof ReturnCode.Localized

/**
 * The language of the first variable that is set and not empty: `LC_ALL`, `LC_MESSAGES`, `LANG`, as POSIX defines.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromLocale = (
  ...variables: readonly [all: string | undefined, messages: string | undefined, lang: string | undefined]
): Language => /^zh([_.@-]|$)/i.test(variables.find((value) => value !== undefined && value !== "") ?? "") ? "zh" : "en"
