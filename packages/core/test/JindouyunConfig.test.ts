import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import type * as Layer from "effect/Layer"
import * as Hint from "../src/Hint.js"
import { settingTexts } from "../src/internal/settingTexts.js"
import * as JindouyunConfig from "../src/JindouyunConfig.js"
import type { InvalidConfiguration } from "../src/JindouyunError.js"
import * as TokenStore from "../src/TokenStore.js"
import { day, hour, minute, renderings, second, withEnvironment } from "./utils.js"

type Option = keyof typeof JindouyunConfig.settings
type Layered = Layer.Layer<JindouyunConfig.JindouyunConfig, InvalidConfiguration>

const options = Object.keys(JindouyunConfig.settings) as Array<Option>

const built = (layer: Layered) => Effect.provide(JindouyunConfig.JindouyunConfig, layer)
const refused = (layer: Layered) => Effect.flip(built(layer))

const made = (given?: JindouyunConfig.Options) => Either.getOrThrow(JindouyunConfig.make(given))
const problemOf = (given: JindouyunConfig.Options) => Either.getOrThrow(Either.flip(JindouyunConfig.make(given)))

/** The defaults of the design, in milliseconds. */
const defaults: JindouyunConfig.Service = {
  baseUrl: "https://jdy.cigdata.cn",
  refreshTokenField: "refreshToken",
  tokenPlacement: "header",
  tokenName: "accessToken",
  accessTokenLifetime: 24 * hour,
  refreshTokenLifetime: 30 * day,
  expiryMargin: 60 * second,
  earlyRefresh: 30 * minute,
  requestTimeout: 15 * second,
  renewalTimeout: 50 * second,
  closeTimeout: 2 * second,
  maxAttempts: 4,
  minRequestInterval: 200,
  cooldown: second,
  maxCooldown: 5 * minute,
  retryBudget: 500,
  maxResponseBytes: 1024 * 1024,
  acquireWithoutStore: false,
  returnCodes: {}
}

interface Good {
  readonly option: Exclude<Option, "allowInsecureHttp">
  readonly value: unknown
  readonly text: string
  readonly expected: JindouyunConfig.Service[keyof JindouyunConfig.Service]
}

/** For each setting a value that is not its default, as an option and as text. */
const good: ReadonlyArray<Good> = [
  {
    option: "baseUrl",
    value: "https://gateway.example/jdy",
    text: "https://gateway.example/jdy",
    expected: "https://gateway.example/jdy"
  },
  { option: "refreshTokenField", value: "refresh_token", text: "refresh_token", expected: "refresh_token" },
  { option: "tokenPlacement", value: "query", text: "query", expected: "query" },
  { option: "tokenName", value: "X-Access-Token", text: "X-Access-Token", expected: "X-Access-Token" },
  { option: "accessTokenLifetime", value: "12 hours", text: "12 hours", expected: 12 * hour },
  { option: "refreshTokenLifetime", value: Duration.days(7), text: "7 days", expected: 7 * day },
  { option: "expiryMargin", value: 0, text: "0", expected: 0 },
  { option: "earlyRefresh", value: "0 seconds", text: "0 seconds", expected: 0 },
  { option: "requestTimeout", value: 5000, text: "5000", expected: 5000 },
  { option: "renewalTimeout", value: "1 hour", text: "1 hour", expected: hour },
  { option: "closeTimeout", value: 0, text: "0", expected: 0 },
  { option: "maxAttempts", value: 7, text: "7", expected: 7 },
  { option: "minRequestInterval", value: "1 second", text: "1 second", expected: second },
  { option: "cooldown", value: Duration.seconds(3), text: "3 seconds", expected: 3 * second },
  { option: "maxCooldown", value: "10 minutes", text: "10 minutes", expected: 10 * minute },
  { option: "retryBudget", value: 0, text: "0", expected: 0 },
  { option: "maxResponseBytes", value: 4096, text: "4096", expected: 4096 },
  { option: "acquireWithoutStore", value: true, text: "true", expected: true },
  {
    option: "returnCodes",
    value: { 41009: "retry", 40103: "reauthenticate" },
    text: "41009=retry,40103=reauthenticate",
    expected: { 41009: "retry", 40103: "reauthenticate" }
  }
]

