import * as Context from "effect/Context"
import * as Metric from "effect/Metric"

/** A metric that is updated from synchronous code. */
export interface Instrument {
  /** The function that updates the series with these labels. The first update creates the series. */
  readonly series: (labels: Labels) => (value: number) => void
}

type Labels = Readonly<Record<string, string>>

/** A counter, which only grows. */
export const counter = (name: string, description: string): Instrument =>
  instrument((attributes) => Metric.counter(name, { description, attributes, incremental: true }))

/** A gauge, which is set to the value of each update. */
export const gauge = (name: string, description: string): Instrument =>
  instrument((attributes) => Metric.gauge(name, { description, attributes }))

/** A histogram with these upper bounds of its buckets. */
export const histogram = (name: string, boundaries: ReadonlyArray<number>, description: string): Instrument =>
  instrument((attributes) => Metric.histogram(name, { description, attributes, boundaries }))

const instrument = <State>(metricOf: (labels: Labels) => Metric.Metric<number, State>): Instrument => ({
  series: (labels) => {
    const metric = metricOf(labels)
    return (value) => metric.updateUnsafe(value, context)
  }
})

// Synchronous code has no fiber, so the metrics are in the default registry.
const context = Context.empty()

/** Removes every series that has the label `name` with one of the values. */
export const removeSeries = (name: string, values: ReadonlySet<string>): void => {
  const registry = Context.get(context, Metric.MetricRegistry)
  for (const [key, { attributes }] of registry) {
    const value = attributes?.[name]
    if (value !== undefined && values.has(value)) {
      registry.delete(key)
    }
  }
}
