/**
 * A parameter in the path, headers and a longer time limit. The segment `:id` is the encoded parameter `id`,
 * percent-encoded; the other parameters are the query. If no required field has the name, the endpoint does not compile.
 * A value that is empty, `.` or `..` cannot be a segment: the call dies with a defect and sends nothing. Validate values
 * from outside before the call. `timeout` is the limit of each request; `renewalTimeout` stays the limit for retries.
 */
import { Endpoint, PlatformClient } from "@jindouyun/core"
import { Effect, Schema } from "effect"

// The path, the fields and the header are invented: the platform's document names no report.
const report = Endpoint.make({
  method: "GET",
  path: "/api/report/:id",
  parameters: Schema.Struct({ id: Schema.NonEmptyString, day: Schema.String }),
  data: Schema.Struct({ visits: Schema.Number }),
  headers: { "X-Tenant": "north" },
  timeout: "40 seconds"
})

export const visitsOf = (id: string, day: string) =>
  Effect.flatMap(PlatformClient.PlatformClient, (client) => client.call(report)({ id, day }))
