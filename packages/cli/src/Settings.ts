/**
 * The settings of a command, from flags, environment and config file, in this order. The library's parser reads all three
 * as text.
 *
 * @since 0.1.0
 */
import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
import { InvalidConfiguration } from "@jindouyun/core/JindouyunError"
import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Record from "effect/Record"
import { type StoreKind, storeKinds } from "./CommandLine.js"
import { repeatedName } from "./internal/repeatedName.js"
import { problemOfName } from "./internal/secret.js"

/**
 * The source of a value.
 *
 * @since 0.1.0
 * @category models
 */
export type Source = "flag" | "environment" | "config file" | "last login" | "default"

/**
 * The names of the sources, as they are printed.
 *
 * @since 0.1.0
 * @category names
 */
export const sourceNames: { readonly [name in Source]: ReturnCode.Localized } = {
  flag: { en: "flag", zh: "命令行选项" },
  environment: { en: "environment", zh: "环境变量" },
  "config file": { en: "config file", zh: "配置文件" },
  "last login": { en: "last login", zh: "上次登录" },
  default: { en: "default", zh: "默认值" }
}

/**
 * A value and its source.
 *
 * @since 0.1.0
 * @category models
 */
export interface Given<A> {
  readonly value: A
  readonly source: Source
}

/**
 * Settings as text, by name.
 *
 * @since 0.1.0
 * @category models
 */
export type Texts = { readonly [name in Name]?: string | undefined }

/**
 * The name of a setting: an option of the library, `username` or `store`.
 *
 * @since 0.1.0
 * @category models
 */
export type Name = keyof JindouyunConfig.Options | "username" | "store"

/**
 * The account of the last `login`, for commands without an explicit account.
 *
 * @since 0.1.0
 * @category models
 */
export interface LastLogin {
  readonly username: string
  readonly baseUrl: string
}

/**
 * The settings of a command.
 *
 * @since 0.1.0
 * @category models
 */
export interface Settings {
  readonly options: JindouyunConfig.Options
  readonly config: JindouyunConfig.Service
  readonly username: Option.Option<Given<string>>
  readonly store: Given<StoreKind>
  /** The text and the source of each option of the library. */
  readonly sources: { readonly [option in keyof JindouyunConfig.Options]-?: Given<string> }
}

/**
 * The name of each setting's environment variable.
 *
 * @since 0.1.0
 * @category names
 */
export const variables: { readonly [name in Name]: string } = {
  ...mapOptions((option) => JindouyunConfig.settings[option].variable),
  username: "JINDOUYUN_USERNAME",
  store: "JINDOUYUN_STORE"
}

/**
 * Decodes and checks each setting, from the first source that has it.
 *
 * **Details**
 *
 * Each source is read by `JindouyunConfig.valueOf`: an empty text is no value, and white space only is an error.
 *
 * The last login supplies a missing account or platform. If the other one is set, it must equal that of the last login.
 *
 * @since 0.1.0
 * @category constructors
 */
