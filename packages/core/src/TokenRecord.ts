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
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Encryption from "./Encryption.js"
import { toEffect } from "./internal/edition/toEffect.js"
import * as instant from "./internal/instant.js"
import * as records from "./internal/record.js"
import * as freshness from "./internal/token/freshness.js"
import {
  InvalidConfiguration,
  ReturnCodeError,
  StoreFailure,
  type TokenRequestError,
  TransportFailure,
  UnexpectedResponse
} from "./JindouyunError.js"
import type * as ReturnCode from "./ReturnCode.js"
import { AccessToken, RefreshToken, TokenPair } from "./Token.js"

/**
 * The stored record of an account.
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
  /** Other refused credentials, the newest first. */
  readonly earlierRefusals: ReadonlyArray<RefusedCredentials>
}

/**
 * Credentials that the platform refused. They are not sent again until the refusal lapses, not even after a restart.
 *
 * @since 0.1.0
 * @category models
 */
export interface RefusedCredentials {
  /** A salted hash of the refused credentials. */
  readonly credentials: string
  readonly failure: TokenRequestError
  /** When they were refused, in milliseconds of the wall clock. */
  readonly refusedAt: number
}

/**
 * Writes and reads records. The key of an account is that of the `TokenStore`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Codec {
  readonly encode: (key: string, record: TokenRecord) => Effect.Effect<string, StoreFailure>
  /** None, with a warning, if the text cannot be read. Fails if the text is encrypted and there is no key. */
  readonly decode: (key: string, text: string) => Effect.Effect<Option.Option<TokenRecord>, StoreFailure>
}

/**
 * JSON, not encrypted.
 *
 * @since 0.1.0
 * @category codecs
 */
export const plain: Codec = {
  encode: (_key, record) => write(record),
  decode: (_key, text) =>
    Either.isRight(Schema.decodeEither(Encrypted)(text))
      ? Effect.fail(withoutKey("load"))
      : orIgnored(toEffect(read(text)))
}

/**
 * The failure of a store without a key that holds an encrypted record; `place` is where the record is. A store that does
 * not decode a record before it saves another must check this itself.
 *
 * @example
 * ```ts
 * import * as TokenRecord from "@jindouyun/core/TokenRecord"
 * import * as Effect from "effect/Effect"
 *
 * // Before a save without a key: `stored` is the text in the database.
 * export const checked = (key: string, stored: string) =>
 *   Effect.mapError(TokenRecord.plain.decode(key, stored), () => TokenRecord.withoutKey("save", "db.internal:5432"))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const withoutKey = (operation: StoreFailure["operation"], place?: string | undefined): StoreFailure =>
  new StoreFailure({
    operation,
    detail: `the record is encrypted, but encryptionKey (JINDOUYUN_ENCRYPTION_KEY) is not set${
      place === undefined ? "" : ` (${place})`
    }`,
    remedy: {
      en: "Set encryptionKey (JINDOUYUN_ENCRYPTION_KEY) to the key that encrypted the record. "
        + "If the key is lost, TokenProvider.reset or jindouyun logout forgets the record.",
      zh: "请将 encryptionKey（JINDOUYUN_ENCRYPTION_KEY）设为加密该记录的密钥。"
        + "密钥丢失时，TokenProvider.reset 或 jindouyun logout 可清除该记录。"
    }
  })

/**
 * JSON, encrypted if there is a key. The account is authenticated with the record: a record that is moved to another
 * account does not decrypt.
 *
 * @example
 * ```ts
 * import * as TokenRecord from "@jindouyun/core/TokenRecord"
 * import * as Effect from "effect/Effect"
 * import type * as Redacted from "effect/Redacted"
 *
 * // Reads a record from a table of your own, whose column has the encrypted text.
 * export const load = (
 *   select: (key: string) => Effect.Effect<string>,
 *   keys: { readonly encryptionKey: Redacted.Redacted; readonly previousEncryptionKey: Redacted.Redacted }
 * ) =>
 *   Effect.map(TokenRecord.make(keys), ({ decode }) => (key: string) =>
 *     Effect.flatMap(select(key), (text) => decode(key, text)))
 * ```
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
      Effect.flatMap(write(record), (text) => encrypt(text, contextOf(key))),
      (text) => Schema.encodeSync(Encrypted)({ version: format, ...text })
    ),
  decode: (key, text) =>
    Effect.gen(function*() {
      const written = yield* toEffect(
        Either.mapLeft(Schema.decodeEither(Encrypted)(text), () => newer(text) ?? "it is not encrypted")
      )
      const decrypted = yield* decrypt(written, contextOf(key))
      return yield* Option.match(decrypted, {
        onNone: () => Effect.fail("it was encrypted with another key, for another account, or has been changed"),
        onSome: (text) => toEffect(read(text))
      })
    }).pipe(orIgnored)
})

const contextOf = (key: string): string => `jindouyun ${key}`

/**
 * The pair of a record, if its access token is valid at `now`, in milliseconds of the wall clock.
 *
 * **Details**
 *
 * Answers as a new `TokenProvider` does for a record that it has loaded. `expiryMargin` is the setting, in milliseconds. A pair
 * that the clock of another machine dated in the future is converted to this clock, if it is ahead by at most a quarter
 * of the token's lifetime.
 *
 * @example
 * ```ts
 * import * as TokenRecord from "@jindouyun/core/TokenRecord"
 * import * as TokenStore from "@jindouyun/core/TokenStore"
 * import * as Clock from "effect/Clock"
 * import * as Effect from "effect/Effect"
 * import * as Option from "effect/Option"
 *
 * // The stored pair of an account, if its token is valid for another minute. Sends nothing.
 * export const storedPair = (store: TokenStore.Service, baseUrl: string, account: string) =>
 *   Effect.zipWith(
 *     store.load(TokenStore.keyOf(baseUrl, account)),
 *     Clock.currentTimeMillis,
 *     (record, now) => Option.flatMap(record, (record) => TokenRecord.validPair(record, now, 60_000))
 *   )
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const validPair = (record: TokenRecord, now: number, expiryMargin: number): Option.Option<TokenPair> =>
  record.pair.pipe(
    Option.map((pair) => freshness.rebased(pair, now, undefined)),
    // No pair was received in generation 0.
    Option.filter((pair) => record.generation > 0 && freshness.isUsable(pair, now, expiryMargin))
  )

/**
 * The record without the refusals whose return code is worth a retry by the dispositions in force now. The record has the
 * dispositions of the processes that wrote it.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withDispositions: (record: TokenRecord, dispositions: ReturnCode.Dispositions) => TokenRecord =
  records.withDispositions

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

/**
 * The largest generation that a record can have. The next generations are still safe integers. A store ignores a record
 * with a larger number, and the fence of a lease beyond this number does not count.
 *
 * @since 0.1.0
 * @category codecs
 */
