/**
 * The contract of `TokenStore` as effects to run in a test of any test runner: one case for each sentence of the
 * contract.
 *
 * @since 0.1.0
 */
import * as JindouyunError from "@jindouyun/core/JindouyunError"
import * as Token from "@jindouyun/core/Token"
import * as TokenRecord from "@jindouyun/core/TokenRecord"
import type * as TokenStore from "@jindouyun/core/TokenStore"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"

/**
 * A sentence of the contract that does not hold for a store.
 *
 * @since 0.1.0
 * @category errors
 */
export class Broken extends Data.TaggedError("Broken")<{ readonly expected: string; readonly found: string }> {
  /** The expected and the actual result of the case. */
  override get message(): string {
    return `expected ${this.expected}, found ${this.found}`
  }
}

/**
 * The store under test. Each case uses its own keys, so all cases may share one backend.
 *
 * @since 0.1.0
 * @category models
 */
export interface Subject<E, R> {
  /** The store of one process. A case makes several stores over one backend. */
  readonly store: Effect.Effect<TokenStore.Service, E, R>
  /** Access to the stored text of a record; required by the cases whose `needs` is `text`. */
  readonly text?: Text<E, R> | undefined
}

/**
 * Access to the stored text of a record, without the store.
 *
 * @since 0.1.0
 * @category models
 */
export interface Text<E, R> {
  /** Writes a text with the format `TokenRecord.format + 1`, as a later version of this library would. */
  readonly write: (key: string, text: string) => Effect.Effect<void, E, R>
  readonly read: (key: string) => Effect.Effect<string | undefined, E, R>
}

/**
 * One sentence of the contract, and an effect that fails if the sentence does not hold. The effect takes real time, a
 * few seconds at most.
 *
 * @since 0.1.0
 * @category models
 */
export interface Case {
  readonly name: string
  /**
   * The properties that a store needs for this case. `expiry`: leases that expire; a store within one process needs none. `text`:
   * records kept as text; a store that keeps objects has no formats.
   */
  readonly needs?: "expiry" | "text" | undefined
  readonly run: <E, R>(
    subject: Subject<E, R>
  ) => Effect.Effect<void, Broken | JindouyunError.StoreFailure | E, R | Scope.Scope>
}