/** Values no setting can have, with something to find again where it matters. */
const bad: { readonly [O in Option]: ReadonlyArray<string> } = {
  baseUrl: [
    "CANARY",
    "ftp://CANARY.example",
    "http://CANARY.example",
    "https://user:CANARY@platform.example",
    "https://CANARY@platform.example",
    "https://platform.example/?token=CANARY",
    "https://platform.example/#CANARY",
    "javascript:CANARY",
    "//CANARY.example"
  ],
  allowInsecureHttp: ["CANARY", "2", "yes!"],
  refreshTokenField: ["CANARY", "refreshtoken", "accessToken"],
  tokenPlacement: ["CANARY", "Header", "cookie"],
  tokenName: ["CANARY name", "CANARY:", "Content-Type", "host", "APIVersion", "accept-encoding", "Cookie"],
  accessTokenLifetime: ["CANARY", "0", "-1 seconds", "-5", "Infinity", "1e9 days"],
  refreshTokenLifetime: ["CANARY", "0", "-1 seconds", "-5", "Infinity"],
  expiryMargin: ["CANARY", "7 hours", "-5", "-1 seconds", "Infinity"],
  earlyRefresh: ["CANARY", "6.1 hours", "-5", "-1 seconds", "Infinity"],
  requestTimeout: ["CANARY", "0", "61 minutes", "-1 seconds", "Infinity"],
  renewalTimeout: ["CANARY", "0", "3600001", "-1 seconds", "Infinity"],
  closeTimeout: ["CANARY", "3600001", "-1 seconds", "Infinity"],
  maxAttempts: ["CANARY", "0", "1", "-1", "1.5", "101", "4 CANARY", "0x4", "4e0"],
  minRequestInterval: ["CANARY", "2 hours", "-5", "-1 seconds", "Infinity"],
  cooldown: ["CANARY", "0", "2 hours", "-1 seconds", "Infinity"],
  maxCooldown: ["CANARY", "0", "2 hours", "-1 seconds", "Infinity"],
  retryBudget: ["CANARY", "-1", "0.5", "1000001", "1e3"],
  maxResponseBytes: ["CANARY", "0", "-1", "1.5", "99999999999"],
  acquireWithoutStore: ["CANARY", "2", "yes!"],
  returnCodes: ["CANARY", "20000=retry", "41009=CANARY", "CANARY=retry", "41009=success", "41009=retry,41009=fatal"]
}

const badPairs = options.flatMap((option) => bad[option].map((text) => [option, text] as const))

const constantCase = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()

/** What an error tells a person, and whether it tells too much. */
const told = (error: InvalidConfiguration) => ({
  tag: error._tag,
  setting: error.setting,
  variable: error.variable,
  expected: error.expected,
  leftOutOfMessage: [error.setting, error.variable ?? "", error.expected].filter((part) =>
    !error.message.includes(part)
  ),
  // The Chinese hint has the expectation in Chinese.
  leftOutOfHint: [error.variable ?? "", error.expected].filter((part) => !error.hint.includes(part)),
  leftOutOfChineseHint: [error.variable ?? "", "应为："].filter((part) => !Hint.of(error).zh.includes(part)),
  repeatsTheValue: renderings(error).includes("CANARY")
})

const toldOf = (option: Option): ReturnType<typeof told> => ({
  tag: "InvalidConfiguration",
  setting: option,
  variable: JindouyunConfig.settings[option].variable,
  expected: JindouyunConfig.settings[option].expected,
  leftOutOfMessage: [],
  leftOutOfHint: [],
  leftOutOfChineseHint: [],
  repeatsTheValue: false
})

const fromMap = (entries: Iterable<readonly [string, string]>) => ConfigProvider.fromMap(new Map(entries))

