/**
 * The access token of one account. The provider acquires, caches and refreshes it; any number of callers share one renewal.
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
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Credentials } from "./Credentials.js"
import { accountKey } from "./internal/digest.js"
import { interruptNow } from "./internal/edition/interruptNow.js"
import * as Runner from "./internal/edition/runner.js"
import * as SyncRef from "./internal/edition/syncRef.js"
import * as instant from "./internal/instant.js"
import { SharedRunner } from "./internal/sharedRunner.js"
import * as telemetry from "./internal/telemetry.js"
import * as renewal from "./internal/token/renewal.js"
import * as TokenState from "./internal/token/state.js"
import { JindouyunConfig } from "./JindouyunConfig.js"
import { ProviderClosed, type StoreFailure, type TokenError } from "./JindouyunError.js"
import * as RetryBudget from "./RetryBudget.js"
import { RetryPolicy } from "./RetryPolicy.js"
import { AccessToken } from "./Token.js"
import { TokenApi } from "./TokenApi.js"
import { TokenStore } from "./TokenStore.js"

/**
 * The provider of one account.
 *
 * @since 0.1.0
 * @category tags
 */
export class TokenProvider extends Context.Tag("@jindouyun/core/TokenProvider")<TokenProvider, Service>() {}

/**
 * The provider's operations; none has requirements (`R = never`).
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The account as the program named it; the spans of calls show it. Providers for tests have none. */
  readonly account?: string | undefined
  /**
   * Returns a valid token; acquires or refreshes if necessary.
   *
   * An interrupted caller affects no other. While the provider cools down after a failure, a caller that cannot be served
   * fails at once. Use `Effect.timeout` for a shorter limit than `renewalTimeout`.
   */
  readonly accessToken: Effect.Effect<AccessToken, TokenError>
  /** Forces a refresh and returns the new token. Joins a running renewal if its pair has not been received yet. */
  readonly refresh: Effect.Effect<AccessToken, TokenError>
  /**
   * Marks a token as rejected by the platform. Compares generations: the successor of the token is kept. A token of another
   * account or platform changes nothing.
   */
  readonly invalidate: (rejected: AccessToken) => Effect.Effect<void>
  /** Forgets the pair, the cooldown and refused credentials, here and in the store. Sends no request. */
  readonly reset: Effect.Effect<void, StoreFailure>
  /** The status now. Contains no secret. */
  readonly status: Effect.Effect<Status>
  /** The status now and after each change. A change by time alone, such as an expiry, appears with the next change. */
  readonly changes: Stream.Stream<Status>
}

/**
 * The phase of a token, which decides what a read does:
 *
 * - `fresh`: it returns the token. `due`: it also starts a refresh in the background.
 * - `renewing`: it waits. `absent`, `expired`, `rejected`: it starts a renewal and waits.
 * - `cooling`: it fails at once until `nextTryAt`. `closed`: it fails at once.
 * - `credentialsRefused`: it fails at once until `nextTryAt`, then reads the credentials again and sends only other ones.
 *
 * @since 0.1.0
 * @category models
 */
export type Phase = TokenState.Phase

/**
 * The state of a token without its secrets, for people and dashboards.
 *
 * @since 0.1.0
 * @category models
 */
export class Status extends Data.Class<{
  readonly phase: Phase
  readonly generation: number
  readonly accessExpiresAt: Option.Option<DateTime.Utc>
  readonly refreshExpiresAt: Option.Option<DateTime.Utc>
  /** Why the last renewal failed, until one succeeds. If credentials are refused, the refusal. */
  readonly lastFailure: Option.Option<TokenError>
  /** While the provider cools down: when the next renewal may start. */
  readonly nextTryAt: Option.Option<DateTime.Utc>
  /**
   * The last save or lease that failed, until a save succeeds. `accessToken` and `refresh` still succeed if only the save
   * failed: the pair is then in memory only.
   */
  readonly storeFailure: Option.Option<StoreFailure>
}> {}

