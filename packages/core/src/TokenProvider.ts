/**
 * The access token of one account, always right: acquired when there is none, handed out while it is good, renewed by
 * one request for everybody, and never displaced by a failure.
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Credentials } from "./Credentials.js"
import { accountKey } from "./internal/digest.js"
import { SyncRef } from "./internal/syncRef.js"
import * as telemetry from "./internal/telemetry.js"
import * as Renewal from "./internal/token/renewal.js"
import { JindouyunConfig } from "./JindouyunConfig.js"
import { ProviderClosed, type StoreFailure, type TokenError } from "./JindouyunError.js"
import * as RetryBudget from "./RetryBudget.js"
import { RetryPolicy } from "./RetryPolicy.js"
import { AccessToken } from "./Token.js"
import { TokenApi } from "./TokenApi.js"
import * as TokenState from "./TokenState.js"
import { TokenStore } from "./TokenStore.js"

/**
 * The access token of one account.
 *
 * @since 0.1.0
 * @category tags
 */
export class TokenProvider extends Context.Tag("@jindouyun/core/TokenProvider")<TokenProvider, Service>() {}

/**
 * Nothing here needs anything: a token is a value to yield.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /**
   * A token that is not known to be expired or rejected. Acquires or renews one if need be; any number of readers
   * share one renewal, and none of them takes the others with it when it is interrupted. Fails at once while the
   * provider cools down after a failure; a limit of the reader's own is its `Effect.timeout`.
   */
  readonly accessToken: Effect.Effect<AccessToken, TokenError>
  /**
   * A token of a pair that arrives after now, also while the present one is good. Joins a renewal that is under way.
   */
  readonly refresh: Effect.Effect<AccessToken, TokenError>
  /**
   * Drops the token the platform rejected, and never its successor: generations are compared, not values.
   */
  readonly invalidate: (rejected: AccessToken) => Effect.Effect<void>
  /**
   * Forgets the pair, the cooldown and the refusedCredentials of a refused acquisition, here and in the store. Nothing is sent.
   */
  readonly reset: Effect.Effect<void, StoreFailure>
  /** How things stand now. Holds no secret. */
  readonly status: Effect.Effect<Status>
  /**
   * The status now and after each change. What changes by the passing of time alone, an expiry for example, is seen
   * with the next change: no timer runs for it.
   */
  readonly changes: Stream.Stream<Status>
}

/**
 * How things stand, for people and dashboards.
 *
 * @since 0.1.0
 * @category models
 */
export class Status extends Data.Class<{
  readonly phase: TokenState.Phase
  readonly generation: number
  readonly accessExpiresAt: Option.Option<DateTime.Utc>
  readonly refreshExpiresAt: Option.Option<DateTime.Utc>
  readonly lastFailure: Option.Option<TokenError>
  readonly nextTryAt: Option.Option<DateTime.Utc>
}> {}

