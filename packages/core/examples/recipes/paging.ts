/**
 * The pages of a report as a stream. The document does not describe paging; here each page has the number of the next
 * page. The client reads the token for each page, so the stream may outlast a token.
 */
import { Endpoint, PlatformClient } from "@jindouyun/core"
import { Chunk, Effect, Schema, Stream } from "effect"

const Rows = Schema.Array(Schema.Struct({ name: Schema.String, visits: Schema.Number }))

const page = Endpoint.make({
  path: "/api/report/visitors",
  parameters: Schema.Struct({ page: Schema.Int }),
  data: Schema.Struct({ rows: Rows, next: Schema.optionalWith(Schema.Int, { as: "Option", nullable: true }) }),
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
