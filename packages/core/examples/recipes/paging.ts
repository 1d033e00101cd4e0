/**
 * Pages as a stream. How a report is paged is not documented; here each page says which comes next. The token is read
 * again for each page, so the stream may take longer than a token lives.
 */
import { Endpoint, PlatformClient } from "@jindouyun/core"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"

const Row = Schema.Struct({ name: Schema.String, visits: Schema.Number })

const page = Endpoint.make({
  path: "/api/report/visitors",
  parameters: Schema.Struct({ page: Schema.Int }),
  data: Schema.Struct({
    rows: Schema.Array(Row),
    next: Schema.optionalWith(Schema.Int, { as: "Option", nullable: true })
  }),
  idempotent: true
})

export const visitors = Stream.unwrap(
  Effect.map(PlatformClient.PlatformClient, (client) =>
    Stream.paginateChunkEffect(1, (number) =>
      Effect.map(
        client.call(page)({ page: number }),
        ({ next, rows }) => [Chunk.fromIterable(rows), next] as const
      )))
)
