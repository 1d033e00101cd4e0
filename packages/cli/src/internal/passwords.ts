import type * as FileSystem from "@effect/platform/FileSystem"
import * as Encryption from "@jindouyun/core/Encryption"
import { InvalidConfiguration, type StoreFailure } from "@jindouyun/core/JindouyunError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as files from "./files.js"
import type { Places } from "./Places.js"

/**
 * Stores the password of an account for `login --remember`, encrypted with the key of the environment.
 *
 * @internal
 */
export const remember = (
  { key, keys, password, places }: Kept & { readonly password: Redacted.Redacted }
): Effect.Effect<void, InvalidConfiguration | StoreFailure, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const { encryptionKey, previousEncryptionKey } = keys
    if (encryptionKey === undefined) {
      return yield* withoutKey
    }
    const { encrypt } = yield* Encryption.make({ encryptionKey, previousEncryptionKey })
    const encrypted = yield* encrypt(Redacted.value(password), contextOf(key))
    yield* files.write(places.passwords, fileOf(places, key), Schema.encodeSync(Encrypted)({ version, ...encrypted }))
  })

/**
 * The remembered password, if the keys can decrypt it.
 *
 * @internal
 */
export const recall = (
  { key, keys, places }: Kept
): Effect.Effect<Option.Option<Redacted.Redacted>, InvalidConfiguration | StoreFailure, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const { encryptionKey, previousEncryptionKey } = keys
    const text = yield* files.read(fileOf(places, key))
    if (Option.isNone(text) || encryptionKey === undefined) {
      return Option.none()
    }
    const { decrypt } = yield* Encryption.make({ encryptionKey, previousEncryptionKey })
    return yield* Option.match(Schema.decodeOption(Encrypted)(text.value), {
      onNone: () => Effect.succeedNone,
      onSome: (encrypted) => Effect.map(decrypt(encrypted, contextOf(key)), Option.map(Redacted.make))
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
 * The place and the keys of a remembered password.
 *
 * @internal
 */
export interface Kept {
  readonly places: Places
  readonly keys: Encryption.Keys
  readonly key: string
}

/** @internal */
export const withoutKey: Effect.Effect<never, InvalidConfiguration> = Effect.failSync(() =>
  new InvalidConfiguration({
    setting: "encryptionKey",
    variable: "JINDOUYUN_ENCRYPTION_KEY",
    problem: "is not set; without it, --remember would store the password in plain text",
    expected: "32 bytes in base64, as openssl rand -base64 32 prints them"
  })
)

const version = 1

const Encrypted = Schema.parseJson(Schema.Struct({
  version: Schema.Literal(version),
  ...Encryption.Encrypted.fields
}))

const fileOf = (places: Places, key: string): string => `${places.passwords}/${key}.json`

const contextOf = (key: string): string => `jindouyun password ${key}`
