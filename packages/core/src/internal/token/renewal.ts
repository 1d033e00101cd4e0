/**
 * One renewal, from `run` downwards: under the lease of the store it adopts a newer record, or sends requests until a pair is
 * received or a failure is final. Each function does one step; `state` and `recovery` decide.
 */
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import type * as Credentials from "../../Credentials.js"
import type * as JindouyunConfig from "../../JindouyunConfig.js"
import {
  CredentialsUnavailable,
  isRefusal,
  StoreFailure,
  type TokenError,
  type TokenRequestError,
  TransportFailure,
  UnexpectedResponse
} from "../../JindouyunError.js"
import type * as RetryBudget from "../../RetryBudget.js"
import type * as RetryPolicy from "../../RetryPolicy.js"
import * as Token from "../../Token.js"
import * as TokenApi from "../../TokenApi.js"
import type { RefusedCredentials, TokenRecord } from "../../TokenRecord.js"
import type * as TokenStore from "../../TokenStore.js"
import * as digest from "../digest.js"
import { withLiveClock } from "../edition/liveClock.js"
import { unlogged } from "../edition/untraced.js"
import { bounded, contained, detached } from "../guard.js"
import { largestGeneration, withDispositions } from "../record.js"
import { problemOfSecret, reveal } from "../redact.js"
import * as retry from "../retry.js"
import * as telemetry from "../telemetry.js"
import * as recovery from "./recovery.js"
import * as TokenState from "./state.js"

/** The services and settings of every renewal of one account. */
export interface Environment {
  readonly api: TokenApi.Service
  readonly budget: RetryBudget.Service
  readonly clock: Clock.Clock
  readonly config: JindouyunConfig.Service
  readonly credentials: Credentials.Service
  readonly key: string
  readonly retryPolicy: RetryPolicy.Policy
  readonly state: Ref.Ref<TokenState.TokenState>
  readonly store: TokenStore.Service
}

/** `forced`: only a pair newer than the held pair ends the renewal. `tokenReady` completes as soon as a token can be served. */
interface Options {
  readonly forced: boolean
  readonly tokenReady: Deferred.Deferred<void, TokenError>
}

/** One renewal while it runs. */
interface Run extends Environment, Options {
  /** A servable token of a later generation ends the renewal. */
  readonly generationAtStart: number
  /** A later reset ends the renewal without a pair. */
  readonly resetsAtStart: number
  /** Milliseconds left until the deadline, on the monotonic clock. */
  readonly timeLeft: () => number
  readonly nextDelay: ReturnType<typeof retry.make>
  /** None until the store grants it. Without a lease, a request is sent only if `acquireWithoutStore` is true. */
  readonly lease: Option.Option<TokenStore.Lease>
}

/** The next request, and how many milliseconds to wait before it. */
interface Step {
  readonly request: recovery.TokenRequest
  readonly progress: recovery.Progress
  readonly delay: number
}

/** How a renewal ends without a token: with the activity that follows. */
type Failed = (TokenState.Idle | TokenState.Cooling) & { readonly failure: TokenError }

type Unavailable = StoreFailure | CredentialsUnavailable

/** Runs a renewal. It can be interrupted only while it waits, and always records how it ended. */
export const run = (env: Environment, options: Options): Effect.Effect<void, TokenError> =>
  Effect.scoped(renew(env, options)).pipe(
    Effect.catchTag("StoreFailure", "CredentialsUnavailable", (failure) => startCooldown(env, failure)),
    Effect.interruptible,
    Effect.onExit((exit) => {
      const failed = Option.flatMap(Exit.causeOption(exit), Cause.failureOption)
      const idle: TokenState.Idle = { _tag: "Idle", failure: undefined }
      return Ref.update(env.state, TokenState.finished(Option.getOrElse(failed, () => idle)))
    }),
    // `mapError` would wrap the error in a proxy. The callers must receive the error object that the state holds.
    Effect.mapErrorCause(Cause.map(({ failure }) => failure)),
    Effect.annotateLogs({ package: "@jindouyun/core", module: "TokenProvider" }),
    Effect.withSpan("TokenProvider.renew", { captureStackTrace: false }),
    unlogged
  )

