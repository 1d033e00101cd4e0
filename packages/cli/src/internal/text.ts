import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import * as Either from "effect/Either"
import { UsageError } from "../Failure.js"

/**
 * The text of bytes that the user gives. The bytes must be UTF-8; one byte order mark is dropped.
 *
 * @internal
 */
export const fromBytes = (bytes: Uint8Array, place: ReturnCode.Localized): Either.Either<string, UsageError> =>
  Either.try({ try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes), catch: () => notText(place) })

/**
 * The text of an argument. Node has decoded it and has replaced each byte that is not UTF-8 by U+FFFD.
 *
 * @internal
 */
export const fromArgument = (text: string, place: ReturnCode.Localized): Either.Either<string, UsageError> =>
  text.includes("\u{fffd}") ? Either.left(notText(place)) : Either.right(text.replace(/^\u{feff}/u, ""))

const notText = (place: ReturnCode.Localized): UsageError =>
  new UsageError({
    problem: { en: `${place.en} is not UTF-8`, zh: `${place.zh} 不是 UTF-8` },
    hint: { en: "No request was sent; write it in UTF-8.", zh: "未发送请求；请使用 UTF-8 编码。" }
  })

/**
 * The text without line breaks and control characters.
 *
 * @internal
 */
export const oneLine = (text: string): string =>
  Array.from(text.replace(/\s+/g, " ").trim(), (character) => /\p{Cc}/u.test(character) ? "\u{fffd}" : character).join(
    ""
  )
