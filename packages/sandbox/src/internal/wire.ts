// The sandbox's own reading of the platform's document, separate from the one in core. Each is tested against requests
// and responses written by hand, so that an error in one does not hide in the other.
import * as Schema from "effect/Schema"

/** @internal */
export const acquirePath = "/api/access_token"

/** @internal */
export const refreshPath = "/api/refresh_token"

/**
 * The one value of the header `APIVersion`.
 *
 * @internal
 */
export const apiVersion = "3"

/**
 * The value of the header `Content-Type`.
 *
 * @internal
 */
export const contentType = "application/json;charset=UTF-8"

/** @internal */
export const AcquireBody = Schema.Struct({ username: Schema.String, password: Schema.String })

/**
 * The body of a refresh: `refreshToken` in the document's table, `refresh_token` in its example.
 *
 * @internal
 */
export const RefreshBody = Schema.Union(
  Schema.Struct({ refreshToken: Schema.String }),
  Schema.Struct({ refresh_token: Schema.String })
)

// The document specifies no length and no alphabet. This pattern accepts any text that fits into a header.
const Token = Schema.String.pipe(Schema.pattern(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/))

/** @internal */
export const TokenData = Schema.Struct({ accessToken: Token, refreshToken: Token })
