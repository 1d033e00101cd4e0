import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Credentials from "../src/Credentials.js"
import { fromEnv } from "../src/JindouyunConfig.js"
import { CredentialsUnavailable } from "../src/JindouyunError.js"
import { configFailures } from "./edition/configFailures.js"
import * as Providers from "./edition/providers.js"
import { renderings, withEnvironment } from "./utils.js"

const password = Redacted.make("CANARY-password")

const service = <E, R>(layer: Layer.Layer<Credentials.Credentials, E, R>) =>
  Effect.provide(Credentials.Credentials, layer)

const plain = ({ password, username }: Credentials.UsernamePassword) => [username, Redacted.value(password)]

const own = { username: Config.string("JDY_USER"), password: Config.redacted("JDY_PASS") }

/** A provider of configs whose values a test changes under the feet of the layer. */
const changing = (values: Record<string, string>) => {
  const map = new Map(Object.entries(values))
  return { provider: Providers.changing(map), map }
}

class VaultSealed extends Data.TaggedError("VaultSealed")<{ readonly path: string }> {}

describe("Credentials", () => {
  describe("layer", () => {
    it.effect("gives what it was given, under the username as the account", () =>
      Effect.gen(function*() {
        const { account, current } = yield* service(Credentials.layer({ username: "user1", password }))
        assert.strictEqual(account, "user1")
        assert.deepStrictEqual(plain(yield* current), ["user1", "CANARY-password"])
      }))

    it.effect.each(
      [
        ["username", "", "CANARY"],
        ["username", "  ", "CANARY"],
        ["password", "user1", ""]
      ] as const
    )("an empty %s is refused when the layer is built: %j, %j", ([setting, username, text]) =>
      Effect.gen(function*() {
        const layer = Credentials.layer({ username, password: Redacted.make(text) })
        const error = yield* Effect.flip(service(layer))
        assert.strictEqual(error._tag, "InvalidConfiguration")
        assert.strictEqual(error.setting, setting)
        assert.include(error.message, setting)
        assert.isNotEmpty(error.expected)
        assert.notInclude(renderings(error), "CANARY")
      }))

    it.effect("no rendering of them shows the password", () =>
      Effect.gen(function*() {
        const { current } = yield* service(Credentials.layer({ username: "user1", password }))
        assert.notInclude(renderings(yield* current), "CANARY")
      }))
  })

  describe("layerConfig", () => {
    it.effect("reads configs of the user's own naming", () =>
      Effect.gen(function*() {
        const { provider } = changing({ JDY_USER: "user1", JDY_PASS: "pass1" })
        const { account, current } = yield* Effect.withConfigProvider(service(Credentials.layerConfig(own)), provider)
        assert.strictEqual(account, "user1")
        assert.deepStrictEqual(plain(yield* current), ["user1", "pass1"])
      }))

    it.effect("reads them at each use, from the provider it was built with, under one account", () =>
      Effect.gen(function*() {
        const { map, provider } = changing({ JDY_USER: "user1", JDY_PASS: "pass1" })
        const { account, current } = yield* Effect.withConfigProvider(service(Credentials.layerConfig(own)), provider)
        map.set("JDY_PASS", "pass2").set("JDY_USER", "user2")
        assert.deepStrictEqual(plain(yield* current), ["user2", "pass2"])
        map.set("JDY_PASS", "pass3")
        assert.deepStrictEqual(plain(yield* current), ["user2", "pass3"])
        assert.strictEqual(account, "user1")
      }))

    it.effect.each(
      [
        ["JDY_USER", { JDY_PASS: "CANARY" }],
        ["JDY_PASS", { JDY_USER: "CANARY" }],
        ["username", { JDY_USER: "", JDY_PASS: "CANARY" }],
        ["password", { JDY_USER: "CANARY", JDY_PASS: "" }]
      ] as const
    )("refuses to be built, naming %s and no value: %j", ([name, values]) =>
      Effect.gen(function*() {
        const { provider } = changing(values)
        const error = yield* Effect.flip(
          Effect.withConfigProvider(service(Credentials.layerConfig(own)), provider)
        )
        assert.strictEqual(error._tag, "InvalidConfiguration")
        assert.include(error.message, name)
        assert.notInclude(renderings(error), "CANARY")
      }))

    it.effect.each(
      [
        ["JDY_USER", { JDY_PASS: "CANARY" }, "JDY_USER is missing; expected the username of a developer account"],
        ["JDY_PASS", { JDY_USER: "CANARY" }, "JDY_PASS is missing; expected the password of a developer account"]
      ] as const
    )("names what is expected of a missing value: %s", ([, values, message]) =>
      Effect.gen(function*() {
        const { provider } = changing(values)
        const error = yield* Effect.flip(Effect.withConfigProvider(service(Credentials.layerConfig(own)), provider))
        assert.strictEqual(error.message, message)
      }))

    it.effect("takes one config of both", () =>
      Effect.gen(function*() {
        const { provider } = changing({ JDY_USER: "user1", JDY_PASS: "pass1" })
        const { current } = yield* Effect.withConfigProvider(
          service(Credentials.layerConfig(Config.all(own))),
          provider
        )
        assert.deepStrictEqual(plain(yield* current), ["user1", "pass1"])
      }))

    it.effect("values that vanish or become empty later are CredentialsUnavailable", () =>
      Effect.gen(function*() {
        const { map, provider } = changing({ JDY_USER: "user1", JDY_PASS: "CANARY" })
        const { current } = yield* Effect.withConfigProvider(service(Credentials.layerConfig(own)), provider)
        map.delete("JDY_PASS")
        const gone = yield* Effect.flip(current)
        assert.strictEqual(gone._tag, "CredentialsUnavailable")
        assert.include(gone.message, "JDY_PASS")
        map.set("JDY_PASS", "")
        const empty = yield* Effect.flip(current)
        assert.strictEqual(empty._tag, "CredentialsUnavailable")
        assert.notInclude(renderings([gone, empty]), "CANARY")
      }))
  })

  describe("layerFromEnv", () => {
    it.scoped("reads JINDOUYUN_USERNAME and JINDOUYUN_PASSWORD at each use", () =>
      Effect.gen(function*() {
        yield* withEnvironment({ JINDOUYUN_USERNAME: "user1", JINDOUYUN_PASSWORD: "pass1" })
        const { account, current } = yield* service(Credentials.layerFromEnv)
        assert.strictEqual(account, "user1")
        assert.deepStrictEqual(plain(yield* current), ["user1", "pass1"])
        yield* withEnvironment({ JINDOUYUN_USERNAME: "user1", JINDOUYUN_PASSWORD: "pass2" })
        assert.deepStrictEqual(plain(yield* current), ["user1", "pass2"])
      }))

    it.scoped.each(["a,b", ",", " blanks ", "a;b=c", "\"quoted\"", "p%61ss", "密码"])(
      "takes the password to the byte: %j",
      (text) =>
        Effect.gen(function*() {
          yield* withEnvironment({ JINDOUYUN_USERNAME: "user1", JINDOUYUN_PASSWORD: text })
          const { current } = yield* service(Credentials.layerFromEnv)
          assert.deepStrictEqual(plain(yield* current), ["user1", text])
        })
    )

    it.scoped("takes a username with a comma as it is", () =>
      Effect.gen(function*() {
        yield* withEnvironment({ JINDOUYUN_USERNAME: "user,1", JINDOUYUN_PASSWORD: "pass1" })
        const { current } = yield* service(Credentials.layerFromEnv)
        assert.deepStrictEqual(plain(yield* current), ["user,1", "pass1"])
      }))

    it.scoped.each(
      [
        ["JINDOUYUN_USERNAME", "username", { JINDOUYUN_PASSWORD: "CANARY" }],
        ["JINDOUYUN_USERNAME", "username", { JINDOUYUN_USERNAME: "", JINDOUYUN_PASSWORD: "CANARY" }],
        ["JINDOUYUN_PASSWORD", "password", { JINDOUYUN_USERNAME: "CANARY" }],
        ["JINDOUYUN_PASSWORD", "password", { JINDOUYUN_USERNAME: "CANARY", JINDOUYUN_PASSWORD: "" }]
      ] as const
    )(
      "refuses to be built without %s, says what would be right, and no value",
      ([variable, name, values]) =>
        Effect.gen(function*() {
          yield* withEnvironment(values)
          const error = yield* Effect.flip(service(Credentials.layerFromEnv))
          assert.strictEqual(error._tag, "InvalidConfiguration")
          assert.strictEqual(error.variable, variable)
          assert.strictEqual(error.setting, name)
          assert.include(error.expected, `the ${name} of a developer account`)
          assert.notInclude(renderings(error), "CANARY")
        })
    )
  })

  describe("layerEffect", () => {
    it.effect("runs the effect anew at each use, and not when it is built", () =>
      Effect.gen(function*() {
        let runs = 0
        const { account, current } = yield* service(Credentials.layerEffect(
          Effect.sync(() => ({ username: "user1", password: Redacted.make(`pass${++runs}`) }))
        ))
        assert.strictEqual(runs, 0)
        assert.strictEqual(account, "default")
        assert.deepStrictEqual(plain(yield* current), ["user1", "pass1"])
        assert.deepStrictEqual(plain(yield* current), ["user1", "pass2"])
      }))

    it.effect("takes the name of the account, and what the effect needs when the layer is built", () =>
      Effect.gen(function*() {
        class Vault extends Context.Tag("Vault")<Vault, string>() {}
        const layer = Credentials.layerEffect(
          Effect.map(Vault, (text) => ({ username: "user1", password: Redacted.make(text) })),
          { account: "tenant-7" }
        )
        const { account, current } = yield* service(Layer.provide(layer, Layer.succeed(Vault, "from the vault")))
        assert.strictEqual(account, "tenant-7")
        assert.deepStrictEqual(plain(yield* current), ["user1", "from the vault"])
      }))

    it.effect.each<[string, Effect.Effect<never, unknown>]>([
      ["a tagged failure", Effect.fail(new VaultSealed({ path: "CANARY" }))],
      ["a failure that is an Error", Effect.fail(new Cause.UnknownException("CANARY", "CANARY"))],
      ["a failure that is text", Effect.fail("CANARY")],
      ["a failure that is an object", Effect.fail({ password: "CANARY" })],
      ["a defect that is an Error", Effect.die(new TypeError("CANARY"))],
      ["a defect that is text", Effect.die("CANARY")],
      ["a defect that is a tagged value", Effect.die(new VaultSealed({ path: "CANARY" }))],
      [
        "a throw",
        Effect.sync(() => {
          throw new Error("CANARY")
        })
      ],
      ["an interruption of its own", Effect.interrupt]
    ])("%s is CredentialsUnavailable, and its content is dropped", ([, current]) =>
      Effect.gen(function*() {
        const { current: read } = yield* service(Credentials.layerEffect(current))
        const exit = yield* Effect.exit(read)
        assert.isTrue(Exit.isFailure(exit))
        assert.notInclude(renderings(exit), "CANARY")
        const error = yield* Effect.flip(read)
        assert.strictEqual(error._tag, "CredentialsUnavailable")
        assert.isNotEmpty(error.detail)
        assert.strictEqual(error.delivery, "unsent")
        assert.strictEqual(error.disposition, "retry")
        assert.notInclude(renderings(error), "CANARY")
      }))

    it.effect("leaves a failure alone that says already that there are none", () =>
      Effect.gen(function*() {
        const failure = new CredentialsUnavailable({ detail: "the vault is encrypted until nine" })
        const { current } = yield* service(Credentials.layerEffect(Effect.fail(failure)))
        assert.strictEqual(yield* Effect.flip(current), failure)
      }))

    it.effect("names the tag of the failure", () =>
      Effect.gen(function*() {
        const { current } = yield* service(Credentials.layerEffect(Effect.fail(new VaultSealed({ path: "x" }))))
        assert.include((yield* Effect.flip(current)).detail, "VaultSealed")
      }))

    it.effect.each<readonly [string, Effect.Effect<Credentials.UsernamePassword, unknown>, string]>([
      ...configFailures,
      [
        "a variable of the library",
        fromEnv(Config.all({ username: Config.string("username"), password: Config.redacted("password") })),
        "InvalidConfiguration: JINDOUYUN_USERNAME is missing"
      ]
    ])(
      "names the paths of a ConfigError and their problems, and no value: %s",
      ([, current, detail]) =>
        Effect.gen(function*() {
          const service = yield* Credentials.make(current)
          const error = yield* Effect.flip(service.current)
          assert.strictEqual(error.detail, detail)
          assert.notInclude(renderings(error), "CANARY")
        }).pipe(Effect.withConfigProvider(ConfigProvider.fromMap(new Map())))
    )

    it.effect.each(
      [
        ["username", { username: "", password }],
        ["password", { username: "CANARY", password: Redacted.make("") }]
      ] as const
    )("an empty %s is CredentialsUnavailable", ([name, credentials]) =>
      Effect.gen(function*() {
        const { current } = yield* service(Credentials.layerEffect(Effect.succeed(credentials)))
        const error = yield* Effect.flip(current)
        assert.strictEqual(error._tag, "CredentialsUnavailable")
        assert.include(error.message, name)
        assert.notInclude(renderings(error), "CANARY")
      }))
  })
})
