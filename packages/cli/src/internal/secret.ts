import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import * as Redacted from "effect/Redacted"

/**
 * Why a text cannot be a password; `undefined` for one that can. White space at the end is part of a password.
 *
 * @internal
 */
export const problemOf = (text: string): ReturnCode.Localized | undefined =>
  text === ""
    ? { en: "is empty", zh: "为空" }
    : text.trim() === ""
    ? { en: "is white space only", zh: "只有空白字符" }
    : text.includes("\u{fffd}")
    ? { en: "is not UTF-8", zh: "不是 UTF-8" }
    : /\p{Cc}/u.test(text.trimEnd())
    ? { en: "has a control character, such as a line end or a tab", zh: "含有控制字符，例如换行或制表符" }
    : undefined

/**
 * Why a text cannot be a username; `undefined` for one that can.
 *
 * @internal
 */
export const problemOfName = (text: string): ReturnCode.Localized | undefined =>
  /[\p{Cc}\p{Cs}\u{fffd}]/u.test(text)
    ? { en: "has a control character or is not UTF-8", zh: "含有控制字符，或不是 UTF-8" }
    : undefined

/** @internal */
export const endsInWhiteSpace = (secret: Redacted.Redacted): boolean => /\s$/.test(Redacted.value(secret))