const renew = (env: Environment, options: Options): Effect.Effect<void, Failed | Unavailable, Scope.Scope> =>
  Effect.gen(function*() {
    const run = makeRun(env, options, yield* Ref.get(env.state))
    const lease = yield* Effect.either(waitForLease(run))
    if (Either.isLeft(lease)) {
      yield* acquireWithoutStore(run, lease.left)
    } else if (lease.right === "heldTooLong") {
      return yield* storeFailure("lease")("another process held the lease for too long")
    } else if (lease.right !== "newerPair") {
      yield* renewUnderLease({ ...run, lease: Option.some(lease.right) })
    }
  })

const makeRun = (
  env: Environment,
  options: Options,
  { generation, lastRequestAt, resets }: TokenState.TokenState
): Run => {
  const interval = lastRequestAt === undefined ? 0 : env.config.minRequestInterval
  const deadline = monotonic(env) + interval + env.config.renewalTimeout
  return {
    ...env,
    ...options,
    generationAtStart: generation,
    resetsAtStart: resets,
    timeLeft: () => Math.max(0, deadline - monotonic(env)),
    nextDelay: retry.make(env.retryPolicy, env.budget, () => wallClock(env)),
    lease: Option.none()
  }
}

const renewUnderLease = (run: Run) =>
  Effect.unlessEffect(sendRequests(run), adoptNewer(run)).pipe(
    Effect.catchTag("StoreFailure", (failure) =>
      // Another process took the lease and may have saved a new pair: read the store before failing.
      Effect.unlessEffect(Effect.fail(failure), Effect.orElseSucceed(adoptNewer(run), () => false)))
  )

// Without the store no process knows whether another one is using the refresh token: only an acquisition is safe.
const acquireWithoutStore = (run: Run, failure: StoreFailure) =>
  Effect.gen(function*() {
    if (!run.config.acquireWithoutStore || (yield* canServe(run)) || !isInTime(run)(0)) {
      return yield* failure
    }
    yield* reportToStatus(run, failure)
    yield* Effect.logWarning(`${failure.message} Acquiring without the store, because acquireWithoutStore is true.`)
    yield* sendRequests(run, "acquire")
  })

// The lease

/** Waits until the lease is granted, another process has saved a newer pair that can be served, or the time is up. */
const waitForLease = (
  run: Run
): Effect.Effect<TokenStore.Lease | "newerPair" | "heldTooLong", StoreFailure, Scope.Scope> =>
  Effect.gen(function*() {
    let isHeldElsewhere = false
    for (let pause = shortestPause;; pause = Math.min(2 * pause, longestPause)) {
      if (yield* adoptNewer(run)) {
        return "newerPair"
      }
      if (isHeldElsewhere && leaseTimeLeft(run) <= 0) {
        return "heldTooLong"
      }
      // If the time is up before the answer, the lease is still the one that another process holds.
      const lease = yield* Effect.catchAll(acquireLease(run), (failure) =>
        isHeldElsewhere && leaseTimeLeft(run) <= 0 ? Effect.succeedNone : failure)
      if (Option.isSome(lease)) {
        return lease.value
      }
      isHeldElsewhere = true
      const wait = pause * (0.5 + (yield* Random.next) / 2)
      yield* Effect.sleep(Math.max(Math.min(wait, leaseTimeLeft(run)), 0))
    }
  })

// The wait ends early enough for two requests, a refresh and an acquisition.
const leaseTimeLeft = ({ config, timeLeft }: Run): number =>
  timeLeft() - Math.min(2 * (config.minRequestInterval + shortestRequest(config)), config.renewalTimeout / 2)

const acquireLease = (run: Run) => {
  const failure = storeFailure("lease")
  const release = Option.match({
    onNone: () => Effect.void,
    onSome: ({ release }: TokenStore.Lease) =>
      // The lease expires by itself.
      Effect.catchAll(detached(release, { failure, millis: leaseSlack }), ({ message }) => Effect.logDebug(message))
  })
  const lease = run.store.lease(run.key, Duration.millis(run.config.requestTimeout + leaseSlack))
  return Effect.acquireRelease(
    detached(lease, { failure, millis: Math.max(leaseTimeLeft(run), 0), onLate: release }),
    release
  )
}

// The store

