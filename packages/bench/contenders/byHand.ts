/**
 * A client written by hand that does what a call must do: it ends a request after 15 seconds, body included; decodes the response and
 * its data; sends the token; renews once for all concurrent callers; and sends a call again once if its token was rejected.
 *
 * It does less than the library: it reads a refusal from HTTP 200 only, reads no return code in a string, and does not acquire after a
 * refresh that failed without a refusal.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"

/** The request did not end in time, or the response does not have the platform's format. */
export class RequestFailure extends Data.TaggedError("RequestFailure")<{ readonly path: string }> {}

/** The platform refused the request. */
export class Refusal extends Data.TaggedError("Refusal")<{ readonly code: number; readonly message: string }> {}

const Response = Schema.Struct({ code: Schema.Number, message: Schema.String, data: Schema.Unknown })

const decodeResponse = HttpClientResponse.schemaBodyJson(Response)

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
    // A span of HttpClient would contain the token.
    const client = (yield* HttpClient.HttpClient).pipe(
      HttpClient.filterStatusOk,
      HttpClient.withTracerDisabledWhen(() => true)
    )
    const held = yield* Ref.make<Pair | undefined>(undefined)
    const renewal = yield* Ref.make<Deferred.Deferred<Pair, RequestFailure | Refusal> | undefined>(undefined)
    const decisions = yield* Effect.makeSemaphore(1)

    const post = <A, I>(path: string, data: Schema.Schema<A, I>) => {
      const blank = HttpClientRequest.post(origin + path, { headers: { APIVersion: "3" } })
      const decode = Schema.decodeUnknown(data)
      const failure = () => new RequestFailure({ path })
      return (body: unknown, accessToken?: string): Effect.Effect<A, RequestFailure | Refusal> => {
        const request = accessToken === undefined
          ? blank
          : HttpClientRequest.setHeader(blank, "accessToken", accessToken)
        return HttpClientRequest.bodyJson(request, body).pipe(
          Effect.flatMap(client.execute),
          Effect.flatMap(decodeResponse),
          Effect.timeout("15 seconds"),
          Effect.mapError(failure),
          Effect.flatMap((response): Effect.Effect<A, RequestFailure | Refusal> =>
            response.code === 20000
              ? Effect.mapError(decode(response.data), failure)
              : Effect.fail(new Refusal({ code: response.code, message: response.message }))
          )
        )
      }
    }

    const tokens = (path: string) => {
      const send = post(path, Tokens)
      return (body: unknown) =>
        Effect.flatMap(Clock.currentTimeMillis, (sentAt) =>
          Effect.map(send(body), ({ accessToken, refreshToken }): Pair => ({
            accessToken: Redacted.make(accessToken),
            refreshToken: Redacted.make(refreshToken),
            sentAt
          })))
    }
    const sendAcquire = tokens("/api/access_token")
    const sendRefresh = tokens("/api/refresh_token")

    const acquire = Effect.suspend(() =>
      sendAcquire({ username: credentials.username, password: Redacted.value(credentials.password) })
    )

    const refresh = (pair: Pair) =>
      Effect.catchTags(sendRefresh({ refreshToken: Redacted.value(pair.refreshToken) }), {
        Refusal: () =>
          acquire
      })

    const renew = (current: Pair | undefined) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        current !== undefined && now < current.sentAt + 30 * day - minute ? refresh(current) : acquire)

    // All callers that wait share the outcome, a failure too. The renewal does not end with the caller that started it.
    const renewed = (old: Pair | undefined) =>
      Effect.flatten(
        decisions.withPermits(1)(Effect.uninterruptible(Effect.gen(function*() {
          const current = yield* Ref.get(held)
          if (current !== undefined && current !== old) {
            return Effect.succeed(current)
          }
          const running = yield* Ref.get(renewal)
          if (running !== undefined) {
            return Deferred.await(running)
          }
          const outcome = yield* Deferred.make<Pair, RequestFailure | Refusal>()
          yield* Ref.set(renewal, outcome)
          yield* renew(current).pipe(
            Effect.tap((pair) =>
              Ref.set(held, pair)
            ),
            Effect.onExit((exit) =>
              Effect.zipRight(Ref.set(renewal, undefined), Deferred.done(outcome, exit))
            ),
            Effect.interruptible,
            Effect.forkDaemon
          )
          return Deferred.await(outcome)
        })))
      )

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
      const sendCall = post(path, data)
      return (values: A) =>
        Effect.gen(function*() {
          const body = yield* Effect.mapError(encode(values), () => new RequestFailure({ path }))
          const send = (pair: Pair) => sendCall(body, Redacted.value(pair.accessToken))
          const pair = yield* valid
          return yield* Effect.catchTags(send(pair), {
            Refusal: (refusal) => refusal.code === 40003 ? Effect.flatMap(renewed(pair), send) : Effect.fail(refusal)
          })
        })
    }
  })
