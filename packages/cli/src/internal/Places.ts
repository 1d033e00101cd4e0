import { InvalidConfiguration } from "@jindouyun/core/JindouyunError"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/**
 * The paths of the command's files, as the XDG base directory specification defines.
 *
 * @internal
 */
export interface Places {
  readonly configFile: string
  readonly state: string
  /** The folder of the file store. */
  readonly tokens: string
  /** The folder of the passwords that `login --remember` stores. */
  readonly passwords: string
  /** The file with the account of the last `login`; it contains no secret. */
  readonly lastLogin: string
}

/** @internal */
export const places: Effect.Effect<Places, InvalidConfiguration> = Effect.gen(function*() {
  const state = `${yield* base("XDG_STATE_HOME", ".local/state")}/jindouyun`
  return {
    configFile: `${yield* base("XDG_CONFIG_HOME", ".config")}/jindouyun/config.json`,
    state,
    tokens: `${state}/tokens`,
    passwords: `${state}/passwords`,
    lastLogin: `${state}/last-login.json`
  }
})

// The specification requires that a relative path is ignored.
const base = (variable: string, fallback: string): Effect.Effect<string, InvalidConfiguration> =>
  Effect.flatMap(
    absolute(variable),
    Option.match({
      onSome: Effect.succeed,
      onNone: () =>
        Effect.flatMap(
          absolute("HOME"),
          Option.match({
            onSome: (home) => Effect.succeed(`${home}/${fallback}`),
            onNone: () =>
              new InvalidConfiguration({
                setting: "HOME",
                variable: "HOME",
                problem: "is not set",
                expected: "the absolute path of your home folder"
              })
          })
        )
    })
  )

const absolute = (variable: string): Effect.Effect<Option.Option<string>> =>
  Config.option(Config.string(variable)).pipe(
    Effect.orElseSucceed(() => Option.none<string>()),
    Effect.map(Option.filter((path) => path.startsWith("/"))),
    Effect.map(Option.map((path) => path.replace(/\/+$/, "")))
  )
