/**
 * What a store remembers of an account, and how it is written where it outlives the process: as JSON, or encrypted with a
 * key.
 *
 * A record that cannot be read counts as no record, with a warning. If it is damaged or was encrypted with another key, the
 * next save replaces it. If it has a newer format, it is never overwritten.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { dispositionOf } from "./internal/http/envelope.js"
import {
  amend,
  fromReturnCode,
  InvalidConfiguration,
  isRefusal,
  ReturnCodeError,
  StoreFailure,
  type TokenRequestError,
  TransportFailure,
  UnexpectedResponse
} from "./JindouyunError.js"
import type * as ReturnCode from "./ReturnCode.js"
import { AccessToken, RefreshToken, TokenPair } from "./Token.js"

/**
 * What is remembered of an account.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenRecord {
  /** Grows with each pair that arrives for the account, by one at least, and never goes down. */
  readonly generation: number
  /** The last of them, unless it was forgotten by a reset. */
  readonly pair: Option.Option<TokenPair>
  /** The acquisition that was refused since, if one was. */
  readonly refusedCredentials: Option.Option<RefusedCredentials>
}

/**
 * An acquisition that was refused: it is not sent again with the same credentials, not even after a restart.
 *
 * @since 0.1.0
 * @category models
 */
export interface RefusedCredentials {
  /** A salted hash of the refused credentials. */
  readonly credentials: string
  readonly failure: TokenRequestError
}

/**
 * Writes and reads records. The key of an account is that of the `TokenStore`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Codec {
  readonly encode: (key: string, record: TokenRecord) => Effect.Effect<string, StoreFailure>
  /** What was written, unless it cannot be read. */
  readonly decode: (key: string, text: string) => Effect.Effect<Option.Option<TokenRecord>>
}

/**
 * The keys of a encrypted record: 32 random bytes each, in base64 (`openssl rand -base64 32`). What is encrypted with the
 * previous one can still be read, and is encrypted with the present one when it is saved the next time.
 *
 * @since 0.1.0
 * @category models
 */
export interface Keys {
  readonly encryptionKey?: Redacted.Redacted | undefined
  readonly previousEncryptionKey?: Redacted.Redacted | undefined
}

/**
 * The keys from a `Config`, where there are any; the environment calls them `JINDOUYUN_ENCRYPTION_KEY` and
 * `JINDOUYUN_PREVIOUS_ENCRYPTION_KEY`.
 *
 * @since 0.1.0
 * @category config
 */
export const config: Config.Config<Keys> = Config.all({
  encryptionKey: Config.withDescription(
    Config.withDefault(Config.redacted("encryptionKey"), undefined),
    "The key that encrypts what a store keeps, 32 bytes in base64"
  ),
  previousEncryptionKey: Config.withDescription(
    Config.withDefault(Config.redacted("previousEncryptionKey"), undefined),
    "The key before it, which still opens what it has encrypted"
  )
})

/**
 * JSON that anybody can read who can read the store.
 *
 * @since 0.1.0
 * @category codecs
 */
export const plain: Codec = {
  encode: (_key, record) => Effect.succeed(write(record)),
  decode: (_key, text) => orIgnored(read(text))
}

/**
 * JSON encrypted with AES-256-GCM by the Web Crypto of the runtime, a new nonce each time. The account is part of what is
 * encrypted: a record that was put in the place of another's does not open.
 *
 * @since 0.1.0
 * @category codecs
 */
