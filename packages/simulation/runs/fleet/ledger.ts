// Compares each save that a process reports with the store.
import * as TokenStore from "@jindouyun/core/TokenStore"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { FaultyStore } from "./faults.js"
import type { FromWorker } from "./protocol.js"
import * as stores from "./stores.js"

export type Saved = Extract<FromWorker, { readonly _tag: "Saved" }>

export interface Ledger {
  /** Compares a report with the store, once the store answers. */
  readonly note: (process: number, saved: Saved) => void
  /** Waits for all comparisons, then compares the reports of the run with the last record. */
  readonly close: Effect.Effect<void>
  /** The access token in the store, once the store answers. */
  readonly accessToken: Effect.Effect<string | undefined>
  readonly counts: { readonly kept: number; readonly lost: number }
  /** A sentence for each save that the store did not keep. */
  readonly broken: ReadonlyArray<string>
}

/** A store that does not answer for so long counts as broken. */
const patience = "15 seconds"

/** An adopted pair may have been loaded so long before the refresh that reports it. */
const loadTime = 2000

export const make = (
  { direct, losses }: Pick<FaultyStore, "direct" | "losses">,
  key: string
): Effect.Effect<Ledger, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { load } = Context.get(yield* Layer.build(stores.layer(direct)), TokenStore.TokenStore)
    const stored = Effect.retry(load(key), { schedule: Schedule.spaced("50 millis") }).pipe(
      Effect.timeout(patience),
      Effect.orDie
    )
    const checks = yield* FiberSet.make<void>()
    const runCheck = yield* FiberSet.runtime(checks)<never>()
    const reports: Array<{ readonly process: number; readonly saved: Saved }> = []
    const counts = { kept: 0, lost: 0 }
    const broken: Array<string> = []

    const isLost = ({ since }: Saved) => losses.some((at) => at >= since - loadTime)

    const compare = (process: number, saved: Saved, when: string) =>
      Effect.map(stored, (record) => {
        const held = Option.match(record, { onNone: () => 0, onSome: ({ generation }) => generation })
        if (held < saved.generation && !isLost(saved)) {
          broken.push(
            `process ${process} reported generation ${saved.generation} as saved; ${when} the store held ${held}`
          )
        }
        return held >= saved.generation
      })

    return {
      note: (process, saved) => {
        reports.push({ process, saved })
        runCheck(Effect.map(compare(process, saved, "afterwards"), (isKept) => {
          counts.kept += isKept ? 1 : 0
          counts.lost += !isKept && isLost(saved) ? 1 : 0
        }))
      },
      close: Effect.gen(function*() {
        yield* FiberSet.awaitEmpty(checks)
        const newest = reports.filter(({ saved }) => !isLost(saved))
          .sort((one, other) => one.saved.generation - other.saved.generation).at(-1)
        if (newest !== undefined) {
          yield* compare(newest.process, newest.saved, "at the end")
        }
      }),
      accessToken: Effect.map(stored, (record) =>
        Option.getOrUndefined(
          Option.map(Option.flatMap(record, ({ pair }) => pair), ({ accessToken }) => Redacted.value(accessToken.value))
        )),
      counts,
      broken
    }
  })
