import { assert, describe, it } from "@effect/vitest"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as Jindouyun from "../src/Jindouyun.js"
import { StoreFailure } from "../src/JindouyunError.js"
import * as RetryPolicy from "../src/RetryPolicy.js"
import type * as ReturnCode from "../src/ReturnCode.js"
import type * as Token from "../src/Token.js"
import * as TokenProvider from "../src/TokenProvider.js"
import * as TokenStore from "../src/TokenStore.js"
import { inTime, providerOver } from "./platform.js"
import { day, makePair, minute, second, start } from "./utils.js"

/** A store that can be watched, and taken away. */
interface Watched {
  readonly store: TokenStore.Service
  readonly steps: Array<string>
  down: ReadonlyArray<StoreFailure["operation"]>
}

const watched = Effect.map(TokenStore.makeMemory, (memory): Watched => {
  const steps: Array<string> = []
  const step = <A, E, R>(operation: StoreFailure["operation"], then: Effect.Effect<A, E, R>) =>
    Effect.suspend((): Effect.Effect<A, E | StoreFailure, R> => {
      steps.push(operation)
      return self.down.includes(operation)
        ? Effect.fail(new StoreFailure({ operation, detail: "ECONNREFUSED" }))
        : then
    })
  const self: Watched = {
    steps,
    down: [],
    store: {
      load: (key) => step("load", memory.load(key)),
      save: (key, record, lease) => step("save", memory.save(key, record, lease)),
      clear: (key) => step("clear", memory.clear(key)),
      lease: (key, duration) => step("lease", memory.lease(key, duration))
    }
  }
  return self
})

const everything = ["load", "save", "clear", "lease"] as const

/** A store whose first answer to a look takes its time. */
const slowAtFirst = (store: TokenStore.Service): TokenStore.Service => {
  let isSlow = true
  return {
    ...store,
    load: (key) =>
      Effect.flatMap(store.load(key), (record) => {
        const wait = isSlow ? Effect.sleep("2 seconds") : Effect.void
        isSlow = false
        return Effect.as(wait, record)
      })
  }
}

const value = (token: Token.AccessToken) => Redacted.value(token.value)

const requests = Effect.gen(function*() {
  const { acquire, refresh } = yield* (yield* Sandbox.Sandbox).requests
  return { acquire, refresh }
})

/** When the tokens are due, and not yet at their margin. */
const due = Duration.millis(day - 10 * minute)

/** Another process saves a pair of its own. */
const overtake = (store: TokenStore.Service, key: string, generation: number) =>
  Effect.flatMap(Clock.currentTimeMillis, (sentAt) =>
    store.save(key, {
      generation,
      pair: Option.some(makePair({ generation, value: "theirs", sentAt })),
      refusedCredentials: Option.none(),
      earlierRefusals: []
    }, Option.none()))

const overSandbox = Effect.provide(Sandbox.layerHttpClient())

