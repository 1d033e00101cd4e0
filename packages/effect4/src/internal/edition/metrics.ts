import * as Context from "effect/Context"
import * as Metric from "effect/Metric"

/** The series of a metric that has these labels. An instrument finds it again by the identity of the object. */
export type Labels = Metric.Metric.AttributeSet

/** A metric that is updated from synchronous code. */
export interface Instrument {
  readonly update: (value: number, labels: Labels) => void
}

/** The labels of a series. Make them once and pass the same value to each update. */
export const labels = (values: Readonly<Record<string, string>>): Labels => ({ ...values })

/** A counter, which only grows. */
export const counter = (name: string, description: string): Instrument =>
  instrument((attributes) => Metric.counter(name, { description, attributes, incremental: true }))

/** A gauge, which is set to the value of each update. */
export const gauge = (name: string, description: string): Instrument =>
  instrument((attributes) => Metric.gauge(name, { description, attributes }))

/** A histogram with these upper bounds of its buckets. */
export const histogram = (name: string, boundaries: ReadonlyArray<number>, description: string): Instrument =>
  instrument((attributes) => Metric.histogram(name, { description, attributes, boundaries }))

const instrument = <State>(seriesOf: (attributes: Labels) => Metric.Metric<number, State>): Instrument => {
  const known = new WeakMap<Labels, Metric.Metric<number, State>>()
  return {
    update: (value, labels) => {
      let series = known.get(labels)
      if (series === undefined) {
        series = seriesOf(labels)
        known.set(labels, series)
      }
      series.updateUnsafe(value, context)
    }
  }
}

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
