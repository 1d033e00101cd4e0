// Compares each save and each reset that a process reports with the store. The platform knows which pair is older.
import * as TokenStore from "@jindouyun/core/TokenStore"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { monotonic } from "./clock.js"
import type { FaultyStore } from "./faults.js"
import type { Platform } from "./platform.js"
import type { FromWorker } from "./protocol.js"
import * as stores from "./stores.js"

export type Saved = Extract<FromWorker, { readonly _tag: "Saved" }>

export interface Ledger {
  /** Compares a report with the store, once the store answers. */
  readonly note: (process: number, saved: Saved) => void
  readonly resetBegins: (process: number, at: number) => void
  /** A reset that has succeeded is compared with the store. One that has failed may have removed the pair. */
  readonly resetEnded: (process: number, isDone: boolean) => void
  /** Waits for all comparisons, then compares the reports of the run with the last record. */
  readonly close: Effect.Effect<void>
  /** The access token in the store, once the store answers. */
  readonly accessToken: Effect.Effect<string | undefined>
  readonly counts: { readonly kept: number; readonly lost: number; readonly resets: number }
  /** A sentence for each save that the store did not keep, and for each pair that outlasted a reset. */
  readonly broken: ReadonlyArray<string>
}

/** A store that does not answer for so long counts as broken. */
const patience = "15 seconds"

/** An adopted pair may have been loaded so long before the refresh that reports it. */
const loadTime = 2000

interface Reset {
  readonly process: number
  readonly from: number
  to: number
}

export const make = (
  { direct, losses }: Pick<FaultyStore, "direct" | "losses">,
  { issued }: Pick<Platform, "issued">,
  key: string
): Effect.Effect<Ledger, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { load } = Context.get(yield* Layer.build(stores.layer(direct)), TokenStore.TokenStore)
    const accessToken = Effect.retry(load(key), { schedule: Schedule.spaced("50 millis") }).pipe(
      Effect.timeout(patience),
      Effect.orDie,
      Effect.map((record) =>
        Option.getOrUndefined(
          Option.map(Option.flatMap(record, ({ pair }) => pair), ({ accessToken }) => Redacted.value(accessToken.value))
        )
      )
    )
    const checks = yield* FiberSet.make<void>()
    const runCheck = yield* FiberSet.runtime(checks)<never>()
    const reports: Array<{ readonly process: number; readonly saved: Saved }> = []
    const resets: Array<Reset> = []
    const counts = { kept: 0, lost: 0, resets: 0 }
    const broken: Array<string> = []

    const orderOf = (token: string | undefined) => issued.get(token ?? "")?.order ?? 0
    const isEmptiedSince = (instant: number) => losses.some((at) => at >= instant)
    const isLost = ({ since }: Saved) =>
      isEmptiedSince(since - loadTime) || resets.some(({ to }) => to >= since - loadTime)

    const compare = (process: number, saved: Saved, when: string) =>
      Effect.map(accessToken, (token) => {
        const held = orderOf(token)
        const reported = orderOf(saved.accessToken)
        const isKept = reported > 0 && held >= reported
        if (!isKept && !isLost(saved)) {
          broken.push(`process ${process} reported pair ${reported} as saved; ${when} the store held pair ${held}`)
        }
        return isKept
      })

    const compareReset = ({ from, process }: Reset, when: string) =>
      Effect.map(accessToken, (token) => {
        const held = issued.get(token ?? "")
        if (held === undefined || held.at >= from || isEmptiedSince(from - loadTime)) {
          return false
        }
        broken.push(
          `process ${process} reset the account; ${when} the store held pair ${held.order}, which was issued before`
        )
        return true
      })

    // A renewal that was under way may save later than the reset ends.
    const compareLateSaves = (reset: Reset) =>
      Effect.repeat(compareReset(reset, "afterwards"), {
        schedule: Schedule.spaced("50 millis"),
        times: 30,
        until: (isBroken) => isBroken
      })

    // Of those that have succeeded.
    let last: Reset | undefined

    return {
      note: (process, saved) => {
        reports.push({ process, saved })
        runCheck(Effect.map(compare(process, saved, "afterwards"), (isKept) => {
          counts.kept += isKept ? 1 : 0
          counts.lost += !isKept && isLost(saved) ? 1 : 0
        }))
      },
      resetBegins: (process, at) => {
        resets.push({ process, from: at, to: Infinity })
      },
      resetEnded: (process, isDone) => {
        for (const reset of resets.filter((reset) => reset.process === process && reset.to === Infinity)) {
          reset.to = monotonic()
          if (isDone) {
            last = last !== undefined && last.from > reset.from ? last : reset
            counts.resets += 1
            runCheck(Effect.asVoid(compareLateSaves(reset)))
          }
        }
      },
      close: Effect.gen(function*() {
        yield* FiberSet.awaitEmpty(checks)
        const newest = reports.filter(({ saved }) => !isLost(saved))
          .sort((one, other) => orderOf(one.saved.accessToken) - orderOf(other.saved.accessToken)).at(-1)
        if (newest !== undefined) {
          yield* compare(newest.process, newest.saved, "at the end")
        }
        if (last !== undefined) {
          yield* compareReset(last, "at the end")
        }
      }),
      accessToken,
      counts,
      broken
    }
  })