export const merge = (given: {
  readonly flags: Texts
  readonly environment: Texts
  readonly file: Texts
  readonly lastLogin: Option.Option<LastLogin>
}): Effect.Effect<Settings, InvalidConfiguration> =>
  Effect.gen(function*() {
    const first = (name: Name): Either.Either<Given<string> | undefined, InvalidConfiguration> =>
      Either.gen(function*() {
        const layers = [["flag", given.flags], ["environment", given.environment], ["config file", given.file]] as const
        for (const [source, texts] of layers) {
          const value = yield* Either.mapLeft(
            JindouyunConfig.valueOf(texts[name] ?? ""),
            (problem) => invalid(name, source, problem)
          )
          if (value !== undefined) {
            return { source, value }
          }
        }
        return undefined
      })

    const named = yield* first("username")
    const place = yield* first("baseUrl")
    const last = Option.filter(given.lastLogin, ({ baseUrl, username }) =>
      (named === undefined || named.value === username) && (place === undefined || isSame(place.value, baseUrl)))
    const username = named ?? Option.getOrUndefined(Option.map(last, fromLast("username")))
    const problem = username === undefined ? undefined : problemOfName(username.value)
    if (username !== undefined && problem !== undefined) {
      return yield* invalid("username", username.source, problem.en)
    }
    const baseUrl = place ?? Option.getOrUndefined(Option.map(last, fromLast("baseUrl")))

    const texts = yield* Either.all(mapOptions((option) =>
      option === "baseUrl" ? Either.right(baseUrl) : first(option)
    ))
    const options = yield* decode(texts)
    const config = yield* located(texts)(JindouyunConfig.make(options))
    return {
      options,
      config,
      username: Option.fromNullable(username),
      store: yield* storeOf(yield* first("store")),
      sources: mapOptions((option) =>
        texts[option] ?? { value: JindouyunConfig.settings[option].default, source: "default" as const }
      )
    }
  })

/**
 * The settings of a config file: one JSON object with a field for each setting. `returnCodes` may be an object.
 *
 * @since 0.1.0
 * @category decoding
 */
export const fromFile = (text: string): Either.Either<Texts, InvalidConfiguration> =>
  Either.gen(function*() {
    const json = yield* Either.try({
      try: (): unknown => JSON.parse(text),
      catch: () => invalidFile("is not JSON")
    })
    if (!Predicate.isRecord(json) || Array.isArray(json)) {
      return yield* Either.left(invalidFile("is not a JSON object"))
    }
    const texts: { [name: string]: string } = {}
    const repeated = repeatedName(text)
    if (repeated !== undefined) {
      return yield* Either.left(invalidFile(`has the name ${printable(repeated)} twice`))
    }
    for (const [name, value] of Object.entries(json)) {
      if (/password|secret|key/i.test(name)) {
        return yield* Either.left(invalidFile("contains a secret; use the environment instead"))
      }
      if (!isName(name)) {
        return yield* Either.left(invalidFile(`has an unknown field: ${printable(name)}`))
      }
      const written = textOf(name, value)
      if (written === undefined) {
        return yield* Either.left(invalidFile(`has an invalid value: ${name}`))
      }
      texts[name] = written
    }
    return texts
  })

/**
 * The settings of the environment.
 *
 * @since 0.1.0
 * @category decoding
 */
export const fromEnv: Effect.Effect<Texts, InvalidConfiguration> = Effect.suspend(() =>
  JindouyunConfig.fromEnv(
    Config.all(Record.fromIterableWith(names, (name) => [name, Config.withDefault(Config.string(name), undefined)]))
  )
)

/**
 * The setting of `--set name=value`.
 *
 * @since 0.1.0
 * @category decoding
 */
export const fromFlag = (assignment: string): Either.Either<readonly [Name, string], InvalidConfiguration> => {
  const [name, ...value] = assignment.split("=")
  const [setting] = [name].filter((name): name is Name => name !== undefined && isName(name))
  return setting !== undefined && value.length > 0 ? Either.right([setting, value.join("=")]) : Either.left(
    new InvalidConfiguration({
      setting: "--set",
      problem: value.length === 0 ? "is not name=value" : "has an unknown name",
      expected: `one of ${names.join(", ")} with a value, such as --set earlyRefresh=0`
    })
  )
}

/**
 * The names of all settings.
 *
 * @since 0.1.0
 * @category names
 */
export const names: ReadonlyArray<Name> = [
  ...(Object.keys(JindouyunConfig.settings) as Array<keyof JindouyunConfig.Options>),
  "username",
  "store"
]

const isName = (name: string): name is Name => names.some((known) => known === name)

const fromLast = <Field extends keyof LastLogin>(field: Field) => (last: LastLogin): Given<string> => ({
  source: "last login",
  value: last[field]
})