describe("a process of a fleet", () => {
  it.scoped("starts on the pair that is there by one look, without the lease", () =>
    Effect.gen(function*() {
      const { steps, store } = yield* watched
      const first = yield* inTime((yield* providerOver(store)).accessToken)
      steps.length = 0
      const second = yield* inTime((yield* providerOver(store)).accessToken)
      assert.strictEqual(value(second), value(first))
      assert.strictEqual(second.generation, first.generation)
      assert.deepStrictEqual(steps, ["load"])
      assert.deepStrictEqual(yield* requests, { acquire: 1, refresh: 0 })
    }).pipe(overSandbox))

  it.scoped("asks the store nothing while its token is good", () =>
    Effect.gen(function*() {
      const { steps, store } = yield* watched
      const provider = yield* providerOver(store)
      yield* inTime(provider.accessToken)
      steps.length = 0
      yield* Effect.replicateEffect(provider.accessToken, 1000)
      assert.deepStrictEqual(steps, [])
    }).pipe(overSandbox))

  it.scoped("takes the pair that another has got while it was waiting for the lease", () =>
    Effect.gen(function*() {
      const { store } = yield* watched
      yield* (yield* Sandbox.Sandbox).configure({ latency: "2 seconds" })
      const all = yield* Effect.all(Array.from({ length: 8 }, () => providerOver(store)))
      const tokens = yield* inTime(Effect.all(all.map(({ accessToken }) => accessToken), { concurrency: "unbounded" }))
      assert.strictEqual(new Set(tokens.map(value)).size, 1)
      assert.deepStrictEqual(yield* requests, { acquire: 1, refresh: 0 })
    }).pipe(overSandbox))

  it.scoped("gives a pair the number of its lease, so that two that know nothing of each other never use one", () =>
    Effect.gen(function*() {
      const { store } = yield* watched
      const far: TokenStore.Service = {
        ...store,
        lease: (key, duration) =>
          Effect.map(
            store.lease(key, duration),
            Option.map((lease) => ({ ...lease, fence: lease.fence + 1_795_000_000_000 }))
          )
      }
      const token = yield* inTime((yield* providerOver(far)).accessToken)
      assert.strictEqual(token.generation, 1_795_000_000_001)
    }).pipe(overSandbox))

  it.scoped("whose lease was lost in mid-flight goes over to the pair of who took it", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      const { store } = yield* watched
      const late = yield* providerOver({
        ...store,
        // Stopped for longer than its lease, right after the answer has come.
        save: (key, _record, lease) =>
          Effect.gen(function*() {
            yield* overtake(store, key, 2)
            return Option.isNone(lease)
          })
      })
      yield* inTime(late.accessToken)
      const token = yield* inTime(late.accessToken)
      assert.strictEqual(value(token), "theirs")
      assert.strictEqual(token.generation, 2)
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
    }).pipe(overSandbox))

  it.scoped("and does so although it was paused for longer than a renewal has time", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      const { store } = yield* watched
      const late = yield* providerOver({
        ...store,
        save: (key) => overtake(store, key, 9).pipe(Effect.as(false), Effect.delay("14 seconds"))
      })
      yield* sandbox.inject("acquire", Fault.delay("20 seconds"), Fault.delay("20 seconds"))
      yield* inTime(late.accessToken)
      yield* TestClock.adjust("20 seconds")
      assert.strictEqual(value(yield* late.accessToken), "theirs")
      assert.deepStrictEqual(yield* requests, { acquire: 3, refresh: 0 })
    }).pipe(overSandbox))

  it.scoped("who has lost the lease between two attempts is served what its new holder has got", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      const { store } = yield* watched
      let renewals = 0
      const late = yield* providerOver({
        ...store,
        lease: (key, duration) =>
          Effect.map(
            store.lease(key, duration),
            Option.map((lease) => ({
              ...lease,
              renew: Effect.gen(function*() {
                if (++renewals > 1) {
                  yield* overtake(store, key, 9)
                  return yield* new StoreFailure({ operation: "lease", detail: "lost" })
                }
              })
            }))
          )
      })
      yield* sandbox.inject("acquire", Fault.returnCode(50000))
      assert.strictEqual(value(yield* inTime(late.accessToken)), "theirs")
      assert.deepStrictEqual(yield* requests, { acquire: 1, refresh: 0 })
    }).pipe(overSandbox))

  it.scoped("renews its lease after the credentials were read, however long that took, and before the acquisition is sent", () =>
    Effect.gen(function*() {
      const steps: Array<string> = []
      const { store } = yield* watched
      const noted: TokenStore.Service = {
        ...store,
        lease: (key, duration) =>
          Effect.map(
            store.lease(key, duration),
            Option.map((lease) => ({ ...lease, renew: Effect.sync(() => steps.push("renewed")) }))
          )
      }
      const slow = Effect.gen(function*() {
        yield* Effect.sleep("20 seconds")
        steps.push("credentials")
        return { username: "user1", password: Redacted.make("pass1") }
      })
      const provider = yield* Effect.map(
        Layer.build(
          Layer.fresh(Jindouyun.layerCredentials(slow)).pipe(
            Layer.provide(Layer.succeed(TokenStore.TokenStore, noted))
          )
        ),
        Context.get(TokenProvider.TokenProvider)
      )
      yield* inTime(provider.accessToken)
      assert.deepStrictEqual(steps, ["credentials", "renewed"])
      assert.deepStrictEqual(yield* requests, { acquire: 1, refresh: 0 })
    }).pipe(overSandbox))

  it.scoped.each([
    { paused: "2 seconds", renewals: 1 },
    { paused: "2001 millis", renewals: 2 },
    { paused: "10 seconds", renewals: 2 }
  ])(
    "renews its lease $renewals times before a request if it was paused for $paused during the first renewal",
    ({ paused, renewals }) =>
      Effect.gen(function*() {
        let late = 0n
        const clock = Object.create(yield* Effect.clock, {
          unsafeCurrentTimeNanos: { value: () => late }
        }) as Clock.Clock
        let steps = 0
        const { store } = yield* watched
        const renew = Effect.sync(() => {
          steps += 1
          late = Option.getOrThrow(Duration.toNanos(paused as Duration.DurationInput))
        })
        const provider = yield* Effect.withClock(
          providerOver({
            ...store,
            lease: (key, duration) =>
              Effect.map(store.lease(key, duration), Option.map((lease) => ({ ...lease, renew })))
          }),
          clock
        )
        yield* inTime(provider.accessToken)
        assert.strictEqual(steps, renewals)
        assert.deepStrictEqual(yield* requests, { acquire: 1, refresh: 0 })
      }).pipe(overSandbox)
  )

  it.scoped("serves who waits what the store has, though somebody else has asked for a newer pair", () =>
    Effect.gen(function*() {
      const { store } = yield* watched
      const first = yield* inTime((yield* providerOver(store)).accessToken)
      yield* (yield* Sandbox.Sandbox).configure({ latency: "5 seconds" })
      const provider = yield* providerOver(store)
      const refreshing = yield* Effect.fork(provider.refresh)
      yield* Effect.yieldNow()
      const reading = yield* Effect.fork(provider.accessToken)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(value(yield* Fiber.join(reading)), value(first))
      assert.isAbove((yield* inTime(Fiber.join(refreshing))).generation, first.generation)
    }).pipe(overSandbox))

  it.scoped("is not given by a forced refresh what the store had before, though a read has brought it meanwhile", () =>
    Effect.gen(function*() {
      const { store } = yield* watched
      const first = yield* inTime((yield* providerOver(store)).accessToken)
      const slow: TokenStore.Service = { ...store, load: (key) => Effect.delay(store.load(key), "50 millis") }
      const provider = yield* providerOver(slow)
      const reading = yield* Effect.fork(provider.accessToken)
      yield* Effect.yieldNow()
      const refreshing = yield* Effect.fork(provider.refresh)
      assert.strictEqual(value(yield* inTime(Fiber.join(reading))), value(first))
      assert.isAbove((yield* inTime(Fiber.join(refreshing))).generation, first.generation)
      assert.deepStrictEqual(yield* requests, { acquire: 1, refresh: 1 })
    }).pipe(overSandbox))

  it.scoped("is given by a forced refresh the pair that has arrived since, and no other follows", () =>
    Effect.gen(function*() {
      const { store } = yield* watched
      const provider = yield* providerOver(slowAtFirst(store))
      const refreshing = yield* Effect.fork(provider.refresh)
      yield* TestClock.adjust("1 second")
      const token = yield* inTime(provider.accessToken)
      assert.strictEqual(value(yield* inTime(Fiber.join(refreshing))), value(token))
      assert.deepStrictEqual(yield* requests, { acquire: 1, refresh: 0 })
    }).pipe(overSandbox))

  it.scoped("fails with its renewal, though the lease takes longer to give back than the cooldown lasts", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      const { store } = yield* watched
      const provider = yield* providerOver({
        ...store,
        lease: (key, duration) =>
          Effect.map(
            store.lease(key, duration),
            Option.map((lease) => ({ ...lease, release: Effect.zipRight(Effect.sleep("2 seconds"), lease.release) }))
          )
      })
      yield* Effect.fork(provider.accessToken)
      yield* TestClock.adjust(due)
      yield* sandbox.inject("refresh", Fault.returnCode(40001))
      yield* Effect.fork(provider.accessToken)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* requests, { acquire: 1, refresh: 1 })
      yield* sandbox.inject("refresh", Fault.returnCode(50000), Fault.returnCode(50000))
      yield* sandbox.inject("acquire", Fault.returnCode(50000), Fault.returnCode(50000))
      const failure = yield* Effect.flip(inTime(provider.accessToken))
      assert.strictEqual(failure._tag, "ServerFailure")
      assert.deepStrictEqual(yield* requests, { acquire: 3, refresh: 3 })
    }).pipe(overSandbox))

  it.scoped("that is reset forgets also what another process saved meanwhile, here and in the store", () =>
    Effect.gen(function*() {
      const { store } = yield* watched
      const resetting = yield* providerOver({ ...store, clear: (key) => Effect.delay(store.clear(key), "2 seconds") })
      const reset = yield* Effect.fork(resetting.reset)
      yield* TestClock.adjust("1 second")
      const token = yield* inTime((yield* providerOver(store)).accessToken)
      assert.strictEqual(value(yield* inTime(resetting.accessToken)), value(token))
      yield* inTime(Fiber.join(reset))
      assert.deepStrictEqual(yield* requests, { acquire: 1, refresh: 0 })
      const next = yield* inTime((yield* providerOver(store)).accessToken)
      assert.isAbove(next.generation, token.generation)
      assert.deepStrictEqual(yield* inTime(resetting.accessToken), next)
      assert.deepStrictEqual(yield* requests, { acquire: 2, refresh: 0 })
    }).pipe(overSandbox))

  it.effect("asks the store nothing once it is closed", () =>
    Effect.gen(function*() {
      const { steps, store } = yield* watched
      const closed = yield* Effect.scoped(providerOver(store))
      assert.strictEqual((yield* Effect.flip(closed.refresh))._tag, "ProviderClosed")
      assert.deepStrictEqual(steps, [])
    }).pipe(overSandbox))

  it.scoped("whose clock is behind takes a pair that seems to come from the future", () =>
    Effect.gen(function*() {
      const { store } = yield* watched
      yield* TestClock.setTime(start + 10 * minute)
      const ahead = yield* inTime((yield* providerOver(store)).accessToken)
      yield* TestClock.setTime(start)
      const provider = yield* providerOver(store)
      const behind = yield* inTime(provider.accessToken)
      assert.strictEqual(value(behind), value(ahead))
      assert.strictEqual(DateTime.toEpochMillis(ahead.expiresAt), start + 10 * minute + day)
      assert.strictEqual(DateTime.toEpochMillis(behind.expiresAt), start + day)
      const { accessExpiresAt } = yield* provider.status
      assert.strictEqual(Option.getOrThrow(Option.map(accessExpiresAt, DateTime.toEpochMillis)), start + day)
      assert.deepStrictEqual(yield* requests, { acquire: 1, refresh: 0 })
    }).pipe(overSandbox))
})

