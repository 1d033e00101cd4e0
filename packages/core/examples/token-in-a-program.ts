/**
 * Calls a report API with the token. If the platform rejects the token early, the program calls again with a new token.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { JindouyunError, Token } from "@jindouyun/core"
import { TokenProvider } from "@jindouyun/core"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

// The name of the header is an assumption: the platform's document does not specify it.
const ask = (token: Token.AccessToken) =>
  HttpClientRequest.get("https://jdy.cigdata.cn/api/report").pipe(
    HttpClientRequest.setHeader("accessToken", Redacted.value(token.value)),
    HttpClient.execute
  )

export const report: Effect.Effect<
  number,
  JindouyunError.TokenError | HttpClientError.HttpClientError,
  TokenProvider.TokenProvider | HttpClient.HttpClient
> = Effect.gen(function*() {
  const provider = yield* TokenProvider.TokenProvider
  const token = yield* provider.accessToken
  const response = yield* ask(token)
  if (response.status !== 401) {
    return response.status
  }
  // `invalidate` drops only the rejected token. A token that another fiber has renewed stays.
  yield* provider.invalidate(token)
  return (yield* ask(yield* provider.accessToken)).status
})
