// A process of the fleet. It uses the library like a program, reads all the time, and reports to its parent each moment of a
// renewal at which it can be held. It decides nothing and counts no request.
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Endpoint from "@jindouyun/core/Endpoint"
import * as Jindouyun from "@jindouyun/core/Jindouyun"
import * as PlatformClient from "@jindouyun/core/PlatformClient"
import * as TokenProvider from "@jindouyun/core/TokenProvider"
import * as TokenStore from "@jindouyun/core/TokenStore"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { monotonic, turned } from "./clock.js"
import * as Lateness from "./lateness.js"
import type { FromWorker, Moment, Mutant, Part, Tally, ToWorker } from "./protocol.js"
import * as stores from "./stores.js"

const tell = (message: FromWorker): void => {
  process.send?.(message)
}

let ahead = 0
let hold: Moment | undefined
let goOn = (): void => undefined

const clock = turned(() => ahead)

const reach = (moment: Moment): Effect.Effect<void> =>
  Effect.suspend(() => {
    const held = hold === moment
    tell({ _tag: "Reached", moment, held })
    if (!held) {
      return Effect.void
    }
    hold = undefined
    return Effect.async<void>((resume) => {
      goOn = () => resume(Effect.void)
    })
  })

const watched = (store: TokenStore.Service): TokenStore.Service => ({
  ...store,
  save: (key, record, lease) => Effect.zipRight(reach("saving"), store.save(key, record, lease)),
  lease: (key, duration) =>
    Effect.map(
      store.lease(key, duration),
      Option.map((lease) => ({
        ...lease,
        renew: Effect.sync(() => tell({ _tag: "LeaseRenewal", at: monotonic() })).pipe(
          Effect.zipRight(lease.renew),
          Effect.zipLeft(reach("renewed"))
        )
      }))
    )
})

const leaseGrantedTwice = (store: TokenStore.Service): TokenStore.Service => ({
  ...store,
  lease: (key, duration) =>
    Effect.map(
      store.lease(key, duration),
      Option.orElse(() => Option.some({ fence: 0, renew: Effect.void, release: Effect.void }))
    )
})

const saveNotKept = (store: TokenStore.Service): TokenStore.Service => ({
  ...store,
  save: (key, record, lease) => Math.random() < 0.5 ? Effect.succeed(true) : store.save(key, record, lease)
})

/** Removes the pair as a clear does, and leaves the fence where it is. */
const clearWithoutFence = (store: TokenStore.Service): TokenStore.Service => ({
  ...store,
  clear: (key) =>
    Effect.flatMap(
      store.load(key),
      Option.match({
        onNone: () => Effect.void,
        onSome: (record) => Effect.asVoid(store.save(key, { ...record, pair: Option.none() }, Option.none()))
      })
    )
})

const mutants: { readonly [Name in Mutant]: (store: TokenStore.Service) => TokenStore.Service } = {
  leaseGrantedTwice,
  saveNotKept,
  clearWithoutFence
}

/** Sends every request to another port: the platform tells its processes apart by their ports. */
const redirect = (port: number): void => {
  const { fetch } = globalThis
  globalThis.fetch = (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    url.port = String(port)
    return fetch(url, init)
  }
}

const layer = ({ mutant, password, settings, store, username }: Part) =>
  Jindouyun.layer({ ...settings, username, password: Redacted.make(password) }).pipe(
    Layer.provide(FetchHttpClient.layer),
    Layer.provide(
      Layer.effect(
        TokenStore.TokenStore,
        Effect.map(
          TokenStore.TokenStore,
          (store) => watched(mutant === undefined ? store : mutants[mutant](store))
        )
      ).pipe(
        Layer.provide(stores.layer(store))
      )
    )
  )

const seen = { served: 0, failures: {} as Record<string, number>, longestWait: 0, generation: 0 }
let without: number | undefined

const lateness = Lateness.measure()
let lateBefore = 0

const tally = (): Tally => ({
  ...seen,
  longestWait: Math.max(seen.longestWait, without === undefined ? 0 : performance.now() - without),
  late: lateness() - lateBefore
})

