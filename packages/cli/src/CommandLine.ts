/**
 * Sorts the command line into the order that the parser reads: command, options, arguments. Users may write options in
 * any position.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { UsageError } from "./Failure.js"

/**
 * The name of a command.
 *
 * @since 0.1.0
 * @category models
 */
export type CommandName = typeof commands[number]

/**
 * The names of the commands.
 *
 * @since 0.1.0
 * @category models
 */
export const commands = ["token", "refresh", "status", "login", "logout", "call", "doctor", "sandbox"] as const

/**
 * The options of all commands that take a value. An option has the same meaning in every command.
 *
 * @since 0.1.0
 * @category models
 */
export const valued = [
  "--username",
  "-u",
  "--base-url",
  "--store",
  "--config",
  "--set",
  "--data",
  "-d",
  "--method",
  "-X",
  "--port",
  "--path",
  "--completions",
  "--log-level"
] as const

/**
 * A sorted command line.
 *
 * @since 0.1.0
 * @category models
 */
export interface Arranged {
  /** The arguments for the parser. */
  readonly arguments: ReadonlyArray<string>
  /** The command, unless the line names none. */
  readonly command: CommandName | undefined
  /** Whether the output is JSON. Set even if the rest of the line is invalid. */
  readonly json: boolean
}

/**
 * Puts the command first, its options next and its arguments last. `help token` becomes `token --help`.
 *
 * **Details**
 *
 * A password is refused first, so that no later error can repeat it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const arrange = (typed: ReadonlyArray<string>): Either.Either<Arranged, UsageError> => {
  const options: Array<string> = []
  // The parser takes this option only before the options of the command.
  const logLevel: Array<string> = []
  const words: Array<string> = []
  const rest = [...typed]
  for (let token = rest.shift(); token !== undefined; token = rest.shift()) {
    if (token === "--") {
      words.push(...rest.splice(0))
    } else if (/^--?pass(word|wd)?(=|$)|^-p/i.test(token)) {
      return Either.left(passwordTyped)
    } else if (token.startsWith("-") && token !== "-") {
      const value = valued.some((option) => option === token) ? rest.slice(0, 1) : []
      rest.splice(0, value.length)
      const target = /^--log-level(=|$)/.test(token) ? logLevel : options
      target.push(token, ...value)
    } else {
      words.push(token)
    }
  }
  const json = options.includes("--json")
  options.unshift(...logLevel)
  const [first, ...others] = words[0] === "help" ? [...words.slice(1), "--help"] : words
  const command = commands.find((name) => name === first)
  // Without a command the user can ask only for help, the version or completions.
  if (command === undefined) {
    return Either.right({ arguments: first === undefined ? options : [first, ...others, ...options], command, json })
  }
  const isHelp = [...options, ...others].some((word) => word === "--help" || word === "-h")
  return Either.right({
    arguments: isHelp
      ? [command, "--help"]
      : others.length === 0
      ? [command, ...options]
      : [command, ...options, "--", ...others],
    command,
    json
  })
}

/**
 * The error for a password on the command line: every user of the machine can read it.
 *
 * @since 0.1.0
 * @category errors
 */
export const passwordTyped = new UsageError({
  problem: {
    en: "a password cannot be an argument: other users of this machine can read it",
    zh: "密码不能作为命令行参数：本机其他用户可以看到"
  },
  hint: {
    en: "Let jindouyun login ask for the password, use --password-stdin, or set JINDOUYUN_PASSWORD.",
    zh: "请让 jindouyun login 提示输入，用 --password-stdin 传入，或设置 JINDOUYUN_PASSWORD。"
  }
})
