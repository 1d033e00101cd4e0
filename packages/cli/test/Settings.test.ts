import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
import * as RedisTokenStore from "@jindouyun/redis/RedisTokenStore"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Session from "../src/internal/Session.js"
import * as Settings from "../src/Settings.js"

const nothing = { flags: {}, environment: {}, file: {}, lastLogin: Option.none() }

const problemOf = <A>(result: Either.Either<A, { readonly setting: string; readonly problem: string }>) =>
  Either.match(Either.flip(result), {
    onLeft: () => "no problem",
    onRight: (error) => `${error.setting} ${error.problem}`
  })

describe("settings", () => {
  it.effect("read only variables that the library knows, so that none is warned about", () =>
    Effect.gen(function*() {
      const asked: Array<string> = []
      const { flattened } = ConfigProvider.fromMap(new Map())
      const provider = ConfigProvider.fromFlat({
        ...flattened,
        load: (path, ...rest) =>
          Effect.zipRight(Effect.sync(() => asked.push(path.join("_"))), flattened.load(path, ...rest))
      })
      const reads = [Settings.fromEnv, JindouyunConfig.fromEnv(RedisTokenStore.config)]
      yield* Effect.withConfigProvider(Effect.all(reads), provider)
      assert.includeMembers(asked, ["JINDOUYUN_STORE", "JINDOUYUN_REDIS_PREFIX", "JINDOUYUN_ENCRYPTION_KEY"])
      assert.includeMembers([...JindouyunConfig.variables], asked)
      assert.includeMembers([...JindouyunConfig.variables], Object.values(Settings.variables))
    }))

  it.effect("come from a flag before the environment, from there before the config file, and else by default", () =>
    Effect.gen(function*() {
      const { config, sources } = yield* Settings.merge({
        ...nothing,
        flags: { tokenName: "flag" },
        environment: { tokenName: "environment", maxAttempts: "7" },
        file: { tokenName: "file", maxAttempts: "9", tokenPlacement: "query" }
      })
      assert.strictEqual(config.tokenName, "flag")
      assert.strictEqual(config.maxAttempts, 7)
      assert.strictEqual(config.tokenPlacement, "query")
      assert.deepStrictEqual(sources.tokenName, { source: "flag", value: "flag" })
      assert.deepStrictEqual(sources.maxAttempts, { source: "environment", value: "7" })
      assert.deepStrictEqual(sources.tokenPlacement, { source: "config file", value: "query" })
      assert.deepStrictEqual(sources.cooldown, { source: "default", value: "1 second" })
    }))

  it.effect("keep the commas of return codes", () =>
    Effect.gen(function*() {
      const { config } = yield* Settings.merge({
        ...nothing,
        environment: { returnCodes: "41009=retry,40103=reauthenticate" }
      })
      assert.deepStrictEqual(config.returnCodes, { 41009: "retry", 40103: "reauthenticate" })
    }))

  it.effect("say which of the sources has the value that cannot be, and do not repeat it", () =>
    Effect.gen(function*() {
      const refused = (given: Partial<Parameters<typeof Settings.merge>[0]>) =>
        Effect.map(Effect.flip(Settings.merge({ ...nothing, ...given })), (error) => error.message)
      assert.match(yield* refused({ file: { maxAttempts: "seven" } }), /^maxAttempts cannot be read \(config file\)/)
      assert.match(yield* refused({ flags: { baseUrl: "http://example.com" } }), /^baseUrl .*\(flag\)/)
      assert.match(
        yield* refused({ environment: { maxAttempts: "seven" } }),
        /^maxAttempts \(environment: JINDOUYUN_MAX_ATTEMPTS\) cannot be read/
      )
      assert.match(
        yield* refused({ environment: { store: "shelf" } }),
        /^store \(environment: JINDOUYUN_STORE\) is unknown; expected file, redis, none$/
      )
      assert.match(yield* refused({ file: { store: "shelf" } }), /^store is unknown \(config file\); expected file/)
      assert.match(yield* refused({ flags: { username: " " } }), /^username is white space only \(flag\)/)
      assert.notInclude(yield* refused({ file: { maxAttempts: "seven" } }), "seven")
    }))

  it.effect("take account and platform from the last login where nothing else names them", () =>
    Effect.gen(function*() {
      const lastLogin = Option.some({ username: "user1", baseUrl: "http://127.0.0.1:8080" })
      const neither = yield* Settings.merge({ ...nothing, lastLogin })
      assert.deepStrictEqual(neither.username, Option.some({ source: "last login", value: "user1" }))
      assert.strictEqual(neither.config.baseUrl, "http://127.0.0.1:8080")
      const same = yield* Settings.merge({ ...nothing, lastLogin, flags: { username: "user1" } })
      assert.deepStrictEqual(same.username, Option.some({ source: "flag", value: "user1" }))
      assert.strictEqual(same.config.baseUrl, "http://127.0.0.1:8080")
    }))

  it.effect("know the platform of the last login by any spelling of its URL", () =>
    Effect.gen(function*() {
      const lastLogin = Option.some({ username: "user1", baseUrl: "http://localhost:8080/a" })
      for (
        const baseUrl of ["HTTP://LOCALHOST:8080/a/", "http://localhost:08080/b/../a", "http://localhost:8080/%61"]
      ) {
        const settings = yield* Settings.merge({ ...nothing, lastLogin, environment: { baseUrl } })
        assert.deepStrictEqual(settings.username, Option.some({ source: "last login", value: "user1" }), baseUrl)
        assert.strictEqual(settings.config.baseUrl, "http://localhost:8080/a")
      }
    }))

  it.effect("never give the last account to another platform, nor its platform to another account", () =>
    Effect.gen(function*() {
      const lastLogin = Option.some({ username: "user1", baseUrl: "http://127.0.0.1:8080" })
      const elsewhere = yield* Settings.merge({
        ...nothing,
        lastLogin,
        environment: { baseUrl: "https://example.com" }
      })
      assert.isTrue(Option.isNone(elsewhere.username))
      const other = yield* Settings.merge({ ...nothing, lastLogin, environment: { username: "user2" } })
      assert.strictEqual(other.config.baseUrl, "https://jdy.cigdata.cn")
    }))

  it("of a config file are JSON of any simple type, return codes an object too", () => {
    const file = Settings.fromFile(JSON.stringify({
      username: "user1",
      maxAttempts: 7,
      allowInsecureHttp: true,
      returnCodes: { 41009: "retry", 40103: "reauthenticate" },
      store: "none"
    }))
    assert.deepStrictEqual(Either.getOrThrow(file), {
      username: "user1",
      maxAttempts: "7",
      allowInsecureHttp: "true",
      returnCodes: "40103=reauthenticate,41009=retry",
      store: "none"
    })
  })

  it("of a config file are refused where they are none, and a secret in any case", () => {
    assert.match(problemOf(Settings.fromFile("{")), /^config file is not JSON$/)
    assert.match(problemOf(Settings.fromFile("[]")), /^config file is not a JSON object$/)
    assert.match(problemOf(Settings.fromFile("{\"user\":1}")), /has an unknown field: "user"$/)
    assert.match(problemOf(Settings.fromFile("{\"maxAttempts\":null}")), /has an invalid value: maxAttempts$/)
    for (
      const text of [
        "{\"username\":\"a\",\"username\":\"a\"}",
        "{\"returnCodes\":{\"41009\":\"retry\"},\"\\u0072eturnCodes\":{}}"
      ]
    ) {
      assert.match(problemOf(Settings.fromFile(text)), /^config file has the name "(username|returnCodes)" twice$/)
    }
    const secret = problemOf(Settings.fromFile("{\"password\":\"hunter2\"}"))
    assert.match(secret, /contains a secret; use the environment instead$/)
    assert.notInclude(secret, "hunter2")
  })

  it.each([
    "username:1285704473650888702",
    "username:1.0",
    "username:true",
    "username:{\"a\":\"b\"}",
    "tokenName:1e1",
    "store:0",
    "baseUrl:{\"https\":\"x\"}",
    "maxAttempts:9007199254740993",
    "requestTimeout:1e400",
    "requestTimeout:[1]",
    "returnCodes:{\"41009\":[\"retry\"]}",
    "returnCodes:{\"1=retry,2\":\"fatal\"}"
  ])("of a config file are refused where JSON or its type would change them: %s", (text) => {
    const [name = "", ...value] = text.split(":")
    assert.strictEqual(
      problemOf(Settings.fromFile(`{"${name}":${value.join(":")}}`)),
      `config file has an invalid value: ${name}`
    )
  })

  it.effect.each(["us\u001ber", "us\ner", "us\u0000er", "us\u009ber", "us\ufffder", "us\ud800er"])(
    "have no username that a terminal or JSON would change, from any source: %j",
    (username) =>
      Effect.gen(function*() {
        for (const source of ["flags", "environment", "file"] as const) {
          const error = yield* Effect.flip(Settings.merge({ ...nothing, [source]: { username } }))
          assert.strictEqual(error.setting, "username")
          assert.match(error.problem, /^has a control character or is not UTF-8/)
        }
        const lastLogin = Option.some({ username, baseUrl: "http://127.0.0.1:8080" })
        assert.strictEqual((yield* Effect.flip(Settings.merge({ ...nothing, lastLogin }))).setting, "username")
      })
  )

  it("of --set have a name and a value, which may have an equals sign", () => {
    assert.deepStrictEqual(Either.getOrThrow(Settings.fromFlag("returnCodes=41009=retry")), [
      "returnCodes",
      "41009=retry"
    ])
    assert.match(problemOf(Settings.fromFlag("earlyRefresh")), /is not name=value$/)
    assert.match(problemOf(Settings.fromFlag("nope=1")), /has an unknown name$/)
  })
})

