import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { createCipheriv, createDecipheriv } from "node:crypto"
import * as Encryption from "../src/Encryption.js"
import * as JindouyunConfig from "../src/JindouyunConfig.js"
import { assertSame, renderings, withEnvironment } from "./utils.js"

const bytesOf = (byte: number) => Buffer.alloc(32, byte)
const keyOf = (byte: number) => Redacted.make(bytesOf(byte).toString("base64"))
const text = "密码 pass1"
const context = "account 1"

describe("Encryption", () => {
  it.effect("decrypts what it has encrypted, in the same context", () =>
    Effect.gen(function*() {
      const { decrypt, encrypt } = yield* Encryption.make({ encryptionKey: keyOf(1) })
      const encrypted = yield* encrypt(text, context)
      assertSame(yield* decrypt(encrypted, context), Option.some(text))
      assertSame(yield* decrypt(encrypted, "account 2"), Option.none())
    }))

  it.effect("is AES-256-GCM with the context as authenticated data and the tag at the end", () =>
    Effect.gen(function*() {
      const { decrypt, encrypt } = yield* Encryption.make({ encryptionKey: keyOf(1) })
      const iv = Buffer.alloc(12, 7)
      const cipher = createCipheriv("aes-256-gcm", bytesOf(1), iv).setAAD(Buffer.from(context))
      const foreign = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()])
      assertSame(yield* decrypt({ iv, encrypted: foreign }, context), Option.some(text))
      const own = yield* encrypt(text, context)
      const decipher = createDecipheriv("aes-256-gcm", bytesOf(1), own.iv).setAAD(Buffer.from(context))
      decipher.setAuthTag(own.encrypted.subarray(-16))
      assert.strictEqual(decipher.update(own.encrypted.subarray(0, -16)).toString() + decipher.final("utf8"), text)
    }))

  it.effect("uses a new nonce for each text and shows nothing of the text", () =>
    Effect.gen(function*() {
      const { encrypt } = yield* Encryption.make({ encryptionKey: keyOf(1) })
      const [one, other] = yield* Effect.all([encrypt(text, context), encrypt(text, context)])
      assert.notDeepEqual(one.iv, other.iv)
      assert.notDeepEqual(one.encrypted, other.encrypted)
      assert.notInclude(Buffer.from(one.encrypted).toString("utf8"), "pass1")
    }))

  it.effect("decrypts with the previous key and encrypts with the present one", () =>
    Effect.gen(function*() {
      const before = yield* Encryption.make({ encryptionKey: keyOf(1) })
      const after = yield* Encryption.make({ encryptionKey: keyOf(2), previousEncryptionKey: keyOf(1) })
      assertSame(yield* after.decrypt(yield* before.encrypt(text, context), context), Option.some(text))
      assertSame(yield* before.decrypt(yield* after.encrypt(text, context), context), Option.none())
    }))

  it.effect("does not decrypt a text of which a bit was changed", () =>
    Effect.gen(function*() {
      const { decrypt, encrypt } = yield* Encryption.make({ encryptionKey: keyOf(1) })
      const encrypted = yield* encrypt(text, context)
      for (let index = 0; index < encrypted.encrypted.length; index++) {
        const changed = encrypted.encrypted.map((byte, at) => at === index ? byte ^ 1 : byte)
        assertSame(yield* decrypt({ ...encrypted, encrypted: changed }, context), Option.none())
      }
    }))

  it.effect("is written in base64", () =>
    Effect.gen(function*() {
      const { encrypt } = yield* Encryption.make({ encryptionKey: keyOf(1) })
      const encrypted = yield* encrypt(text, context)
      const written = Schema.encodeSync(Encryption.Encrypted)(encrypted)
      assert.deepStrictEqual(written, {
        iv: Buffer.from(encrypted.iv).toString("base64"),
        encrypted: Buffer.from(encrypted.encrypted).toString("base64")
      })
    }))
})

describe("keys", () => {
  it.effect.each<[string, string]>([
    ["that are empty", ""],
    ["that are no base64", "CANARY"],
    ["that are too short", Buffer.alloc(16, 1).toString("base64")],
    ["that are too long", Buffer.alloc(33, 1).toString("base64")]
  ])("%s are rejected by name and not repeated", ([, text]) =>
    Effect.gen(function*() {
      const key = Redacted.make(text)
      for (
        const [setting, keys] of [
          ["encryptionKey", { encryptionKey: key }],
          ["previousEncryptionKey", { encryptionKey: keyOf(1), previousEncryptionKey: key }]
        ] as const
      ) {
        const error = yield* Effect.flip(Encryption.make(keys))
        assert.strictEqual(error._tag, "InvalidConfiguration")
        assert.strictEqual(error.setting, setting)
        assert.include(error.message, "openssl rand -base64 32")
        assert.isFalse(text !== "" && renderings(error).includes(text))
      }
    }))

  it.scoped("come from the environment", () =>
    Effect.gen(function*() {
      yield* withEnvironment({})
      const none = yield* JindouyunConfig.fromEnv(Encryption.config)
      assert.deepStrictEqual(none, { encryptionKey: undefined, previousEncryptionKey: undefined })
      yield* withEnvironment({
        JINDOUYUN_ENCRYPTION_KEY: Redacted.value(keyOf(1)),
        JINDOUYUN_PREVIOUS_ENCRYPTION_KEY: Redacted.value(keyOf(2))
      })
      const keys = yield* JindouyunConfig.fromEnv(Encryption.config)
      assert.deepStrictEqual(keys, { encryptionKey: keyOf(1), previousEncryptionKey: keyOf(2) })
      assert.notInclude(renderings(keys), Redacted.value(keyOf(1)))
    }))
})
