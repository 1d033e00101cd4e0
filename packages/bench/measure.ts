/**
 * Rounds in which all contenders take their turns, so that what else the machine does meets all of them alike.
 */
import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { Bench } from "tinybench"
import type { Check, Figure, Goal, Result, Setting } from "./Result.js"

/** What one contender had in each round, by measure. */
export type Rounds = ReadonlyMap<string, ReadonlyMap<string, ReadonlyArray<number>>>

/** Measures one contender once: numbers by the name of the measure. */
export type Turn = () => Promise<Readonly<Record<string, number>>>

const shuffled = <A>(values: ReadonlyArray<A>): ReadonlyArray<A> =>
  values.map((value) => [Math.random(), value] as const).sort(([a], [b]) => a - b).map(([, value]) => value)

/** The first rounds only warm up. */
export const interleave = async (
  contenders: Readonly<Record<string, Turn>>,
  { rounds, warmup }: { readonly rounds: number; readonly warmup: number }
): Promise<Rounds> => {
  const names = Object.keys(contenders)
  const seen = new Map<string, Map<string, Array<number>>>(names.map((name) => [name, new Map()]))
  for (let round = -warmup; round < rounds; round++) {
    // What one leaves to the collector the next one pays for: nobody always comes after the same one.
    for (const name of shuffled(names)) {
      const turn = contenders[name]
      if (turn === undefined) {
        continue
      }
      const numbers = await turn()
      if (round >= 0) {
        const measures = seen.get(name)
        for (const [measure, value] of Object.entries(numbers)) {
          measures?.set(measure, [...measures.get(measure) ?? [], value])
        }
      }
    }
  }
  return seen
}

/** The rounds of several processes as those of one. */
export const joined = (parts: ReadonlyArray<Rounds>): Rounds => {
  const all = new Map<string, Map<string, ReadonlyArray<number>>>()
  for (const [contender, measures] of parts.flatMap((part) => [...part])) {
    const known = all.get(contender) ?? new Map<string, ReadonlyArray<number>>()
    all.set(contender, known)
    measures.forEach((values, measure) => known.set(measure, [...known.get(measure) ?? [], ...values]))
  }
  return all
}

/** The first thing a process has to say. */
export const message = async (child: ChildProcess, what: string): Promise<unknown> => {
  const [answer] = await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => {
      throw new Error(`${what} ended with ${String(code)}`)
    })
  ])
  return answer
}

/** Nanoseconds of one of `count` runs, by tinybench: the median of some batches. */
export const nanos = (count: number, batch: () => Promise<unknown>): Turn => async () => {
  const bench = new Bench({ iterations: 5, time: 0, warmup: false })
  bench.add("batch", async () => {
    await batch()
  })
  await bench.run()
  const result = bench.tasks[0]?.result
  if (result === undefined || !("latency" in result)) {
    throw new Error(`tinybench has no result: ${JSON.stringify(result)}`)
  }
  return { time: result.latency.p50 * 1e6 / count }
}

const at = (sorted: ReadonlyArray<number>, part: number): number =>
  sorted[Math.floor((sorted.length - 1) * part)] ?? NaN

export const spread = (values: ReadonlyArray<number>) => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = (at(sorted, 0.5) + (sorted[Math.ceil((sorted.length - 1) * 0.5)] ?? NaN)) / 2
  return { median: middle, low: at(sorted, 0.25), high: at(sorted, 0.75), rounds: sorted.length }
}

const valuesOf = (rounds: Rounds, contender: string, measure: string): ReadonlyArray<number> =>
  rounds.get(contender)?.get(measure) ?? []

/** The figures of a measure, of whoever had it. */
export const figures = (
  rounds: Rounds,
  measure: string,
  { title = measure, unit }: { readonly unit: string; readonly title?: string }
): ReadonlyArray<Figure> =>
  [...rounds.keys()].flatMap((contender) => {
    const values = valuesOf(rounds, contender, measure)
    return values.length === 0 ? [] : [{ measure: title, contender, unit, ...spread(values) }]
  })

/** How many times one contender's measure is another's. */
export const ratio = (
  rounds: Rounds,
  measure: string,
  [ours, theirs]: readonly [string, string],
  { goal, name }: { readonly name: string; readonly goal: Goal | undefined }
): Check => {
  const others = valuesOf(rounds, theirs, measure)
  const { high, low, median } = spread(
    valuesOf(rounds, ours, measure).map((value, round) => value / (others[round] ?? NaN))
  )
  return { name, value: median, low, high, goal }
}

export const count = (name: string, value: number, goal: Goal | undefined): Check => ({ name, value, goal })

/** Bytes of the heap that are in use, and nothing that could go. */
export const heap = (): number => {
  if (globalThis.gc === undefined) {
    throw new Error("run with --expose-gc")
  }
  globalThis.gc()
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

/** Runs a case in a process of its own: told its setting by argument, tells its result to its parent. */
export const main = (run: (setting: Setting) => Promise<Result>): void => {
  const setting = JSON.parse(process.argv[2] ?? "{}") as Setting
  run(setting).then(
    (result) => {
      process.send?.(result, () => process.exit(0))
    },
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    }
  )
}