describe("while the store is down", () => {
  it.scoped("a good token is served, and the renewal that is due waits for the store", () =>
    Effect.gen(function*() {
      const store = yield* watched
      const provider = yield* providerOver(store.store, { acquireWithoutStore: true })
      const token = yield* inTime(provider.accessToken)
      store.down = everything
      yield* TestClock.adjust(due)
      assert.strictEqual(yield* provider.accessToken, token)
      yield* TestClock.adjust(second)
      assert.strictEqual(yield* provider.accessToken, token)
      assert.deepStrictEqual(yield* requests, { acquire: 1, refresh: 0 })
      const { lastFailure } = yield* provider.status
      assert.strictEqual(Option.getOrThrow(lastFailure)._tag, "StoreFailure")
      store.down = []
      yield* TestClock.adjust("5 minutes")
      yield* provider.accessToken
      yield* TestClock.adjust(second)
      assert.notStrictEqual(yield* provider.accessToken, token)
      assert.deepStrictEqual(yield* requests, { acquire: 1, refresh: 1 })
    }).pipe(overSandbox))

  for (const down of [["load"], ["lease"], everything] as const) {
    it.scoped(`who cannot be served is given the failure of the store, and nothing is sent: ${down.join()}`, () =>
      Effect.gen(function*() {
        const store = yield* watched
        store.down = down
        const provider = yield* providerOver(store.store)
        const failure = yield* Effect.flip(inTime(provider.accessToken))
        assert.strictEqual(failure._tag, "StoreFailure")
        assert.isDefined("nextTryAt" in failure ? failure.nextTryAt : undefined)
        assert.deepStrictEqual(yield* requests, { acquire: 0, refresh: 0 })
        store.down = []
        yield* TestClock.adjust("2 seconds")
        yield* inTime(provider.accessToken)
      }).pipe(overSandbox))

    it.scoped(`an acquisition goes on alone where that is allowed: ${down.join()}`, () =>
      Effect.gen(function*() {
        const store = yield* watched
        store.down = down
        const provider = yield* providerOver(store.store, { acquireWithoutStore: true })
        yield* inTime(provider.accessToken)
        assert.deepStrictEqual(yield* requests, { acquire: 1, refresh: 0 })
      }).pipe(overSandbox))
  }

  it.scoped("a refresh token, which others may be using, is not sent alone: it is an acquisition", () =>
    Effect.gen(function*() {
      const store = yield* watched
      const provider = yield* providerOver(store.store, { acquireWithoutStore: true })
      const token = yield* inTime(provider.accessToken)
      store.down = everything
      yield* provider.invalidate(token)
      const alone = yield* inTime(provider.accessToken)
      assert.isAbove(alone.generation, token.generation)
      assert.deepStrictEqual(yield* requests, { acquire: 2, refresh: 0 })
    }).pipe(overSandbox))

  it.scoped("a forced refresh of a good token is not made alone", () =>
    Effect.gen(function*() {
      const store = yield* watched
      const provider = yield* providerOver(store.store, { acquireWithoutStore: true })
      yield* inTime(provider.accessToken)
      store.down = everything
      assert.strictEqual((yield* Effect.flip(inTime(provider.refresh)))._tag, "StoreFailure")
      assert.deepStrictEqual(yield* requests, { acquire: 1, refresh: 0 })
    }).pipe(overSandbox))

  it.scoped.each([0, 10, 500])(
    "a lease held by another process does not allow an acquisition: answers in %i ms",
    (millis) =>
      Effect.gen(function*() {
        const store = yield* watched
        const answer = Effect.succeedNone
        const busy: TokenStore.Service = {
          ...store.store,
          lease: () => millis === 0 ? answer : Effect.delay(answer, millis)
        }
        const provider = yield* providerOver(busy, { acquireWithoutStore: true })
        assert.strictEqual((yield* Effect.flip(inTime(provider.accessToken)))._tag, "StoreFailure")
        assert.deepStrictEqual(yield* requests, { acquire: 0, refresh: 0 })
      }).pipe(overSandbox)
  )

  it.scoped("nor is a lease that was lost between two attempts", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      const store = yield* watched
      let renewals = 0
      const losing: TokenStore.Service = {
        ...store.store,
        lease: (key, duration) =>
          Effect.map(
            store.store.lease(key, duration),
            Option.map((lease) => ({
              ...lease,
              renew: Effect.suspend(() =>
                ++renewals > 1 ? Effect.fail(new StoreFailure({ operation: "lease", detail: "lost" })) : Effect.void
              )
            }))
          )
      }
      yield* sandbox.inject("acquire", Fault.returnCode(50000))
      const provider = yield* providerOver(losing, { acquireWithoutStore: true })
      assert.strictEqual((yield* Effect.flip(inTime(provider.accessToken)))._tag, "StoreFailure")
      assert.deepStrictEqual(yield* requests, { acquire: 1, refresh: 0 })
    }).pipe(overSandbox))

  it.scoped("a refused password is known to who saw it refused, and not sent again", () =>
    Effect.gen(function*() {
      const store = yield* watched
      store.down = everything
      const provider = yield* providerOver(store.store, { acquireWithoutStore: true, password: Redacted.make("wrong") })
      for (let n = 0; n < 5; n++) {
        assert.strictEqual((yield* Effect.flip(inTime(provider.accessToken)))._tag, "AuthenticationFailed")
        yield* TestClock.adjust("1 minute")
      }
      assert.deepStrictEqual(yield* requests, { acquire: 1, refresh: 0 })
    }).pipe(overSandbox))
})