/** Loads the record, adopts it if it is newer, and returns whether it brought a newer token that can be served. */
const adoptNewer = (run: Run, limit = run.timeLeft()): Effect.Effect<boolean, StoreFailure> =>
  Effect.gen(function*() {
    const before = yield* Ref.get(run.state)
    const record = (yield* run.store.load(run.key).pipe(bounded(limit, storeFailure("load")))).pipe(
      Option.map((record) => ({
        ...record,
        pair: Option.map(record.pair, (pair) => withToken(pair, { account: run.key }))
      }))
    )
    const outcome = yield* Ref.modify(run.state, (state) => {
      // A reset may have forgotten this record: if the state changed during the load, load again.
      const after = state === before && Option.isSome(record)
        ? TokenState.adopted(withDispositions(record.value, run.config.returnCodes), wallClock(run))(state)
        : state
      return [{ after, isCurrent: state === before }, after]
    })
    const { held } = outcome.after
    if (held !== undefined && held !== before.held) {
      telemetry.expiresAt(run.key, held.pair.accessExpiresAt)
    }
    return outcome.isCurrent
      ? outcome.after.generation > run.generationAtStart
        && TokenState.canServe(outcome.after, wallClock(run), run.config)
      : yield* adoptNewer(run, limit)
  })

const withToken = (pair: Token.TokenPair, fields: Partial<Token.AccessToken>): Token.TokenPair =>
  new Token.TokenPair({ ...pair, accessToken: new Token.AccessToken({ ...pair.accessToken, ...fields }) })

/** Saves a record. A failed save loses no pair: the pair is held in memory, and `Status.storeFailure` has the failure. */
const save = (run: Run, record: TokenRecord): Effect.Effect<void> =>
  Effect.gen(function*() {
    const isSaved = yield* detached(run.store.save(run.key, record, run.lease), {
      millis: run.config.requestTimeout,
      failure: storeFailure("save")
    })
    if (!isSaved) {
      // If the store has a newer record, adopt it, also if this process was paused past its deadline.
      yield* adoptNewer(run, run.config.requestTimeout)
      const { generation } = yield* Ref.get(run.state)
      if (generation <= record.generation) {
        return yield* storeFailure("save")("the record was cleared, or the lease was lost")
      }
    }
    yield* Ref.update(run.state, TokenState.storeReported(undefined))
  }).pipe(
    Effect.catchAll((failure) => Effect.zipRight(reportToStatus(run, failure), Effect.logWarning(failure.message)))
  )

const reportToStatus = (env: Environment, failure: StoreFailure): Effect.Effect<void> =>
  failure.operation === "load" ? Effect.void : Ref.update(env.state, TokenState.storeReported(failure))

// The requests

const sendRequests = (run: Run, first?: recovery.TokenRequest) =>
  Effect.gen(function*() {
    let step: Step | undefined = {
      request: first ?? recovery.firstRequest(yield* Ref.get(run.state), wallClock(run)),
      progress: recovery.nothingSent,
      delay: 0
    }
    while (step !== undefined) {
      const interval = TokenState.requestWait(yield* Ref.get(run.state), monotonic(run), run.config.minRequestInterval)
      const wait = Math.max(interval, step.delay)
      if (wait > 0) {
        yield* Effect.sleep(wait)
      }
      const { held }: TokenState.TokenState = yield* Ref.get(run.state)
      step = yield* step.request === "refresh" && held !== undefined
        ? refresh(run, step.progress, held.pair)
        : acquire(run, step.progress)
    }
  })

// In both functions the request can be interrupted; the handling of its answer cannot.

const refresh = (run: Run, progress: recovery.Progress, { accessToken, refreshToken }: Token.TokenPair) =>
  Effect.gen(function*() {
    yield* confirmLease(run)
    const request = run.api.refresh(refreshToken, { secrets: [accessToken.value] })
    const sent = send(run, request, TokenApi.refreshPath).pipe(
      Effect.flatMap((grant) => unlessReset(run, accept(run, "refresh", grant))),
      Effect.catchAll((failure) => recover(run, "refresh", failure, progress, accessToken.generation)),
      Effect.uninterruptible
    )
    return yield* unlessReset(run, sent)
  })

