/**
 * The envelope `{ code, message, data }` that every API of the platform answers with.
 *
 * The document promises all three fields. If the request failed, `data` may be anything. A `message` that is missing or no
 * text is empty.
 * Unknown fields are ignored.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { issuePaths } from "../edition/issuePaths.js"

const Code = Schema.NonNegativeInt.pipe(Schema.filter(Number.isSafeInteger))

/**
 * A return code on the wire: a JSON number in the document's table, a string of digits in its example. Only one to nine
 * digits without a leading zero or a safe non-negative integer is a return code.
 */
export const CodeFromWire: Schema.Schema<number, number | string> = Schema.transform(
  Schema.Union(Code, Schema.String.pipe(Schema.pattern(/^(0|[1-9][0-9]{0,8})$/))),
  Code,
  { strict: true, decode: Number, encode: (code) => code }
)

export const Envelope = Schema.Struct({
  code: CodeFromWire,
  // `Schema.optionalWith` does the same and adds all its variants to every bundle.
  message: Schema.optionalToRequired(Schema.Unknown, Schema.String, {
    decode: (message) => Option.getOrElse(Option.filter(message, Predicate.isString), () => ""),
    encode: Option.some
  }),
  data: Schema.optional(Schema.Unknown)
})

export type Envelope = typeof Envelope.Type

const decodeUnknown = Schema.decodeUnknownEither(Envelope)

const isDecoded = Schema.is(Envelope)

/**
 * Why a text is no envelope; `detail` repeats nothing of it. A text that is not JSON was `damaged` on its way and may
 * arrive whole the next time; JSON of another form will not change.
 */
export interface Malformed {
  readonly damaged: boolean
  readonly detail: string
}

export const decode = (text: string): Either.Either<Envelope, Malformed> =>
  Either.try({ try: (): unknown => JSON.parse(text), catch: () => ({ damaged: true, detail: "not JSON" }) }).pipe(
    Either.flatMap((json) =>
      // Nearly every response has the decoded form already. Checking for that form takes a fifth of the time.
      isDecoded(json)
        ? Either.right(known(json))
        : Either.mapLeft(decodeUnknown(json), (error) => ({ damaged: false, detail: issuePaths(error) }))
    )
  )

const known = ({ code, data, message }: Envelope): Envelope =>
  data === undefined ? { code, message } : { code, message, data }

/** Reads the `data` of a success; the left side names the fields that do not fit, without their values. */
export const decodeData = <A, I>(
  schema: Schema.Schema<A, I>
): (data: unknown, secrets?: Iterable<Redacted.Redacted>) => Either.Either<A, string> => {
  const decodeUnknown = Schema.decodeUnknownEither(schema)
  return (data, secrets) =>
    // The schema is the consumer's: an error that it throws may contain the data.
    Either.try({ try: () => decodeUnknown(data), catch: () => "data: its schema threw" }).pipe(
      Either.flatMap(Either.mapLeft((error) => `data: ${issuePaths(error, secrets)}`))
    )
}

// The document gives no length and no alphabet: any text that a header can carry.
const Token = Schema.String.pipe(Schema.pattern(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/))

/** The `data` of an acquisition and of a refresh. */
export const TokenData = Schema.Struct({ accessToken: Token, refreshToken: Token })
