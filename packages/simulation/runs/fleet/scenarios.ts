// The scenarios of a fleet: one fault at a time, and what it may cost. The lifetimes are the document's: all clocks, also
// the platform's, are turned to the last second of a token's lifetime.
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Processes from "./processes.js"
import type { Store } from "./protocol.js"
import * as Stage from "./stage.js"

const minute = 60_000
const hour = 60 * minute

export interface Requests {
  readonly acquisitions: number
  readonly refreshes: number
}

export interface Allowed extends Requests {
  readonly atOnce: number
}

export interface Scenario {
  readonly number: number
  readonly name: string
  /** The stores that it can use. */
  readonly stores: ReadonlyArray<Store["_tag"]>
  /** The least number of requests with the knowledge that a process can have. */
  readonly needed: Requests
  /** The most requests, and the most at once, if that is more. */
  readonly allowed?: Allowed
  /** The longest wait of a caller, in milliseconds; `undefined` if no caller gets a token. */
  readonly bound: number | undefined
  readonly play: (cast: Stage.Cast) => Effect.Effect<Played, Processes.StageFailure, Scope.Scope>
}

export interface Played {
  readonly stage: Stage.Stage
  /** The processes whose callers had to wait. */
  readonly excused?: ReadonlyArray<Processes.Worker>
  readonly problems?: ReadonlyArray<string>
}

const both: ReadonlyArray<Store["_tag"]> = ["File", "Redis"]

const requestAndPoll = Stage.request + Stage.poll
const leaseAndRequest = Stage.lease + requestAndPoll

/** The bound for no wait, on a busy machine. */
const noWait = 500

const atStart: Scenario = {
  number: 1,
  name: "all start at once on an empty store",
  stores: both,
  needed: { acquisitions: 1, refreshes: 0 },
  bound: requestAndPoll,
  play: (cast) =>
    Effect.gen(function*() {
      const stage = yield* Stage.make(cast)
      yield* stage.forget
      yield* Stage.startAll(stage)
      yield* Stage.allServed(stage, 0)
      yield* Effect.sleep(300)
      return { stage }
    })
}

const expiry = (name: string, early: number | undefined, bound: number): Scenario => ({
  number: 2,
  name,
  stores: both,
  needed: { acquisitions: 1, refreshes: 1 },
  bound,
  play: (cast) =>
    Effect.gen(function*() {
      const stage = yield* Stage.make(cast, early === undefined ? {} : { early })
      const first = yield* Stage.begin(stage)
      yield* stage.age
      yield* Stage.allServed(stage, first)
      // A process that would renew once more does it now.
      yield* Effect.sleep(500)
      return { stage }
    })
})

const killed = (
  name: string,
  needed: Requests,
  victim: (stage: Stage.Stage) => Effect.Effect<Processes.Worker | undefined, Processes.StageFailure>
): Scenario => ({
  number: 3,
  name,
  stores: both,
  needed,
  bound: leaseAndRequest,
  play: (cast) =>
    Effect.gen(function*() {
      const stage = yield* Stage.make(cast, { early: 0 })
      const first = yield* Stage.begin(stage)
      yield* stage.age
      const worker = yield* victim(stage)
      if (worker === undefined) {
        return { stage, problems: ["no process to kill"] }
      }
      yield* worker.signal("SIGKILL")
      yield* worker.ended
      yield* Stage.allServed(stage, first)
      return { stage }
    })
})

/** Waits for a refresh that the platform has executed, and whose answer it delays. */
const refreshing = (stage: Stage.Stage, answerAfter: number) =>
  Effect.gen(function*() {
    yield* stage.sandbox.inject("refresh", Fault.delay(answerAfter))
    yield* Stage.until(
      "a refresh is under way",
      Effect.map(stage.sandbox.requests, ({ refresh }) => refresh > 0),
      10_000
    )
    return stage.lastAt("renewed")
  })