describe("a variable of the environment", () => {
  const secrets = ["JINDOUYUN_PASSWORD", "JINDOUYUN_ENCRYPTION_KEY", "JINDOUYUN_PREVIOUS_ENCRYPTION_KEY"]
  const variables = [...Object.values(Settings.variables), ...secrets]

  const none = Option.none()
  const open = Session.open({ username: none, baseUrl: none, store: none, set: [], config: none }).pipe(
    Effect.either,
    Effect.provide(NodeFileSystem.layer)
  )

  const withEnvironment = (given: { readonly [variable: string]: string }) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const before = process.env
        process.env = { ...given, HOME: "/nonexistent" }
        return before
      }),
      (before) => Effect.sync(() => Object.assign(process, { env: before }))
    )

  it.scoped.each(variables)("of zero length is unset: %s", (variable) =>
    Effect.gen(function*() {
      yield* withEnvironment({})
      const unset = yield* open
      yield* withEnvironment({ [variable]: "" })
      assert.deepStrictEqual(yield* open, unset)
      assert.isTrue(Either.isRight(unset))
    }))

  it.scoped("that is not known is a warning that names the nearest one, and not the value", () =>
    Effect.gen(function*() {
      const logged: Array<string> = []
      const logger = Logger.make(({ message }) => void logged.push(String(message)))
      yield* withEnvironment({ JINDOUYUN_STORAGE: "secret", JINDOUYUN_STORE: "none" })
      assert.isTrue(Either.isRight(yield* Effect.provide(open, Logger.replace(Logger.defaultLogger, logger))))
      assert.deepStrictEqual(logged, [
        "the variable JINDOUYUN_STORAGE is not known and changes nothing; the nearest known one is JINDOUYUN_STORE"
      ])
    }))

  it.scoped.each(variables)("of white space only is an error that names it: %s", (variable) =>
    Effect.gen(function*() {
      yield* withEnvironment({ [variable]: " \t" })
      const error = Either.getOrThrow(Either.flip(yield* open))
      assert.deepInclude(error, { _tag: "InvalidConfiguration", variable, problem: "is white space only" })
    }))
})

