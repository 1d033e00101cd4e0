/**
 * Describes the reports as an `HttpApi` and calls them with the token. `httpClient` takes the place of the `HttpClient` of an
 * `HttpApiClient`: it adds the token, and sends a request once more with a new token if the platform rejects the token.
 */
import type { JindouyunError } from "@jindouyun/effect4"
import { PlatformClient } from "@jindouyun/effect4"
import * as Effect from "effect/Effect"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiClient from "effect/http-api/HttpApiClient"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as Schema from "effect/Schema"

const Visits = Schema.Struct({ data: Schema.Struct({ visits: Schema.Number }) })

class Reports extends HttpApiGroup.make("reports").add(
  HttpApiEndpoint.get("daily", "/api/report/daily", { query: { day: Schema.String }, success: Visits })
) {}

class Platform extends HttpApi.make("platform").add(Reports) {}

export const visitsOf = (
  day: string
): Effect.Effect<
  number,
  JindouyunError.TokenError | HttpClientError.HttpClientError | Schema.SchemaError,
  PlatformClient.PlatformClient
> =>
  Effect.gen(function*() {
    const { httpClient } = yield* PlatformClient.PlatformClient
    const client = yield* HttpApiClient.makeWith(Platform, { httpClient })
    const { data } = yield* client.reports.daily({ query: { day } })
    return data.visits
  })