describe("Status.storeFailure", () => {
  /** The failure in the status, and how many warnings were logged since the last look. */
  const watch = Effect.sync(() => {
    let warnings = 0
    const logger = Logger.make(({ logLevel }) => {
      warnings += logLevel === LogLevel.Warning ? 1 : 0
    })
    return {
      layer: Logger.replace(Logger.defaultLogger, logger),
      look: (provider: TokenProvider.Service) =>
        Effect.map(provider.status, ({ storeFailure }) => {
          const seen = { failed: Option.getOrUndefined(storeFailure)?.operation, warnings }
          warnings = 0
          return seen
        })
    }
  })

  it.scoped("is a save that failed, until a save succeeds; tokens are served meanwhile, with one warning", () =>
    Effect.gen(function*() {
      const { layer, look } = yield* watch
      yield* Effect.gen(function*() {
        const store = yield* watched
        const provider = yield* providerOver(store.store)
        assert.deepStrictEqual(yield* look(provider), { failed: undefined, warnings: 0 })
        store.down = ["save"]
        const token = yield* inTime(provider.accessToken)
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(yield* look(provider), { failed: "save", warnings: 1 })
        assert.strictEqual(yield* provider.accessToken, token)
        assert.strictEqual((yield* provider.status).phase, "fresh")
        assert.isAbove((yield* inTime(provider.refresh)).generation, token.generation)
        assert.deepStrictEqual(yield* look(provider), { failed: "save", warnings: 1 })
        store.down = []
        yield* inTime(provider.refresh)
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(yield* look(provider), { failed: undefined, warnings: 0 })
        assert.deepStrictEqual(yield* requests, { acquire: 1, refresh: 2 })
      }).pipe(Effect.provide(layer))
    }).pipe(overSandbox))

  it.scoped("is a lease that failed, until a save succeeds", () =>
    Effect.gen(function*() {
      const store = yield* watched
      const provider = yield* providerOver(store.store)
      store.down = ["lease"]
      yield* Effect.flip(inTime(provider.accessToken))
      const { storeFailure } = yield* provider.status
      assert.deepInclude(Option.getOrThrow(storeFailure), { operation: "lease", detail: "ECONNREFUSED" })
      store.down = []
      yield* TestClock.adjust("2 seconds")
      yield* inTime(provider.accessToken)
      yield* TestClock.adjust("1 second")
      assert.isTrue(Option.isNone((yield* provider.status).storeFailure))
    }).pipe(overSandbox))

  it.scoped("is a lease that another process holds for too long", () =>
    Effect.gen(function*() {
      const store = yield* watched
      const provider = yield* providerOver({ ...store.store, lease: () => Effect.succeedNone }, {
        renewalTimeout: "5 seconds"
      })
      yield* Effect.flip(inTime(provider.accessToken))
      const { storeFailure } = yield* provider.status
      assert.strictEqual(Option.getOrThrow(storeFailure).operation, "lease")
    }).pipe(overSandbox))

  it.scoped("is no load that failed: nothing is lost by it", () =>
    Effect.gen(function*() {
      const store = yield* watched
      const provider = yield* providerOver(store.store)
      store.down = ["load"]
      yield* Effect.flip(inTime(provider.accessToken))
      assert.isTrue(Option.isNone((yield* provider.status).storeFailure))
    }).pipe(overSandbox))
})

