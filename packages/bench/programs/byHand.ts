/** The same with the client written by hand. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as byHand from "../contenders/byHand.js"

const dailyReport = {
  parameters: Schema.Struct({ day: Schema.String }),
  data: Schema.Struct({ rows: Schema.Array(Schema.Struct({ name: Schema.String, visits: Schema.Number })) })
}

const program = Effect.gen(function*() {
  const call = yield* byHand.make("https://jdy.cigdata.cn", { username: "user1", password: Redacted.make("pass1") })
  const { rows } = yield* call("/api/report/daily", dailyReport)({ day: "2024-01-01" })
  yield* Effect.log(rows.length)
})

Effect.runFork(Effect.provide(program, FetchHttpClient.layer))