const forgetful: Scenario = {
  number: 4,
  name: "Redis is killed and restarts empty",
  stores: ["Redis"],
  needed: { acquisitions: 1, refreshes: 1 },
  bound: noWait,
  play: (cast) =>
    Effect.gen(function*() {
      const stage = yield* Stage.make(cast)
      const first = yield* Stage.begin(stage)
      yield* redisOf(stage, ({ kill }) => kill)
      yield* Effect.sleep(500)
      yield* redisOf(stage, ({ restart }) => restart)
      yield* stage.age
      yield* Stage.allServed(stage, first)
      yield* Effect.sleep(500)
      return { stage }
    })
}

const restarted = (
  name: string,
  persistent: boolean,
  allowed?: Allowed
): Scenario => ({
  number: 4,
  name,
  stores: ["Redis"],
  needed: { acquisitions: 1, refreshes: 1 },
  ...(allowed === undefined ? {} : { allowed }),
  bound: leaseAndRequest,
  play: (cast) =>
    Effect.gen(function*() {
      const stage = yield* Stage.make(cast, { early: 0, persistent })
      const first = yield* Stage.begin(stage)
      yield* stage.age
      yield* refreshing(stage, 1000)
      yield* redisOf(stage, ({ kill }) => kill)
      yield* redisOf(stage, ({ restart }) => restart)
      yield* Stage.allServed(stage, first)
      yield* Effect.sleep(500)
      return { stage }
    })
})

/** Longer than the lease. */
const stop = Stage.lease + 1000

const redisPaused: Scenario = {
  number: 5,
  name: "Redis is paused for longer than the lease during a refresh",
  stores: ["Redis"],
  // A pair that cannot be saved reaches no other process, like a lost answer. Redis may still execute the save when it resumes.
  needed: { acquisitions: 1, refreshes: 1 },
  allowed: { acquisitions: 2, refreshes: 2, atOnce: 1 },
  // Redis first grants the lease to processes that asked during the pause and have stopped waiting.
  bound: stop + Stage.settings.maxCooldown + leaseAndRequest,
  play: (cast) =>
    Effect.gen(function*() {
      const stage = yield* Stage.make(cast, { early: 0 })
      const first = yield* Stage.begin(stage)
      yield* stage.age
      yield* refreshing(stage, 300)
      yield* redisOf(stage, ({ signal }) => signal("SIGSTOP"))
      yield* Effect.sleep(stop)
      yield* redisOf(stage, ({ signal }) => signal("SIGCONT"))
      yield* Stage.allServed(stage, first)
      return { stage }
    })
}

const holderPaused = (
  name: string,
  allowed: Requests,
  moment: "renewed" | "saving"
): Scenario => ({
  number: 5,
  name,
  stores: both,
  // A process that learns of the lost lease when it resumes adopts the pair of the new holder, and sends nothing.
  needed: { acquisitions: 1, refreshes: 1 },
  allowed: { ...allowed, atOnce: 1 },
  bound: leaseAndRequest,
  play: (cast) =>
    Effect.gen(function*() {
      const stage = yield* Stage.make(cast, { early: 0 })
      const first = yield* Stage.begin(stage)
      yield* stage.age
      const worker = yield* stage.holdFirst(moment)
      yield* worker.signal("SIGSTOP")
      yield* worker.tell({ _tag: "Release" })
      yield* Stage.allServed(stage, first, [worker])
      yield* worker.signal("SIGCONT")
      yield* Effect.sleep(500)
      return { stage, excused: [worker] }
    })
})