export const encrypted = (
  keys: Keys & { readonly encryptionKey: Redacted.Redacted }
): Effect.Effect<Codec, InvalidConfiguration> =>
  Effect.gen(function*() {
    const present = yield* importKey("encryptionKey", keys.encryptionKey)
    const previous = keys.previousEncryptionKey === undefined
      ? undefined
      : yield* importKey("previousEncryptionKey", keys.previousEncryptionKey)
    const openers = previous === undefined ? [present] : [present, previous]

    return {
      encode: (key, record) =>
        Effect.tryPromise({
          try: async () => {
            const iv = globalThis.crypto.getRandomValues(new Uint8Array(12))
            const bytes = await globalThis.crypto.subtle.encrypt(
              parameters(key, iv),
              present,
              owned(utf8.encode(write(record)))
            )
            return JSON.stringify({
              version,
              iv: Encoding.encodeBase64(iv),
              encrypted: Encoding.encodeBase64(new Uint8Array(bytes))
            })
          },
          catch: () => new StoreFailure({ operation: "save", detail: "the record could not be encrypted" })
        }),
      decode: (key, text) =>
        Effect.gen(function*() {
          const { iv, encrypted } = yield* Either.mapLeft(
            Schema.decodeEither(Encrypted)(text),
            () => newer(text) ?? "it is not encrypted"
          )
          const opened = yield* Effect.firstSuccessOf(openers.map((opener) =>
            Effect.tryPromise({
              try: () => globalThis.crypto.subtle.decrypt(parameters(key, iv), opener, owned(encrypted)),
              catch: () => "it was encrypted with another key, for another account, or has been changed"
            })
          ))
          return yield* read(new TextDecoder().decode(opened))
        }).pipe(orIgnored)
    }
  })

/**
 * Encrypted where there is a key, plain where there is none.
 *
 * @since 0.1.0
 * @category codecs
 */
export const make = (keys: Keys = {}): Effect.Effect<Codec, InvalidConfiguration> => {
  const { encryptionKey, previousEncryptionKey } = keys
  if (encryptionKey !== undefined) {
    return encrypted({ encryptionKey, previousEncryptionKey })
  }
  return previousEncryptionKey === undefined ? Effect.succeed(plain) : Effect.fail(
    invalid("previousEncryptionKey", "is set, but encryptionKey is not", "a key beside encryptionKey, or nothing")
  )
}

/**
 * The refused credentials of a record, judged by the dispositions in force now: none if the return code is worth a retry
 * now.
 *
 * **Details**
 *
 * A record keeps the disposition that the code had when the credentials were refused, perhaps in a process with other
 * settings.
 *
 * @since 0.1.0
 * @category combinators
 */
export const refusedCredentials = (
  record: TokenRecord,
  dispositions: ReturnCode.Dispositions
): Option.Option<RefusedCredentials> =>
  Option.filterMap(record.refusedCredentials, (refusedCredentials) => {
    const failure = checked(refusedCredentials.failure, dispositions)
    return isRefusal(failure) ? Option.some({ ...refusedCredentials, failure }) : Option.none()
  })

const checked = (failure: TokenRequestError, dispositions: ReturnCode.Dispositions): TokenRequestError => {
  const disposition = "code" in failure ? dispositionOf(failure.code, failure.status, dispositions) : "success"
  return !("code" in failure) || disposition === "success" || disposition === failure.disposition
    ? failure
    : amend(fromReturnCode({ ...failure, disposition }), { attempts: failure.attempts })
}

/**
 * Whether a text was written in a newer format of records than this version reads. Such a record is never overwritten.
 *
 * @since 0.1.0
 * @category codecs
 */
export const isNewerFormat = (text: string): boolean => formatOf(text) > version

/**
 * The format in which records are written.
 *
 * @since 0.1.0
 * @category codecs
 */
export const format = 1

const version = format

const Pair = Schema.Struct({
  accessToken: Schema.Redacted(Schema.NonEmptyString),
  refreshToken: Schema.Redacted(Schema.NonEmptyString),
  sentAt: Schema.JsonNumber,
  accessExpiresAt: Schema.JsonNumber,
  refreshExpiresAt: Schema.JsonNumber
})

const Written = Schema.parseJson(Schema.Struct({
  version: Schema.Literal(version),
  generation: Schema.NonNegativeInt,
  pair: Schema.optional(Pair),
  refusedCredentials: Schema.optional(Schema.Struct({
    credentials: Schema.String,
    failure: Schema.Union(...ReturnCodeError.members, TransportFailure, UnexpectedResponse)
  }))
}))