/**
 * Makes a provider that lives as long as its scope. A renewal runs on the runtime of the scope, not on that of the
 * reader who happened to need it first.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<
  Service,
  never,
  TokenApi | Credentials | JindouyunConfig | Scope.Scope
> = Effect.gen(function*() {
  const clock = yield* Clock.clockWith(Effect.succeed)
  const config = yield* JindouyunConfig
  const credentials = yield* Credentials
  const runtime = yield* Effect.runtime<never>()
  const store = yield* TokenStore
  const key = accountKey(config.baseUrl, credentials.account)
  const state = new SyncRef(TokenState.initial)
  const observers = new Set<Queue.Enqueue<void>>()
  const served = telemetry.reads(key)

  const changed = (): void => observers.forEach((observer) => observer.unsafeOffer(undefined))

  const update = (f: (state: TokenState.TokenState) => TokenState.TokenState): Effect.Effect<TokenState.TokenState> =>
    Ref.modify(state, (before) => {
      const after = f(before)
      if (after !== before) {
        changed()
      }
      return [after, after]
    })

  const runRenewal = Renewal.make({
    api: yield* TokenApi,
    budget: yield* RetryBudget.sharedOrMake(config.retryBudget),
    clock,
    config,
    credentials,
    key,
    policy: yield* RetryPolicy,
    state,
    store,
    update
  })

  const startRenewal = (forced: boolean): TokenState.Renewal => {
    const tokenReady = Deferred.unsafeMake<void, TokenError>(FiberId.none)
    const done = Deferred.unsafeMake<void, TokenError>(FiberId.none)
    const fiber = Runtime.runFork(runtime, runRenewal({ tokenReady, forced }), { immediate: false })
    fiber.addObserver((exit) => {
      const outcome = Exit.isInterrupted(exit) ? Exit.fail(new ProviderClosed({ delivery: "ambiguous" })) : exit
      Deferred.unsafeDone(tokenReady, outcome)
      Deferred.unsafeDone(done, outcome)
    })
    return { tokenReady, done, fiber }
  }

  // Decision, start and record are one synchronous step: nobody can come between them, and nobody can be interrupted
  // between them.
  const decide = (forced: boolean, hasWaited: boolean): TokenState.Decision => {
    const { current } = state
    const now = clock.unsafeCurrentTimeMillis()
    const decision = TokenState.decide(current, now, config, forced)
    if (current.held !== undefined && (decision._tag === "Serve" || decision._tag === "ServeAndRenew")) {
      served(current.held.pair.accessExpiresAt - now, !hasWaited)
    }
    if (decision._tag !== "Renew" && decision._tag !== "ServeAndRenew") {
      return decision
    }
    const renewal = startRenewal(forced)
    state.current = TokenState.started(renewal)(current)
    changed()
    return decision._tag === "Renew" ? { _tag: "Await", renewal } : decision
  }

  const read = (hasWaited: boolean): Effect.Effect<AccessToken, TokenError> =>
    Effect.suspend(() => {
      const decision = decide(false, hasWaited)
      switch (decision._tag) {
        case "Serve":
        case "ServeAndRenew":
          return Effect.succeed(decision.token)
        case "Fail":
          return Effect.fail(decision.failure)
        case "Await":
          return Effect.matchCauseEffect(tokenOf(decision.renewal), {
            // What arrived may have been rejected before this reader got its turn.
            onSuccess: () => readAgain,
            onFailure: (cause) => Effect.flatMap(isWorthALook, (again) => again ? readAgain : Effect.failCause(cause))
          })
        case "Renew":
          return readAgain
      }
    })

  const accessToken = read(false)
  const readAgain = read(true)

  // Where a token has arrived and cannot be served any more, the next renewal can only follow this one.
  const tokenOf = ({ tokenReady, done }: TokenState.Renewal): Effect.Effect<void, TokenError> =>
    Effect.flatMap(Deferred.isDone(tokenReady), (isReady) => Deferred.await(isReady ? done : tokenReady))

  // A clock that was turned back may have made the token good again. A token that was good when its refresh was refused
  // may have been rejected since, and that refusal is none of a reader's business.
  const isWorthALook = Effect.map(
    Ref.get(state),
    (current) =>
      TokenState.canServe(current, clock.unsafeCurrentTimeMillis(), config)
      || (current.held?.refresh === "refused" && current.refusedCredentials === undefined &&
        current.activity._tag !== "Cooling")
  )

  // A renewal that is joined may have brought its pair before this was called: then one more follows.
  const newerThan = (known: number): Effect.Effect<AccessToken, TokenError> =>
    Effect.suspend(() => {
      if (state.current.generation > known) {
        return readAgain
      }
      const decision = decide(true, true)
      switch (decision._tag) {
        case "Await":
          return Effect.zipRight(Deferred.await(decision.renewal.done), newerThan(known))
        case "Fail":
          return Effect.fail(decision.failure)
        default:
          return newerThan(known)
      }
    })

  // A forced refresh without a pair first reads the store, to learn which generation its result must exceed.
  const present = Effect.flatMap(
    Ref.get(state),
    ({ activity, generation }) =>
      generation > 0 || activity._tag === "Closed"
        ? Effect.succeed(generation)
        : Effect.orElseSucceed(Renewal.known({ config, key, store }), () => generation)
  )

  const status = Effect.map(Ref.get(state), (current) => statusOf(current, clock.unsafeCurrentTimeMillis(), config))

  // One signal at a time is enough: who has not looked since the last one will see all of it.
  const observer = () =>
    Effect.acquireRelease(
      Effect.tap(Queue.sliding<void>(1), (queue) => Effect.sync(() => observers.add(queue))),
      (queue) => Effect.zipRight(Effect.sync(() => observers.delete(queue)), Queue.shutdown(queue))
    )

  // The status now, then each that is another, until one is the last.
  const following =
    (queue: Queue.Dequeue<void>) =>
    (seen: Option.Option<Status>): Effect.Effect<Option.Option<readonly [Status, Option.Option<Status>]>> =>
      Option.exists(seen, ({ phase }) => phase === "closed") ? Effect.succeedNone : Effect.flatMap(
        Effect.zipRight(Option.isNone(seen) ? Effect.void : Queue.take(queue), status),
        (found) =>
          Option.contains(seen, found) ? following(queue)(seen) : Effect.succeedSome([found, Option.some(found)])
      )

  // One step as well: a renewal that is not told of it at once would send one request more.
  yield* Effect.addFinalizer(() =>
    Effect.flatMap(
      Effect.fiberIdWith((closer) =>
        Ref.modify(state, (before) => {
          if (before.activity._tag === "Renewing") {
            before.activity.renewal.fiber.unsafeInterruptAsFork(closer)
          }
          changed()
          return [before.activity, TokenState.closed(before)]
        })
      ),
      (activity) => activity._tag === "Renewing" ? Fiber.await(activity.renewal.fiber) : Effect.void
    )
  )

  // What is rarely asked for is made when it is: of ten thousand providers most only hand out their token.
  return {
    accessToken,
    refresh: Effect.suspend(() =>
      Effect.flatMap(present, newerThan).pipe(
        Effect.withSpan("TokenProvider.refresh", { captureStackTrace: false })
      )
    ),
    invalidate: (rejected) => Effect.asVoid(update(TokenState.invalidated(rejected))),
    // A read that comes before the store has forgotten may bring the pair and the refusedCredentials back from there.
    reset: Effect.suspend(() =>
      Effect.flatMap(
        update(TokenState.reset),
        ({ generation }) =>
          Effect.flatMap(
            Renewal.forget({ config, key, store }, generation),
            (last) => update(TokenState.forgotten(last))
          )
      ).pipe(
        Effect.asVoid,
        Effect.withSpan("TokenProvider.reset", { captureStackTrace: false })
      )
    ),
    status,
    changes: Stream.suspend(() =>
      Stream.unwrapScoped(
        Effect.map(observer(), (queue) => Stream.unfoldEffect(Option.none<Status>(), following(queue)))
      )
    )
  }
})

/**
 * A provider for the account in the context. `TokenStore`, `RetryPolicy` and `RetryBudget` are taken from the context
 * too, where a layer put them there.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<
  TokenProvider,
  never,
  TokenApi | Credentials | JindouyunConfig
> = /*#__PURE__*/ Layer.scoped(TokenProvider, make)