describe("the lease of a renewal", () => {
  /** A store that remembers which lease it granted. */
  const leasing = Effect.map(TokenStore.makeMemory, (memory) => {
    let asked: string | undefined
    return {
      store: {
        ...memory,
        lease: (key, duration) => {
          asked = key
          return memory.lease(key, duration)
        }
      } satisfies TokenStore.Service,
      isFree: Effect.suspend(() =>
        asked === undefined
          ? Effect.dieMessage("no lease was asked for")
          : Effect.map(memory.lease(asked, Duration.seconds(1)), Option.isSome)
      )
    }
  })

  const endings: ReadonlyArray<readonly [string, Fault.Fault]> = [
    ["fails for good", Fault.returnCode(40000)],
    ["is refused", Fault.returnCode(40001)],
    ["ends without an answer", Fault.resetBeforeActing]
  ]
  for (const [how, fault] of endings) {
    it.scoped(`is released if the renewal ${how}`, () =>
      Effect.gen(function*() {
        const { isFree, store } = yield* leasing
        yield* (yield* Sandbox.Sandbox).inject("acquire", fault)
        yield* Effect.flip(inTime((yield* providerOver(store, { retryPolicy: RetryPolicy.never })).accessToken))
        assert.isTrue(yield* isFree)
      }).pipe(overSandbox))
  }

  it.scoped("is released if the credentials die", () =>
    Effect.gen(function*() {
      const { isFree, store } = yield* leasing
      const dying = yield* Effect.map(
        Layer.build(Layer.fresh(Jindouyun.layerCredentials(Effect.dieMessage("boom"), {
          store: Layer.succeed(TokenStore.TokenStore, store)
        }))),
        Context.get(TokenProvider.TokenProvider)
      )
      yield* Effect.flip(inTime(dying.accessToken))
      assert.isTrue(yield* isFree)
    }).pipe(overSandbox))

  it.scoped("is released if its provider is closed", () =>
    Effect.gen(function*() {
      const { isFree, store } = yield* leasing
      yield* (yield* Sandbox.Sandbox).inject("acquire", Fault.delay("10 seconds"))
      const scope = yield* Scope.make()
      const closing = yield* Scope.extend(providerOver(store), scope)
      yield* Effect.fork(closing.accessToken)
      yield* TestClock.adjust("1 second")
      yield* inTime(Scope.close(scope, Exit.void))
      assert.isTrue(yield* isFree)
    }).pipe(overSandbox))
})