/**
 * A provider that is closed with its scope. Renewals run with the settings of the fiber that builds the provider, or of
 * `Accounts.make`, not on the fiber of a caller.
 *
 * @example
 * ```ts
 * import * as TokenProvider from "@jindouyun/core/TokenProvider"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * // Acquires a token while the layer is built. With a wrong password the program fails at its start.
 * export const checked = Layer.scoped(
 *   TokenProvider.TokenProvider,
 *   Effect.tap(TokenProvider.make, ({ accessToken }) => accessToken)
 * )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<
  Service,
  never,
  TokenApi | Credentials | JindouyunConfig | Scope.Scope
> = /*#__PURE__*/ Effect.gen(function*() {
  const config = yield* JindouyunConfig
  const credentials = yield* Credentials
  const key = accountKey(config.baseUrl, credentials.account)
  const observers: Observers = []
  const self: Provider = {
    api: yield* TokenApi,
    budget: yield* RetryBudget.sharedOrMake(config.retryBudget),
    clock: yield* Clock.clockWith(Effect.succeed),
    config,
    credentials,
    key,
    retryPolicy: yield* RetryPolicy,
    state: SyncRef.make(TokenState.initial, () => observers.forEach((observer) => observer.unsafeOffer(undefined))),
    store: yield* TokenStore,
    runner: yield* Effect.flatMap(
      SharedRunner,
      Option.match({ onNone: () => Runner.make<never>(), onSome: Effect.succeed })
    ),
    countHits: telemetry.cacheHits(key)
  }
  // `Effect.addFinalizer` would keep the settings of the fiber for each provider.
  yield* Effect.uninterruptible(Effect.flatMap(Effect.scope, (scope) => {
    telemetry.accountOpened(key)
    return Scope.addFinalizer(
      scope,
      Effect.suspend(() => Effect.ensuring(close(self), Effect.sync(() => telemetry.accountClosed(key))))
    )
  }))
  // Built at each use: a program can have thousands of providers, and most operations of most providers are never used.
  return {
    account: credentials.account,
    accessToken: read(self, false),
    refresh: Effect.suspend(() => refresh(self)),
    invalidate: (rejected) =>
      (rejected.account ?? key) === key ? Ref.update(self.state, TokenState.invalidated(rejected)) : Effect.void,
    reset: Effect.suspend(() => reset(self)),
    status: Effect.sync(() => statusNow(self)),
    changes: Stream.suspend(() => changesOf(self, observers))
  }
})

