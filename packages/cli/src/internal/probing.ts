import type * as FileSystem from "@effect/platform/FileSystem"
import * as Endpoint from "@jindouyun/core/Endpoint"
import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
import type * as JindouyunError from "@jindouyun/core/JindouyunError"
import type { CredentialsUnavailable } from "@jindouyun/core/JindouyunError"
import { type InvalidConfiguration, StoreFailure } from "@jindouyun/core/JindouyunError"
import * as PlatformClient from "@jindouyun/core/PlatformClient"
import * as Token from "@jindouyun/core/Token"
import * as TokenApi from "@jindouyun/core/TokenApi"
import * as TokenProvider from "@jindouyun/core/TokenProvider"
import type * as TokenStore from "@jindouyun/core/TokenStore"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Probe from "../Probe.js"
import * as recorder from "./recorder.js"
import * as Session from "./Session.js"

/**
 * One login, one refresh and, with a path, one call, under the lease of the account. Each pair is stored as soon as it
 * arrives, because it may have revoked the older pair.
 *
 * @internal
 */
export const probe = (
  session: Session.Session,
  username: string,
  target: Option.Option<{ readonly path: string; readonly method: Endpoint.Method }>
): Effect.Effect<
  Probe.Seen,
  JindouyunError.TokenRequestError | CredentialsUnavailable | InvalidConfiguration | StoreFailure,
  FileSystem.FileSystem
> =>
  Effect.gen(function*() {
    const answers = recorder.make()
    const { config } = session.settings
    const key = Session.keyOf(session, username)
    const store = yield* Session.storeOf(session)
    const account = yield* Session.credentials(session, username)
    const known = Option.match(yield* store.load(key), { onNone: () => 0, onSome: ({ generation }) => generation })
    const pairs = yield* Effect.gen(function*() {
      const lease = yield* leaseOf(store, key, config)
      const api = yield* TokenApi.TokenApi
      const arrive = (grant: Token.TokenGrant, generation: number) => {
        const pair = Token.makePair(grant, generation, {
          accessToken: config.accessTokenLifetime,
          refreshToken: config.refreshTokenLifetime
        })
        const record = { generation, pair: Option.some(pair), refusedCredentials: Option.none(), earlierRefusals: [] }
        return Effect.as(store.save(key, record, Option.some(lease)), pair)
      }
      const generation = Math.max(lease.fence, known + 1)
      // A pair that has arrived is saved without interruption.
      const first = yield* Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(restore(api.acquire(account)), (grant) => arrive(grant, generation))
      )
      yield* Effect.sleep(config.minRequestInterval)
      const second = yield* Effect.uninterruptibleMask((restore) =>
        Effect.gen(function*() {
          const refreshing = api.refresh(first.refreshToken, { secrets: [first.accessToken.value] })
          const answer = yield* Effect.either(restore(refreshing))
          return Either.isLeft(answer)
            ? Either.left(answer.left)
            : Either.right(yield* arrive(answer.right, generation + 1))
        })
      )
      return { first, second }
    }).pipe(
      Effect.scoped,
      Effect.provide(
        Layer.provideMerge(TokenApi.layer, JindouyunConfig.layer(session.settings.options)).pipe(
          Layer.provide(answers.layer)
        )
      )
    )

    const { first, second } = pairs
    const seen = {
      codeType: codeType(answers.answerOf(TokenApi.acquirePath)),
      refresh: Either.map(second, (pair) => ({
        isNewAccessToken: Redacted.value(pair.accessToken.value) !== Redacted.value(first.accessToken.value)
      }))
    }
    if (Option.isNone(target)) {
      return { ...seen, call: undefined }
    }

    let isOldTokenRejected = false
    const replacement = Either.getOrElse(second, () => first).accessToken
    const inTurn = Layer.effect(
      TokenProvider.TokenProvider,
      Effect.map(TokenProvider.TokenProvider, (provider) => ({
        ...provider,
        accessToken: Effect.sync(() => isOldTokenRejected ? replacement : first.accessToken),
        invalidate: () =>
          Effect.sync(() => {
            isOldTokenRejected = true
          })
      }))
    ).pipe(Layer.provide(TokenProvider.layerStatic(first.accessToken.value)))
    const endpoint = Endpoint.make({ ...target.value, data: Schema.Unknown, idempotent: false })
    const outcome = yield* Effect.flatMap(PlatformClient.PlatformClient, (client) => client.call(endpoint)(undefined))
      .pipe(
        Effect.asVoid,
        Effect.either,
        Effect.provide(PlatformClient.layer.pipe(
          Layer.provide(inTurn),
          Layer.provide(JindouyunConfig.layer(session.settings.options)),
          Layer.provide(answers.layer)
        ))
      )
    return { ...seen, call: { isOldTokenRejected, outcome } }
  }).pipe(Effect.scoped)

/** Waits for the lease, at most `renewalTimeout`. */
const leaseOf = (
  store: TokenStore.Service,
  key: string,
  { minRequestInterval, renewalTimeout, requestTimeout }: JindouyunConfig.Service
): Effect.Effect<TokenStore.Lease, StoreFailure, Scope.Scope> => {
  const held = new StoreFailure({ operation: "lease", detail: "another process holds it" })
  const lease = store.lease(key, Duration.millis(3 * requestTimeout + minRequestInterval))
  return Effect.acquireRelease(
    Effect.flatMap(lease, Option.match({ onNone: () => held, onSome: Effect.succeed })),
    ({ release }) => Effect.ignore(release)
  ).pipe(
    Effect.retry({
      schedule: Schedule.upTo(Schedule.spaced("500 millis"), renewalTimeout),
      while: (failure) => failure === held
    })
  )
}

const codeType = (answer: string | undefined): Probe.Seen["codeType"] => {
  const json = Option.getOrUndefined(Option.liftThrowable((): unknown => JSON.parse(answer ?? ""))())
  return !Predicate.hasProperty(json, "code")
    ? "unknown"
    : typeof json.code === "number" || typeof json.code === "string"
    ? typeof json.code === "number" ? "number" : "string"
    : "unknown"
}
