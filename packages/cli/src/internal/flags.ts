import * as Options from "@effect/cli/Options"
import type * as Option from "effect/Option"
import { aliases, type Option as Name, storeKinds } from "../CommandLine.js"
import type { Language } from "../Language.js"
import { optionTexts } from "./optionTexts.js"

/**
 * An option with its short name and its description, which a completion script shows.
 *
 * @internal
 */
export const described = (language: Language) => <A>(name: Name, option: Options.Options<A>): Options.Options<A> => {
  const [alias] = Object.entries(aliases).find(([, long]) => long === name) ?? []
  return Options.withDescription(
    alias === undefined ? option : Options.withAlias(option, alias.slice(1)),
    optionTexts[name][language]
  )
}

/** @internal */
export const json = (language: Language): Options.Options<boolean> =>
  described(language)("--json", Options.boolean("json"))

/**
 * The options of every command that uses the platform or the store.
 *
 * @internal
 */
export const common = (language: Language) => {
  const option = described(language)
  return {
    username: Options.optional(option("--username", Options.text("username"))),
    baseUrl: Options.optional(option("--base-url", Options.text("base-url"))),
    store: Options.optional(option("--store", Options.choice("store", storeKinds))),
    set: Options.repeated(option("--set", Options.text("set"))),
    config: Options.optional(option("--config", Options.text("config"))),
    json: json(language)
  }
}

/**
 * The parsed values of these options.
 *
 * @internal
 */
export interface Given {
  readonly username: Option.Option<string>
  readonly baseUrl: Option.Option<string>
  readonly store: Option.Option<string>
  readonly set: ReadonlyArray<string>
  readonly config: Option.Option<string>
}
