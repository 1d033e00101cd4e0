/**
 * Sends a request of its own with the token. `httpClient` adds the token, and sends the request once more with a new token if
 * the platform rejects the token early.
 */
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type { JindouyunError } from "@jindouyun/core"
import { PlatformClient } from "@jindouyun/core"
import * as Effect from "effect/Effect"

export const report: Effect.Effect<
  unknown,
  JindouyunError.TokenError | HttpClientError.HttpClientError,
  PlatformClient.PlatformClient
> = Effect.gen(function*() {
  const { httpClient } = yield* PlatformClient.PlatformClient
  const response = yield* httpClient.get("/api/report")
  return yield* response.json
})
