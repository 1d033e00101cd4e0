// A fleet under chaos: processes are killed and paused at random moments, and their store fails. The platform counts the
// requests and their overlaps; `overlap.ts` classifies each overlap from the evidence of the run.
import * as TokenStore from "@jindouyun/core/TokenStore"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import { monotonic } from "./clock.js"
import * as Faults from "./faults.js"
import * as Lateness from "./lateness.js"
import * as Ledger from "./ledger.js"
import * as Overlap from "./overlap.js"
import * as Platform from "./platform.js"
import * as Processes from "./processes.js"
import type { FromWorker, Mutant } from "./protocol.js"
import * as Stage from "./stage.js"

export interface Options {
  readonly seconds: number
  readonly seed: number
  /** With a mutant the run ends as soon as a rule is broken, and fails if none is broken in the seconds. */
  readonly mutant?: Mutant
  /** Whether every second process is on Effect 4. */
  readonly isMixed?: boolean
  /** The share of resets in what the processes do beside reading. */
  readonly resetShare?: number
}

/** The counts of a run. Requests and overlaps are counted at the platform. */
export interface Seen {
  readonly kills: number
  /** Pauses shorter than a lease, and longer ones. */
  readonly pauses: { readonly short: number; readonly long: number }
  /** How often the store failed, by the name of the fault. */
  readonly faults: Readonly<Record<string, number>>
  /** The faults that the machine does not allow. */
  readonly notMade: ReadonlyArray<string>
  readonly acquisitions: number
  readonly refreshes: number
  /** Refreshes with a refresh token that the platform no longer accepted. */
  readonly refused: number
  /** Overlaps that a lease cannot exclude, by their cause. */
  readonly overlaps: { readonly paused: number; readonly storeLost: number }
  /** Saves that a process reported and the store confirmed, and those that it cannot confirm since it was emptied or reset. */
  readonly saves: { readonly kept: number; readonly lost: number }
  /** Resets that succeeded. After none of them the store held an older pair. */
  readonly resets: number
  /** How long after the chaos every process had the newest pair, in milliseconds. */
  readonly recovery: number
  /** The problems of the run. */
  readonly broken: ReadonlyArray<string>
}

const account = { username: "user1", password: "pass1" }

/** Milliseconds; short, so that some process is renewing most of the time. */
const settings = {
  requestTimeout: 1000,
  renewalTimeout: 10_000,
  minRequestInterval: 50,
  cooldown: 200,
  maxCooldown: 1000,
  accessTokenLifetime: 4000,
  refreshTokenLifetime: 60_000,
  expiryMargin: 100,
  earlyRefresh: 800
}

/** How long a lease lasts from the start of its renewal: the request timeout and two seconds. */
const lease = settings.requestTimeout + 2000

/** From the renewal of a lease to beyond the save. */
const renewal = 150

/** The longest time until every process has the newest pair, on an idle machine. */
const patience = 15_000

/** About how often some process of the fleet forces a refresh, makes a report call or resets the account. */
const busyEvery = 125

/** About one reset in ten seconds. */
const defaultResetShare = 1 / 32

/**
 * Most answers come soon, some take long, and some would come after the lease has ended. Then a client stops waiting, unless it is
 * paused.
 */
const latency = (): number => {
  const chance = Math.random()
  return chance < 0.8 ? 20 + 100 * Math.random() : chance < 0.9 ? 900 * Math.random() : 3 * lease
}

/** A process of the fleet. The process that replaces a killed one has a number of its own. */
interface Member {
  readonly number: number
  readonly place: number
  readonly worker: Processes.Worker
  readonly history: History
}

interface History {
  readonly renewals: Array<number>
  readonly pauses: Array<{ readonly from: number; to: number }>
  isKilled: boolean
}

interface Run {
  readonly members: Array<Member>
  readonly histories: Map<number, History>
  readonly platform: Platform.Platform
  readonly store: Faults.FaultyStore
  readonly ledger: Ledger.Ledger
  readonly start: number
  readonly counts: { kills: number; short: number; long: number; readonly faults: Record<string, number> }
  readonly broken: Array<string>
  /** Hits the next process that renews its lease. */
  aimed: ((member: Member) => void) | undefined
}

