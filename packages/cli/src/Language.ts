/**
 * The language of errors, from the locale of the shell.
 *
 * @since 0.1.0
 */
import type * as ReturnCode from "@jindouyun/core/ReturnCode"

/**
 * English, or Chinese.
 *
 * @since 0.1.0
 * @category models
 */
export type Language = keyof ReturnCode.Localized

/**
 * As POSIX has it: of `LC_ALL`, `LC_MESSAGES` and `LANG` the first that is set and not empty.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromLocale = (
  ...variables: readonly [all: string | undefined, messages: string | undefined, lang: string | undefined]
): Language => /^zh([_.@-]|$)/i.test(variables.find((value) => value !== undefined && value !== "") ?? "") ? "zh" : "en"
