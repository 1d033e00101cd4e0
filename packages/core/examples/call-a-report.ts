import { Endpoint, PlatformClient } from "@jindouyun/core"
import { Data, Effect, Schema } from "effect"

export class UnknownDay extends Data.TaggedError("UnknownDay")<Endpoint.Refusal> {}

export const daily = Endpoint.make({
  path: "/api/report/daily", // invented, as is the rest: the platform's document names no report
  parameters: Schema.Struct({ day: Schema.String }),
  data: Schema.Struct({ visits: Schema.Number }),
  errors: { 41002: UnknownDay },
  idempotent: true // the call may be sent again after an ambiguous failure
})

export const visits = (day: string) =>
  PlatformClient.PlatformClient.pipe(
    Effect.flatMap((client) => client.call(daily)({ day })),
    Effect.map((report) => report.visits),
    Effect.catchTag("UnknownDay", () => Effect.succeed(0)),
    Effect.tapErrorTag("TransportFailure", ({ delivery, hint }) => Effect.logWarning(`${delivery}: ${hint}`)),
    Effect.tapErrorTag("AuthenticationFailed", ({ hint }) => Effect.logError(hint)) // return code 40001
  )
