/**
 * Reads while one refresh follows the other in the background: no read waits, and how much slower the slowest reads are.
 */
import { control } from "../control.js"
import { type Edition, nameOf, ofEach } from "../editions.js"
import { count, figures, interleave, main, ratio, spread, type Turn } from "../measure.js"

const numbersOf = (times: ReadonlyArray<number>) => {
  const sorted = [...times].sort((a, b) => a - b)
  return { p99: sorted[Math.floor(sorted.length * 0.99)] ?? NaN, p50: spread(times).median }
}

main(async ({ quick, url }) => {
  await control(url, { delay: 20 })
  const millis = quick ? 400 : 2000
  const refreshing = (edition: Edition) => nameOf("with refreshes", edition)
  const without = (edition: Edition) => nameOf("without", edition)

  const contenders = await ofEach(async ({ renew }, edition) => {
    const { close, counts, reads } = await renew(url)
    const refreshes: Array<number> = []
    const background: Turn = async () => {
      const before = (await control(url)).requests
      const times = await reads(millis, true)
      refreshes.push((await control(url)).requests - before)
      return numbersOf(times)
    }
    const alone: Turn = async () => numbersOf(await reads(millis, false))
    return {
      edition,
      refreshes,
      counts,
      close,
      turns: { [refreshing(edition)]: background, [without(edition)]: alone }
    }
  })
  const rounds = await interleave(Object.assign({}, ...contenders.map(({ turns }) => turns)), {
    rounds: quick ? 5 : 11,
    warmup: 1
  })
  const checks = contenders.flatMap(({ counts, edition, refreshes }) => [
    count(nameOf("reads that waited", edition), counts().waited, { exactly: 0 }),
    count(nameOf("reads examined", edition), counts().examined, undefined),
    count(nameOf("fewest refreshes in a round", edition), Math.min(...refreshes), { atLeast: 1 }),
    ratio(rounds, "p99", [refreshing(edition), without(edition)], {
      name: nameOf("p99 beside without refreshes", edition),
      goal: { atMost: 2 }
    })
  ])
  for (const { close } of contenders) {
    await close()
  }
  return {
    figures: [
      ...figures(rounds, "p50", { title: "a read, median", unit: "ns" }),
      ...figures(rounds, "p99", { title: "a read, p99", unit: "ns" })
    ],
    checks
  }
})
