// The stage of a scenario: its own platform, store and processes.
import type * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { turned } from "./clock.js"
import * as Lateness from "./lateness.js"
import * as Processes from "./processes.js"
import type { Moment, Part, Store, Tally } from "./protocol.js"

/** What a run uses. */
export interface Cast {
  readonly program: string
  readonly processes: number
  readonly store: Store["_tag"]
}

/** Milliseconds, short so that a run is short. Other settings have their defaults. */
export const settings = {
  requestTimeout: 1500,
  renewalTimeout: 10_000,
  minRequestInterval: 50,
  cooldown: 200,
  maxCooldown: 1000
} satisfies JindouyunConfig.Options

/** How long a lease lasts if its holder does not renew it: the request timeout and two seconds. */
export const lease = settings.requestTimeout + 2000

/** The longest duration of a request. */
export const request = settings.requestTimeout

/** The longest pause between two tries to get the lease. */
export const poll = 500

/** The platform takes so long for an answer, so that requests can overlap. */
const latency = 50

export interface Stage {
  readonly sandbox: Sandbox.Service
  readonly workers: Array<Processes.Worker>
  readonly redis: Processes.Redis | undefined
  readonly store: Store
  /** Restarts the count of waits. */
  readonly forget: Effect.Effect<void>
  /** How late the platform ran since then, in milliseconds in total. */
  readonly late: () => number
  /** Starts one more process, which does nothing yet. */
  readonly spawn: Effect.Effect<Processes.Worker, Processes.StageFailure, Scope.Scope>
  /** A connection to Redis that can be cut. */
  readonly proxy: Effect.Effect<Processes.Proxy, never, Scope.Scope>
  readonly part: (part?: Partial<Part>) => Part
  /** Turns all clocks, also the platform's; `off` is the error of the clock of a process. */
  readonly turn: (ahead: number, off?: (index: number) => number) => Effect.Effect<void>
  /**
   * Turns all clocks to one second before the token is due: at the early-refresh window, or else at the margin. The next
   * renewal is a whole lifetime later, so that a busy machine does not change the counts.
   */
  readonly age: Effect.Effect<void>
  /** The last process that reached a moment. */
  readonly lastAt: (moment: Moment) => Processes.Worker | undefined
  /** Holds the first process that reaches a moment, and returns it. */
  readonly holdFirst: (moment: Moment) => Effect.Effect<Processes.Worker>
}

/** In milliseconds. The defaults are the document's and the library's. */
export interface Options {
  readonly access?: number
  readonly margin?: number
  readonly early?: number
  /** Whether Redis writes to a file. */
  readonly persistent?: boolean
}

const day = 24 * 3_600_000

const lateness = Lateness.measure()

