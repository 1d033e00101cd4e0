import * as Config from "effect/Config"
import type * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import { closestMatch } from "leven"
import { sanitize } from "./redact.js"

/** A variable that no package of the library reads, and the known variables with a similar name. */
export interface Unknown {
  readonly variable: string
  readonly similar: ReadonlyArray<string>
}

/**
 * The `JINDOUYUN_` variables of a provider that are not known. A provider that renames or nests its names is not listed,
 * because its names are not those that are read.
 */
export const unknownIn = (
  provider: ConfigProvider.ConfigProvider,
  known: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<Unknown>> =>
  provider.flattened.patch._tag !== "Empty"
    ? Effect.succeed([])
    : namesBelow(provider, []).pipe(
      Effect.map((names) => names.filter((name) => name.startsWith(prefix) && !known.includes(name)).sort()),
      Effect.flatMap(Effect.filter((name) => isSet(provider, name))),
      Effect.map((names) => names.map((name) => ({ variable: sanitize(name, []), similar: similarTo(name, known) })))
    )

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

// A provider that returns the same children for every path has no end.
const mostWords = 8

/** The names below a path: a provider of the environment splits them at each `_`, other providers keep them whole. */
const namesBelow = (
  provider: ConfigProvider.ConfigProvider,
  path: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<string>> =>
  path.length >= mostWords ? Effect.succeed([]) : provider.flattened.enumerateChildren(path).pipe(
    Effect.orElseSucceed(() => []),
    Effect.map((children) => [...children].map((child) => [...path, child])),
    Effect.map((paths) => paths.filter(([first = ""]) => `${first}_`.startsWith(prefix))),
    Effect.flatMap(
      Effect.forEach((path) => Effect.map(namesBelow(provider, path), (names) => [path.join("_"), ...names]))
    ),
    Effect.map((names) => names.flat())
  )

// The value is read to learn whether there is one, and is dropped.
const isSet = (provider: ConfigProvider.ConfigProvider, name: string): Effect.Effect<boolean> =>
  Effect.match(provider.load(Config.string(name)), { onFailure: () => false, onSuccess: (text) => text !== "" })
