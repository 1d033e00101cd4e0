import type * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import { closestMatch } from "leven"
import { variablesWith } from "./edition/config.js"
import { sanitize } from "./redact.js"

/** A variable that no package of the library reads, and the known variables with a similar name. */
export interface Unknown {
  readonly variable: string
  readonly similar: ReadonlyArray<string>
}

/** The `JINDOUYUN_` variables of a provider that are not known. */
export const unknownIn = (
  provider: ConfigProvider.ConfigProvider,
  known: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<Unknown>> =>
  Effect.map(variablesWith(provider, prefix), (names) =>
    names.filter((name) => !known.includes(name)).sort()
      .map((name) => ({ variable: sanitize(name, []), similar: similarTo(name, known) })))

const prefix = "JINDOUYUN_"

/** The known name that differs in at most a third of the letters; without one, the names that share all words. */
const similarTo = (variable: string, known: ReadonlyArray<string>): ReadonlyArray<string> => {
  const name = variable.slice(prefix.length)
  const nearest = closestMatch(variable, known, { maxDistance: Math.floor(name.length / 3) })
  const words = name.split("_")
  return nearest !== undefined ? [nearest] : known.filter((each) => {
    const others = each.slice(prefix.length).split("_")
    return haveAll(others, words) || haveAll(words, others)
  })
}

/** Whether each word is one of the others, or one of both begins with the other. */
const haveAll = (others: ReadonlyArray<string>, words: ReadonlyArray<string>): boolean =>
  words.every((word) => others.some((other) => word === other || begins(word, other) || begins(other, word)))

// Shorter beginnings are shared by unrelated words.
const begins = (word: string, start: string): boolean => start.length >= 3 && word.startsWith(start)
