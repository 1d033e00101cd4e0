/** The same on bare HttpClient and Schema: no renewal, no retry, no replay, no error but theirs. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

const envelope = <A, I>(data: Schema.Schema<A, I>) =>
  HttpClientResponse.schemaBodyJson(Schema.Struct({ code: Schema.Literal(20000), message: Schema.String, data }))

const Tokens = envelope(Schema.Struct({ accessToken: Schema.Redacted(Schema.String), refreshToken: Schema.String }))

const Report = envelope(
  Schema.Struct({ rows: Schema.Array(Schema.Struct({ name: Schema.String, visits: Schema.Number })) })
)

const origin = "https://jdy.cigdata.cn"

const program = Effect.gen(function*() {
  const client = HttpClient.filterStatusOk(yield* HttpClient.HttpClient)
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    HttpClientRequest.post(origin + path).pipe(
      HttpClientRequest.setHeaders({ ...headers, APIVersion: "3" }),
      HttpClientRequest.bodyJson(body),
      Effect.flatMap(client.execute)
    )
  const tokens = yield* Effect.flatMap(post("/api/access_token", { username: "user1", password: "pass1" }), Tokens)
  const accessToken = Redacted.value(tokens.data.accessToken)
  const { data } = yield* Effect.flatMap(post("/api/report/daily", { day: "2024-01-01" }, { accessToken }), Report)
  yield* Effect.log(data.rows.length)
})

Effect.runFork(Effect.provide(program, FetchHttpClient.layer))
