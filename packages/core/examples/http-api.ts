/**
 * Describes the reports as an `HttpApi` and calls them with the token. `httpClient` takes the place of the `HttpClient` of an
 * `HttpApiClient`: it adds the token, and sends a request once more with a new token if the platform rejects the token.
 */
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiClient from "@effect/platform/HttpApiClient"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import type * as HttpApiError from "@effect/platform/HttpApiError"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type { JindouyunError } from "@jindouyun/core"
import { PlatformClient } from "@jindouyun/core"
import * as Effect from "effect/Effect"
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"

const Visits = Schema.Struct({ data: Schema.Struct({ visits: Schema.Number }) })

class Reports extends HttpApiGroup.make("reports")
  .add(
    HttpApiEndpoint.get("daily", "/api/report/daily").setUrlParams(Schema.Struct({ day: Schema.String })).addSuccess(
      Visits
    )
  )
{}

class Platform extends HttpApi.make("platform").add(Reports) {}

export const visitsOf = (
  day: string
): Effect.Effect<
  number,
  | JindouyunError.TokenError
  | HttpClientError.HttpClientError
  | HttpApiError.HttpApiDecodeError
  | ParseResult.ParseError,
  PlatformClient.PlatformClient
> =>
  Effect.gen(function*() {
    const { httpClient } = yield* PlatformClient.PlatformClient
    const client = yield* HttpApiClient.makeWith(Platform, { httpClient })
    const { data } = yield* client.reports.daily({ urlParams: { day } })
    return data.visits
  })
