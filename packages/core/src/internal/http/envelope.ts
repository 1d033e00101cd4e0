/**
 * The envelope `{ code, message, data }` that every API of the platform answers with.
 *
 * The document promises all three fields. If the request failed, `data` may be anything. A `message` that is missing or no
 * text is empty.
 * Unknown fields are ignored.
 */
import * as Either from "effect/Either"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { issuePaths } from "../edition/issuePaths.js"
import { CodeFromWire, Message } from "../edition/wire.js"

export const Envelope = Schema.Struct({
  code: CodeFromWire,
  message: Message,
  data: Schema.optional(Schema.Unknown)
})

export type Envelope = typeof Envelope.Type

const decodeUnknown = Schema.decodeUnknownEither(Envelope)

const isDecoded = Schema.is(Envelope)

/**
 * Why a text is no envelope; `detail` repeats nothing of it. A text that is not JSON counts as `damaged`: a second
 * response may be complete. JSON of another form would be the same again.
 */
export interface Malformed {
  readonly damaged: boolean
  readonly detail: string
}

export const decode = (text: string): Either.Either<Envelope, Malformed> =>
  Either.try({ try: (): unknown => JSON.parse(text), catch: () => ({ damaged: true, detail: formOf(text) }) }).pipe(
    Either.flatMap((json) =>
      // Nearly every response has the decoded form already. Checking for that form takes a fifth of the time.
      isDecoded(json)
        ? Either.right(known(json))
        : Either.mapLeft(decodeUnknown(json), (error) => ({ damaged: false, detail: issuePaths(error) }))
    )
  )

const formOf = (text: string): string =>
  text.trim() === "" ? "an empty body" : /^\s*</.test(text) ? "HTML or XML" : "not JSON"

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
