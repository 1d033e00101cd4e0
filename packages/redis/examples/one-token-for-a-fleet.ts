/**
 * All processes that run this program share one pair: together they send one acquisition, and one refresh a day.
 * JINDOUYUN_REDIS_URL is the URL of Redis; JINDOUYUN_USERNAME and JINDOUYUN_PASSWORD are the account.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { Jindouyun, TokenProvider } from "@jindouyun/core"
import { RedisTokenStore } from "@jindouyun/redis"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const program = Effect.gen(function*() {
  const provider = yield* TokenProvider.TokenProvider
  const token = yield* provider.accessToken
  yield* Effect.log(`signed in, generation ${token.generation}`)
})

export const main = program.pipe(
  Effect.provide(
    Jindouyun.layerFromEnv({ store: RedisTokenStore.layerFromEnv() }).pipe(
      Layer.provide(FetchHttpClient.layer)
    )
  )
)