describe("a refused acquisition that the store remembers is checked by the settings of each process", () => {
  const cases: ReadonlyArray<
    readonly [
      title: string,
      code: number,
      before: ReturnCode.Dispositions,
      now: ReturnCode.Dispositions,
      outcome: "logs in" | ReturnCode.FailureDisposition
    ]
  > = [
    ["an unknown code stays refused", 41009, {}, {}, "fatal"],
    ["an unknown code that is retried now is sent again", 41009, {}, { 41009: "retry" }, "logs in"],
    ["a known code that is retried now is sent again", 40001, {}, { 40001: "retry" }, "logs in"],
    ["another code that is retried now changes nothing", 41009, {}, { 41010: "retry" }, "fatal"],
    ["a code that was fatal by a setting is retried without it", 50001, { 50001: "fatal" }, {}, "logs in"],
    ["a code that is fatal now stays refused", 41009, { 41009: "reauthenticate" }, { 41009: "fatal" }, "fatal"],
    ["a code that reauthenticates now stays refused", 41009, {}, { 41009: "reauthenticate" }, "reauthenticate"]
  ]
  for (const [title, code, before, now, outcome] of cases) {
    it.scoped(title, () =>
      Effect.gen(function*() {
        const { store } = yield* watched
        const sandbox = yield* Sandbox.Sandbox
        yield* sandbox.inject("acquire", Fault.returnCode(code))
        const first = yield* providerOver(store, { returnCodes: before })
        const refused = yield* Effect.flip(inTime(first.accessToken))
        const second = yield* providerOver(store, { returnCodes: now })
        if (outcome === "logs in") {
          yield* inTime(second.accessToken)
          assert.strictEqual((yield* second.status).phase, "fresh")
        } else {
          const failure = yield* Effect.flip(inTime(second.accessToken))
          assert.strictEqual(failure._tag, refused._tag)
          assert.deepInclude(failure, { code, disposition: outcome, attempts: 1 })
          assert.strictEqual((yield* second.status).phase, "credentialsRefused")
        }
        assert.deepStrictEqual(yield* requests, { acquire: outcome === "logs in" ? 2 : 1, refresh: 0 })
      }).pipe(overSandbox))
  }

  it.scoped("and a process that retries the code in vain leaves the refusal to the processes that do not", () =>
    Effect.gen(function*() {
      const { store } = yield* watched
      const sandbox = yield* Sandbox.Sandbox
      yield* sandbox.inject("acquire", ...Array.from({ length: 3 }, () => Fault.returnCode(41009)))
      yield* Effect.flip(inTime((yield* providerOver(store)).accessToken))
      const retrying = yield* providerOver(store, { returnCodes: { 41009: "retry" }, maxAttempts: 2 })
      assert.deepInclude(yield* Effect.flip(inTime(retrying.accessToken)), { code: 41009, disposition: "retry" })
      assert.strictEqual((yield* retrying.status).phase, "cooling")
      yield* Effect.flip(inTime((yield* providerOver(store)).accessToken))
      assert.deepStrictEqual(yield* requests, { acquire: 3, refresh: 0 })
    }).pipe(overSandbox))
})
