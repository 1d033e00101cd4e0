import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import type * as Credentials from "../Credentials.js"
import type * as JindouyunConfig from "../JindouyunConfig.js"
import * as JindouyunError from "../JindouyunError.js"
import type * as RetryBudget from "../RetryBudget.js"
import type * as RetryPolicy from "../RetryPolicy.js"
import * as Token from "../Token.js"
import * as TokenApi from "../TokenApi.js"
import * as TokenState from "../TokenState.js"
import type * as TokenStore from "../TokenStore.js"
import { contained } from "./contained.js"
import * as digest from "./digest.js"
import * as renewal from "./renewal.js"

/**
 * What a flight is for. A `latch` is the refused login it is launched in spite of.
 *
 * @internal
 */
export interface Intent {
  readonly forced: boolean
  readonly latch: Option.Option<TokenStore.Latch>
}

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

type Failed = Exclude<TokenState.Landing, { readonly _tag: "Done" }>
type Unavailable = JindouyunError.StoreFailure | JindouyunError.CredentialsUnavailable
type Exit_ = Exit.Exit<void, JindouyunError.TokenError>

/**
 * One renewal from launch to landing: under the lease of the store it adopts what is newer there, or exchanges until a
 * pair has arrived or a failure is final. It is interrupted in its waits alone and lands in any case; its value is the
 * exit of those who wait for it.
 *
 * Pairs and doubts go into the one state as they come up, not at the landing: nothing that has arrived can be lost,
 * and every step is decided on what is true by then.
 *
 * @internal
 */
