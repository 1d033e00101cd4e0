/**
 * Sorts the command line into the order that the parser reads: command, options, arguments. Users may write options in
 * any position.
 *
 * @since 0.1.0
 */
import type * as ReturnCode from "@jindouyun/core/ReturnCode"
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
 * The topics of the help, as in `jindouyun help settings`.
 *
 * @since 0.1.0
 * @category models
 */
export type Topic = typeof topics[number]

/**
 * The names of the topics.
 *
 * @since 0.1.0
 * @category models
 */
export const topics = ["settings", "exit-codes"] as const

/**
 * The options of all commands that take a value. An option has the same meaning in every command.
 *
 * @since 0.1.0
 * @category models
 */
export const valued = [
  "--username",
  "--base-url",
  "--store",
  "--config",
  "--set",
  "--data",
  "--method",
  "--host",
  "--port",
  "--control-key",
  "--account",
  "--access-token-lifetime",
  "--refresh-token-lifetime",
  "--report",
  "--path",
  "--completions",
  "--log-level"
] as const

/**
 * The options of all commands that are on or off.
 *
 * @since 0.1.0
 * @category models
 */
export const switches = [
  "--json",
  "--raw",
  "--password-stdin",
  "--remember",
  "--probe",
  "--quiet",
  "--help",
  "--version"
] as const

/**
 * The short names of options.
 *
 * @since 0.1.0
 * @category models
 */
export const aliases: { readonly [alias: string]: Option } = {
  "-u": "--username",
  "-d": "--data",
  "-X": "--method",
  "-h": "--help"
}

/**
 * The name of an option.
 *
 * @since 0.1.0
 * @category models
 */
export type Option = typeof valued[number] | typeof switches[number]

/**
 * The options that only this command has.
 *
 * @since 0.1.0
 * @category models
 */
export const ownOptions: { readonly [command in CommandName]: ReadonlyArray<Option> } = {
  token: [],
  refresh: [],
  status: [],
  login: ["--password-stdin", "--remember"],
  logout: [],
  call: ["--data", "--method", "--raw"],
  doctor: ["--probe", "--path", "--method"],
  sandbox: [
    "--host",
    "--port",
    "--control-key",
    "--account",
    "--access-token-lifetime",
    "--refresh-token-lifetime",
    "--report",
    "--quiet"
  ]
}

/**
 * The options for settings, which every command but `sandbox` has.
 *
 * @since 0.1.0
 * @category models
 */
export const settingsOptions: ReadonlyArray<Option> = [
  "--username",
  "--base-url",
  "--store",
  "--set",
  "--config",
  "--log-level"
]

/**
 * The values of `--method`.
 *
 * @since 0.1.0
 * @category models
 */
export const methods = {
  call: ["POST", "GET", "PUT", "PATCH", "DELETE"],
  doctor: ["POST", "GET"]
} as const

/**
 * A kind of token store.
 *
 * @since 0.1.0
 * @category models
 */
export type StoreKind = typeof storeKinds[number]

/**
 * The kinds of token store: files of this user, Redis, or no store.
 *
 * @since 0.1.0
 * @category models
 */
