/**
 * Every setting of the library, from options, from `Config`, or from the environment.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Record from "effect/Record"
import { InvalidConfiguration } from "./JindouyunError.js"
import * as ReturnCode from "./ReturnCode.js"

/**
 * The settings, each decoded and checked.
 *
 * @since 0.1.0
 * @category tags
 */
export class JindouyunConfig extends Context.Tag("@jindouyun/core/JindouyunConfig")<JindouyunConfig, Service>() {}

/**
 * The settings as the services read them. Spans are milliseconds, so that the hot path does no arithmetic on
 * `Duration`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly baseUrl: string
  readonly refreshTokenField: "refreshToken" | "refresh_token"
  readonly tokenPlacement: "header" | "query"
  readonly tokenName: string
  readonly accessTokenLifetime: number
  readonly refreshTokenLifetime: number
  readonly expiryMargin: number
  readonly earlyRefresh: number
  readonly requestTimeout: number
  readonly renewalTimeout: number
  readonly maxAttempts: number
  readonly minRequestInterval: number
  readonly cooldown: number
  readonly maxCooldown: number
  readonly retryBudget: number
  readonly maxResponseBytes: number
  readonly acquireWithoutStore: boolean
  readonly returnCodes: ReturnCode.Dispositions
}

/**
 * The settings as a user gives them; what is left out takes its default.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * Scheme, host, port and an optional path prefix of the platform; `/api/…` is appended. Defaults to
   * `https://jdy.cigdata.cn`, from the platform's document.
   */
  readonly baseUrl?: string | undefined
  /**
   * Allows an `http:` base URL that is not loopback, where secrets are sent in clear. Defaults to `false`.
   */
  readonly allowInsecureHttp?: boolean | undefined
  /**
   * The name of the field that carries the refresh token. The platform's document says `refreshToken` in its table,
   * the default, and `refresh_token` in its example.
   */
  readonly refreshTokenField?: "refreshToken" | "refresh_token" | undefined
  /**
   * Where a report call carries the access token. The platform's document does not say; `"header"` is our assumption.
   */
  readonly tokenPlacement?: "header" | "query" | undefined
  /**
   * The name of that header or query parameter. The platform's document does not say; `accessToken` is our assumption.
   */
  readonly tokenName?: string | undefined
  /**
   * How long an access token lives. Defaults to 24 hours, from the platform's document.
   */
  readonly accessTokenLifetime?: Duration.DurationInput | undefined
  /**
   * How long a refresh token lives. Defaults to 30 days, from the platform's document.
   */
  readonly refreshTokenLifetime?: Duration.DurationInput | undefined
  /**
   * How long before its expiry an access token is no longer handed out; at most a quarter of its lifetime. Defaults to
   * 60 seconds, or to that quarter.
   */
  readonly expiryMargin?: Duration.DurationInput | undefined
  /**
   * How long before its expiry an access token is renewed in the background while it is still handed out; at most a
   * quarter of its lifetime. Defaults to 30 minutes, or to that quarter. Refreshing before expiry is our assumption:
   * the platform's document speaks of a refresh after it. `0`, with `expiryMargin: 0`, keeps to the letter.
   */
  readonly earlyRefresh?: Duration.DurationInput | undefined
  /**
   * The limit of one request, body included; at most an hour. Defaults to 15 seconds.
   */
  readonly requestTimeout?: Duration.DurationInput | undefined
  /**
   * The limit of one renewal with all its attempts, waits and store operations; at most an hour. Defaults to 40 seconds.
   */
  readonly renewalTimeout?: Duration.DurationInput | undefined
  /**
   * Requests one renewal may make in all, from 2 on; at most two of them are refreshes that may have reached the
   * platform. Defaults to 4.
   */
  readonly maxAttempts?: number | undefined
  /**
   * The least time between any two requests of an account, after success too; at most an hour. Defaults to 200
   * milliseconds.
   */
  readonly minRequestInterval?: Duration.DurationInput | undefined
  /**
   * How long reads fail at once after a renewal failed for a passing reason, doubled with each failure in a row, with
   * full jitter; at most an hour. Defaults to 1 second.
   */
  readonly cooldown?: Duration.DurationInput | undefined
  /**
   * The cap of the cooldown; at most an hour. Defaults to 5 minutes.
   */
  readonly maxCooldown?: Duration.DurationInput | undefined
  /**
   * The tokens in the retry budget of the platform's origin: a retry costs 5, a success gives 1 back. Defaults to 500.
   */
  readonly retryBudget?: number | undefined
  /**
   * The largest answer that is read, in bytes. Defaults to 1 MiB.
   */
  readonly maxResponseBytes?: number | undefined
  /**
   * Whether a reader who cannot be served is logged in while the `TokenStore` cannot be used, past all others that share
   * it. Defaults to `false`: it fails with `StoreFailure`, for each such acquisition may revoke the pair of the others. A token
   * that is good is served in either case.
   */
  readonly acquireWithoutStore?: boolean | undefined
  /**
   * Dispositions of return codes, for account holders who have the platform's appendix: what is done about a code,
   * never the class of its error.
   */
  readonly returnCodes?: ReturnCode.Dispositions | undefined
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
  readonly description: ReturnCode.Localized
}

