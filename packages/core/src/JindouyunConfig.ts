/**
 * Every setting of the library, from options, from `Config`, or from the environment.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Record from "effect/Record"
import { checkDispositions, parseDispositions } from "./internal/dispositions.js"
import * as configs from "./internal/edition/config.js"
import { toEffect } from "./internal/edition/toEffect.js"
import { unknownIn } from "./internal/unknownVariables.js"
import { InvalidConfiguration } from "./JindouyunError.js"
import type * as ReturnCode from "./ReturnCode.js"

/**
 * The settings, each decoded and checked.
 *
 * @since 0.1.0
 * @category tags
 */
export class JindouyunConfig extends Context.Tag("@jindouyun/core/JindouyunConfig")<JindouyunConfig, Service>() {}

/**
 * The settings as a user gives them. An option that is absent or `undefined` takes its default.
 *
 * @since 0.1.0
 * @category models
 */
export type Options = {
  readonly [Name in keyof Table]?: Table[Name] extends Row<infer Input, unknown> ? Input | undefined : never
}

/**
 * The settings as the services read them. Durations are milliseconds.
 *
 * @since 0.1.0
 * @category models
 */
export type Service = {
  readonly [Name in keyof Table as Exclude<Name, "allowInsecureHttp">]: Table[Name] extends Row<unknown, infer Value>
    ? Value
    : never
}

/**
 * A setting as the documentation prints it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Setting {
  readonly variable: string
  readonly default: string
  readonly expected: string
}

/** How a setting is read from text, and how its value is checked. A problem never repeats the value. */
interface Kind<Input, Value> {
  readonly expected: string
  readonly parse: (text: string) => Either.Either<Input, string>
  readonly check: (input: unknown) => Either.Either<Value, string>
}

interface Row<Input, Value> extends Kind<Input, Value> {
  readonly default: string
}

const row = <Input, Value>(kind: Kind<Input, Value>, text: string): Row<Input, Value> => ({ ...kind, default: text })

const duration = (least: number, most: number, limits: string): Kind<Duration.DurationInput, number> => ({
  expected: `a duration such as "30 seconds", or a number of milliseconds, ${limits}`,
  parse: (text) => decodeDuration(/^[0-9]+$/.test(text) ? Number(text) : text),
  check: (input) => Either.flatMap(decodeDuration(input), (decoded) => within(Duration.toMillis(decoded), least, most))
})

// `Duration` reads a negative number as zero.
const decodeDuration = (input: unknown): Either.Either<Duration.Duration, string> => {
  const decoded = Duration.decodeUnknown(input)
  return decoded._tag === "None" || Number.isNaN(input)
    ? Either.left("is not a duration")
    : /^\s*-/.test(String(input))
    ? Either.left("is negative")
    : Either.right(decoded.value)
}

const whole = (least: number, most: number, reason = ""): Kind<number, number> => ({
  expected: `a whole number from ${least} to ${most}${reason}`,
  parse: (text) => /^[0-9]{1,15}$/.test(text) ? Either.right(Number(text)) : Either.left("is not a whole number"),
  check: (input) =>
    Predicate.isNumber(input) && Number.isSafeInteger(input)
      ? within(input, least, most)
      : Either.left("is not a whole number")
})

const within = (value: number, least: number, most: number): Either.Either<number, string> =>
  value >= least && value <= most ? Either.right(value) : Either.left(value < least ? "is too small" : "is too large")

const oneOf = <const Value extends string>(...values: ReadonlyArray<Value>): Kind<Value, Value> => {
  const check = (input: unknown) => Either.fromNullable(values.find((value) => value === input), () => unlisted)
  return { expected: values.join(" or "), parse: check, check }
}

const unlisted = "is not one of the accepted values"

