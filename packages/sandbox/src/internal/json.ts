import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { acquirePath, refreshPath } from "./wire.js"

// The description of a value is also the `expected` text in the problem of an invalid value.

/** @internal */
export const status: Schema.Schema<number> = Schema.Number.pipe(
  Schema.int(),
  Schema.between(200, 999, { description: "an HTTP status: a whole number from 200 to 999" })
)

/** @internal */
export const reportStatus: Schema.Schema<number> = Schema.Number.pipe(
  Schema.int(),
  Schema.between(200, 599, { description: "an HTTP status: a whole number from 200 to 599" })
)

/** A path as requests have it: encoded, without dots. @internal */
export const reportPath: Schema.Schema<string> = Schema.transform(
  Schema.String.pipe(
    Schema.filter((path) => /^\/(?![/\\])[^?#\s]*$/.test(path) && !reserved.test(pathname(path)))
  ),
  Schema.String,
  { strict: true, decode: pathname, encode: (path) => path }
).annotations({
  description: "a path such as /api/report/daily, without a query, and not one of the token requests or the control API"
})

const reserved = new RegExp(`^(${acquirePath}|${refreshPath}|/|/docs|/openapi\\.json|/favicon\\.ico|/_sandbox(/.*)?)$`)

function pathname(path: string): string {
  return new URL(path, "http://a").pathname
}

/** @internal */
export const returnCode: Schema.Schema<number> = Schema.Number.pipe(
  Schema.int(),
  Schema.nonNegative({ description: "a return code: a whole number that is not negative" })
)

/** @internal */
export const bytes: Schema.Schema<number> = Schema.Number.pipe(
  Schema.int(),
  Schema.between(0, 67_108_864, { description: "a number of bytes: a whole number up to 67108864, which is 64 MiB" })
)

/** @internal */
export const seconds: Schema.Schema<number> = Schema.Number.pipe(
  Schema.int(),
  Schema.between(0, 999_999_999, { description: "a whole number of seconds" })
)

/** @internal */
export const headerName: Schema.Schema<string> = Schema.String.pipe(
  Schema.pattern(/^[\w!#$%&'*+.^`|~-]+$/, { description: "a name that a header can have, without spaces" })
)

/**
 * A header that a fault can set. Headers that define the end of the body are excluded.
 *
 * @internal
 */
export const faultHeaderName: Schema.Schema<string> = Schema.String.pipe(
  Schema.pattern(
    /^(?!(?:connection|content-length|keep-alive|te|trailer|transfer-encoding|upgrade)$)[\w!#$%&'*+.^`|~-]+$/i,
    {
      description:
        "a name that a header can have, without spaces, other than Connection, Content-Length, Keep-Alive, TE, Trailer, Transfer-Encoding and Upgrade"
    }
  )
)

/** @internal */
export const headerValue: Schema.Schema<string> = Schema.String.pipe(
  Schema.pattern(/^[\t\x20-\x7e\x80-\xff]*$/, { description: "a text that a header can hold: one line, no Chinese" })
)

/**
 * A duration in JSON: a number of milliseconds, or a text with a unit. Responses contain milliseconds.
 *
 * @internal
 */
export const duration = (longest: Duration.DurationInput): Schema.Schema<Duration.Duration, number | string> => {
  const most = Duration.decode(longest)
  return Schema.transformOrFail(
    Schema.Union(
      Schema.NonNegative,
      Schema.String.pipe(Schema.pattern(/^\d/)).annotations({ examples: ["90 seconds", "24 hours"] })
    ),
    Schema.DurationFromSelf,
    {
      strict: true,
      decode: (input, _options, ast) =>
        Option.match(Option.filter(Duration.decodeUnknown(input), Duration.lessThanOrEqualTo(most)), {
          onNone: () => ParseResult.fail(new ParseResult.Type(ast, input)),
          onSome: ParseResult.succeed
        }),
      encode: (duration) => ParseResult.succeed(Duration.toMillis(duration))
    }
  ).annotations({
    description: `a number of milliseconds, or a text such as "90 seconds" or "24 hours", at most ${
      Duration.format(most)
    }`
  })
}
