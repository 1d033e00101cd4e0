/**
 * The errors of the control API. Each names the wrong fields or headers, their problems and the expected values.
 *
 * @since 0.1.0
 */
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as Schema from "effect/Schema"

const problems = Schema.Array(Schema.Struct({ field: Schema.String, problem: Schema.String, expected: Schema.String }))

const inWords = (all: typeof problems.Type): string =>
  all.map(({ expected, field, problem }) => `${field} ${problem}, expected ${expected}`).join("; ")

/**
 * The body of a request is not valid. For each wrong field `problems` contains the problem and the expected value.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidRequest extends Schema.TaggedError<InvalidRequest>()(
  "InvalidRequest",
  { problems },
  HttpApiSchema.annotations({ status: 400, description: "Each wrong field, its problem and the expected value" })
) {
  override get message(): string {
    return inWords(this.problems)
  }
}

/**
 * No account has this name, no report has this path, or no operation has this path. `problems` contains the existing ones.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotFound extends Schema.TaggedError<NotFound>()(
  "NotFound",
  { problems },
  HttpApiSchema.annotations({ status: 404, description: "The accounts, reports or operations that exist" })
) {
  override get message(): string {
    return inWords(this.problems)
  }
}

/**
 * The request may come from a page of another origin, or its `X-Sandbox-Key` is not the key of the server.
 *
 * @since 0.1.0
 * @category errors
 */
export class Forbidden extends Schema.TaggedError<Forbidden>()(
  "Forbidden",
  { problems },
  HttpApiSchema.annotations({ status: 403, description: "The header that is wrong, and the expected value" })
) {
  override get message(): string {
    return inWords(this.problems)
  }
}

/**
 * The body of a request is not declared as JSON.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnsupportedMediaType extends Schema.TaggedError<UnsupportedMediaType>()(
  "UnsupportedMediaType",
  { problems },
  HttpApiSchema.annotations({ status: 415, description: "The Content-Type is not application/json" })
) {
  override get message(): string {
    return inWords(this.problems)
  }
}