const acquire = (run: Run, progress: recovery.Progress) =>
  Effect.gen(function*() {
    const account = yield* run.credentials.current.pipe(
      bounded(run.timeLeft(), (detail) => new CredentialsUnavailable({ detail })),
      Effect.flatMap(ownCopy)
    )
    const state = yield* Ref.get(run.state)
    const refused = TokenState.refusals(state).find(isOf(account))
    if (refused !== undefined && !recovery.hasLapsed(refused, wallClock(run), run.config.returnCodes)) {
      return yield* failed(retry.amend(refused.failure, { refusedAt: DateTime.unsafeMake(refused.refusedAt) }))
    }
    yield* confirmLease(run)
    const { held } = state
    const secrets = held === undefined ? [] : [held.pair.accessToken.value, held.pair.refreshToken.value]
    const sent = send(run, run.api.acquire(account, { secrets }), TokenApi.acquirePath).pipe(
      Effect.tap(() => Ref.update(run.state, TokenState.refusalLifted(isOf(account)))),
      Effect.flatMap((grant) => unlessReset(run, accept(run, "acquire", grant))),
      Effect.catchAll((failure) =>
        isRefusal(failure)
          ? rememberRefusal(run, account, failure, progress)
          : recover(run, "acquire", failure, progress)
      ),
      Effect.uninterruptible
    )
    return yield* unlessReset(run, sent)
  })

/** The program may wipe its password during the request: the renewal keeps a copy until it ends. */
const ownCopy = (
  { password, username }: Credentials.UsernamePassword
): Effect.Effect<Credentials.UsernamePassword, CredentialsUnavailable> =>
  Option.match(reveal(password), {
    onNone: () => Effect.fail(new CredentialsUnavailable({ detail: `the password ${problemOfSecret(password)}` })),
    onSome: (text) => Effect.succeed({ username, password: Redacted.make(text) })
  })

/** Ends the renewal without a result if a reset came after its start. Its callers then start another one. */
const unlessReset = <A, E>(run: Run, next: Effect.Effect<A, E>): Effect.Effect<A | undefined, E> =>
  Effect.flatMap(
    Ref.get(run.state),
    ({ resets }): Effect.Effect<A | undefined, E> => resets === run.resetsAtStart ? next : Effect.succeed(undefined)
  )

// Reading the credentials may take longer than the lease lasts: renew the lease just before the request.
const confirmLease = (run: Run): Effect.Effect<void, StoreFailure> =>
  Effect.gen(function*() {
    const startedAt = monotonic(run)
    if (Option.isSome(run.lease)) {
      yield* run.lease.value.renew.pipe(bounded(Math.min(run.timeLeft(), leaseSlack), storeFailure("lease")))
    }
    // A process that was paused meanwhile could send a request that outlasts the lease.
    if (monotonic(run) - startedAt > leaseSlack) {
      return yield* confirmLease(run)
    }
    // The interruption of a closing layer may reach this fiber a moment later.
    if ((yield* Ref.get(run.state)).activity._tag === "Closed") {
      return yield* Effect.interrupt
    }
  })

/** Sends a request. If the layer closes before the answer, the request has `closeTimeout` to end. */
const send = (run: Run, request: Effect.Effect<Token.TokenGrant, TokenRequestError>, endpoint: string) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkDaemon(bounding(run, request, endpoint))
    const isClosing = Exit.isFailure(yield* Effect.exit(Effect.interruptible(Fiber.await(fiber))))
    const limit = Fiber.interruptFork(fiber).pipe(
      Effect.delay(run.config.closeTimeout),
      // A test that ends under a `TestClock` must not hang.
      withLiveClock,
      Effect.interruptible
    )
    const stopLimit = isClosing ? Fiber.interrupt(yield* Effect.forkDaemon(limit)) : Effect.void
    const outcome = yield* Fiber.await(fiber)
    yield* stopLimit
    return yield* outcome
  }).pipe(
    Effect.ensuring(Effect.suspend(() => Ref.update(run.state, TokenState.requestEnded(monotonic(run))))),
    Effect.uninterruptible
  )

const bounding = (run: Run, request: Effect.Effect<Token.TokenGrant, TokenRequestError>, endpoint: string) =>
  request.pipe(
    contained(() => new TransportFailure({ endpoint, reason: "other", detail: "the request died" })),
    Effect.timeoutFail({
      duration: run.timeLeft(),
      onTimeout: () => new TransportFailure({ endpoint, reason: "timeout", detail: "the renewal ran out of time" })
    }),
    telemetry.tokenRequest({ endpoint, account: run.key }),
    Effect.interruptible
  )

