import { assert, describe, it } from "@effect/vitest"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Credentials from "../src/Credentials.js"
import * as Jindouyun from "../src/Jindouyun.js"
import * as JindouyunConfig from "../src/JindouyunConfig.js"
import * as TokenProvider from "../src/TokenProvider.js"
import * as Providers from "./edition/providers.js"
import { withEnvironment } from "./utils.js"

const account = { JINDOUYUN_USERNAME: "user1", JINDOUYUN_PASSWORD: "pass1" }

/** The logs of an effect, as text. */
const logsOf = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.suspend(() => {
    const logged: Array<string> = []
    const logger = Logger.make(({ message }) => void logged.push(String(message)))
    return Effect.as(Effect.provide(effect, Logger.replace(Logger.defaultLogger, logger)), logged)
  })

const warnings = logsOf(Effect.provide(JindouyunConfig.JindouyunConfig, JindouyunConfig.layerFromEnv()))

const rows = [
  ["JINDOUYUN_USERNAM", "JINDOUYUN_USERNAME"],
  ["JINDOUYUN_USER", "JINDOUYUN_USERNAME"],
  ["JINDOUYUN_PASSWROD", "JINDOUYUN_PASSWORD"],
  ["JINDOUYUN_TOKEN_NAMES", "JINDOUYUN_TOKEN_NAME"],
  ["JINDOUYUN_TOKENNAME", "JINDOUYUN_TOKEN_NAME"],
  ["JINDOUYUN_BASE__URL", "JINDOUYUN_BASE_URL"],
  ["JINDOUYUN_REDIS_URI", "JINDOUYUN_REDIS_URL"],
  ["JINDOUYUN_STORES", "JINDOUYUN_STORE"],
  ["JINDOUYUN_ENCRYPTION_KEYS", "JINDOUYUN_ENCRYPTION_KEY"],
  ["JINDOUYUN_COOL_DOWN", "JINDOUYUN_COOLDOWN"]
] as const

describe("an unknown variable", () => {
  it.scoped.each(rows)(
    "%s of the environment is a warning that names %s, and not the value",
    ([variable, nearest]) =>
      Effect.gen(function*() {
        yield* withEnvironment({ ...account, [variable]: "secret" })
        assert.deepStrictEqual(yield* warnings, [
          `the variable ${variable} is not known and changes nothing; the nearest known one is ${nearest}`
        ])
      })
  )

  it.effect.each(
    [
      ["TIMEOUT", ["REQUEST_TIMEOUT", "RENEWAL_TIMEOUT", "CLOSE_TIMEOUT"]],
      ["TIMEOUTS", ["REQUEST_TIMEOUT", "RENEWAL_TIMEOUT", "CLOSE_TIMEOUT"]],
      ["URL", ["BASE_URL", "REDIS_URL"]],
      ["KEY", ["ENCRYPTION_KEY", "PREVIOUS_ENCRYPTION_KEY"]],
      ["REDIS", ["REDIS_URL", "REDIS_PREFIX"]],
      ["PASS", ["PASSWORD"]],
      ["HTTP", ["ALLOW_INSECURE_HTTP"]],
      ["LIFETIME", ["ACCESS_TOKEN_LIFETIME", "REFRESH_TOKEN_LIFETIME"]],
      ["TIMEOUT_REQUEST", ["REQUEST_TIMEOUT"]],
      ["STORE_KIND", ["STORE"]],
      ["REQUEST_TIMEOUT_MS", ["REQUEST_TIMEOUT"]],
      ["LOG_LEVEL", []],
      ["PROXY", []],
      ["SECRET", []],
      ["TTL", []],
      ["X", []],
      ["B_U", []],
      ["DATASTORE", []],
      ["", []]
    ] as const
  )(
    "JINDOUYUN_%s is a warning that names the similar ones, or else their list: %j",
    ([name, similar]) =>
      Effect.gen(function*() {
        const names = similar.map((each) => `JINDOUYUN_${each}`)
        const advice = names.length === 0
          ? "docs/settings.md and jindouyun help settings list the known ones"
          : names.length === 1
          ? `the nearest known one is ${names[0]}`
          : `known ones with a similar name are ${names.join(", ")}`
        assert.deepStrictEqual(
          yield* Effect.withConfigProvider(warnings, Providers.whole({ [`JINDOUYUN_${name}`]: "secret" })),
          [
            `the variable JINDOUYUN_${name} is not known and changes nothing; ${advice}`
          ]
        )
      })
  )

  it.effect("of a map, of JSON, and of a provider that falls back to another, is one too", () =>
    Effect.gen(function*() {
      const variables = Object.fromEntries(rows.map(([variable]) => [variable, "secret"]))
      const providers = [
        Providers.whole(variables),
        Providers.split(variables),
        Providers.json(variables),
        ConfigProvider.orElse(Providers.split({ HOME: "/" }), () => Providers.split(variables))
      ]
      for (const provider of providers) {
        const found = yield* Effect.withConfigProvider(warnings, provider)
        assert.sameDeepMembers(
          found.map((warning) => warning.split(/ is not known .* /)),
          rows.map(([variable, nearest]) => [`the variable ${variable}`, nearest])
        )
        assert.notInclude(found.join(), "secret")
      }
    }))

  it.scoped("is a warning beside a known one that is the beginning of its name", () =>
    Effect.gen(function*() {
      yield* withEnvironment({ ...account, JINDOUYUN_STORE: "file", JINDOUYUN_STORE_KIND: "1", JINDOUYUN_: "2" })
      assert.deepStrictEqual(
        (yield* warnings).map((warning) => warning.split(" ")[2]),
        ["JINDOUYUN_", "JINDOUYUN_STORE_KIND"]
      )
    }))

  it.effect("shows no characters that forge a line of a log", () =>
    Effect.gen(function*() {
      const [warning = ""] = yield* Effect.withConfigProvider(warnings, Providers.whole({ "JINDOUYUN_A\nB": "1" }))
      assert.include(warning, "JINDOUYUN_A\\u000aB is not known")
    }))

  it.scoped("is no warning if it has zero length, another prefix, or other cases", () =>
    Effect.gen(function*() {
      yield* withEnvironment({ ...account, JINDOUYUN_NOTHING: "" })
      process.env["jindouyun_other"] = process.env["JINDOUYUNX_OTHER"] = process.env["JINDOUYUN"] = "1"
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          delete process.env["jindouyun_other"]
          delete process.env["JINDOUYUNX_OTHER"]
          delete process.env["JINDOUYUN"]
        })
      )
      assert.deepStrictEqual(yield* warnings, [])
    }))

  it.effect("is no warning if the provider renames or nests its names: they cannot be listed", () =>
    Effect.gen(function*() {
      const provider = Providers.whole({ JINDOUYUN_NO: "1" })
      for (const each of [ConfigProvider.nested(provider, "APP"), Providers.renaming(provider)]) {
        assert.deepStrictEqual(yield* Effect.withConfigProvider(warnings, each), [])
      }
    }))

  it.effect("is no warning if the provider fails to list", () =>
    Effect.gen(function*() {
      const unlisted = Providers.unlisted({ JINDOUYUN_NO: "1" })
      assert.deepStrictEqual(yield* Effect.withConfigProvider(warnings, unlisted), [])
    }))

  it.effect.each(JindouyunConfig.variables)("is none of the library: %s", (variable) =>
    Effect.gen(function*() {
      const logs = logsOf(JindouyunConfig.warnOfUnknownVariables)
      assert.deepStrictEqual(yield* Effect.withConfigProvider(logs, Providers.whole({ [variable]: "x" })), [])
      assert.lengthOf(yield* Effect.withConfigProvider(logs, Providers.whole({ [`${variable}_X`]: "x" })), 1)
    }))
})

