/**
 * The two requests of the platform's document, each made once and typed: what its Java examples do, without the rest.
 * Everything after the first day is what `TokenProvider` is for.
 */
import type { Credentials, JindouyunError } from "@jindouyun/core"
import { TokenApi } from "@jindouyun/core"
import * as Effect from "effect/Effect"

export const twice = (
  account: Credentials.UsernamePassword
): Effect.Effect<
  ReadonlyArray<number>,
  JindouyunError.TokenRequestError | JindouyunError.TokenRequestError,
  TokenApi.TokenApi
> =>
  Effect.gen(function*() {
    const api = yield* TokenApi.TokenApi
    const first = yield* api.acquire(account)
    const second = yield* api.refresh(first.refreshToken)
    // Both lifetimes count from when the request was sent: they are not in the answer.
    return [first.sentAt, second.sentAt]
  })
