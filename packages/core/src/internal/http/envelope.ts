/**
 * The envelope `{ code, message, data }` that every API of the platform answers, and its reading.
 *
 * The document promises the three fields always. On failure anything is tolerated for `data`, a missing `message`
 * reads as empty, and unknown fields are ignored everywhere.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as ReturnCode from "../../ReturnCode.js"
import { issuePaths } from "./issuePaths.js"

/**
 * An answer of the platform before anybody looked into its `data`.
 *
 * @since 0.1.0
 * @category models
 */
export type Envelope = typeof Envelope.Type

/**
 * The schema of the envelope.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Envelope = Schema.Struct({
  code: ReturnCode.FromWire,
  // `Schema.optionalWith` says the same, and brings all its variants into every bundle.
  message: Schema.optionalToRequired(Schema.NullishOr(Schema.String), Schema.String, {
    decode: (message) => Option.getOrNull(message) ?? "",
    encode: Option.some
  }).pipe(Schema.withConstructorDefault(() => "")),
  data: Schema.optional(Schema.Unknown)
})

const decodeUnknown = Schema.decodeUnknownEither(Envelope)

const isDecoded = Schema.is(Envelope)

/**
 * What is no envelope, in a few words that repeat none of it. What is not even JSON was `damaged` on its way, or comes
 * from something in between; JSON of another form will have it the next time, too.
 *
 * @since 0.1.0
 * @category models
 */
export interface Malformed {
  readonly damaged: boolean
  readonly detail: string
}

/**
 * Reads an envelope from text.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (text: string): Either.Either<Envelope, Malformed> =>
  Either.try({ try: (): unknown => JSON.parse(text), catch: () => ({ damaged: true, detail: "not JSON" }) }).pipe(
    Either.flatMap((json) =>
      // Nearly every answer is written as it is read, and to see that takes a fifth of the time.
      isDecoded(json)
        ? Either.right(known(json))
        : Either.mapLeft(decodeUnknown(json), (error) => ({ damaged: false, detail: issuePaths(error) }))
    )
  )

const known = ({ code, data, message }: Envelope): Envelope =>
  data === undefined ? { code, message } : { code, message, data }

/**
 * Reads the `data` of a success; the left side names the fields that are not what was promised, without their values.
 * A schema that throws is taken for one that does not like the data.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodeData = <A, I>(schema: Schema.Schema<A, I>): (data: unknown) => Either.Either<A, string> => {
  const decodeUnknown = Schema.decodeUnknownEither(schema)
  return (data) =>
    // A schema is the consumer's: what it throws may hold the data.
    Either.try({ try: () => decodeUnknown(data), catch: () => "data: its schema threw" }).pipe(
      Either.flatMap(Either.mapLeft((error) => `data: ${issuePaths(error)}`))
    )
}

/**
 * The disposition of a response. The code decides, except for an unknown code with HTTP 429: a request to slow down is
 * no refusal.
 *
 * @internal
 */
export const dispositionOf = (
  code: number,
  status: number,
  dispositions: ReturnCode.Dispositions
): ReturnCode.Disposition =>
  status === 429 && code !== ReturnCode.success && ReturnCode.lookup(code) === undefined && !(code in dispositions)
    ? "retry"
    : ReturnCode.disposition(code, dispositions)
