/**
 * 64 callers at full speed: with a constant token on bare HttpClient, with the library, while one refresh follows the other, and while
 * the platform rejects one token in the middle.
 */
import { control } from "../control.js"
import { type Edition, nameOf, ofEach } from "../editions.js"
import { count, figures, interleave, main, ratio, type Turn } from "../measure.js"

const path = "/api/report/small"

const numbersOf = (times: ReadonlyArray<number>, millis: number) => {
  const sorted = [...times].sort((a, b) => a - b)
  return {
    p50: sorted[Math.floor(sorted.length / 2)] ?? NaN,
    p99: sorted[Math.floor(sorted.length * 0.99)] ?? NaN,
    calls: sorted.length / millis * 1000
  }
}

const ways = ["a constant token", "the library", "while it refreshes", "while a token is rejected"] as const

main(async ({ quick, url }) => {
  await control(url, { delay: 20, reportDelay: 0 })
  const millis = quick ? 600 : 2000
  const name = (way: typeof ways[number], edition: Edition) => nameOf(way, edition)

  const contenders = await ofEach(async ({ load }, edition) => {
    const { close, constantToken, library } = await load(url, path)
    const renewals: Array<number> = []
    const extraCalls: Array<number> = []
    const rejected: Turn = async () => {
      await library(1, false)
      const before = await control(url)
      const revoked = new Promise<unknown>((resolve) =>
        setTimeout(() => resolve(control(url, { revoke: true })), millis / 2)
      )
      const times = await library(millis, false)
      await revoked
      const after = await control(url)
      renewals.push(after.requests - before.requests)
      extraCalls.push(after.reports - before.reports - times.length)
      return numbersOf(times, millis)
    }
    const turns: Record<string, Turn> = {
      [name("a constant token", edition)]: async () => numbersOf(await constantToken(millis), millis),
      [name("the library", edition)]: async () => numbersOf(await library(millis, false), millis),
      [name("while it refreshes", edition)]: async () => numbersOf(await library(millis, true), millis),
      [name("while a token is rejected", edition)]: rejected
    }
    return { edition, turns, renewals, extraCalls, close }
  })
  const rounds = await interleave(Object.assign({}, ...contenders.map(({ turns }) => turns)), {
    rounds: quick ? 3 : 11,
    warmup: 1
  })
  const checks = contenders.flatMap(({ edition, extraCalls, renewals }) => [
    count(nameOf("most renewals after a rejection", edition), Math.max(...renewals), { exactly: 1 }),
    count(nameOf("most calls sent twice after a rejection", edition), Math.max(...extraCalls), { atMost: 64 }),
    ...ways.slice(1).map((way) =>
      ratio(rounds, "p99", [name(way, edition), name("a constant token", edition)], {
        name: nameOf(`p99 of ${way}, beside a constant token`, edition),
        goal: undefined
      })
    )
  ])
  for (const { close } of contenders) {
    await close()
  }
  return {
    figures: [
      ...figures(rounds, "p50", { title: "a call, median", unit: "ms" }),
      ...figures(rounds, "p99", { title: "a call, p99", unit: "ms" }),
      ...figures(rounds, "calls", { title: "calls", unit: "/s" })
    ],
    checks
  }
})
