/**
 * A program that carries the token to a data-report API, and survives the platform's rejecting it late.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { JindouyunError, Token } from "@jindouyun/core"
import { TokenProvider } from "@jindouyun/core"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

// The name of the header is an assumption: the platform's document does not say how a call carries its token.
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
  // Only the token that was rejected is dropped: if another fiber has renewed it meanwhile, its successor stays.
  yield* provider.invalidate(token)
  return (yield* ask(yield* provider.accessToken)).status
})