const flag: Kind<boolean, boolean> = {
  expected: "true or false",
  parse: (text) =>
    /^(true|yes|on|1)$/i.test(text)
      ? Either.right(true)
      : /^(false|no|off|0)$/i.test(text)
      ? Either.right(false)
      : Either.left(unlisted),
  check: (input) => Predicate.isBoolean(input) ? Either.right(input) : Either.left(unlisted)
}

const url: Kind<string, string> = {
  expected: "an https: URL of host, port and path prefix only (http: for loopback hosts, or with allowInsecureHttp)",
  parse: Either.right,
  check: (input) => Predicate.isString(input) ? normalizeBaseUrl(input) : Either.left("is not a URL")
}

/**
 * The one spelling of a base URL: scheme and host in lower case, no default port, no dot segments, no slash at the end, and
 * percent-encoding only where it is necessary. The left side is the problem.
 *
 * @since 0.1.0
 * @category settings
 */
export const normalizeBaseUrl = (input: string): Either.Either<string, string> => {
  if (!URL.canParse(input) || /[\s\p{Cc}]/u.test(input.trim())) {
    return Either.left("is not a URL")
  }
  const { origin, pathname, protocol } = new URL(input)
  return protocol !== "https:" && protocol !== "http:"
    ? Either.left("is neither https: nor http:")
    : /^[^:]*:[/\\]*[^/\\?#]*@/.test(input)
    ? Either.left("has a username or a password")
    : /[?#]/.test(input)
    ? Either.left("has a query or a fragment")
    : Either.right(origin + pathname.replace(/%[0-9a-f]{2}/gi, unescaped).replace(/\/+$/, ""))
}

// RFC 3986, 6.2.2: an escaped letter, digit, -, ., _ or ~ is the character itself.
const unescaped = (escape: string): string => {
  const char = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
  return /[A-Za-z0-9._~-]/.test(char) ? char : escape.toUpperCase()
}

const headerName: Kind<string, string> = {
  expected: "letters, digits, - and _, and no header that HTTP, a client or this library sets",
  parse: Either.right,
  check: (input) =>
    !Predicate.isString(input) || !/^[A-Za-z0-9_-]{1,100}$/.test(input)
      ? Either.left("is not a name")
      : reserved.test(input)
      ? Either.left("is a name with another meaning, which a client cannot send")
      : Either.right(input)
}

// Headers of HTTP and of this library, names that fetch sets itself or does not send, and a name that no object can hold.
const reserved =
  /^(accept.*|access-control-.*|apiversion|connection|content-.*|cookie2?|date|dnt|expect|host|http2-settings|keep-alive|origin|permissions-policy|proxy-.*|referer|sec-.*|set-cookie2?|te|trailer|transfer-encoding|upgrade|via|__proto__)$/i

const dispositions: Kind<ReturnCode.Dispositions, ReturnCode.Dispositions> = {
  expected:
    "code=retry, code=reauthenticate or code=fatal, separated by commas; a code has no leading zero and is not 20000",
  parse: (text) => text === "none" ? Either.right({}) : parseDispositions(text),
  check: (input) =>
    Predicate.isReadonlyRecord(input)
      ? checkDispositions(input as ReturnCode.Dispositions)
      : Either.left("is not an object")
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

// No timer is longer: effect 3 never wakes from a sleep of more than 2^31-1 ms.
const timer = duration(1, hour, "from 1 millisecond to 1 hour")
const lifetime = duration(1, 36_500 * day, "from 1 millisecond to 100 years")
// `make` checks the upper limit.
const margin = duration(0, Infinity, "at most a quarter of accessTokenLifetime")

// The one list of settings. What a setting means, in both languages, is in `internal/settingTexts`.
const table = {
  /**
   * Scheme, host, port and an optional path prefix of the platform; `/api/…` is appended. Defaults to
   * `https://jdy.cigdata.cn`, from the platform's document.
   */
  baseUrl: row(url, "https://jdy.cigdata.cn"),
  /** Allows an `http:` base URL that is not loopback. Passwords and tokens are then sent unencrypted. Defaults to `false`. */
  allowInsecureHttp: row(flag, "false"),
  /**
   * The name of the field of the refresh token. The table in the platform's document names it `refreshToken`, the
   * default; its example names it `refresh_token`.
   */
  refreshTokenField: row(oneOf("refreshToken", "refresh_token"), "refreshToken"),
  /** Where a report call sends the access token. Defaults to `header`, an assumption: it is not in the document. */
  tokenPlacement: row(oneOf("header", "query"), "header"),
  /** The name of that header or query parameter. Defaults to `accessToken`, an assumption, too. */
  tokenName: row(headerName, "accessToken"),
  /** The lifetime of an access token. Defaults to 24 hours, from the platform's document. */
  accessTokenLifetime: row(lifetime, "24 hours"),
  /** The lifetime of a refresh token. Defaults to 30 days, from the platform's document. */
  refreshTokenLifetime: row(lifetime, "30 days"),
  /**
   * How long before its expiry an access token is no longer returned; at most a quarter of its lifetime. Defaults to
   * 60 seconds, or to that quarter.
   */
  expiryMargin: row(margin, "60 seconds"),
  /**
   * How long before its expiry an access token is refreshed in the background while it is still returned; at most a
   * quarter of its lifetime. Defaults to 30 minutes, or to that quarter.
   *
   * A refresh before expiry is an assumption: the platform's document describes a refresh after it. Set this and
   * `expiryMargin` to 0 to refresh after expiry only.
   */
  earlyRefresh: row(margin, "30 minutes"),
  /** The time limit of one request, body included; at most an hour. Defaults to 15 seconds. */
  requestTimeout: row(timer, "15 seconds"),
  /** The time limit of one renewal, attempts, waits and store included; at most an hour. Defaults to 50 seconds. */
  renewalTimeout: row(timer, "50 seconds"),
  /**
   * How long a token request that is out when the layer closes may still take, so that its pair is saved; at most an hour.
   * Defaults to 2 seconds. With 0 the request is aborted at once, and a pair that the platform has replaced is lost.
   */
  closeTimeout: row(duration(0, hour, "at most 1 hour"), "2 seconds"),
  /**
   * The number of requests one renewal may send, from 2 on. At most two of them are refreshes that may have reached the
   * platform. Defaults to 4.
   */
  maxAttempts: row(whole(2, 100, ", because a refused refresh and its acquisition are two"), "4"),
  /** The shortest time between two requests of an account, also after success; at most an hour. Defaults to 200 ms. */
  minRequestInterval: row(duration(0, hour, "at most 1 hour"), "200 millis"),
  /**
   * How long a read fails at once after a renewal failed for a transient reason; at most an hour. The time doubles with
   * each failure in a row, with full jitter. After a report call rejects a new token, no rejection starts
   * a renewal for this time, without jitter. Defaults to 1 second.
   */
  cooldown: row(timer, "1 second"),
  /** The longest cooldown; at most an hour. Defaults to 5 minutes. */
  maxCooldown: row(timer, "5 minutes"),
  /** The tokens in the retry budget of the platform's origin: a retry costs 5, a success returns 1. Defaults to 500. */
  retryBudget: row(whole(0, 1_000_000), "500"),
  /** The largest response that is read, in bytes. Defaults to 1 MiB. */
  maxResponseBytes: row(whole(1, 2 ** 30), "1048576"),
  /**
   * Whether a process may acquire a token on its own while the `TokenStore` fails. Each such acquisition may revoke the
   * pair of the processes that share the store. Defaults to `false`: if no valid token is held, a read fails with
   * `StoreFailure`.
   */
  acquireWithoutStore: row(flag, "false"),
  /** The dispositions of return codes, for account holders who have the platform's appendix. Defaults to none. */
  returnCodes: row(dispositions, "none")
}

type Table = typeof table

const rows: { readonly [Name in keyof Table]: Row<unknown, unknown> } = table

const variableOf = (name: string): string =>
  `JINDOUYUN_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`

/**
 * The environment variable, the default and the accepted values of every setting.
 *
 * @since 0.1.0
 * @category settings
 */
export const settings: { readonly [Option in keyof Options]-?: Setting } = /*#__PURE__*/ Record.map(
  rows,
  ({ default: byDefault, expected }, name) => ({ variable: variableOf(name), default: byDefault, expected })
)

/**
 * Decodes and checks options.
 *
 * @example
 * ```ts
 * import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
 * import * as Either from "effect/Either"
 *
 * // Checks the base URL of a form before a layer is built: its one spelling, or a message for the user.
 * export const checked = (baseUrl: string) =>
 *   Either.mapBoth(JindouyunConfig.make({ baseUrl }), {
 *     onLeft: ({ message }) => message,
 *     onRight: (settings) => settings.baseUrl
 *   })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Either.Either<Service, InvalidConfiguration> =>
  Either.gen(function*() {
    const values = yield* Either.all(Record.map(rows, ({ check, default: byDefault, parse }, name) => {
      const input = options[name]
      const value = input === undefined ? Either.flatMap(parse(byDefault), check) : check(input)
      return Either.mapLeft(value, (problem) => invalid(name, problem))
    }))
    const { allowInsecureHttp, ...config } = values as Service & { readonly allowInsecureHttp: boolean }
    if (!allowInsecureHttp && isInsecure(new URL(config.baseUrl))) {
      return yield* Either.left(
        invalid("baseUrl", "is http: to a host that is not loopback, where secrets would be sent in clear")
      )
    }
    const quarter = config.accessTokenLifetime / 4
    const atMostQuarter = (name: "expiryMargin" | "earlyRefresh") =>
      options[name] !== undefined && config[name] > quarter
        ? Either.left(invalid(name, "is too large"))
        : Either.right(Math.min(config[name], quarter))
    return {
      ...config,
      expiryMargin: yield* atMostQuarter("expiryMargin"),
      earlyRefresh: yield* atMostQuarter("earlyRefresh")
    }
  })

const isInsecure = ({ hostname, protocol }: URL): boolean =>
  protocol === "http:"
  && !/^localhost$|^127(\.[0-9]+){3}$|^\[(::1|::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4})\]$/.test(hostname)

const invalid = (name: keyof Table, problem: string): InvalidConfiguration =>
  new InvalidConfiguration({ setting: name, variable: variableOf(name), problem, expected: rows[name].expected })

/**
 * The settings, from options.
 *
 * @example
 * ```ts
 * import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
 * import * as TokenApi from "@jindouyun/core/TokenApi"
 * import * as Layer from "effect/Layer"
 *
 * // The two token requests alone, against a sandbox on this machine. `Jindouyun.layer` takes the same options.
 * export const requests = Layer.provide(
 *   TokenApi.layer,
 *   JindouyunConfig.layer({ baseUrl: "http://127.0.0.1:8080", requestTimeout: "5 seconds" })
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options | undefined): Layer.Layer<JindouyunConfig, InvalidConfiguration> =>
  Layer.effect(JindouyunConfig, toEffect(make(options)))

/**
 * The settings, from configs of the user's own naming. A value that cannot be read fails the layer with an
 * `InvalidConfiguration` that names its path.
 *
 * @example
 * ```ts
 * import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
 * import * as Config from "effect/Config"
 *
 * export const settings = JindouyunConfig.layerConfig({
 *   baseUrl: Config.string("REPORTS_URL"),
 *   retryBudget: Config.withDefault(Config.integer("REPORTS_RETRY_BUDGET"), 100)
 * })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Config.Wrap<Options>
): Layer.Layer<JindouyunConfig, InvalidConfiguration> =>
  Layer.effect(JindouyunConfig, Effect.flatMap(fromConfigs<Options>(options), (options) => toEffect(make(options))))

/**
 * The options as a `Config`, one value an option, under the option's own name. A missing value is `undefined`.
 *
 * @since 0.1.0
 * @category config
 */
export const config: Config.Config<Options> = /*#__PURE__*/ Config.suspend(() =>
  Config.all(
    Record.map(rows, ({ expected, parse }, name) =>
      configs.parsed(name, (text) => parse(text.trim()), `Expected ${expected}.`))
  ) as Config.Config<Options>
)

/**
 * The value of a setting that is given as text, by a variable, a flag or a file: without a byte order mark and without white
 * space around it. A text of zero length is no value. The left side is the problem of white space only.
 *
 * @since 0.1.0
 * @category config
 */
export const valueOf = (text: string): Either.Either<string | undefined, string> =>
  text !== "" && text.trim() === "" ? Either.left(problems.blank) : Either.right(text.trim() || undefined)

/**
 * Reads a config from the variables of the program's `ConfigProvider`, by default the environment. The variable of a value is
 * `JINDOUYUN_` and the value's name in constant case. Each variable is read as `valueOf` reads it. White space around a
 * password is part of the password.
 *
 * @since 0.1.0
 * @category config
 */
export const fromEnv = <A>(config: Config.Config<A>): Effect.Effect<A, InvalidConfiguration> =>
  Effect.mapError(
    configs.fromVariables(config, "JINDOUYUN", (variable, text) =>
      Either.map(valueOf(text), (value) =>
        value !== undefined && variable.endsWith("PASSWORD") ? text.replace(/^\ufeff/, "") : value)),
    fromConfigError
  )

/**
 * Reads configs of the user's own naming. The error of an option names the path of its config and what the option expects;
 * `expected` has the options that are no setting.
 *
 * @since 0.1.0
 * @category config
 */
export const fromConfigs = <A>(
  options: Config.Config.Wrap<A>,
  expected: Readonly<Record<string, string>> = {}
): Effect.Effect<A, InvalidConfiguration> =>
  Config.isConfig(options)
    ? Effect.mapError(options as Config.Config<A>, (error) => fromConfigError(error))
    : Effect.all(
      Record.map(options as Readonly<Record<string, Config.Config.Wrap<unknown>>>, (config, option) =>
        Effect.mapError(Config.unwrap(config), (error) => {
          const known: Readonly<Record<string, Setting | typeof others.username>> = { ...settings, ...others }
          return fromConfigError(error, { name: option, expected: known[option]?.expected ?? expected[option] })
        }))
    ) as Effect.Effect<A, InvalidConfiguration>

// The values that other modules of the library read by `fromEnv`.
const others = {
  username: { variable: "JINDOUYUN_USERNAME", expected: "the username of a developer account" },
  password: { variable: "JINDOUYUN_PASSWORD", expected: "the password of a developer account" },
  encryptionKey: { variable: "JINDOUYUN_ENCRYPTION_KEY", expected: "32 bytes in base64" },
  previousEncryptionKey: { variable: "JINDOUYUN_PREVIOUS_ENCRYPTION_KEY", expected: "32 bytes in base64" },
  redisUrl: {
    variable: "JINDOUYUN_REDIS_URL",
    expected: "redis://user:password@host:port/database, or rediss:// for TLS"
  },
  redisPrefix: { variable: "JINDOUYUN_REDIS_PREFIX", expected: "1 to 100 letters, digits and . _ : / -" },
  store: { variable: "JINDOUYUN_STORE", expected: "file, redis or none" }
}

/**
 * Every variable that a package of the library reads: the settings, the account, the keys, Redis, and the store of the command.
 *
 * @since 0.1.0
 * @category settings
 */
export const variables: ReadonlyArray<string> = /*#__PURE__*/ Object
  .values({ ...settings, ...others })
  .map(({ variable }) => variable)

/**
 * Logs a warning for each `JINDOUYUN_` variable that is set and not in `variables`. The warning names the variable and the
 * known ones with a similar name, and never the value. If no name is similar, it names the list of the variables.
 *
 * **Details**
 *
 * `layerFromEnv` does it once. Only a `ConfigProvider` that can list its names shows them: the environment, a map, JSON. A
 * provider that renames or nests names is not checked.
 *
 * @since 0.1.0
 * @category config
 */
export const warnOfUnknownVariables: Effect.Effect<void> = /*#__PURE__*/ Effect.flatMap(
  configs.provider,
  (provider) =>
    Effect.flatMap(
      unknownIn(provider, variables),
      Effect.forEach(
        ({ similar: [first, ...others], variable }) => {
          const advice = first === undefined
            ? "docs/settings.md and jindouyun help settings list the known ones"
            : others.length === 0
            ? `the nearest known one is ${first}`
            : `known ones with a similar name are ${[first, ...others].join(", ")}`
          return Effect.logWarning(`the variable ${variable} is not known and changes nothing; ${advice}`)
        },
        { discard: true }
      )
    ).pipe(Effect.annotateLogs({ package: "@jindouyun/core", module: "JindouyunConfig" }))
)

/**
 * The settings, from the environment, or from the variables of the program's `ConfigProvider`. An option that is given here
 * wins. A `JINDOUYUN_` variable that is not known is a warning.
 *
 * @example
 * ```ts
 * import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
 * import * as Effect from "effect/Effect"
 *
 * // Logs the platform of the program. JINDOUYUN_REQUEST_TIMEOUT has no effect, because the option wins.
 * export const program = Effect.flatMap(
 *   JindouyunConfig.JindouyunConfig,
 *   ({ baseUrl }) => Effect.logInfo(`reports come from ${baseUrl}`)
 * ).pipe(Effect.provide(JindouyunConfig.layerFromEnv({ requestTimeout: "5 seconds" })))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFromEnv = (options?: Options | undefined): Layer.Layer<JindouyunConfig, InvalidConfiguration> =>
  Layer.effect(
    JindouyunConfig,
    Effect.flatMap(Effect.zipRight(warnOfUnknownVariables, fromEnv(config)), (environment) => {
      const given = Object.entries(options ?? {}).filter(([, value]) => value !== undefined)
      return toEffect(make({ ...environment, ...Object.fromEntries(given) }))
    })
  )

/**
 * Converts a failure to read a `Config` to an error that names the value by its path and never repeats it. `option` is the
 * option that the value is for, if the path does not name a setting.
 *
 * @since 0.1.0
 * @category errors
 */
export const fromConfigError = (
  error: configs.Failure,
  option?: { readonly name: string; readonly expected?: string | undefined } | undefined
): InvalidConfiguration => {
  // Effect names a missing value by its full path, and a value that does not parse by the last part of its path.
  const [{ path, reason }] = configs.problemsOf(error)
  const name = path.join("_")
  // A provider that is nested puts its own words before the name of the variable.
  const isNested = (variable: string) => name.endsWith(`_${variable}`)
  const known = Object.entries({ ...settings, ...others }).find(([setting, { variable }]) =>
    [setting, variable, `JINDOUYUN_${setting}`].includes(name) || isNested(variable)
  )
  return new InvalidConfiguration({
    setting: known?.[0] ?? (name === "" ? option?.name ?? "a value" : name),
    variable: known !== undefined && !isNested(known[1].variable)
      ? known[1].variable
      : /(^|_)JINDOUYUN_[A-Z0-9_]+$/.test(name)
      ? name
      : undefined,
    problem: problems[reason],
    expected: known?.[1].expected ?? option?.expected ?? "a value of its type"
  })
}

const problems = {
  missing: "is missing",
  invalid: "cannot be read",
  unavailable: "cannot be read",
  blank: "is white space only"
}
