import type * as FileSystem from "@effect/platform/FileSystem"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Endpoint from "@jindouyun/core/Endpoint"
import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
import { type InvalidConfiguration, StoreFailure } from "@jindouyun/core/JindouyunError"
import * as PlatformClient from "@jindouyun/core/PlatformClient"
import * as Token from "@jindouyun/core/Token"
import * as TokenApi from "@jindouyun/core/TokenApi"
import * as TokenProvider from "@jindouyun/core/TokenProvider"
import type * as TokenRecord from "@jindouyun/core/TokenRecord"
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
import type { Failure } from "../Failure.js"
import type * as Probe from "../Probe.js"
import type { Output } from "./Output.js"
import * as recorder from "./recorder.js"
import * as running from "./running.js"
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
  Failure,
  FileSystem.FileSystem | Output
> =>
  Effect.gen(function*() {
    const answers = recorder.make(running.http(session))
    const { config } = session.settings
    const key = Session.keyOf(session, username)
    const store = yield* Session.storeOf(session)
    const pairs = yield* Effect.gen(function*() {
      const lease = yield* leaseOf(store, key, config)
      const acquired = yield* acquire(session, username, lease, answers.layer)
      const { generation, pair: first } = acquired
      yield* Effect.sleep(config.minRequestInterval)
      // A pair that has arrived is saved without interruption.
      const second = yield* Effect.uninterruptibleMask((restore) =>
        Effect.gen(function*() {
          const api = yield* TokenApi.TokenApi
          const refreshing = api.refresh(first.refreshToken, { secrets: [first.accessToken.value] })
          const answer = yield* Effect.either(restore(refreshing))
          if (Either.isLeft(answer)) {
            return Either.left(answer.left)
          }
          const pair = Token.makePair(answer.right, generation + 1, {
            accessToken: config.accessTokenLifetime,
            refreshToken: config.refreshTokenLifetime
          })
          const record = { ...acquired, generation: generation + 1, pair: Option.some(pair) }
          yield* Effect.filterOrFail(store.save(key, record, Option.some(lease)), Boolean, notSaved)
          return Either.right(pair)
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

/**
 * Acquires a pair as a token provider does, which sends no refused credentials and remembers a refusal. A stored pair
 * does not stop the request, and outlives its refusal.
 */
const acquire = (
  session: Session.Session,
  username: string,
  lease: TokenStore.Lease,
  http: Layer.Layer<HttpClient.HttpClient, InvalidConfiguration>
) =>
  Effect.gen(function*() {
    let stored: TokenRecord.TokenRecord["pair"] = Option.none()
    let acquired: (TokenRecord.TokenRecord & { readonly pair: Option.Some<Token.TokenPair> }) | undefined
    const store = (store: TokenStore.Service): TokenStore.Service => ({
      ...store,
      load: (key) =>
        Effect.map(
          store.load(key),
          Option.map((record) => {
            stored = record.pair
            return { ...record, pair: Option.none() }
          })
        ),
      save: (key, record) => {
        const { pair } = record
        acquired = Option.isSome(pair) ? { ...record, pair } : acquired
        return store.save(
          key,
          Option.isSome(pair) || Option.isNone(stored) ? record : beside(stored, record),
          Option.some(lease)
        )
      },
      // The probe holds the lease until its end.
      lease: () => Effect.succeedSome({ ...lease, release: Effect.void })
    })
    const provider = Effect.flatMap(TokenProvider.TokenProvider, ({ accessToken }) => accessToken)
    yield* running.runToStore(session, username, provider, { store, http })
    return acquired === undefined ? yield* notSaved() : { ...acquired, pair: acquired.pair.value }
  })

/** The stored pair with the refusals of a record. A refused probe does not stop the refresh of that pair. */
const beside = (pair: TokenRecord.TokenRecord["pair"], record: TokenRecord.TokenRecord): TokenRecord.TokenRecord => ({
  ...record,
  pair,
  refusedCredentials: Option.none(),
  earlierRefusals: [...Option.toArray(record.refusedCredentials), ...record.earlierRefusals].slice(0, 8)
})

const notSaved = () =>
  new StoreFailure({ operation: "save", detail: "the account was logged out, or another process took the lease" })

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
