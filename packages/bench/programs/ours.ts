/** What a bundle is made of: acquires a token and calls one endpoint. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Endpoint from "@jindouyun/core/Endpoint"
import * as Jindouyun from "@jindouyun/core/Jindouyun"
import * as PlatformClient from "@jindouyun/core/PlatformClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

const dailyReport = Endpoint.make({
  path: "/api/report/daily",
  parameters: Schema.Struct({ day: Schema.String }),
  data: Schema.Struct({ rows: Schema.Array(Schema.Struct({ name: Schema.String, visits: Schema.Number })) })
})

const program = Effect.gen(function*() {
  const platform = yield* PlatformClient.PlatformClient
  const { rows } = yield* platform.call(dailyReport)({ day: "2024-01-01" })
  yield* Effect.log(rows.length)
})

Effect.runFork(Effect.provide(
  program,
  Jindouyun.layer({ username: "user1", password: Redacted.make("pass1") }).pipe(Layer.provide(FetchHttpClient.layer))
))