const cut: Scenario = {
  number: 6,
  name: "the connection of one process to Redis is cut",
  stores: ["Redis"],
  needed: { acquisitions: 1, refreshes: 1 },
  bound: requestAndPoll,
  play: (cast) =>
    Effect.gen(function*() {
      const stage = yield* Stage.make(cast, { early: 0 })
      const proxy = yield* stage.proxy
      const [apart] = stage.workers
      const first = yield* Stage.begin(stage, (index) =>
        stage.part(index === 0 ? { store: { _tag: "Redis", url: `redis://127.0.0.1:${proxy.port}` } } : {}))
      yield* proxy.cut()
      yield* stage.age
      const excused = apart === undefined ? [] : [apart]
      yield* Stage.allServed(stage, first, excused)
      yield* Effect.sleep(500)
      yield* proxy.mend
      yield* Stage.allServed(stage, first)
      return { stage, excused }
    })
}

const clocks: Scenario = {
  number: 7,
  name: "one clock is 10 minutes ahead, another 10 minutes behind, for a day",
  stores: ["Redis"],
  needed: { acquisitions: 1, refreshes: 1 },
  bound: noWait,
  play: (cast) =>
    Effect.gen(function*() {
      const stage = yield* Stage.make(cast)
      const off = (index: number) => index === 0 ? 10 * minute : index === 1 ? -10 * minute : 0
      const first = yield* Stage.begin(stage, (index) => stage.part({ ahead: off(index) }))
      const problems: Array<string> = []
      for (let now = 23 * hour; now <= 24 * hour - 5 * minute; now += 5 * minute) {
        yield* stage.turn(now, off)
        yield* Effect.sleep(150)
        const failures = yield* Effect.forEach(stage.workers, (worker) => worker.call, { concurrency: 4 })
        problems.push(...failures.filter((failure) => failure !== undefined))
      }
      yield* Stage.allServed(stage, first)
      return { stage, problems }
    })
}

const crashLoop: Scenario = {
  number: 8,
  name: "a wrong password in a crash loop of 20 starts",
  stores: both,
  needed: { acquisitions: 1, refreshes: 0 },
  bound: undefined,
  play: (cast) =>
    Effect.gen(function*() {
      const stage = yield* Stage.make({ ...cast, processes: 0 })
      const problems: Array<string> = []
      for (let starts = 0; starts < 20; starts++) {
        const worker = yield* stage.spawn
        yield* worker.start(stage.part({ password: "wrong", once: true }))
        yield* worker.ended
        if (worker.exitCode() !== 1) {
          problems.push(`start ${starts + 1} ended with ${worker.exitCode()}`, ...worker.lastWords())
        }
      }
      return { stage, problems }
    })
}

const redisOf = <A, E>(stage: Stage.Stage, use: (redis: Processes.Redis) => Effect.Effect<A, E>) =>
  stage.redis === undefined ? Effect.dieMessage("it is played without Redis") : use(stage.redis)

export const all: ReadonlyArray<Scenario> = [
  atStart,
  expiry("the token reaches its early-refresh window under constant reads", undefined, noWait),
  expiry("the token expires under constant reads, without early refresh", 0, requestAndPoll),
  killed(
    "the lease holder is killed before its request",
    { acquisitions: 1, refreshes: 1 },
    (stage) => stage.holdFirst("renewed")
  ),
  killed(
    "the lease holder is killed during its request, which the platform executes",
    { acquisitions: 2, refreshes: 2 },
    (stage) => refreshing(stage, 10_000)
  ),
  killed(
    "the lease holder is killed between answer and save",
    { acquisitions: 2, refreshes: 2 },
    (stage) => stage.holdFirst("saving")
  ),
  forgetful,
  restarted("Redis is killed during a refresh and restarts from its file", true),
  // Without the file Redis has lost the lease, and grants it again.
  restarted("Redis is killed during a refresh and restarts empty", false, {
    acquisitions: 2,
    refreshes: 2,
    atOnce: 2
  }),
  redisPaused,
  holderPaused(
    "the lease holder is paused for longer than the lease before its request",
    { acquisitions: 1, refreshes: 2 },
    "renewed"
  ),
  holderPaused(
    "the lease holder is paused for longer than the lease between answer and save",
    { acquisitions: 2, refreshes: 2 },
    "saving"
  ),
  cut,
  clocks,
  crashLoop
]