export const play = (cast: Stage.Cast, options: Options): Effect.Effect<Seen, Processes.StageFailure> =>
  Effect.gen(function*() {
    const run = yield* makeRun(cast)
    yield* populate(run, cast, options)
    yield* Stage.until("every process has a token", hasTokens(run), 12 * patience)
    yield* Effect.scoped(strikes(run)).pipe(
      Effect.withRandom(Random.make(options.seed)),
      Effect.raceFirst(options.mutant === undefined ? enough(run, options.seconds) : found(run, options.seconds))
    )
    if (options.mutant !== undefined) {
      return report(run, 0)
    }
    const recovery = yield* recover(run)
    yield* run.ledger.close
    yield* checkReads(run)
    return report(run, recovery)
  }).pipe(Effect.scoped)

const makeRun = (cast: Stage.Cast): Effect.Effect<Run, Processes.StageFailure, Scope.Scope> =>
  Effect.gen(function*() {
    const platform = yield* Platform.make({
      ...account,
      accessLifetime: settings.accessTokenLifetime,
      refreshLifetime: settings.refreshTokenLifetime,
      latency
    })
    const store = yield* Faults.make(cast.store, cast.processes)
    return {
      members: [],
      histories: new Map(),
      platform,
      store,
      ledger: yield* Ledger.make(store, platform, TokenStore.keyOf(platform.url, account.username)),
      start: monotonic(),
      counts: { kills: 0, short: 0, long: 0, faults: {} },
      broken: [],
      aimed: undefined
    }
  })

// The processes

/** Starts the processes. Each one that is killed is replaced at once. */
const populate = (
  run: Run,
  cast: Stage.Cast,
  { isMixed = false, mutant, resetShare = defaultResetShare }: Options
) =>
  Effect.gen(function*() {
    const programs = isMixed ? [cast.program, yield* Processes.bundleOnEffect4] : [cast.program]
    const enlist = (place: number) =>
      Effect.gen(function*() {
        const number = run.histories.size + 1
        const history: History = { renewals: [], pauses: [], isKilled: false }
        run.histories.set(number, history)
        const worker = yield* Processes.worker(
          programs[place % programs.length] ?? cast.program,
          (worker, message) => listen(run, { number, place, worker, history }, message)
        )
        return { number, place, worker, history }
      })
    const begin = ({ number, place, worker }: Member) =>
      Effect.flatMap(run.platform.open(number), (port) =>
        worker.start({
          ...account,
          store: run.store.at(place),
          settings: { ...settings, baseUrl: run.platform.url },
          ahead: 0,
          once: false,
          port,
          busyEvery: busyEvery * cast.processes,
          resetShare,
          ...(mutant === undefined ? {} : { mutant })
        }))
    const keepAlive = (member: Member): Effect.Effect<void, Processes.StageFailure, Scope.Scope> =>
      Effect.gen(function*() {
        yield* member.worker.ended
        run.ledger.resetEnded(member.number, false)
        if (!member.history.isKilled) {
          run.broken.push(`process ${member.number} ended by itself: ${member.worker.lastWords().slice(-3).join("\n")}`)
        }
        const successor = yield* enlist(member.place)
        run.members[member.place] = successor
        yield* begin(successor)
        return yield* keepAlive(successor)
      })
    const places = Array.from({ length: cast.processes }, (_, place) => place)
    run.members.push(...(yield* Effect.forEach(places, enlist, { concurrency: 4 })))
    yield* Effect.forEach(run.members, begin, { discard: true })
    yield* Effect.forEach(run.members, (member) =>
      Effect.forkScoped(
        Effect.catchAll(keepAlive(member), ({ message }) => Effect.sync(() => run.broken.push(message)))
      ))
  })

const listen = (run: Run, member: Member, message: FromWorker): void => {
  if (message._tag === "Saved") {
    run.ledger.note(member.number, message)
  } else if (message._tag === "ResetBegins") {
    run.ledger.resetBegins(member.number, message.at)
    // The last messages of a killed process may come after its end.
    if (!member.worker.isAlive()) {
      run.ledger.resetEnded(member.number, false)
    }
  } else if (message._tag === "ResetEnded") {
    run.ledger.resetEnded(member.number, message.isDone)
  } else if (message._tag === "LeaseRenewal") {
    member.history.renewals.push(message.at)
    const { aimed } = run
    run.aimed = undefined
    aimed?.(member)
  }
}