const Encrypted = Schema.parseJson(Schema.Struct({
  version: Schema.Literal(version),
  iv: Schema.Uint8ArrayFromBase64,
  encrypted: Schema.Uint8ArrayFromBase64
}))

const Version = Schema.parseJson(Schema.Struct({ version: Schema.Number }))

const utf8 = new TextEncoder()

const write = ({ generation, refusedCredentials, pair }: TokenRecord): string =>
  Schema.encodeSync(Written)({
    version,
    generation,
    pair: Option.getOrUndefined(Option.map(pair, (pair) => ({
      accessToken: pair.accessToken.value,
      refreshToken: pair.refreshToken.value,
      sentAt: pair.sentAt,
      accessExpiresAt: pair.accessExpiresAt,
      refreshExpiresAt: pair.refreshExpiresAt
    }))),
    refusedCredentials: Option.getOrUndefined(refusedCredentials)
  })

// The parser's own words may repeat what it was given.
const read = (text: string): Either.Either<TokenRecord, string> =>
  Either.mapBoth(Schema.decodeEither(Written)(text), {
    onLeft: () => newer(text) ?? "it cannot be read",
    onRight: ({ generation, refusedCredentials, pair }) => ({
      generation,
      pair: Option.map(Option.fromNullable(pair), (pair) =>
        new TokenPair({
          accessToken: new AccessToken({ value: pair.accessToken, generation }),
          refreshToken: new RefreshToken({ value: pair.refreshToken }),
          sentAt: pair.sentAt,
          accessExpiresAt: pair.accessExpiresAt,
          refreshExpiresAt: pair.refreshExpiresAt
        })),
      refusedCredentials: Option.fromNullable(refusedCredentials)
    })
  })

const newer = (text: string): string | undefined =>
  isNewerFormat(text) ? `it has the newer format ${formatOf(text)}` : undefined

const formatOf = (text: string): number =>
  Option.match(Schema.decodeOption(Version)(text), { onNone: () => 0, onSome: ({ version }) => version })

const orIgnored = (
  record: Effect.Effect<TokenRecord, string>
): Effect.Effect<Option.Option<TokenRecord>> =>
  Effect.matchEffect(record, {
    onFailure: (problem) =>
      Effect.as(
        Effect.logWarning(`the token store holds a record that is ignored: ${problem}`),
        Option.none()
      ),
    onSuccess: Effect.succeedSome
  }).pipe(Effect.annotateLogs({ package: "@jindouyun/core", module: "TokenRecord" }))

const parameters = (key: string, iv: Uint8Array): AesGcmParams => ({
  name: "AES-GCM",
  iv: owned(iv),
  additionalData: owned(utf8.encode(`jindouyun ${key}`))
})

// Web Crypto wants bytes that nobody else shares.
const owned = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes)

type KeySetting = keyof Keys

const variables: { readonly [Setting in KeySetting]: string } = {
  encryptionKey: "JINDOUYUN_ENCRYPTION_KEY",
  previousEncryptionKey: "JINDOUYUN_PREVIOUS_ENCRYPTION_KEY"
}

const invalid = (setting: KeySetting, problem: string, expected: string): InvalidConfiguration =>
  new InvalidConfiguration({ setting, variable: variables[setting], problem, expected })

const importKey = (setting: KeySetting, key: Redacted.Redacted): Effect.Effect<CryptoKey, InvalidConfiguration> => {
  const refused = invalid(setting, "is no key", "32 bytes in base64, as openssl rand -base64 32 prints them")
  return Effect.flatMap(
    Either.mapLeft(Encoding.decodeBase64(Redacted.value(key).trim()), () => refused),
    (bytes) =>
      bytes.length === 32
        ? Effect.tryPromise({
          try: () => globalThis.crypto.subtle.importKey("raw", owned(bytes), "AES-GCM", false, ["encrypt", "decrypt"]),
          catch: () => refused
        })
        : Effect.fail(refused)
  )
}