const platform = "https://jdy.cigdata.cn"

const span = "a duration such as \"30 seconds\", or a number of milliseconds"
const shortSpan = `${span}, from 1 millisecond to 1 hour`
const lifespan = `${span}, from 1 millisecond to 100 years`
const margin = `${span}, at most a quarter of accessTokenLifetime`

// What an error says of a setting. Apart from the rest of the documentation, which few programs read: a bundle leaves it
// out where nobody does.
const expected = {
  baseUrl: "an https: URL of host, port and path prefix only (http: for loopback hosts, or with allowInsecureHttp)",
  allowInsecureHttp: "true or false",
  refreshTokenField: "refreshToken or refresh_token",
  tokenPlacement: "header or query",
  tokenName: "letters, digits, - and _, and no header that HTTP or this library sets",
  accessTokenLifetime: lifespan,
  refreshTokenLifetime: lifespan,
  expiryMargin: margin,
  earlyRefresh: margin,
  requestTimeout: shortSpan,
  renewalTimeout: shortSpan,
  maxAttempts: "a whole number from 2 to 100, for a refused refresh and its acquisition are two",
  minRequestInterval: `${span}, at most 1 hour`,
  cooldown: shortSpan,
  maxCooldown: shortSpan,
  retryBudget: "a whole number from 0 to 1000000",
  maxResponseBytes: "a whole number from 1 to 1073741824",
  acquireWithoutStore: "true or false",
  returnCodes: "code=retry, code=reauthenticate or code=fatal, separated by commas; any code but 20000"
} satisfies { readonly [Option in keyof Required<Options>]: string }

const variableOf = (option: keyof Options): string =>
  `JINDOUYUN_${option.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`

const documentation = {
  baseUrl: {
    default: platform,
    description: {
      en: "Where the platform is; /api/… is appended",
      zh: "平台地址，其后追加 /api/…"
    }
  },
  allowInsecureHttp: {
    default: "false",
    description: {
      en: "Allows http: to a host that is not loopback",
      zh: "允许对非本机主机使用 http:"
    }
  },
  refreshTokenField: {
    default: "refreshToken",
    description: {
      en: "The field that carries the refresh token; the document has both names",
      zh: "携带 refreshToken 的字段名，文档中两种写法都有"
    }
  },
  tokenPlacement: {
    default: "header",
    description: {
      en: "Where a report call carries the access token; our assumption",
      zh: "调用数据报表接口时 accessToken 的位置（文档未说明，为本库的假定）"
    }
  },
  tokenName: {
    default: "accessToken",
    description: {
      en: "The name of that header or parameter; our assumption",
      zh: "该请求头或查询参数的名称（文档未说明，为本库的假定）"
    }
  },
  accessTokenLifetime: {
    default: "24 hours",
    description: {
      en: "How long an access token lives",
      zh: "accessToken 的有效期"
    }
  },
  refreshTokenLifetime: {
    default: "30 days",
    description: {
      en: "How long a refresh token lives",
      zh: "refreshToken 的有效期"
    }
  },
  expiryMargin: {
    default: "60 seconds",
    description: {
      en: "How long before its expiry an access token is no longer handed out",
      zh: "到期前多久不再发放 accessToken"
    }
  },
  earlyRefresh: {
    default: "30 minutes",
    description: {
      en: "How long before its expiry an access token is renewed in the background; 0 turns it off",
      zh: "到期前多久开始在后台续期，0 表示关闭"
    }
  },
  requestTimeout: {
    default: "15 seconds",
    description: {
      en: "The limit of one request, body included",
      zh: "一次交换（含响应体）的时限"
    }
  },
  renewalTimeout: {
    default: "40 seconds",
    description: {
      en: "The limit of one renewal with all its attempts",
      zh: "一次续期（含所有重试）的时限"
    }
  },
  maxAttempts: {
    default: "4",
    description: {
      en: "Requests one renewal may make",
      zh: "一次续期最多进行的交换次数"
    }
  },
  minRequestInterval: {
    default: "200 millis",
    description: {
      en: "The least time between any two requests of an account",
      zh: "同一账号两次交换之间的最短间隔"
    }
  },
  cooldown: {
    default: "1 second",
    description: {
      en: "How long reads fail at once after a failed renewal; doubles, with full jitter",
      zh: "续期失败后立即失败的冷却时间，逐次加倍并随机化"
    }
  },
  maxCooldown: {
    default: "5 minutes",
    description: {
      en: "The cap of the cooldown",
      zh: "冷却时间的上限"
    }
  },
  retryBudget: {
    default: "500",
    description: {
      en: "The tokens of the retry budget: a retry costs 5, a success gives 1 back",
      zh: "重试预算的令牌数：一次重试消耗 5，一次成功归还 1"
    }
  },
  maxResponseBytes: {
    default: "1048576",
    description: {
      en: "The largest answer that is read, in bytes",
      zh: "读取响应的最大字节数"
    }
  },
  acquireWithoutStore: {
    default: "false",
    description: {
      en: "Whether an acquisition may go on alone while the token store cannot be used",
      zh: "Token 存储不可用时是否允许单独登录"
    }
  },
  returnCodes: {
    default: "none",
    description: {
      en: "Dispositions of return codes",
      zh: "返回码的处理方式"
    }
  }
} satisfies { readonly [Option in keyof Required<Options>]: Pick<Setting, "default" | "description"> }

