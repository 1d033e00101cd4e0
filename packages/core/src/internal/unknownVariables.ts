import * as Config from "effect/Config"
import type * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import { closestMatch } from "leven"
import { sanitize } from "./redact.js"

/** A variable that no package of the library reads, and the known variable with the most similar name. */
export interface Unknown {
  readonly variable: string
  readonly nearest: string | undefined
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
      Effect.map((names) => names.map((name) => ({ variable: sanitize(name, []), nearest: closestMatch(name, known) })))
    )

const prefix = "JINDOUYUN_"

/** The names below a path: a provider of the environment splits them at each `_`, other providers keep them whole. */
const namesBelow = (
  provider: ConfigProvider.ConfigProvider,
  path: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<string>> =>
  provider.flattened.enumerateChildren(path).pipe(
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