export const make = (
  cast: Cast,
  options: Options = {}
): Effect.Effect<Stage, Processes.StageFailure, Scope.Scope> =>
  Effect.gen(function*() {
    let ahead = 0
    const { access = day, early = 30 * 60_000, margin = 60_000, persistent = false } = options
    const context = yield* Layer.build(
      SandboxServer.layer({ latency, accessTokenLifetime: access })
    ).pipe(
      Effect.withClock(turned(() => ahead)),
      Effect.mapError(() => new Processes.StageFailure({ message: "the platform does not listen" }))
    )
    const { url } = Context.get(context, SandboxServer.SandboxServer)
    const sandbox = Context.get(context, Sandbox.Sandbox)
    const redis = cast.store === "Redis" ? yield* Processes.redis(persistent) : undefined
    const store: Store = redis === undefined
      ? { _tag: "File", directory: `${yield* Processes.folder}/store` }
      : { _tag: "Redis", url: redis.url }

    const last = new Map<Moment, Processes.Worker>()
    const held = new Map<Moment, (worker: Processes.Worker) => void>()
    const spawn = Processes.worker(cast.program, (worker, message) => {
      if (message._tag === "Reached") {
        last.set(message.moment, worker)
        if (message.held) {
          held.get(message.moment)?.(worker)
        }
      }
    })
    const workers = yield* Effect.replicateEffect(spawn, cast.processes, { concurrency: 4 })
    const turn: Stage["turn"] = (millis, off = () => 0) =>
      Effect.suspend(() => {
        ahead = millis
        return Effect.forEach(
          workers,
          (worker, index) => worker.tell({ _tag: "Turn", ahead: millis + off(index) }),
          { discard: true }
        )
      })
    const tellAll = (message: Parameters<Processes.Worker["tell"]>[0]) =>
      Effect.forEach(workers, (worker) => worker.tell(message), { discard: true })
    let lateBefore = lateness()
    return {
      sandbox,
      forget: Effect.suspend(() => {
        lateBefore = lateness()
        return tellAll({ _tag: "Forget" })
      }),
      late: () => lateness() - lateBefore,
      workers,
      redis,
      store,
      spawn,
      proxy: Processes.proxy(redis?.port ?? 0),
      part: (part) => ({
        store,
        username: "user1",
        password: "pass1",
        settings: {
          ...settings,
          baseUrl: url,
          accessTokenLifetime: access,
          expiryMargin: margin,
          earlyRefresh: early
        },
        ahead,
        once: false,
        ...part
      }),
      turn,
      age: Effect.flatMap(sandbox.journal, (entries) => {
        const issuedAt = entries.at(-1)?.at ?? 0
        return turn(issuedAt + access - Math.max(early, margin) - 1000 - Date.now())
      }),
      lastAt: (moment) => last.get(moment),
      holdFirst: (moment) =>
        Effect.zipLeft(
          Effect.async<Processes.Worker>((resume) => {
            held.set(moment, (worker) => resume(Effect.succeed(worker)))
          }),
          tellAll({ _tag: "Hold", moment }),
          { concurrent: true }
        ).pipe(Effect.zipLeft(tellAll({ _tag: "Hold", moment: undefined })))
    }
  })

/** The tallies of the living processes that are not excused. */
export const tallies = (
  stage: Stage,
  excused: ReadonlyArray<Processes.Worker> = []
): Effect.Effect<ReadonlyArray<Tally>, Processes.StageFailure> =>
  Effect.suspend(() =>
    Effect.forEach(
      stage.workers.filter((worker) => worker.isAlive() && !excused.includes(worker)),
      (worker) => worker.tally,
      { concurrency: "unbounded" }
    )
  )

/** Waits until something holds. */
export const until = <E>(
  what: string,
  condition: Effect.Effect<boolean, E>,
  limit: number
): Effect.Effect<void, E | Processes.StageFailure> =>
  Effect.delay(condition, 50).pipe(
    Effect.repeat({ until: (holds) => holds }),
    Effect.timeoutFail({
      duration: limit,
      onTimeout: () => new Processes.StageFailure({ message: `after ${limit} ms still not: ${what}` })
    }),
    Effect.asVoid
  )

/** Waits until every living process that is not excused has a token of a later generation. */
export const allServed = (
  stage: Stage,
  generation: number,
  excused: ReadonlyArray<Processes.Worker> = []
): Effect.Effect<void, Processes.StageFailure> =>
  until(
    "every process has a newer token",
    Effect.map(tallies(stage, excused), (tallies) => tallies.every((tally) => tally.generation > generation)),
    15_000
  )

/** Starts all processes at once. */
export const startAll = (
  stage: Stage,
  part: (index: number) => Part = () => stage.part()
): Effect.Effect<void> => Effect.forEach(stage.workers, (worker, index) => worker.start(part(index)), { discard: true })

/** Starts all processes, and counts waits once all have a token. Returns the last generation. */
export const begin = (
  stage: Stage,
  part?: (index: number) => Part
): Effect.Effect<number, Processes.StageFailure> =>
  Effect.gen(function*() {
    yield* startAll(stage, part)
    yield* allServed(stage, 0)
    const generations = (yield* tallies(stage)).map(({ generation }) => generation)
    yield* stage.forget
    return Math.max(...generations)
  })
