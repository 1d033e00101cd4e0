// A fleet whose processes are killed at random moments and started again at once. One kill in eight waits for a process in
// the middle of a renewal.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import type * as Processes from "./processes.js"
import * as Stage from "./stage.js"

/** The counts of a run. Requests are counted at the platform, waits in the processes. */
export interface Seen {
  readonly kills: number
  /** Kills of a process in the middle of a renewal. */
  readonly killsInRenewal: number
  readonly acquisitions: number
  readonly refreshes: number
  readonly mostAtOnce: number
  readonly mostWithOneToken: number
  readonly longestWait: number
  /** The problems of the run. */
  readonly broken: ReadonlyArray<string>
}

/** Short, so that a process is renewing most of the time. */
const lifetimes = { access: 1200, margin: 100, early: 300 }

/** From the renewal of the lease to beyond the save, in milliseconds. */
const renewal = 150

export const play = (
  cast: Stage.Cast,
  { seconds, seed }: { readonly seconds: number; readonly seed: number }
): Effect.Effect<Seen, Processes.StageFailure> =>
  Effect.gen(function*() {
    let kills = 0
    let killsInRenewal = 0
    let longestWait = 0
    /** How long after the middle of its next renewal a process is killed. */
    let sentence: number | undefined

    const kill = (worker: Processes.Worker) =>
      Effect.suspend(() => {
        kills += worker.isAlive() ? 1 : 0
        return worker.signal("SIGKILL")
      })

    const stage = yield* Stage.make(cast, lifetimes, (worker) => {
      if (sentence !== undefined) {
        Effect.runFork(Effect.delay(kill(worker), sentence))
        sentence = undefined
        killsInRenewal += 1
      }
    })
    yield* Stage.begin(stage)

    const collect = Effect.suspend(() =>
      Effect.forEach(
        stage.workers,
        // A process that is killed meanwhile sends no tally.
        (worker) => worker.isAlive() ? Effect.option(worker.tally) : Effect.succeedNone,
        { concurrency: "unbounded" }
      )
    ).pipe(
      Effect.map((tallies) => {
        longestWait = Math.max(longestWait, ...tallies.flatMap(Option.toArray).map((tally) => tally.longestWait))
      })
    )

    const keepAlive = (
      index: number,
      worker: Processes.Worker
    ): Effect.Effect<never, Processes.StageFailure, Scope.Scope> =>
      Effect.gen(function*() {
        yield* worker.ended
        const successor = yield* stage.spawn
        yield* successor.start(stage.part())
        stage.workers[index] = successor
        return yield* keepAlive(index, successor)
      })
    yield* Effect.forEach(stage.workers, (worker, index) => Effect.forkScoped(keepAlive(index, worker)))

    const strike = Effect.gen(function*() {
      yield* Effect.sleep(yield* Random.nextIntBetween(100, 900))
      yield* collect
      const delay = yield* Random.nextIntBetween(0, renewal)
      const worker = stage.workers[yield* Random.nextIntBetween(0, stage.workers.length)]
      if ((yield* Random.next) < 0.125) {
        sentence = delay
      } else if (worker !== undefined) {
        yield* kill(worker)
      }
    })
    yield* Effect.forever(strike).pipe(
      Effect.withRandom(Random.make(seed)),
      Effect.timeoutOption(seconds * 1000)
    )
    sentence = undefined

    yield* Effect.sleep(renewal)
    const isBack = Effect.map(
      Stage.tallies(stage),
      (tallies) => tallies.length === cast.processes && tallies.every(({ generation }) => generation > 0)
    )
    const broken: Array<string> = []
    yield* Effect.catchAll(Stage.until("every process is back and has a token", isBack, 15_000), ({ message }) =>
      Effect.flatMap(
        Effect.forEach(stage.workers, (worker, index) =>
          Effect.match(worker.tally, {
            onFailure: ({ message }) =>
              `process ${index + 1}: ${message}`,
            onSuccess: (tally) =>
              `process ${index + 1}: ${JSON.stringify(tally)} ${worker.lastWords().slice(-3).join("\n")}`
          })),
        (details) => Effect.sync(() => broken.push(message, ...details))
      ))
    yield* collect
    const journal = yield* stage.sandbox.journal
    const { acquire, refresh } = yield* stage.sandbox.requests
    const mostAtOnce = yield* stage.sandbox.maxOverlap
    const mostWithOneToken = yield* stage.sandbox.maxTokenOverlap
    if (mostAtOnce > 1) {
      const start = journal[0]?.at ?? 0
      broken.push(
        `${mostAtOnce} requests at once`,
        ...journal.flatMap(({ overlap }, index) =>
          overlap > 1 ? journal.slice(Math.max(0, index - 2), index + 1) : []
        )
          .map(({ at, endpoint, outcome, overlap }) =>
            `at ${at - start} ms ${endpoint}, ${overlap} in flight: ${JSON.stringify(outcome)}`
          )
      )
    }
    if (acquire > kills + 1) {
      broken.push(`${acquire} acquisitions`)
    }
    return {
      kills,
      killsInRenewal,
      acquisitions: acquire,
      refreshes: refresh,
      mostAtOnce,
      mostWithOneToken,
      longestWait: Math.ceil(longestWait),
      broken
    }
  }).pipe(Effect.scoped)
