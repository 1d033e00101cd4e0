import type * as FileSystem from "@effect/platform/FileSystem"
import { InvalidConfiguration, StoreFailure } from "@jindouyun/core/JindouyunError"
import type * as TokenRecord from "@jindouyun/core/TokenRecord"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as files from "./files.js"
import type { Places } from "./Places.js"

/**
 * What `login --remember` keeps: the password of an account, encrypted with AES-256-GCM and the key of the environment. The
 * account is part of what is encrypted.
 *
 * @internal
 */
export const remember = (
  { key, keys, password, places }: Kept & { readonly password: Redacted.Redacted }
): Effect.Effect<void, InvalidConfiguration | StoreFailure, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    if (keys.encryptionKey === undefined) {
      return yield* withoutKey
    }
    const encrypting = yield* importKey("encryptionKey", keys.encryptionKey)
    const text = yield* Effect.tryPromise({
      try: async () => {
        const iv = globalThis.crypto.getRandomValues(new Uint8Array(12))
        const encrypted = await globalThis.crypto.subtle.encrypt(
          parameters(key, iv),
          encrypting,
          utf8.encode(Redacted.value(password))
        )
        return JSON.stringify({
          version,
          iv: Encoding.encodeBase64(iv),
          encrypted: Encoding.encodeBase64(new Uint8Array(encrypted))
        })
      },
      catch: () => new StoreFailure({ operation: "save", detail: "the password could not be encrypted" })
    })
    yield* files.write(places.passwords, fileOf(places, key), text)
  })

/**
 * The password that was kept, if there is one that the key opens.
 *
 * @internal
 */
export const recall = (
  { key, keys, places }: Kept
): Effect.Effect<Option.Option<Redacted.Redacted>, InvalidConfiguration | StoreFailure, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const text = yield* files.read(fileOf(places, key))
    if (Option.isNone(text) || keys.encryptionKey === undefined) {
      return Option.none()
    }
    const written = Schema.decodeOption(Encrypted)(text.value)
    const openers = [yield* importKey("encryptionKey", keys.encryptionKey)]
    if (keys.previousEncryptionKey !== undefined) {
      openers.push(yield* importKey("previousEncryptionKey", keys.previousEncryptionKey))
    }
    return yield* Option.match(written, {
      onNone: () => Effect.succeedNone,
      onSome: ({ iv, encrypted }) =>
        Effect.option(Effect.firstSuccessOf(openers.map((opener) =>
          Effect.tryPromise(async () =>
            Redacted.make(
              new TextDecoder().decode(
                await globalThis.crypto.subtle.decrypt(parameters(key, iv), opener, new Uint8Array(encrypted))
              )
            )
          )
        )))
    })
  })

/** @internal */
export const isKept = ({ key, places }: Pick<Kept, "key" | "places">): Effect.Effect<
  boolean,
  StoreFailure,
  FileSystem.FileSystem
> => Effect.map(files.read(fileOf(places, key)), Option.isSome)

/** @internal */
export const forget = (
  { key, places }: Pick<Kept, "key" | "places">
): Effect.Effect<void, StoreFailure, FileSystem.FileSystem> => files.remove(fileOf(places, key))

/**
 * Where a password would be kept.
 *
 * @internal
 */
export interface Kept {
  readonly places: Places
  readonly keys: TokenRecord.Keys
  readonly key: string
}

/** @internal */
export const withoutKey: Effect.Effect<never, InvalidConfiguration> = Effect.failSync(() =>
  new InvalidConfiguration({
    setting: "encryptionKey",
    variable: "JINDOUYUN_ENCRYPTION_KEY",
    problem: "is not set, and without it --remember would keep the password for everybody to read",
    expected: keyForm
  })
)

const version = 1

const keyForm = "32 bytes in base64, as openssl rand -base64 32 prints them"

const Encrypted = Schema.parseJson(Schema.Struct({
  version: Schema.Literal(version),
  iv: Schema.Uint8ArrayFromBase64,
  encrypted: Schema.Uint8ArrayFromBase64
}))

const fileOf = (places: Places, key: string): string => `${places.passwords}/${key}.json`

const utf8 = new TextEncoder()

const parameters = (key: string, iv: Uint8Array): AesGcmParams => ({
  name: "AES-GCM",
  iv: new Uint8Array(iv),
  additionalData: utf8.encode(`jindouyun password ${key}`)
})

const importKey = (
  setting: "encryptionKey" | "previousEncryptionKey",
  key: Redacted.Redacted
): Effect.Effect<CryptoKey, InvalidConfiguration> => {
  const refused = new InvalidConfiguration({
    setting,
    variable: setting === "encryptionKey" ? "JINDOUYUN_ENCRYPTION_KEY" : "JINDOUYUN_PREVIOUS_ENCRYPTION_KEY",
    problem: "is no key",
    expected: keyForm
  })
  return Effect.flatMap(
    Either.mapLeft(Encoding.decodeBase64(Redacted.value(key).trim()), () => refused),
    (bytes) =>
      bytes.length !== 32 ? Effect.fail(refused) : Effect.tryPromise({
        try: () =>
          globalThis.crypto.subtle.importKey("raw", new Uint8Array(bytes), "AES-GCM", false, ["encrypt", "decrypt"]),
        catch: () => refused
      })
  )
}
