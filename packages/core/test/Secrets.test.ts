import { assert, describe, it } from "@effect/vitest"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Tracer from "effect/Tracer"
import { inspect } from "node:util"
import * as JindouyunError from "../src/JindouyunError.js"
import * as TokenApi from "../src/TokenApi.js"
import * as TokenProvider from "../src/TokenProvider.js"
import { inTime, platform } from "./platform.js"

const canaries = {
  password: "canary-password-\"quoted\" & spaced-7f3a",
  accessToken: "canaryAccessToken9c1e",
  refreshToken: "canaryRefreshToken4d2b"
}

/** Each secret as text, as a JSON or URL would hold it, in base64, and as `util.inspect` prints its bytes. */
const forms = Object.values(canaries).flatMap((secret) => {
  const bytes = Buffer.from(secret)
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    bytes.toString("base64").replace(/=+$/, ""),
    bytes.toString("base64url"),
    bytes.toString("hex"),
    [...bytes].join(", "),
    [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ")
  ]
})

const leaks = (text: string): ReadonlyArray<string> => {
  // Long arrays of bytes are printed over several lines.
  const folded = text.replace(/\s+/g, " ")
  return forms.filter((form) => text.includes(form) || folded.includes(form))
}

const everyRendering = (value: unknown): ReadonlyArray<string> => [
  String(value),
  JSON.stringify(value) ?? "",
  inspect(value, { depth: Infinity, showHidden: true, maxArrayLength: Infinity, maxStringLength: Infinity }),
  value instanceof Error ? `${value.message}\n${value.stack}` : ""
]

const encode = Schema.encodeSync(Schema.parseJson(JindouyunError.TokenError))

const faults: ReadonlyArray<Fault.Fault> = [
  ...[30005, 40000, 40001, 40003, 50000, 50001, 41234].map(Fault.returnCode),
  Fault.resetBeforeActing,
  Fault.resetAfterActing,
  Fault.html502,
  Fault.truncate(30),
  Fault.empty,
  Fault.invalidUtf8,
  Fault.status(404),
  Fault.wrongTypes("numbers"),
  Fault.oversized(2_000_000),
  Fault.redirect(302, "https://elsewhere.example/")
]

/** A platform that repeats what it was sent, near the end of what is kept of its message. */
const echo = (secret: string) =>
  Fault.rawBody(JSON.stringify({
    code: 40001,
    message: `${".".repeat(190)}${secret} ${encodeURIComponent(secret)} ${Buffer.from(secret).toString("base64")}`
  }))

describe("guarantee 14: no secret appears in any rendering of any value", () => {
  it.effect("whatever goes wrong: errors, causes, logs of every kind, spans and the status", () => {
    const seen: Array<string> = []
    const collect = <A>(logger: Logger.Logger<unknown, A>) =>
      Logger.map(logger, (rendering) => seen.push(...everyRendering(rendering)))
    const loggers = Logger.zip(
      Logger.zip(collect(Logger.stringLogger), collect(Logger.jsonLogger)),
      Logger.zip(collect(Logger.logfmtLogger), collect(Logger.structuredLogger))
    )
    const native = Effect.runSync(Effect.tracer)
    const tracer = Tracer.make({
      context: (f, fiber) => native.context(f, fiber),
      span: (...options) => {
        const span = native.span(...options)
        const { end, event } = span
        span.event = (name, time, attributes) => {
          seen.push(name, ...everyRendering(attributes))
          event.call(span, name, time, attributes)
        }
        span.end = (time, exit) => {
          seen.push(span.name, ...everyRendering(span.attributes), ...everyRendering(exit))
          seen.push(Exit.isFailure(exit) ? Cause.pretty(exit.cause, { renderErrorCause: true }) : "")
          end.call(span, time, exit)
        }
        return span
      }
    })

    const attempt = (fault: Option.Option<Fault.Fault>, password: string, request: "acquire" | "refresh") =>
      Effect.gen(function*() {
        const context = yield* Layer.build(Layer.fresh(
          platform({ password: Redacted.make(password), maxAttempts: 2 }, {
            password: canaries.password,
            echo: true
          })
        ))
        const provider = Context.get(context, TokenProvider.TokenProvider)
        const sandbox = Context.get(context, Sandbox.Sandbox)
        if (request === "refresh") {
          const data = { accessToken: canaries.accessToken, refreshToken: canaries.refreshToken }
          yield* sandbox.inject("acquire", Fault.rawBody(JSON.stringify({ code: 20000, message: "", data })))
          assert.strictEqual(Redacted.value((yield* inTime(provider.accessToken)).value), canaries.accessToken)
        }
        yield* sandbox.inject(request, ...Option.toArray(fault), ...Option.toArray(fault))
        const exit = yield* Effect.exit(inTime(request === "acquire" ? provider.accessToken : provider.refresh))
        const status = yield* provider.status
        seen.push(...everyRendering(exit), ...everyRendering(status), ...everyRendering(yield* sandbox.journal))
        if (Exit.isFailure(exit)) {
          seen.push(Cause.pretty(exit.cause, { renderErrorCause: true }))
          for (const failure of Cause.failures(exit.cause)) {
            seen.push(...everyRendering(failure), encode(failure))
          }
        }
      }).pipe(Effect.scoped)

    return Effect.gen(function*() {
      for (const [request, secret] of [["acquire", "password"], ["refresh", "refreshToken"]] as const) {
        yield* Effect.forEach(
          [...faults, echo(canaries[secret])],
          (fault) => attempt(Option.some(fault), canaries.password, request)
        )
        // Refused by the platform itself, which repeats what it does not like.
        yield* attempt(Option.none(), canaries.password, request)
      }
      yield* attempt(Option.none(), `${canaries.password}?`, "acquire")
      assert.isAbove(seen.length, 500)
      assert.deepStrictEqual(seen.flatMap(leaks), [])
    }).pipe(
      Effect.withTracer(tracer),
      Effect.provide(Logger.replace(Logger.defaultLogger, loggers)),
      Logger.withMinimumLogLevel(LogLevel.Trace)
    )
  })

  it.effect("an echo is taken out of the message, not the message with it", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      const api = yield* TokenApi.TokenApi
      yield* sandbox.inject("acquire", Fault.rawBody(`{"code":40001,"message":"no ${canaries.accessToken} here"}`))
      const failure = yield* Effect.flip(
        api.acquire({ username: "user1", password: Redacted.make(canaries.accessToken) })
      )
      assert.deepInclude(failure, { _tag: "AuthenticationFailed", returnMessage: "no <redacted> here" })
    }).pipe(Effect.provide(platform())))

  it("the search finds what is planted", () => {
    for (const secret of Object.values(canaries)) {
      for (
        const planted of [new Error(secret), { headers: { a: secret } }, Buffer.from(secret), [
          encodeURIComponent(secret)
        ]]
      ) {
        assert.isNotEmpty(everyRendering(planted).flatMap(leaks))
      }
    }
  })
})
