// What core does for a living, on whatever runs this: a callers that logs in once, a refresh, a encrypted record, and a refused
// password. Bundled into one file, which imports nothing; what it talks to is the sandbox, in another process.
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Jindouyun from "../../packages/core/src/Jindouyun.js"
import * as TokenProvider from "../../packages/core/src/TokenProvider.js"
import * as TokenRecord from "../../packages/core/src/TokenRecord.js"

const under = (baseUrl: string, password: string) =>
  Layer.fresh(Jindouyun.layer({ baseUrl, username: "user1", password: Redacted.make(password) })).pipe(
    Layer.provide(FetchHttpClient.layer)
  )

const life = Effect.gen(function*() {
  const provider = yield* TokenProvider.TokenProvider
  const callers = yield* Effect.all(Array.from({ length: 1000 }, () => provider.accessToken), {
    concurrency: "unbounded"
  })
  const refreshed = yield* provider.refresh
  return `callers ${new Set(callers.map(({ generation }) => generation)).size}, refreshed ${refreshed.generation}`
})

const refused = Effect.flatMap(
  TokenProvider.TokenProvider,
  ({ accessToken }) => Effect.map(Effect.flip(accessToken), ({ _tag }) => _tag)
)

const encrypted = Effect.gen(function*() {
  const codec = yield* TokenRecord.make({
    encryptionKey: Redacted.make("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
  })
  const text = yield* codec.encode("account", {
    generation: 7,
    pair: Option.none(),
    refusedCredentials: Option.none(),
    earlierRefusals: []
  })
  return Option.match(yield* codec.decode("account", text), {
    onNone: () => "not opened",
    onSome: ({ generation }) => `encrypted ${generation}`
  })
})

export const smoke = (baseUrl: string): Promise<string> =>
  Effect.runPromise(
    Effect.all([
      Effect.provide(life, under(baseUrl, "pass1")),
      encrypted,
      Effect.provide(refused, under(baseUrl, "wrong"))
    ]).pipe(
      Effect.map((parts) => parts.join(", ")),
      // What is refused is told in the log, too.
      Logger.withMinimumLogLevel(LogLevel.None)
    )
  )

export const expected = "callers 1, refreshed 2, encrypted 7, AuthenticationFailed"
