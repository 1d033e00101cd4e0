import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Endpoint from "@jindouyun/core/Endpoint"
import * as PlatformClient from "@jindouyun/core/PlatformClient"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as byHand from "./byHand.js"
import { account, open, provider } from "./library.js"

const Parameters = Schema.Struct({ day: Schema.String })
const Data = Schema.Struct({ rows: Schema.Array(Schema.Struct({ name: Schema.String, visits: Schema.Number })) })
const Response = Schema.Struct({ code: Schema.Literal(20000), message: Schema.String, data: Data })

const day = { day: "2024-01-01" }

/** Sends `calls` calls, `concurrency` at a time. */
export type Calls = (calls: number, concurrency: number) => Promise<unknown>

/** Calls of one report: by the library, by the client written by hand, and by bare `HttpClient` with a constant token. */
export const call = async (
  url: string,
  path: string
): Promise<{ readonly library: Calls; readonly byHand: Calls; readonly bare: Calls }> => {
  const runtime = open(url)
  const calls = (effect: Effect.Effect<unknown, unknown>): Calls => (count, concurrency) =>
    runtime.runPromise(Effect.all(Array.from({ length: count }, () => effect), { concurrency, discard: true }))

  const token = await runtime.runPromise(Effect.flatMap(provider, ({ accessToken }) => accessToken))
  const platform = await runtime.runPromise(PlatformClient.PlatformClient)
  const client = await runtime.runPromise(HttpClient.HttpClient)
  const callByHand = await runtime.runPromise(byHand.make(url, account))

  const request = HttpClientRequest.post(`${url}${path}`, {
    headers: { accessToken: Redacted.value(token.value), APIVersion: "3" }
  })
  const encode = HttpClientRequest.schemaBodyJson(Parameters)
  const decode = HttpClientResponse.schemaBodyJson(Response)
  const report = platform.call(Endpoint.make({ path, parameters: Parameters, data: Data }))
  const reportByHand = callByHand(path, { parameters: Parameters, data: Data })

  return {
    library: calls(Effect.suspend(() => report(day))),
    byHand: calls(Effect.suspend(() => reportByHand(day))),
    bare: calls(
      Effect.suspend(() => Effect.flatMap(encode(request, day), client.execute)).pipe(
        Effect.flatMap(HttpClientResponse.filterStatusOk),
        Effect.flatMap(decode),
        Effect.map(({ data }) => data)
      )
    )
  }
}