/**
 * Keeps the token of the provider in the context fresh where nobody reads it for long: it reads when a renewal falls
 * due, at the end of a cooldown, and when a token was rejected. The only timer of this library, never longer than an
 * hour, and gone with its scope. Failures are left to the readers and to the status.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerKeepFresh: Layer.Layer<
  never,
  never,
  TokenProvider | JindouyunConfig
> = /*#__PURE__*/ Layer.scopedDiscard(
  /*#__PURE__*/ Effect.gen(function*() {
    const config = yield* JindouyunConfig
    const provider = yield* TokenProvider
    const look = Effect.gen(function*() {
      yield* Effect.exit(provider.accessToken)
      const seen = yield* provider.status
      const wait = untilNextLook(seen, yield* Clock.currentTimeMillis, config)
      yield* provider.changes.pipe(
        Stream.filter((status) => !Equal.equals(status, seen) && isNews(status)),
        Stream.runHead,
        Effect.timeoutOption(wait)
      )
      return seen.phase
    })
    yield* Effect.forkScoped(Effect.repeat(look, { until: (phase) => phase === "closed" }))
  })
)

/**
 * A provider for tests that always hands out the given token and knows no other.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerStatic = (token: Redacted.Redacted): Layer.Layer<TokenProvider> => {
  const accessToken = Effect.succeed(new AccessToken({ value: token, generation: 1 }))
  const status = new Status({ ...nothing, phase: "fresh", generation: 1 })
  return Layer.succeed(TokenProvider, {
    accessToken,
    refresh: accessToken,
    invalidate: () => Effect.void,
    reset: Effect.void,
    status: Effect.succeed(status),
    changes: Stream.succeed(status)
  })
}

/**
 * A provider for tests whose every read fails with the given error.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFailing = (error: TokenError): Layer.Layer<TokenProvider> => {
  const status = new Status({ ...nothing, lastFailure: Option.some(error) })
  return Layer.succeed(TokenProvider, {
    accessToken: Effect.fail(error),
    refresh: Effect.fail(error),
    invalidate: () => Effect.void,
    reset: Effect.void,
    status: Effect.succeed(status),
    changes: Stream.succeed(status)
  })
}

const hour = 3_600_000

// The first of the moments ahead at which a read may start something. A second at least: clocks are only so exact.
const untilNextLook = (status: Status, now: number, policy: TokenState.Policy): number => {
  const expiry = Option.map(status.accessExpiresAt, DateTime.toEpochMillis)
  const moments = [
    Option.map(status.nextTryAt, DateTime.toEpochMillis),
    Option.map(expiry, (at) => at - policy.earlyRefresh),
    Option.map(expiry, (at) => at - policy.expiryMargin)
  ]
  const ahead = Arr.getSomes(moments).map((moment) => moment - now).filter((wait) => wait > 0)
  return Math.max(Math.min(hour, ...ahead), 1000)
}

const isNews = ({ nextTryAt, phase }: Status): boolean =>
  Option.isSome(nextTryAt) || phase === "absent" || phase === "expired" || phase === "rejected" || phase === "closed"

const nothing = {
  phase: "absent",
  generation: 0,
  accessExpiresAt: Option.none<DateTime.Utc>(),
  refreshExpiresAt: Option.none<DateTime.Utc>(),
  lastFailure: Option.none<TokenError>(),
  nextTryAt: Option.none<DateTime.Utc>()
} as const

const statusOf = (
  state: TokenState.TokenState,
  now: number,
  policy: TokenState.Policy
): Status => {
  const pair = Option.map(Option.fromNullable(state.held), (held) => held.pair)
  return new Status({
    phase: TokenState.phase(state, now, policy),
    generation: state.generation,
    accessExpiresAt: Option.map(pair, ({ accessExpiresAt }) => DateTime.unsafeMake(accessExpiresAt)),
    refreshExpiresAt: Option.map(pair, ({ refreshExpiresAt }) => DateTime.unsafeMake(refreshExpiresAt)),
    lastFailure: Option.fromNullable(state.activity.failure ?? state.refusedCredentials?.failure),
    nextTryAt: Option.map(Option.fromNullable(TokenState.nextTryAt(state, now)), DateTime.unsafeMake)
  })
}
