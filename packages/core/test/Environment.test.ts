import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Credentials from "../src/Credentials.js"
import * as Encryption from "../src/Encryption.js"
import * as Hint from "../src/Hint.js"
import * as JindouyunConfig from "../src/JindouyunConfig.js"
import type { InvalidConfiguration } from "../src/JindouyunError.js"
import { withEnvironment } from "./utils.js"

interface Row {
  readonly setting: string
  readonly variable: string
  readonly read: Effect.Effect<unknown, InvalidConfiguration>
}

const account = { JINDOUYUN_USERNAME: "user1", JINDOUYUN_PASSWORD: "pass1" }

const settings = Effect.provide(JindouyunConfig.JindouyunConfig, JindouyunConfig.layerFromEnv())

const credentials = Credentials.Credentials.pipe(
  Effect.flatMap(({ current }) => current),
  Effect.map(({ password, username }) => [username, Redacted.value(password)]),
  Effect.provide(Credentials.layerFromEnv),
  Effect.catchTag("CredentialsUnavailable", Effect.die)
)

const key = Buffer.alloc(32, 7).toString("base64")

const keys = Effect.map(
  JindouyunConfig.fromEnv(Encryption.config),
  (keys) => Object.values(keys).map((key) => key === undefined ? key : Redacted.value(key))
)

/** Every variable that core reads. */
const rows: ReadonlyArray<Row> = [
  ...Object.entries(JindouyunConfig.settings).map(([setting, { variable }]) => ({ setting, variable, read: settings })),
  { setting: "username", variable: "JINDOUYUN_USERNAME", read: credentials },
  { setting: "password", variable: "JINDOUYUN_PASSWORD", read: credentials },
  { setting: "encryptionKey", variable: "JINDOUYUN_ENCRYPTION_KEY", read: keys },
  { setting: "previousEncryptionKey", variable: "JINDOUYUN_PREVIOUS_ENCRYPTION_KEY", read: keys }
]

const blanks = [["a space", " "], ["a tab and a line end", "\t\r\n"], ["an ideographic space", "\u3000"]] as const

describe("a variable of zero length is unset", () => {
  it.scoped.each(rows)("$variable", ({ read, variable }) =>
    Effect.gen(function*() {
      const others = Object.fromEntries(Object.entries(account).filter(([name]) => name !== variable))
      yield* withEnvironment(others)
      const unset = yield* Effect.either(read)
      yield* withEnvironment({ ...others, [variable]: "" })
      assert.deepStrictEqual(yield* Effect.either(read), unset)
    }))
})

describe("a variable of white space only is an error that names it", () => {
  const cases = rows.flatMap((row) => blanks.map(([name, text]) => ({ ...row, name, text })))

  it.scoped.each(cases)("$variable: $name", ({ read, setting, text, variable }) =>
    Effect.gen(function*() {
      yield* withEnvironment({ ...account, [variable]: text })
      const error = Either.getOrThrow(Either.flip(yield* Effect.either(read)))
      assert.strictEqual(error._tag, "InvalidConfiguration")
      assert.strictEqual(error.setting, setting)
      assert.strictEqual(error.variable, variable)
      assert.strictEqual(error.problem, "is white space only")
      assert.include(error.message, variable)
      assert.include(Hint.of(error).zh, variable)
    }))
})

describe("a variable is read without a byte order mark and without white space around it", () => {
  const given = (variable: string, setting: string) =>
    ({ ...account, JINDOUYUN_ENCRYPTION_KEY: key, JINDOUYUN_PREVIOUS_ENCRYPTION_KEY: key }[variable])
      ?? JindouyunConfig.settings[setting as keyof JindouyunConfig.Options].default
  const forms = [
    ["a byte order mark", "\ufeff", ""],
    ["a line end", "", "\n"],
    ["the line end of Windows", "", "\r\n"],
    ["white space", " \t", " \u3000"]
  ] as const
  const cases = rows.flatMap((row) => forms.map(([name, before, after]) => ({ ...row, name, before, after })))

  it.scoped.each(cases)("$variable: $name", ({ after, before, read, setting, variable }) =>
    Effect.gen(function*() {
      const text = given(variable, setting)
      yield* withEnvironment({ ...account, [variable]: text })
      const plain = yield* read
      yield* withEnvironment({ ...account, [variable]: `${before}${text}${after}` })
      // White space is part of a password.
      assert.deepStrictEqual(
        yield* read,
        variable === "JINDOUYUN_PASSWORD" ? ["user1", `${before.replace("\ufeff", "")}pass1${after}`] : plain
      )
    }))
})