describe("layerFromEnv", () => {
  it.scoped("honours the program's ConfigProvider, and not the environment beside it", () =>
    Effect.gen(function*() {
      yield* withEnvironment({ JINDOUYUN_USERNAME: "other", JINDOUYUN_PASSWORD: "other", JINDOUYUN_MAX_ATTEMPTS: "9" })
      const variables = Providers.whole({ ...account, JINDOUYUN_EARLY_REFRESH: " 1 minute\n" })
      const layer = Jindouyun.layerFromEnv().pipe(
        Layer.provide(Sandbox.layerHttpClient()),
        Layer.provide(Layer.setConfigProvider(variables))
      )
      const [token, config] = yield* Effect.provide(
        Effect.all([
          Effect.flatMap(TokenProvider.TokenProvider, ({ accessToken }) => accessToken),
          JindouyunConfig.JindouyunConfig
        ]),
        layer
      )
      assert.strictEqual(token.generation, 1)
      assert.deepInclude(config, { earlyRefresh: 60_000, maxAttempts: 4 })
    }))

  it.effect("reads a rotated password from the provider that built the layer", () =>
    Effect.gen(function*() {
      const variables = new Map(Object.entries(account))
      const layer = Credentials.layerFromEnv.pipe(
        Layer.provide(Layer.setConfigProvider(Providers.changing(variables)))
      )
      const credentials = yield* Effect.provide(Credentials.Credentials, layer)
      variables.set("JINDOUYUN_PASSWORD", "rotated, with a comma")
      assert.strictEqual(Redacted.value((yield* credentials.current).password), "rotated, with a comma")
    }))

  it.effect("names what is missing in a nested provider, and what is expected", () =>
    Effect.gen(function*() {
      const { JINDOUYUN_USERNAME } = account
      const layer = Jindouyun.layerFromEnv().pipe(
        Layer.provide(Sandbox.layerHttpClient()),
        Layer.provide(Layer.setConfigProvider(Providers.below("APP", { JINDOUYUN_USERNAME })))
      )
      const error = yield* Effect.flip(Effect.scoped(Layer.build(layer)))
      assert.deepInclude({ ...error }, { setting: "password", expected: "the password of a developer account" })
      // Effect 4 leaves out the name of the nesting.
      assert(error._tag === "InvalidConfiguration")
      assert.match(error.variable ?? "", /^(APP_)?JINDOUYUN_PASSWORD$/)
    }))

  it.effect("names a variable of the provider that is wrong, and not its value", () =>
    Effect.gen(function*() {
      for (
        const provider of [
          Providers.whole({ JINDOUYUN_MAX_ATTEMPTS: "secret" }),
          Providers.json({ JINDOUYUN_MAX_ATTEMPTS: "secret" })
        ]
      ) {
        const error = yield* Effect.flip(Effect.withConfigProvider(warnings, provider))
        assert.deepInclude({ ...error }, { setting: "maxAttempts", variable: "JINDOUYUN_MAX_ATTEMPTS" })
        assert.notInclude(error.message, "secret")
      }
    }))

  it.effect("ends with a provider that lists the same names below every path", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* Effect.withConfigProvider(warnings, Providers.endless), [])
    }))

  it.effect("reads the variables of a provider that nests them", () =>
    Effect.gen(function*() {
      const provider = Providers.below("APP", { JINDOUYUN_MAX_ATTEMPTS: "7" })
      const config = yield* Effect.provide(JindouyunConfig.JindouyunConfig, JindouyunConfig.layerFromEnv()).pipe(
        Effect.withConfigProvider(provider)
      )
      assert.strictEqual(config.maxAttempts, 7)
    }))
})