/**
 * Reads `TokenStore`, `RetryPolicy` and `RetryBudget` too, which have defaults.
 *
 * @example
 * ```ts
 * import * as Credentials from "@jindouyun/core/Credentials"
 * import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
 * import * as RetryPolicy from "@jindouyun/core/RetryPolicy"
 * import * as TokenApi from "@jindouyun/core/TokenApi"
 * import * as TokenProvider from "@jindouyun/core/TokenProvider"
 * import * as Layer from "effect/Layer"
 *
 * // A provider without a client and without retries. The layer needs an `HttpClient`.
 * export const provider = TokenProvider.layer.pipe(
 *   Layer.provide([TokenApi.layer, Credentials.layerFromEnv, RetryPolicy.layer(RetryPolicy.never)]),
 *   Layer.provide(JindouyunConfig.layerFromEnv())
 * )
 * ```
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
 * Refreshes the token of the provider in the context on a timer.
 *
 * **When to use**
 *
 * Tokens are refreshed when read. Add this layer if reads are rare and a caller should never wait for a renewal.
 *
 * **Details**
 *
 * It reads the token when a refresh is due, when a cooldown ends, and when the token was rejected. It sleeps at most an hour and
 * ends with its scope. Failures appear in the status only.
 *
 * @example
 * ```ts
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Jindouyun from "@jindouyun/core/Jindouyun"
 * import * as TokenProvider from "@jindouyun/core/TokenProvider"
 * import * as Layer from "effect/Layer"
 *
 * // The services of an account whose token is refreshed also while nothing reads it.
 * export const account = TokenProvider.layerKeepFresh.pipe(
 *   Layer.provideMerge(Jindouyun.layerFromEnv()),
 *   Layer.provide(FetchHttpClient.layer)
 * )
 * ```
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
    const readAndWait = Effect.gen(function*() {
      yield* Effect.exit(provider.accessToken)
      const seen = yield* provider.status
      const wait = untilNextRead(seen, yield* Clock.currentTimeMillis, config)
      yield* provider.changes.pipe(
        Stream.filter((status) => !Equal.equals(status, seen) && isNews(status)),
        Stream.runHead,
        Effect.timeoutOption(wait)
      )
      return seen.phase
    })
    yield* Effect.forkScoped(Effect.repeat(readAndWait, { until: (phase) => phase === "closed" }))
  })
)

/**
 * A provider for tests that always returns the given token.
 *
 * @example
 * ```ts
 * import * as TokenProvider from "@jindouyun/core/TokenProvider"
 * import * as Effect from "effect/Effect"
 * import * as Redacted from "effect/Redacted"
 *
 * const cookie = Effect.gen(function*() {
 *   const { accessToken } = yield* TokenProvider.TokenProvider
 *   return `token=${Redacted.value((yield* accessToken).value)}`
 * })
 *
 * // A test expects "token=abc".
 * export const tested = Effect.provide(cookie, TokenProvider.layerStatic(Redacted.make("abc")))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerStatic = (token: Redacted.Redacted): Layer.Layer<TokenProvider> =>
  layerConstant(
    Effect.succeed(new AccessToken({ value: token, generation: 1, expiresAt: instant.of(instant.latest) })),
    new Status({ ...blank(), phase: "fresh", generation: 1 })
  )

/**
 * A provider for tests whose reads fail with the given error.
 *
 * @example
 * ```ts
 * import * as JindouyunError from "@jindouyun/core/JindouyunError"
 * import * as TokenProvider from "@jindouyun/core/TokenProvider"
 * import * as Effect from "effect/Effect"
 *
 * const isReady = Effect.flatMap(TokenProvider.TokenProvider, ({ accessToken }) => accessToken).pipe(
 *   Effect.as(true),
 *   Effect.catchTag("CredentialsUnavailable", () => Effect.succeed(false))
 * )
 *
 * // A test expects `false`.
 * const error = new JindouyunError.CredentialsUnavailable({ detail: "the secret manager is sealed" })
 * export const tested = Effect.provide(isReady, TokenProvider.layerFailing(error))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFailing = (error: TokenError): Layer.Layer<TokenProvider> =>
  layerConstant(Effect.fail(error), new Status({ ...blank(), lastFailure: Option.some(error) }))

const blank = (): Status => statusOf(TokenState.initial, 0, { expiryMargin: 0, earlyRefresh: 0 })

const layerConstant = (accessToken: Service["accessToken"], status: Status): Layer.Layer<TokenProvider> =>
  Layer.succeed(TokenProvider, {
    accessToken,
    refresh: accessToken,
    invalidate: () => Effect.void,
    reset: Effect.void,
    status: Effect.succeed(status),
    changes: Stream.succeed(status)
  })

type Observers = Array<Queue.Enqueue<void>>

/** The services and the state that the operations of one provider share. */
interface Provider extends renewal.Environment {
  readonly runner: Runner.Runner<never>
  readonly countHits: (hits: number) => void
}

const named = ({ credentials }: Provider) => telemetry.named(credentials.account)

const read = (self: Provider, hasWaited: boolean): Effect.Effect<AccessToken, TokenError> =>
  Effect.suspend(() => {
    const decision = decideAndStart(self, false, hasWaited)
    switch (decision._tag) {
      case "Serve":
      case "ServeAndRenew":
        return Effect.succeed(decision.token)
      case "Fail":
        return Effect.fail(decision.failure)
      case "Await":
        return Effect.matchCauseEffect(tokenOf(decision.renewal), {
          // The new token may have been rejected before this fiber runs.
          onSuccess: () => read(self, true),
          onFailure: (cause) =>
            mayServeNow(self) || isReset(self, decision.renewal) ? read(self, true) : Effect.failCause(cause)
        })
    }
  })

