/** Providers of configs, which Effect 3 and 4 make in different ways. */
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"

type Variables = Readonly<Record<string, string>>

/** Keeps the names of variables whole. */
export const whole = (variables: Variables): ConfigProvider.ConfigProvider => ConfigProvider.fromUnknown(variables)

/** Splits the names of variables, as the environment does. */
export const split = (variables: Variables): ConfigProvider.ConfigProvider =>
  ConfigProvider.fromEnv({ env: { ...variables }, preserveEmptyStrings: true })

export const json: (variables: Variables) => ConfigProvider.ConfigProvider = ConfigProvider.fromUnknown

/** Reads the map at each load. */
export const changing = (variables: ReadonlyMap<string, string>): ConfigProvider.ConfigProvider =>
  ConfigProvider.make((path) => split(Object.fromEntries(variables)).load(path))

/** Finds variables below `name`. */
export const below = (name: string, variables: Variables): ConfigProvider.ConfigProvider =>
  ConfigProvider.nested(ConfigProvider.fromUnknown({ [name]: variables }), name)

/** Renames the variables that are read, and lists the names of the others. */
export const renaming = (provider: ConfigProvider.ConfigProvider): ConfigProvider.ConfigProvider =>
  ConfigProvider.mapInput(provider, (path) => path.map((part) => typeof part === "string" ? part.toLowerCase() : part))

/** Reads variables and fails to list them. */
export const unlisted = (variables: Variables): ConfigProvider.ConfigProvider =>
  ConfigProvider.make((path) =>
    path.length === 0
      ? Effect.fail(new ConfigProvider.SourceError({ message: "no list" }))
      : whole(variables).load(path)
  )

/** Lists the same names below every path, and has no value. */
export const endless: ConfigProvider.ConfigProvider = ConfigProvider.make(() =>
  Effect.succeed(ConfigProvider.makeRecord(new Set(["JINDOUYUN", "JINDOUYUN_X"])))
)