export const make = (env: Environment): (intent: Intent) => Effect.Effect<Exit_> => {
  const { clock, config, credentials, key, state, store, update } = env
  let warnedOfField = false

  const now = () => clock.unsafeCurrentTimeMillis()
  const ticks = () => Number(clock.unsafeCurrentTimeNanos()) / 1e6

  return ({ forced, latch }) => {
    const flight = Effect.suspend(() => {
      const deadline = ticks() + config.flightDeadline
      const left = () => Math.max(0, deadline - ticks())

      const renew = (lease: TokenStore.Lease): Effect.Effect<void, Failed | Unavailable> =>
        Effect.gen(function*() {
          const record = yield* store.load(key).pipe(bounded(left(), storeFailure("load")))
          const before = yield* Ref.get(state)
          const after = Option.isSome(record) ? yield* update(TokenState.adopted(record.value)) : before
          if (after !== before && TokenState.canServe(after, now(), config)) {
            return
          }
          const refused = Option.orElse(Option.flatMap(record, (record) => record.latch), () => latch)
          const schedule = yield* Schedule.driver(env.policy)
          return yield* attempt(
            Option.isSome(refused) ? "login" : renewal.first(after, now()),
            renewal.departure,
            0
          )

          function attempt(
            exchange: renewal.Exchange,
            trail: renewal.Trail,
            notBefore: number
          ): Effect.Effect<void, Failed | Unavailable> {
            return Effect.gen(function*() {
              const floor = TokenState.floorLeft(yield* Ref.get(state), now(), config.exchangeFloor)
              const wait = Math.max(floor, notBefore - ticks())
              if (wait > 0) {
                yield* Effect.sleep(wait)
              }
              yield* lease.renew.pipe(bounded(left(), storeFailure("lease")))
              const { held } = yield* Ref.get(state)
              return yield* exchange === "refresh" && held !== undefined
                ? refresh(held, trail)
                : login(trail)
            })
          }

          function refresh(held: TokenState.Held, trail: renewal.Trail) {
            return Effect.uninterruptibleMask((restore) =>
              Effect.matchEffect(restore(send(env.api.refresh(held.pair.refreshToken), TokenApi.refreshPath)), {
                onFailure: (failure) => restore(recover("refresh", failure, trail, held)),
                onSuccess: (grant) =>
                  Effect.gen(function*() {
                    const current = yield* Ref.get(state)
                    const rejected = current.held?.access === "rejected"
                      && Equal.equals(current.held.pair.accessToken.value, grant.accessToken)
                    yield* arrive(grant, rejected ? "rejected" : "live", lease)
                    return yield* restore(
                      rejected ? recover("refresh", rejectedAgain, trail, held) : check("refresh", trail, held)
                    )
                  })
              })
            )
          }

          function login(trail: renewal.Trail) {
            return Effect.gen(function*() {
              const account = yield* credentials.current.pipe(bounded(left(), credentialsUnavailable))
              if (Option.isSome(refused) && digest.matches(account, refused.value.credentials)) {
                return yield* Effect.fail<Failed>({ _tag: "Latched", latch: refused.value })
              }
              return yield* Effect.uninterruptibleMask((restore) =>
                Effect.matchEffect(restore(send(env.api.acquire(account), TokenApi.acquirePath)), {
                  onFailure: (failure) =>
                    JindouyunError.isRefusal(failure)
                      ? close(account, JindouyunError.amend(failure, { attempts: trail.attempts + 1 }), lease)
                      : restore(recover("login", failure, trail)),
                  onSuccess: (grant) => Effect.zipRight(arrive(grant, "live", lease), restore(check("login", trail)))
                })
              )
            })
          }

          // A pair may have taken longer to arrive than it lives, or the clock may have jumped meanwhile.
          function check(exchange: renewal.Exchange, trail: renewal.Trail, held?: TokenState.Held) {
            return Effect.flatMap(Ref.get(state), (current) =>
              current.held?.access === "rejected" || TokenState.canServe(current, now(), config)
                ? env.budget.reward
                : recover(exchange, expiredOnArrival(exchange), trail, held))
          }

          function recover(
            exchange: renewal.Exchange,
            failure: JindouyunError.AcquireError,
            before: renewal.Trail,
            held?: TokenState.Held
          ): Effect.Effect<void, Failed | Unavailable> {
            return Effect.gen(function*() {
              const trail = renewal.counted(before, exchange, failure)
              const notBefore = ticks() + (failure.retryAfter ?? 0)
              if (held !== undefined && renewal.leavesDoubt(failure)) {
                yield* update(TokenState.doubted(held.pair.accessToken.generation))
              }
              const current = yield* Ref.get(state)
              const verdict = renewal.judge(exchange, failure, {
                canServe: TokenState.canServe(current, now(), config),
                doubtful: current.held?.refresh === "doubtful",
                refreshes: trail.refreshes
              })
              if (verdict.otherwise === "refused") {
                return yield* Effect.zipRight(
                  forced ? Effect.void : Effect.logWarning(`${refusedEarly}: ${failure.message}`),
                  Effect.fail<Failed>({ _tag: "Refused", failure })
                )
              }
              const inTime = trail.attempts < config.maxAttempts && notBefore < deadline
              if (inTime && verdict.retry && (yield* pause(failure))) {
                return yield* attempt(exchange, trail, notBefore)
              }
              if (inTime && verdict.otherwise === "login" && left() > 0) {
                yield* warnOfField(failure)
                return yield* attempt("login", trail, notBefore)
              }
              return yield* coolDown(JindouyunError.amend(failure, { attempts: trail.attempts }))
            })
          }

          function pause(failure: JindouyunError.TokenError): Effect.Effect<boolean> {
            return Effect.flatMap(env.budget.take, (paid) =>
              paid
                ? Effect.map(
                  Effect.timeoutOption(Effect.option(schedule.next(failure)), left()),
                  (next) =>
                    Option.isSome(Option.flatten(next))
                )
                : Effect.succeed(false))
          }

          function send(exchange: Effect.Effect<Token.TokenGrant, JindouyunError.AcquireError>, endpoint: string) {
            return Effect.ensuring(
              Effect.timeoutFail(exchange, {
                duration: left(),
                onTimeout: () =>
                  timeout(endpoint, "the renewal ran out of time")
              }),
              update((current) => TokenState.exchanged(current, now()))
            )
          }
        })

      return store.withLease(key, {
        duration: Duration.millis(config.requestTimeout + leaseSlack),
        timeout: Duration.millis(config.flightDeadline)
      }, renew)
    })

    return flight.pipe(
      Effect.catchTag("StoreFailure", "CredentialsUnavailable", coolDown),
      Effect.interruptible,
      Effect.exit,
      Effect.flatMap(land),
      Effect.uninterruptible,
      Effect.annotateLogs({ package: "@jindouyun/core", module: "TokenProvider" }),
      Effect.withSpan("TokenProvider.renew")
    )
  }

  function arrive(grant: Token.TokenGrant, access: TokenState.Held["access"], lease: TokenStore.Lease) {
    return Effect.flatMap(Ref.get(state), ({ generation }) => {
      const pair = Token.makePair(grant, generation + 1, {
        accessToken: config.accessTokenLifetime,
        refreshToken: config.refreshTokenLifetime
      })
      return Effect.zipRight(
        update((current) => TokenState.arrived(current, pair, access)),
        save({ generation: generation + 1, pair: Option.some(pair), latch: Option.none() }, lease)
      )
    })
  }

  function close(
    account: Credentials.UsernamePassword,
    failure: JindouyunError.AcquireError,
    lease: TokenStore.Lease
  ): Effect.Effect<never, Failed> {
    return Effect.gen(function*() {
      const salt = (yield* Random.nextIntBetween(0, Number.MAX_SAFE_INTEGER)).toString(36)
      const latch: TokenStore.Latch = { credentials: digest.fingerprint(account, salt), failure }
      const { generation, held } = yield* Ref.get(state)
      const pair = Option.map(Option.fromNullable(held), (held) => held.pair)
      yield* save({ generation, pair, latch: Option.some(latch) }, lease)
      yield* Effect.logError(failure.message)
      return yield* Effect.fail<Failed>({ _tag: "Latched", latch })
    })
  }

  // What has arrived is good without the store, too.
  function save(record: TokenStore.TokenRecord, lease: TokenStore.Lease): Effect.Effect<void> {
    return store.save(key, record, Option.some(lease)).pipe(
      bounded(config.requestTimeout, storeFailure("save")),
      Effect.flatMap((saved) => saved ? Effect.void : Effect.logDebug("the store knows a newer pair")),
      Effect.catchAll((failure) => Effect.logWarning(failure.message))
    )
  }

  function coolDown(failure: JindouyunError.AcquireError | Unavailable): Effect.Effect<never, Failed> {
    return Effect.gen(function*() {
      const { activity } = yield* Ref.get(state)
      const since = now()
      const span = renewal.coolDown(
        activity._tag === "Flying" ? activity.failures : 0,
        yield* Random.next,
        "retryAfter" in failure ? failure.retryAfter ?? 0 : 0,
        config
      )
      const until = Math.ceil(since + span)
      const cooling = JindouyunError.amend(failure, { nextTryAt: DateTime.unsafeMake(until) })
      yield* Effect.logWarning(cooling.message)
      return yield* Effect.fail<Failed>({ _tag: "Cooling", failure: cooling, since, until })
    })
  }

  function land(exit: Exit.Exit<void, Failed>): Effect.Effect<Exit_> {
    const failed = Exit.isFailure(exit) ? Cause.failureOption(exit.cause) : Option.none()
    const landing: TokenState.Landing = Option.getOrElse(failed, () => ({ _tag: "Done" }))
    return Effect.as(
      update((current) => TokenState.landed(current, landing)),
      Exit.isInterrupted(exit)
        ? Exit.fail(new JindouyunError.ProviderClosed({ phase: "ambiguous" }))
        : Exit.mapError(exit, (failed) => failed._tag === "Latched" ? failed.latch.failure : failed.failure)
    )
  }

  function warnOfField(failure: JindouyunError.AcquireError): Effect.Effect<void> {
    if (warnedOfField || !JindouyunError.isRefusal(failure)) {
      return Effect.void
    }
    warnedOfField = true
    return Effect.logWarning(
      `a refresh was refused and a login follows; if that goes on, the option refreshTokenField (now ${config.refreshTokenField}) may be wrong: ${failure.message}`
    )
  }
}