describe("a setting is read by one rule from a flag, the environment and the config file", () => {
  const given = (name: Settings.Name) =>
    name === "username" ? "user1" : name === "store" ? "none" : JindouyunConfig.settings[name].default

  const sources = ["flags", "environment", "file"] as const

  const read = (source: typeof sources[number], name: Settings.Name, text: string | undefined) =>
    Effect.either(Effect.map(
      Settings.merge({ ...nothing, [source]: { [name]: text } }),
      ({ config, store, username }) => ({ config, store, username })
    ))

  const cases = Settings.names.flatMap((name) => sources.map((source) => ({ name, source })))

  it.effect.each(cases)("$name from $source", ({ name, source }) =>
    Effect.gen(function*() {
      const unset = yield* read(source, name, undefined)
      assert.deepStrictEqual(yield* read(source, name, ""), unset)
      for (const text of [" ", "\t\r\n", "\u3000", "\ufeff", "\ufeff \n"]) {
        const error = Either.getOrThrow(Either.flip(yield* read(source, name, text)))
        assert.strictEqual(error.setting, name)
        assert.match(error.problem, /^is white space only/)
      }
      const plain = yield* read(source, name, given(name))
      assert.isTrue(Either.isRight(plain))
      for (const [before, after] of [["\ufeff", ""], ["", "\n"], ["", "\r\n"], [" \t", " \u3000"]]) {
        assert.deepStrictEqual(yield* read(source, name, `${before}${given(name)}${after}`), plain)
      }
    }))
})

