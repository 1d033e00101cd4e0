/**
 * What every store that is shared has to do, as effects to run in a test: one for each sentence of the contract of
 * `TokenStore`. Bound to no test runner.
 *
 * @since 0.1.0
 */
import * as JindouyunError from "@jindouyun/core/JindouyunError"
import * as Token from "@jindouyun/core/Token"
import type * as TokenRecord from "@jindouyun/core/TokenRecord"
import type * as TokenStore from "@jindouyun/core/TokenStore"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"

/**
 * A sentence of the contract that a store does not keep.
 *
 * @since 0.1.0
 * @category errors
 */
export class Broken extends Data.TaggedError("Broken")<{ readonly expected: string; readonly found: string }> {
  /** The sentence a test shows. */
  override get message(): string {
    return `expected ${this.expected}, found ${this.found}`
  }
}

/**
 * The stores of two processes over one backend, as a case needs them. Each case has keys of its own, so the backend may
 * be shared by all of them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Subject<E, R> {
  /** A store as another process would have it; made several times in a case. */
  readonly store: Effect.Effect<TokenStore.Service, E, R>
}

/**
 * One sentence, and the effect that fails where it does not hold. It needs real time: some seconds at the most.
 *
 * @since 0.1.0
 * @category models
 */
export interface Case {
  readonly name: string
  readonly run: <E, R>(
    subject: Subject<E, R>
  ) => Effect.Effect<void, Broken | JindouyunError.StoreFailure | E, R | Scope.Scope>
}

/**
 * The contract.
 *
 * @example
 * ```ts
 * import * as TokenStore from "@jindouyun/core/TokenStore"
 * import * as StoreContract from "@jindouyun/sandbox/StoreContract"
 * import * as Effect from "effect/Effect"
 *
 * // Processes share the backend, here the memory of one store.
 * export const check = Effect.gen(function*() {
 *   const backend = yield* TokenStore.makeMemory
 *   for (const sentence of StoreContract.cases) {
 *     yield* sentence.run({ store: Effect.succeed(backend) })
 *   }
 * }).pipe(Effect.scoped)
 * ```
 *
 * @since 0.1.0
 * @category cases
 */