// The chaos

/** Waits for the seconds, and on a busy machine until a process has reported a save: without one there is nothing to check. */
const enough = ({ ledger: { counts } }: Run, seconds: number) =>
  Effect.zipRight(
    Effect.sleep(seconds * 1000),
    Stage.until("a process has reported a save", Effect.sync(() => counts.kept + counts.lost > 0), 8 * patience)
  )

const found = (run: Run, seconds: number) =>
  Stage.until("a rule is broken", Effect.sync(() => brokenRules(run).length > 0), seconds * 1000)

/** Strikes until the scope closes. Then no process is paused any more, and the store works. */
const strikes = (run: Run) =>
  Effect.gen(function*() {
    const act = yield* FiberSet.makeRuntime<never, void, Processes.StageFailure>()
    const hit = (isAimed: boolean, place: number, strike: (member: Member) => Effect.Effect<void>) => {
      const member = run.members[place]
      if (isAimed) {
        run.aimed = (member) => void act(strike(member))
      } else if (member !== undefined) {
        act(strike(member))
      }
    }
    // A small fleet must get time to recover, too.
    const slowdown = run.members.length < 8 ? 2 : 1
    let isFaulty = false
    const fail = (fault: Faults.Fault, duration: number) => {
      isFaulty = true
      run.counts.faults[fault.name] = (run.counts.faults[fault.name] ?? 0) + 1
      act(Effect.acquireUseRelease(
        fault.begin,
        () => Effect.sleep(duration),
        () =>
          Effect.map(Effect.orDie(fault.end), () => {
            isFaulty = false
          })
      ))
    }
    const strike = Effect.gen(function*() {
      yield* Effect.sleep((yield* Random.nextIntBetween(200, 1000)) * slowdown)
      const kind = yield* Random.next
      const isAimed = (yield* Random.next) < 0.2
      const place = yield* Random.nextIntBetween(0, run.members.length)
      const delay = isAimed ? yield* Random.nextIntBetween(0, renewal) : 0
      const duration = yield* Random.nextIntBetween(20, lease)
      const isLong = (yield* Random.next) < 0.4
      const fault = run.store.faults[yield* Random.nextIntBetween(0, Math.max(run.store.faults.length, 1))]
      if (kind < 0.4) {
        hit(isAimed, place, (member) => Effect.delay(kill(run, member), delay))
      } else if (kind < 0.85) {
        hit(isAimed, place, (member) => Effect.delay(pause(run, member, isLong ? lease + duration : duration), delay))
      } else if (fault !== undefined && !isFaulty) {
        fail(fault, duration)
      }
    })
    yield* Effect.forever(strike)
  }).pipe(Effect.ensuring(Effect.sync(() => {
    run.aimed = undefined
  })))

const kill = (run: Run, { history, worker }: Member) =>
  Effect.suspend(() => {
    if (!worker.isAlive() || history.isKilled) {
      return Effect.void
    }
    history.isKilled = true
    run.counts.kills += 1
    return worker.signal("SIGKILL")
  })

const pause = (run: Run, { history, worker }: Member, duration: number) =>
  Effect.suspend(() => {
    const isPaused = history.pauses.some(({ to }) => to === Infinity)
    if (!worker.isAlive() || isPaused) {
      return Effect.void
    }
    run.counts[duration > lease ? "long" : "short"] += 1
    const interval = { from: monotonic(), to: Infinity }
    history.pauses.push(interval)
    return Effect.acquireUseRelease(
      worker.signal("SIGSTOP"),
      () => Effect.sleep(duration),
      () =>
        // A pause ends when the process answers: on a busy machine that is later than the signal.
        worker.signal("SIGCONT").pipe(
          Effect.zipRight(Effect.ignore(worker.tally)),
          Effect.zipRight(Effect.sync(() => {
            interval.to = monotonic()
          }))
        )
    )
  })

// The end