const refresh = (self: Provider): Effect.Effect<AccessToken, TokenError> =>
  Effect.flatMap(generationToExceed(self), (known) => readNewerThan(self, known)).pipe(
    Effect.withSpan("TokenProvider.refresh", { captureStackTrace: false }),
    named(self)
  )

const reset = (self: Provider): Effect.Effect<void, StoreFailure> =>
  named(self)(renewal.reset(self).pipe(Effect.withSpan("TokenProvider.reset", { captureStackTrace: false })))

// A joined renewal may have received its pair before this call. Then a second renewal is needed.
const readNewerThan = (self: Provider, known: number): Effect.Effect<AccessToken, TokenError> =>
  Effect.suspend(() => {
    if (SyncRef.get(self.state).generation > known) {
      return read(self, true)
    }
    const decision = decideAndStart(self, true, true)
    switch (decision._tag) {
      case "Serve":
      case "ServeAndRenew":
        return readNewerThan(self, known)
      case "Fail":
        return Effect.fail(decision.failure)
      case "Await":
        return Effect.matchCauseEffect(Deferred.await(decision.renewal.done), {
          onSuccess: () => readNewerThan(self, known),
          onFailure: (cause) => isReset(self, decision.renewal) ? readNewerThan(self, known) : Effect.failCause(cause)
        })
    }
  })

// A forced refresh without a pair first reads the store, to learn which generation its result must exceed.
const generationToExceed = (self: Provider): Effect.Effect<number> =>
  Effect.flatMap(Ref.get(self.state), ({ activity, generation }) =>
    generation > 0 || activity._tag === "Closed"
      ? Effect.succeed(generation)
      : Effect.orElseSucceed(renewal.storedGeneration(self), () => generation))

// Decision, start and record of a renewal are one synchronous step: no other fiber runs and no interruption comes
// between them.
const decideAndStart = (
  self: Provider,
  forced: boolean,
  hasWaited: boolean
): Exclude<TokenState.Decision, { _tag: "Renew" }> => {
  const { clock, config, state } = self
  const current = SyncRef.get(state)
  const decision = TokenState.decide(current, clock.unsafeCurrentTimeMillis(), config, forced)
  if (decision._tag === "Serve" || decision._tag === "ServeAndRenew") {
    self.countHits(hasWaited ? 0 : 1)
  }
  if (decision._tag !== "Renew" && decision._tag !== "ServeAndRenew") {
    return decision
  }
  const started = startRenewal(self, forced, current.resets)
  SyncRef.set(state, TokenState.started(started)(current))
  return decision._tag === "Renew" ? { _tag: "Await", renewal: started } : decision
}

const startRenewal = (self: Provider, forced: boolean, resets: number): TokenState.Renewal => {
  const tokenReady = Deferred.unsafeMake<void, TokenError>(FiberId.none)
  const done = Deferred.unsafeMake<void, TokenError>(FiberId.none)
  const fiber = self.runner.fork(named(self)(renewal.run(self, { tokenReady, forced })))
  fiber.addObserver((exit) => {
    const outcome = Exit.isInterrupted(exit) ? Exit.fail(new ProviderClosed({ delivery: "ambiguous" })) : exit
    Deferred.unsafeDone(tokenReady, outcome)
    Deferred.unsafeDone(done, outcome)
  })
  return { tokenReady, done, fiber, resets }
}

/** Waits until a token is ready. If this renewal has delivered its token already, waits for the end of the renewal. */
const tokenOf = ({ done, tokenReady }: TokenState.Renewal): Effect.Effect<void, TokenError> =>
  Effect.flatMap(Deferred.isDone(tokenReady), (isReady) => Deferred.await(isReady ? done : tokenReady))

