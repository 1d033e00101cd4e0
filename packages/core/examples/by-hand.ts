/**
 * The two requests of the platform's document, each sent once, as in its Java examples. `TokenProvider` adds the cache
 * and the renewals that a longer program needs.
 */
import type { Credentials, JindouyunError } from "@jindouyun/core"
import { TokenApi } from "@jindouyun/core"
import * as Effect from "effect/Effect"

export const twice = (
  account: Credentials.UsernamePassword
): Effect.Effect<
  ReadonlyArray<number>,
  JindouyunError.TokenRequestError,
  TokenApi.TokenApi
> =>
  Effect.gen(function*() {
    const api = yield* TokenApi.TokenApi
    const first = yield* api.acquire(account)
    const second = yield* api.refresh(first.refreshToken)
    // Both lifetimes start when the request is sent; the answer does not contain them.
    return [first.sentAt, second.sentAt]
  })