/**
 * The sentences of the contract. Leave out the cases whose `needs` the store does not have.
 *
 * @example
 * ```ts
 * import * as TokenStore from "@jindouyun/core/TokenStore"
 * import * as StoreContract from "@jindouyun/sandbox/StoreContract"
 * import * as Effect from "effect/Effect"
 *
 * // All processes share one backend, here the memory of one store.
 * export const check = Effect.gen(function*() {
 *   const backend = yield* TokenStore.makeMemory
 *   for (const sentence of StoreContract.cases.filter(({ needs }) => needs === undefined)) {
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
    name: "loads nothing for an account that was never saved",
    run: ({ store }) =>
      Effect.gen(function*() {
        yield* expect(Option.none(), yield* (yield* store).load(key()))
      })
  },
  {
    name: "loads what another process saved: the pair, the generation and the refused credentials",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        const account = key()
        const full = {
          ...record(3),
          refusedCredentials: Option.some(refusedCredentials),
          earlierRefusals: [{ ...refusedCredentials, credentials: "salt:earlier", refusedAt: 1_899_999_000_000 }]
        }
        for (const each of [record(1), { ...record(2), pair: Option.none() }, full]) {
          yield* expect(true, yield* one.save(account, each, Option.none()))
          yield* expectRecord(each, yield* other.load(account))
        }
        yield* expect(Option.none(), yield* other.load(key()))
      })
  },
  {
    name: "saves a newer generation or the same, and refuses an older one",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        const account = key()
        yield* expect(true, yield* one.save(account, record(3), Option.none()))
        yield* expect(false, yield* other.save(account, record(2), Option.none()))
        yield* expect(false, yield* other.save(account, record(2), Option.some(yield* granted(other, account))))
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
    name: "grants a lease to one process at a time, also if all ask at once",
    run: ({ store }) =>
      Effect.gen(function*() {
        const stores = yield* Effect.all([store, store, store])
        const account = key()
        const ask = (each: TokenStore.Service) => each.lease(account, duration)
        const leases = yield* Effect.all([...stores, ...stores, ...stores].map(ask), { concurrency: "unbounded" })
        yield* expect(1, leases.filter(Option.isSome).length)
        yield* expect(0, (yield* Effect.all(stores.map(ask))).filter(Option.isSome).length)
      })
  },
  {
    name: "grants the leases of two accounts at the same time",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        yield* granted(one, key())
        yield* granted(one, key())
        yield* granted(other, key())
      })
  },
  {
    name: "grants a released lease to the next process that asks",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        const account = key()
        const lease = yield* granted(one, account)
        yield* expectHeld(other, account)
        yield* lease.release
        yield* granted(other, account)
      })
  },
  {
    name: "numbers the leases of an account upwards, whichever process asks",
    run: ({ store }) =>
      Effect.gen(function*() {
        const stores = yield* Effect.all([store, store, store])
        const account = key()
        const fences = yield* Effect.forEach([...stores, ...stores], (each) => pastFence(each, account))
        yield* expect([...new Set(fences)].sort((one, other) => one - other).join(), fences.join())
      })
  },
  {
    name: "answers every operation while another process holds the lease",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        const account = key()
        const lease = yield* granted(one, account)
        yield* answers("load", other.load(account))
        yield* answers("save", other.save(account, record(1), Option.none()))
        yield* answers("lease", other.lease(account, duration))
        yield* answers("renew", lease.renew)
        yield* answers("clear", other.clear(account))
      })
  },
  {
    name: "grants a lease again once its duration has passed, and not before",
    needs: "expiry",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        const account = key()
        yield* granted(one, account, Duration.seconds(1))
        yield* expectHeld(other, account)
        yield* Effect.sleep("300 millis")
        yield* expectHeld(other, account)
        yield* Effect.sleep("900 millis")
        yield* granted(other, account)
      })
  },
  {
    name: "restarts the duration of a lease that its holder renews",
    needs: "expiry",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        const account = key()
        const lease = yield* granted(one, account, Duration.seconds(1))
        yield* Effect.sleep("700 millis")
        yield* lease.renew
        yield* Effect.sleep("700 millis")
        yield* expectHeld(other, account)
        yield* Effect.sleep("500 millis")
        yield* granted(other, account)
      })
  },
  {
    name: "fails to renew a lease that another process has taken",
    needs: "expiry",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        const account = key()
        const lost = yield* expired(one, account)
        yield* granted(other, account)
        const { operation } = yield* Effect.flip(lost.renew).pipe(
          Effect.catchAll(() => new Broken({ expected: "a StoreFailure", found: "a renewed lease" }))
        )
        yield* expect("lease", operation)
      })
  },
  {
    name: "refuses to save under a lease once another process has taken it, and keeps the record",
    needs: "expiry",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        const account = key()
        const late = yield* expired(one, account)
        const newer = yield* granted(other, account)
        yield* expect(false, yield* one.save(account, record(5), Option.some(late)))
        yield* expect(Option.none(), yield* one.load(account))
        yield* expect(true, yield* other.save(account, record(1), Option.some(newer)))
        yield* expect(false, yield* one.save(account, record(5), Option.some(late)))
        yield* newer.release
        yield* expect(false, yield* one.save(account, record(5), Option.some(late)))
        yield* expectRecord(record(1), yield* one.load(account))
      })
  },
  {
    name: "leaves the lease of another process alone if a lost lease is released",
    needs: "expiry",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other, third] = yield* Effect.all([store, store, store])
        const account = key()
        const lost = yield* expired(one, account)
        yield* granted(other, account)
        yield* lost.release
        yield* expectHeld(third, account)
      })
  },
  {
    name: "leaves the lease of another process alone if a lease is released twice",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other, third] = yield* Effect.all([store, store, store])
        const account = key()
        const lease = yield* granted(one, account)
        yield* lease.release
        yield* lease.release
        yield* granted(other, account)
        yield* lease.release
        yield* expectHeld(third, account)
      })
  },
  {
    name: "refuses to save under a lease once a newer lease was granted",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        const account = key()
        const older = yield* granted(one, account)
        yield* older.release
        yield* expect(true, yield* one.save(account, record(1), Option.some(older)))
        yield* granted(other, account)
        yield* expect(false, yield* one.save(account, record(2), Option.some(older)))
        yield* expectRecord(record(1), yield* other.load(account))
      })
  },
  {
    name: "saves under the latest lease also after a save without a lease",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        const account = key()
        const lease = yield* granted(one, account)
        yield* expect(true, yield* other.save(account, record(1), Option.none()))
        yield* expect(true, yield* one.save(account, record(2), Option.some(lease)))
        yield* expectRecord(record(2), yield* other.load(account))
      })
  },
  {
    name: "forgets a record that is cleared, and saves again",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        const account = key()
        yield* one.clear(account)
        yield* expect(Option.none(), yield* one.load(account))
        yield* expect(true, yield* one.save(account, record(3), Option.some(yield* granted(one, account))))
        yield* other.clear(account)
        yield* expect(Option.none(), yield* one.load(account))
        yield* expect(true, yield* one.save(account, record(1), Option.none()))
        yield* expectRecord(record(1), yield* other.load(account))
        const kept = key()
        yield* expect(true, yield* one.save(kept, record(1), Option.none()))
        yield* other.clear(account)
        yield* expectRecord(record(1), yield* other.load(kept))
      })
  },
  {
    name: "refuses to save under a lease granted before a clear",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        const account = key()
        const lease = yield* granted(one, account)
        yield* expect(true, yield* one.save(account, record(1), Option.some(lease)))
        yield* other.clear(account)
        yield* expect(false, yield* one.save(account, record(2), Option.some(lease)))
        yield* expect(Option.none(), yield* one.load(account))
        yield* lease.release
        yield* expect(true, yield* other.save(account, record(2), Option.some(yield* granted(other, account))))
        yield* expect(false, yield* one.save(account, record(9), Option.some(lease)))
        yield* expectRecord(record(2), yield* one.load(account))
      })
  },
  {
    name: "keeps a lease held during a clear, until its holder releases it",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        const account = key()
        yield* expect(true, yield* one.save(account, record(1), Option.none()))
        const lease = yield* granted(one, account)
        yield* other.clear(account)
        yield* expectHeld(other, account)
        yield* lease.release
        yield* expect(true, (yield* granted(other, account)).fence > lease.fence)
      })
  },
  {
    name: "raises the fence by a clear above every fence and generation before",
    run: ({ store }) =>
      Effect.gen(function*() {
        const [one, other] = yield* Effect.all([store, store])
        const account = key()
        const before = yield* pastFence(one, account)
        yield* other.clear(account)
        const after = yield* pastFence(one, account)
        yield* expect(true, after > before)
        const generation = after + 1_000_000_000_000
        yield* expect(true, yield* one.save(account, record(generation), Option.none()))
        yield* other.clear(account)
        yield* expect(true, (yield* pastFence(one, account)) > generation)
      })
  },
  {
    name: "ignores a record of a newer format, never overwrites it, and forgets it by a clear",
    needs: "text",
    run: ({ store, text }) =>
      Effect.gen(function*() {
        if (text === undefined) {
          return yield* new Broken({ expected: "a subject with `text`", found: "none" })
        }
        const one = yield* store
        const account = key()
        yield* text.write(account, newerFormat)
        yield* expect(Option.none(), yield* one.load(account))
        yield* expect(false, yield* one.save(account, record(9), Option.none()))
        const lease = yield* granted(one, account)
        yield* expect(false, yield* one.save(account, record(9), Option.some(lease)))
        yield* expect(newerFormat, yield* text.read(account))
        yield* lease.release
        yield* one.clear(account)
        yield* expect(true, yield* one.save(account, record(9), Option.some(yield* granted(one, account))))
        yield* expectRecord(record(9), yield* one.load(account))
      }).pipe(Logger.withMinimumLogLevel(LogLevel.None))
  },
  {
    name: "contains no token when printed",
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

const duration = Duration.seconds(10)

// The time limit of an operation. A lease lasts longer.
const limit = Duration.seconds(2)

// A new key, in the form that the provider uses.
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
  refusedCredentials: Option.none(),
  earlierRefusals: []
})

const refusedCredentials: TokenRecord.RefusedCredentials = {
  credentials: "salt:hash",
  failure: JindouyunError.fromReturnCode({
    endpoint: "/api/access_token",
    code: 40001,
    returnMessage: "密码错误",
    status: 200,
    disposition: "fatal"
  }),
  refusedAt: 1_900_000_000_000
}

const newerFormat = JSON.stringify({ version: TokenRecord.format + 1, generation: 1, tokens: ["of a later version"] })

/** A lease that the store must grant now. */
const granted = (
  store: TokenStore.Service,
  account: string,
  lasts = duration
): Effect.Effect<TokenStore.Lease, Broken | JindouyunError.StoreFailure> =>
  Effect.flatMap(
    store.lease(account, lasts),
    Option.match({
      onNone: () => new Broken({ expected: "a lease", found: "none" }),
      onSome: Effect.succeed
    })
  )