describe("the config file", () => {
  const open = (bytes: Uint8Array) =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* fs.makeTempDirectoryScoped()}/config.json`
      yield* fs.writeFile(path, bytes)
      const none = Option.none()
      return yield* Session.open({ username: none, baseUrl: none, store: none, set: [], config: Option.some(path) })
    }).pipe(Effect.provide(NodeFileSystem.layer))

  it.scoped("may begin with a byte order mark", () =>
    Effect.gen(function*() {
      const { settings } = yield* open(new TextEncoder().encode("\ufeff{\"maxAttempts\":7}\r\n"))
      assert.strictEqual(settings.config.maxAttempts, 7)
    }))

  it.scoped("is refused if it is not UTF-8", () =>
    Effect.gen(function*() {
      const latin1 = Uint8Array.from("{\"username\":\"J\u00fcrgen\"}", (char) => char.charCodeAt(0))
      const error = yield* Effect.flip(open(latin1))
      assert.match(error.message, /^config file is not UTF-8 \(.*config\.json\)/)
    }))

  it.scoped.each([
    "",
    "{",
    "[]",
    "{\"a\":1}",
    "{\"maxAttempts\":null}",
    "{\"password\":\"x\"}",
    "{\"store\":1,\"store\":2}"
  ])(
    "is named by its path if it is refused: %s",
    (text) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(open(new TextEncoder().encode(text)))
        assert.match(error.message, /^config file .* \(.*config\.json\)/)
      })
  )

  it.effect("of --config is the usual one for an empty path, and white space is no path", () =>
    Effect.gen(function*() {
      const none = Option.none()
      const given = { username: none, baseUrl: none, store: none, set: [] }
      const usual = yield* Session.open({ ...given, config: none })
      assert.deepStrictEqual((yield* Session.open({ ...given, config: Option.some("") })).configFile, usual.configFile)
      const error = yield* Effect.flip(Session.open({ ...given, config: Option.some(" \t") }))
      assert.match(error.message, /^--config is white space only/)
    }).pipe(Effect.provide(NodeFileSystem.layer)))
})