const isSame = (one: string, other: string): boolean => spelling(one) === spelling(other)

const spelling = (url: string): string => Either.getOrElse(JindouyunConfig.normalizeBaseUrl(url), () => url)

// A number is read only where a number is expected: as a text, 1.0 would be 1, and long digits would change.
const textOf = (name: Name, value: unknown): string | undefined =>
  typeof value === "string"
    ? value
    : Number.isSafeInteger(value) || typeof value === "boolean"
    ? /^[0-9]|^(true|false)$/.test(defaultOf(name)) ? String(value) : undefined
    : name === "returnCodes" && Predicate.isRecord(value)
    ? dispositionsOf(Object.entries(value))
    : undefined

const defaultOf = (name: Name): string =>
  name === "username" || name === "store" ? "" : JindouyunConfig.settings[name].default

const dispositionsOf = (entries: ReadonlyArray<readonly [code: string, disposition: unknown]>): string | undefined =>
  entries.every(([code, disposition]) => Predicate.isString(disposition) && !/[,=]/.test(code + disposition))
    ? entries.map(([code, disposition]) => `${code}=${String(disposition)}`).join(",")
    : undefined

type SomeTexts = { readonly [option in keyof JindouyunConfig.Options]-?: Given<string> | undefined }

const decode = (texts: SomeTexts): Effect.Effect<JindouyunConfig.Options, InvalidConfiguration> => {
  const values = Object.entries(texts).flatMap(([option, text]) =>
    text === undefined ? [] : [[option, text.value] as const]
  )
  return JindouyunConfig.config.pipe(
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(values))),
    Effect.mapError(JindouyunConfig.fromConfigError),
    located(texts)
  )
}

// Adds the source of the invalid value to the error.
const located =
  (texts: SomeTexts) => <A>(step: Effect.Effect<A, InvalidConfiguration>): Effect.Effect<A, InvalidConfiguration> =>
    Effect.mapError(step, (error) => {
      const source = Object.entries(texts).find(([option]) => option === error.setting)?.[1]?.source
      return source === undefined || source === "environment"
        ? error
        : new InvalidConfiguration({ ...error, variable: undefined, problem: `${error.problem} (${source})` })
    })

const storeOf = (text: Given<string> | undefined): Either.Either<Given<StoreKind>, InvalidConfiguration> => {
  const { source, value } = text ?? { source: "default" as const, value: "file" }
  const kind = storeKinds.find((kind) => kind === value)
  return kind === undefined
    ? Either.left(invalid("store", source, "is unknown"))
    : Either.right({ source, value: kind })
}

// A variable is named if the value is that of the variable. The name says that the source is the environment.
const invalid = (name: Name, source: Source, problem: string): InvalidConfiguration =>
  new InvalidConfiguration({
    setting: name,
    variable: source === "environment" ? variables[name] : undefined,
    problem: source === "environment" ? problem : `${problem} (${source})`,
    expected: expectedOf(name)
  })

const expectedOf = (name: Name): string =>
  name === "username"
    ? "the username of a developer account"
    : name === "store"
    ? storeKinds.join(", ")
    : JindouyunConfig.settings[name].expected

const invalidFile = (problem: string): InvalidConfiguration =>
  new InvalidConfiguration({
    setting: "config file",
    problem,
    expected: `a JSON object of settings without secrets, such as {"username":"user1","earlyRefresh":"0"}`
  })

const printable = (name: string): string => JSON.stringify(name.slice(0, 40))

function mapOptions<A>(
  f: (option: keyof JindouyunConfig.Options) => A
): { readonly [option in keyof JindouyunConfig.Options]-?: A } {
  const entries = (Object.keys(JindouyunConfig.settings) as Array<keyof JindouyunConfig.Options>).map((option) =>
    [option, f(option)] as const
  )
  return Object.fromEntries(entries) as { readonly [option in keyof JindouyunConfig.Options]-?: A }
}