/** Holds and saves a received pair. Fails if the pair cannot be served. */
const accept = (run: Run, request: recovery.TokenRequest, grant: Token.TokenGrant) =>
  Effect.gen(function*() {
    const state = yield* Ref.get(run.state)
    const isRejected = request === "refresh" && TokenState.isRejected(state, grant.accessToken)
    // The fence keeps the generations of two processes distinct, also after a lost lease.
    const fence = Option.match(run.lease, { onNone: () => 0, onSome: ({ fence }) => fence })
    const next = state.generation + 1
    // An invalid fence is ignored, so that the pair is kept.
    const generation = Number.isInteger(fence) && fence <= largestGeneration ? Math.max(next, fence) : next
    const lifetimes = { accessToken: run.config.accessTokenLifetime, refreshToken: run.config.refreshTokenLifetime }
    const replaced = state.held?.access === "rejected" ? { replacedRejectedAt: grant.sentAt } : {}
    const pair = withToken(Token.makePair(grant, generation, lifetimes), { account: run.key, ...replaced })
    const { earlierRefusals } = yield* Ref.updateAndGet(
      run.state,
      TokenState.received(pair, isRejected ? "rejected" : "live")
    )
    telemetry.expiresAt(run.key, pair.accessExpiresAt)
    const isFresh = yield* canServe(run)
    if (isFresh) {
      yield* Effect.zipRight(run.budget.reward, Deferred.succeed(run.tokenReady, undefined))
    }
    yield* save(run, {
      generation,
      pair: isRejected ? Option.none() : Option.some(pair),
      refusedCredentials: Option.none(),
      earlierRefusals
    })
    if (isRejected) {
      return yield* rejectedAgain()
    }
    return isFresh ? undefined : yield* expiredOnReceipt(request)
  })

const rememberRefusal = (
  run: Run,
  account: Credentials.UsernamePassword,
  failure: TokenRequestError,
  progress: recovery.Progress
) =>
  Effect.gen(function*() {
    const salt = (yield* Random.nextIntBetween(0, Number.MAX_SAFE_INTEGER)).toString(36)
    const refusedCredentials: RefusedCredentials = {
      credentials: digest.fingerprint(account, salt),
      failure: retry.amend(failure, { attempts: progress.attempts + 1 }),
      refusedAt: wallClock(run)
    }
    yield* Ref.update(run.state, TokenState.refusalLifted(isOf(account)))
    const { earlierRefusals, generation, held } = yield* Ref.updateAndGet(
      run.state,
      TokenState.credentialsRefused(refusedCredentials)
    )
    const pair = held?.access === "live" ? Option.some(held.pair) : Option.none()
    yield* save(run, { generation, pair, refusedCredentials: Option.some(refusedCredentials), earlierRefusals })
    return yield* startCooldown(run, refusedCredentials.failure)
  })

const isOf = (account: Credentials.UsernamePassword) => ({ credentials }: RefusedCredentials): boolean =>
  digest.matches(account, credentials)

// Failures

/** The next request after a failure, or the end of the renewal. `generation` is that of the refresh token that was sent. */
const recover = (
  run: Run,
  request: recovery.TokenRequest,
  failure: TokenRequestError,
  before: recovery.Progress,
  generation?: number
): Effect.Effect<Step, Failed> =>
  Effect.gen(function*() {
    const progress = recovery.counted(before, request, failure)
    if (generation !== undefined && recovery.mayHaveUsedRefreshToken(failure)) {
      yield* Ref.update(run.state, TokenState.refreshAmbiguous(generation))
    }
    const { otherwise, retry: mayRetry } = recovery.afterFailure(request, failure, {
      canServe: yield* canServe(run),
      isAmbiguous: (yield* Ref.get(run.state)).held?.refresh === "ambiguous",
      refreshes: progress.refreshes
    })
    const final = retry.amend(failure, { attempts: progress.attempts })
    if (otherwise === "stopRefreshing" && generation !== undefined) {
      yield* Ref.update(run.state, TokenState.refreshRefused(generation))
      yield* run.forced
        ? Effect.void
        : Effect.logWarning(`a refresh before expiry was refused; the next one follows expiry: ${final.message}`)
      return yield* failed(final)
    }
    const attemptsLeft = retry.attemptLimit(run.retryPolicy, run.config.maxAttempts) - progress.attempts
    if (attemptsLeft <= 0) {
      return yield* startCooldown(run, final)
    }
    // The last attempt belongs to the acquisition, if one follows.
    const delay = mayRetry && (otherwise !== "acquire" || attemptsLeft > 1)
      ? yield* run.nextDelay(failure, run.timeLeft(), isInTime(run))
      : Option.none()
    if (Option.isSome(delay)) {
      return { request, progress, delay: delay.value }
    }
    const retryAfter = failure.retryAfter ?? 0
    if (otherwise === "acquire" && isInTime(run)(retryAfter)) {
      yield* isRefusal(failure) ? warnOfRefreshTokenField(run) : Effect.void
      return { request: "acquire", progress, delay: retryAfter }
    }
    return yield* startCooldown(run, final)
  })