/** The result of a scenario. Requests are counted at the platform, waits in the processes. */
export interface Seen {
  readonly number: number
  readonly name: string
  readonly made: Requests
  readonly needed: Requests
  readonly allowed: Allowed
  readonly longestWait: number | undefined
  readonly bound: number | undefined
  /** How late the machine ran the slowest process, and the platform. */
  readonly late: number
  readonly failedReads: number
  readonly mostAtOnce: number
  readonly mostWithOneToken: number
  /** The problems of the scenario. */
  readonly broken: ReadonlyArray<string>
  readonly seconds: number
}

export const play = (scenario: Scenario, cast: Stage.Cast): Effect.Effect<Seen, Processes.StageFailure> =>
  Effect.gen(function*() {
    const started = performance.now()
    const { bound, name, needed, number } = scenario
    const allowed = scenario.allowed ?? { ...needed, atOnce: 1 }
    const { excused = [], problems = [], stage } = yield* scenario.play(cast)
    const broken = [...problems]
    const seen = yield* Stage.tallies(stage, excused)
    const all = yield* Stage.tallies(stage)
    if (stage.workers.length > 0) {
      // A process that starts now has nothing but the store.
      const newcomer = yield* stage.spawn
      stage.workers.push(newcomer)
      yield* newcomer.start(stage.part())
      yield* Stage.allServed(stage, 0)
    }
    const failures = yield* Effect.forEach(
      stage.workers.filter((worker) => worker.isAlive()),
      (worker) => worker.call,
      { concurrency: 4 }
    )
    broken.push(...failures.flatMap((failure) => failure === undefined ? [] : `a report call failed: ${failure}`))
    const { acquire, refresh } = yield* stage.sandbox.requests
    const mostAtOnce = yield* stage.sandbox.maxOverlap
    const mostWithOneToken = yield* stage.sandbox.maxTokenOverlap
    const longestWait = seen.length === 0 ? undefined : Math.max(...seen.map((tally) => tally.longestWait))
    const late = stage.late() + Math.max(0, ...seen.map((tally) => tally.late))
    if (
      acquire < needed.acquisitions || acquire > allowed.acquisitions
      || refresh < needed.refreshes || refresh > allowed.refreshes
    ) {
      broken.push(`${acquire} acquisitions and ${refresh} refreshes`)
    }
    if (bound !== undefined && longestWait !== undefined && longestWait > bound + late) {
      broken.push(`a caller waited ${Math.ceil(longestWait)} ms`)
    }
    if (mostAtOnce > allowed.atOnce) {
      broken.push(`${mostAtOnce} requests at once`)
    }
    if (mostWithOneToken > allowed.atOnce) {
      broken.push(`${mostWithOneToken} requests at once with one refresh token`)
    }
    if (broken.length > 0) {
      broken.push(
        ...stage.workers.flatMap((worker, index) =>
          worker.lastWords().slice(-2).map((line) => `process ${index + 1}: ${line}`)
        )
      )
    }
    return {
      number,
      name,
      made: { acquisitions: acquire, refreshes: refresh },
      needed,
      allowed,
      longestWait,
      bound,
      late: Math.ceil(late),
      failedReads: all.flatMap(({ failures }) => Object.values(failures)).reduce((sum, count) => sum + count, 0),
      mostAtOnce,
      mostWithOneToken,
      broken,
      seconds: Math.round((performance.now() - started) / 100) / 10
    }
  }).pipe(Effect.scoped)

/** A scenario that did not end. */
export const notPlayed = ({ bound, name, needed, number }: Scenario, problem: string): Seen => ({
  number,
  name,
  made: { acquisitions: 0, refreshes: 0 },
  needed,
  allowed: { ...needed, atOnce: 1 },
  longestWait: undefined,
  bound,
  late: 0,
  failedReads: 0,
  mostAtOnce: 0,
  mostWithOneToken: 0,
  broken: [problem],
  seconds: 0
})