export const cases: ReadonlyArray<Case> = [
  {
    name: "knows nothing of an account it was told nothing of",
    run: ({ store }) =>
      Effect.gen(function*() {
        const found = yield* (yield* store).load(key())
        yield* expect(Option.none(), found)
      })
  },
  {
    name: "gives back what another process saved: the pair, the generation and the refusedCredentials",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        const account = key()
        const full = { ...record(3), refusedCredentials: Option.some(refusedCredentials) }
        for (const each of [record(1), { ...record(2), pair: Option.none() }, full]) {
          yield* expect(true, yield* one.save(account, each, Option.none()))
          yield* expectRecord(each, yield* other.load(account))
        }
        yield* expect(Option.none(), yield* other.load(key()))
      })
  },
  {
    name: "saves a newer or the same generation, and refuses an older one",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        const account = key()
        yield* expect(true, yield* one.save(account, record(3), Option.none()))
        yield* expect(false, yield* other.save(account, record(2), Option.none()))
        yield* expectRecord(record(3), yield* one.load(account))
        const forgotten = { ...record(3), pair: Option.none() }
        yield* expect(true, yield* other.save(account, forgotten, Option.none()))
        yield* expectRecord(forgotten, yield* one.load(account))
        yield* expect(true, yield* one.save(account, record(4), Option.none()))
        yield* expectRecord(record(4), yield* other.load(account))
      })
  },
  {
    name: "saves a generation as large as the milliseconds since the epoch",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        const account = key()
        const large = 8_640_000_000_000_000
        yield* expect(true, yield* one.save(account, record(large), Option.none()))
        yield* expect(false, yield* other.save(account, record(large - 1), Option.none()))
        yield* expectRecord(record(large), yield* other.load(account))
      })
  },
  {
    name: "gives the lease to one at a time, whichever process asks, and to all in the end",
    run: ({ store }) =>
      Effect.gen(function*() {
        const stores = yield* Effect.all([store, store, store])
        const account = key()
        const running = yield* Ref.make(0)
        const use = () =>
          Effect.acquireUseRelease(
            Ref.updateAndGet(running, (n) => n + 1),
            (n) => Effect.as(Effect.sleep("5 millis"), n),
            () => Ref.update(running, (n) => n - 1)
          )
        const seen = yield* Effect.all(
          [...stores, ...stores, ...stores].map((each) => each.withLease(account, terms, use)),
          { concurrency: "unbounded" }
        )
        yield* expect("1,1,1,1,1,1,1,1,1", seen.join())
      })
  },
  {
    name: "does not make one account wait for another",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        const found = yield* one.withLease(key(), terms, () =>
          other.withLease(key(), terms, () =>
            Effect.succeed("both")))
        yield* expect("both", found)
      })
  },
  {
    name: "numbers the leases of an account upwards, in whichever process",
    run: ({ store }) =>
      Effect.gen(function*() {
        const stores = yield* Effect.all([store, store, store])
        const account = key()
        const fences = yield* Effect.forEach([...stores, ...stores], (each) => pastLease(each, account))
        const sorted = [...new Set(fences.map(({ fence }) => fence))].sort((one, other) => one - other)
        yield* expect(sorted.join(), fences.map(({ fence }) => fence).join())
      })
  },
  {
    name: "fails with StoreFailure when the lease is not free by the timeout, and runs nothing then or later",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        const account = key()
        const { release } = yield* held(one, account)
        let ran = false
        const run = Effect.sync(() => {
          ran = true
        })
        yield* isRefused(other.withLease(account, { ...terms, timeout: Duration.millis(100) }, () => run))
        yield* release
        yield* other.withLease(account, terms, () => Effect.void)
        yield* expect(false, ran)
      })
  },
  {
    name: "gives the lease to who waits soon after it was given back: within a second",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        const account = key()
        const { release } = yield* held(one, account)
        const waiter = yield* Effect.fork(other.withLease(account, terms, () => Effect.void))
        yield* Effect.sleep("700 millis")
        yield* release
        const late = yield* Effect.timeoutOption(Fiber.join(waiter), "1 second")
        yield* expect(true, Option.isSome(late))
      })
  },
  {
    name: "takes the lease from who goes silent, once its time is up and not before",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        const account = key()
        yield* held(one, account, Duration.millis(600))
        const [waited] = yield* Effect.timed(other.withLease(account, terms, () => Effect.void))
        yield* expect(
          "from 500 to 2000 ms",
          Duration.between(waited, { minimum: "500 millis", maximum: "2 seconds" })
            ? "from 500 to 2000 ms"
            : Duration.format(waited)
        )
      })
  },
  {
    name: "lets a holder restart the time of its lease",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        const account = key()
        const { lease } = yield* held(one, account, Duration.millis(600))
        yield* Effect.sleep("400 millis")
        yield* lease.renew
        yield* Effect.sleep("400 millis")
        yield* isRefused(other.withLease(account, { ...terms, timeout: Duration.millis(20) }, () => Effect.void))
      })
  },
  {
    name: "tells who renews a lease that another has taken over",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        const account = key()
        const { lease } = yield* held(one, account, Duration.millis(50))
        yield* other.withLease(account, terms, () =>
          Effect.gen(function*() {
            yield* isRefused(lease.renew)
          }))
      })
  },
  {
    name: "refuses to save for a lease once another was given, and keeps what it has",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        const account = key()
        const { lease } = yield* held(one, account, Duration.millis(50))
        yield* other.withLease(account, terms, (newer) =>
          Effect.gen(function*() {
            yield* expect(false, yield* one.save(account, record(5), Option.some(lease)))
            yield* expect(Option.none(), yield* one.load(account))
            yield* expect(true, yield* other.save(account, record(1), Option.some(newer)))
            yield* expect(false, yield* one.save(account, record(5), Option.some(lease)))
          }))
        yield* expect(false, yield* one.save(account, record(5), Option.some(lease)))
        yield* expectRecord(record(1), yield* one.load(account))
      })
  },
  {
    name: "a holder that has lost the lease does not give back that of another",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other, third] = yield* Effect.all([store, store, store])
        const account = key()
        const late = yield* held(one, account, Duration.millis(50))
        const holder = yield* held(other, account)
        yield* late.release
        yield* isRefused(third.withLease(account, { ...terms, timeout: Duration.millis(20) }, () => Effect.void))
        yield* holder.release
      })
  },
  {
    name: "a save without a lease takes no number away: the lease that was given last can save after it",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        const account = key()
        const lease = yield* pastLease(one, account)
        yield* expect(true, yield* other.save(account, record(1), Option.none()))
        yield* expect(true, yield* one.save(account, record(2), Option.some(lease)))
        yield* expectRecord(record(2), yield* other.load(account))
      })
  },
  {
    name: "gives the lease back after a failure, a defect and an interruption",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        const account = key()
        yield* Effect.exit(one.withLease(account, terms, () => Effect.fail("no")))
        yield* Effect.exit(one.withLease(account, terms, () => Effect.dieMessage("no")))
        const started = yield* Deferred.make<void>()
        const holder = yield* Effect.fork(
          one.withLease(account, terms, () => Effect.zipRight(Deferred.succeed(started, undefined), Effect.never))
        )
        yield* Deferred.await(started)
        yield* Fiber.interrupt(holder)
        const found = yield* other.withLease(
          account,
          { ...terms, timeout: Duration.millis(300) },
          () => Effect.succeed("free")
        )
        yield* expect("free", found)
      })
  },
  {
    name: "shows no token when it is printed",
    run: ({ store }) =>
      Effect.gen(function*() {
        const one = yield* store
        const account = key()
        yield* one.save(account, record(1), Option.none())
        const printed = `${String(one)} ${JSON.stringify(one)} ${JSON.stringify(yield* one.load(account))}`
        yield* expect(false, printed.includes("access-1") || printed.includes("refresh-1"))
      })
  }
]