describe("JindouyunConfig", () => {
  describe("defaults", () => {
    it("are those of the design", () => {
      assert.deepStrictEqual(made(), defaults)
      assert.deepStrictEqual(made({}), defaults)
    })

    it("stand for every option that is undefined", () => {
      assert.deepStrictEqual(made(Object.fromEntries(options.map((option) => [option, undefined]))), defaults)
    })

    it.effect("are those that the table of settings prints", () =>
      Effect.gen(function*() {
        const printed = options.map((option) => [option, JindouyunConfig.settings[option].default] as const)
        const read = yield* Effect.withConfigProvider(JindouyunConfig.config, fromMap(printed))
        assert.deepStrictEqual(made(read), defaults)
      }))

    it.scoped("hold where the environment says nothing", () =>
      Effect.gen(function*() {
        yield* withEnvironment({})
        assert.deepStrictEqual(yield* built(JindouyunConfig.layerFromEnv()), defaults)
      }))

    it.each<[number, number, number]>([
      [2 * hour, minute, 30 * minute],
      [hour, minute, 15 * minute],
      [4 * minute, minute, minute],
      [minute, 15 * second, 15 * second],
      [second, 250, 250]
    ])("with a lifetime of %i ms are cut to a quarter of it: margin %i, window %i", (lifetime, margin, window) => {
      const { earlyRefresh, expiryMargin } = made({ accessTokenLifetime: lifetime })
      assert.strictEqual(expiryMargin, margin)
      assert.strictEqual(earlyRefresh, window)
    })
  })

  describe("settings", () => {
    it("each has the variable JINDOUYUN_ and its name in constant case, and texts", () => {
      for (const option of options) {
        const setting = JindouyunConfig.settings[option]
        assert.strictEqual(setting.variable, `JINDOUYUN_${constantCase(option)}`)
        assert.isNotEmpty(settingTexts[option].en)
        assert.match(settingTexts[option].zh, /\p{Script=Han}/u)
        assert.isNotEmpty(setting.expected)
        assert.isNotEmpty(setting.default)
      }
    })

    it("each is one that a user can give, and the other way round", () => {
      const tried = [...good.map(({ option }) => option), "allowInsecureHttp"]
      assert.deepStrictEqual(tried.sort(), [...options].sort())
    })

    it.effect.each(good)(
      "$option is read by config under its own name",
      ({ expected, option, text }) =>
        Effect.gen(function*() {
          const read = yield* Effect.withConfigProvider(JindouyunConfig.config, fromMap([[option, text]]))
          assert.deepStrictEqual(Object.keys(read).filter((key) => read[key as Option] !== undefined), [option])
          assert.deepStrictEqual(made(read)[option], expected)
        })
    )
  })

  describe("a good value", () => {
    it.each(good)("of $option is taken from the options, and changes nothing else", ({ expected, option, value }) => {
      const cut = option === "accessTokenLifetime" ? { accessTokenLifetime: 12 * hour } : {}
      assert.deepStrictEqual(made({ [option]: value }), { ...defaults, ...cut, [option]: expected })
    })

    it.effect.each(good)(
      "of $option is taken from a Config of the user's own naming",
      ({ expected, option, value }) =>
        Effect.gen(function*() {
          const layer = JindouyunConfig.layerConfig({
            [option]: Config.map(Config.string("THEIR_OWN"), () => value)
          } as Config.Config.Wrap<JindouyunConfig.Options>)
          const config = yield* Effect.withConfigProvider(built(layer), fromMap([["THEIR_OWN", "x"]]))
          assert.deepStrictEqual(config[option], expected)
        })
    )

    it.scoped.each(good)(
      "of $option is taken from the environment",
      ({ expected, option, text }) =>
        Effect.gen(function*() {
          yield* withEnvironment({ [JindouyunConfig.settings[option].variable]: text })
          assert.deepStrictEqual((yield* built(JindouyunConfig.layerFromEnv()))[option], expected)
        })
    )

    it.scoped("may have white space around it in the environment", () =>
      Effect.gen(function*() {
        yield* withEnvironment({ JINDOUYUN_MAX_ATTEMPTS: " 7 ", JINDOUYUN_EXPIRY_MARGIN: " 5 seconds\n" })
        const config = yield* built(JindouyunConfig.layerFromEnv())
        assert.strictEqual(config.maxAttempts, 7)
        assert.strictEqual(config.expiryMargin, 5 * second)
      }))

    it.scoped.each([["true", true], ["TRUE", true], ["1", true], ["false", false], ["0", false]] as const)(
      "%s of allowInsecureHttp in the environment is %s",
      ([text, allowed]) =>
        Effect.gen(function*() {
          yield* withEnvironment({
            JINDOUYUN_BASE_URL: "http://platform.example",
            JINDOUYUN_ALLOW_INSECURE_HTTP: text
          })
          assert.strictEqual(Either.isRight(yield* Effect.either(built(JindouyunConfig.layerFromEnv()))), allowed)
        })
    )

    it.scoped("of the options wins over the environment, and an undefined one does not", () =>
      Effect.gen(function*() {
        yield* withEnvironment({ JINDOUYUN_MAX_ATTEMPTS: "7", JINDOUYUN_COOLDOWN: "3 seconds" })
        const config = yield* built(JindouyunConfig.layerFromEnv({ maxAttempts: 5, cooldown: undefined }))
        assert.strictEqual(config.maxAttempts, 5)
        assert.strictEqual(config.cooldown, 3 * second)
      }))

    it.scoped("is read each time the layer is built", () =>
      Effect.gen(function*() {
        const layer = JindouyunConfig.layerFromEnv()
        const attempts = Effect.map(built(layer), (config) => config.maxAttempts)
        const before = yield* Effect.zipRight(withEnvironment({ JINDOUYUN_MAX_ATTEMPTS: "7" }), attempts)
        const after = yield* Effect.zipRight(withEnvironment({ JINDOUYUN_MAX_ATTEMPTS: "8" }), attempts)
        assert.deepStrictEqual([before, after], [7, 8])
      }))
  })

  describe("a bad value", () => {
    it.scoped.each(badPairs)(
      "of %s in the environment is named and never repeated: %s",
      ([option, text]) =>
        Effect.gen(function*() {
          yield* withEnvironment({ [JindouyunConfig.settings[option].variable]: text })
          assert.deepStrictEqual(told(yield* refused(JindouyunConfig.layerFromEnv())), toldOf(option))
        })
    )

    it.each<[Option, unknown]>([
      ["baseUrl", ""],
      ["baseUrl", 5],
      ["baseUrl", "CANARY"],
      ["baseUrl", "https://user:CANARY@platform.example"],
      ["allowInsecureHttp", "false"],
      ["refreshTokenField", "CANARY"],
      ["tokenPlacement", null],
      ["tokenName", 5],
      ["tokenName", ""],
      ["accessTokenLifetime", "CANARY"],
      ["accessTokenLifetime", {}],
      ["accessTokenLifetime", 0],
      ["accessTokenLifetime", -1],
      ["accessTokenLifetime", Number.NaN],
      ["accessTokenLifetime", Infinity],
      ["refreshTokenLifetime", 0],
      ["refreshTokenLifetime", Number.NaN],
      ["expiryMargin", -1],
      ["expiryMargin", Number.NaN],
      ["expiryMargin", Infinity],
      ["earlyRefresh", "-30 minutes"],
      ["earlyRefresh", Number.NaN],
      ["earlyRefresh", Duration.infinity],
      ["minRequestInterval", -200],
      ["minRequestInterval", Number.NaN],
      ["requestTimeout", 0],
      ["requestTimeout", Duration.hours(25)],
      ["renewalTimeout", Duration.infinity],
      ["cooldown", "CANARY"],
      ["maxCooldown", "2 hours"],
      ["maxAttempts", 0],
      ["maxAttempts", 1.5],
      ["maxAttempts", Number.NaN],
      ["maxAttempts", Infinity],
      ["maxAttempts", "4"],
      ["retryBudget", -1],
      ["retryBudget", 0.5],
      ["maxResponseBytes", 0],
      ["maxResponseBytes", Infinity],
      ["acquireWithoutStore", "false"],
      ["returnCodes", "41009=retry"],
      ["returnCodes", { 20000: "fatal" }],
      ["returnCodes", { 41009: "CANARY" }],
      ["returnCodes", { CANARY: "retry" }]
    ])("of %s in the options is named and never repeated: %o", (option, value) => {
      assert.deepStrictEqual(told(problemOf({ [option]: value })), toldOf(option))
    })

    it.effect("in a Config of the user's own naming is named by its path and never repeated", () =>
      Effect.gen(function*() {
        const layer = JindouyunConfig.layerConfig({
          expiryMargin: Config.duration("JDY_MARGIN"),
          maxAttempts: Config.integer("JDY_ATTEMPTS")
        })
        const error = yield* Effect.withConfigProvider(
          refused(layer),
          fromMap([["JDY_MARGIN", "CANARY"], ["JDY_ATTEMPTS", "4"]])
        )
        assert.include(error.message, "JDY_MARGIN")
        assert.notInclude(renderings(error), "CANARY")
      }))

    it.effect.each(Object.entries(JindouyunConfig.settings))(
      "that is missing or cannot be read in a Config of the user's own naming is named with what its option expects: %s",
      ([option, { expected }]) =>
        Effect.gen(function*() {
          const own = (config: Config.Config<unknown>) =>
            Effect.withConfigProvider(
              refused(JindouyunConfig.layerConfig({ [option]: config })),
              fromMap([["OWN_BAD", "CANARY"]])
            )
          const missing = yield* own(Config.string("OWN_NAME"))
          assert.strictEqual(missing.message, `OWN_NAME is missing; expected ${expected}`)
          const bad = yield* own(Config.integer("OWN_BAD"))
          assert.strictEqual(bad.message, `OWN_BAD cannot be read; expected ${expected}`)
        })
    )

    it.effect("that is missing in a Config of the user's own naming is named as missing", () =>
      Effect.gen(function*() {
        const layer = JindouyunConfig.layerConfig({ maxAttempts: Config.integer("JDY_ATTEMPTS") })
        const error = yield* Effect.withConfigProvider(refused(layer), fromMap([]))
        assert.include(error.message, "JDY_ATTEMPTS")
        assert.include(error.message, "missing")
      }))
  })

  describe("guarantee 11: margin and window are each at most a quarter of the lifetime", () => {
    for (const option of ["expiryMargin", "earlyRefresh"] as const) {
      it(`${option} may be exactly a quarter and no millisecond more`, () => {
        assert.strictEqual(made({ [option]: "6 hours" })[option], 6 * hour)
        assert.deepStrictEqual(told(problemOf({ [option]: 6 * hour + 1 })), toldOf(option))
        assert.deepStrictEqual(
          told(problemOf({ accessTokenLifetime: minute, [option]: 15 * second + 1 })),
          toldOf(option)
        )
      })
    }

    it.prop("whatever is accepted, and whatever the defaults become", [
      FastCheck.integer({ min: 1, max: 2 * day }),
      FastCheck.option(FastCheck.nat(day), { nil: undefined }),
      FastCheck.option(FastCheck.nat(day), { nil: undefined })
    ], ([accessTokenLifetime, expiryMargin, earlyRefresh]) => {
      const result = JindouyunConfig.make({ accessTokenLifetime, expiryMargin, earlyRefresh })
      const quarter = accessTokenLifetime / 4
      assert.strictEqual(Either.isRight(result), (expiryMargin ?? 0) <= quarter && (earlyRefresh ?? 0) <= quarter)
      if (Either.isRight(result)) {
        assert.isAtMost(result.right.expiryMargin, quarter)
        assert.isAtMost(result.right.earlyRefresh, quarter)
      }
    })
  })

  describe("baseUrl", () => {
    it.each([
      "http://localhost",
      "http://localhost:8080",
      "http://LOCALHOST:8080",
      "http://127.0.0.1:8080",
      "http://127.1",
      "http://127.255.255.254",
      "http://0x7f000001",
      "http://2130706433",
      "http://[::1]:8080",
      "http://[0:0:0:0:0:0:0:1]",
      "http://[::ffff:127.0.0.1]"
    ])("may be http: where the host is loopback: %s", (baseUrl) => {
      assert.strictEqual(made({ baseUrl }).baseUrl, new URL(baseUrl).origin)
    })

    it.each([
      "http://jdy.cigdata.cn",
      "http://localhost.example",
      "http://localhost.",
      "http://jdy.localhost",
      "http://localhost.localhost",
      "http://127.0.0.1.example",
      "http://notlocalhost",
      "http://128.0.0.1",
      "http://0.0.0.0",
      "http://10.0.0.1",
      "http://192.168.0.1",
      "http://[::]",
      "http://[::2]",
      "http://[2001:db8::1]"
    ])("may be http: to another host only where that is allowed: %s", (baseUrl) => {
      assert.deepStrictEqual(told(problemOf({ baseUrl })), toldOf("baseUrl"))
      assert.deepStrictEqual(told(problemOf({ baseUrl, allowInsecureHttp: false })), toldOf("baseUrl"))
      assert.strictEqual(made({ baseUrl, allowInsecureHttp: true }).baseUrl, baseUrl)
    })

    it.each([
      ["https://jdy.cigdata.cn/", "https://jdy.cigdata.cn"],
      ["https://jdy.cigdata.cn//", "https://jdy.cigdata.cn"],
      ["https://JDY.cigdata.cn:443", "https://jdy.cigdata.cn"],
      ["https://jdy.cigdata.cn:8443", "https://jdy.cigdata.cn:8443"],
      ["https://gateway.example/jdy", "https://gateway.example/jdy"],
      ["https://gateway.example/jdy/", "https://gateway.example/jdy"],
      ["https://gateway.example/a/b%20c/", "https://gateway.example/a/b%20c"],
      ["https://gateway.example:8443/Prefix/v1", "https://gateway.example:8443/Prefix/v1"]
    ])("%s keeps its path prefix and loses a trailing slash: %s", (baseUrl, expected) => {
      assert.strictEqual(made({ baseUrl }).baseUrl, expected)
    })

    it.each([
      ["HTTPS://PLATFORM.EXAMPLE", "https://platform.example"],
      ["https://platform.example:443/", "https://platform.example"],
      ["https://platform.example:/", "https://platform.example"],
      ["https://platform.example:0443", "https://platform.example"],
      ["https://platform.example/a/./b/../c//", "https://platform.example/a/c"],
      ["https://platform.example/a/%2e%2E/b", "https://platform.example/b"],
      ["https://platform.example/%7ea%2db%5F%41%2f%c3%a4", "https://platform.example/~a-b_A%2F%C3%A4"],
      ["https://platform.example/ä", "https://platform.example/%C3%A4"],
      ["https://平台.example", "https://xn--kpr97v.example"],
      ["https://XN--KPR97V.example", "https://xn--kpr97v.example"],
      ["https:\\\\platform.example\\a", "https://platform.example/a"],
      [" https://platform.example ", "https://platform.example"],
      ["http://LOCALHOST:80/", "http://localhost"],
      ["http://127.1:8080/", "http://127.0.0.1:8080"],
      ["http://[0:0:0:0:0:0:0:1]:8080", "http://[::1]:8080"],
      ["https://platform.example/a@b", "https://platform.example/a@b"]
    ])("has one spelling: %s is %s", (baseUrl, expected) => {
      assert.strictEqual(made({ baseUrl }).baseUrl, expected)
      assert.deepStrictEqual(JindouyunConfig.normalizeBaseUrl(baseUrl), Either.right(expected))
      assert.deepStrictEqual(JindouyunConfig.normalizeBaseUrl(expected), Either.right(expected))
      assert.strictEqual(TokenStore.keyOf(baseUrl, "user1"), TokenStore.keyOf(expected, "user1"))
    })

    it.each([
      "ftp://platform.example",
      "file:///etc/passwd",
      "data:text/plain,x",
      "wss://platform.example",
      "platform.example",
      "https://",
      "https://user@platform.example",
      "https://user:password@platform.example",
      "https://:password@platform.example",
      "https://platform.example?a=b",
      "https://platform.example/#a",
      "http://user:password@localhost",
      "https://@platform.example",
      "https://:@platform.example/a",
      "https:\\\\user@platform.example",
      "https://platform.example?",
      "https://platform.example#",
      "https://platform.example/a b",
      "https://platform\n.example",
      "https://platform.example/\u0000"
    ])("is nothing but scheme, host, port and path: %s is refused", (baseUrl) => {
      assert.deepStrictEqual(told(problemOf({ baseUrl, allowInsecureHttp: true })), toldOf("baseUrl"))
    })
  })
})
