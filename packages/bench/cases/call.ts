/**
 * A call that carries the token, beside a client written by hand that keeps the same promises, bare HttpClient, and the peers: CPU time
 * of the process, and throughput.
 */
import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Order } from "../callWorker.js"
import { control } from "../control.js"
import { editions, nameOf } from "../editions.js"
import { figures, joined, main, message, ratio, type Rounds } from "../measure.js"
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
      // The state of the heap changes the cost of a call by a quarter, for the lifetime of a process.
      for (let nth = 0; nth < (quick ? 1 : 3); nth++) {
        seen.push(await measure({ ...order, rounds: quick ? 3 : 5 }))
      }
      const rounds = joined(seen)
      const what = `${title}, concurrency ${concurrency}`
      found.push(
        ...figures(rounds, "cpu", { title: `CPU a call of ${what}`, unit: "µs" }),
        ...figures(rounds, "throughput", { title: `throughput of ${what}`, unit: "/s" })
      )
      const theirs = [...rounds.keys()].filter((name) => !editions.some((edition) => name.endsWith(edition.name)))
      for (const edition of editions) {
        const ours = nameOf("ours", edition)
        const byHand = nameOf("by hand", edition)
        checks.push(
          ratio(rounds, "cpu", [ours, byHand], {
            name: nameOf(`CPU a call of ${what}, beside the client by hand`, edition),
            goal: { atMost: 1 }
          }),
          ratio(rounds, "throughput", [byHand, ours], {
            name: nameOf(`time a call of ${what}, beside the client by hand`, edition),
            goal: undefined
          }),
          ratio(rounds, "cpu", [ours, nameOf("bare HttpClient", edition)], {
            name: nameOf(`CPU a call of ${what}, beside bare HttpClient`, edition),
            goal: undefined
          }),
          ...theirs.map((name) =>
            ratio(rounds, "cpu", [ours, name], {
              name: nameOf(`CPU a call of ${what}, beside ${name}`, edition),
              goal: { atMost: edition.name === "Effect 3" ? 1 : 0.9 }
            })
          )
        )
      }
    }
  }
  return { figures: found, checks }
})
