/**
 * Hints in English and in Chinese. An error has its hint in English; the Chinese hints are only in programs that import
 * this module.
 *
 * @since 0.1.0
 */
import * as chineseHints from "./internal/chineseHints.js"
import type { InvalidConfiguration, TokenError } from "./JindouyunError.js"
import type * as ReturnCode from "./ReturnCode.js"

/**
 * The hint of an error in both languages.
 *
 * @example
 * ```ts
 * import * as Hint from "@jindouyun/core/Hint"
 * import * as TokenProvider from "@jindouyun/core/TokenProvider"
 * import * as Effect from "effect/Effect"
 *
 * // Logs in Chinese how to remove the cause of a failure.
 * export const accessToken = Effect.flatMap(TokenProvider.TokenProvider, ({ accessToken }) => accessToken).pipe(
 *   Effect.tapError((error) => Effect.logError(Hint.of(error).zh))
 * )
 * ```
 *
 * @since 0.1.0
 * @category getters
 */
export const of = (error: TokenError | InvalidConfiguration): ReturnCode.Localized => ({
  en: error.hint,
  zh: chineseHints.of(error)
})
