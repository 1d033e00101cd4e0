// A process of the fleet on Effect 4. It uses the library like a program, reads all the time, and reports each renewal of its
// lease and each save. It speaks the protocol of the processes on Effect 3, without holds and turned clocks.
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import * as Lateness from "../../simulation/runs/fleet/lateness.js"
import type { FromWorker, Part, Tally, ToWorker } from "../../simulation/runs/fleet/protocol.js"
import * as Endpoint from "../src/Endpoint.js"
import * as Jindouyun from "../src/Jindouyun.js"
import * as PlatformClient from "../src/PlatformClient.js"
import * as TokenProvider from "../src/TokenProvider.js"
import * as TokenStore from "../src/TokenStore.js"
import * as stores from "./stores.js"

const tell = (message: FromWorker): void => {
  process.send?.(message)
}

/** Milliseconds of the monotonic clock of the machine, which all processes share. */
const monotonic = (): number => Number(process.hrtime.bigint()) / 1e6

const watched = (store: TokenStore.Service): TokenStore.Service => ({
  ...store,
  lease: (key, duration) =>
    Effect.map(
      store.lease(key, duration),
      Option.map((lease) => ({
        ...lease,
        renew: Effect.andThen(Effect.sync(() => tell({ _tag: "LeaseRenewal", at: monotonic() })), lease.renew)
      }))
    )
})

/** Sends every request to another port: the platform tells its processes apart by their ports. */
const redirect = (port: number): void => {
  const { fetch } = globalThis
  globalThis.fetch = (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    url.port = String(port)
    return fetch(url, init)
  }
}

const layer = ({ password, settings, store, username }: Part) =>
  Jindouyun.layer({ ...settings, username, password: Redacted.make(password) }).pipe(
    Layer.provide(FetchHttpClient.layer),
    Layer.provide(
      Layer.effect(
        TokenStore.TokenStore,
        Effect.map(Effect.service(TokenStore.TokenStore), watched)
      ).pipe(Layer.provide(stores.layer(store)))
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

const failed = (tag: string): void => {
  seen.failures[tag] = (seen.failures[tag] ?? 0) + 1
}

const read = Effect.gen(function*() {
  const { accessToken } = yield* TokenProvider.TokenProvider
  without ??= performance.now()
  yield* Effect.matchCause(Effect.result(accessToken), {
    onFailure: () => failed("Defect"),
    onSuccess: (result) => {
      if (result._tag === "Failure") {
        return failed(result.failure._tag)
      }
      seen.served += 1
      seen.longestWait = Math.max(seen.longestWait, performance.now() - (without ?? performance.now()))
      seen.generation = result.success.generation
      without = undefined
    }
  })
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
      Effect.catchCause((cause) => Effect.andThen(Effect.logFatal(cause), Effect.sync(() => process.exit(2)))),
      Effect.provide(Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)])),
      Effect.provideService(References.MinimumLogLevel, "Warn")
    )
  )

let answerCall = (): void => undefined
let calm = (): void => undefined

const start = (part: Part): void => {
  if (part.port !== undefined) {
    redirect(part.port)
  }
  run(
    Effect.gen(function*() {
      const context = yield* Effect.context<TokenProvider.TokenProvider | PlatformClient.PlatformClient>()
      answerCall = () => {
        run(Effect.map(Effect.provide(call, context), (failure) => tell({ _tag: "Called", failure })))
      }
      if (part.once) {
        yield* read
        process.exit(seen.served === 1 ? 0 : 1)
      }
      if (part.busyEvery !== undefined) {
        const busy = yield* Effect.forkChild(keepBusy(part.busyEvery, part.resetShare ?? 0))
        calm = () => {
          run(Fiber.interrupt(busy))
        }
      }
      return yield* Effect.forever(Effect.andThen(read, Effect.sleep("20 millis")))
    }).pipe(Effect.provide(layer(part)))
  )
}

process.on("message", (message: ToWorker) => {
  switch (message._tag) {
    case "Start":
      return start(message.part)
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
