/** Providers of configs, which Effect 3 and 4 make in different ways. */
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as PathPatch from "effect/ConfigProviderPathPatch"
import * as Effect from "effect/Effect"
import * as HashSet from "effect/HashSet"

type Variables = Readonly<Record<string, string>>

const mapOf = (variables: Variables) => new Map(Object.entries(variables))

/** Keeps the names of variables whole. */
export const whole = (variables: Variables): ConfigProvider.ConfigProvider => ConfigProvider.fromMap(mapOf(variables))

/** Splits the names of variables, as the environment does. */
export const split = (variables: Variables): ConfigProvider.ConfigProvider =>
  ConfigProvider.fromMap(mapOf(variables), { pathDelim: "_" })

export const json: (variables: Variables) => ConfigProvider.ConfigProvider = ConfigProvider.fromJson

/** Reads the map at each load. */
export const changing = (variables: ReadonlyMap<string, string>): ConfigProvider.ConfigProvider =>
  ConfigProvider.make({
    load: (config) => Effect.suspend(() => ConfigProvider.fromMap(new Map(variables)).load(config)),
    flattened: ConfigProvider.fromMap(new Map(variables)).flattened
  })

/** Finds variables below `name`. */
export const below = (name: string, variables: Variables): ConfigProvider.ConfigProvider =>
  ConfigProvider.nested(
    ConfigProvider.fromMap(
      new Map(Object.entries(variables).map(([variable, value]) => [`${name}.${variable}`, value]))
    ),
    name
  )

/** Renames the variables that are read, and lists the names of the others. */
export const renaming: (provider: ConfigProvider.ConfigProvider) => ConfigProvider.ConfigProvider =
  ConfigProvider.lowerCase

/** Reads variables and fails to list them. */
export const unlisted = (variables: Variables): ConfigProvider.ConfigProvider =>
  ConfigProvider.fromFlat({
    ...whole(variables).flattened,
    enumerateChildren: () => Effect.fail(ConfigError.Unsupported([], "no list"))
  })

/** Lists the same names below every path, and has no value. */
export const endless: ConfigProvider.ConfigProvider = ConfigProvider.fromFlat(ConfigProvider.makeFlat({
  load: () => Effect.fail(ConfigError.MissingData([], "nothing is set")),
  enumerateChildren: () => Effect.succeed(HashSet.make("JINDOUYUN", "JINDOUYUN_X")),
  patch: PathPatch.empty
}))
