import * as Either from "effect/Either"
import * as jsonText from "./jsonText.js"

/** @internal */
export const readJson = (body: Uint8Array): Either.Either<unknown, "badParameter"> =>
  Either.try({ try: () => jsonText.parse(strict.decode(body)), catch: () => "badParameter" as const })

const strict = new TextDecoder("utf-8", { fatal: true })

/**
 * Parses JSON, and refuses a number that JavaScript would change: an answer has to contain what the test wrote.
 *
 * @internal
 */
export const readExactJson = (
  bytes: Uint8Array
): Either.Either<unknown, { readonly problem: string; readonly expected: string }> =>
  Either.flatMap(
    Either.mapLeft(readJson(bytes), () => ({ problem: "is not JSON in UTF-8", expected: "a JSON object" })),
    (json) => {
      const inexact = numbersIn(new TextDecoder().decode(bytes)).find((number) => !isExact(number))
      return inexact === undefined ? Either.right(json) : Either.left({
        problem: `contains the number ${inexact.slice(0, 40)}, which has more digits than JavaScript keeps`,
        expected: "that number as a text, in quotes"
      })
    }
  )

const numbersIn = (json: string): ReadonlyArray<string> =>
  json.replaceAll(/"(?:[^"\\]|\\.)*"/gs, "").match(/-?\d[\d.eE+-]*/g) ?? []

// JavaScript keeps all integers up to 2^53, and fifteen digits of any other number.
const isExact = (number: string): boolean =>
  /^-?\d+$/.test(number)
    ? Number.isSafeInteger(Number(number))
    : Number.isFinite(Number(number)) && number.replace(/e.*/i, "").replaceAll(/^-?[0.]*|\./g, "").length <= 15
