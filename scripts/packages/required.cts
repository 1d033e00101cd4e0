// A consumer in CommonJS: Node loads this library by require() as ES modules, and `effect` for the program as CommonJS.
import { Jindouyun, JindouyunError, TokenProvider } from "@jindouyun/core"
import { Fault, Sandbox } from "@jindouyun/sandbox"
import { Effect, Layer, Logger, LogLevel, Redacted } from "effect"

const program = Effect.gen(function*() {
  const sandbox = yield* Sandbox.Sandbox
  const provider = yield* TokenProvider.TokenProvider
  const callers = yield* Effect.all(Array.from({ length: 100 }, () => provider.accessToken), {
    concurrency: "unbounded"
  })
  yield* sandbox.inject("acquire", Fault.returnCode(40001))
  yield* provider.reset
  const failure = yield* Effect.flip(provider.accessToken)
  return {
    generations: new Set(callers.map(({ generation }) => generation)).size,
    isKnown: failure instanceof JindouyunError.AuthenticationFailed,
    requests: (yield* sandbox.requests).acquire
  }
}).pipe(
  Effect.provide(
    Jindouyun.layer({ username: "user1", password: Redacted.make("pass1") }).pipe(
      Layer.provideMerge(Sandbox.layerHttpClient())
    )
  )
)

// The refused acquisition is logged.
void Effect.runPromise(Logger.withMinimumLogLevel(program, LogLevel.None)).then(
  ({ generations, isKnown, requests }) => {
    if (generations !== 1 || !isKnown || requests !== 2) {
      throw new Error(`${generations} generations, ${requests} requests`)
    }
  }
)
