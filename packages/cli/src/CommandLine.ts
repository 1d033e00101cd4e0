/**
 * The command line as it was typed, brought into the order the parser reads: command, options, arguments. Options may then
 * stand anywhere.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { UsageError } from "./Failure.js"

/**
 * The names of the commands.
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
 * The options that are followed by a value, of all commands. One name means the same wherever it is taken.
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
 * A command line in order.
 *
 * @since 0.1.0
 * @category models
 */
export interface Arranged {
  /** What the parser is given. */
  readonly arguments: ReadonlyArray<string>
  /** The command it names, if it names one. */
  readonly command: CommandName | undefined
  /** Whether output is to be JSON; known also where nothing else can be understood. */
  readonly json: boolean
}

/**
 * Puts the command first, its options next and its arguments last. `help token` is `token --help`. A password is refused
 * before anything else can repeat it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const arrange = (typed: ReadonlyArray<string>): Either.Either<Arranged, UsageError> => {
  const options: Array<string> = []
  const words: Array<string> = []
  const rest = [...typed]
  for (let token = rest.shift(); token !== undefined; token = rest.shift()) {
    if (token === "--") {
      words.push(...rest.splice(0))
    } else if (/^--?pass(word|wd)?(=|$)|^-p/i.test(token)) {
      return Either.left(passwordTyped)
    } else if (token.startsWith("-") && token !== "-") {
      options.push(token)
      const value = valued.some((option) => option === token) ? rest.shift() : undefined
      if (value !== undefined) {
        options.push(value)
      }
    } else {
      words.push(token)
    }
  }
  const json = options.includes("--json")
  const [first, ...others] = words[0] === "help" ? [...words.slice(1), "--help"] : words
  const command = commands.find((name) => name === first)
  // Without a command all that can be asked for is help, a version, completions.
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
 * The error for a password on the command line, where every user of the machine can read it.
 *
 * @since 0.1.0
 * @category errors
 */
export const passwordTyped = new UsageError({
  problem: {
    en: "a password is never an argument: other users of this machine can read it there",
    zh: "密码不能作为命令行参数：本机其他用户可以看到"
  },
  hint: {
    en: "Let jindouyun login ask for it, pipe it in with --password-stdin, or set JINDOUYUN_PASSWORD.",
    zh: "请让 jindouyun login 提示输入，用 --password-stdin 传入，或设置 JINDOUYUN_PASSWORD。"
  }
})