export const storeKinds = ["file", "redis", "none"] as const

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
 * Every option is read by the same rules. `--option value` and `--option=value` are the same, `--switch` and
 * `--switch=true` too. If an option is repeated, the last value is used; `--set`, `--account` and `--report` take each. After `--` there are only
 * arguments. A password is refused first, so that no later error can repeat it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const arrange = (typed: ReadonlyArray<string>): Either.Either<Arranged, UsageError> => {
  const { isOn, problem, unknown, values, words } = read(typed)
  if (problem !== undefined) {
    return Either.left(problem)
  }
  const json = isOn.get("--json") === true
  // The parser takes its own options only before those of the command.
  const isBuiltIn = ([name]: readonly [Option, string]) => name === "--log-level" || name === "--completions"
  const options = [
    ...values.filter(isBuiltIn).flat(),
    ...values.filter((value) => !isBuiltIn(value)).flat(),
    ...Array.from(isOn).flatMap(([name, isOn]) => isOn ? [name] : []),
    ...unknown
  ]
  const [first, ...others] = words[0] === "help" ? words.slice(1) : words
  const isHelp = words[0] === "help" || isOn.get("--help") === true
  const command = commands.find((name) => name === first)
  // Without a command the user can ask only for help, the version or completions.
  if (command === undefined) {
    const rest = isHelp && !options.includes("--help") ? [...options, "--help"] : options
    return Either.right({ arguments: first === undefined ? rest : [first, ...others, ...rest], command, json })
  }
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
 * Whether a command line asks for JSON. The answer does not depend on the rest of the line, which may be invalid.
 *
 * @since 0.1.0
 * @category constructors
 */
export const isJson = (typed: ReadonlyArray<string>): boolean => read(typed).isOn.get("--json") === true

/**
 * Checks a command line that names a command: its options, the values of those that are names, and the number of
 * arguments. The parser has no text in Chinese, and repeats arguments.
 *
 * @since 0.1.0
 * @category validation
 */
export const check = (
  command: CommandName | undefined,
  typed: ReadonlyArray<string>
): Either.Either<void, UsageError> => {
  const { isOn, unknown, values, words } = read(typed)
  const [misspelt] = unknown
  if (misspelt !== undefined) {
    return Either.left(unknownOption(command, /^--?[\w-]{0,30}/.exec(split(misspelt).name)?.[0] ?? "-"))
  }
  if (command !== undefined) {
    const known = [...ownOptions[command], ...command === "sandbox" ? ["--log-level"] : settingsOptions, ...everywhere]
    const foreign = [...values.map(([name]) => name), ...isOn.keys()].find((name) => !known.includes(name))
    if (foreign !== undefined) {
      return Either.left(unknownOption(command, foreign))
    }
    const spare = words.length - 1 - (command === "call" ? 1 : 0)
    if (spare !== 0) {
      return Either.left(spare > 0 ? tooMany(command) : withoutPath)
    }
  }
  for (const [name, value] of values) {
    const accepted = acceptedBy(command, name)
    if (accepted !== undefined && !accepted.includes(value)) {
      return Either.left(notAccepted(name, accepted))
    }
    if (name === "--port" && !/^[0-9]{1,9}$/.test(value)) {
      return Either.left(notAccepted(name, ["0 … 65535"]))
    }
  }
  return Either.void
}

const repeatable: ReadonlyArray<Option> = ["--set", "--account", "--report"]

const everywhere: ReadonlyArray<Option> = ["--json", "--help", "--version", "--completions"]

const acceptedBy = (command: CommandName | undefined, name: Option): ReadonlyArray<string> | undefined =>
  name === "--store"
    ? storeKinds
    : name === "--method"
    ? methods[command === "doctor" ? "doctor" : "call"]
    : name === "--log-level"
    ? ["all", "trace", "debug", "info", "warning", "error", "fatal", "none"]
    : name === "--completions"
    ? ["bash", "zsh", "fish", "sh"]
    : undefined

interface Line {
  readonly words: ReadonlyArray<string>
  readonly values: ReadonlyArray<readonly [name: Option, value: string]>
  readonly isOn: ReadonlyMap<Option, boolean>
  /** Options that no command has; the parser reports them. */
  readonly unknown: ReadonlyArray<string>
  readonly problem: UsageError | undefined
}

const read = (typed: ReadonlyArray<string>): Line => {
  const words: Array<string> = []
  const repeated: Array<readonly [Option, string]> = []
  const values = new Map<Option, string>()
  const isOn = new Map<Option, boolean>()
  const unknown: Array<string> = []
  const problems: Array<UsageError> = []
  const rest = [...typed]
  for (let token = rest.shift(); token !== undefined; token = rest.shift()) {
    if (token === "--") {
      words.push(...rest.splice(0))
      continue
    }
    if (!token.startsWith("-") || token === "-") {
      words.push(token)
      continue
    }
    const { attached, name } = split(token)
    if (/^--?pass(word|wd)?$|^-p/i.test(name)) {
      problems.unshift(passwordTyped)
    } else if (isOption(valued, name)) {
      const value = attached ?? (rest[0]?.startsWith("--") === true ? undefined : rest.shift())
      if (value === undefined) {
        problems.push(withoutValue(name))
      } else if (repeatable.includes(name)) {
        repeated.push([name, value])
      } else if ((name === "--store" || name === "--host") && value === "") {
        // An empty value is none, as in the other sources of a setting. An empty host would be every address of this machine.
        values.delete(name)
      } else {
        values.set(name, name === "--store" ? value.trim() || value : value)
      }
    } else if (isOption(switches, name)) {
      const value = attached === undefined ? true : switchValues.get(attached.toLowerCase())
      if (value === undefined) {
        problems.push(noSwitchValue(name))
      } else {
        isOn.set(name, value)
      }
    } else {
      unknown.push(token)
    }
  }
  return { words, values: [...values, ...repeated], isOn, unknown, problem: problems[0] }
}

// `--name=value`, and `-nvalue` or `-n=value` for a short name.
const split = (token: string): { readonly name: string; readonly attached: string | undefined } => {
  const alias = aliases[token.slice(0, 2)]
  if (alias !== undefined) {
    return { name: alias, attached: token.length === 2 ? undefined : token.slice(2).replace(/^=/, "") }
  }
  const end = token.indexOf("=")
  return end < 0
    ? { name: token, attached: undefined }
    : { name: token.slice(0, end), attached: token.slice(end + 1) }
}

const isOption = <Name extends Option>(names: ReadonlyArray<Name>, name: string): name is Name =>
  names.some((known) => known === name)

// The values of the library's settings that are on or off.
const switchValues: ReadonlyMap<string, boolean> = new Map([
  ...["true", "yes", "on", "1"].map((text) => [text, true] as const),
  ...["false", "no", "off", "0"].map((text) => [text, false] as const)
])

const helpOf = (command: CommandName | undefined): ReturnCode.Localized => {
  const line = command === undefined ? "jindouyun --help" : `jindouyun ${command} --help`
  return { en: `See ${line}.`, zh: `请参阅 ${line}。` }
}

const unknownOption = (command: CommandName | undefined, name: string): UsageError =>
  new UsageError({
    problem: {
      en: `jindouyun${command === undefined ? "" : ` ${command}`} has no option ${name}`,
      zh: `jindouyun${command === undefined ? "" : ` ${command}`} 没有选项 ${name}`
    },
    hint: helpOf(command)
  })

// The argument is not repeated: it may be a password.
const tooMany = (command: CommandName): UsageError =>
  new UsageError({ problem: { en: "there is one argument too many", zh: "有多余的参数" }, hint: helpOf(command) })

const withoutPath = new UsageError({
  problem: { en: "the path of the report is missing", zh: "缺少报表的路径" },
  hint: {
    en: "Write the path after the base URL, such as jindouyun call /api/report/daily.",
    zh: "请从 baseUrl 之后写起，例如 jindouyun call /api/report/daily。"
  }
})

const notAccepted = (name: Option, accepted: ReadonlyArray<string>): UsageError =>
  new UsageError({
    problem: { en: `${name} does not accept this value`, zh: `${name} 不接受这个值` },
    hint: { en: `Use one of: ${accepted.join(", ")}.`, zh: `可用的值：${accepted.join("、")}。` }
  })

/**
 * The error for a line that names no known command.
 *
 * @since 0.1.0
 * @category errors
 */
export const withoutCommand = (isNamed: boolean): UsageError =>
  new UsageError({
    problem: isNamed
      ? { en: "the command is unknown", zh: "没有这个命令" }
      : { en: "there is no command", zh: "缺少命令" },
    hint: { en: `Use one of ${commands.join(", ")}.`, zh: `可用的命令：${commands.join("、")}。` }
  })

const withoutValue = (name: Option): UsageError =>
  new UsageError({
    problem: { en: `${name} has no value`, zh: `${name} 缺少值` },
    hint: { en: `Write ${name} VALUE or ${name}=VALUE.`, zh: `请写作 ${name} 值，或 ${name}=值。` }
  })

const noSwitchValue = (name: Option): UsageError =>
  new UsageError({
    problem: { en: `the value of ${name} is not true or false`, zh: `${name} 的值不是 true 或 false` },
    hint: {
      en: `Write ${name}, ${name}=true or ${name}=false.`,
      zh: `请写作 ${name}、${name}=true 或 ${name}=false。`
    }
  })

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