/** Waits until all processes have the newest pair, and returns for how many milliseconds. */
const recover = (run: Run) =>
  Effect.gen(function*() {
    const calmAt = monotonic()
    const late = Lateness.measure()
    yield* Effect.forEach(run.members, ({ worker }) =>
      Effect.zipRight(worker.tell({ _tag: "Forget" }), worker.tell({ _tag: "Calm" })))
    yield* Effect.catchAll(
      Stage.until("every process has the newest pair, and the store too", isShared(run), 4 * patience),
      ({ message }) =>
        Effect.sync(() => run.broken.push(message))
    )
    const recovery = monotonic() - calmAt
    const reads = yield* tallies(run)
    const slowest = Math.max(0, ...reads.map(({ tally }) => tally._tag === "Right" ? tally.right.late : 0))
    const bound = patience + late() + slowest
    if (recovery > bound) {
      run.broken.push(
        `the processes had the newest pair after ${Math.round(recovery)} ms, of ${Math.round(bound)}`,
        ...reads.map(({ number, tally, words }) =>
          `process ${number}: ${tally._tag === "Left" ? tally.left.message : JSON.stringify(tally.right)} ${
            words.slice(-3).join("\n")
          }`
        )
      )
    }
    return recovery
  })

/** Whether the report calls of all processes carry the newest pair, which the store holds, too. */
const isShared = ({ ledger, members, platform }: Run) =>
  Effect.gen(function*() {
    const before = platform.calls.length
    const failures = yield* Effect.forEach(members, ({ worker }) => Effect.orElseSucceed(worker.call, () => "none"), {
      concurrency: "unbounded"
    })
    const newest = platform.newest()
    const last = new Map(platform.calls.slice(before).map(({ process, token }) => [process, token]))
    return failures.every((failure) => failure === undefined)
      && members.every(({ number }) => last.get(number) === newest)
      && (yield* ledger.accessToken) === newest
  })

const tallies = (run: Run) =>
  Effect.forEach(
    run.members,
    ({ number, worker }) =>
      Effect.map(Effect.either(worker.tally), (tally) => ({ number, tally, words: worker.lastWords() })),
    {
      concurrency: "unbounded"
    }
  )

const hasTokens = (run: Run) =>
  Effect.map(
    tallies(run),
    (tallies) => tallies.every(({ tally }) => tally._tag === "Right" && tally.right.generation > 0)
  )

const checkReads = (run: Run) =>
  Effect.map(tallies(run), (tallies) => {
    for (const { number, tally } of tallies) {
      if (tally._tag === "Left") {
        run.broken.push(`process ${number}: ${tally.left.message}`)
      } else if (tally.right.failures["Defect"] !== undefined) {
        run.broken.push(`process ${number}: ${tally.right.failures["Defect"]} reads threw an error`)
      }
    }
  })

const verdictsOf = ({ histories, platform, start, store: { losses } }: Run): ReadonlyArray<Overlap.Verdict> => {
  const of: Overlap.Evidence["of"] = (process) => histories.get(process) ?? { renewals: [], pauses: [] }
  return platform.overlaps.map((overlap) => Overlap.verdictOf({ start, lease, of, losses }, overlap))
}

/** The sentences of the observers: of the platform and of the ledger. */
const brokenRules = (run: Run): ReadonlyArray<string> => [
  ...verdictsOf(run).flatMap((verdict) => verdict._tag === "Broken" ? [verdict.sentence] : []),
  ...run.ledger.broken,
  ...run.platform.violations
]

const report = (run: Run, recovery: number): Seen => {
  const { broken, counts, ledger, platform, store } = run
  const verdicts = verdictsOf(run)
  const excused = (cause: "paused" | "storeLost") =>
    verdicts.filter((verdict) => verdict._tag === "Excused" && verdict.cause === cause).length
  const count = (is: (request: Platform.TokenRequest) => boolean) => platform.requests.filter(is).length
  return {
    kills: counts.kills,
    pauses: { short: counts.short, long: counts.long },
    faults: counts.faults,
    notMade: store.notMade,
    acquisitions: count(({ kind }) => kind === "acquisition"),
    refreshes: count(({ kind }) => kind === "refresh"),
    refused: count(({ code, kind }) => kind === "refresh" && code !== undefined && code !== "20000"),
    overlaps: { paused: excused("paused"), storeLost: excused("storeLost") },
    saves: { kept: ledger.counts.kept, lost: ledger.counts.lost },
    resets: ledger.counts.resets,
    recovery: Math.round(recovery),
    broken: [...brokenRules(run), ...broken]
  }
}
