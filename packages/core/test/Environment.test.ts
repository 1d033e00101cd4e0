import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Credentials from "../src/Credentials.js"
import * as Encryption from "../src/Encryption.js"
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

const keys = JindouyunConfig.fromEnv(Encryption.config)

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
      assert.include(error.hint.zh, variable)
    }))
})
