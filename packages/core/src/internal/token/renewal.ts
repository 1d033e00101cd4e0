import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Ref from "effect/Ref"
import type * as Credentials from "../../Credentials.js"
import type * as JindouyunConfig from "../../JindouyunConfig.js"
import * as JindouyunError from "../../JindouyunError.js"
import type * as RetryBudget from "../../RetryBudget.js"
import type * as RetryPolicy from "../../RetryPolicy.js"
import * as Token from "../../Token.js"
import * as TokenApi from "../../TokenApi.js"
import * as TokenRecord from "../../TokenRecord.js"
import * as TokenState from "../../TokenState.js"
import type * as TokenStore from "../../TokenStore.js"
import { make as makeBackoff } from "../backoff.js"
import { unlessStarted } from "../begins.js"
import { bounded, isValue } from "../bounded.js"
import { contained } from "../contained.js"
import * as digest from "../digest.js"
import * as telemetry from "../telemetry.js"
import * as recovery from "./recovery.js"

/** @internal */
export interface Environment {
  readonly api: TokenApi.Service
  readonly budget: RetryBudget.Service
  readonly clock: Clock.Clock
  readonly config: JindouyunConfig.Service
  readonly credentials: Credentials.Service
  readonly key: string
  readonly policy: RetryPolicy.Policy
  readonly state: Ref.Ref<TokenState.TokenState>
  readonly store: TokenStore.Service
  readonly update: (
    f: (state: TokenState.TokenState) => TokenState.TokenState
  ) => Effect.Effect<TokenState.TokenState>
}

/** What a renewal is for: whether a pair is wanted that is newer than the one held, and whom to tell when one is there. */
interface Order {
  readonly forced: boolean
  readonly tokenReady: Deferred.Deferred<void, JindouyunError.TokenError>
}

/** The next request of a renewal, not to be sent before an instant of the monotonic clock. */
interface Step {
  readonly request: recovery.TokenRequest
  readonly progress: recovery.Progress
  readonly notBefore: number
}

/** How a renewal ends without a token: the activity that follows. */
type Failed = (TokenState.Idle | TokenState.Cooling) & { readonly failure: JindouyunError.TokenError }

type Unavailable = JindouyunError.StoreFailure | JindouyunError.CredentialsUnavailable

/**
 * One renewal from start to done: under the lease of the store it adopts what is newer there, or requests until a
 * pair has arrived or a failure is final. It is interrupted in its waits alone and ends in any case.
 *
 * Pairs, doubts and refusals go into the one state as they come up, not at the done: nothing that has arrived can be
 * lost, and every step is decided on what is true by then.
 *
 * @internal
 */
