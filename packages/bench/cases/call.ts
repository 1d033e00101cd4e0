/**
 * A call that carries the token, beside the same by hand on the same client: CPU time of the process, and throughput.
 */
import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Order } from "../callWorker.js"
import { figures, joined, main, message, ratio, type Rounds } from "../measure.js"
import { control } from "../platform.js"
import type { Check, Figure } from "../Result.js"

const worker = fileURLToPath(new URL("./callWorker.mjs", import.meta.url))

// A turn has to be longer than what the one before it has left behind, in the caches and for the collector.
const kinds = [
  { title: "1 KiB", path: "/api/report/small", calls: { 1: 600, 64: 1280 }, few: { 1: 200, 64: 640 } },
  { title: "1 MiB", path: "/api/report/large", calls: { 1: 24, 64: 64 }, few: { 1: 10, 64: 64 } }
] as const

const measure = async (order: Order): Promise<Rounds> => {
  const child = fork(worker, [JSON.stringify(order)], { serialization: "advanced", stdio: ["ignore", 2, 2, "ipc"] })
  return await message(child, "calls") as Rounds
}

main(async ({ peers, quick, url }) => {
  await control(url, { delay: 0, reportDelay: 0 })
  const found: Array<Figure> = []
  const checks: Array<Check> = []

  for (const { calls, few, path, title } of kinds) {
    for (const concurrency of [1, 64] as const) {
      const order = { url, path, concurrency, calls: (quick ? few : calls)[concurrency], peers }
      const seen: Array<Rounds> = []
      // What one process happens to settle on, how its heap is filled above all, is a quarter up or down for its whole life.
      for (let nth = 0; nth < (quick ? 1 : 7); nth++) {
        seen.push(await measure({ ...order, rounds: quick ? 3 : 7 }))
      }
      const rounds = joined(seen)
      const what = `${title}, concurrency ${concurrency}`
      found.push(
        ...figures(rounds, "cpu", { title: `CPU a call of ${what}`, unit: "µs" }),
        ...figures(rounds, "throughput", { title: `throughput of ${what}`, unit: "/s" })
      )
      checks.push(
        ratio(rounds, "cpu", ["ours", "HttpClient and Schema"], {
          name: `CPU a call of ${what}, beside bare HttpClient`,
          goal: { atMost: 1.1 }
        }),
        ratio(rounds, "throughput", ["HttpClient and Schema", "ours"], {
          name: `time a call of ${what}, beside bare HttpClient`,
          goal: { atMost: 1.1 }
        }),
        ...[...rounds.keys()].slice(2).map((name) =>
          ratio(rounds, "cpu", ["ours", name], {
            name: `CPU a call of ${what}, beside ${name}`,
            goal: { atMost: 1 }
          })
        )
      )
    }
  }
  return { figures: found, checks }
})