const forget = (): void => {
  seen.served = 0
  seen.failures = {}
  seen.longestWait = 0
  lateBefore = lateness()
  without = without === undefined ? undefined : performance.now()
}

const read = Effect.gen(function*() {
  const { accessToken } = yield* TokenProvider.TokenProvider
  without ??= performance.now()
  const exit = yield* Effect.exit(Effect.either(accessToken))
  if (Exit.isFailure(exit)) {
    seen.failures["Defect"] = (seen.failures["Defect"] ?? 0) + 1
  } else if (exit.value._tag === "Left") {
    const { _tag } = exit.value.left
    seen.failures[_tag] = (seen.failures[_tag] ?? 0) + 1
  } else {
    seen.served += 1
    seen.longestWait = Math.max(seen.longestWait, performance.now() - without)
    seen.generation = exit.value.right.generation
    without = undefined
  }
})

const echo = Endpoint.make({ method: "GET", path: "/api/report/echo", data: Schema.Unknown })

const call = Effect.gen(function*() {
  const client = yield* PlatformClient.PlatformClient
  return yield* Effect.match(client.call(echo)(), {
    onFailure: (failure) => failure.message,
    onSuccess: () => undefined
  })
})

/** Forces a refresh, and reports it as saved if the status has no failure of the store. */
const refresh = Effect.gen(function*() {
  const provider = yield* TokenProvider.TokenProvider
  const since = monotonic()
  const token = yield* provider.refresh
  const { storeFailure } = yield* provider.status
  if (Option.isNone(storeFailure)) {
    tell({ _tag: "Saved", since, accessToken: Redacted.value(token.value) })
  }
})

const reset = Effect.gen(function*() {
  const provider = yield* TokenProvider.TokenProvider
  tell({ _tag: "ResetBegins", at: monotonic() })
  const exit = yield* Effect.exit(provider.reset)
  tell({ _tag: "ResetEnded", isDone: Exit.isSuccess(exit) })
})

const keepBusy = (every: number, resetShare: number) =>
  Effect.gen(function*() {
    yield* Effect.sleep(every * (0.5 + (yield* Random.next)))
    const isReset = (yield* Random.next) < resetShare
    yield* isReset ? reset : (yield* Random.nextBoolean) ? Effect.ignore(refresh) : call
  }).pipe(Effect.forever)

const run = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.runFork(
    effect.pipe(
      Effect.catchAllCause((cause) => Effect.zipRight(Effect.logFatal(cause), Effect.sync(() => process.exit(2)))),
      Effect.withClock(clock),
      Effect.provide(Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.logfmtLogger))),
      Logger.withMinimumLogLevel(LogLevel.Warning)
    )
  )

let answerCall = (): void => undefined
let calm = (): void => undefined

const start = (part: Part): void => {
  ahead = part.ahead
  if (part.port !== undefined) {
    redirect(part.port)
  }
  run(
    Effect.gen(function*() {
      const runtime = yield* Effect.runtime<TokenProvider.TokenProvider | PlatformClient.PlatformClient>()
      answerCall = () => {
        run(Effect.map(Effect.provide(call, runtime), (failure) => tell({ _tag: "Called", failure })))
      }
      if (part.once) {
        yield* read
        process.exit(seen.served === 1 ? 0 : 1)
      }
      if (part.busyEvery !== undefined) {
        const busy = yield* Effect.fork(keepBusy(part.busyEvery, part.resetShare ?? 0))
        calm = () => busy.unsafeInterruptAsFork(busy.id())
      }
      yield* Effect.forever(Effect.zipRight(read, Effect.sleep("20 millis")))
    }).pipe(Effect.provide(layer(part)))
  )
}

process.on("message", (message: ToWorker) => {
  switch (message._tag) {
    case "Start":
      return start(message.part)
    case "Hold":
      hold = message.moment
      return
    case "Release":
      return goOn()
    case "Turn":
      ahead = message.ahead
      return
    case "Forget":
      return forget()
    case "Calm":
      return calm()
    case "Tell":
      return tell({ _tag: "Told", tally: tally() })
    case "Call":
      return answerCall()
  }
})

// A process ends with its parent.
process.on("disconnect", () => process.exit(3))

tell({ _tag: "Ready" })
