// What a consumer has who installs core alone: a token over fetch, here from a platform that refuses the password.
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { Jindouyun, TokenProvider } from "@jindouyun/core"
import { Effect, Layer, Redacted } from "effect"

const answers = [
  { code: "20000", message: "数据返回正确", data: { accessToken: "access", refreshToken: "refresh" } },
  { code: 40001, message: "no", data: null }
]

const platform: typeof globalThis.fetch = () => Promise.resolve(new Response(JSON.stringify(answers.shift())))

const program = Effect.gen(function*() {
  const provider = yield* TokenProvider.TokenProvider
  const callers = yield* Effect.all(Array.from({ length: 100 }, () => provider.accessToken), {
    concurrency: "unbounded"
  })
  yield* provider.reset
  const failure = yield* Effect.flip(provider.accessToken)
  return { generations: new Set(callers.map(({ generation }) => generation)).size, failure: failure._tag }
}).pipe(
  Effect.provide(
    Jindouyun.layer({ username: "user1", password: Redacted.make("pass1") }).pipe(
      Layer.provide(FetchHttpClient.layer),
      Layer.provide(Layer.succeed(FetchHttpClient.Fetch, platform))
    )
  )
)

const { failure, generations } = await Effect.runPromise(program)
if (generations !== 1 || failure !== "AuthenticationFailed") {
  throw new Error(`${generations} generations, ${failure}`)
}