/**
 * The name, environment variable, default and meaning of every setting.
 *
 * @since 0.1.0
 * @category settings
 */
export const settings: { readonly [Option in keyof Required<Options>]: Setting } = /*#__PURE__*/ Record.map(
  documentation,
  (texts, option) => ({ variable: variableOf(option), expected: expected[option], ...texts })
)

/**
 * Decodes and checks options.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Either.Either<Service, InvalidConfiguration> =>
  Either.gen(function*() {
    const accessTokenLifetime = yield* millis("accessTokenLifetime", options.accessTokenLifetime, day, lifetime)
    const refreshTokenLifetime = yield* millis("refreshTokenLifetime", options.refreshTokenLifetime, 30 * day, lifetime)
    const quarter = { least: 0, most: accessTokenLifetime / 4 }
    return {
      baseUrl: yield* baseUrl(options.baseUrl ?? platform, options.allowInsecureHttp ?? false),
      refreshTokenField: yield* refreshTokenField(options.refreshTokenField ?? "refreshToken"),
      tokenPlacement: yield* tokenPlacement(options.tokenPlacement ?? "header"),
      tokenName: yield* tokenName(options.tokenName ?? "accessToken"),
      accessTokenLifetime,
      refreshTokenLifetime,
      expiryMargin: yield* millis("expiryMargin", options.expiryMargin, Math.min(minute, quarter.most), quarter),
      earlyRefresh: yield* millis("earlyRefresh", options.earlyRefresh, Math.min(30 * minute, quarter.most), quarter),
      requestTimeout: yield* millis("requestTimeout", options.requestTimeout, 15_000, timer),
      renewalTimeout: yield* millis("renewalTimeout", options.renewalTimeout, 40_000, timer),
      maxAttempts: yield* whole("maxAttempts", options.maxAttempts, 4, { least: 2, most: 100 }),
      minRequestInterval: yield* millis("minRequestInterval", options.minRequestInterval, 200, {
        least: 0,
        most: hour
      }),
      cooldown: yield* millis("cooldown", options.cooldown, 1000, timer),
      maxCooldown: yield* millis("maxCooldown", options.maxCooldown, 5 * minute, timer),
      retryBudget: yield* whole("retryBudget", options.retryBudget, 500, { least: 0, most: 1_000_000 }),
      maxResponseBytes: yield* whole("maxResponseBytes", options.maxResponseBytes, 2 ** 20, {
        least: 1,
        most: 2 ** 30
      }),
      acquireWithoutStore: options.acquireWithoutStore ?? false,
      returnCodes: yield* Either.mapLeft(
        ReturnCode.checkDispositions(options.returnCodes ?? {}),
        (problem) => invalid("returnCodes", problem)
      )
    }
  })

/**
 * The settings, from options.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options | undefined): Layer.Layer<JindouyunConfig, InvalidConfiguration> =>
  Layer.effect(JindouyunConfig, make(options))

/**
 * The settings, from configs of the user's own naming. A value that cannot be read is an `InvalidConfiguration` that
 * names its path.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Config.Wrap<Options>
): Layer.Layer<JindouyunConfig, InvalidConfiguration> =>
  Layer.effect(JindouyunConfig, Effect.flatMap(Effect.mapError(Config.unwrap(options), fromConfigError), make))

/**
 * The options as a `Config`, one value an option, under the option's own name; what is missing stays `undefined`.
 *
 * @since 0.1.0
 * @category config
 */
