/** Reads of metrics and logs, whose form differs between Effect 3 and 4. */
import * as Effect from "effect/Effect"
import type * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as References from "effect/References"

/** The series of a metric with one set of labels. */
export interface Series {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly state: { readonly count?: number; readonly value?: number }
}

/** All series of this process. */
export const series: Effect.Effect<ReadonlyArray<Series>> = Effect.map(
  Metric.snapshot,
  (snapshots) =>
    snapshots.map(({ attributes, id, state }) => ({
      name: id,
      labels: attributes ?? {},
      state: state as Series["state"]
    }))
)

/** The annotations of a log. */
export const annotationsOf = ({ fiber }: Logger.Options<unknown>): Readonly<Record<string, unknown>> =>
  fiber.getRef(References.CurrentLogAnnotations)