export const make = (env: Environment): (order: Order) => Effect.Effect<void, JindouyunError.TokenError> => {
  const { api, budget, clock, config, credentials, key, policy, state, store, update } = env
  // With less than this left a request would be cut off in the middle and leave nothing but doubt.
  const useful = Math.min(config.requestTimeout, config.renewalTimeout / 4, 1000)
  let warnedOfField = false

  const now = () => clock.unsafeCurrentTimeMillis()
  const monotonic = () => Number(clock.unsafeCurrentTimeNanos()) / 1e6
  const canServe = (current: TokenState.TokenState) => TokenState.canServe(current, now(), config)

  return (order) =>
    Effect.flatMap(Ref.get(state), (current) => renew(order, current)).pipe(
      Effect.catchTag("StoreFailure", "CredentialsUnavailable", cooldown),
      Effect.interruptible,
      Effect.exit,
      Effect.flatMap(finish),
      Effect.uninterruptible,
      Effect.annotateLogs({ package: "@jindouyun/core", module: "TokenProvider", account: key }),
      Effect.withSpan("TokenProvider.renew", { captureStackTrace: false }),
      Effect.withUnhandledErrorLogLevel(Option.none())
    )

  function renew(
    { tokenReady, forced }: Order,
    { generation, lastRequestAt }: TokenState.TokenState
  ): Effect.Effect<void, Failed | Unavailable> {
    const floor = lastRequestAt === undefined ? 0 : config.minRequestInterval
    const deadline = monotonic() + floor + config.renewalTimeout
    const left = () => Math.max(0, deadline - monotonic())
    let isLeased = false
    let known = generation
    const backoff = makeBackoff(policy, now)

    // A process that finds a newer pair in the store needs no lease.
    return Effect.gen(function*() {
      if (yield* adoptStored()) {
        return
      }
      known = (yield* Ref.get(state)).generation
      yield* store.withLease(key, {
        duration: Duration.millis(config.requestTimeout + leaseSlack),
        timeout: Duration.millis(config.renewalTimeout)
      }, renewUnderLease).pipe(
        contained(() => storeFailure("lease")("it died")),
        unlessStarted(() => isLeased, watchStore())
      )
    }).pipe(Effect.catchTag("StoreFailure", (failure) => isLeased ? adoptAfterLoss(failure) : acquireAlone(failure)))

    // A process with other settings may have refused what these settings retry.
    function asOfNow(record: TokenStore.TokenRecord): TokenStore.TokenRecord {
      return { ...record, refusedCredentials: TokenRecord.refusedLogin(record, config.returnCodes) }
    }

    // Whether the store has brought a pair that is newer than what was known, and will do.
    function adoptStored(limit = left()): Effect.Effect<boolean, JindouyunError.StoreFailure> {
      return Effect.gen(function*() {
        let after: TokenState.TokenState
        let isOfNow = false
        do {
          const before = yield* Ref.get(state)
          const record = yield* store.load(key).pipe(bounded(limit, storeFailure("load")))
          // What was loaded before a reset ended would bring back what it forgot.
          after = yield* update((current) => {
            isOfNow = current === before
            return isOfNow && Option.isSome(record)
              ? TokenState.adopted(asOfNow(record.value), now())(current)
              : current
          })
        } while (!isOfNow)
        return after.generation > known && canServe(after)
      })
    }

    // While the lease is waited for: of a thousand who wait for it nobody has to wait for the others.
    function watchStore(): Effect.Effect<void, JindouyunError.StoreFailure> {
      return Effect.gen(function*() {
        let pause = firstLook
        while (left() > 0) {
          yield* Effect.sleep(Math.min(pause * (0.5 + (yield* Random.next) / 2), left()))
          if (isLeased) {
            return yield* Effect.never
          }
          if (left() > 0 && (yield* adoptStored())) {
            return
          }
          pause = Math.min(2 * pause, lastLook)
        }
        return yield* Effect.fail(storeFailure("lease")("it took too long"))
      })
    }

    function renewUnderLease(lease: TokenStore.Lease): Effect.Effect<void, Failed | Unavailable> {
      isLeased = true
      return Effect.gen(function*() {
        if (yield* adoptStored()) {
          return
        }
        const current = yield* Ref.get(state)
        yield* sendRequests(
          current.refusedCredentials === undefined ? recovery.firstRequest(current, now()) : "acquire",
          Option.some(lease)
        )
      })
    }

    // Another process took the lease and may have saved a new pair: read the store before failing.
    function adoptAfterLoss(failure: JindouyunError.StoreFailure): Effect.Effect<void, JindouyunError.StoreFailure> {
      return Effect.flatMap(
        Effect.orElseSucceed(adoptStored(), () => false),
        (isServed) => isServed ? Effect.void : Effect.fail(failure)
      )
    }

    // Without the store nobody knows whether another process is using the refresh token: it is an acquisition, or nothing.
    function acquireAlone(failure: JindouyunError.StoreFailure): Effect.Effect<void, Failed | Unavailable> {
      return Effect.flatMap(
        Ref.get(state),
        (current) =>
          !config.acquireWithoutStore || canServe(current) || !isInTime(0)
            ? Effect.fail(failure)
            : Effect.zipRight(
              Effect.logWarning(`${failure.message} ${goingAlone}`),
              sendRequests("acquire", Option.none())
            )
      )
    }

    function sendRequests(
      first: recovery.TokenRequest,
      lease: Option.Option<TokenStore.Lease>
    ): Effect.Effect<void, Failed | Unavailable> {
      return Effect.gen(function*() {
        let step: Step | undefined = { request: first, progress: recovery.nothingSent, notBefore: 0 }
        while (step !== undefined) {
          const wait = Math.max(
            TokenState.floorLeft(yield* Ref.get(state), monotonic(), config.minRequestInterval),
            step.notBefore - monotonic()
          )
          if (wait > 0) {
            yield* Effect.sleep(wait)
          }
          if (step.request === "refresh") {
            yield* ready(lease)
          }
          const { held }: TokenState.TokenState = yield* Ref.get(state)
          step = yield* step.request === "refresh" && held !== undefined
            ? refresh(step.progress, held, lease)
            : acquire(step.progress, lease)
        }
      })
    }

    // Right before a request: what comes before it, the credentials above all, may take longer than a lease lasts. An
    // answer that took longer than the slack leaves too little of it for the request.
    function ready(lease: Option.Option<TokenStore.Lease>): Effect.Effect<void, JindouyunError.StoreFailure> {
      return Effect.gen(function*() {
        if (Option.isSome(lease)) {
          yield* lease.value.renew.pipe(bounded(Math.min(left(), leaseSlack), storeFailure("lease")))
        }
        // The finalizer marks the state closed before it interrupts the renewal.
        if ((yield* Ref.get(state)).activity._tag === "Closed") {
          return yield* Effect.interrupt
        }
      })
    }

    function refresh(progress: recovery.Progress, held: TokenState.Held, lease: Option.Option<TokenStore.Lease>) {
      const { accessToken, refreshToken } = held.pair
      return sendRequest(api.refresh(refreshToken, { secrets: [accessToken.value] }), TokenApi.refreshPath, {
        onFailure: (failure) => recover("refresh", failure, progress, held),
        onSuccess: (grant) =>
          Effect.flatMap(Ref.get(state), (current) => {
            const access = TokenState.isRejected(current, grant.accessToken) ? "rejected" : "live"
            return Effect.flatMap(accept(grant, access, lease), (failure) =>
              failure === undefined ? settled : recover("refresh", failure, progress, held))
          })
      })
    }

    function acquire(progress: recovery.Progress, lease: Option.Option<TokenStore.Lease>) {
      return Effect.gen(function*() {
        const account = yield* credentials.current.pipe(bounded(left(), credentialsUnavailable))
        const { held, refusedCredentials } = yield* Ref.get(state)
        if (refusedCredentials !== undefined && digest.matches(account, refusedCredentials.credentials)) {
          return yield* Effect.fail<Failed>({ _tag: "Idle", failure: refusedCredentials.failure })
        }
        yield* ready(lease)
        const secrets = held === undefined ? [] : [held.pair.accessToken.value, held.pair.refreshToken.value]
        return yield* sendRequest(api.acquire(account, { secrets }), TokenApi.acquirePath, {
          onFailure: (failure) =>
            JindouyunError.isRefusal(failure)
              ? rememberRefusal(account, JindouyunError.amend(failure, { attempts: progress.attempts + 1 }), lease)
              : recover("acquire", failure, progress),
          onSuccess: (grant) =>
            Effect.flatMap(
              accept(grant, "live", lease),
              (failure) => failure === undefined ? settled : recover("acquire", failure, progress)
            )
        })
      })
    }

    // Between an answer and what is made of it nobody can interrupt.
    function sendRequest<A, E>(
      request: Effect.Effect<Token.TokenGrant, JindouyunError.TokenRequestError>,
      endpoint: string,
      then: {
        readonly onFailure: (failure: JindouyunError.TokenRequestError) => Effect.Effect<A, E>
        readonly onSuccess: (grant: Token.TokenGrant) => Effect.Effect<A, E>
      }
    ) {
      return Effect.uninterruptibleMask((restore) =>
        request.pipe(
          contained(() => transportFailure(endpoint, "other", "the request died")),
          Effect.timeoutFail({
            duration: left(),
            onTimeout: () => transportFailure(endpoint, "timeout", "the renewal ran out of time")
          }),
          telemetry.tokenRequest({ endpoint, account: key }),
          restore,
          Effect.ensuring(Effect.suspend(() => update(TokenState.requestEnded(monotonic())))),
          Effect.matchEffect(then)
        )
      )
    }

    // Tells what is wrong with the pair, if it cannot be served.
    function accept(
      grant: Token.TokenGrant,
      access: TokenState.Held["access"],
      lease: Option.Option<TokenStore.Lease>
    ): Effect.Effect<JindouyunError.TokenRequestError | undefined> {
      return Effect.gen(function*() {
        // Two processes that do not know of each other, as after a lease that was lost, never use the same one.
        const generation = Math.max(
          (yield* Ref.get(state)).generation + 1,
          Option.match(lease, { onNone: () => 0, onSome: ({ fence }) => fence })
        )
        const pair = Token.makePair(grant, generation, {
          accessToken: config.accessTokenLifetime,
          refreshToken: config.refreshTokenLifetime
        })
        const isFresh = canServe(yield* update(TokenState.received(pair, access)))
        if (isFresh) {
          yield* Effect.zipRight(budget.reward, Deferred.succeed(tokenReady, undefined))
        }
        yield* save(
          { generation, pair: Option.liftPredicate(pair, () => access === "live"), refusedCredentials: Option.none() },
          lease
        )
        return isFresh ? undefined : access === "rejected" ? rejectedAgain() : expiredOnReceipt()
      })
    }

    function rememberRefusal(
      account: Credentials.UsernamePassword,
      failure: JindouyunError.TokenRequestError,
      lease: Option.Option<TokenStore.Lease>
    ): Effect.Effect<never, Failed> {
      return Effect.gen(function*() {
        const salt = (yield* Random.nextIntBetween(0, Number.MAX_SAFE_INTEGER)).toString(36)
        const refusedCredentials: TokenStore.RefusedCredentials = {
          credentials: digest.fingerprint(account, salt),
          failure
        }
        const { generation, held } = yield* update(TokenState.credentialsRefused(refusedCredentials))
        const pair = Option.map(
          Option.liftPredicate(Option.fromNullable(held), Option.exists((held) => held.access === "live")),
          (held) => Option.getOrThrow(held).pair
        )
        yield* save({ generation, pair, refusedCredentials: Option.some(refusedCredentials) }, lease)
        yield* Effect.logError(failure.message)
        return yield* Effect.fail<Failed>({ _tag: "Idle", failure })
      })
    }

    function recover(
      request: recovery.TokenRequest,
      failure: JindouyunError.TokenRequestError,
      before: recovery.Progress,
      held?: TokenState.Held
    ): Effect.Effect<Step, Failed> {
      return Effect.gen(function*() {
        const progress = recovery.counted(before, request, failure)
        const generation = held?.pair.accessToken.generation
        if (generation !== undefined && recovery.mayHaveSpentToken(failure)) {
          yield* update(TokenState.refreshAmbiguous(generation))
        }
        const current = yield* Ref.get(state)
        const after = recovery.afterFailure(request, failure, {
          canServe: canServe(current),
          ambiguous: current.held?.refresh === "ambiguous",
          refreshes: progress.refreshes
        })
        if (after.otherwise === "refused" && generation !== undefined) {
          yield* update(TokenState.refreshRefused(generation))
          const refusal = JindouyunError.amend(failure, { attempts: progress.attempts })
          yield* forced ? Effect.void : Effect.logWarning(`${refusedEarly}: ${refusal.message}`)
          return yield* Effect.fail<Failed>({ _tag: "Idle", failure: refusal })
        }
        if (progress.attempts < config.maxAttempts) {
          const retryAfter = failure.retryAfter ?? 0
          const delay = after.retry ? yield* pause(failure, retryAfter) : Option.none()
          if (Option.isSome(delay)) {
            return { request, progress, notBefore: monotonic() + delay.value }
          }
          if (after.otherwise === "acquire" && isInTime(retryAfter)) {
            yield* warnOfField(failure)
            return { request: "acquire", progress, notBefore: monotonic() + retryAfter }
          }
        }
        return yield* cooldown(JindouyunError.amend(failure, { attempts: progress.attempts }))
      })
    }

    // What has arrived is good without the store, too. If the store has gone on without us, what it has is better, and
    // is looked at though the renewal may have been stopped for longer than it had time.
    function save(record: TokenStore.TokenRecord, lease: Option.Option<TokenStore.Lease>): Effect.Effect<void> {
      const step = store.save(key, record, lease)
      return (isValue(step) ? step : outlasting(step)).pipe(
        Effect.flatMap((isSaved) =>
          isSaved
            ? Effect.void
            : Effect.zipRight(Effect.logDebug("the store knows a newer pair"), adoptStored(config.requestTimeout))
        ),
        Effect.catchAll((failure) => Effect.logWarning(failure.message))
      )
    }

    function isInTime(delay: number): boolean {
      return Math.max(delay, config.minRequestInterval) + useful <= left()
    }

    // How long to wait before a retry, if the policy, the time left and the budget allow one, asked in this order.
    function pause(
      failure: JindouyunError.TokenRequestError,
      retryAfter: number
    ): Effect.Effect<Option.Option<number>> {
      return backoff(failure).pipe(
        bounded(left(), () => undefined),
        Effect.map(Option.map((delay) => Math.max(delay, retryAfter))),
        Effect.orElseSucceed(() => Option.none<number>()),
        Effect.flatMap((delay) =>
          Option.exists(delay, isInTime)
            ? Effect.map(budget.take, (paid) => paid ? delay : Option.none())
            : Effect.succeedNone
        )
      )
    }
  }

  // Closing the provider interrupts the children of a renewal whatever region it is in, so what must not be lost is saved
  // by a daemon, and waited for in this very fiber.
  function outlasting(
    step: Effect.Effect<boolean, JindouyunError.StoreFailure>
  ): Effect.Effect<boolean, JindouyunError.StoreFailure> {
    return Effect.gen(function*() {
      const outcome = yield* Deferred.make<boolean, JindouyunError.StoreFailure>()
      const failure = storeFailure("save")
      yield* Effect.forkDaemon(Effect.intoDeferred(contained(() => failure("it died"))(step), outcome))
      const limit = yield* Deferred.failSync(outcome, () => failure("it took too long")).pipe(
        Effect.delay(config.requestTimeout),
        Effect.interruptible,
        Effect.forkDaemon
      )
      return yield* Effect.ensuring(Deferred.await(outcome), Fiber.interrupt(limit))
    })
  }

  function cooldown(failure: JindouyunError.TokenRequestError | Unavailable): Effect.Effect<never, Failed> {
    return Effect.gen(function*() {
      const { activity } = yield* Ref.get(state)
      const failures = activity._tag === "Renewing" ? activity.failures : 0
      const since = now()
      const span = recovery.cooldown(
        failures,
        yield* Random.next,
        "retryAfter" in failure ? failure.retryAfter ?? 0 : 0,
        config
      )
      const until = Math.ceil(since + span)
      const cooling = JindouyunError.amend(failure, { nextTryAt: DateTime.unsafeMake(until) })
      yield* Effect.logWarning(cooling.message)
      return yield* Effect.fail<Failed>({ _tag: "Cooling", since, until, failures: failures + 1, failure: cooling })
    })
  }

  function finish(exit: Exit.Exit<void, Failed>): Effect.Effect<void, JindouyunError.TokenError> {
    const failed = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.failureOption(exit.cause)) : undefined
    return Effect.zipRight(
      update(TokenState.finished(failed ?? { _tag: "Idle", failure: undefined })),
      Exit.isInterrupted(exit)
        ? Effect.fail(new JindouyunError.ProviderClosed({ delivery: "ambiguous" }))
        : Exit.mapError(exit, (failed) => failed.failure)
    )
  }

  function warnOfField(failure: JindouyunError.TokenRequestError): Effect.Effect<void> {
    if (warnedOfField || !JindouyunError.isRefusal(failure)) {
      return Effect.void
    }
    warnedOfField = true
    return Effect.logWarning(
      `a refresh was refused and an acquisition follows; if that goes on, the option refreshTokenField (now ${config.refreshTokenField}) may be wrong: ${failure.message}`
    )
  }
}