export const config: Config.Config<Options> = /*#__PURE__*/ Config.suspend(() =>
  Config.all({
    baseUrl: setting("baseUrl", Either.right),
    allowInsecureHttp: setting("allowInsecureHttp", (text) => parseBoolean(text)),
    refreshTokenField: setting("refreshTokenField", (text) => refreshTokenField(text)),
    tokenPlacement: setting("tokenPlacement", (text) => tokenPlacement(text)),
    tokenName: setting("tokenName", Either.right),
    accessTokenLifetime: setting("accessTokenLifetime", (text) => parseSpan(text)),
    refreshTokenLifetime: setting("refreshTokenLifetime", (text) => parseSpan(text)),
    expiryMargin: setting("expiryMargin", (text) => parseSpan(text)),
    earlyRefresh: setting("earlyRefresh", (text) => parseSpan(text)),
    requestTimeout: setting("requestTimeout", (text) => parseSpan(text)),
    renewalTimeout: setting("renewalTimeout", (text) => parseSpan(text)),
    maxAttempts: setting("maxAttempts", (text) => parseWhole(text)),
    minRequestInterval: setting("minRequestInterval", (text) => parseSpan(text)),
    cooldown: setting("cooldown", (text) => parseSpan(text)),
    maxCooldown: setting("maxCooldown", (text) => parseSpan(text)),
    retryBudget: setting("retryBudget", (text) => parseWhole(text)),
    maxResponseBytes: setting("maxResponseBytes", (text) => parseWhole(text)),
    acquireWithoutStore: setting("acquireWithoutStore", (text) => parseBoolean(text)),
    returnCodes: setting("returnCodes", ReturnCode.parseDispositions)
  })
)

/**
 * Reads a config from the environment as the library names it: `JINDOUYUN_` and the option in constant case.
 *
 * The prefix is put on the config: a provider nested by `ConfigProvider.nested` splits every value at its commas.
 *
 * @since 0.1.0
 * @category config
 */
export const fromEnv = <A>(config: Config.Config<A>): Effect.Effect<A, InvalidConfiguration> =>
  Config.nested(config, "JINDOUYUN").pipe(
    Effect.withConfigProvider(ConfigProvider.constantCase(ConfigProvider.fromEnv())),
    Effect.mapError(fromConfigError)
  )

/**
 * The settings, from the environment; options given here win over it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFromEnv = (options?: Options | undefined): Layer.Layer<JindouyunConfig, InvalidConfiguration> =>
  Layer.effect(
    JindouyunConfig,
    Effect.flatMap(fromEnv(config), (environment) => {
      const given = Object.entries(options ?? {}).filter(([, value]) => value !== undefined)
      return make({ ...environment, ...Object.fromEntries(given) })
    })
  )

/**
 * A failure to read a `Config`, as an error that names the value by its path and never repeats it.
 *
 * @since 0.1.0
 * @category errors
 */
export const fromConfigError = (error: ConfigError.ConfigError): InvalidConfiguration => {
  switch (error._op) {
    case "And":
    case "Or":
      return fromConfigError(error.left)
    default: {
      // Effect names a value that is missing by its full path, and one that does not parse by its last part.
      const name = error.path.join("_")
      const known = Object.entries({ ...settings, ...account }).find(([option, { variable }]) =>
        name === option || name === variable || name === `JINDOUYUN_${option}`
      )
      return new InvalidConfiguration({
        setting: known?.[0] ?? (name === "" ? "a value" : name),
        variable: known?.[1].variable,
        problem: error._op === "MissingData" ? "is missing" : "cannot be read",
        expected: known?.[1].expected ?? "a value of its type"
      })
    }
  }
}

