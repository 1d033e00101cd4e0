/**
 * Processes that share one pair through Redis: all start at once without a token, then the token of all is revoked at once.
 */
import * as Effect from "effect/Effect"
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { start } from "../../redis/test/redisServer.js"
import { control } from "../control.js"
import { type Edition, editions, nameOf } from "../editions.js"
import { count, main, spread } from "../measure.js"
import type { Check, Figure } from "../Result.js"

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

  const play = (edition: Edition, size: number, port: number) =>
    Effect.promise(async () => {
      const worker = `${edition.folder}/build/fleetWorker.mjs`
      const contender = nameOf(`${size} processes`, edition)
      const processes = Array.from({ length: size }, () => fork(worker, [url, String(port)], { execArgv: [] }))
      await Promise.all(processes.map((child) => once(child, "message")))
      for (const event of ["start", "renew"]) {
        const before = (await control(url)).requests
        const told = await order(processes, event)
        checks.push(
          count(nameOf(`requests of ${event} of ${size}`, edition), (await control(url)).requests - before, {
            exactly: 1
          })
        )
        const walls = told.map(({ wall }) => wall)
        const operations = told.map(({ operations }) => operations)
        found.push(
          { measure: `wall of ${event}`, contender, unit: "ms", ...spread([Math.max(...walls)]) },
          { measure: `store operations of ${event}`, contender, unit: "", ...spread(operations) }
        )
        checks.push(
          count(
            nameOf(`most store operations of a process, ${event} of ${size}`, edition),
            Math.max(...operations),
            undefined
          )
        )
      }
      const ends = processes.map((child) => once(child, "exit"))
      processes.forEach((child) => child.disconnect())
      await Promise.all(ends)
    })

  for (const edition of editions) {
    for (const size of quick ? [1, 4] : [1, 4, 16]) {
      await Effect.runPromise(Effect.scoped(Effect.flatMap(start(), ({ port }) => play(edition, size, port))))
    }
  }
  return { figures: found, checks }
})