const warnOfRefreshTokenField = ({ config: { refreshTokenField }, state }: Environment): Effect.Effect<void> =>
  Effect.flatMap(
    Ref.getAndUpdate(state, TokenState.fieldSuspected),
    ({ isFieldSuspected }) =>
      isFieldSuspected ? Effect.void : Effect.logWarning(
        `a refresh was refused and an acquisition follows; if this repeats, the option refreshTokenField (now ${refreshTokenField}) may be wrong`
      )
  )

const startCooldown = (env: Environment, failure: TokenRequestError | Unavailable) =>
  Effect.gen(function*() {
    const { activity } = yield* Ref.get(env.state)
    const failures = activity._tag === "Renewing" ? activity.failures : 0
    const since = wallClock(env)
    const retryAfter = "retryAfter" in failure ? failure.retryAfter ?? 0 : 0
    const until = Math.ceil(since + recovery.cooldown(failures, yield* Random.next, retryAfter, env.config))
    const cooling = retry.amend(failure, { nextTryAt: DateTime.unsafeMake(until) })
    if (failure._tag === "StoreFailure") {
      yield* reportToStatus(env, failure)
    }
    yield* isRefusal(cooling) ? Effect.logError(cooling.message) : Effect.logWarning(cooling.message)
    return yield* Effect.fail<Failed>({ _tag: "Cooling", since, until, failures: failures + 1, failure: cooling })
  })

const failed = (failure: TokenError) => Effect.fail<Failed>({ _tag: "Idle", failure })

// Times

const wallClock = ({ clock }: Environment): number => clock.unsafeCurrentTimeMillis()

const monotonic = ({ clock }: Environment): number => Number(clock.unsafeCurrentTimeNanos()) / 1e6

const canServe = (env: Environment): Effect.Effect<boolean> =>
  Effect.map(Ref.get(env.state), (state) => TokenState.canServe(state, wallClock(env), env.config))

/** A request with less time would be cut off and end ambiguous. In milliseconds. */
const shortestRequest = ({ renewalTimeout, requestTimeout }: JindouyunConfig.Service): number =>
  Math.min(requestTimeout, renewalTimeout / 4, 1000)

const isInTime = (run: Run) => (delay: number): boolean =>
  Math.max(delay, run.config.minRequestInterval) + shortestRequest(run.config) <= run.timeLeft()

/** By how much a lease outlasts a request, and how long an answer of the store about a lease may take. */
const leaseSlack = 2000

const shortestPause = 50
const longestPause = 500

// Failures of the renewal itself

const storeFailure = (operation: StoreFailure["operation"]) => (detail: string) =>
  new StoreFailure({ operation, detail })

const expiredOnReceipt = (request: recovery.TokenRequest) =>
  new TransportFailure({
    endpoint: request === "refresh" ? TokenApi.refreshPath : TokenApi.acquirePath,
    reason: "timeout",
    detail: "the received pair has already expired"
  })

const rejectedAgain = () =>
  new UnexpectedResponse({
    endpoint: TokenApi.refreshPath,
    reason: "invalidData",
    status: 200,
    detail: "the refresh returned the access token that was just rejected",
    disposition: "fatal"
  })

// Reset

/** The generation of the stored record, 0 if there is none. */
export const storedGeneration = (
  { config, key, store }: Pick<Environment, "config" | "key" | "store">
): Effect.Effect<number, StoreFailure> =>
  store.load(key).pipe(
    bounded(config.requestTimeout, storeFailure("load")),
    Effect.map(Option.match({ onNone: () => 0, onSome: ({ generation }) => generation }))
  )

/**
 * Forgets an account, here and in the store, and what was read from the store meanwhile. A renewal that began before the end
 * of the reset brings no pair; its callers start another one.
 */
export const reset = (
  env: Pick<Environment, "config" | "key" | "state" | "store">
): Effect.Effect<void, StoreFailure> =>
  Ref.update(env.state, TokenState.reset).pipe(
    Effect.zipRight(env.store.clear(env.key).pipe(bounded(env.config.requestTimeout, storeFailure("clear")))),
    Effect.zipRight(Ref.update(env.state, TokenState.reset))
  )
