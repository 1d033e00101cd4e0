/**
 * A report as a typed function: its parameters, its data, and an error class for each return code. The client adds the
 * token and renews a rejected one.
 */
import { Endpoint, PlatformClient } from "@jindouyun/core"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

export class QuotaExceeded extends Data.TaggedError("QuotaExceeded")<Endpoint.Refusal> {}
export class UnknownDay extends Data.TaggedError("UnknownDay")<Endpoint.Refusal> {}

// The path, the fields and the codes are invented: the platform's document names no report.
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
    // The remaining failures are those of every call: known return codes, the transport, the token.
    Effect.catchAll((failure) => Effect.as(Effect.logWarning(failure.message), -1))
  )
