/**
 * A report as a function: what goes, what comes, and each way this API says no, by type. The token is carried, renewed
 * when it is rejected, and never seen.
 */
import { Endpoint, PlatformClient } from "@jindouyun/core"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

export class QuotaExceeded extends Data.TaggedError("QuotaExceeded")<Endpoint.Refusal> {}
export class UnknownDay extends Data.TaggedError("UnknownDay")<Endpoint.Refusal> {}

// Path, fields and codes are made up: the platform's document names no report.
export const daily = Endpoint.make({
  path: "/api/report/daily",
  parameters: Schema.Struct({ day: Schema.String }),
  data: Schema.Struct({ visits: Schema.Number }),
  errors: { 41001: QuotaExceeded, 41002: UnknownDay },
  idempotent: true
})

export const visits = (day: string): Effect.Effect<number, never, PlatformClient.PlatformClient> =>
  PlatformClient.PlatformClient.pipe(
    Effect.flatMap((client) => client.call(daily)({ day })),
    Effect.map((report) => report.visits),
    Effect.catchTags({
      QuotaExceeded: () => Effect.succeed(-1),
      UnknownDay: () => Effect.succeed(0)
    }),
    // What is left are the failures of every call: the table's codes, the transport's, the token's.
    Effect.catchAll((failure) => Effect.as(Effect.logWarning(failure.message), -1))
  )
