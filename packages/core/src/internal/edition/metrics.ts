import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import type * as MetricKey from "effect/MetricKey"
import * as MetricLabel from "effect/MetricLabel"
import * as MutableHashMap from "effect/MutableHashMap"
import * as Predicate from "effect/Predicate"

/** A metric that is updated from synchronous code. */
export interface Instrument {
  /** The function that updates the series with these labels. The first update creates the series. */
  readonly series: (labels: Readonly<Record<string, string>>) => (value: number) => void
}

/** A counter, which only grows. */
export const counter = (name: string, description: string): Instrument =>
  instrument(Metric.counter(name, { description, incremental: true }))

/** A gauge, which is set to the value of each update. */
export const gauge = (name: string, description: string): Instrument => instrument(Metric.gauge(name, { description }))

/** A histogram with these upper bounds of its buckets. */
export const histogram = (name: string, boundaries: ReadonlyArray<number>, description: string): Instrument =>
  instrument(Metric.histogram(name, MetricBoundaries.fromIterable(boundaries), description))

const instrument = <Type, Out>(metric: Metric.Metric<Type, number, Out>): Instrument => ({
  series: (labels) => {
    // Effect finds a series by the identity of this array.
    const tags = Object.entries(labels).map(([name, value]) => MetricLabel.make(name, value))
    return (value) => metric.unsafeUpdate(value, tags)
  }
})

/** Removes every series that has the label `name` with one of the values. */
export const removeSeries = (name: string, values: ReadonlySet<string>): void => {
  // The registry of Effect has no operation to remove a series. In a version without this map, all series stay.
  const series: unknown = Reflect.get(Metric.globalMetricRegistry, "map")
  if (isSeries(series)) {
    const keys = Array.from(series, ([key]) => key)
    for (const key of keys.filter(({ tags }) => tags.some((tag) => tag.key === name && values.has(tag.value)))) {
      MutableHashMap.remove(series, key)
    }
  }
}

const isSeries = (value: unknown): value is MutableHashMap.MutableHashMap<MetricKey.MetricKey.Untyped, unknown> =>
  Predicate.hasProperty(value, Symbol.for("effect/MutableHashMap"))
