/**
 * The main steps: acquires a token, reads it twice from the cache, and refreshes it.
 *
 * Without JINDOUYUN_BASE_URL the program starts the sandbox and uses it. With JINDOUYUN_BASE_URL, JINDOUYUN_USERNAME
 * and JINDOUYUN_PASSWORD it uses that platform. `--json` prints the outcome as one JSON object.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import { Jindouyun, TokenApi, TokenProvider } from "@jindouyun/core"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

const json = process.argv.includes("--json")
const say = (line: string) => json ? Effect.void : Console.log(line)

// Counts the requests in the HTTP client, independently of the library.
const sent: Array<string> = []
const http = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(
    HttpClient.HttpClient,
    HttpClient.tapRequest((request) => Effect.sync(() => sent.push(new URL(request.url).pathname)))
  )
).pipe(Layer.provide(FetchHttpClient.layer))

const sandbox = Layer.unwrapEffect(
  Effect.gen(function*() {
    const { url } = yield* SandboxServer.SandboxServer
    yield* say(`platform   the sandbox, started for this run at ${url}`)
    return Jindouyun.layer({ baseUrl: url, username: "user1", password: Redacted.make("pass1") })
  })
).pipe(Layer.provide(SandboxServer.layer()))

const platform = Layer.unwrapEffect(
  Effect.gen(function*() {
    const baseUrl = yield* Config.option(Config.string("JINDOUYUN_BASE_URL"))
    if (Option.isNone(baseUrl)) {
      return sandbox
    }
    yield* say("platform   JINDOUYUN_BASE_URL")
    return Jindouyun.layerFromEnv()
  })
).pipe(Layer.provide(http))

const walk = Effect.gen(function*() {
  const provider = yield* TokenProvider.TokenProvider
  const outcome = { ok: true, acquired: 0, refreshed: 0, reads: 0 }

  const step = <E>(name: string, read: Effect.Effect<{ readonly generation: number }, E>) =>
    Effect.gen(function*() {
      const before = sent.length
      const [time, token] = yield* Effect.timed(read)
      const requests = sent.slice(before)
      const last = requests.at(-1)
      outcome[last === undefined ? "reads" : last.endsWith(TokenApi.refreshPath) ? "refreshed" : "acquired"] += 1
      const { accessExpiresAt } = yield* provider.status
      yield* say([
        name.padEnd(10),
        `generation ${token.generation}`,
        `valid until ${Option.match(accessExpiresAt, { onNone: () => "?", onSome: DateTime.formatIso })}`,
        `${Duration.toMillis(time).toFixed(2)} ms`.padStart(10),
        requests.length === 0 ? "from the cache, no request" : `sent ${requests.join(", ")}`
      ].join(" "))
    })

  yield* step("acquired", provider.accessToken)
  yield* step("read", provider.accessToken)
  yield* step("read", provider.accessToken)
  yield* step("refreshed", provider.refresh)
  return outcome
})

const fail = (error: string, code: number | undefined, hint: string) =>
  Console.error(`${error}${code === undefined ? "" : ` (return code ${code})`}: ${hint}`).pipe(
    Effect.zipRight(json ? Console.log(JSON.stringify({ ok: false, error, code, hint })) : Effect.void),
    Effect.zipRight(Effect.sync(() => {
      process.exitCode = 1
    }))
  )

const main = walk.pipe(
  Effect.provide(platform),
  Effect.matchCauseEffect({
    onSuccess: (outcome) => json ? Console.log(JSON.stringify(outcome)) : Effect.void,
    onFailure: (cause) =>
      Option.match(Cause.failureOption(cause), {
        onNone: () => fail("Defect", undefined, "This is a bug; please report it."),
        onSome: (error) =>
          "hint" in error
            ? fail(error._tag, "code" in error ? error.code : undefined, error.hint)
            : fail("ConfigError", undefined, "The environment cannot be read.")
      })
  }),
  // Hides the log lines of the library; the program prints its own.
  Logger.withMinimumLogLevel(LogLevel.None)
)

void Effect.runPromise(main)
