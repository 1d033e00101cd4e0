import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as PathPatch from "effect/ConfigProviderPathPatch"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"

/** The failure to read a config. */
export type Failure = ConfigError.ConfigError

/** Whether an error is a failure to read a config. */
export const isFailure: (error: unknown) => error is Failure = ConfigError.isConfigError

/** Why the value at a path could not be read. */
export interface Problem {
  readonly path: ReadonlyArray<string>
  readonly reason: "missing" | "invalid" | "unavailable" | "blank"
}

/** The problems of a failure, the first value first. */
export const problemsOf = (failure: Failure): readonly [Problem, ...ReadonlyArray<Problem>] =>
  failure._op === "And" || failure._op === "Or"
    ? [...problemsOf(failure.left), ...problemsOf(failure.right)]
    : [{ path: failure.path, reason: reasons[failure._op] }]

const reasons = {
  MissingData: "missing",
  InvalidData: "invalid",
  SourceUnavailable: "unavailable",
  // `Config.redacted` hides a message and keeps this tag, which no provider of Effect uses.
  Unsupported: "blank"
} as const

/** A value that is parsed from text; undefined if it is missing. Its failure does not repeat the text, as those of `Config` do. */
export const parsed = <A>(
  name: string,
  parse: (text: string) => Either.Either<A, string>,
  description: string
): Config.Config<A | undefined> =>
  Config.string(name).pipe(
    Config.mapOrFail((text) => Either.mapLeft(parse(text), (problem) => ConfigError.InvalidData([], problem))),
    Config.withDefault(undefined),
    Config.withDescription(description)
  )

/** The provider of the program. */
export const provider: Effect.Effect<ConfigProvider.ConfigProvider> = Effect.configProviderWith(Effect.succeed)

/** Runs an effect that reads configs with another provider. */
export const withProvider: (
  provider: ConfigProvider.ConfigProvider
) => <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> = Effect.withConfigProvider

/** How the text of a variable is read: undefined if there is no value, the left side if it is white space only. */
export type ValueOf = (variable: string, text: string) => Either.Either<string | undefined, string>

/** Reads a config from the variables of a provider. Their names are `prefix` and those of the values, in constant case. */
export const fromVariables = <A>(
  config: Config.Config<A>,
  prefix: string,
  valueOf: ValueOf
): Effect.Effect<A, Failure> =>
  Effect.flatMap(provider, (provider) =>
    // `ConfigProvider.nested` would split every value at its commas.
    withProvider(ConfigProvider.constantCase(variablesOf(provider, valueOf)))(Config.nested(config, prefix)))

/** A provider whose paths are the names of variables in `provider`. */
const variablesOf = (
  provider: ConfigProvider.ConfigProvider,
  valueOf: ValueOf
): ConfigProvider.ConfigProvider =>
  ConfigProvider.fromFlat(ConfigProvider.makeFlat({
    enumerateChildren: provider.flattened.enumerateChildren,
    patch: PathPatch.empty,
    load: (path, primitive, split) => {
      const variable = path.join("_")
      return Effect.flatMap(provider.load(Config.string(variable)), (text) => {
        const value = valueOf(variable, text)
        if (Either.isLeft(value)) {
          return Effect.fail(ConfigError.Unsupported([...path], value.left))
        }
        if (value.right === undefined) {
          return Effect.fail(ConfigError.MissingData([...path], "is missing"))
        }
        return Effect.mapError(
          Effect.forEach(
            split === true ? value.right.split(/\s*,\s*/) : [value.right],
            (part) => primitive.parse(part)
          ),
          ConfigError.prefixed([...path])
        )
      })
    }
  }))

/**
 * The names of the variables of a provider that have a value and begin with `prefix`. A provider that renames or nests its
 * names has none, because its names are not those that are read.
 */
export const variablesWith = (
  provider: ConfigProvider.ConfigProvider,
  prefix: string
): Effect.Effect<ReadonlyArray<string>> =>
  provider.flattened.patch._tag !== "Empty"
    ? Effect.succeed([])
    : namesBelow(provider, prefix, []).pipe(
      Effect.map((names) => names.filter((name) => name.startsWith(prefix))),
      Effect.flatMap(Effect.filter((name) => isSet(provider, name)))
    )

// A provider that returns the same children for every path has no end.
const mostWords = 8

/** The names below a path: a provider of the environment splits them at each `_`, other providers keep them whole. */
const namesBelow = (
  provider: ConfigProvider.ConfigProvider,
  prefix: string,
  path: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<string>> =>
  path.length >= mostWords ? Effect.succeed([]) : provider.flattened.enumerateChildren(path).pipe(
    Effect.orElseSucceed(() => []),
    Effect.map((children) => [...children].map((child) => [...path, child])),
    Effect.map((paths) => paths.filter(([first = ""]) => `${first}_`.startsWith(prefix))),
    Effect.flatMap(
      Effect.forEach((path) => Effect.map(namesBelow(provider, prefix, path), (names) => [path.join("_"), ...names]))
    ),
    Effect.map((names) => names.flat())
  )

// The value is read to learn whether there is one, and is dropped.
const isSet = (provider: ConfigProvider.ConfigProvider, name: string): Effect.Effect<boolean> =>
  Effect.match(provider.load(Config.string(name)), { onFailure: () => false, onSuccess: (text) => text !== "" })
