/** Reads of metrics and logs, whose form differs between Effect 3 and 4. */
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import type * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"

/** The series of a metric with one set of labels. */
export interface Series {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly state: { readonly count?: number; readonly value?: number }
}

/** All series of this process. */
export const series: Effect.Effect<ReadonlyArray<Series>> = Effect.map(
  Metric.snapshot,
  (pairs) =>
    pairs.map(({ metricKey, metricState }) => ({
      name: metricKey.name,
      labels: Object.fromEntries(metricKey.tags.map(({ key, value }) => [key, value])),
      state: metricState as Series["state"]
    }))
)

/** The annotations of a log. */
export const annotationsOf = ({ annotations }: Logger.Logger.Options<unknown>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(HashMap.toEntries(annotations))