export const largestGeneration = records.largestGeneration

// A number out of bounds is no number of this library: arithmetic with it would lose a pair.
const Generation = Schema.Int.pipe(Schema.between(0, largestGeneration))
const Instant = Schema.JsonNumber.pipe(Schema.between(-instant.latest, instant.latest))

const Pair = Schema.Struct({
  accessToken: Schema.Redacted(Schema.NonEmptyString),
  refreshToken: Schema.Redacted(Schema.NonEmptyString),
  sentAt: Instant,
  accessExpiresAt: Instant,
  refreshExpiresAt: Instant,
  replacedRejectedAt: Schema.optional(Instant)
})

const Refused = Schema.Struct({
  credentials: Schema.String,
  failure: Schema.Union(...ReturnCodeError.members, TransportFailure, UnexpectedResponse),
  refusedAt: Instant
})

const Fields = Schema.Struct({
  version: Schema.Literal(format),
  generation: Generation,
  pair: Schema.optional(Pair),
  refusedCredentials: Schema.optional(Refused),
  earlierRefusals: Schema.optional(Schema.Array(Refused))
})

const Written = Schema.parseJson(Fields)

// Effect 3 encodes the tag of an error after the fields, Effect 4 before them. A record has the same text on both.
const withTagFirst = (_name: string, value: unknown): unknown =>
  Predicate.hasProperty(value, "_tag") ? Object.assign({ _tag: value._tag }, value) : value

const Encrypted = Schema.parseJson(Schema.Struct({
  version: Schema.Literal(format),
  ...Encryption.Encrypted.fields
}))

const Version = Schema.parseJson(Schema.Struct({ version: Generation }))

const write = (
  { earlierRefusals, generation, refusedCredentials, pair }: TokenRecord
): Effect.Effect<string, StoreFailure> =>
  Effect.suspend(() =>
    Schema.encode(Fields)({
      version: format,
      generation,
      pair: Option.getOrUndefined(
        Option.map(pair, (pair) => ({
          ...pair,
          accessToken: pair.accessToken.value,
          refreshToken: pair.refreshToken.value,
          replacedRejectedAt: pair.accessToken.replacedRejectedAt
        }))
      ),
      refusedCredentials: Option.getOrUndefined(refusedCredentials),
      earlierRefusals: earlierRefusals.length === 0 ? undefined : earlierRefusals
    })
  ).pipe(
    Effect.map((fields) => JSON.stringify(fields, withTagFirst)),
    Effect.mapError(() => "a number of the record is out of bounds"),
    // Only a token that the program has wiped throws.
    Effect.catchAllDefect(() => Effect.fail("a token of the record was wiped")),
    Effect.mapError((detail) => new StoreFailure({ operation: "save", detail }))
  )

// The message of a parser may repeat its input.
const read = (text: string): Either.Either<TokenRecord, string> =>
  Either.mapBoth(Schema.decodeEither(Written)(text), {
    onLeft: () => newer(text) ?? "it cannot be read",
    onRight: ({ earlierRefusals = [], generation, refusedCredentials, pair }) => ({
      generation,
      earlierRefusals,
      pair: Option.map(Option.fromNullable(pair), ({ replacedRejectedAt, ...pair }) =>
        new TokenPair({
          ...pair,
          accessToken: new AccessToken({
            value: pair.accessToken,
            generation,
            expiresAt: instant.of(pair.accessExpiresAt),
            ...(replacedRejectedAt === undefined ? {} : { replacedRejectedAt })
          }),
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
