// A consumer on Effect 4: a token that is cached and refreshed under TestClock, a report, and errors by tag.
import { Endpoint, Jindouyun, PlatformClient, TokenProvider } from "@jindouyun/effect4"
import { Fault, Sandbox } from "@jindouyun/effect4-sandbox"
import { Data, Effect, Layer, Redacted, Schema } from "effect"
import * as TestClock from "effect/testing/TestClock"

class UnknownDay extends Data.TaggedError("UnknownDay")<Endpoint.Refusal> {}

const daily = Endpoint.make({
  method: "GET",
  path: "/api/report/daily",
  parameters: Schema.Struct({ day: Schema.String }),
  data: Schema.Struct({ visits: Schema.Number }),
  errors: { 41002: UnknownDay }
})

const reports: Sandbox.Options["reports"] = {
  "/api/report/daily": ({ query: { day } }) =>
    day === "2026-12-01" ? { data: { visits: 7 } } : { code: 41002, message: "no such day" }
}
const layer = Jindouyun.layer({ username: "user1", password: Redacted.make("pass1") }).pipe(
  Layer.provideMerge(Sandbox.layerHttpClient({ reports })),
  Layer.provideMerge(TestClock.layer())
)

const program = Effect.gen(function*() {
  const sandbox = yield* Sandbox.Sandbox
  const { accessToken, reset } = yield* TokenProvider.TokenProvider
  const client = yield* PlatformClient.PlatformClient
  const visits = (day: string) =>
    client.call(daily)({ day }).pipe(
      Effect.map((report) => report.visits),
      Effect.catchTag("UnknownDay", () => Effect.succeed(0))
    )
  yield* accessToken
  yield* accessToken
  const seen = [yield* visits("2026-12-01"), yield* visits("2026-12-32")]
  yield* TestClock.adjust("24 hours")
  yield* accessToken
  yield* TestClock.adjust("1 minute") // two token requests are never close together
  yield* sandbox.inject("acquire", Fault.returnCode(40001))
  yield* reset
  const failure = yield* accessToken.pipe(
    Effect.as("a token"),
    Effect.catchTags({ AuthenticationFailed: ({ code }) => Effect.succeed(code) })
  )
  return JSON.stringify([seen, failure, yield* sandbox.requests])
})

const seen = await Effect.runPromise(Effect.provide(program, layer))
if (seen !== `[[7,0],40001,{"acquire":2,"refresh":1,"report":2}]`) {
  throw new Error(seen)
}