// After a wall clock was set back the held token may be valid again. After an early refresh was refused, `invalidate`
// may reject the token: read again instead of failing with that refusal.
const mayServeNow = ({ clock, config, state }: Provider): boolean => {
  const current = SyncRef.get(state)
  const { activity, held, refusedCredentials } = current
  return TokenState.canServe(current, clock.unsafeCurrentTimeMillis(), config)
    || (held?.refresh === "refused" && refusedCredentials === undefined && activity._tag !== "Cooling")
}

/** Whether a reset came after the start of a renewal. */
const isReset = ({ state }: Provider, { resets }: TokenState.Renewal): boolean => SyncRef.get(state).resets !== resets

// The state is closed and the renewal interrupted in one step: otherwise the renewal could send one more request.
const close = ({ state }: Provider): Effect.Effect<void> =>
  Effect.suspend(() => {
    const current = SyncRef.get(state)
    const { activity } = current
    SyncRef.set(state, TokenState.closed(current))
    if (activity._tag !== "Renewing") {
      return Effect.void
    }
    const { fiber } = activity.renewal
    interruptNow(fiber)
    return Effect.asVoid(Fiber.await(fiber))
  })

/** The status now, then each different status, until the provider is closed. */
const changesOf = (self: Provider, observers: Observers): Stream.Stream<Status> => {
  // One pending signal is enough: the observer reads the latest status. The first signal is its own.
  const observe = Effect.acquireRelease(
    Effect.tap(Queue.sliding<void>(1), (queue) => {
      observers.push(queue)
      return Queue.offer(queue, undefined)
    }),
    (queue) => Effect.zipRight(Effect.sync(() => observers.splice(observers.indexOf(queue), 1)), Queue.shutdown(queue))
  )
  return Stream.unwrapScoped(
    Effect.map(observe, (queue) => Stream.repeatEffect(Effect.map(Queue.take(queue), () => statusNow(self))))
  ).pipe(
    Stream.changes,
    Stream.takeUntil(({ phase }) => phase === "closed")
  )
}

const hour = 3_600_000

// Milliseconds until a read may start a renewal. At least a second, because clocks are not exact.
const untilNextRead = ({ accessExpiresAt, nextTryAt }: Status, now: number, policy: TokenState.Policy): number => {
  const untilExpiry = Option.map(accessExpiresAt, (at) => DateTime.toEpochMillis(at) - now)
  const waits = Arr.getSomes([
    Option.map(nextTryAt, (at) => DateTime.toEpochMillis(at) - now),
    Option.map(untilExpiry, (wait) => wait - policy.earlyRefresh),
    Option.map(untilExpiry, (wait) => wait - policy.expiryMargin)
  ])
  return Math.max(Math.min(hour, ...waits.filter((wait) => wait > 0)), 1000)
}

const isNews = ({ nextTryAt, phase }: Status): boolean =>
  Option.isSome(nextTryAt) || phase === "absent" || phase === "expired" || phase === "rejected" || phase === "closed"

const statusNow = ({ clock, config, state }: Provider): Status =>
  statusOf(SyncRef.get(state), clock.unsafeCurrentTimeMillis(), config)

const statusOf = (state: TokenState.TokenState, now: number, policy: TokenState.Policy): Status =>
  new Status({
    phase: TokenState.phase(state, now, policy),
    generation: state.generation,
    accessExpiresAt: instantOf(state.held?.pair.accessExpiresAt),
    refreshExpiresAt: instantOf(state.held?.pair.refreshExpiresAt),
    lastFailure: Option.fromNullable(state.activity.failure ?? state.refusedCredentials?.failure),
    nextTryAt: instantOf(TokenState.nextTryAt(state, now)),
    storeFailure: Option.fromNullable(state.storeFailure)
  })

const instantOf = (millis: number | undefined): Option.Option<DateTime.Utc> =>
  Option.map(Option.fromNullable(millis), instant.of)