/** A lease that expired because its holder did not renew it. */
const expired = (store: TokenStore.Service, account: string) =>
  Effect.zipLeft(granted(store, account, Duration.millis(50)), Effect.sleep("150 millis"))

const pastFence = (store: TokenStore.Service, account: string) =>
  Effect.flatMap(granted(store, account), ({ fence, release }) => Effect.as(release, fence))

const expectHeld = (store: TokenStore.Service, account: string) =>
  Effect.flatMap(store.lease(account, duration), (lease) => expect(false, Option.isSome(lease)))

const answers = <A, E>(operation: string, effect: Effect.Effect<A, E>): Effect.Effect<void, Broken | E> =>
  Effect.flatMap(
    Effect.timeoutOption(effect, limit),
    (answer) =>
      Option.isSome(answer) ? Effect.void : new Broken({ expected: `an answer to ${operation}`, found: "none in time" })
  )

const expect = (expected: unknown, found: unknown): Effect.Effect<void, Broken> =>
  Equal.equals(expected, found)
    ? Effect.void
    : Effect.fail(new Broken({ expected: String(expected), found: String(found) }))

const expectRecord = (
  expected: TokenRecord.TokenRecord,
  found: Option.Option<TokenRecord.TokenRecord>
): Effect.Effect<void, Broken> => expect(shown(expected), Option.match(found, { onNone: () => "none", onSome: shown }))

// The tokens here are not secrets, and a faulty store may return any record.
const shown = ({ earlierRefusals, generation, refusedCredentials, pair }: TokenRecord.TokenRecord): string =>
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
    refusals: [...Option.toArray(refusedCredentials), ...earlierRefusals].map(({ credentials, failure, refusedAt }) => [
      credentials,
      failure._tag,
      failure.message,
      failure.disposition,
      failure.delivery,
      refusedAt
    ])
  })
