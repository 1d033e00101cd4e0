import * as Context from "effect/Context"
import { constVoid } from "effect/Function"
import * as Metric from "effect/Metric"

/** A metric that is updated from synchronous code. */
export interface Instrument {
  /** The function that updates the series with these labels. The first update creates the series. */
  readonly series: (labels: Labels) => (value: number) => void
}

type Labels = Readonly<Record<string, string>>

/** A counter, which only grows. */
export const counter = (name: string, description: string): Instrument =>
  polled(
    name,
    (attributes) => Metric.counter(name, { description, attributes, incremental: true }),
    (count) => ({ count, incremental: true }),
    (count, value) => count + value
  )

/** A gauge, which is set to the value of each update. */
export const gauge = (name: string, description: string): Instrument =>
  polled(
    name,
    (attributes) => Metric.gauge(name, { description, attributes }),
    (value) => ({ value }),
    (_, value) => value
  )

/** A histogram with these upper bounds of its buckets. */
export const histogram = (name: string, boundaries: ReadonlyArray<number>, description: string): Instrument => ({
  series: (attributes) => {
    const metric = Metric.histogram(name, { description, attributes, boundaries })
    return (value) => metric.updateUnsafe(value, context)
  }
})

// Synchronous code has no fiber, so the metrics are in the default registry.
const context = Context.empty()

interface Series {
  current: number
  readonly labels: Labels
}

/** The series that the registry reads when an exporter asks for them. An update of the registry would double the cost of a read. */
const series = new Map<string, Series>()

const polled = <State>(
  name: string,
  metricOf: (labels: Labels) => Metric.Metric<number, State>,
  stateOf: (current: number) => State,
  next: (current: number, value: number) => number
): Instrument => ({
  series: (labels) => {
    const key = JSON.stringify([name, labels])
    const created = (): Series => {
      const self = { current: 0, labels }
      series.set(key, self)
      Metric.registerUnsafe(metricOf(labels), context, {
        get: () => stateOf(self.current),
        update: constVoid,
        modify: constVoid
      })
      return self
    }
    let self: Series | undefined
    return (value) => {
      self ??= series.get(key) ?? created()
      self.current = next(self.current, value)
    }
  }
})

/** Removes every series that has the label `name` with one of the values. */
export const removeSeries = (name: string, values: ReadonlySet<string>): void => {
  const isRemoved = (labels: Labels | undefined): boolean => {
    const value = labels?.[name]
    return value !== undefined && values.has(value)
  }
  const registry = Context.get(context, Metric.MetricRegistry)
  for (const [key, { attributes }] of registry) {
    if (isRemoved(attributes)) {
      registry.delete(key)
    }
  }
  for (const [key, { labels }] of series) {
    if (isRemoved(labels)) {
      series.delete(key)
    }
  }
}
