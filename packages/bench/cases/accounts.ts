/**
 * Many accounts in one process, each with its token: the cost of a read and how it grows, the bytes of an account beside a Ref with
 * the same pair, and the number of timers.
 */
import { nameOf, ofEach } from "../editions.js"
import { count, figures, heap, interleave, main, nanos, ratio, type Rounds, spread } from "../measure.js"
import type { Check, Figure } from "../Result.js"

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length

/** A ratio of ratios, round by round: how much more one contender slows down than another. */
const slowdowns = (
  rounds: Rounds,
  [many, one]: readonly [string, string],
  [manyFloor, oneFloor]: readonly [string, string],
  name: string
): Check => {
  const times = (contender: string, round: number) => rounds.get(contender)?.get("time")?.[round] ?? NaN
  const values = (rounds.get(many)?.get("time") ?? []).map((time, round) =>
    time / times(one, round) / (times(manyFloor, round) / times(oneFloor, round))
  )
  const { high, low, median } = spread(values)
  return { name, value: median, low, high, goal: { atMost: 1.5 } }
}

main(async ({ quick }) => {
  const reads = quick ? 2000 : 10_000
  const before = timers()
  const sizes = [1, 100, quick ? 1000 : 10_000]
  const oneOf = (size: number) => `one of ${size} accounts`
  const inTurn = (size: number) => `${size} accounts in turn`
  const refs = (size: number) => `${size} Refs in turn`

  const contenders = await ofEach(async ({ accounts }, edition) => {
    const bySize = []
    for (const size of sizes) {
      bySize.push({ size, ...await accounts(size, heap) })
    }
    return { edition, bySize }
  })
  const checks: Array<Check> = [count("timers", timers() - before, { atMost: 1 })]
  const found: Array<Figure> = []
  const rounds = await interleave(
    Object.fromEntries(
      contenders.flatMap(({ bySize, edition }) =>
        bySize.flatMap(({ all, one, refs: allRefs, size }) => [
          [nameOf(oneOf(size), edition), nanos(reads, () => one(reads))],
          [nameOf(inTurn(size), edition), nanos(reads, () => all(reads))],
          [nameOf(refs(size), edition), nanos(reads, () => allRefs(reads))]
        ])
      )
    ),
    quick ? { rounds: 5, warmup: 2 } : { rounds: 41, warmup: 5 }
  )
  found.push(...figures(rounds, "time", { title: "a read", unit: "ns" }))
  for (const { bySize, edition } of contenders) {
    const of = (contender: string) => nameOf(contender, edition)
    for (const { bytes, bytesOfRef, close, size } of bySize) {
      if (size > 1) {
        checks.push(
          ratio(rounds, "time", [of(oneOf(size)), of(oneOf(1))], {
            name: of(`a read of one of ${size} accounts, beside the only one`),
            goal: { atMost: 1.3 }
          }),
          // Memory outside the processor's cache slows down both: the library is measured by what it adds.
          slowdowns(
            rounds,
            [of(inTurn(size)), of(inTurn(1))],
            [of(refs(size)), of(refs(1))],
            of(`the slow-down of a read of ${size} accounts in turn, beside that of Refs`)
          )
        )
      }
      // Of few accounts it would be the cost of the first.
      if (size >= 1000) {
        found.push(
          { measure: `heap an account of ${size}`, contender: of("Accounts"), unit: "B", ...spread([bytes]) },
          {
            measure: `heap an account of ${size}`,
            contender: of("Ref and its pair"),
            unit: "B",
            ...spread([bytesOfRef])
          }
        )
        checks.push(
          count(of(`heap an account of ${size}, times a Ref and its pair`), bytes / bytesOfRef, undefined),
          count(of(`heap an account of ${size}`), Math.round(bytes), { atMost: 6000 })
        )
      }
      await close()
    }
  }
  return { figures: found, checks }
})
