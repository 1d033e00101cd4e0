/**
 * How a store writes what it keeps of an account: as JSON, plain or encrypted.
 *
 * A record that cannot be read counts as no record, with a warning. If it is damaged or was encrypted with another key, the
 * next save replaces it. If it has a newer format, it is never overwritten.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Encryption from "./Encryption.js"
import { dispositionOf } from "./internal/dispositions.js"
import {
  fromReturnCode,
  InvalidConfiguration,
  isRefusal,
  ReturnCodeError,
  type StoreFailure,
  type TokenRequestError,
  TransportFailure,
  UnexpectedResponse
} from "./JindouyunError.js"
import type * as ReturnCode from "./ReturnCode.js"
import { AccessToken, RefreshToken, TokenPair } from "./Token.js"

/**
 * What a store keeps of an account.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenRecord {
  /** Grows with each pair of the account and never decreases. */
  readonly generation: number
  /** The last pair, unless a reset has forgotten it. */
  readonly pair: Option.Option<TokenPair>
  /** The credentials that were refused since, if any were. */
  readonly refusedCredentials: Option.Option<RefusedCredentials>
}

/**
 * Credentials that the platform refused. They are not sent again, not even after a restart.
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
  /** None, with a warning, if the text cannot be read. */
  readonly decode: (key: string, text: string) => Effect.Effect<Option.Option<TokenRecord>>
}

/**
 * JSON, not encrypted.
 *
 * @since 0.1.0
 * @category codecs
 */
export const plain: Codec = {
  encode: (_key, record) => Effect.succeed(write(record)),
  decode: (_key, text) => orIgnored(read(text))
}

/**
 * JSON, encrypted if there is a key. The account is authenticated with the record: a record that is moved to another
 * account does not decrypt.
 *
 * @since 0.1.0
 * @category codecs
 */
export const make = (
  { encryptionKey, previousEncryptionKey }: Encryption.Keys = {}
): Effect.Effect<Codec, InvalidConfiguration> =>
  encryptionKey !== undefined
    ? Effect.map(Encryption.make({ encryptionKey, previousEncryptionKey }), encrypted)
    : previousEncryptionKey === undefined
    ? Effect.succeed(plain)
    : Effect.fail(
      new InvalidConfiguration({
        setting: "previousEncryptionKey",
        variable: "JINDOUYUN_PREVIOUS_ENCRYPTION_KEY",
        problem: "is set, but encryptionKey is not",
        expected: "a key beside encryptionKey, or nothing"
      })
    )

const encrypted = ({ decrypt, encrypt }: Encryption.Encryption): Codec => ({
  encode: (key, record) =>
    Effect.map(
      encrypt(write(record), contextOf(key)),
      (text) => Schema.encodeSync(Encrypted)({ version: format, ...text })
    ),
  decode: (key, text) =>
    Effect.gen(function*() {
      const written = yield* Either.mapLeft(
        Schema.decodeEither(Encrypted)(text),
        () => newer(text) ?? "it is not encrypted"
      )
      const decrypted = yield* decrypt(written, contextOf(key))
      return yield* Option.match(decrypted, {
        onNone: () => Either.left("it was encrypted with another key, for another account, or has been changed"),
        onSome: read
      })
    }).pipe(orIgnored)
})

const contextOf = (key: string): string => `jindouyun ${key}`

/**
 * The refused credentials of a record: none if the return code is worth a retry by the dispositions in force now. The record
 * has the disposition of the process that wrote it.
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
  if (!("code" in failure)) {
    return failure
  }
  const disposition = dispositionOf(failure.code, failure.status, dispositions)
  return disposition === "success" || disposition === failure.disposition
    ? failure
    : fromReturnCode({ ...failure, disposition })
}

/**
 * Whether a text has a newer format than this version reads. Such a record is never overwritten.
 *
 * @since 0.1.0
 * @category codecs
 */
export const isNewerFormat = (text: string): boolean => formatOf(text) > format

/**
 * The format in which records are written.
 *
 * @since 0.1.0
 * @category codecs
 */
export const format = 1

const Pair = Schema.Struct({
  accessToken: Schema.Redacted(Schema.NonEmptyString),
  refreshToken: Schema.Redacted(Schema.NonEmptyString),
  sentAt: Schema.JsonNumber,
  accessExpiresAt: Schema.JsonNumber,
  refreshExpiresAt: Schema.JsonNumber
})

const Written = Schema.parseJson(Schema.Struct({
  version: Schema.Literal(format),
  generation: Schema.NonNegativeInt,
  pair: Schema.optional(Pair),
  refusedCredentials: Schema.optional(Schema.Struct({
    credentials: Schema.String,
    failure: Schema.Union(...ReturnCodeError.members, TransportFailure, UnexpectedResponse)
  }))
}))

const Encrypted = Schema.parseJson(Schema.Struct({
  version: Schema.Literal(format),
  ...Encryption.Encrypted.fields
}))

const Version = Schema.parseJson(Schema.Struct({ version: Schema.Number }))

const write = ({ generation, refusedCredentials, pair }: TokenRecord): string =>
  Schema.encodeSync(Written)({
    version: format,
    generation,
    pair: Option.getOrUndefined(
      Option.map(pair, (pair) => ({
        ...pair,
        accessToken: pair.accessToken.value,
        refreshToken: pair.refreshToken.value
      }))
    ),
    refusedCredentials: Option.getOrUndefined(refusedCredentials)
  })

// The message of a parser may repeat its input.
const read = (text: string): Either.Either<TokenRecord, string> =>
  Either.mapBoth(Schema.decodeEither(Written)(text), {
    onLeft: () => newer(text) ?? "it cannot be read",
    onRight: ({ generation, refusedCredentials, pair }) => ({
      generation,
      pair: Option.map(Option.fromNullable(pair), (pair) =>
        new TokenPair({
          ...pair,
          accessToken: new AccessToken({ value: pair.accessToken, generation }),
          refreshToken: new RefreshToken({ value: pair.refreshToken })
        })),
      refusedCredentials: Option.fromNullable(refusedCredentials)
    })
  })

const newer = (text: string): string | undefined =>
  isNewerFormat(text) ? `it has the newer format ${formatOf(text)}` : undefined

const formatOf = (text: string): number =>
  Option.match(Schema.decodeOption(Version)(text), { onNone: () => 0, onSome: ({ version }) => version })

const orIgnored = (record: Effect.Effect<TokenRecord, string>): Effect.Effect<Option.Option<TokenRecord>> =>
  Effect.asSome(record).pipe(
    Effect.catchAll((problem) =>
      Effect.as(
        Effect.logWarning(`the token store holds a record that is ignored: ${problem}`),
        Option.none<TokenRecord>()
      )
    ),
    Effect.annotateLogs({ package: "@jindouyun/core", module: "TokenRecord" })
  )
