/** A test of a program that calls reports, without a platform: each endpoint has a handler under its path. */
import { PlatformClient } from "@jindouyun/core"
import * as Effect from "effect/Effect"
import { daily, UnknownDay, visits } from "./call-a-report.js"

const endpoint = "/api/report/daily"

/** The parameters and the data have the types of the endpoint. */
export const answered = Effect.provide(
  visits("2030-01-01"),
  PlatformClient.layerTest({
    "/api/report/daily": PlatformClient.handle(daily, ({ day }) => Effect.succeed({ visits: day.length }))
  })
)

/** A handler may fail as the endpoint may. */
export const refused = Effect.provide(
  visits("2030-01-01"),
  PlatformClient.layerTest({
    "/api/report/daily": PlatformClient.handle(
      daily,
      () => Effect.fail(new UnknownDay({ code: 41002, returnMessage: "no such day", endpoint }))
    )
  })
)