const leaseSlack = 2000

const refusedEarly = "a refresh before expiry was refused, the next one is made after it"

// A step that takes too long or dies, for a store or credentials of the consumer's, fails as that step.
const bounded =
  <E2>(millis: number, failure: (detail: string) => E2) =>
  <A, E, R>(step: Effect.Effect<A, E, R>): Effect.Effect<A, E | E2, R> =>
    Effect.interruptible(step).pipe(
      contained(() => failure("it died")),
      Effect.timeoutFail({ duration: millis, onTimeout: () => failure("it took too long") })
    )

const storeFailure = (operation: JindouyunError.StoreFailure["operation"]) => (detail: string) =>
  new JindouyunError.StoreFailure({ operation, detail })

const credentialsUnavailable = (detail: string) => new JindouyunError.CredentialsUnavailable({ detail })

const expiredOnArrival = (exchange: renewal.Exchange) =>
  timeout(
    exchange === "refresh" ? TokenApi.refreshPath : TokenApi.acquirePath,
    "the pair it brought had expired by then"
  )

const timeout = (endpoint: string, detail: string) =>
  new JindouyunError.TransportFailure({
    endpoint,
    attempts: 1,
    reason: "timeout",
    detail,
    disposition: "retry",
    phase: "ambiguous"
  })

const rejectedAgain = new JindouyunError.UnexpectedResponse({
  endpoint: TokenApi.refreshPath,
  attempts: 1,
  reason: "invalidData",
  status: 200,
  detail: "the refresh brought the access token that had just been rejected",
  disposition: "fatal",
  phase: "ambiguous"
})
