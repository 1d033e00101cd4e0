/**
 * A client written by hand that keeps the promises of a call: a timeout over the whole request, decoding of the response structure and
 * of the data, the token header, one renewal for concurrent callers, and one replay after a rejected token.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"

/** The request did not end in time, or its response is none of the platform. */
export class RequestFailure extends Data.TaggedError("RequestFailure")<{ readonly path: string }> {}

/** The platform refused the request. */
export class Refusal extends Data.TaggedError("Refusal")<{ readonly code: number; readonly message: string }> {}

const Response = Schema.Struct({ code: Schema.Number, message: Schema.String, data: Schema.Unknown })

const Tokens = Schema.Struct({ accessToken: Schema.String, refreshToken: Schema.String })

interface Pair {
  readonly accessToken: Redacted.Redacted<string>
  readonly refreshToken: Redacted.Redacted<string>
  readonly sentAt: number
}

const second = 1000
const day = 86_400 * second
const minute = 60 * second

export const make = (
  origin: string,
  credentials: { readonly username: string; readonly password: Redacted.Redacted<string> }
) =>
  Effect.gen(function*() {
    const client = HttpClient.filterStatusOk(yield* HttpClient.HttpClient)
    const held = yield* Ref.make<Pair | undefined>(undefined)
    const renewals = yield* Effect.makeSemaphore(1)

    const post = <A, I>(
      path: string,
      body: unknown,
      data: Schema.Schema<A, I>,
      accessToken?: string
    ): Effect.Effect<A, RequestFailure | Refusal> => {
      const request = HttpClientRequest.post(origin + path, {
        headers: accessToken === undefined ? { APIVersion: "3" } : { APIVersion: "3", accessToken }
      })
      const failure = new RequestFailure({ path })
      return HttpClientRequest.bodyJson(request, body).pipe(
        Effect.flatMap(client.execute),
        Effect.flatMap(HttpClientResponse.schemaBodyJson(Response)),
        Effect.timeout("15 seconds"),
        Effect.mapError(() => failure),
        Effect.flatMap((response): Effect.Effect<A, RequestFailure | Refusal> =>
          response.code === 20000
            ? Effect.mapError(Schema.decodeUnknown(data)(response.data), () => failure)
            : Effect.fail(new Refusal({ code: response.code, message: response.message }))
        )
      )
    }

    const tokens = (path: string, body: unknown) =>
      Effect.flatMap(Clock.currentTimeMillis, (sentAt) =>
        Effect.map(post(path, body, Tokens), ({ accessToken, refreshToken }): Pair => ({
          accessToken: Redacted.make(accessToken),
          refreshToken: Redacted.make(refreshToken),
          sentAt
        })))

    const acquire = Effect.suspend(() =>
      tokens("/api/access_token", { username: credentials.username, password: Redacted.value(credentials.password) })
    )

    const refresh = (pair: Pair) =>
      Effect.catchTag(
        tokens("/api/refresh_token", { refreshToken: Redacted.value(pair.refreshToken) }),
        "Refusal",
        () =>
          acquire
      )

    // A caller that waited for the permit uses the pair that another caller received.
    const renewed = (old: Pair | undefined) =>
      renewals.withPermits(1)(Effect.gen(function*() {
        const current = yield* Ref.get(held)
        if (current !== undefined && current !== old) {
          return current
        }
        const now = yield* Clock.currentTimeMillis
        const pair = yield* current !== undefined && now < current.sentAt + 30 * day - minute
          ? refresh(current)
          : acquire
        yield* Ref.set(held, pair)
        return pair
      }))

    const valid = Effect.gen(function*() {
      const pair = yield* Ref.get(held)
      const now = yield* Clock.currentTimeMillis
      return pair !== undefined && now < pair.sentAt + day - minute ? pair : yield* renewed(pair)
    })

    return <A, I, B, J>(
      path: string,
      { data, parameters }: { readonly parameters: Schema.Schema<A, I>; readonly data: Schema.Schema<B, J> }
    ) => {
      const encode = Schema.encode(parameters)
      return (values: A) =>
        Effect.gen(function*() {
          const body = yield* Effect.mapError(encode(values), () =>
            new RequestFailure({ path }))
          const send = (pair: Pair) => post(path, body, data, Redacted.value(pair.accessToken))
          const pair = yield* valid
          return yield* Effect.catchTags(send(pair), {
            Refusal: (refusal) => refusal.code === 40003 ? Effect.flatMap(renewed(pair), send) : Effect.fail(refusal)
          })
        })
    }
  })
