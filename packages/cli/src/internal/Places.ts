import { InvalidConfiguration } from "@jindouyun/core/JindouyunError"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { userInfo } from "node:os"
import { isAbsolute } from "node:path"

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
  /** Why nothing can be written, if there is no folder for it. */
  readonly problem: Option.Option<InvalidConfiguration>
}

/**
 * The paths. If neither the environment nor the system has a home folder, nothing can be read, and a command that writes
 * fails with `problem`.
 *
 * @internal
 */
export const places: Effect.Effect<Places> = Effect.gen(function*() {
  const home = Option.orElse(yield* absolute("HOME"), homeOfUser)
  const base = (variable: string, inHome: string) =>
    Effect.map(
      absolute(variable),
      Option.orElse(() => Option.map(home, (home) => `${home}/${inHome}`))
    )
  const state = yield* base("XDG_STATE_HOME", ".local/state")
  const config = yield* base("XDG_CONFIG_HOME", ".config")
  const folder = (base: Option.Option<string>) => `${Option.getOrElse(base, () => nowhere)}/jindouyun`
  return {
    configFile: `${folder(config)}/config.json`,
    state: folder(state),
    tokens: `${folder(state)}/tokens`,
    passwords: `${folder(state)}/passwords`,
    lastLogin: `${folder(state)}/last-login.json`,
    problem: Option.isSome(state) ? Option.none() : Option.some(
      new InvalidConfiguration({
        setting: "HOME",
        variable: "HOME",
        problem: "is not set, and the system knows no home folder of this user",
        expected: "the absolute path of your home folder, or set XDG_STATE_HOME, or use --store none or --store redis"
      })
    )
  }
})

// No file is there, on any system.
const nowhere = "/nonexistent"

const homeOfUser = (): Option.Option<string> =>
  Option.filter(Option.liftThrowable(() => userInfo().homedir)(), (home) => isAbsolute(home))

// The specification requires that a relative path is ignored.
const absolute = (variable: string): Effect.Effect<Option.Option<string>> =>
  Config.option(Config.string(variable)).pipe(
    Effect.orElseSucceed(() => Option.none<string>()),
    Effect.map(Option.filter((path) => isAbsolute(path))),
    Effect.map(Option.map((path) => path.replace(/\/+$/, "")))
  )
