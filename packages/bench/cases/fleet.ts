/**
 * Processes that share one pair through Redis: all start at once on nothing, then all find their token revoked at once.
 */
import * as Effect from "effect/Effect"
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { start } from "../../redis/test/redisServer.js"
import { count, main, spread } from "../measure.js"
import { control } from "../platform.js"
import type { Check, Figure } from "../Result.js"

const worker = fileURLToPath(new URL("./fleetWorker.mjs", import.meta.url))

interface Told {
  readonly wall: number
  readonly operations: number
}

main(async ({ quick, url }) => {
  await control(url, { delay: 20 })
  const found: Array<Figure> = []
  const checks: Array<Check> = []

  const order = async (processes: ReadonlyArray<ChildProcess>, what: string): Promise<ReadonlyArray<Told>> => {
    const answers = processes.map((child) => once(child, "message"))
    processes.forEach((child) => child.send(what))
    return (await Promise.all(answers)).map(([told]: Array<unknown>) => told as Told)
  }

  const play = (size: number, port: number) =>
    Effect.promise(async () => {
      const processes = Array.from({ length: size }, () => fork(worker, [url, String(port)], { execArgv: [] }))
      await Promise.all(processes.map((child) => once(child, "message")))
      for (const event of ["start", "renew"]) {
        const before = (await control(url)).requests
        const told = await order(processes, event)
        checks.push(
          count(`requests of ${event} of ${size}`, (await control(url)).requests - before, { exactly: 1 })
        )
        const walls = told.map(({ wall }) => wall)
        const operations = told.map(({ operations }) => operations)
        found.push(
          { measure: `wall of ${event}`, contender: `${size} processes`, unit: "ms", ...spread([Math.max(...walls)]) },
          { measure: `store operations of ${event}`, contender: `${size} processes`, unit: "", ...spread(operations) }
        )
        checks.push(
          count(`most store operations of a process, ${event} of ${size}`, Math.max(...operations), undefined)
        )
      }
      const ends = processes.map((child) => once(child, "exit"))
      processes.forEach((child) => child.disconnect())
      await Promise.all(ends)
    })

  for (const size of quick ? [1, 4] : [1, 4, 16]) {
    await Effect.runPromise(Effect.scoped(Effect.flatMap(start(), ({ port }) => play(size, port))))
  }
  return { figures: found, checks }
})