const terms = { duration: Duration.seconds(10), timeout: Duration.seconds(5) }

// In the form the provider gives them, and never the same.
const key = (): string =>
  Array.from(globalThis.crypto.getRandomValues(new Uint8Array(32)), (byte) => byte.toString(16).padStart(2, "0")).join(
    ""
  )

const record = (generation: number): TokenRecord.TokenRecord => ({
  generation,
  pair: Option.some(
    Token.makePair(
      new Token.TokenGrant({
        accessToken: Redacted.make(`access-${generation}`),
        refreshToken: new Token.RefreshToken({ value: Redacted.make(`refresh-${generation}`) }),
        sentAt: 1_900_000_000_000
      }),
      generation,
      { accessToken: 86_400_000, refreshToken: 2_592_000_000 }
    )
  ),
  refusedCredentials: Option.none()
})

const refusedCredentials: TokenRecord.RefusedCredentials = {
  credentials: "salt:hash",
  failure: JindouyunError.fromReturnCode({
    endpoint: "/api/access_token",
    code: 40001,
    returnMessage: "密码错误",
    status: 200,
    disposition: "fatal"
  })
}

const pastLease = (store: TokenStore.Service, account: string) => store.withLease(account, terms, Effect.succeed)

/** A holder that is silent until it is told to let go. */
const held = (store: TokenStore.Service, account: string, duration = terms.duration) =>
  Effect.gen(function*() {
    const given = yield* Deferred.make<TokenStore.Lease>()
    const enough = yield* Deferred.make<void>()
    const holder = yield* Effect.forkScoped(
      store.withLease(account, { ...terms, duration }, (lease) =>
        Effect.zipRight(Deferred.succeed(given, lease), Deferred.await(enough)))
    )
    const lease = yield* Effect.raceFirst(
      Deferred.await(given),
      Effect.flatMap(Fiber.join(holder), () =>
        Effect.never)
    )
    return { lease, release: Effect.zipRight(Deferred.succeed(enough, undefined), Fiber.join(holder)) }
  })

const expect = (expected: unknown, found: unknown): Effect.Effect<void, Broken> =>
  Equal.equals(expected, found)
    ? Effect.void
    : Effect.fail(new Broken({ expected: String(expected), found: String(found) }))

const isRefused = (lease: Effect.Effect<void, JindouyunError.StoreFailure>): Effect.Effect<void, Broken> =>
  Effect.matchEffect(lease, {
    onFailure: ({ operation }) => expect("lease", operation),
    onSuccess: () => Effect.fail(new Broken({ expected: "no lease", found: "one" }))
  })

const expectRecord = (
  expected: TokenRecord.TokenRecord,
  found: Option.Option<TokenRecord.TokenRecord>
): Effect.Effect<void, Broken> => expect(shown(expected), Option.match(found, { onNone: () => "none", onSome: shown }))

// These are no secrets, and a broken store may have taken anything for a record.
const shown = ({ generation, refusedCredentials, pair }: TokenRecord.TokenRecord): string =>
  JSON.stringify({
    generation,
    pair: Option.getOrNull(Option.map(pair, (pair) => [
      Redacted.value(pair.accessToken.value),
      pair.accessToken.generation,
      Redacted.value(pair.refreshToken.value),
      pair.sentAt,
      pair.accessExpiresAt,
      pair.refreshExpiresAt
    ])),
    refusedCredentials: Option.getOrNull(Option.map(refusedCredentials, ({ credentials, failure }) => [
      credentials,
      failure._tag,
      failure.message,
      failure.disposition,
      failure.delivery
    ]))
  })