const account = {
  username: { variable: "JINDOUYUN_USERNAME", expected: "the username of a developer account" },
  password: { variable: "JINDOUYUN_PASSWORD", expected: "the password of a developer account" }
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

interface Bounds {
  readonly least: number
  readonly most: number
}

const lifetime: Bounds = { least: 1, most: 36_500 * day }

// No timer is set for longer: effect 3 never wakes from a sleep of more than 2^31-1 ms.
const timer: Bounds = { least: 1, most: hour }

const invalid = (option: keyof Options, problem: string): InvalidConfiguration =>
  new InvalidConfiguration({
    setting: option,
    variable: variableOf(option),
    problem,
    expected: expected[option]
  })

const millis = (
  option: keyof Options,
  input: Duration.DurationInput | undefined,
  fallback: number,
  bounds: Bounds
): Either.Either<number, InvalidConfiguration> => {
  if (input === undefined) {
    return Either.right(fallback)
  }
  // `Duration` reads a negative span as none at all.
  const isNegative = /^\s*-/.test(String(input))
  const decoded = Duration.decodeUnknown(input)
  return decoded._tag === "None" || isNegative || Number.isNaN(input)
    ? Either.left(invalid(option, isNegative ? "is negative" : "is not a duration"))
    : within(option, Duration.toMillis(decoded.value), bounds)
}

const whole = (
  option: keyof Options,
  input: number | undefined,
  fallback: number,
  bounds: Bounds
): Either.Either<number, InvalidConfiguration> => {
  const value = input ?? fallback
  return Number.isSafeInteger(value)
    ? within(option, value, bounds)
    : Either.left(invalid(option, "is not a whole number"))
}

const within = (
  option: keyof Options,
  value: number,
  bounds: Bounds
): Either.Either<number, InvalidConfiguration> =>
  value >= bounds.least && value <= bounds.most
    ? Either.right(value)
    : Either.left(invalid(option, value < bounds.least ? "is too small" : "is too large"))

const refreshTokenField = (text: string): Either.Either<"refreshToken" | "refresh_token", InvalidConfiguration> =>
  text === "refreshToken" || text === "refresh_token"
    ? Either.right(text)
    : Either.left(invalid("refreshTokenField", "is neither of the two names"))

const tokenPlacement = (text: string): Either.Either<"header" | "query", InvalidConfiguration> =>
  text === "header" || text === "query"
    ? Either.right(text)
    : Either.left(invalid("tokenPlacement", "is neither of the two places"))

const tokenName = (text: string): Either.Either<string, InvalidConfiguration> =>
  !/^[A-Za-z0-9_-]{1,100}$/.test(text)
    ? Either.left(invalid("tokenName", "is no name"))
    : reserved.test(text)
    ? Either.left(invalid("tokenName", "is a header of another meaning"))
    : Either.right(text)

const reserved =
  /^(accept.*|apiversion|connection|content-.*|cookie|expect|host|te|trailer|transfer-encoding|upgrade)$/i

const baseUrl = (text: string, allowInsecureHttp: boolean): Either.Either<string, InvalidConfiguration> => {
  const refuse = (problem: string) => Either.left(invalid("baseUrl", problem))
  if (!URL.canParse(text)) {
    return refuse("is not a URL")
  }
  const url = new URL(text)
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return refuse("is neither https: nor http:")
  }
  if (url.protocol === "http:" && !allowInsecureHttp && !isLoopback(url.hostname)) {
    return refuse("is http: to a host that is not loopback, where secrets would be sent in clear")
  }
  if (url.username !== "" || url.password !== "") {
    return refuse("carries a username or a password")
  }
  if (/[?#]/.test(text)) {
    return refuse("has a query or a fragment")
  }
  return Either.right(url.origin + url.pathname.replace(/\/+$/, ""))
}

const isLoopback = (host: string): boolean =>
  /^(.+\.)?localhost\.?$|^127(\.[0-9]+){3}$|^\[(::1|::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4})\]$/.test(host)

// What `Config`'s own parsers refuse they repeat in their error; these never do.
function setting<A>(
  option: keyof Options,
  parse: (text: string) => Either.Either<A, unknown>
): Config.Config<A | undefined> {
  return Config.string(option).pipe(
    Config.mapOrFail((text) => Either.mapLeft(parse(text.trim()), () => ConfigError.InvalidData([], "cannot be read"))),
    Config.withDefault(undefined),
    Config.withDescription(`${settings[option].description.en}. Expected ${settings[option].expected}.`)
  )
}

const parseSpan = (text: string): Either.Either<Duration.DurationInput, void> => {
  const decoded = Duration.decodeUnknown(/^[0-9]+$/.test(text) ? Number(text) : text)
  return decoded._tag === "None" || text.startsWith("-") ? Either.left(undefined) : Either.right(decoded.value)
}

const parseWhole = (text: string): Either.Either<number, void> =>
  /^[0-9]{1,15}$/.test(text) ? Either.right(Number(text)) : Either.left(undefined)

const parseBoolean = (text: string): Either.Either<boolean, void> =>
  /^(true|yes|on|1)$/i.test(text)
    ? Either.right(true)
    : /^(false|no|off|0)$/i.test(text)
    ? Either.right(false)
    : Either.left(undefined)
