/**
 * Encryption of what is stored: AES-256-GCM by the Web Crypto of the runtime, with key rotation.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { problemOfSecret, reveal } from "./internal/redact.js"
import { InvalidConfiguration } from "./JindouyunError.js"

/**
 * The keys: 32 random bytes each, in base64 (`openssl rand -base64 32`). The present key encrypts; the previous key still
 * decrypts what it has encrypted.
 *
 * @since 0.1.0
 * @category models
 */
export interface Keys {
  readonly encryptionKey?: Redacted.Redacted | undefined
  readonly previousEncryptionKey?: Redacted.Redacted | undefined
}

/**
 * Encrypts and decrypts texts. The context, the name of an account for example, is authenticated with the text: a text
 * that is moved to another context does not decrypt.
 *
 * @since 0.1.0
 * @category models
 */
export interface Encryption {
  readonly encrypt: (text: string, context: string) => Effect.Effect<Encrypted>
  /** None if the text was encrypted with another key or for another context, or was changed. */
  readonly decrypt: (encrypted: Encrypted, context: string) => Effect.Effect<Option.Option<string>>
}

/**
 * An encrypted text, with the nonce that is new for each.
 *
 * @since 0.1.0
 * @category models
 */
export type Encrypted = typeof Encrypted.Type

/**
 * Writes an encrypted text in base64.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Encrypted = /*#__PURE__*/ Schema.Struct({
  iv: Schema.Uint8ArrayFromBase64,
  encrypted: Schema.Uint8ArrayFromBase64
})

/**
 * Imports the keys, which fails if one of them is not 32 bytes in base64.
 *
 * @example
 * ```ts
 * import * as Encryption from "@jindouyun/core/Encryption"
 * import * as Effect from "effect/Effect"
 * import * as Option from "effect/Option"
 * import type * as Redacted from "effect/Redacted"
 *
 * // Encrypts with the new key what was encrypted with the previous key, for the same context.
 * export const rotated = (
 *   keys: { readonly encryptionKey: Redacted.Redacted; readonly previousEncryptionKey: Redacted.Redacted },
 *   encrypted: Encryption.Encrypted
 * ) =>
 *   Effect.gen(function*() {
 *     const { decrypt, encrypt } = yield* Encryption.make(keys)
 *     const text = yield* decrypt(encrypted, "password of user1")
 *     return Option.isSome(text) ? yield* encrypt(text.value, "password of user1") : encrypted
 *   })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  { encryptionKey, previousEncryptionKey }: Keys & { readonly encryptionKey: Redacted.Redacted }
): Effect.Effect<Encryption, InvalidConfiguration> =>
  Effect.gen(function*() {
    const present = yield* importKey("encryptionKey", encryptionKey)
    const keys = previousEncryptionKey === undefined
      ? [present]
      : [present, yield* importKey("previousEncryptionKey", previousEncryptionKey)]
    return {
      encrypt: (text, context) =>
        Effect.promise(async () => {
          const iv = globalThis.crypto.getRandomValues(new Uint8Array(12))
          const bytes = await globalThis.crypto.subtle.encrypt(parameters(iv, context), present, utf8.encode(text))
          return { iv, encrypted: new Uint8Array(bytes) }
        }),
      decrypt: ({ encrypted, iv }, context) =>
        Effect.option(Effect.firstSuccessOf(keys.map((key) =>
          Effect.tryPromise(async () =>
            new TextDecoder().decode(
              await globalThis.crypto.subtle.decrypt(parameters(iv, context), key, owned(encrypted))
            )
          )
        )))
    }
  })

/**
 * The keys from a `Config`; the environment calls them `JINDOUYUN_ENCRYPTION_KEY` and `JINDOUYUN_PREVIOUS_ENCRYPTION_KEY`.
 *
 * @since 0.1.0
 * @category config
 */
export const config: Config.Config<Keys> = /*#__PURE__*/ Config.suspend(() =>
  Config.all({
    encryptionKey: Config.withDescription(
      Config.withDefault(Config.redacted("encryptionKey"), undefined),
      "The key that encrypts what a store keeps, 32 bytes in base64"
    ),
    previousEncryptionKey: Config.withDescription(
      Config.withDefault(Config.redacted("previousEncryptionKey"), undefined),
      "The key before it, which still opens what it has encrypted"
    )
  })
)

const utf8 = new TextEncoder()

// Web Crypto takes bytes on an `ArrayBuffer` only.
const owned = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes)

const parameters = (iv: Uint8Array, context: string): AesGcmParams => ({
  name: "AES-GCM",
  iv: owned(iv),
  additionalData: utf8.encode(context)
})

/** The 32 bytes of a key. */
const bytesOf = (key: Redacted.Redacted): Option.Option<Uint8Array<ArrayBuffer>> =>
  reveal(key).pipe(
    Option.flatMap((text) => Either.getRight(Encoding.decodeBase64(text.trim()))),
    Option.filter((bytes) => bytes.length === 32),
    Option.map(owned)
  )

const importKey = (setting: keyof Keys, key: Redacted.Redacted): Effect.Effect<CryptoKey, InvalidConfiguration> => {
  const invalid = () =>
    new InvalidConfiguration({
      setting,
      variable: setting === "encryptionKey" ? "JINDOUYUN_ENCRYPTION_KEY" : "JINDOUYUN_PREVIOUS_ENCRYPTION_KEY",
      problem: problemOfSecret(key) ?? "is no key",
      expected: "32 bytes in base64, as openssl rand -base64 32 prints them"
    })
  return Option.match(bytesOf(key), {
    onNone: () => Effect.fail(invalid()),
    onSome: (bytes) =>
      Effect.tryPromise({
        try: () => globalThis.crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]),
        catch: invalid
      })
  })
}