const settled: Effect.Effect<undefined> = Effect.succeed(undefined)

const leaseSlack = 2000

const firstLook = 50
const lastLook = 500

const goingAlone = "An acquisition is made without it: the option acquireWithoutStore says so."

const refusedEarly = "a refresh before expiry was refused, the next one is made after it"

const storeFailure = (operation: JindouyunError.StoreFailure["operation"]) => (detail: string) =>
  new JindouyunError.StoreFailure({ operation, detail })

const credentialsUnavailable = (detail: string) => new JindouyunError.CredentialsUnavailable({ detail })

const transportFailure = (endpoint: string, reason: JindouyunError.TransportReason, detail: string) =>
  new JindouyunError.TransportFailure({
    endpoint,
    attempts: 1,
    reason,
    detail,
    disposition: "retry",
    delivery: "ambiguous"
  })

const expiredOnReceipt = () =>
  transportFailure(TokenApi.refreshPath, "timeout", "the pair it brought had expired by then")

const rejectedAgain = () =>
  new JindouyunError.UnexpectedResponse({
    endpoint: TokenApi.refreshPath,
    attempts: 1,
    reason: "invalidData",
    status: 200,
    detail: "the refresh brought the access token that had just been rejected",
    disposition: "fatal",
    delivery: "ambiguous"
  })

/**
 * The generation that the store knows, 0 where it knows nothing.
 *
 * @internal
 */
export const known = (
  { config, key, store }: Pick<Environment, "config" | "key" | "store">
): Effect.Effect<number, JindouyunError.StoreFailure> =>
  Effect.map(
    store.load(key).pipe(bounded(config.requestTimeout, storeFailure("load"))),
    Option.match({ onNone: () => 0, onSome: ({ generation }) => generation })
  )

/**
 * Makes the store forget what it knows of an account, but for its generation, which is `generation` at least. What is
 * saved meanwhile is newer and stays. Tells the generation up to which all is forgotten.
 *
 * @internal
 */
export const forget = (
  { config, key, store }: Pick<Environment, "config" | "key" | "store">,
  generation: number
): Effect.Effect<number, JindouyunError.StoreFailure> =>
  Effect.gen(function*() {
    const stored = yield* known({ config, key, store })
    const last = Math.max(generation, stored)
    yield* store.save(key, {
      generation: last,
      pair: Option.none(),
      refusedCredentials: Option.none()
    }, Option.none()).pipe(bounded(config.requestTimeout, storeFailure("save")))
    return last
  })
